"""The page's API, asked of a real daemon by an independent client."""

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import threading
import time
import unittest

from kit import HEDDLE, Project, until

FILES = {
    "dags/sales/domain.yaml": "domain: sales\nowner: sales-team\n",
    "dags/sales/orders.yaml": """
pipeline: orders
partition: daily
schedule: {cron: "* * * * *", start: 2020-01-01, end: 2020-01-02}
tasks:
  land: {sql: "SELECT 1 AS n, :partition AS day", into: sales.orders, mode: partition, partition_by: day}
  tell: {run: "echo first; printf '\\\\033[31mred\\\\033[0m <b>\\\\n'; exit 3", reads: sales.orders}
""",
    "dags/bi/domain.yaml": "domain: bi\nowner: bi-team\n",
    "dags/bi/margin.yaml": "pipeline: margin\ntasks:\n  sum: {run: 'sleep 60', reads: sales.orders}\n",
}
JSON = {"content-type": "application/json"}


def once(members):
    """The members of an object of JSON; strict readers refuse one that names any of them twice."""
    found = dict(members)
    assert len(found) == len(members), f"a member stands there twice: {sorted(name for name, _ in members)}"
    return found


class Daemon:
    """A daemon with a page."""

    def __init__(self, project, *options, bind="127.0.0.1:0"):
        self.project = project
        self.process = subprocess.Popen(
            [HEDDLE, "serve", "--json", "--bind", bind, *options], cwd=project.path, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        self.told = json.loads(line) if line else {}
        if line:
            self.port = int(self.told["page"].rsplit(":", 1)[1])

    def ask(self, method, path, body=None, token=None, headers=None):
        """The status, the headers and the JSON, or the text, of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if token:
            headers["authorization"] = "Bearer " + token
        if body is not None:
            headers.update(JSON)
            body = json.dumps(body)
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.status, answer.headers, json.loads(text, object_pairs_hook=once) if is_json and text else text

    def get(self, path, token=None):
        status, _, content = self.ask("GET", "/api/v1" + path, token=token)
        assert status == 200, (path, status, content)
        return content

    def post(self, path, body=None, token=None):
        status, _, content = self.ask("POST", "/api/v1" + path, {} if body is None else body, token=token)
        assert status in (200, 202), (path, status, content)
        return content

    def events(self, query="", last=None):
        """Follows events: yields their names and data until closed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/api/v1/events" + query, headers={"Last-Event-ID": str(last)} if last else {})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.headers["content-type"] == "text/event-stream"
        name = None
        for line in answer:
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


class PageAPITest(unittest.TestCase):
    def setUp(self):
        self.project = Project(FILES)
        self.addCleanup(self.project.close)

    def serve(self, *options, **more):
        daemon = Daemon(self.project, *options, **more)
        self.addCleanup(daemon.close)
        return daemon

    def heddle(self, *words):
        return subprocess.run([HEDDLE, *words], cwd=self.project.path, capture_output=True, text=True, timeout=60)

    def token(self, *words):
        return self.heddle("token", "create", *words, "--quiet").stdout.strip()

    def failed(self, daemon):
        """The number of the run that the schedule made, once it has failed."""
        def run():
            items = daemon.get("/runs?pipeline=sales%2Forders&state=failed")["items"]
            return items and items[-1]["id"]
        return until(run)

    def test_from_the_overview_to_the_failing_line_and_back_to_good(self):
        daemon = self.serve()
        run = self.failed(daemon)
        row = daemon.get("/pipelines?state=failed")["items"][0]
        self.assertEqual((row["pipeline"], row["runs"][-1][:3]), ("sales/orders", [run, "failed", "2020-01-01"]))
        shown = daemon.get(f"/runs/{run}")
        self.assertEqual(shown["verdict"]["failure"]["task"], "tell")
        self.assertIsNone(shown["verdict"]["failure"]["log"])
        log = f"/runs/{run}/tasks/tell/0/attempts/1/log"
        self.assertEqual(daemon.ask("GET", "/api/v1" + log)[0], 401)
        status, headers, _ = daemon.ask("GET", daemon.told["sign_in"].split(str(daemon.port), 1)[1])
        self.assertEqual((status, headers["location"]), (303, "/"))
        cookie = headers["set-cookie"].split(";")[0]
        session = daemon.ask("GET", "/api/v1/session", headers={"cookie": cookie})[2]
        self.assertEqual((session["signed_in"], session["role"]), (True, "admin"))
        self.assertEqual(
            daemon.ask("GET", "/api/v1" + log, headers={"cookie": cookie})[2]["items"],
            ["first", "\x1b[31mred\x1b[0m <b>"])
        _, headers, text = daemon.ask("GET", f"/api/v1{log}.txt", headers={"cookie": cookie})
        self.assertEqual((headers["content-type"], text.count("\n")), ("text/plain; charset=utf-8", 2))
        status, _, problem = daemon.ask("POST", f"/api/v1/runs/{run}/retry", {}, headers={"cookie": cookie})
        self.assertEqual((status, problem["code"]), (403, "csrf"))
        self.project.write("dags/sales/orders.yaml", FILES["dags/sales/orders.yaml"].replace("exit 3", "exit 0"))
        signed = {"cookie": cookie, "x-heddle-csrf": session["csrf"]}
        self.assertEqual(daemon.ask("POST", "/api/v1/releases", {}, headers=signed)[0], 202)
        done = daemon.ask("POST", f"/api/v1/runs/{run}/retry", {}, headers=signed)[2]
        until(lambda: daemon.get(f"/runs/{done['runs'][0]}")["state"] == "success")
        self.assertEqual(daemon.get("/pipelines/sales/orders")["state"], "success")
        self.assertEqual(daemon.ask("GET", daemon.told["sign_in"].split(str(daemon.port), 1)[1])[1]["location"],
                         "/?sign-in=expired")

    def test_a_task_that_waits_for_a_person_is_decided_with_the_role(self):
        self.project.write("dags/bi/signed.yaml", "pipeline: signed\ntasks: {sign: {approve: {}}}\n")
        daemon = self.serve()
        viewer, operator = self.token("look", "--role", "viewer"), self.token("ops", "--role", "operator")
        for body, state in [({"reject": True, "note": "no"}, "failed"), ({}, "success")]:
            run = int(self.project.heddle("run", "bi/signed", "--detach", "--quiet").stdout)
            path = f"/runs/{run}/tasks/sign/0"
            until(lambda: daemon.get(path)["state"] == "deferred")
            self.assertEqual(daemon.ask("POST", f"/api/v1{path}/approve", {}, token=viewer)[0], 403)
            self.assertIn("by 'ops'", daemon.post(path + "/approve", body, operator)["message"])
            until(lambda: daemon.get(path)["state"] == state)
            status, _, problem = daemon.ask("POST", f"/api/v1{path}/approve", {}, token=operator)
            self.assertEqual((status, problem["code"]), (409, "conflict"))
        own = daemon.post("/pipelines/bi/signed/trigger", {}, operator)["runs"][0]
        until(lambda: daemon.get(f"/runs/{own}/tasks/sign/0")["state"] == "deferred")
        status, _, problem = daemon.ask("POST", f"/api/v1/runs/{own}/tasks/sign/0/approve", {}, token=operator)
        self.assertEqual(status, 403)
        self.assertIn("somebody else must decide", problem["detail"])

    def test_what_is_stale_is_accepted(self):
        daemon = self.serve()
        operator = self.token("ops", "--role", "operator")
        self.failed(daemon)
        text = FILES["dags/sales/orders.yaml"].replace("1 AS n", "2 AS n")
        self.project.write("dags/sales/orders.yaml", text)
        self.project.heddle("deploy")
        partition = daemon.get("/datasets/sales.orders/partitions")["items"][0]
        self.assertTrue(partition["stale"])
        path = "/datasets/sales.orders/accept"
        self.assertEqual(daemon.ask("POST", "/api/v1" + path, {"from": "2020-01-01"}, token=operator)[0], 422)
        other = self.token("other", "--role", "operator", "--domain", "bi")
        self.assertEqual(daemon.ask("POST", "/api/v1" + path, {}, token=other)[0], 403)
        self.assertIn("not stale", daemon.post(path, {"partition": partition["partition"]}, operator)["message"])
        self.assertFalse(daemon.get("/datasets/sales.orders/partitions")["items"][0]["stale"])
        self.assertIn("nothing", daemon.post(path, {}, operator)["message"])

    def test_what_changes_is_told_and_told_again_to_who_comes_back(self):
        daemon = self.serve()
        self.failed(daemon)
        token = self.token("ops", "--role", "operator")
        events = daemon.events("?scope=run:2")
        name, hello = next(events)
        self.assertEqual(name, "hello")
        self.assertEqual(daemon.post("/pipelines/sales/orders/trigger", {"partition": "2020-01-01"}, token)["runs"], [2])
        seen = []
        while not any(change["kind"] == "run" and change["patch"]["state"] == "failed" for change in seen):
            name, data = next(events)
            if name == "changes":
                seen += data["changes"]
        self.assertTrue(any(change["kind"] == "task" and change["task"] == "tell" for change in seen))
        again = daemon.events(last=hello["seq"])
        self.assertEqual(next(again)[0], "hello")
        name, data = next(again)
        self.assertEqual(name, "changes")
        self.assertIn(2, [change["id"] for change in data["changes"] if change["kind"] == "run"])
        self.assertFalse(any(change["kind"] == "task" for change in data["changes"]))

    def test_a_backfill_is_planned_applied_and_cancelled(self):
        self.project.write("dags/sales/orders.yaml", FILES["dags/sales/orders.yaml"].replace("exit 3", "sleep 60"))
        daemon = self.serve()
        token = self.token("ops", "--role", "operator")
        until(lambda: daemon.get("/runs?state=running")["items"])
        # Only once the other task is done there is something good.
        until(lambda: daemon.get("/runs/1/tasks/tell/0")["state"] == "running")
        ask = {"select": "sales/orders", "from": "2020-01-01", "to": "2020-01-01", "mode": "all"}
        daemon.post("/runs/1/cancel", token=token)
        until(lambda: daemon.get("/runs/1")["state"] == "cancelled")
        plan = daemon.post("/backfills/plan", ask, token)
        self.assertEqual((plan["runs"], plan["replacements"]), (1, 1))
        refused = daemon.ask("POST", "/api/v1/backfills", {**ask, "plan": plan["plan"]}, token)
        self.assertEqual((refused[0], refused[2]["code"]), (409, "conflict"))
        made = daemon.post("/backfills", {**ask, "plan": plan["plan"], "overwrite": 1}, token)
        self.assertEqual(made["backfill"], "b1")
        until(lambda: daemon.get("/backfills/b1")["runs"].get("running"))
        stale = daemon.ask("POST", "/api/v1/backfills", {**ask, "plan": "0" * 64, "overwrite": 1}, token)
        self.assertEqual((stale[0], stale[2]["code"]), (409, "plan_stale"))
        self.assertIn("running", daemon.post("/backfills/b1/cancel", token=token)["cancelled"])
        until(lambda: daemon.get("/backfills/b1")["state"] == "cancelled")

    def test_a_role_holds_in_its_domains_and_until_it_is_revoked(self):
        daemon = self.serve()
        self.failed(daemon)
        token = self.token("bi", "--role", "operator", "--domain", "bi")
        self.assertEqual(daemon.ask("POST", "/api/v1/pipelines/sales/orders/pause", {}, token)[2]["code"], "denied")
        daemon.post("/pipelines/bi/margin/pause", token=token)
        daemon.post("/pipelines/bi/margin/resume", token=token)
        self.assertEqual(daemon.ask("POST", "/api/v1/releases", {}, token)[0], 403)
        self.assertEqual(self.heddle("token", "revoke", token.split("_")[1]).returncode, 0)
        self.assertEqual(daemon.ask("POST", "/api/v1/pipelines/bi/margin/pause", {}, token)[0], 401)
        lines = json.loads(self.heddle("audit", "--json").stdout)["lines"]
        told = [(line["action"], line["who"], line["from"]) for line in reversed(lines)]
        user = told[0][1]
        self.assertEqual(told, [
            ("token_create", user, "socket"), ("pause", "bi", "127.0.0.1"), ("resume", "bi", "127.0.0.1"),
            ("token_revoke", user, "socket")])
        self.assertEqual((lines[2]["before"], lines[2]["after"]), ({"paused": False}, {"paused": True}))
        self.assertIn("4 lines, whole", self.heddle("audit", "--verify").stdout)

    def test_no_other_address_without_tokens(self):
        refused = self.heddle("serve", "--bind", "0.0.0.0:0")
        self.assertEqual(refused.returncode, 5)
        self.assertIn("nobody has a token", refused.stderr)
        token = self.token("viewer")
        daemon = self.serve(bind="0.0.0.0:0")
        self.assertEqual(daemon.ask("GET", "/api/v1/runs")[0], 401)
        self.assertEqual(daemon.ask("GET", "/metrics")[0], 401)
        self.assertEqual(daemon.ask("GET", "/healthz")[0], 200)
        self.assertEqual(daemon.ask("GET", "/api/v1/runs", token=token)[0], 200)
        self.assertEqual(daemon.ask("GET", "/healthz", headers={"host": "evil.example"})[0], 421)

    def test_every_answer_has_its_headers_and_hostile_bytes_have_none_of_ours(self):
        daemon = self.serve()
        for path in ["/", "/healthz", "/metrics", "/api/v1/runs", "/api/v1/nothing", "/assets/..%2Fx"]:
            headers = daemon.ask("GET", path)[1]
            self.assertIn("default-src 'none'", headers["content-security-policy"])
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["referrer-policy"], "no-referrer")
            self.assertIsNone(headers.get("access-control-allow-origin"))
        for request in [
                b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\nHost: localhost\n\n",
                b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\x00"]:
            with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as wire:
                wire.sendall(request)
                self.assertRegex(wire.recv(1 << 16), rb"^HTTP/1.1 400 ")

    def test_figures_are_in_the_format_of_prometheus(self):
        daemon = self.serve()
        self.failed(daemon)
        text = daemon.ask("GET", "/metrics")[2]
        named = set()
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                named.add(line.split()[2])
            elif not line.startswith("#"):
                match = re.fullmatch(r'(\w+)(\{(\w+="[^"]*",?)*\})? (-?[0-9.e+-]+)', line)
                self.assertIsNotNone(match, line)
                self.assertIn(match[1], named)
        self.assertIn('heddle_pipeline_failures{pipeline="sales/orders"} 1.0', text)
        self.assertNotIn('run="', text)

    def test_a_thousand_slow_readers_do_not_stop_the_beat(self):
        self.project.write("dags/bi/beat.yaml",
                           "pipeline: beat\nschedule: {every: 1s}\ntasks:\n  t: {run: 'true'}\n")
        daemon = self.serve()
        wires, stop = [], threading.Event()
        self.addCleanup(lambda: [wire.close() for wire in wires])
        for number in range(1000):
            wire = socket.socket()
            wire.settimeout(5)
            try:
                wire.connect(("127.0.0.1", daemon.port))
                wire.sendall(b"GET /api/v1/system HTTP/1.1\r\nHost: localhost\r\nX: " if number % 2 else b"G")
            except OSError:
                pass
            wires.append(wire)
        def trickle():
            while not stop.wait(0.2):
                for wire in wires:
                    try:
                        wire.send(b"x")
                    except OSError:
                        pass
        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            time.sleep(6)
        finally:
            stop.set()
            thread.join()
        for wire in wires:
            wire.close()
        until(lambda: self._asks(daemon))
        ledger = daemon.get("/pipelines/bi/beat/schedule?n=6")["ledger"]
        runs = [daemon.get(f"/runs/{tick['run']}") for tick in ledger if tick["run"]]
        self.assertGreaterEqual(len(runs), 4)
        late = [_seconds(run["created_at"]) - _seconds(tick["at"])
                for tick, run in zip([tick for tick in ledger if tick["run"]], runs)]
        self.assertLess(statistics.median(late), 2, "ticks came late")

    @staticmethod
    def _asks(daemon):
        try:
            return daemon.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False


def _seconds(text):
    whole, rest = text.rstrip("Z").split(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + rest)


if __name__ == "__main__":
    unittest.main()
