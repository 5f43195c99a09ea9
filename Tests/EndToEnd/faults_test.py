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
import sys
import time
import unittest

from kit import HEDDLE, Project, until

DOMAIN = {"dags/d/domain.yaml": "domain: d\nowner: team\n"}


class FaultCase(unittest.TestCase):
    def project(self, files):
        project = Project({**DOMAIN, **files})
        self.addCleanup(project.close)
        return project

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
        with project.daemon() as daemon:
            project.heddle("run", "d/p", "--detach")
            until(lambda: self.attempts(project, 1).get("t", ("", 0))[0] == "running")
            until(lambda: os.path.exists(project.store("d")))
            time.sleep(0.2)
            begin = time.monotonic()
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(60), 0)
            return project, time.monotonic() - begin

    def committed(self, project):
        with contextlib.closing(sqlite3.connect(f"file:{project.store('d')}?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM _heddle_commits").fetchone()[0]

    def test_sql_that_is_about_to_end_ends(self):
        project, _ = self.go(1_000_000)
        self.assertEqual(self.committed(project), 1)
        with project.daemon():
            until(lambda: project.json("show", "1", "--json")["run"]["state"] == "success")
        self.assertEqual(self.attempts(project, 1), {"t": ("success", 1)})

    def test_sql_that_does_not_end_is_undone(self):
        project, seconds = self.go(10 ** 15)
        self.assertGreater(seconds, 4)
        self.assertEqual(self.committed(project), 0)
        with project.daemon():
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
        with self.made.daemon("--workers", "4") as daemon:
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
            self.assertEqual(daemon.wait(60), 0)

    def test_an_owner_without_descriptors_goes_on_when_it_has_some(self):
        # One, so that the command is heard.
        self.check(None, 1)

    def test_an_owner_that_hears_nobody_hears_them_later(self):
        with self.made.daemon() as daemon:
            # It looks after the state's folder once it listens.
            time.sleep(1)
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
        with self.made.daemon():
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
        with self.made.daemon():
            until(lambda: self.made.json("show", "1", "--json")["run"]["state"] == "success")
        self.assertEqual(self.attempts(self.made, 1), {"t": ("success", 1)})
        with open(self.made.file("begun"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "begun\n")


class ProcessTest(FaultCase):
    """No processes, fork bombs and no memory. Under a user that nobody else is, whose processes are counted."""

    USER = 54321

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root may take on a user of no other processes")

    def as_user(self, files):
        """A project of that user's."""
        project = self.project(files)
        for folder, _, names in os.walk(project.path):
            for name in ["", *names]:
                os.chown(os.path.join(folder, name), self.USER, self.USER)
        return project

    def start(self, project, *arguments, processes):
        """The binary as that user, who may have so many processes and threads, in a copy that the user may read."""
        binary = project.file("heddle")
        shutil.copy(HEDDLE, binary)
        os.chmod(binary, 0o755)

        def drop():
            resource.setrlimit(resource.RLIMIT_NPROC, (processes, 1000))
            os.setgroups([])
            os.setgid(self.USER)
            os.setuid(self.USER)
        try:
            return subprocess.Popen(
                [binary, *arguments], cwd=project.path, env=project.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=drop)
        except (subprocess.SubprocessError, OSError):
            self.skipTest("this machine lets nobody become another user")

    def living(self):
        """How many processes the user has."""
        count = 0
        for path in glob.glob("/proc/[0-9]*"):
            with contextlib.suppress(OSError):
                count += os.stat(path).st_uid == self.USER
        return count

    def test_who_gets_no_processes_waits_for_them(self):
        project = self.as_user({"dags/d/p.yaml": "pipeline: p\ntasks: {a: {run: 'echo a'}, b: {run: 'echo b'}}\n"})
        # Enough for its own threads, and not for a keeper.
        for processes in range(4, 14):
            process = self.start(project, "run", "d/p", "--workers", "2", processes=processes)
            self.addCleanup(process.communicate)
            self.addCleanup(process.kill)
            # Whoever waits for a process waits for a minute.
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                break
            self.assertIn(process.returncode, (0, 1))
        else:
            self.skipTest("the number of a user's processes is not limited here")
        subprocess.run(
            ["prlimit", "--pid", str(process.pid), "--nproc=1000:1000"], check=True, user=self.USER, group=self.USER,
            extra_groups=[])
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, output + errors)

    def test_a_fork_bomb_under_a_limit_ends_with_its_task(self):
        # The other has all its processes before the bomb takes the rest.
        project = self.as_user({
            "dags/d/p.yaml": "pipeline: p\ntasks:\n  bomb: {run: ./bomb.sh, timeout: 6s}\n  other: {run: ./other.sh}\n",
            "dags/d/other.sh": "#!/bin/sh\nsleep 4 &\n: > \"$HEDDLE_PROJECT/on\"\nwait\necho fine\n",
            "dags/d/bomb.sh": "#!/bin/sh\nuntil [ -e \"$HEDDLE_PROJECT/on\" ]; do sleep 0.1; done\n"
                              "b() { b | b & }\nb\nsleep 60\n"})
        process = self.start(project, "run", "d/p", "--workers", "2", processes=150)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, output + errors)
        self.assertIn("d/p.bomb", errors)
        self.assertIn("ran longer than its timeout", errors)
        self.assertRegex(errors, "success  d/p.other")
        # The keeper goes by itself.
        until(lambda: self.living() <= 1)

    def test_a_task_without_memory_fails_alone(self):
        hungry = """ulimit -v 200000; python3 -c 'x = bytearray(1 << 30)'"""
        project = self.project({
            "dags/d/p.yaml": f"pipeline: p\ntasks:\n  hungry: {{run: {json.dumps(hungry)}}}\n  other: {{run: 'echo fine'}}\n"
                             "  sql: {sql: 'SELECT zeroblob(900000000) AS n', into: d.n, isolate: true}\n"})
        project.heddle("run", "d/p", code=1)
        states = {task: state for task, (state, _) in self.attempts(project, 1).items()}
        self.assertEqual(states, {"hungry": "failed", "other": "success", "sql": "failed"})
        self.assertIn("MemoryError", project.heddle("logs", "1", "hungry").stdout)
        self.assertIn("256 MiB", project.heddle("logs", "1", "sql").stdout)

    def test_the_kernel_ends_a_task_for_want_of_memory(self):
        group = f"/sys/fs/cgroup/memory/heddle-test-{os.getpid()}"
        try:
            os.mkdir(group)
            self.addCleanup(os.rmdir, group)
            with open(f"{group}/memory.limit_in_bytes", "w", encoding="ascii") as file:
                file.write("200M")
        except OSError as error:
            self.skipTest(f"no memory cgroup can be made here: {error}")
        project = self.project({"dags/d/p.yaml": """pipeline: p
tasks:
  hungry: {run: "python3 -c 'x = bytearray(1 << 30)'"}
  other: {run: 'sleep 1; echo fine'}
"""})
        join = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "-"]
        process = project.start("run", "d/p", prefix=join)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, output + errors)
        self.assertIn("SIGKILL", errors)
        self.assertEqual(self.attempts(project, 1)["other"][0], "success")
        with contextlib.suppress(AssertionError):
            os.kill(self.keeper(project), signal.SIGKILL)
        until(lambda: self.is_empty(f"{group}/cgroup.procs"))

    def is_empty(self, path):
        with open(path, encoding="ascii") as file:
            return not file.read()

    def test_tasks_that_ignore_their_end_are_killed(self):
        project = self.project({
            "dags/d/p.yaml": "pipeline: p\ntasks: {deaf: {run: ./deaf.sh, timeout: 1s}}\n",
            "dags/d/deaf.sh": "#!/bin/sh\ntrap '' TERM HUP INT\nsetsid sleep 61 &\nwhile :; do sleep 1; done\n"})
        begin = time.monotonic()
        project.heddle("run", "d/p", code=1)
        self.assertLess(time.monotonic() - begin, 25)
        self.assertIn("ran longer than its timeout", project.heddle("show", "1").stdout)
        for path in glob.glob("/proc/[0-9]*/environ"):
            with contextlib.suppress(OSError), open(path, "rb") as file:
                self.assertNotIn(b"HEDDLE_PROJECT=" + project.path.encode(), file.read())


