"""Plans that are kept: done as they were shown, or not at all."""

import os
import unittest

from kit import Project

FLOW = """pipeline: flow
partition: daily
params: {n: {type: integer, default: 1}}
tasks:
  make: {run: 'echo $HEDDLE_PARAM_N >> $HEDDLE_PROJECT/made', writes: d.made}
"""
RANGE = ("--from", "2013-01-01", "--to", "2013-01-03")


class PlanTest(unittest.TestCase):
    def setUp(self):
        self.project = Project({"dags/d/domain.yaml": "domain: d\nowner: team\n", "dags/d/flow.yaml": FLOW})
        self.addCleanup(self.project.close)

    def plan(self, *arguments):
        return self.project.json("backfill", "d/flow", *RANGE, *arguments, "--plan", "--json")["id"]

    def apply(self, name, *arguments, code=0):
        return self.project.heddle("backfill", "--apply", name, *arguments, code=code)

    def made(self):
        with open(self.project.file("made"), encoding="utf-8") as file:
            return file.read().split()

    def test_a_plan_makes_exactly_its_runs_and_no_more_than_once(self):
        first = self.plan("--param", "n=7")
        self.assertEqual(first, "bp-1")
        self.assertEqual(self.plan(), "bp-2")
        self.apply(first)
        self.assertEqual(self.made(), ["7"] * 3)
        again = self.apply(first, code=9)
        self.assertIn("- d/flow@2013-01-02: makes make", again.stderr)
        self.assertIn("the state has moved since plan 'bp-1'", again.stderr)
        self.apply("bp-2", code=9)
        self.assertEqual(self.made(), ["7"] * 3)
        replacing = self.plan("--mode", "all")
        self.apply(replacing, code=9)
        self.apply(replacing, "--overwrite", "3")
        self.assertEqual(len(self.made()), 6)

    def test_a_plan_of_other_files_or_of_another_standing_is_refused(self):
        name = self.plan()
        self.project.write("dags/d/flow.yaml", FLOW.replace("default: 1", "default: 2"))
        self.assertIn("files are not as they were", self.apply(name, code=9).stderr)
        name = self.plan()
        self.project.heddle("run", "d/flow", "--partition", "2013-01-02")
        told = self.apply(name, code=9).stderr
        self.assertIn("- d/flow@2013-01-02: makes make", told)
        self.assertNotIn("- d/flow@2013-01-01", told)
        self.assertEqual(self.made(), ["2"])

    def test_a_daemon_does_what_is_applied(self):
        name = self.plan()
        with self.project.daemon():
            self.apply(name)
            self.apply(name, code=9)
        self.assertEqual(len(self.made()), 3)
        self.project.heddle("doctor")

    def test_what_is_no_plan_is_refused(self):
        self.apply("bp-9", code=3)
        self.apply("9", code=2)
        self.apply("bp-1", "--mode", "all", code=2)
        self.project.heddle("backfill", "d/flow", "--apply", "bp-1", code=2)
        self.project.heddle("backfill", *RANGE, "--plan", code=2)

    def test_a_plan_that_does_nothing_is_not_kept(self):
        self.project.heddle("backfill", "d/flow", *RANGE, "--yes")
        self.assertIsNone(self.plan())
        self.assertFalse(os.path.exists(self.project.file(".heddle/plans")))


if __name__ == "__main__":
    unittest.main()
