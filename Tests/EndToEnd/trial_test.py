"""Trying before: tests of tasks, and previews of runs."""

import contextlib
import os
import sqlite3
import unittest

from kit import ROOT, Project


class Trials(unittest.TestCase):
    def project(self, files=None, **options):
        project = Project(files, **options)
        self.addCleanup(project.close)
        return project

    def test_the_tests_of_the_demonstration_pass_and_touch_no_state(self):
        project = self.project(copy_of=ROOT)
        items = project.json("test", "--json")["items"]
        self.assertGreaterEqual(len(items), 2)
        self.assertTrue(all(item["passed"] for item in items))
        self.assertFalse(os.path.exists(project.file(".heddle")))

    def test_a_test_that_fails_says_which_rows_differ(self):
        project = self.project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n",
            "dags/d/p.yaml": "pipeline: p\ntasks: {t: {sql: \"SELECT 1 AS n\", into: d.t}}\n",
            "dags/d/t.test.yaml": "expect: {d.t: [{n: 2}]}\n",
        })
        done = project.heddle("test", code=1)
        self.assertIn("d.t: 1 row expected and not there, 1 row there and not expected", done.stdout)
        self.assertIn("- n=2  dags/d/t.test.yaml:1:", done.stdout)
        self.assertIn("+ n=1", done.stdout)
        project.heddle("test", "dags/d/p.yaml", code=3)
        project.write("dags/d/t.test.yaml", "expect: {d.u: [{n: 2}]}\n")
        project.heddle("test", code=4)

    def test_a_preview_beside_a_daemon_shows_the_difference_and_changes_nothing(self):
        project = self.project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n",
            "dags/d/p.yaml": "pipeline: p\ntasks: {t: {sql: t.sql, into: d.t}}\n",
            "dags/d/t.sql": "SELECT value AS n FROM json_each('[1, 2]')\n",
        })
        with project.daemon():
            project.heddle("run", "d/p")
            project.write("dags/d/t.sql", "SELECT value AS n FROM json_each('[2, 3, 4]')\n")
            change = project.json("run", "d/p", "--preview", "--json")["tasks"][0]["changes"][0]
            self.assertEqual(
                [change[name] for name in ("before", "after", "removed", "added")], [2, 3, 1, 2])
            self.assertEqual(change["removed_rows"], [{"n": 1}])
            self.assertEqual(len(project.json("runs", "--json")["runs"]), 1)
        with contextlib.closing(sqlite3.connect(project.store("d"))) as store:
            self.assertEqual(store.execute("SELECT n FROM t ORDER BY n").fetchall(), [(1,), (2,)])


if __name__ == "__main__":
    unittest.main()
