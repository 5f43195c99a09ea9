"""Tasks that wait without a worker: files, web addresses, people, and runs of other pipelines."""

import contextlib
import http.server
import json
import os
import pwd
import signal
import sqlite3
import threading
import time
import unittest

from kit import Project
from serve_test import until

DOMAIN = "domain: d\nowner: team\n"


def me():
    return pwd.getpwuid(os.geteuid()).pw_name


class Waiting(unittest.TestCase):
    def project(self, **pipelines):
        files = {"dags/d/domain.yaml": DOMAIN}
        for name, text in pipelines.items():
            files[f"dags/d/{name}.yaml"] = f"pipeline: {name}\n{text}"
        project = Project(files)
        self.addCleanup(project.close)
        return project

    @contextlib.contextmanager
    def daemon(self, project, *options):
        process = project.start("serve", "--json", *options)
        try:
            self.assertIn("heddle.serve/v1", process.stdout.readline())
            yield process
        finally:
            process.kill()
            process.communicate()

    def run_of(self, project, pipeline, *options):
        return project.json("run", pipeline, "--detach", "--json", *options)["runs"][0]["id"]

    def task(self, project, run, name):
        return next(t for t in project.json("show", str(run), "--json")["run"]["tasks"] if t["task"] == name)

    def state(self, project, run, name):
        return self.task(project, run, name)["state"]

    def ended(self, project, run):
        return project.json("show", str(run), "--json")["run"]["state"] not in ("queued", "running")

    def events(self, project):
        with contextlib.closing(sqlite3.connect(f"file:{project.file('.heddle/heddle.db')}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM events").fetchone()[0]


class WaitTest(Waiting):
    FILES = """tasks:
  arrive: {wait: {file: {sql: "SELECT 'in/' || :run || '.csv'"}, poll: 1s}, timeout: 10m}
  work: {run: 'true', after: arrive}
"""

    def test_a_file_is_waited_for_over_a_kill_and_holds_no_worker(self):
        project = self.project(p=self.FILES, other="tasks: {work: {run: 'true'}}")
        with self.daemon(project, "--workers", "1"):
            run = self.run_of(project, "d/p")
            until(lambda: self.state(project, run, "arrive") == "deferred")
            until(lambda: "is not there" in (self.task(project, run, "arrive")["reason"] or {}).get("text", ""))
            other = self.run_of(project, "d/other")
            until(lambda: self.ended(project, other))
            before, since = self.events(project), self.task(project, run, "arrive")["attempts"][0]
            time.sleep(3)
            self.assertEqual(self.events(project), before, "looking again is no event")
        with self.daemon(project):
            self.assertEqual(self.task(project, run, "arrive")["attempts"], [since])
            explained = project.heddle("explain", str(run)).stdout
            self.assertIn(f"'in/{run}.csv' is not there", explained)
            project.write(f"in/{run}.csv", "x\n")
            until(lambda: self.ended(project, run))
            self.assertEqual(self.state(project, run, "work"), "success")
            self.assertEqual(len(self.task(project, run, "arrive")["attempts"]), 1)
        self.assertIn("healthy", project.heddle("doctor", "--json").stdout)

    def test_what_has_waited_too_long_fails_or_is_skipped(self):
        project = self.project(
            p="""tasks:
  fails: {wait: {file: never}, timeout: 1s}
  skips: {wait: {file: never}, timeout: 1s, on_timeout: skip}
  work: {run: 'true', after: skips}
""")
        done = project.heddle("run", "d/p", code=1)
        self.assertIn("its time of 1s is over", done.stdout + done.stderr)
        states = {t["task"]: t["state"] for t in project.json("show", "1", "--json")["run"]["tasks"]}
        self.assertEqual(states, {"fails": "failed", "skips": "skipped", "work": "skipped"})

    def test_a_web_address_is_asked_until_it_answers_well(self):
        answers = {"/gone": 404}
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                asked.append((self.command, self.path))
                code = answers.get(self.path, 200)
                if self.path == "/get" and self.command == "HEAD":
                    code = 405
                self.send_response(code)
                self.end_headers()

            do_HEAD = do_GET = answer

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        port = server.server_address[1]
        project = self.project(
            p=f"""tasks:
  well: {{wait: {{http: "http://127.0.0.1:{port}/well"}}}}
  get: {{wait: {{http: "http://127.0.0.1:{port}/get"}}}}
  gone: {{wait: {{http: {{sql: "SELECT 'http://u:secret@127.0.0.1:{port}/gone?key=secret'"}}, poll: 1s}}}}
""")
        answers["/gone?key=secret"] = 404
        with self.daemon(project):
            run = self.run_of(project, "d/p")
            until(lambda: self.state(project, run, "well") == self.state(project, run, "get") == "success")
            until(lambda: "answers 404" in (self.task(project, run, "gone")["reason"] or {}).get("text", ""))
            self.assertNotIn("secret", json.dumps(self.task(project, run, "gone")))
            answers.pop("/gone?key=secret")
            until(lambda: self.ended(project, run))
        self.assertIn(("GET", "/get"), asked)

    def test_rows_moments_and_fresh_data(self):
        project = self.project(
            p="""tasks:
  make: {sql: "SELECT 1 AS n", into: d.x}
  row: {wait: {sql: "SELECT count(*) FROM d.x"}}
  past: {wait: {until: 2013-01-31T06:30:00Z}}
  fresh: {wait: {fresh: d.x, within: 1h}}
""",
            wrong="tasks: {row: {wait: {sql: \"SELECT json('{')\"}}}\n")
        project.heddle("run", "d/p")
        done = project.heddle("run", "d/wrong", code=1)
        self.assertIn("malformed JSON", done.stdout + done.stderr)

    def test_what_waits_can_be_marked_and_cancelled(self):
        project = self.project(p="tasks: {a: {wait: {file: no}}, b: {run: 'true', after: a}}\n")
        with self.daemon(project):
            first, second = self.run_of(project, "d/p"), self.run_of(project, "d/p")
            until(lambda: self.state(project, first, "a") == "deferred")
            project.heddle("mark", f"{first}/a", "success")
            until(lambda: self.ended(project, first))
            self.assertEqual(self.state(project, first, "b"), "success")
            until(lambda: self.state(project, second, "a") == "deferred")
            project.heddle("cancel", str(second))
            until(lambda: self.ended(project, second))
            self.assertEqual(self.state(project, second, "a"), "cancelled")


class ApproveTest(Waiting):
    PIPELINE = """schedule: {every: 1s, catchup: none}
tasks:
  sign: {approve: {%s}, description: 'Look at the sums.'}
  work: {run: 'true', after: sign}
"""

    def scheduled(self, project):
        """The first run that the clock made, which nobody asked for."""
        found = []

        def look():
            found[:] = [r["id"] for r in project.json("runs", "--json")["runs"] if r["cause"] == "schedule"]
            return found and self.state(project, min(found), "sign") == "deferred"

        until(look)
        return min(found)

    def test_somebody_else_decides(self):
        project = self.project(p=self.PIPELINE % "")
        with self.daemon(project):
            scheduled = self.scheduled(project)
            waiting = project.json("approve", "--json")["waiting"]
            self.assertEqual((waiting[0]["task"], waiting[0]["asked_by"]), ("sign", None))
            told = project.heddle("approve", f"{scheduled}/sign", "--note", "sums agree").stdout
            self.assertIn(f"approved by '{me()}'", told)
            until(lambda: self.ended(project, scheduled))
            sign = self.task(project, scheduled, "sign")
            self.assertEqual(sign["attempts"][0]["output"], {"approved": True, "by": me(), "note": "sums agree"})
            self.assertIn("sums agree", project.heddle("show", str(scheduled)).stdout)
            project.heddle("approve", f"{scheduled}/sign", code=9)

    def test_who_asked_never_approves_over_a_restart_too(self):
        project = self.project(p="tasks: {sign: {approve: {}}, work: {run: 'true', after: sign}}\n")
        with self.daemon(project):
            run = self.run_of(project, "d/p")
            until(lambda: self.state(project, run, "sign") == "deferred")
            refused = project.heddle("approve", f"{run}/sign", code=5)
            self.assertIn("asked for run", refused.stderr)
        with self.daemon(project):
            project.heddle("approve", f"{run}/sign", code=5)
            self.assertIn(f"heddle approve {run}/sign", project.heddle("explain", str(run)).stderr)

    def test_only_those_who_are_named_decide_and_a_rejection_is_final(self):
        project = self.project(
            p=self.PIPELINE % "by: [nobody_at_all]",
            q=self.PIPELINE % f"by: [{me()}]")
        with self.daemon(project):
            until(lambda: len(project.json("approve", "--json")["waiting"]) >= 2)
            waiting = {w["pipeline"]: f"{w['run']}/{w['task']}" for w in project.json("approve", "--json")["waiting"]}
            self.assertIn("not among", project.heddle("approve", waiting["d/p"], code=5).stderr)
            project.heddle("approve", waiting["d/q"], "--reject", "--note", "no")
            run = int(waiting["d/q"].split("/")[0])
            until(lambda: self.ended(project, run))
            self.assertEqual(self.state(project, run, "sign"), "failed")


class TriggerTest(Waiting):
    CALLER = """partition: daily
tasks:
  call: {trigger: {pipeline: target, params: {n: {sql: "SELECT 6 * 7"}}}}
  work: {run: 'echo "$HEDDLE_PARTITION"', after: call}
"""
    TARGET = """partition: daily
params: {n: {type: integer}}
tasks: {make: {run: '%s'}}
"""

    def children(self, project):
        runs = project.json("runs", "--limit", "1000", "--json")["runs"]
        return [r for r in runs if r["cause"] == "trigger"]

    def test_a_run_is_made_for_the_same_partition_with_its_params(self):
        project = self.project(p=self.CALLER, target=self.TARGET % 'test "$HEDDLE_PARAM_N" = 42')
        project.heddle("run", "d/p", "--partition", "2013-01-05")
        (child,) = self.children(project)
        self.assertEqual((child["partition"], child["state"], child["triggered_by"]), ("2013-01-05", "success", 1))
        self.assertIn("trigger of run 1", project.heddle("show", str(child["id"])).stdout)

    def test_one_run_for_an_attempt_however_often_the_daemon_dies(self):
        project = self.project(p=self.CALLER, target=self.TARGET % "while ! test -e \"$HEDDLE_PROJECT/go\"; do sleep 0.1; done")
        with self.daemon(project):
            run = self.run_of(project, "d/p", "--partition", "2013-01-05")
            until(lambda: self.state(project, run, "call") == "deferred")
        for _ in range(3):
            with self.daemon(project):
                self.assertEqual(len(self.children(project)), 1)
                self.assertEqual(self.state(project, run, "call"), "deferred")
        project.write("go", "")
        with self.daemon(project):
            until(lambda: self.ended(project, run))
        self.assertEqual(len(self.children(project)), 1)
        self.assertEqual(self.state(project, run, "work"), "success")

    def test_a_cancel_takes_the_run_with_it(self):
        project = self.project(p=self.CALLER, target=self.TARGET % "exec sleep 1000")
        with self.daemon(project):
            run = self.run_of(project, "d/p", "--partition", "2013-01-05")
            until(lambda: self.children(project) and self.children(project)[0]["state"] == "running")
            project.heddle("cancel", str(run))
            until(lambda: self.children(project)[0]["state"] == "cancelled")
            self.assertEqual(project.json("show", str(run), "--json")["run"]["state"], "cancelled")

    def test_its_failure_fails_the_task(self):
        project = self.project(p=self.CALLER, target=self.TARGET % "exit 3")
        project.heddle("run", "d/p", "--partition", "2013-01-05", code=1)
        self.assertEqual(self.state(project, 1, "call"), "failed")
        self.assertEqual(self.state(project, 1, "work"), "upstream_failed")


class PoolsTest(Waiting):
    def test_who_holds_a_pool_and_who_waits_for_it(self):
        project = self.project(
            p="max_active_runs: 3\ntasks: {a: {run: 'while ! test -e \"$HEDDLE_PROJECT/go\"; do sleep 0.1; done', pool: one}}\n")
        project.write("dags/mesh.yaml", "pools: {one: 1}\n")
        with self.daemon(project, "--workers", "4"):
            runs = [self.run_of(project, "d/p") for _ in range(3)]
            until(lambda: [self.state(project, r, "a") for r in runs] == ["running", "queued", "queued"])
            rooms = {(r["kind"], r["name"]): r for r in project.json("pools", "--json")["rooms"]}
            self.assertEqual(rooms["workers", None]["slots"], 4)
            pool = rooms["pool", "one"]
            self.assertEqual([h["run"] for h in pool["held_by"]], runs[:1])
            self.assertEqual([w["run"] for w in pool["queue"]], runs[1:])
            self.assertIn("pool one", project.heddle("pools").stdout)
            project.write("go", "")
            until(lambda: all(self.ended(project, r) for r in runs))


if __name__ == "__main__":
    unittest.main()
