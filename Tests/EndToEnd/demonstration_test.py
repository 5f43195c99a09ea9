"""A month of real flights through five domains: the figures equal those of a reading of the CSV by itself."""

import csv
import io
import os
import sqlite3
import time
import unittest
import zipfile

from figures import Figures, number
from kit import ROOT, Project, shared

MONTH = ["--from", "2013-01-01", "--to", "2013-01-31", "--yes"]


def query(project, domain, sql, *parameters):
    with sqlite3.connect(f"file:{project.store(domain)}?mode=ro", uri=True) as store:
        return store.execute(sql, parameters).fetchall()


class DemonstrationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project(copy_of=ROOT)
        cls.addClassCleanup(cls.project.close)
        cls.figures = Figures(os.path.join(ROOT, "dags"))
        begin = time.monotonic()
        cls.project.heddle("backfill", "insights/*", "--upstream", *MONTH)
        cls.seconds = time.monotonic() - begin
        # What no insight needs was left out: the audit, the log, the delays by hour.
        cls.project.heddle("backfill", "operations/* fleet/*", *MONTH)
        print(f"\n  the month took {cls.seconds:.1f} s")

    def rows(self, domain, sql, *parameters):
        return query(self.project, domain, sql, *parameters)

    def assertClose(self, left, right, message=""):
        self.assertEqual(left is None, right is None, message)
        if left is not None:
            self.assertAlmostEqual(left, right, places=6, msg=message)

    def test_the_month_takes_less_than_twenty_seconds(self):
        self.assertLess(self.seconds, 20)

    def test_one_fact_for_each_scheduled_flight(self):
        self.assertEqual(len(self.figures.flights), 27_004)
        self.assertEqual(self.rows("insights", "SELECT count(*) FROM fact_departures"), [(27_004,)])
        self.assertEqual(
            self.rows("insights", "SELECT count(*) FROM (SELECT DISTINCT day, carrier, flight, origin FROM fact_departures)"),
            [(27_004,)])

    def test_departures_and_mean_delays_of_each_carrier(self):
        found = self.rows(
            "insights",
            "SELECT carrier, count(*), sum(cancelled), avg(dep_delay) FROM fact_departures GROUP BY carrier")
        expected = self.figures.departures()
        self.assertEqual({row[0] for row in found}, set(expected))
        for carrier, scheduled, cancelled, delay in found:
            self.assertEqual((scheduled, cancelled), expected[carrier][:2], carrier)
            self.assertClose(delay, expected[carrier][2], carrier)

    def test_flights_meet_the_weather_of_their_hour_and_their_plane(self):
        self.assertEqual(
            self.rows("insights", "SELECT count(visibility_km), count(seats) FROM fact_departures"),
            [(self.figures.with_weather(), self.figures.with_plane())])

    def test_delay_by_weather(self):
        found = self.rows(
            "insights",
            "SELECT weather, sum(scheduled), sum(mean_delay * (scheduled - cancelled)) FROM delay_by_weather GROUP BY 1")
        expected = self.figures.by_weather()
        self.assertEqual({row[0] for row in found}, set(expected))
        for weather, scheduled, minutes in found:
            self.assertEqual(scheduled, expected[weather][0], weather)
            self.assertClose(minutes, expected[weather][1], weather)

    def test_weekly_summaries_of_the_weeks_that_lie_in_the_month(self):
        weeks = self.figures.weeks()
        self.assertEqual(sorted(weeks), ["2013-W02", "2013-W03", "2013-W04"])
        found = self.rows("insights", "SELECT week, carrier, scheduled, cancelled, mean_delay FROM weekly_summary")
        self.assertEqual(len(found), sum(len({f["carrier"] for f in flights}) for flights in weeks.values()))
        for week, carrier, scheduled, cancelled, delay in found:
            expected = self.figures.departures(among=weeks[week])[carrier]
            self.assertEqual((scheduled, cancelled), expected[:2], (week, carrier))
            self.assertClose(delay, expected[2], (week, carrier))

    def test_weekly_use_of_the_fleet(self):
        for week, flights in self.figures.weeks().items():
            left = [f for f in flights if f["tailnum"] != "NA" and f["dep_time"] != "NA"]
            found = self.rows("insights", "SELECT sum(departures), sum(planes) FROM fleet_use WHERE week = ?", week)
            self.assertEqual(found, [(len(left), len({f["tailnum"] for f in left}))], week)

    def test_on_time_league(self):
        found = self.rows("insights", "SELECT sum(on_time), sum(scheduled) FROM on_time_league")
        on_time = sum((number(f["dep_delay"]) if number(f["dep_delay"]) is not None else 99) < 15
                      for f in self.figures.flights)
        self.assertEqual(found, [(on_time, 27_004)])

    def test_hourly_delays_of_each_airport(self):
        found = self.rows("operations", "SELECT origin, sum(scheduled) FROM hourly_delays GROUP BY origin")
        origins = {f["origin"] for f in self.figures.flights}
        self.assertEqual(dict(found), {o: sum(f["origin"] == o for f in self.figures.flights) for o in origins})

    def test_what_landed_is_what_was_announced(self):
        found = self.rows("operations", "SELECT count(*), sum(announced), sum(landed) FROM audit")
        self.assertEqual(found, [(31, 27_004, 27_004)])

    def test_the_log_of_the_very_late(self):
        found = self.rows("operations", "SELECT day, count(*) FROM late_log GROUP BY day")
        self.assertEqual(dict(found), dict(self.figures.very_late()))

    def test_dimensions(self):
        self.assertEqual(self.rows("insights", "SELECT count(*) FROM dim_date"), [(31,)])
        self.assertEqual(dict(self.rows("insights", "SELECT carrier, name FROM dim_carrier")), self.figures.airlines)
        self.assertEqual({a for (a,) in self.rows("insights", "SELECT airport FROM dim_airport")}, self.figures.airports)


