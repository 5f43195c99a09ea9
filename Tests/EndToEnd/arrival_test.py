"""Runs by data: a pipeline is due once what it is made of is there, whatever happens in between."""

import os
import signal
import unittest

from kit import Project, now, until

HOURLY = """
pipeline: hourly
partition: hourly
max_active_runs: 8
tasks:
  make: {run: 'true', writes: d.hours}
"""

DAILY = """
pipeline: daily
partition: daily
schedule: {on: inputs%s}
tasks:
  read: {run: 'true', reads: d.hours}
"""

DAY = "2013-01-09"


class ArrivalTest(unittest.TestCase):
    def project(self, refresh=""):
        project = Project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n", "dags/d/hourly.yaml": HOURLY,
            "dags/d/daily.yaml": DAILY % refresh})
        self.addCleanup(project.close)
        return project

    def backfill(self, project, first, last, *more):
        project.heddle(
            "backfill", "d/hourly", "--from", f"{DAY}T{first:02}:00", "--to", f"{DAY}T{last:02}:00", "--yes", *more)

    def ledger(self, project):
        """The ledger, the earliest first."""
        return list(reversed(project.json("schedule", "d/daily", "--ledger", "-n", "100", "--json")["arrivals"]))

    def runs(self, project):
        return [run for run in project.json("runs", "d/daily", "--json")["runs"] if run["state"] == "success"]

    def test_a_day_runs_once_when_its_last_hour_is_there_and_again_for_late_data_if_asked(self):
        for refresh, count in [("", 1), (", refresh: auto", 2)]:
            with self.subTest(refresh=refresh), self.project(refresh) as project, project.daemon():
                self.backfill(project, 0, 22)
                self.assertEqual(self.ledger(project), [])
                told = project.json("explain", f"d/daily@{DAY}", "--json")["checks"]
                blocking = [check for check in told if check["state"] == "blocking"]
                self.assertEqual(len(blocking), 1, told)
                self.assertIn(f"'d.hours@{DAY}T23:00' is not there", blocking[0]["text"])
                self.assertEqual(
                    blocking[0]["next"], f"heddle backfill d/hourly --from {DAY}T23:00 --to {DAY}T23:00")

                before = now()
                self.backfill(project, 23, 23)
                until(lambda: len(self.runs(project)) == 1)
                past = project.json("explain", f"d/daily@{DAY}", "--at", before, "--json")
                self.assertEqual(past["at"], before)
                waited = [{**check, "next": None} for check in told]
                self.assertEqual([{**check, "next": None} for check in past["checks"]], waited)
                self.assertEqual(self.runs(project)[0]["cause"], "data")
                entry = self.ledger(project)[0]
                self.assertEqual((entry["partition"], entry["outcome"]), (DAY, "run"))
                self.assertEqual(entry["because"][0]["partition"], f"{DAY}T23:00")

                # An hour is made again: the day is stale, and is made again where that is asked for.
                self.backfill(project, 5, 5, "--mode", "all", "--overwrite", "1")
                until(lambda: len(self.runs(project)) == count)
                self.assertEqual(len(self.ledger(project)), count)
                self.assertIn("healthy", project.heddle("doctor", "--json").stdout)

    def test_nothing_is_lost_or_doubled_when_the_daemon_is_killed_between_the_data_and_the_run(self):
        project = self.project()
        with project.daemon():
            self.backfill(project, 0, 22)
        # Nobody watches while the last hour comes: a command that owns the state makes it.
        self.backfill(project, 23, 23, "--local")
        for _ in range(3):
            with project.daemon() as daemon:
                until(lambda: self.ledger(project))
                os.kill(daemon.pid, signal.SIGKILL)
        with project.daemon():
            until(lambda: self.runs(project))
            self.assertEqual([entry["outcome"] for entry in self.ledger(project)], ["run"])
            self.assertEqual(len(project.json("runs", "d/daily", "--json")["runs"]), 1)
            self.assertIn("healthy", project.heddle("doctor", "--json").stdout)

    def test_what_comes_during_a_pause_is_due_when_it_is_over(self):
        project = self.project()
        with project.daemon():
            project.heddle("pause", "d/daily")
            self.backfill(project, 0, 23)
            self.assertEqual(self.ledger(project), [])
            self.assertIn("is paused", project.heddle("explain", f"d/daily@{DAY}").stdout)
            project.heddle("resume", "d/daily")
            until(lambda: self.runs(project))
            self.assertEqual(len(self.ledger(project)), 1)

    def test_a_trigger_counts_from_when_it_was_deployed(self):
        project = self.project()
        project.write("dags/d/daily.yaml", DAILY.replace("schedule: {on: inputs%s}\n", ""))
        with project.daemon():
            self.backfill(project, 0, 23)
            project.write("dags/d/daily.yaml", DAILY % "")
            self.assertIn("on inputs", project.heddle("deploy", "--plan").stdout)
            project.heddle("deploy")
            self.assertIn("was there before", project.heddle("explain", f"d/daily@{DAY}").stdout)
            self.assertEqual(self.ledger(project), [])
            self.backfill(project, 7, 7, "--mode", "all", "--overwrite", "1")
            until(lambda: self.runs(project))

    def test_what_could_never_be_due_is_told_by_a_check(self):
        project = self.project()
        project.write("dags/d/daily.yaml", "pipeline: daily\nschedule: {on: d.nothing}\ntasks: {a: {run: x}}\n")
        self.assertIn("no task writes 'd.nothing'", project.heddle("check", code=4).stdout)


if __name__ == "__main__":
    unittest.main()
