"""The manners of the commands, where they need a real process, a terminal or a signal."""

import glob
import os
import pty
import shlex
import signal
import subprocess
import time
import unittest

from kit import HEDDLE, Project, until

MESH = {
    "dags/d/domain.yaml": "domain: d\nowner: team\n",
    "dags/d/slow.yaml": "pipeline: slow\ntasks:\n"
    "  a: {run: 'sleep 60'}\n  clean: {run: 'echo swept', after: [a], teardown: true}\n",
    "dags/d/deaf.yaml": "pipeline: deaf\ntasks:\n"
    "  a: {run: \"trap '' TERM INT; touch deaf; while :; do sleep 0.1; done\"}\n",
    "dags/d/many.yaml": "pipeline: many\ntasks:\n"
    + "".join(f"  t{n}: {{run: 'sleep 0.1'}}\n" for n in range(20)),
}


def wait_until_running(project):
    """Waits until an attempt has written its log's folder, which is when Ctrl-C meets a process."""
    logs = project.file(".heddle/logs")
    until(lambda: os.path.isdir(logs) and os.listdir(logs))


class CommandsTest(unittest.TestCase):
    def test_an_interrupt_cancels_cleanly(self):
        with Project(MESH) as project:
            process = project.start("run", "d/slow")
            wait_until_running(project)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, err)
            self.assertIn("cancelling; press Ctrl-C again", err)
            self.assertTrue(out.startswith("⊘ cancelled  run 1  d/slow"), out)
            run = project.json("show", "1", "--json")["run"]
            self.assertEqual([t["state"] for t in run["tasks"]], ["cancelled", "success"])

    def test_a_second_interrupt_waits_for_nothing(self):
        with Project(MESH) as project:
            process = project.start("run", "d/deaf")
            # It stands in its own folder, which is the release's copy of the domain's.
            until(lambda: glob.glob(project.file(".heddle/releases/*/dags/d/deaf")))
            process.send_signal(signal.SIGINT)
            self.assertTrue(any("press Ctrl-C again" in line for line in iter(process.stderr.readline, "")))
            begin = time.monotonic()
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130)
            # What is deaf has ten seconds after the first.
            self.assertLess(time.monotonic() - begin, 9)

    def test_one_state_has_one_owner(self):
        with Project(MESH) as project:
            process = project.start("run", "d/slow")
            wait_until_running(project)
            done = project.heddle("run", "d/many", "--local", code=9)
            self.assertIn("has owned this state since", done.stderr)
            project.heddle("run", "d/many")
            self.assertIn("running", project.heddle("runs").stdout)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130)

    def test_a_reader_that_leaves_is_no_failure(self):
        with Project(MESH) as project:
            script = f"{shlex.quote(HEDDLE)} help | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}"
            done = subprocess.run(
                ["bash", "-c", script], cwd=project.path, capture_output=True, text=True, check=True)
            self.assertEqual((done.stdout, done.stderr), ("0\n", ""))
            process = project.start("run", "d/many")
            process.stderr.close()
            process.stdout.close()
            self.assertEqual(process.wait(timeout=30), 0)

    def test_a_full_disk_is_told(self):
        with Project(MESH) as project, open("/dev/full", "w") as full:
            done = subprocess.run(
                [HEDDLE, "help"], cwd=project.path, stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("error: cannot write the output: No space left on device", done.stderr)

    def test_a_terminal_shows_a_bar(self):
        with Project(MESH) as project:
            child, terminal = pty.fork()
            if child == 0:
                os.chdir(project.path)
                os.execve(HEDDLE, [HEDDLE, "run", "d/many", "--workers", "2"], {"TERM": "xterm", **os.environ})
            shown = b""
            while True:
                try:
                    chunk = os.read(terminal, 4096)
                except OSError:
                    break
                if not chunk:
                    break
                shown += chunk
            os.close(terminal)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
            text = shown.decode()
            self.assertRegex(text, r"\r\x1b\[2K\[#+-+\] \d+/20 ")
            self.assertRegex(text.replace("\x1b[32m", "").replace("\x1b[0m", ""), "✓ success  run 1  d/many")

    def test_every_line_that_init_suggests_works(self):
        with Project() as project:
            lines = project.json("init", "my demo", "--json")["next"]
            self.assertEqual(lines[0], "cd 'my demo'")
            path = os.path.dirname(HEDDLE) + ":" + os.environ["PATH"]
            script = "set -e\n" + "\n".join(lines)
            done = subprocess.run(
                ["bash", "-c", script], cwd=project.path, capture_output=True, text=True,
                env=project.environment({"PATH": path}))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            backfill = next(line for line in lines if line.startswith("heddle backfill"))
            again = subprocess.run(
                ["bash", "-c", "cd 'my demo'\n" + backfill], cwd=project.path, capture_output=True, text=True,
                env=project.environment({"PATH": path}))
            self.assertTrue(again.stdout.startswith("nothing to do"), again.stdout + again.stderr)


if __name__ == "__main__":
    unittest.main()
