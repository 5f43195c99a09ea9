"""Commands of somebody on another machine: the same words, output and exit codes as where the state is."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

from kit import HEDDLE, Project, until
from page_api_test import Daemon

FILES = {
    "dags/sales/domain.yaml": "domain: sales\nowner: sales-team\n",
    "dags/sales/orders.yaml": """
pipeline: orders
partition: daily
schedule: {cron: "* * * * *", start: 2020-01-01, end: 2020-01-02}
tasks:
  land: {sql: "SELECT 1 AS n, :partition AS day", into: sales.orders, mode: partition, partition_by: day}
  tell: {run: "echo the password is $KEY; exit 3", reads: sales.orders, secrets: [KEY]}
""",
    "dags/sales/parts.yaml": "pipeline: parts\npartition: daily\ntasks:\n  make: {run: 'true', writes: sales.parts}\n",
    "dags/bi/domain.yaml": "domain: bi\nowner: bi-team\n",
    "dags/bi/margin.yaml": "pipeline: margin\ntasks:\n  sum: {run: 'echo begun; sleep 600', reads: sales.orders}\n",
    "dags/bi/daily.yaml": "pipeline: daily\npartition: daily\ntasks:\n  sum: {run: 'true', reads: sales.parts}\n",
    "dags/bi/good.yaml": "pipeline: good\ntasks:\n  one: {run: 'echo one'}\n  two: {run: 'true', after: [one]}\n",
    "dags/bi/bad.yaml": "pipeline: bad\ntasks:\n  one: {run: 'echo é; exit 3'}\n",
    "dags/bi/talk.yaml": "pipeline: talk\ntasks:\n  a: {run: \"yes 'a line of a log' | head -c 100000000\"}\n",
    "dags/bi/gated.yaml":
        "pipeline: gated\ntasks:\n  a: {run: 'until [ -e \"$HEDDLE_PROJECT/gate\" ]; do sleep 0.1; done'}\n",
    "dags/bi/slow.yaml": """
pipeline: slow
tasks:
  count: {run: "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done"}
