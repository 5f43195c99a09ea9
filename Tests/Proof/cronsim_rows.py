"""Random cron expressions, zones and moments, with the next tick as PyPI's cronsim has it.

usage: cronsim_rows.py COUNT [SEED]

A row: expression, zone, the moment and the next tick in seconds since 1970, and what is odd about the answer: `never` (there is
none), `imaginary` (a local time that does not exist), `past` (not after the moment), `endless` (it was still looking after
some seconds), `skipped` (behind a change of the clock it passes over a tick that it has itself where no zone is named, and
that one is told here), `-`. Half of the moments are near changes of the zone's clock.
"""

import datetime
import random
import signal
import sys
import zoneinfo

import cronsim

UTC = datetime.timezone.utc
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
FIRST, LAST = 1970, 2099
# Seconds.
PATIENCE = 5


class Expressions:
    def __init__(self, chance):
        self.chance = chance

    def number(self, low, high, names):
        number = self.chance.randint(low, high)
        if names and self.chance.random() < 0.5:
            name = names[(number - low) % len(names)]
            return number, self.chance.choice((name, name.lower(), name.title()))
        return number, str(number)

    def item(self, low, high, names=None):
        kind = self.chance.random()
        first, text = self.number(low, high, names)
        if kind < 0.6:
            return text
        last, end = self.number(first, high, None)
        if last == first:
            return text
        step = self.chance.randint(1, max(1, (high - low) // 2))
        return f"{text}-{end}" + (f"/{step}" if kind > 0.8 else "")

    def field(self, low, high, names=None, star=0.3):
        kind = self.chance.random()
        if kind < star:
            return "*"
        if kind < star + 0.15:
            return f"*/{self.chance.randint(1, max(2, (high - low) // 2))}"
        return ",".join(self.item(low, high, names) for _ in range(self.chance.choice((1, 1, 1, 2, 3))))

    def make(self):
        return " ".join((
            self.field(0, 59, star=0.15), self.field(0, 23, star=0.2), self.field(1, 31, star=0.6),
            self.field(1, 12, MONTHS, star=0.7), self.field(0, 7, DAYS + ["SUN"], star=0.5)))


def changes(zone, year):
    """The moments of a year at which a zone's clock is changed, to the second."""
    def offset(second):
        return datetime.datetime.fromtimestamp(second, zone).utcoffset()

    found = []
    second = int(datetime.datetime(year, 1, 1, tzinfo=UTC).timestamp())
    for day in range(second, second + 366 * 86400, 86400):
        if offset(day) != offset(day + 86400):
            low, high = day, day + 86400
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append(high)
    return found


def moments(chance, names):
    """A zone, and a hundred moments in it, again and again."""
    start, end = (int(datetime.datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (FIRST, LAST + 1))
    while True:
        name = chance.choice(names)
        zone = zoneinfo.ZoneInfo(name)
        near = changes(zone, chance.randint(FIRST, LAST))
        for number in range(100):
            if near and number % 2:
                yield name, zone, chance.choice(near) + chance.randint(-86400 * 2, 86400)
            else:
                yield name, zone, chance.randrange(start, end)


class Endless(Exception):
    """An answer takes longer than one may wait for it."""


def give_up(*_):
    raise Endless


def plain_answer(expression, zone, moment):
    """The next tick as cronsim has it of a clock without changes, in seconds, of the times that the zone has; None: never."""
    for tick in cronsim.CronSim(expression, moment.replace(tzinfo=None)):
        second = int(tick.replace(tzinfo=zone).timestamp())
        if datetime.datetime.fromtimestamp(second, zone).replace(tzinfo=None) == tick:
            return second
    return None


def answer(expression, zone, second):
    moment = datetime.datetime.fromtimestamp(second, zone)
    signal.alarm(PATIENCE)
    try:
        tick = next(cronsim.CronSim(expression, moment))
        plain = plain_answer(expression, zone, moment)
    except (StopIteration, cronsim.CronSimError):
        return 0, "never"
    except Endless:
        return 0, "endless"
    finally:
        signal.alarm(0)
    if plain is not None and second < plain < tick.timestamp():
        return plain, "skipped"
    at = tick.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != tick.replace(tzinfo=None):
        return int(at.timestamp()), "imaginary"
    return int(at.timestamp()), "-" if at.timestamp() > second else "past"


def main():
    count = int(sys.argv[1])
    signal.signal(signal.SIGALRM, give_up)
    # Whoever started this may have blocked it.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    expressions = Expressions(chance)
    names = sorted(zoneinfo.available_timezones() - {"localtime"})
    pairs = moments(chance, names)
    for _ in range(count):
        name, zone, second = next(pairs)
        expression = expressions.make()
        sys.stdout.write("\t".join(map(str, (expression, name, second, *answer(expression, zone, second)))) + "\n")


if __name__ == "__main__":
    main()
