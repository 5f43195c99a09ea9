"""The daemon: commands speak to it, it outlives them, and its tasks outlive it."""

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time
import unittest

from kit import HEDDLE, Project, until

# `first` runs until the file `go` is there, then `second` runs.
SLOW = """
pipeline: slow
max_active_runs: 4
tasks:
  first:
    run: 'echo begin; n=0; while [ ! -e "$HEDDLE_PROJECT/go" ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n+1)); done; echo end'
    writes: d.things
  second: {run: 'echo second', after: [first]}
"""
DAILY = """
pipeline: daily
partition: daily
max_active_runs: 2
schedule: {start: 2025-01-01, end: 2025-01-11}
tasks: {make: {run: 'echo $HEDDLE_PARTITION', writes: d.days}}
"""
# Holds the lock of a state until it is told to let go, without ever listening.
HOLD = """
import fcntl, struct, sys
file = open(sys.argv[1], "r+")
fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
print("held", flush=True)
sys.stdin.readline()
"""


class ServeTest(unittest.TestCase):
    def setUp(self):
        self.project = Project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n",
            "dags/d/slow.yaml": SLOW,
            "dags/d/daily.yaml": DAILY,
        })
        self.addCleanup(self.project.close)
        self.addCleanup(self.go)

    def go(self):
        self.project.write("go", "")

    def state(self, run):
        return self.project.json("show", str(run), "--json")["run"]["state"]

    def log(self, run, task):
        return self.project.heddle("logs", str(run), task).stdout

    def begun(self, run):
        """Waits until the run's first task has written."""
        path = self.project.file(f".heddle/logs/{run}/first/0/1.log")
        until(lambda: os.path.exists(path) and os.path.getsize(path) > 0)

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        self.assertEqual(process.wait(60), 0)

    def test_a_log_that_nobody_reads_stops_nothing(self):
        self.project.write("dags/d/many.yaml", "pipeline: many\npartition: hourly\nmax_active_runs: 8\ntasks: {t: {sql: SELECT 1}}\n")
        with self.project.daemon() as daemon:
            # Two lines a run are more than a pipe holds.
            self.project.heddle(
                "backfill", "d/many", "--from", "2025-01-01T00:00", "--to", "2025-02-20T23:00", "--yes")
            said = []
            os.set_blocking(daemon.stderr.fileno(), False)

            def read():
                with contextlib.suppress(BlockingIOError):
                    said.append(os.read(daemon.stderr.fileno(), 1 << 20).decode())
                return "lines are left out that nobody took" in "".join(said)

            read()
            self.project.heddle("run", "d/many", "--partition", "2025-03-01T00:00")
            until(read)
            self.stop(daemon)

    def test_what_does_not_run_is_explained(self):
        self.project.write("dags/d/reader.yaml", "pipeline: reader\npartition: daily\ntasks: {t: {run: 'true', reads: d.days}}\n")
        with self.project.daemon() as daemon:
            self.project.heddle("run", "d/reader", "--partition", "2025-01-03", "--detach")
            told = until(lambda: self.project.json("explain", "1", "--json")["tasks"])
            check = [check for check in told[0]["checks"] if check["state"] == "blocking"]
            self.assertEqual([one["name"] for one in check], ["data"])
            self.assertEqual(check[0]["next"], "heddle backfill d/daily --from 2025-01-03 --to 2025-01-03")
            self.project.heddle(*check[0]["next"].split()[1:], "--yes")
            until(lambda: self.state(1) == "success")
            self.assertIn("success", self.project.heddle("explain", "d/reader@2025-01-03").stdout)
            self.stop(daemon)

    def test_an_interrupt_ends_ones_own_run_and_leaves_those_of_others(self):
        with contextlib.ExitStack() as stack:
            mine = self.project.start("run", "d/slow")
            stack.callback(mine.communicate)
            stack.callback(mine.kill)
            self.begun(1)
            theirs = self.project.start("run", "d/slow")
            stack.callback(theirs.communicate)
            stack.callback(theirs.kill)
            self.begun(2)
            mine.send_signal(signal.SIGINT)
            self.assertEqual(mine.wait(60), 130)
            self.assertEqual((self.state(1), self.state(2)), ("cancelled", "running"))
            self.assertEqual(theirs.wait(60), 6)
        self.go()
        with self.project.daemon():
            until(lambda: self.state(2) == "success")
        self.assertEqual(self.log(2, "first").count("begin"), 1)

    def test_a_file_whose_owner_died_is_examined(self):
        with self.project.daemon() as first:
            first.kill()
            first.wait()
        with self.project.daemon() as second:
            timer = threading.Timer(30, second.kill)
            timer.start()
            said = iter(second.stderr.readline, "")
            self.assertTrue(any("its state file is whole" in line for line in said))
            timer.cancel()
            self.stop(second)
        with self.project.daemon() as third:
            self.stop(third)
            self.assertNotIn("died", third.stderr.read())

    def test_commands_speak_to_the_daemon(self):
        self.go()
        with self.project.daemon() as daemon:
            owner = self.project.json("status", "--json")["owner"]
            self.assertEqual((owner["pid"], owner["is_daemon"]), (daemon.pid, True))
            run = self.project.json("run", "d/slow", "--json")
            self.assertEqual((run["state"], run["runs"][0]["id"]), ("success", 1))
            words = ["backfill", "d/daily", "--from", "2025-01-01", "--to", "2025-01-05", "--yes"]
            made = self.project.json(*words, "--json")
            self.assertEqual((made["backfill"], made["state"], len(made["runs"])), ("b1", "success", 5))
            self.assertIn("nothing to do", self.project.heddle(*words).stdout)
            self.project.heddle("mark", "d.days@2025-01-02", "missing")
            again = self.project.json(*words, "--json")
            self.assertEqual([run["name"] for run in again["runs"]], ["d/daily@2025-01-02"])
            self.project.heddle("run", "d/none", code=3)
            self.project.heddle("run", "d/slow", "--local", code=9)
            self.stop(daemon)
        self.assertFalse(os.path.exists(self.project.file(".heddle/heddle.sock")))

    def test_a_state_that_was_served_wants_its_daemon(self):
        self.go()
        with self.project.daemon() as daemon:
            self.stop(daemon, signal.SIGINT)
        self.assertIn("--local", self.project.heddle("run", "d/slow", code=6).stderr)
        self.project.heddle("run", "d/slow", "--detach", code=6)
        self.project.heddle("run", "d/slow", "--local")
        self.project.heddle("mark", "d.things", "missing")

    def test_ctrl_c_leaves_a_followed_run_running(self):
        with self.project.daemon():
            follower = self.project.start("run", "d/slow")
            self.begun(1)
            self.assertTrue(any("Ctrl-C leaves" in line for line in iter(follower.stderr.readline, "")))
            follower.send_signal(signal.SIGINT)
            _, told = follower.communicate(timeout=60)
            self.assertEqual(follower.returncode, 130)
            self.assertIn("run 1 goes on", told)
            self.assertIn("heddle cancel 1", told)
            self.assertEqual(self.state(1), "running")
            self.go()
            until(lambda: self.state(1) == "success")

    def test_ctrl_c_cancels_ones_own_run(self):
        own = self.project.start("run", "d/slow")
        self.begun(1)
        own.send_signal(signal.SIGINT)
        own.communicate(timeout=60)
        self.assertEqual(own.returncode, 130)
        self.assertEqual(self.state(1), "cancelled")

    def test_a_cancel_ends_a_run_and_its_follower(self):
        with self.project.daemon():
            follower = self.project.start("run", "d/slow")
            self.begun(1)
            self.assertIn("being cancelled", self.project.heddle("cancel", "1").stdout)
            follower.communicate(timeout=60)
            self.assertEqual(follower.returncode, 1)
            self.assertEqual(self.state(1), "cancelled")
            self.project.heddle("cancel", "1", code=9)
            self.project.heddle("cancel", "99", code=3)
            self.project.heddle("run", "d/slow", "--detach")
            self.begun(2)
            self.project.heddle("cancel", "d/*", "--yes")
            until(lambda: self.state(2) == "cancelled")

    def test_a_pause_starts_nothing_new(self):
        with self.project.daemon():
            self.project.heddle("run", "d/slow", "--detach")
            self.begun(1)
            self.project.heddle("pause", "d/slow")
            self.assertEqual(self.project.json("run", "d/slow", "--detach", "--json")["runs"], [{"id": 2}])
            self.go()
            until(lambda: self.log(1, "first") == "begin\nend\n")
            self.assertEqual(self.state(2), "queued")
            self.assertIn("paused", self.project.heddle("status", "d/slow").stdout)
            self.project.heddle("resume", "d/slow")
            until(lambda: self.state(2) == "success" and self.state(1) == "success")

    def test_a_pause_is_kept_without_a_daemon(self):
        self.go()
        self.project.heddle("pause", "d/slow")
        held = self.project.heddle("run", "d/slow", code=1)
        self.assertIn("a pause holds 1 run", held.stderr)
        self.project.heddle("resume", "d/slow")
        with self.project.daemon():
            until(lambda: self.state(1) == "success")

    def test_a_log_is_followed_while_it_is_written(self):
        with self.project.daemon():
            self.project.heddle("run", "d/slow", "--detach")
            self.begun(1)
            self.assertEqual(self.log(1, "first"), "begin\n")
            follower = self.project.start("logs", "1", "first", "-f")
            whole = self.project.start("logs", "1", "--follow", "--json")
            self.assertEqual(follower.stdout.readline(), "begin\n")
            self.go()
            self.assertEqual(follower.communicate(timeout=60)[0], "end\n")
            self.assertEqual(follower.returncode, 0)
            lines = whole.communicate(timeout=60)[0].splitlines()
            self.assertEqual(len(lines), 3)
            self.assertIn('"task":"second"', lines[2])

    def test_tasks_outlive_the_daemon(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                with self.project.daemon() as daemon:
                    run = self.project.json("run", "d/slow", "--detach", "--json")["runs"][0]["id"]
                    self.begun(run)
                    follower = self.project.start("run", "d/slow")
                    self.begun(run + 1)
                    self.assertTrue(any("Ctrl-C leaves" in line for line in iter(follower.stderr.readline, "")))
                    daemon.send_signal(number)
                    daemon.wait(60)
                    _, told = follower.communicate(timeout=60)
                    self.assertEqual(follower.returncode, 6)
                    self.assertIn("goes on when an owner is back", told)
                # One that owns the state for a moment harms nothing.
                self.project.heddle("mark", "d.things", "success")
                with self.project.daemon() as daemon:
                    self.go()
                    until(lambda: {self.state(run), self.state(run + 1)} == {"success"})
                    tasks = self.project.json("show", str(run), "--json")["run"]["tasks"]
                    self.assertEqual([len(task["attempts"]) for task in tasks], [1, 1])
                    self.assertEqual(self.log(run, "first"), "begin\nend\n")
                    self.stop(daemon)
                os.remove(self.project.file("go"))

    def test_who_owns_the_state_for_a_moment_leaves_what_waits_for_data(self):
        day = "2025-01-07"
        self.project.write(
            "dags/d/reader.yaml", "pipeline: reader\npartition: daily\ntasks: {t: {run: 'true', reads: d.days}}\n")
        with self.project.daemon():
            run = self.project.json(
                "run", "d/reader", "--partition", day, "--detach", "--json")["runs"][0]["id"]
            until(lambda: self.state(run) == "running")
        # Two commands while no daemon is there: about something else, and about what the run waits for.
        self.project.heddle("pause", "d/slow")
        self.assertEqual(self.state(run), "running")
        self.project.heddle("mark", f"d.days@{day}", "success")
        self.assertEqual(self.state(run), "running")
        with self.project.daemon():
            until(lambda: self.state(run) == "success")

    def test_a_cancel_without_a_daemon_ends_what_it_left(self):
        with self.project.daemon() as daemon:
            self.project.heddle("run", "d/slow", "--detach")
            self.begun(1)
            daemon.kill()
            daemon.wait(60)
        self.project.heddle("cancel", "d/slow")
        self.assertEqual(self.state(1), "cancelled")
        self.assertEqual(self.log(1, "first"), "begin\n")

    def test_a_daemon_runs_the_files_it_read(self):
        days = ["backfill", "d/daily", "--from", "2025-01-01", "--to", "2025-01-02", "--yes"]
        with self.project.daemon() as daemon:
            self.project.write("dags/d/slow.yaml", "pipeline: slow\ntasks: {other: {run: 'echo other'}}\n")
            self.project.write("dags/d/daily.yaml", DAILY.replace("{make: ", "{before: {run: 'exit 0'}, make: "))
            self.go()
            told = self.project.heddle("run", "d/slow").stderr
            self.assertIn("the files have changed since the daemon", told)
            self.assertIn("d/slow.second", told)
            self.assertIn("2 runs, 2 tasks", self.project.heddle(*days).stdout)
            self.stop(daemon)
        with self.project.daemon():
            self.assertIn("d/slow.other", self.project.heddle("run", "d/slow").stderr)

    def test_a_hangup_that_is_ignored_passes_by(self):
        script = f"trap '' HUP; exec {shlex.quote(HEDDLE)} serve --json"
        process = subprocess.Popen(
            ["bash", "-c", script], cwd=self.project.path, env=self.project.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        self.assertEqual(self.project.json("status", "--json")["owner"]["pid"], process.pid)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)

    def test_a_command_waits_for_a_daemon_that_is_about_to_listen(self):
        self.go()
        with self.project.daemon() as daemon:
            self.stop(daemon)
        holder = subprocess.Popen(
            ["python3", "-c", HOLD, self.project.file(".heddle/lock")], stdout=subprocess.PIPE,
            stdin=subprocess.PIPE, text=True)
        self.addCleanup(holder.communicate)
        holder.stdout.readline()
        second = self.project.start("serve", "--json")
        run = self.project.start("run", "d/slow")
        self.assertIn("waiting", second.stderr.readline())
        self.assertIsNone(run.poll())
        holder.communicate("\n")
        self.assertEqual(run.wait(60), 0)
        run.communicate()
        second.terminate()
        second.communicate(timeout=60)

    def test_a_second_daemon_waits_for_the_first(self):
        with self.project.daemon() as first:
            second = self.project.start("serve")
            self.assertIn("waiting: ", second.stderr.readline())
            self.stop(first)
            until(lambda: (self.project.json("status", "--json")["owner"] or {}).get("pid") == second.pid)
            second.terminate()
            second.communicate(timeout=60)
            self.assertEqual(second.returncode, 0)

    def test_a_command_that_runs_something_answers_others(self):
        own = self.project.start("run", "d/slow")
        self.begun(1)
        status = self.project.heddle("status")
        self.assertIn("a command is at work", status.stderr)
        self.project.heddle("run", "d/daily")
        self.go()
        told, _ = own.communicate(timeout=60)
        self.assertEqual(own.returncode, 0)
        self.assertIn("run 1  d/slow", told)
        self.assertNotIn("d/daily", told)


if __name__ == "__main__":
    unittest.main()
