"""The fifteen pipelines of an ordinary team (team/dags) over a month: late files, history, corrections, business days,
approvals. What the tables hold is compared with what team.py works out by itself."""

import contextlib
import os
import shutil
import sqlite3
import unittest

from kit import Project, until
from team import FIRST, LAST, Team

MESH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "team")
MONTH = ("--from", str(FIRST), "--to", str(LAST))
LATE = ("2024-03-05T10:00", "2024-03-20T18:00")
NEVER = "2024-03-12T03:00"
DEVICES = """  devices:
    sql: "SELECT day, device, sum(visits) AS visits FROM shop.visits WHERE day = :partition GROUP BY day, device"
    into: shop.device_visits
    mode: partition
    partition_by: day
"""


class TeamTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.project = Project(copy_of=MESH)
        self.addCleanup(self.project.close)
        self.team = Team()
        self.team.orders[NEVER] = []
        self.team.write(self.project.path, except_hours=(*LATE, NEVER))

    def rows(self, table):
        domain, name = table.split(".")
        with contextlib.closing(sqlite3.connect(f"file:{self.project.store(domain)}?mode=ro", uri=True)) as store:
            return store.execute(f"SELECT * FROM {name}").fetchall()

    def record(self, sql, *values):
        path = self.project.file(".heddle/heddle.db")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as record:
            return record.execute(sql, values).fetchall()

    def count(self, pipeline, state="success"):
        sql = "SELECT count(DISTINCT partition) FROM runs WHERE pipeline = ? AND state = ?"
        return self.record(sql, pipeline, state)[0][0]

    def text(self, name):
        with open(self.project.file(name), encoding="utf-8") as file:
            return file.read()

    def expect(self, **tables):
        for name, rows in tables.items():
            found = self.rows(name.replace("__", "."))
            self.assertEqual(len(found), len(set(found)), f"{name}: rows that come twice")
            self.assertEqual(set(found), set(rows), name)

    def test_a_month(self):
        self.project.heddle("check")
        with self.project.daemon("--quiet", "--workers", "4"):
            self.work()
            self.look_at_what_was_made()
            self.approve()
            self.correct()
            self.new_task()
        self.project.heddle("doctor")

    def work(self):
        """Daily pipelines catch up by themselves, and wait for what is backfilled; the rest is due by data."""
        until(lambda: self.count("shop/customers") == len(self.team.days), 300)
        hours = ("--from", f"{FIRST}T00:00", "--to", f"{LAST}T23:00")
        self.project.heddle("backfill", "shop/orders", *hours, "--yes", "--detach")
        self.project.heddle("backfill", "shop/payments", *MONTH, "--yes")
        until(lambda: self.count("shop/orders") == len(self.team.orders) - 3, 120)
        waiting = self.record("SELECT i.run, r.partition FROM task_instances AS i JOIN runs AS r ON r.id = i.run "
                              "WHERE i.state = 'deferred' AND r.pipeline = 'shop/orders' ORDER BY 2")
        self.assertEqual([partition for _, partition in waiting], sorted((*LATE, NEVER)))
        # The days without them are there; those with them wait, and the month with them.
        self.assertEqual(self.record("SELECT count(*) FROM runs WHERE pipeline = 'finance/close'"), [(0,)])
        for key in LATE:
            self.team.write_hour(self.project.path, key)
        self.project.heddle("mark", f"{dict((p, r) for r, p in waiting)[NEVER]}/arrive", "skipped")
        until(lambda: self.record("SELECT count(*) FROM runs WHERE finished_at IS NULL") == [(1,)], 120)
        self.project.heddle("backfill", "platform/export", *MONTH, "--yes")

    def look_at_what_was_made(self):
        team = self.team
        self.assertEqual(self.record("SELECT pipeline, partition FROM runs WHERE state NOT IN ('success', 'running')"), [])
        self.expect(
            shop__orders=team.all_orders(), shop__customer_history=team.history(), shop__daily_sales=team.daily_sales(),
            shop__sales_by_tier=team.by_tier(), finance__seoul_report=team.seoul(), finance__balance=team.balance(),
            finance__weekly_sales=team.weekly_sales(), finance__weekly_seoul=team.weekly_seoul(),
            finance__rates=[(str(day), *rest) for day, *rest in team.rates],
            marketing__costs=team.costs(), marketing__returns=team.returns(), marketing__audience=team.audience(least=3))
        # One run a partition, whoever made it; the audience's were made by the report's.
        twice = "SELECT pipeline, partition FROM runs GROUP BY 1, 2 HAVING count(*) > 1"
        self.assertEqual(self.record(twice), [])
        causes = dict(self.record("SELECT pipeline, group_concat(DISTINCT cause) FROM runs GROUP BY 1"))
        self.assertEqual((causes["marketing/report"], causes["marketing/audience"], causes["finance/seoul"],
                          causes["finance/close"]), ("data", "trigger", "schedule", "data"))
        # Skipped days count as covered; the busy channel was asked twice on every fifth day.
        skipped = "SELECT count(*) FROM task_instances AS i JOIN runs AS r ON r.id = i.run WHERE r.pipeline = ? AND i.state = 'skipped'"
        self.assertEqual(self.record(skipped, "finance/rates"), [(36 - len(team.rates),)])
        again = ("SELECT r.partition FROM task_instances AS i JOIN runs AS r ON r.id = i.run "
                 "WHERE r.pipeline = 'marketing/campaigns' AND i.attempts > 1")
        self.assertEqual({day for (day,) in self.record(again)}, {str(day) for day in team.days if day.day % 5 == 0})
        self.assertEqual(set(self.text("doubtful").split()), team.doubtful())
        mails = ("SELECT count(*) FROM task_instances AS i JOIN release_tasks AS t USING (task) JOIN runs AS r ON r.id = i.run "
                 "AND (t.release, t.pipeline) = (r.release, r.pipeline) WHERE t.name = 'mail' AND i.state = 'failed'")
        self.assertEqual(self.record(mails), [(len(team.doubtful()),)])
        # A backfill makes the partners' files, cleans up, and sends nothing.
        sales = sorted(team.daily_sales())
        for day in team.days:
            lines = [f"{channel},{count},{amount}" for date, channel, count, amount in sales if date == str(day)]
            self.assertEqual(self.text(f"out/{day}.csv").split(), lines)
        self.assertEqual(os.listdir(self.project.file("room")), [])
        self.assertFalse(os.path.exists(self.project.file("sent")))

    def approve(self):
        """The month waits for somebody, and goes out once."""
        (waiting,) = self.project.json("approve", "--json")["waiting"]
        self.assertEqual((waiting["pipeline"], waiting["partition"]), ("finance/close", "2024-03"))
        self.assertFalse(os.path.exists(self.project.file("published")))
        self.project.heddle("approve", f"{waiting['run']}/sign_off", "--note", "agrees with the bank")
        until(lambda: self.count("finance/close") == 1)
        sales, balance = self.team.daily_sales(), max(row[1] for row in self.team.balance())
        amount = sum(row[3] for row in sales)
        self.expect(finance__months=[("2024-03", sum(row[2] for row in sales), amount, balance)])
        self.assertEqual(self.text("published"), f"2024-03 {amount}\n")

    def correct(self):
        """The bank corrects two days: the next run reads them again, and what was made of them is made anew."""
        days = self.team.days[-3:-1]
        for day in days:
            self.team.correct(day)
            self.team.write_payments(self.project.path, day)
        self.project.heddle("run", "shop/payments", "--partition", str(LAST))
        rows = {(row[0], str(row[1]), *row[2:]) for day in self.team.days for row in self.team.payments[day]}
        self.expect(shop__payments=rows)
        balances, month = {("finance.balance", str(day)) for day in days}, {("finance.months", "2024-03")}
        self.assertEqual(self.stale(), balances)
        # The balance of each day goes on from the day before: once those are right, the last day is stale, and the month.
        self.balance_anew()
        self.assertEqual(self.stale(), {("finance.balance", str(LAST))} | month)
        self.balance_anew()
        self.project.heddle("accept", "finance.months@2024-03")
        self.assertEqual(self.stale(), set())
        self.expect(finance__balance=self.team.balance())

    def stale(self):
        return {(item["dataset"], item["partition"]) for item in self.project.json("status", "--stale", "--json")["stale"]}

    def balance_anew(self):
        self.project.heddle("backfill", "finance/balance", *MONTH, "--mode", "stale", "--yes")

    def new_task(self):
        """A task is added to an old pipeline, and made alone for all of its ninety days."""
        days = ("--from", "2024-01-01", "--to", "2024-03-30")
        self.project.heddle("backfill", "shop/visits", *days, "--yes")
        shutil.rmtree(self.project.file("landing/visits"))
        with open(self.project.file("dags/shop/visits.yaml"), "a", encoding="utf-8") as file:
            file.write(DEVICES)
        self.project.heddle("deploy")
        plan = self.project.heddle("backfill", "shop/visits", *days, "--plan").stdout
        self.assertIn("the rest\tshop/visits\t90\t2024-01-01..2024-03-30\tdevices\t", plan)
        self.project.heddle("backfill", "shop/visits", *days, "--yes")
        self.expect(shop__device_visits=self.team.by_device())
        attempts = "SELECT count(*) FROM attempts AS a JOIN runs AS r ON r.id = a.run WHERE r.pipeline = 'shop/visits'"
        self.assertEqual(self.record(attempts), [(3 * 90,)])


if __name__ == "__main__":
    unittest.main()
