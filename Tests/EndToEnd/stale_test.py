"""Staleness: what is not any more what its code makes of its inputs is told, made anew, or accepted."""

import unittest

from kit import Project

ORDERS = """pipeline: orders
partition: daily
tasks:
  land:
    load: {file: {sql: "SELECT 'landing/' || :partition || '.csv'"}}
    into: shop.orders
    columns: {day: text, item: text, amount: integer}
    mode: partition
    partition_by: day
"""
SALES = """pipeline: sales
partition: daily
tasks:
  summary:
    sql: summary.sql
    into: reports.sales
    mode: partition
    partition_by: day
"""
TOTALS = """pipeline: totals
tasks:
  total:
    sql: "SELECT sum(amount) AS amount FROM reports.sales"
    into: reports.total
    mode: replace
  tell:
    run: ./tell.sh
    reads: reports.total
    writes: reports.told
"""
SUMMARY = "SELECT day, item, sum(amount) AS amount FROM shop.orders WHERE day = :partition GROUP BY day, item\n"
DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")
RANGE = ("--from", DAYS[0], "--to", DAYS[-1])


class StaleTest(unittest.TestCase):
    def setUp(self):
        self.project = Project({
            "dags/shop/domain.yaml": "domain: shop\nowner: shop\n",
            "dags/shop/orders.yaml": ORDERS,
            "dags/reports/domain.yaml": "domain: reports\nowner: team\n",
            "dags/reports/sales.yaml": SALES, "dags/reports/summary.sql": SUMMARY,
            "dags/reports/totals.yaml": TOTALS,
            "dags/reports/tell.sh": "#!/bin/sh\necho '{\"content\": \"same\"}' > $HEDDLE_OUTPUT\n",
        })
        self.addCleanup(self.project.close)
        for day in DAYS:
            self.rows(day, 1)
        self.make("*", *RANGE)

    def rows(self, day, amount):
        self.project.write(f"landing/{day}.csv", f"day,item,amount\n{day},tea,{amount}\n{day},jam,2\n")

    def make(self, selector, *arguments):
        self.project.heddle("backfill", selector, *arguments, "--yes")

    def stale(self, *selector):
        """What is stale, and whether because of code or inputs."""
        found = self.project.json("status", *selector, "--stale", "--json")["stale"]
        return {
            item["dataset"] + ("@" + item["partition"][-2:] if item["partition"] else ""):
                "code" if item["code_changed"] else "input"
            for item in found
        }

    def renewed(self, *arguments):
        """Makes anew what is stale; the partitions that were made."""
        runs = self.project.json("backfill", "*", "--mode", "stale", *arguments, "--yes", "--json")["runs"]
        return sorted(run["name"] for run in runs)

    def test_code_and_inputs_that_move_on(self):
        self.assertEqual(self.stale(), {})
        self.project.write("dags/reports/summary.sql", "-- by day\n" + SUMMARY.replace("SELECT ", "select\n  "))
        self.assertEqual(self.stale(), {})
        self.project.write("dags/reports/summary.sql", SUMMARY.replace("sum(amount)", "max(amount)"))
        all_sales = {f"reports.sales@{day[-2:]}": "code" for day in DAYS}
        self.assertEqual(self.stale(), all_sales)
        plan = self.project.json("deploy", "--plan", "--json")
        self.assertEqual(plan["stale"], {"reports.sales": 3})
        shown = self.project.json("show", "reports.sales@2013-01-01", "--json")["partition"]["stale"]
        self.assertEqual(shown["files"], ["dags/reports/summary.sql"])
        # Each day has one row an item: the greatest is the sum, so nothing spreads.
        self.assertEqual(self.renewed(), [f"reports/sales@{day}" for day in DAYS])
        self.assertEqual(self.stale(), {})
        self.assertEqual(self.project.json("backfill", "*", "--mode", "stale", "--json")["state"], "nothing_to_do")

    def test_a_result_that_is_the_same_spreads_no_further_and_another_does(self):
        self.make("shop/orders", *RANGE, "--mode", "all", "--overwrite", "3")
        self.assertEqual(self.stale(), {})
        self.rows(DAYS[1], 5)
        self.make("shop/orders", *RANGE, "--mode", "all", "--overwrite", "3")
        self.assertEqual(self.stale(), {"reports.sales@02": "input"})
        self.assertEqual(self.stale("shop/*"), {})
        why = self.project.heddle("status", "--stale").stdout
        self.assertIn("'shop.orders@2013-01-02' was rebuilt by run", why)
        self.assertEqual(self.renewed(*RANGE), [f"reports/sales@{DAYS[1]}"])
        self.assertEqual(self.stale(), {"reports.total": "input"})
        self.assertEqual(self.renewed(), ["reports/totals"])
        # The process read another total; what it made it calls the same.
        self.assertEqual(self.stale(), {"reports.told": "input"})
        self.assertEqual(self.renewed(), ["reports/totals"])
        self.assertEqual(self.stale(), {})
        self.project.heddle("doctor")

    def test_a_dataset_is_accepted_without_its_sibling(self):
        pair = "pipeline: pair\ntasks: {both: {run: 'echo 1', writes: [reports.left, reports.right]}}\n"
        self.project.write("dags/reports/pair.yaml", pair)
        self.project.heddle("run", "reports/pair")
        self.project.write("dags/reports/pair.yaml", pair.replace("echo 1", "echo 2"))
        self.assertEqual(self.stale(), {"reports.left": "code", "reports.right": "code"})
        self.project.heddle("accept", "reports.left", *RANGE, code=2)
        self.project.heddle("accept", "reports.left")
        self.assertEqual(self.stale(), {"reports.right": "code"})

    def test_what_is_accepted_is_stale_no_more_until_something_moves_on(self):
        self.project.write("dags/reports/summary.sql", SUMMARY.replace("sum(amount)", "min(amount)"))
        accepted = self.project.heddle("accept", "reports.sales", "--from", DAYS[0], "--to", DAYS[1]).stdout
        self.assertIn("2 partitions are accepted", accepted)
        self.assertEqual(self.stale(), {"reports.sales@03": "code"})
        with self.project.daemon():
            self.project.heddle("accept", f"reports.sales@{DAYS[2]}")
            self.assertEqual(self.stale(), {})
            self.assertIn("nothing of", self.project.heddle("accept", "*").stdout)
        self.assertIn("accept\treports.sales@2013-01-03", self.project.heddle("audit").stdout)
        self.assertIn("accepted as it is", self.project.heddle("show", "reports.sales").stdout)
        self.rows(DAYS[0], 9)
        self.make("shop/orders", *RANGE, "--mode", "all", "--overwrite", "3", "--local")
        self.assertEqual(self.stale(), {"reports.sales@01": "input"})
        self.project.heddle("accept", "reports.sales@2099", code=2)
        self.project.heddle("accept", "reports.none", code=3)
        self.project.heddle("doctor")

    def test_a_selector_finds_what_is_stale(self):
        self.project.write("dags/reports/tell.sh", "#!/bin/sh\ntrue\n")
        self.assertEqual(self.stale("stale:code"), {"reports.told": "code"})
        self.project.heddle("status", "stale:input", code=3)
        self.assertEqual(self.renewed(), ["reports/totals"])
        self.project.heddle("status", "stale:", code=3)


if __name__ == "__main__":
    unittest.main()