""",
}
DAY = ["--from", "2020-01-03", "--to", "2020-01-03"]


class RemoteTest(unittest.TestCase):
    def setUp(self):
        self.project = Project(FILES)
        self.addCleanup(self.project.close)
        self.project.write(".heddle/secrets/KEY", "hunter22-hunter22\n")
        os.chmod(self.project.file(".heddle/secrets/KEY"), 0o600)
        self.daemon = Daemon(self.project)
        self.addCleanup(self.daemon.close)
        self.failed = until(lambda: [run["id"] for run in self.daemon.get("/runs?state=failed")["items"]])[0]
        # Where nothing of the project is.
        self.elsewhere = tempfile.mkdtemp(prefix="heddle-remote-")
        self.addCleanup(shutil.rmtree, self.elsewhere)

    def here(self, *words):
        return subprocess.run([HEDDLE, *words], cwd=self.project.path, capture_output=True, text=True, timeout=60)

    def token(self, name, *words):
        path = os.path.join(self.elsewhere, name)
        made = self.here("token", "create", name, *words, "--quiet")
        self.assertEqual(made.returncode, 0, made.stderr)
        with open(path, "w", encoding="utf-8") as file:
            file.write(made.stdout)
        os.chmod(path, 0o600)
        return path

    def there(self, token, *words, server=None):
        server = server or f"http://127.0.0.1:{self.daemon.port}"
        return subprocess.run([HEDDLE, *words, "--server", server, "--token-file", token], cwd=self.elsewhere,
                              capture_output=True, text=True, timeout=60)

    def test_what_is_shown_is_what_is_shown_where_the_state_is(self):
        viewer = self.token("viewer")
        for words in [["runs"], ["runs", "--json"], ["show", str(self.failed)], ["show", "sales/orders"],
                      ["explain", str(self.failed)], ["logs", str(self.failed), "tell"], ["graph", "--format", "dot"],
                      ["lineage", "sales.orders"], ["status", "--quiet"], ["show", "999"], ["logs", "999"],
                      ["schedule", "--cron", "0 6 * * *", "--timezone", "UTC", "--from", "2024-01-01", "-n", "2"]]:
            with self.subTest(words=words):
                here, there = self.here(*words), self.there(viewer, *words)
                self.assertEqual((there.returncode, there.stdout, there.stderr),
                                 (here.returncode, here.stdout, here.stderr))
        log = self.there(viewer, "logs", str(self.failed), "tell").stdout
        self.assertIn("the password is *", log)
        self.assertNotIn("hunter22", log)

    def test_what_is_changed_needs_a_role_and_is_written_down_by_name(self):
        viewer, operator = self.token("eve"), self.token("olga", "--role", "operator")
        refused = self.there(viewer, "pause", "sales/orders")
        self.assertEqual((refused.returncode, "operator" in refused.stderr), (5, True))
        self.assertEqual(self.there(operator, "pause", "sales/orders").returncode, 0)
        self.assertIn("paused", self.here("status").stdout)
        self.assertEqual(self.there(operator, "resume", "sales/orders").returncode, 0)
        started = self.there(operator, "run", "bi/margin", "--detach", "--quiet")
        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertEqual(self.there(operator, "cancel", started.stdout.strip()).returncode, 0)
        again = self.there(operator, "retry", str(self.failed), "--latest", "--detach", "--json")
        self.assertEqual(again.returncode, 0, again.stderr)
        # What still runs a plan leaves out.
        until(lambda: self.daemon.get("/runs?state=queued")["items"] == self.daemon.get("/runs?state=running")["items"]
              == [])
        plan = self.there(operator, "backfill", "sales/orders", "--from", "2020-01-01", "--to", "2020-01-01",
                          "--mode", "all", "--plan")
        self.assertEqual((plan.returncode, "sales/orders" in plan.stdout), (0, True), plan.stderr)
        self.assertEqual(self.there(operator, "deploy").returncode, 5)
        lines = json.loads(self.here("audit", "--json").stdout)["lines"]
        told = [(line["action"], line["who"], line["from"]) for line in lines if line["who"] == "olga"]
        self.assertEqual({line["action"]: line["before"] for line in lines if line["who"] == "olga"}, {
            "pause": {"paused": False}, "resume": {"paused": True}, "run": {"unfinished_runs": 0},
            "cancel": {"live_runs": [int(started.stdout)]}, "retry": {"runs": {"failed": 1}}})
        self.assertTrue(any(line["subject"].startswith("olga (") for line in lines if line["action"] == "token_create"))
        self.assertEqual(set(told), {(deed, "olga", "127.0.0.1")
                                     for deed in ["pause", "resume", "run", "cancel", "retry"]})

    def test_a_role_holds_in_its_domains(self):
        token = self.token("bi", "--role", "operator", "--domain", "bi")
        self.assertEqual(self.there(token, "pause", "bi/margin").returncode, 0)
        failed = str(self.failed)
        for words in [["pause", "sales/orders"], ["cancel", failed], ["runs"], ["show", failed], ["show", "999"],
                      ["retry", failed, "--latest", "--detach"], ["mark", "sales.orders@2020-01-01", "missing"],
                      ["mark", f"{failed}/nothing", "success"], ["approve", f"{failed}/nothing"],
                      ["approve", "sales/orders.nothing@2020-01-01"], ["cancel", "sales/*"], ["cancel", "bi/*+", "--yes"],
                      ["cancel", "sales/orders@2020-01-01"], ["logs", failed], ["explain", failed], ["pause", "b1"],
                      ["retry", "sales/orders@1999-01-01"], ["show", "sales/nothing"], ["explain", "sales.orders"],
                      ["logs", failed, "-f"], ["backfill", "sales/orders", "--plan"], ["doctor"], ["audit"],
                      ["backfill", "bi/margin+", "--plan"], ["backfill", "bi/daily", "--upstream", "--plan", *DAY],
                      ["backfill", "bi/daily", "--upstream", "--yes", *DAY], ["backfill", "--apply", "x"],
                      ["accept", "sales.orders"], ["accept", "sales/*"]]:
            with self.subTest(words=words):
                refused = self.there(token, *words)
                self.assertEqual((refused.returncode, "orders" in refused.stderr, refused.stdout), (5, False, ""), refused.stderr)
        # Of a plan the token sees its own, and nothing is kept of it.
        plan = self.there(token, "backfill", "bi/*", "--plan", *DAY)
        self.assertEqual((plan.returncode, "bi/good" in plan.stdout, "sales" in plan.stdout + plan.stderr,
                          "--apply" in plan.stderr), (0, True, False, False), plan.stderr)
        filled = self.there(token, "backfill", "bi/good", "--yes")
        self.assertEqual((filled.returncode, "1 run" in filled.stdout), (0, True), filled.stderr)
        self.assertIn("nothing to do", self.there(token, "backfill", "bi/good", "--yes").stdout)
        viewer = self.token("looks", "--domain", "bi")
        self.assertEqual(self.there(viewer, "backfill", "bi/bad", "--plan").returncode, 0)
        self.assertEqual(self.there(viewer, "backfill", "bi/bad", "--yes").returncode, 5)
        self.assertEqual(self.there(token, "run", "bi/good").returncode, 0)
        run = str(self.daemon.get("/runs?pipeline=bi/good")["items"][0]["id"])
        for words in [["show", run], ["logs", run, "-f"], ["logs", "bi/good"], ["explain", run], ["show", "bi/good"],
                      ["version"]]:
            with self.subTest(words=words):
                self.assertEqual(self.there(token, *words).returncode, 0)

    def test_who_is_refused_is_told_nothing_of_files_that_changed(self):
        token, owner = self.token("other", "--role", "operator", "--domain", "bi"), self.token("own", "--role", "operator")
        self.project.write("dags/sales/orders.yaml", FILES["dags/sales/orders.yaml"].replace("exit 3", "exit 4"))
        told = self.there(owner, "retry", str(self.failed), "--detach")
        self.assertEqual((told.returncode, "orders.yaml" in told.stderr), (2, True), told.stderr)
        for words in [str(self.failed), "sales/orders"]:
            refused = self.there(token, "retry", words, "--detach")
            self.assertEqual((refused.returncode, "orders.yaml" in refused.stderr), (5, False), refused.stderr)

    def test_nothing_of_others_is_reached_by_a_number_that_is_still_to_come(self):
        token = self.token("soon", "--role", "operator", "--domain", "bi")
        for words in [["cancel", "4711"], ["pause", "b4711"], ["approve"]]:
            refused = self.there(token, *words)
            self.assertEqual(refused.returncode, 5, (words, refused.stdout, refused.stderr))

    def test_who_may_only_look_keeps_no_plan(self):
        words = ["backfill", "sales/orders", "--from", "2020-01-01", "--to", "2020-01-01", "--mode", "all", "--plan"]
        seen = self.there(self.token("looker"), *words)
        self.assertEqual(seen.returncode, 0, seen.stderr)
        self.assertNotIn("bp-", seen.stdout + seen.stderr)
        kept = self.there(self.token("doer", "--role", "operator"), *words)
        self.assertIn("bp-1", kept.stdout + kept.stderr)

    def test_what_cannot_be_done_from_elsewhere_says_so(self):
        admin = self.token("root", "--role", "admin")
        for words in [["backup", "x"], ["maintain"], ["serve"], ["run", "bi/margin", "--local"],
                      ["run", "bi/margin", "--preview"], ["status", "--state", "/tmp"]]:
            with self.subTest(words=words):
                refused = self.there(admin, *words)
                self.assertEqual(refused.returncode, 2, refused.stderr)
        # The server does not rely on what the client refuses.
        with open(admin, encoding="utf-8") as file:
            token = file.read().strip()
        for words in [["backup", "x"], ["runs", "--state", "/etc"], ["status", "--server", "http://x"],
                      ["completion", "bash"], ["logs", str(self.failed), "--follow"], ["run", "bi/good"]]:
            status, _, said = self.daemon.ask("POST", "/api/v1/commands", {"words": words}, token)
            self.assertEqual((status, said["exit"]), (200, 2), (words, said))
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.daemon.port}/api/v1/commands/follow", json.dumps({"words": ["runs"]}).encode(),
            {"authorization": f"Bearer {token}", "content-type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            self.assertTrue(answer.read().decode().endswith("event: exit\ndata: 2\n\n"))
        deployed = self.there(admin, "deploy", "--json")
        self.assertEqual(deployed.returncode, 0, deployed.stderr)

    def started(self, token, *words, server=None, **environment):
        """A command that goes on, elsewhere, once what it follows runs."""
        server = server or f"http://127.0.0.1:{self.daemon.port}"
        process = subprocess.Popen(
            [HEDDLE, *words, "--server", server, "--token-file", token], cwd=self.elsewhere, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment},
            # Whoever starts the tests in the background has Ctrl-C ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        until(lambda: self.daemon.get("/runs?pipeline=" + words[1])["items"])
        until(lambda: self.state(words[1]) == "running")
        return process

    def hears(self, process):
        """Waits until a command that goes on knows which run it follows."""
        self.assertTrue(any("Ctrl-C leaves" in line for line in iter(process.stdout.readline, "")))

    def state(self, pipeline):
        return self.daemon.get(f"/runs?pipeline={pipeline}")["items"][0]["state"]

    def test_runs_are_followed_to_their_ends(self):
        token = self.token("olga", "--role", "operator", "--domain", "bi")
        good = self.there(token, "run", "bi/good")
        self.assertEqual((good.returncode, "2 tasks" in good.stdout), (0, True), good.stderr)
        self.assertIn("bi/good.two", good.stderr)
        bad = self.there(token, "run", "bi/bad")
        self.assertEqual((bad.returncode, "1 failed" in bad.stdout, "| é" in bad.stderr), (1, True, True), bad.stderr)
        run = self.there(token, "run", "bi/bad", "--json")
        self.assertEqual((run.returncode, json.loads(run.stdout)["state"]), (1, "failed"))
        again = self.there(token, "retry", str(json.loads(run.stdout)["runs"][0]["id"]), "--quiet")
        self.assertEqual((again.returncode, again.stdout.strip().isdigit()), (1, True), again.stderr)
        self.assertEqual(self.there(token, "run", "bi/nothing").returncode, 3)
        self.assertEqual(self.there(token, "run", "sales/orders").returncode, 5)
        owner = self.token("own", "--role", "operator")
        until(lambda: self.daemon.get("/runs?state=queued")["items"] == self.daemon.get("/runs?state=running")["items"]
              == [])
        filled = self.there(owner, "backfill", "sales/orders", "--from", "2020-01-01", "--to", "2020-01-01",
                            "--mode", "all", "--overwrite", "1", "--yes")
        self.assertEqual((filled.returncode, "1 run" in filled.stdout), (1, True), filled.stderr)

    def test_a_log_is_followed_while_it_is_written(self):
        viewer, operator = self.token("viewer"), self.token("olga", "--role", "operator")
        run = self.there(operator, "run", "bi/slow", "--detach", "--quiet").stdout.strip()
        followed = self.there(viewer, "logs", run, "-f")
        self.assertEqual((followed.returncode, followed.stdout), (0, "".join(f"line {n}\n" for n in range(1, 6))))
        self.assertEqual(followed.stdout, self.here("logs", run).stdout)

    def test_whoever_goes_away_leaves_the_run_alone(self):
        token = self.token("olga", "--role", "operator")
        for words, said in [([], "run {} goes on, in the daemon"), (["--quiet"], "{}\n"),
                            (["--json"], '"state":"detached","backfill":null,"runs":[{{"id":{}}}]')]:
            process = self.started(token, "run", "bi/gated", *words)
            run = self.daemon.get("/runs?pipeline=bi/gated")["items"][0]["id"]
            # Those that say nothing show by nothing that they know which run it is.
            time.sleep(3) if words else self.hears(process)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)
            self.assertIn(said.format(run), process.stdout.read())
            self.project.write("gate", "")
            self.assertEqual(until(lambda: self.state("bi/gated") != "running" and self.state("bi/gated")), "success")
            os.remove(self.project.file("gate"))

    def test_a_token_that_is_revoked_hears_no_more(self):
        token = self.token("olga", "--role", "operator")
        with open(token, encoding="utf-8") as file:
            id = file.read().split("_")[1]
        process = self.started(token, "run", "bi/margin")
        self.assertEqual(self.here("token", "revoke", id).returncode, 0)
        self.assertEqual(process.wait(60), 5)
        self.assertIn("revoked", process.stdout.read())
        self.assertEqual(self.state("bi/margin"), "running")

    def test_a_reader_that_stands_still_hears_no_more_once_its_token_is_revoked(self):
        token = self.token("viewer")
        self.assertEqual(self.here("run", "bi/talk", "--quiet").returncode, 0)
        process = subprocess.Popen(
            [HEDDLE, "logs", "bi/talk", "-f", "--server", f"http://127.0.0.1:{self.daemon.port}", "--token-file",
             token], cwd=self.elsewhere, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertTrue(process.stdout.read(1000))
        with open(token, encoding="utf-8") as file:
            self.assertEqual(self.here("token", "revoke", file.read().split("_")[1]).returncode, 0)
        # Longer than a token is trusted unseen.
        time.sleep(2.5)
        self.assertLess(len(process.stdout.read()), 20_000_000)
        self.assertEqual(process.wait(60), 5)

    def test_one_token_follows_so_many_and_no_more(self):
        token = self.token("olga", "--role", "operator")
        first = self.started(token, "run", "bi/margin")
        others = [self.started(token, "logs", "bi/margin", "-f") for _ in range(7)]
        # Whoever hears something is counted.
        self.assertTrue(all(process.stdout.readline() for process in [first, *others]))
        refused = self.there(token, "run", "bi/good")
        self.assertEqual((refused.returncode, "too many commands are followed" in refused.stderr), (1, True))
        self.assertEqual(self.there(self.token("other", "--role", "operator"), "run", "bi/good").returncode, 0)
        others[0].kill()
        until(lambda: self.there(token, "run", "bi/good").returncode == 0)

    def test_a_daemon_that_goes_away_ends_the_following(self):
        process = self.started(self.token("olga", "--role", "operator"), "run", "bi/margin")
        self.daemon.process.kill()
        self.assertEqual(process.wait(60), 6)
        self.assertIn("went away before the end", process.stdout.read())

    def test_an_admin_sees_who_may_and_who_did(self):
        admin, operator = self.token("root", "--role", "admin"), self.token("olga", "--role", "operator")
        for words in [["audit"], ["token", "list"], ["doctor"]]:
            self.assertEqual(self.there(operator, *words).returncode, 5)
            self.assertEqual(self.there(admin, *words).stdout, self.here(*words).stdout)
        self.assertEqual(self.there(operator, "token", "create", "more", "--role", "admin").returncode, 5)
        path = os.path.join(self.elsewhere, "made")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.there(admin, "token", "create", "made", "--quiet").stdout)
        os.chmod(path, 0o600)
        self.assertEqual(self.there(path, "runs").returncode, 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(self.there(admin, "token", "revoke", file.read().split("_")[1]).returncode, 0)
        self.assertEqual(self.there(path, "runs").returncode, 5)
        self.assertEqual(self.there(admin, "audit", "--verify").stdout, self.here("audit", "--verify").stdout)

    def test_who_is_not_known_and_who_does_not_answer(self):
        wrong = os.path.join(self.elsewhere, "wrong")
        with open(wrong, "w", encoding="utf-8") as file:
            file.write("hdl_00000000_0\n")
        os.chmod(wrong, 0o600)
        self.assertEqual(self.there(wrong, "runs").returncode, 5)
        viewer = self.token("viewer")
        self.assertEqual(self.there(viewer, "runs", server="http://127.0.0.1:1").returncode, 6)
        self.assertEqual(self.there(viewer, "runs", server="ftp://x").returncode, 2)
        os.chmod(viewer, 0o644)
        self.assertEqual(self.there(viewer, "runs").returncode, 2)
        alone = subprocess.run([HEDDLE, "runs", "--server", "http://127.0.0.1:1"], cwd=self.elsewhere,
                               capture_output=True, text=True, timeout=60)
        self.assertEqual((alone.returncode, "--token-file" in alone.stderr), (2, True))

    @unittest.skipUnless(shutil.which("curl") and shutil.which("openssl"), "needs curl and openssl")
    def test_over_tls_by_way_of_curl(self):
        key, certificate = os.path.join(self.elsewhere, "key"), os.path.join(self.elsewhere, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True, timeout=60)
        proxy = TLSProxy(key, certificate, self.daemon.port)
        self.addCleanup(proxy.close)
        viewer = self.token("viewer")
        server = f"https://localhost:{proxy.port}"
        # A certificate that nobody vouches for is not taken.
        self.assertNotEqual(self.there(viewer, "runs", server=server).returncode, 0)
        environment = {**os.environ, "CURL_CA_BUNDLE": certificate}
        there = subprocess.run([HEDDLE, "runs", "--server", server, "--token-file", viewer], cwd=self.elsewhere,
                               capture_output=True, text=True, timeout=60, env=environment)
        self.assertEqual((there.returncode, there.stdout), (0, self.here("runs").stdout), there.stderr)
        operator = self.token("olga", "--role", "operator")
        followed = subprocess.run([HEDDLE, "run", "bi/bad", "--server", server, "--token-file", operator],
                                  cwd=self.elsewhere, capture_output=True, text=True, timeout=60, env=environment)
        self.assertEqual((followed.returncode, "| é" in followed.stderr), (1, True), followed.stderr)
        refused = subprocess.run([HEDDLE, "run", "bi/bad", "--server", server, "--token-file", viewer],
                                 cwd=self.elsewhere, capture_output=True, text=True, timeout=60, env=environment)
        self.assertEqual(refused.returncode, 5, refused.stderr)
        process = self.started(operator, "run", "bi/margin", server=server, CURL_CA_BUNDLE=certificate)
        self.hears(process)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        self.assertIn("goes on, in the daemon", process.stdout.read())


class TLSProxy:
    """Speaks TLS, and hands on what comes."""

    def __init__(self, key, certificate, target):
        import socketserver
        import ssl
        import threading
        import socket
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with socket.create_connection(("127.0.0.1", target)) as there:
                    whole = b""
                    while b"\r\n\r\n" not in whole:
                        # Who does not take the certificate goes without a word.
                        if not (more := self.request.recv(65536)):
                            return
                        whole += more
                    head, body = whole.split(b"\r\n\r\n", 1)
                    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                                  if line.lower().startswith(b"content-length:"))
                    while len(body) < length:
                        body += self.request.recv(65536)
                    there.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
                    while more := there.recv(65536):
                        self.request.sendall(more)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def get_request(self):
                wire, address = super().get_request()
                return context.wrap_socket(wire, server_side=True), address

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    unittest.main()
