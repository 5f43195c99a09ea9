"""Runs by the clock: the daemon fires schedules, and every tick is in the ledger once, whatever becomes of it."""

import datetime
import time
import unittest

from kit import Project, until

EACH_SECOND = """
pipeline: beat
max_active_runs: 4
schedule: {every: 1s, catchup: %s}
tasks: {beat: {run: 'true'}}
"""


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


class ScheduleTest(unittest.TestCase):
    def project(self, catchup):
        project = Project({"dags/d/domain.yaml": "domain: d\nowner: team\n", "dags/d/beat.yaml": EACH_SECOND % catchup})
        self.addCleanup(project.close)
        return project

    def ledger(self, project):
        """The ledger, the earliest first: (first second, last second, outcome)."""
        told = project.json("schedule", "d/beat", "--ledger", "-n", "1000", "--json")["ledger"]
        return [(seconds(tick["at"]), seconds(tick["through"]), tick["outcome"]) for tick in reversed(told)]

    def check_whole(self, ledger):
        """Every second from the first tick to the last is in it once."""
        for before, after in zip(ledger, ledger[1:]):
            self.assertEqual(before[1] + 1, after[0], ledger)

    def test_ticks_fire_on_time_and_once_over_a_kill(self):
        for catchup in ["all", "none"]:
            with self.subTest(catchup=catchup):
                project = self.project(catchup)
                with project.daemon():
                    until(lambda: len(self.ledger(project)) >= 2)
                # A short gap is no downtime: what it leaves out is run, whatever 'catchup' says.
                time.sleep(2)
                with project.daemon():
                    count = len(self.ledger(project))
                    until(lambda: len(self.ledger(project)) >= count + 3)
                ledger = self.ledger(project)
                self.check_whole(ledger)
                self.assertEqual({outcome for _, _, outcome in ledger}, {"run"})
                runs = project.json("runs", "--limit", "1000", "--json")["runs"]
                self.assertEqual({run["cause"] for run in runs}, {"schedule"})
                self.assertEqual(len(runs), len(ledger))
                intervals = [(seconds(run["interval_start"]), seconds(run["interval_end"])) for run in reversed(runs)]
                self.assertEqual(intervals, [(at - 1, at) for at, _, _ in ledger], "from tick to tick")
                self.assertIn("healthy", project.heddle("doctor", "--json").stdout)

    def test_a_pause_is_missed_or_made_up_for_when_it_is_resumed(self):
        for catchup in ["latest", "all"]:
            with self.subTest(catchup=catchup):
                project = self.project(catchup)
                with project.daemon():
                    until(lambda: self.ledger(project))
                    project.heddle("pause", "d/beat")
                    paused = len(self.ledger(project))
                    time.sleep(2.2)
                    self.assertEqual(len(self.ledger(project)), paused)
                    project.heddle("resume", "d/beat")
                    until(lambda: len(self.ledger(project)) > paused + 1)
                    ledger = self.ledger(project)
                self.check_whole(ledger)
                self.assertEqual(ledger[paused][2], "run" if catchup == "all" else "missed")

    def test_the_next_ticks_are_told_with_gaps_and_folds(self):
        project = self.project("latest")
        told = project.json(
            "schedule", "--cron", "30 2 * * *", "--timezone", "America/New_York", "--from", "2024-03-09T12:00:00Z",
            "-n", "2", "--json")
        self.assertEqual([tick["at"] for tick in told["ticks"]], ["2024-03-10T07:00:00Z", "2024-03-11T06:30:00Z"])
        self.assertIn("does not exist", told["ticks"][0]["note"])
        self.assertIsNone(told["ticks"][1]["note"])
        folded = project.json(
            "schedule", "--cron", "30 1 * * *", "--timezone", "America/New_York", "--from", "2024-11-03", "-n", "1", "--json")
        self.assertIn("comes twice", folded["ticks"][0]["note"])
        wrong = project.heddle("schedule", "--cron", "61 * * * *", code=2)
        self.assertIn("^", wrong.stderr)

    def test_a_calendar_leaves_out_moves_and_adds(self):
        project = Project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n",
            "dags/d/us.txt": "# The bureau is closed.\nsat\nsun\n2013-12-25   # Christmas\n+2013-12-28\n",
            "dags/d/pay.yaml": "pipeline: pay\nschedule: {cron: '0 6 25 * *', timezone: America/New_York, calendar: us.txt, "
                               "on_excluded: next}\ntasks: {t: {run: 'true'}}\n",
        })
        self.addCleanup(project.close)
        told = project.json("schedule", "d/pay", "--from", "2013-11-26", "-n", "4", "--json")["ticks"]
        self.assertEqual([tick["at"] for tick in told], [
            "2013-12-26T11:00:00Z", "2013-12-28T11:00:00Z", "2014-01-27T11:00:00Z", "2014-02-25T11:00:00Z"])
        self.assertIn("moved from 2013-12-25", told[0]["note"])
        self.assertIn("adds this date", told[1]["note"])
        self.assertIsNone(told[3]["note"])
        self.assertIn("us.txt, on_excluded: next", project.heddle("show", "d/pay").stdout)
        project.write("dags/d/us.txt", "sat\n25.12.2013\n")
        self.assertIn("dags/d/us.txt:2:1: error: '25.12.2013' is no date", project.heddle("check", code=4).stdout)


if __name__ == "__main__":
    unittest.main()