class FileSystemTest(FaultCase):
    """A full file system, and one that may only be read: a small one of its own, in a namespace."""

    def inside(self, script):
        """Runs a part of a test where it may mount a file system of 3 MB over the folder `state`."""
        if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode:
            self.skipTest("no file system can be mounted in a namespace here")
        project = self.project({
            "dags/d/p.yaml": "pipeline: p\ntasks: {a: {run: 'echo a', retry: {attempts: 5, delay: 1s}}}\n",
            "dags/d/s.yaml": "pipeline: s\ntasks: {s: {sql: 'SELECT hex(zeroblob(200000)) AS n', into: d.s, retry: {attempts: 9, delay: 1s}}}\n"})
        done = subprocess.run(
            ["unshare", "-rm", "python3", "-B", os.path.abspath(__file__), script, project.path],
            capture_output=True, text=True, timeout=200, cwd=os.path.dirname(os.path.abspath(__file__)))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_full_file_system(self):
        self.inside("full")

    def test_a_file_system_that_may_only_be_read(self):
        self.inside("readonly")


class Mounted(Project):
    """A project whose state lies on a file system of 3 MB."""

    def __init__(self, path):
        self.path = path
        self.state = os.path.join(path, "state")
        os.mkdir(self.state)
        self.mount("-t", "tmpfs", "-o", "size=3m", "none")
        self.filler = os.path.join(self.state, "filler")

    def environment(self, extra=None):
        return {**super().environment(extra), "HEDDLE_STATE": self.state}

    def mount(self, *options):
        subprocess.run(["mount", *options, self.state], check=True)

    def fill(self, leave=0):
        """Takes all room but so many bytes."""
        with open(self.filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        os.truncate(self.filler, max(0, os.path.getsize(self.filler) - leave))

    def free(self):
        os.truncate(self.filler, 0)

    def run_of(self, pipeline):
        return self.json("run", pipeline, "--detach", "--json")["runs"][0]["id"]

    def is_success(self, run):
        return self.json("show", str(run), "--json")["run"]["state"] == "success"


def full(project):
    open(project.filler, "wb").close()
    daemon = project.start("serve", "--json")
    daemon.stdout.readline()
    project.heddle("run", "d/p")
    project.fill()
    runs = [project.run_of("d/p"), project.run_of("d/s")]
    time.sleep(2)
    assert not any(project.is_success(run) for run in runs), "there was room"
    project.heddle("status")
    project.free()
    for run in runs:
        until(lambda run=run: project.is_success(run))
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    # One that comes to a full one waits for room, or says what is the matter; nothing is lost.
    project.fill()
    process = project.start("run", "d/p", "--local")
    time.sleep(1)
    project.free()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0 or "is full" in errors, errors
    project.heddle("run", "d/p", "--local")
    assert len(project.json("runs", "--json")["runs"]) >= 4


def readonly(project):
    project.heddle("run", "d/s")
    project.mount("-o", "remount,ro")
    for command in (["run", "d/s"], ["serve"], ["backfill", "d/s", "--yes", "--from", "2024-01-01", "--to", "2024-01-01"]):
        done = project.heddle(*command, code=None)
        assert done.returncode in (1, 2), done
    for command in (["run", "d/s"], ["serve"]):
        done = project.heddle(*command, code=1)
        assert "read-only file system" in done.stderr.lower(), done.stderr
    project.mount("-o", "remount,rw")
    project.heddle("run", "d/s")
    assert len(project.json("runs", "--json")["runs"]) == 2


class DamageTest(FaultCase):
    """A state file that is not what it was: a clear sentence, an exit code, and never a trap."""

    COMMANDS = [["status"], ["runs"], ["show", "1"], ["logs", "1"], ["run", "d/p"], ["serve"], ["doctor"], ["maintain"]]

    def check(self, damage, words):
        project = self.project({"dags/d/p.yaml": "pipeline: p\ntasks: {a: {sql: 'SELECT 1 AS n', into: d.a}}\n"})
        project.heddle("run", "d/p")
        # Or its log would still hold all of it.
        with contextlib.closing(sqlite3.connect(project.file(".heddle/heddle.db"))) as state:
            state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damage(project.file(".heddle/heddle.db"))
        for command in self.COMMANDS:
            done = project.heddle(*command, code=1, timeout=20)
            self.assertIn(words, done.stderr + done.stdout)
            self.assertNotIn("Fatal error", done.stderr)

    def test_truncated(self):
        for size in (100, 5000, 40_000):
            with self.subTest(size=size):
                self.check(lambda path, size=size: os.truncate(path, size), "is damaged")

    def test_emptied(self):
        self.check(lambda path: os.truncate(path, 0), "is damaged: it is empty")

    def test_overwritten(self):
        def overwrite(path):
            with open(path, "r+b") as file:
                file.write(b"garbage!" * 4)
        self.check(overwrite, "is not a state file of heddle")

    def test_a_folder_in_its_place(self):
        def replace(path):
            os.remove(path)
            os.mkdir(path)
        self.check(replace, "heddle.db")


if __name__ == "__main__" and len(sys.argv) == 3 and sys.argv[1] in ("full", "readonly"):
    {"full": full, "readonly": readonly}[sys.argv[1]](Mounted(sys.argv[2]))
elif __name__ == "__main__":
    unittest.main()
