"""Environments: the same mesh beside production, with what it borrows from there."""

import contextlib
import os
import sqlite3
import unittest

from kit import Project, until

FILES = {
    "dags/mesh.yaml": "values: {label: live}\n",
    "dags/dev.env.yaml": "environment: dev\nschedules: false\nvalues: {label: trial}\nborrow: [shop]\n",
    "dags/alone.env.yaml": "environment: alone\n",
    "dags/shop/domain.yaml": "domain: shop\nowner: team\n",
    "dags/shop/orders.yaml": "pipeline: orders\npartition: daily\ntasks:\n  make:\n"
    "    sql: \"SELECT :partition AS day, value AS n FROM json_each('[1,2,3]')\"\n"
    "    into: shop.orders\n    mode: partition\n    partition_by: day\n",
    "dags/reports/domain.yaml": "domain: reports\nowner: team\n",
    "dags/reports/sums.yaml": "pipeline: sums\npartition: daily\nschedule: {every: 1s}\ntasks:\n  add:\n"
    "    sql: SELECT day, sum(n) AS total, :label AS label FROM shop.orders WHERE day = :partition GROUP BY day\n"
    "    into: reports.sums\n    mode: partition\n    partition_by: day\n",
}


class EnvironmentTest(unittest.TestCase):
    def setUp(self):
        self.project = Project(FILES)
        self.addCleanup(self.project.close)

    def rows(self, store):
        path = self.project.file(store)
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return db.execute("SELECT * FROM sums").fetchall()

    def backfill(self, selector, *options):
        self.project.heddle(
            "backfill", selector, "--from", "2025-01-01", "--to", "2025-01-02", "--yes", *options)

    def test_borrowed_products_come_from_production_and_nothing_goes_there(self):
        self.backfill("*")
        production = self.rows(".heddle/stores/reports.db")
        self.backfill("reports/*", "--upstream", "--env", "dev")
        trial = self.rows(".heddle/env/dev/stores/reports.db")
        self.assertEqual(trial, [("2025-01-01", 6, "trial"), ("2025-01-02", 6, "trial")])
        self.assertEqual(self.rows(".heddle/stores/reports.db"), production)
        self.assertEqual({row[2] for row in production}, {"live"})
        self.assertFalse(os.path.exists(self.project.file(".heddle/env/dev/stores/shop.db")))
        runs = self.project.json("runs", "--json", "--env", "dev")["runs"]
        self.assertEqual({run["pipeline"] for run in runs}, {"reports/sums"})
        self.project.heddle("run", "shop/orders", "--env", "dev", code=3)

    def test_an_environment_that_borrows_nothing_makes_everything_itself(self):
        self.backfill("reports/*", "--upstream", "--env", "alone")
        self.assertEqual(len(self.rows(".heddle/env/alone/stores/reports.db")), 2)
        self.assertFalse(os.path.exists(self.project.file(".heddle/heddle.db")))

    def test_two_daemons_serve_production_and_an_environment_at_once(self):
        self.backfill("shop/*")
        with self.project.daemon(), self.project.daemon("--env", "dev"):
            until(lambda: self.project.json("schedule", "reports/sums", "--ledger", "--json")["ledger"])
            self.project.heddle("run", "reports/sums", "--partition", "2025-01-01", "--env", "dev")
            runs = self.project.json("runs", "--json", "--env", "dev")["runs"]
            self.assertEqual([run["cause"] for run in runs], ["manual"], "its schedules are off")

    def test_the_state_of_an_environment_is_not_taken_for_production(self):
        self.backfill("*", "--env", "alone")
        refused = self.project.heddle("status", "--state", self.project.file(".heddle/env/alone"), code=2)
        self.assertIn("--env alone", refused.stderr)
        unknown = self.project.heddle("status", "--env", "alnoe", code=3)
        self.assertIn("did you mean 'alone'?", unknown.stderr)


if __name__ == "__main__":
    unittest.main()
