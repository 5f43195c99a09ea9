"""kill -9 at any moment of a backfill, then the same command again: the tables equal those of an undisturbed one."""

import os
import random
import signal
import sqlite3
import subprocess
import time
import unittest

from kit import PROOF, ROOT, Project

CALL = ["backfill", "operations/* insights/* fleet/*", "--upstream", "--from", "2013-01-05", "--to", "2013-01-09",
        "--yes"]
KILLS = 300 if PROOF else 8


def tables(project):
    """Every row of every store, without the bookkeeping."""
    found = {}
    for domain in ["operations", "weather", "fleet", "airports", "insights"]:
        with sqlite3.connect(project.store(domain)) as store:
            names = store.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
            for (name,) in names:
                if not name.startswith(("_heddle_", "sqlite_")):
                    found[domain, name] = sorted(store.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
    return found


def difference(found, expected):
    """A few of the rows that are there and should not be, and the other way round."""
    return {"too many": [row for row in found if row not in expected][:3],
            "missing": [row for row in expected if row not in found][:3]}


class KillTest(unittest.TestCase):
    def test_kills_leave_no_trace(self):
        with Project(copy_of=ROOT) as calm:
            begin = time.monotonic()
            calm.heddle(*CALL)
            seconds = time.monotonic() - begin
            expected = tables(calm)
        chance = random.Random(20130105)
        kills = 0
        while kills < KILLS:
            with Project(copy_of=ROOT) as project:
                kills += self.kill_until_done(project, chance, seconds)
                found = tables(project)
                self.assertEqual(set(found), set(expected))
                for name, rows in expected.items():
                    self.assertTrue(found[name] == rows, f"{name}: {difference(found[name], rows)}")
        print(f"\n  {kills} kills in backfills of {seconds:.2f} s")

    def kill_until_done(self, project, chance, seconds):
        """Kills some calls at moments of chance, then lets one end; how many died."""
        died = 0
        for _ in range(chance.randint(1, 4)):
            process = project.start(*CALL)
            try:
                process.communicate(timeout=chance.uniform(0, seconds))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                died += 1
        project.heddle(*CALL)
        return died


if __name__ == "__main__":
    unittest.main()
