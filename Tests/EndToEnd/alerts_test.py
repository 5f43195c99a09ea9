"""Alerts: raised once, told by processes, acknowledged, silenced, and resolved by themselves, over kills."""

import contextlib
import json
import os
import signal
import sqlite3
import time
import unittest

from kit import Project, until

DOMAIN = "domain: d\nowner: team\n"
# Adds what it is told to a file, a line each time.
TELL = """#!/bin/sh
cat "$HEDDLE_ALERT_FILE" >> "$HEDDLE_PROJECT/told.json"
echo >> "$HEDDLE_PROJECT/told.json"
printf '%s|%s|%s|%s\\n' "$HEDDLE_ALERT_KIND" "$HEDDLE_ALERT_SUBJECT" "$HEDDLE_ALERT_COUNT" "$HEDDLE_ALERT_TEXT" \\
  >> "$HEDDLE_PROJECT/told"
"""
PIPELINE = "pipeline: p\npartition: daily\nmax_active_runs: 10\ntasks: {work: {run: 'test -e \"$HEDDLE_PROJECT/good\"'}}\n"


class Alerts(unittest.TestCase):
    def project(self, mesh="notify: [{on: [run_failed], run: [./tell.sh]}]\n", domain=DOMAIN, pipeline=PIPELINE):
        files = {"dags/d/domain.yaml": domain, "dags/d/p.yaml": pipeline, "dags/tell.sh": TELL, "dags/d/tell.sh": TELL}
        if mesh:
            files["dags/mesh.yaml"] = mesh
        project = Project(files)
        self.addCleanup(project.close)
        return project

    def told(self, project):
        try:
            with open(project.file("told"), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def alerts(self, project, *options):
        return project.json("alerts", "--json", *options)["alerts"]

    def run_once(self, project, key="2013-01-01"):
        return project.json("run", "d/p", "--partition", key, "--detach", "--json")["runs"][0]["id"]

    def states(self, project):
        with contextlib.closing(sqlite3.connect(f"file:{project.file('.heddle/heddle.db')}?mode=ro", uri=True)) as db:
            return db.execute("SELECT state, count(*) FROM notifications GROUP BY state").fetchall()


class LifeTest(Alerts):
    def test_a_failed_run_is_told_once_and_its_success_resolves_it(self):
        project = self.project()
        with project.daemon():
            run = self.run_once(project)
            until(lambda: self.told(project))
            self.assertEqual(
                self.told(project),
                [f"run_failed|d/p@2013-01-01|1|d/p@2013-01-01: run {run} failed: task 'work'"])
            with open(project.file("told.json"), encoding="utf-8") as file:
                document = json.loads(file.read())
            self.assertEqual((document["schema"], document["count"]), ("heddle.notification/v1", 1))
            self.assertEqual(document["alerts"][0]["pipeline"], "d/p")
            alert = until(lambda: [a for a in self.alerts(project) if a["deliveries"][0]["state"] == "delivered"])[0]
            self.assertEqual((alert["kind"], alert["state"], alert["run"]), ("run_failed", "open", run))
            self.assertIn("1 open alert; see: heddle alerts", project.heddle("status").stderr)
            self.assertIn(f"alert {alert['id']}", project.heddle("explain", str(run)).stdout)
            again = self.run_once(project)
            until(lambda: project.json("show", str(again), "--json")["run"]["state"] == "failed")
            self.assertEqual(len(self.alerts(project)), 1, "the same partition fails for the same cause")
            long = project.heddle("alerts", "ack", str(alert["id"]), "--note", "x" * 1001, code=2)
            self.assertIn("at most 1000 letters", long.stderr)
            project.heddle("alerts", "ack", str(alert["id"]), "--note", "seen")
            self.assertEqual(self.alerts(project)[0]["note"], "seen")
            project.write("good", "")
            self.run_once(project)
            until(lambda: not self.alerts(project))
            over = self.alerts(project, "--all")
            self.assertEqual([a["state"] for a in over], ["resolved"])
            project.heddle("alerts", "ack", str(alert["id"]), code=9)
            project.heddle("alerts", "ack", "99", code=3)
        self.assertEqual(len(self.told(project)), 1)
        self.assertEqual(project.heddle("doctor").returncode, 0)
        actions = [line["action"] for line in project.json("audit", "--json")["lines"]]
        self.assertIn("alerts_ack", actions)

    def test_a_backfill_that_fails_is_told_by_few_processes(self):
        project = self.project()
        with project.daemon():
            project.heddle("backfill", "d/p", "--from", "2013-01-01", "--to", "2013-03-31", "--yes", "--detach")
            begin = time.monotonic()
            until(lambda: len(self.alerts(project)) == 90)
            until(lambda: sum(int(line.split("|")[2]) for line in self.told(project)) == 90)
            # One at once, and one in ten seconds.
            self.assertLessEqual(len(self.told(project)), 2 + (time.monotonic() - begin) // 10)
            project.heddle("alerts", "ack", "d/*")
            self.assertEqual({a["state"] for a in self.alerts(project)}, {"acknowledged"})

    def test_what_is_silenced_is_recorded_and_told_nobody(self):
        project = self.project()
        with project.daemon():
            project.heddle("alerts", "silence", "d/p", "--for", "1h", "--reason", "it moves")
            self.run_once(project)
            until(lambda: self.alerts(project))
            listed = project.json("alerts", "--json")
            self.assertEqual(listed["alerts"][0]["silence"], 1)
            self.assertEqual(listed["silences"][0]["reason"], "it moves")
            project.heddle("alerts", "unsilence", "1")
            project.heddle("alerts", "unsilence", "1", code=9)
            self.run_once(project, "2013-01-02")
            until(lambda: self.told(project))
        self.assertEqual([line.split("|")[1] for line in self.told(project)], ["d/p@2013-01-02"])
        project.heddle("alerts", "silence", "nobody/*", "--for", "1h", code=3)
        project.heddle("alerts", "silence", "d/p", code=2)
        project.heddle("alerts", "silence", "status:failed", "--for", "1h", code=2)


class DeliveryTest(Alerts):
    def test_what_was_not_told_when_the_daemon_died_is_told_by_the_next(self):
        slow = "notify: [{on: run_failed, run: 'echo x >> \"$HEDDLE_PROJECT/begun\"; sleep 1; ./tell.sh'}]\n"
        project = self.project(mesh=slow)
        with project.daemon() as process:
            self.run_once(project)
            until(lambda: os.path.exists(project.file("begun")))
            process.send_signal(signal.SIGKILL)
            process.wait()
        with project.daemon():
            until(lambda: self.states(project) == [("delivered", 1)])
            self.assertEqual(len(self.alerts(project)), 1)

    def test_a_process_that_fails_is_tried_again_and_says_why(self):
        mesh = "notify: [{on: run_failed, run: 'test -e \"$HEDDLE_PROJECT/open\" || { echo closed; exit 3; }; ./tell.sh'}]\n"
        project = self.project(mesh=mesh)
        with project.daemon():
            self.run_once(project)
            delivery = until(lambda: [
                d for a in self.alerts(project) for d in a["deliveries"] if d["state"] == "retrying"])[0]
            self.assertEqual((delivery["channel"], delivery["reason"]["text"]), ("*.1", "exit code 3: closed"))
            project.write("open", "")
            until(lambda: self.states(project) == [("delivered", 1)])
        self.assertEqual(len(self.told(project)), 1)

    def test_what_a_command_raised_is_told_by_the_next_daemon(self):
        project = self.project()
        project.heddle("run", "d/p", "--partition", "2013-01-01", code=1)
        self.assertEqual(self.alerts(project)[0]["deliveries"][0]["state"], "waiting")
        with project.daemon():
            until(lambda: self.told(project))

    def test_a_domain_tells_of_its_own_and_finds_its_files(self):
        domain = DOMAIN + "notify: [{on: [run_failed, deadline_missed], run: ./tell.sh}]\n"
        project = self.project(mesh=None, domain=domain)
        with project.daemon():
            self.run_once(project)
            until(lambda: self.told(project))
            until(lambda: self.alerts(project)[0]["deliveries"][0]["state"] == "delivered")
            self.assertEqual(self.alerts(project)[0]["deliveries"][0]["channel"], "d.1")


class KindsTest(Alerts):
    def test_a_deadline_that_passes_raises_an_alert_until_the_run_is_there(self):
        pipeline = (
            "pipeline: p\nschedule: {every: 6s}\ndeadline: 4s\n"
            "tasks: {work: {run: 'test -e \"$HEDDLE_PROJECT/good\"'}}\n")
        project = self.project(mesh="notify: [{on: deadline_missed, run: ./tell.sh}]\n", pipeline=pipeline)
        with project.daemon():
            until(lambda: {a["kind"] for a in self.alerts(project)} == {"deadline_missed", "run_failed"})
            until(lambda: self.told(project))
            project.write("good", "")
            until(lambda: not self.alerts(project))
        self.assertEqual(len(self.told(project)), 1)

    def test_data_that_grows_too_old_raises_an_alert_until_it_is_renewed(self):
        make = "pipeline: p\ntasks: {work: {sql: SELECT 1 AS x, into: d.x}}\n"
        project = self.project(mesh=None, pipeline=make)
        project.write(
            "dags/d/read.yaml",
            "pipeline: read\ntasks: {work: {sql: SELECT x FROM d.x, into: d.y, reads: {d.x: {freshness: 1s}}}}\n")
        with project.daemon():
            project.heddle("run", "d/p")
            alert = until(lambda: self.alerts(project))[0]
            self.assertEqual((alert["kind"], alert["dataset"], alert["pipeline"]), ("freshness_broken", "d.x", "d/p"))
            project.heddle("run", "d/p")
            until(lambda: any(a["state"] == "resolved" for a in self.alerts(project, "--all")))

    def test_a_wait_that_times_out_raises_an_alert(self):
        pipeline = "pipeline: p\ntasks: {arrive: {wait: {file: nothing}, timeout: 1s}}\n"
        project = self.project(mesh=None, pipeline=pipeline)
        with project.daemon():
            project.heddle("run", "d/p", code=1)
            self.assertEqual({a["subject"] for a in self.alerts(project)}, {"d/p.arrive", "d/p"})


class DeclarationTest(Alerts):
    def test_wrong_rules_are_refused_with_their_cures(self):
        project = self.project(mesh="notify:\n  - {on: [run_failed, run_failed], run: x}\n  - {on: run_faild, url: y}\n")
        said = project.heddle("check", code=4)
        for text in ("names 'run_failed' twice", "did you mean 'run_failed'?", "calls a web address"):
            self.assertIn(text, said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
