"""Faults of tasks and of the machine: each has a defined end, and nobody must help once its cause is gone.

What this machine does not let a test make is skipped by name.
"""

import contextlib
import glob
import json
import os
import pty
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from kit import HEDDLE, Project
from serve_test import until

DOMAIN = {"dags/d/domain.yaml": "domain: d\nowner: team\n"}


class FaultCase(unittest.TestCase):
    def project(self, files):
        project = Project({**DOMAIN, **files})
        self.addCleanup(project.close)
        return project

    @contextlib.contextmanager
    def daemon(self, project, *arguments, **options):
        """A daemon that listens; killed at the end if it still runs."""
        process = project.start("serve", "--json", *arguments, **options)
        try:
            self.assertIn("heddle.serve/v1", process.stdout.readline())
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def keeper(self, project):
        """The process of the project's keeper."""
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError), open(path, "rb") as file:
                words = file.read().split(b"\0")
                if len(words) > 2 and words[1] == b"keeper" and project.path.encode() in words[2]:
                    return int(path.split("/")[2])
        raise AssertionError("there is no keeper")

    def attempts(self, project, run):
        """The states and tries of a run's tasks."""
        shown = project.json("show", str(run), "--json")
        return {one["task"]: (one["state"], len(one["attempts"])) for one in shown["run"]["tasks"]}


class GoingTest(FaultCase):
    """A daemon that is told to go lets SQL end that is about to, and undoes the rest."""

    def go(self, rows):
        count = f"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {rows})"
        project = self.project({
            "dags/d/p.yaml": f"pipeline: p\ntasks:\n  t: {{sql: '{count} SELECT sum(x) AS n FROM c', into: d.t}}\n"})
        with self.daemon(project) as daemon:
            project.heddle("run", "d/p", "--detach")
            until(lambda: self.attempts(project, 1).get("t", ("", 0))[0] == "running")
            time.sleep(0.2)
            begin = time.monotonic()
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(10), 0)
            return project, time.monotonic() - begin

    def committed(self, project):
        with contextlib.closing(sqlite3.connect(f"file:{project.store('d')}?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM _heddle_commits").fetchone()[0]

    def test_sql_that_is_about_to_end_ends(self):
        project, _ = self.go(2_000_000)
        self.assertEqual(self.committed(project), 1)
        with self.daemon(project):
            until(lambda: project.json("show", "1", "--json")["run"]["state"] == "success")
        self.assertEqual(self.attempts(project, 1), {"t": ("success", 1)})

    def test_sql_that_does_not_end_is_undone(self):
        project, seconds = self.go(10 ** 15)
        self.assertGreater(seconds, 4)
        self.assertEqual(self.committed(project), 0)
        with self.daemon(project):
            until(lambda: self.attempts(project, 1)["t"][1] == 2)
            project.heddle("cancel", "1")


class LogTest(FaultCase):
    def terminal(self, project, *arguments):
        """What a command prints on a terminal, as bytes."""
        main, other = pty.openpty()
        process = subprocess.Popen(
            [HEDDLE, *arguments], cwd=project.path, env=project.environment(), stdin=subprocess.DEVNULL, stdout=other,
            stderr=other)
        os.close(other)
        text = b""
        while True:
            try:
                piece = os.read(main, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(main)
        process.wait()
        return text

    def test_no_byte_of_a_log_does_harm(self):
        words = r"printf 'a\000b\377\376c \033[31mred\033[0m \033]0;title\007 \302\233 \342\200\256end\nlast'; exit 3"
        project = self.project({"dags/d/p.yaml": f"pipeline: p\ntasks:\n  t: {{run: {json.dumps(words)}}}\n"})
        shown = self.terminal(project, "run", "d/p")
        self.assertIn(b"end", shown)
        for text in [shown, self.terminal(project, "logs", "1"), self.terminal(project, "logs", "1", "-f")]:
            for harm in [b"\0", b"\x07", b"\x1b]", b"\x1b[31m", b"\xff", b"\xc2\x9b", b"\xe2\x80\xae"]:
                self.assertNotIn(harm, text)
        lines = project.json("logs", "1", "--json")["logs"][0]["lines"]
        self.assertEqual(lines[0][:3], "a\0b")
        self.assertEqual(lines[1], "last")
        self.assertIn("a\0b\ufffd\ufffdc", project.heddle("logs", "1").stdout)


class DescriptorTest(FaultCase):
    """No descriptors: in the owner, which starts and writes nothing then, and in the keeper."""

    TASKS = "".join(f"  t{n}: {{run: 'echo {n}'}}\n  s{n}: {{sql: 'SELECT {n} AS n', into: d.s{n}}}\n" for n in range(6))

    def setUp(self):
        self.made = self.project({
            "dags/d/p.yaml": "pipeline: p\ntasks:\n" + self.TASKS,
            "dags/d/q.yaml": "pipeline: q\ntasks: {a: {run: 'sleep 0.3'}}\n"})

    def limit(self, pid, more):
        """So many descriptors more than it has now; None: as ever."""
        hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
        limit = hard if more is None else len(os.listdir(f"/proc/{pid}/fd")) + more
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, hard))

    def check(self, pid, room):
        with self.daemon(self.made, "--workers", "4") as daemon:
            self.made.heddle("run", "d/q")
            victim = daemon.pid if pid is None else pid()
            self.limit(victim, room)
            run = self.made.json("run", "d/p", "--detach", "--json")["runs"][0]["id"]
            time.sleep(1)
            self.limit(victim, None)
            until(lambda: self.made.json("show", str(run), "--json")["run"]["state"] == "success")
            # Nothing had begun, so nothing counts as tried.
            tries = {tries for _, tries in self.attempts(self.made, run).values()}
            self.assertEqual(tries, {1}, self.made.heddle("show", str(run)).stdout)
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(10), 0)

    def test_an_owner_without_descriptors_goes_on_when_it_has_some(self):
        # One, so that the command is heard.
        self.check(None, 1)

    def test_an_owner_that_hears_nobody_hears_them_later(self):
        with self.daemon(self.made) as daemon:
            self.limit(daemon.pid, 0)
            self.assertIn("does not answer", self.made.heddle("status").stderr)
            self.made.heddle("run", "d/p", code=7)
            self.limit(daemon.pid, None)
            self.made.heddle("run", "d/p")

    def test_a_keeper_without_descriptors_starts_nothing_until_it_has_some(self):
        self.check(lambda: self.keeper(self.made), 0)

    def test_a_next_owner_without_descriptors_takes_nothing_that_lives_for_dead(self):
        self.made.write("dags/d/slow.yaml", """pipeline: slow
tasks:
  t: {run: 'echo begun >> "$HEDDLE_PROJECT/begun"; while [ ! -e "$HEDDLE_PROJECT/go" ]; do sleep 0.05; done'}
""")
        with self.daemon(self.made):
            self.made.heddle("run", "d/slow", "--detach")
            until(lambda: os.path.exists(self.made.file("begun")))
        # Just enough to open the state; then none for the keeper and for /proc.
        for room in range(8, 40):
            process = self.made.start("serve", "--json", limit=room)
            listens = process.stdout.readline() != ""
            if listens:
                time.sleep(1)
            process.kill()
            process.communicate()
            if listens:
                break
        self.made.write("go", "")
        with self.daemon(self.made):
            until(lambda: self.made.json("show", "1", "--json")["run"]["state"] == "success")
        self.assertEqual(self.attempts(self.made, 1), {"t": ("success", 1)})
        with open(self.made.file("begun"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "begun\n")


if __name__ == "__main__":
    unittest.main()
