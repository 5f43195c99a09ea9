"""kill -9 of the daemon, again and again, in the middle of a backfill of a thousand partitions that it was asked for once:
it goes on by itself, and nothing is done twice, as the tasks themselves write down."""

import collections
import contextlib
import os
import random
import signal
import sqlite3
import time
import unittest

from kit import PROOF, Project, until

PARTITIONS = 1000
FIRST, LAST = "2020-01-01T00:00", "2020-02-11T15:00"
KILLS = 60 if PROOF else 8
# Whence the moments of the kills.
SEED = int(os.environ.get("SEED") or time.time())
FLOW = """pipeline: flow
partition: hourly
schedule: {start: 2020-01-01}
max_active_runs: 20
tasks:
  shell: {run: ./task.sh, writes: d.told}
  one: {sql: "SELECT 1", after: shell}
  rows:
    sql: "SELECT :partition AS hour, :run AS run"
    into: d.rows
    mode: append
    after: one
"""
TASK = """#!/bin/sh
# A line is appended by one write, so lines of tasks that run at once do not mix.
echo "begin $HEDDLE_PARTITION $HEDDLE_ATTEMPT_KEY" >> "$HEDDLE_PROJECT/ledger"
echo "end $HEDDLE_PARTITION $HEDDLE_ATTEMPT_KEY" >> "$HEDDLE_PROJECT/ledger"
"""


class ThousandTest(unittest.TestCase):
    def setUp(self):
        self.project = Project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n", "dags/d/flow.yaml": FLOW, "dags/d/task.sh": TASK})
        self.addCleanup(self.project.close)

    def record(self, sql):
        path = self.project.file(".heddle/heddle.db")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as record:
            return record.execute(sql).fetchall()

    def over(self):
        return self.record("SELECT count(*) FROM runs WHERE finished_at IS NOT NULL")[0][0]

    @contextlib.contextmanager
    def daemon(self):
        """One that ends by kill -9."""
        with self.project.daemon("--quiet", "--workers", "4") as daemon:
            yield
            os.kill(daemon.pid, signal.SIGKILL)

    def test_a_backfill_goes_on_and_does_nothing_twice(self):
        chance = random.Random(SEED)
        moments = sorted(chance.sample(range(PARTITIONS), KILLS))
        with self.subTest(seed=SEED):
            with self.daemon():
                self.project.heddle("backfill", "d/flow", "--from", FIRST, "--to", LAST, "--yes", "--detach")
            killed = []
            for moment in [*moments, PARTITIONS]:
                # Each goes on by itself, and is killed some time after so many runs are over.
                with self.daemon():
                    until(lambda: self.over() >= moment, 120)
                    time.sleep(chance.uniform(0, 0.02))
                    killed.append(self.over())
            self.look()
        print(f"\n  {KILLS} kills, after {', '.join(map(str, killed[:-1]))} of {PARTITIONS} runs (seed {SEED})")

    def look(self):
        self.assertEqual(self.record("SELECT state, count(*), count(DISTINCT partition) FROM runs GROUP BY 1"),
                         [("success", PARTITIONS, PARTITIONS)])
        # What was decided and not begun, and SQL that was rolled back, is lost, and tried again.
        ends = "SELECT task, count(*), count(DISTINCT run) FROM attempts WHERE state %s GROUP BY 1"
        self.assertEqual(self.record(ends % "= 'success'"), [(task, PARTITIONS, PARTITIONS) for task in range(3)])
        self.assertEqual(self.record(ends % "NOT IN ('success', 'lost')"), [])
        with open(self.project.file("ledger"), encoding="utf-8") as file:
            lines = collections.Counter(tuple(line.split()) for line in file)
        keys = {key for (key,) in self.record("SELECT attempt_key FROM attempts WHERE task = 0 AND state = 'success'")}
        self.assertEqual(set(lines.values()), {1})
        for word in ("begin", "end"):
            told = [line for line in lines if line[0] == word]
            self.assertEqual(len({partition for _, partition, _ in told}), PARTITIONS)
            self.assertEqual({key for _, _, key in told}, keys)
            self.assertEqual(len(told), PARTITIONS)
        with contextlib.closing(sqlite3.connect(f"file:{self.project.store('d')}?mode=ro", uri=True)) as store:
            self.assertEqual(store.execute("SELECT count(*), count(DISTINCT hour) FROM rows").fetchall(),
                             [(PARTITIONS, PARTITIONS)])
            committed = {key for (key,) in store.execute("SELECT attempt_key FROM _heddle_commits")}
        rows = self.record("SELECT attempt_key FROM attempts WHERE task = 2 AND state = 'success'")
        self.assertEqual(committed, {key for (key,) in rows})
        self.project.heddle("doctor")


if __name__ == "__main__":
    unittest.main()
