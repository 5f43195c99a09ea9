"""Hours, days and weeks of three zones that read each other, backfilled over the days on which their clocks are changed: what
the tasks were told and found, against Python's own zones."""

import contextlib
import datetime
import sqlite3
import unittest
import zoneinfo

from kit import PROOF, Project

# The last is half an hour off the others.
ZONES = {"ny": "America/New_York", "berlin": "Europe/Berlin", "adelaide": "Australia/Adelaide"}
# The clocks of 2024 are put forward and back in these: New York, Berlin, Adelaide, and again.
WEEKS = ("2024-W10", "2024-W13", "2024-W14", "2024-W40", "2024-W43", "2024-W44") if PROOF else ("2024-W13", "2024-W44")
UTC, HALF = datetime.timezone.utc, datetime.timedelta(minutes=30)

PIPELINE = """pipeline: {grain}s
partition: {partition}
schedule: {{timezone: {zone}}}
max_active_runs: 16
tasks:
  {grain}s:
    sql: |
      {sql}
    into: {domain}.{grain}s
    mode: partition
    partition_by: key
"""
TOLD = "SELECT :partition AS key, :interval_start AS begins, :interval_end AS ends, :local_start AS shown, :local_end AS until"
FOUND = ", (SELECT group_concat(key) FROM (SELECT key FROM {source}.{grain}s WHERE begins < :interval_end AND ends > " \
        ":interval_start ORDER BY begins)) AS {source}"


def files():
    made = {}
    for domain, zone in ZONES.items():
        made[f"dags/{domain}/domain.yaml"] = f"domain: {domain}\nowner: {domain}\n"
        for grain, partition, smaller in [("hour", "hourly", None), ("day", "daily", "hour"), ("week", "weekly", "day")]:
            sql = TOLD + "".join(FOUND.format(source=source, grain=smaller) for source in ZONES if smaller)
            made[f"dags/{domain}/{grain}s.yaml"] = PIPELINE.format(
                grain=grain, partition=partition, zone=zone, sql=sql, domain=domain)
    return made


def periods(zone, grain, first, last):
    """The stretches in which a zone's clock shows the same hour, day or week, between two dates: (key, begin, end) in UTC."""
    zone, found, at = zoneinfo.ZoneInfo(zone), [], datetime.datetime.combine(first, datetime.time(), UTC)
    while at.date() < last:
        wall = at.astimezone(zone)
        year, week, _ = wall.isocalendar()
        key = {"hour": f"{wall:%Y-%m-%dT%H:00}", "day": f"{wall:%Y-%m-%d}", "week": f"{year}-W{week:02}"}[grain]
        mark = (key, wall.utcoffset() if grain == "hour" else None)
        if found and found[-1][0] == mark:
            found[-1][2] = at + HALF
        else:
            found.append([mark, at, at + HALF])
        at += HALF
    keys = [mark[0] for mark, _, _ in found]
    # An hour that comes twice has its offset in its key. The first and the last are not whole.
    return [(key if keys.count(key) == 1 else key + offset_text(mark[1]), begin, end)
            for (mark, begin, end), key in zip(found, keys)][1:-1]


def offset_text(offset):
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def text(moment, zone=UTC):
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


class ZonesTest(unittest.TestCase):
    def test_every_interval_is_right_and_every_reader_finds_what_covers_it(self):
        with Project(files()) as project:
            for week in WEEKS:
                project.heddle("backfill", " ".join(f"{domain}/weeks" for domain in ZONES), "--upstream", "--from", week, "--to", week, "--yes")
            first, last = datetime.date(2024, 2, 25), datetime.date(2024, 11, 20)
            all_periods = {(domain, grain): periods(zone, grain, first, last)
                           for domain, zone in ZONES.items() for grain in ("hour", "day", "week")}
            wanted = {(domain, "week"): set(WEEKS) for domain in ZONES}
            for grain, smaller in [("week", "day"), ("day", "hour"), ("hour", None)]:
                for domain in ZONES:
                    rows = [row for row in all_periods[domain, grain] if row[0] in wanted[domain, grain]]
                    self.look(project, domain, grain, smaller, rows, all_periods, wanted)
            project.heddle("doctor")

    def look(self, project, domain, grain, smaller, rows, all_periods, wanted):
        zone, expected = zoneinfo.ZoneInfo(ZONES[domain]), []
        for key, begin, end in rows:
            row = [key, text(begin), text(end), text(begin, zone), text(end, zone)]
            for source in ZONES if smaller else ():
                covering = [k for k, b, e in all_periods[source, smaller] if b < end and e > begin]
                wanted.setdefault((source, smaller), set()).update(covering)
                row.append(",".join(covering))
            expected.append(tuple(row))
        with contextlib.closing(sqlite3.connect(project.store(domain))) as store:
            found = store.execute(f"SELECT * FROM {grain}s ORDER BY begins").fetchall()
        self.assertEqual(found, expected, f"{domain} {grain}s")


if __name__ == "__main__":
    unittest.main()
