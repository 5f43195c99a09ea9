"""What the team's mesh is fed with, by a seed, and what its tables must hold: nothing of Heddle is asked."""

import collections
import csv
import datetime
import math
import os
import random
import zoneinfo

BERLIN, SEOUL = zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("Asia/Seoul")
UTC = datetime.timezone.utc
FIRST, LAST = datetime.date(2024, 3, 1), datetime.date(2024, 3, 31)
HOLIDAYS = {datetime.date(2024, 3, 1)}
CHANNELS = ("shop", "web", "phone")
CAMPAIGNS = ("mail", "search", "social")


def dates(first, last):
    return [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]


def moment(date, zone):
    """When a date begins, in UTC."""
    return datetime.datetime.combine(date, datetime.time(), zone).astimezone(UTC)


def hours():
    """The hours of the month on Berlin's clock: their keys, and when they begin in UTC."""
    at, end = moment(FIRST, BERLIN), moment(LAST + datetime.timedelta(days=1), BERLIN)
    while at < end:
        yield at.astimezone(BERLIN).strftime("%Y-%m-%dT%H:00"), at
        at += datetime.timedelta(hours=1)


class Team:
    """A month of a shop: orders by the hour, everything else by the day."""

    def __init__(self, seed=20240301):
        chance = random.Random(seed)
        self.days = dates(FIRST, LAST)
        self.orders = {}
        number = 0
        for key, at in hours():
            rows = self.orders[key] = []
            for _ in range(chance.choice((0, 1, 2, 3, 4, 5))):
                number += 1
                when = at + datetime.timedelta(seconds=chance.randrange(3600))
                rows.append((key, when.strftime("%Y-%m-%d %H:%M:%S"), number, chance.randrange(1, 41),
                             chance.choice(CHANNELS), chance.randrange(100, 20_000)))
        self.customers = dict(self.each_night(chance))
        self.payments = dict(self.each_payday(chance))
        self.rates = [(day, "KRW", 1440 + chance.randrange(100) / 4) for day in dates(datetime.date(2024, 2, 25), LAST)
                      if day.weekday() < 5 and day.day != 29]
        self.spend = {(channel, day): [(day, channel, f"c{n}", chance.randrange(1000)) for n in range(chance.randrange(1, 4))]
                      for channel in CAMPAIGNS for day in self.days}
        self.visits = {day: [(day, page, device, chance.randrange(1, 500)) for page in ("home", "cart")
                             for device in ("phone", "desk")]
                       for day in dates(datetime.date(2024, 1, 1), datetime.date(2024, 3, 30))}

    def each_night(self, chance):
        """Customers come, move, rise, go, and come back."""
        known = {}
        for day in self.days:
            for customer in range(1, 41):
                if chance.random() < (0.5 if day == FIRST else 0.04):
                    known[customer] = (chance.choice(("Berlin", "Kiel", "Ulm")), chance.choice(("new", "gold")))
                elif chance.random() < 0.02:
                    known.pop(customer, None)
            yield day, dict(known)

    def each_payday(self, chance):
        """A day's file: what was paid on it. `correct` changes it later."""
        number = 0
        for day in self.days:
            rows = []
            for _ in range(chance.randrange(5, 15)):
                number += 1
                rows.append((number, day, chance.randrange(100, 9000), chance.choice(("paid", "paid", "open"))))
            yield day, rows

    def correct(self, day):
        """The bank thinks again of what was open, and forgot one payment."""
        rows = [(number, day, amount, "paid") for number, day, amount, _ in self.payments[day]]
        self.payments[day] = rows + [(9000 + day.day, day, 777, "paid")]

    def write(self, folder, except_hours=()):
        for key, rows in self.orders.items():
            if key not in except_hours:
                self.write_hour(folder, key)
        for day in self.days:
            rows = [(day, customer, *facts) for customer, facts in self.customers[day].items()]
            table(folder, f"customers/{day}.csv", ("day", "customer", "city", "tier"), rows)
            self.write_payments(folder, day)
        table(folder, "rates.csv", ("day", "currency", "rate"), self.rates)
        for (channel, day), rows in self.spend.items():
            table(folder, f"spend/{channel}/{day}.csv", ("day", "channel", "campaign", "cost"), rows)
        for day, rows in self.visits.items():
            table(folder, f"visits/{day}.csv", ("day", "page", "device", "visits"), rows)

    def write_hour(self, folder, key):
        columns = ("hour", "at", "order_id", "customer", "channel", "amount")
        table(folder, f"orders/{key}.csv", columns, self.orders[key])

    def write_payments(self, folder, day):
        table(folder, f"payments/{day}.csv", ("payment", "day", "amount", "status"), self.payments[day])

    # What must be there, by table.

    def all_orders(self):
        return [row for rows in self.orders.values() for row in rows]

    def within(self, first, last, zone):
        """The orders of the days from one through another, on a zone's clock."""
        start, end = (moment(date, zone).strftime("%Y-%m-%d %H:%M:%S")
                      for date in (first, last + datetime.timedelta(days=1)))
        return [row for row in self.all_orders() if start <= row[1] < end]

    def daily_sales(self):
        found = {}
        for day in self.days:
            for row in self.within(day, day, BERLIN):
                count, amount = found.get((str(day), row[4]), (0, 0))
                found[str(day), row[4]] = (count + 1, amount + row[5])
        return {(*key, *sums) for key, sums in found.items()}

    def history(self):
        """Every stretch of days in which a customer was the same."""
        rows = set()
        for customer in range(1, 41):
            since, facts = None, None
            for day in [*self.days, None]:
                now = self.customers[day].get(customer) if day else None
                if facts and (now != facts or day is None):
                    rows.add((customer, *facts, str(since), str(day) if day else None))
                if day and now != facts:
                    since = day
                facts = now
        return rows

    def by_tier(self):
        counts, amounts = collections.Counter(), collections.Counter()
        for day in self.days:
            for row in self.within(day, day, BERLIN):
                tier = self.customers[day].get(row[3], (None, "unknown"))[1]
                counts[str(day), tier] += 1
                amounts[str(day), tier] += row[5]
        return {(*key, counts[key], amounts[key]) for key in counts}

    def paid(self, day):
        return sum(amount for _, _, amount, status in self.payments[day] if status == "paid")

    def balance(self):
        total, rows = 0, set()
        for day in self.days:
            total += self.paid(day)
            rows.add((str(day), total))
        return rows

    def business_days(self):
        return [day for day in self.days if day.weekday() < 5 and day not in HOLIDAYS]

    def seoul(self):
        rows = set()
        for day in self.business_days():
            orders = self.within(day, day, SEOUL)
            rate = max((date, rate) for date, _, rate in self.rates if date <= day)[1]
            euro = float(sum(row[5] for row in orders))
            # SQLite rounds halves up, Python to the even one.
            rows.add((str(day), len(orders), euro, math.floor(euro * rate + 0.5)))
        return rows

    def weeks(self):
        """The ISO weeks that lie wholly in the month."""
        found = collections.defaultdict(list)
        for day in self.days:
            year, week, _ = day.isocalendar()
            found[f"{year}-W{week:02}"].append(day)
        return {week: days for week, days in found.items() if len(days) == 7}

    def weekly_sales(self):
        sales, rows = self.daily_sales(), set()
        for week, days in self.weeks().items():
            for channel in CHANNELS:
                own = [row for row in sales if row[1] == channel and row[0] in set(map(str, days))]
                rows.add((week, channel, len(own), sum(row[2] for row in own), sum(row[3] for row in own)))
        return rows

    def weekly_seoul(self):
        return {(week, len(own), sum(own)) for week, days in self.weeks().items()
                for own in [[row[3] for row in self.seoul() if row[0] in set(map(str, days))]]}

    def costs(self):
        return {(str(day), 3, sum(row[3] for channel in CAMPAIGNS for row in self.spend[channel, day]))
                for day in self.days}

    def returns(self):
        costs, amounts = {row[0]: row[2] for row in self.costs()}, collections.Counter()
        for day, _, _, amount in self.daily_sales():
            amounts[day] += amount
        return {(day, amounts[day], costs[day]) for day in amounts}

    def audience(self, least):
        ever = {customer for day in self.days for customer in self.customers[day]}
        counts = collections.Counter(
            (str(day), row[3]) for day in self.days for row in self.within(day, day, BERLIN) if row[3] in ever)
        return {(*key, count) for key, count in counts.items() if count >= least}

    def doubtful(self, fewest=55):
        return {str(day) for day in self.days if len(self.within(day, day, BERLIN)) < fewest}

    def by_device(self):
        sums = collections.Counter()
        for rows in self.visits.values():
            for day, _, device, visits in rows:
                sums[str(day), device] += visits
        return {(*key, total) for key, total in sums.items()}


def table(folder, path, columns, rows):
    full = os.path.join(folder, "landing", path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    # Whole or not there at all, as the files' senders do.
    with open(full + ".part", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    os.rename(full + ".part", full)