class AgainTest(unittest.TestCase):
    """A second call does nothing and says so; a partition marked missing is made again, and nothing else."""

    FACTS = "SELECT rowid, * FROM fact_departures WHERE day <> '2013-01-05'"

    def test_again(self):
        with Project(copy_of=ROOT) as project:
            call = ["backfill", "insights/*", "--upstream", "--from", "2013-01-03", "--to", "2013-01-07", "--yes"]
            project.heddle(*call)
            runs = project.json("runs", "--json")
            second = project.heddle(*call)
            self.assertIn("nothing", (second.stdout + second.stderr).lower())
            self.assertEqual(project.json("runs", "--json"), runs)

            before = query(project, "insights", self.FACTS)
            commits = "SELECT attempt_key, dataset, partition FROM _heddle_commits"
            committed = set(query(project, "insights", commits))
            project.heddle("mark", "insights.fact_departures@2013-01-05", "missing")
            project.heddle(*call)
            self.assertEqual(query(project, "insights", self.FACTS), before)
            self.assertEqual(
                query(project, "insights", "SELECT count(*) FROM fact_departures WHERE day = '2013-01-05'"), [(720,)])
            again = [row[1:] for row in query(project, "insights", commits) if row not in committed]
            self.assertEqual(again, [("insights.fact_departures", "2013-01-05")])


class WholeTableTest(unittest.TestCase):
    """The daily files are the published table's rows, and the whole table can be read instead."""

    def setUp(self):
        archive = shared("data/flights/flights.csv.zip")
        self.table = zipfile.ZipFile(archive).read("flights.csv")

    def test_the_daily_files_hold_the_published_rows(self):
        published = [row for row in csv.DictReader(io.TextIOWrapper(io.BytesIO(self.table), "utf-8"))
                     if (row["year"], row["month"]) == ("2013", "1")]
        landed = Figures(os.path.join(ROOT, "dags")).flights
        for row in landed:
            row["year"], row["month"], row["day"] = (str(int(part)) for part in row["day"].split("-"))
        kept = sorted(landed[0])
        self.assertEqual(
            sorted(tuple(row[key] for key in kept) for row in landed),
            sorted(tuple(row[key] for key in kept) for row in published))

    def test_the_whole_table_can_be_read_instead(self):
        with Project(copy_of=ROOT) as project:
            with open(project.file("flights.csv"), "wb") as file:
                file.write(self.table)
            project.heddle("backfill", "operations/departures", "--from", "2013-02-01", "--to", "2013-02-02", "--yes",
                           "--param", "flights_csv=" + project.file("flights.csv"))
            self.assertEqual(
                query(project, "operations", "SELECT day, count(*) FROM flights GROUP BY day"),
                [("2013-02-01", 926), ("2013-02-02", 682)])


if __name__ == "__main__":
    unittest.main()
