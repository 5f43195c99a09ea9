"""Deploys: edited files become what runs, beside a daemon that goes on, and mistakes stop nobody else."""

import json
import os
import select
import signal
import socket
import time
import unittest

from kit import Project, until

SAYS = "pipeline: %s\ntasks: {t: {run: ./say.sh, writes: d.%s}}\n"
# Says what its release's copy says, once the file `go` is there.
WAITS = "pipeline: waits\ntasks: {t: {run: 'while [ ! -e \"$HEDDLE_PROJECT/go\" ]; do sleep 0.05; done; ./say.sh'}}\n"


class DeployTest(unittest.TestCase):
    def setUp(self):
        self.project = Project({
            "dags/d/domain.yaml": "domain: d\nowner: team\n",
            "dags/d/one.yaml": SAYS % ("one", "one"),
            "dags/d/two.yaml": SAYS % ("two", "two"),
            "dags/d/waits.yaml": WAITS,
            "dags/d/say.sh": "#!/bin/sh\necho first\n",
        })
        self.addCleanup(self.project.close)
        self.addCleanup(lambda: self.project.write("go", ""))

    def says(self, pipeline):
        """What a run of a pipeline prints."""
        run = self.project.json("run", pipeline, "--json")["runs"][0]["id"]
        return self.project.heddle("logs", str(run)).stdout

    def release(self):
        return self.project.json("deploy", "--plan", "--json", code=None)["before"]

    def test_live_runs_keep_their_release_and_later_ones_use_the_new(self):
        with self.project.daemon() as daemon:
            self.project.heddle("run", "d/waits", "--detach")
            until(lambda: self.project.json("show", "1", "--json")["run"]["state"] == "running")
            self.assertIn("first", self.says("d/one"))
            self.project.write("dags/d/say.sh", "#!/bin/sh\necho second\n")
            self.project.write("dags/d/new.yaml", SAYS % ("new", "new"))
            plan = self.project.json("deploy", "--plan", "--exit-code", "--json", code=8)
            self.assertEqual([(p["name"], p["change"]) for p in plan["pipelines"]], [("d/new", "added")])
            self.assertEqual(sorted(f["path"] for f in plan["files"]), ["dags/d/new.yaml", "dags/d/say.sh"])
            self.assertIn("first", self.says("d/one"))
            told = self.project.json("deploy", "--json")
            self.assertEqual((told["release"], told["is_new"]), (2, True))
            self.project.heddle("deploy", "--plan", "--exit-code")
            self.assertIn("second", self.says("d/one"))
            self.assertIn("second", self.says("d/new"))
            self.project.write("go", "")
            until(lambda: self.project.json("show", "1", "--json")["run"]["state"] == "success")
            self.assertIn("first", self.project.heddle("logs", "1").stdout)
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(60), 0)
        self.project.heddle("doctor")

    def test_a_pipeline_with_errors_stays_as_it_was_over_a_restart(self):
        self.project.heddle("deploy")
        self.project.write("dags/d/one.yaml", "pipeline: one\ntasks: [\n")
        self.project.write("dags/d/say.sh", "#!/bin/sh\necho second\n")
        with self.project.daemon():
            self.assertIn("first", self.says("d/one"))
            self.assertIn("second", self.says("d/two"))
        self.project.write("dags/d/say.sh", "#!/bin/sh\necho third\n")
        told = self.project.heddle("deploy", code=4)
        self.assertIn("! d/one stays as in release 1", told.stdout)
        with self.project.daemon():
            self.assertIn("first", self.says("d/one"))
            self.assertIn("third", self.says("d/two"))
            self.project.write("dags/d/one.yaml", SAYS % ("one", "one"))
            self.project.heddle("deploy")
            self.assertIn("third", self.says("d/one"))

    def test_who_runs_by_hand_is_told_of_errors(self):
        self.project.heddle("deploy")
        self.project.write("dags/d/one.yaml", "pipeline: one\ntasks: [\n")
        self.project.heddle("run", "d/one", code=4)
        self.assertIn("first", self.says("d/two"))
        self.project.write("dags/mesh.yaml", "pools: [\n")
        self.assertIn("mesh.yaml", self.project.heddle("deploy", code=4).stderr)

    def test_watched_files_are_deployed_at_every_save(self):
        with self.project.daemon("--watch") as daemon:
            self.assertIn("first", self.says("d/one"))
            self.project.write("dags/d/say.sh", "#!/bin/sh\necho second\n")
            until(lambda: self.release() == 2)
            self.assertIn("second", self.says("d/one"))
            self.project.write("dags/d/one.yaml", "pipeline: one\ntask: {}\n")
            until(lambda: self.release() == 3)
            self.assertIn("second", self.says("d/one"))
            self.project.write("dags/d/one.yaml", SAYS % ("one", "one"))
            until(lambda: self.release() == 4)
            # What is at rest is left alone, and so is what editors put beside it.
            self.project.write("dags/d/.one.yaml.swp", "x")
            self.project.write("dags/d/one.yaml~", "x")
            time.sleep(1.2)
            self.assertEqual(self.release(), 4)
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(60), 0)
            said = daemon.stderr.read()
        self.assertIn("dags/d/one.yaml:2:1: error: 'pipeline' has no key 'task'", said)
        self.assertIn("d/one  stays as in release 2", said)

    def test_the_service_manager_is_told(self):
        for slots, address in enumerate(["\0heddle-test-%d" % os.getpid(), self.project.file("notify")], 1):
            with self.subTest(address=address), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(address)
                env = {"NOTIFY_SOCKET": address.replace("\0", "@"), "WATCHDOG_USEC": "2000000"}

                def heard(wanted, since=time.monotonic):
                    """The first message that begins so; the others are beats, and what it is doing."""
                    end = since() + 20
                    while since() < end:
                        if select.select([manager], [], [], 0.1)[0]:
                            message = manager.recv(1000).decode()
                            if message.startswith(wanted):
                                return message
                            self.assertIn(message, ["WATCHDOG=1", "STATUS=serves"])
                    raise AssertionError(f"{wanted} was not heard")

                with self.project.daemon(env=env) as daemon:
                    heard("READY=1")
                    began = time.monotonic()
                    for _ in range(3):
                        heard("WATCHDOG=1")
                    self.assertLess(time.monotonic() - began, 20)
                    self.project.write("dags/mesh.yaml", f"pools: {{new: {{slots: {slots}}}}}\n")
                    daemon.send_signal(signal.SIGHUP)
                    self.assertIn("MONOTONIC_USEC=", heard("RELOADING=1"))
                    heard("READY=1")
                    lines = json.loads(self.project.heddle("audit", "--json").stdout)["lines"]
                    self.assertEqual([(line["action"], line["from"]) for line in lines], [("deploy", "files")] * slots)
                    daemon.send_signal(signal.SIGTERM)
                    heard("STOPPING=1")
                    self.assertEqual(daemon.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
