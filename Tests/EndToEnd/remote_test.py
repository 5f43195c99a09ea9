"""Commands of somebody on another machine: the same words, output and exit codes as where the state is."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

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
    "dags/bi/domain.yaml": "domain: bi\nowner: bi-team\n",
    "dags/bi/margin.yaml": "pipeline: margin\ntasks:\n  sum: {run: 'sleep 60', reads: sales.orders}\n",
}


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
        self.assertTrue(any(line["subject"].startswith("olga (") for line in lines if line["action"] == "token_create"))
        self.assertEqual(set(told), {(deed, "olga", "127.0.0.1")
                                     for deed in ["pause", "resume", "run", "cancel", "retry"]})

    def test_a_role_holds_in_its_domains(self):
        token = self.token("bi", "--role", "operator", "--domain", "bi")
        self.assertEqual(self.there(token, "pause", "bi/margin").returncode, 0)
        for words in [["pause", "sales/orders"], ["cancel", str(self.failed)], ["runs"], ["show", str(self.failed)],
                      ["retry", str(self.failed), "--latest", "--detach"], ["mark", "sales.orders@2020-01-01", "missing"]]:
            with self.subTest(words=words):
                self.assertEqual(self.there(token, *words).returncode, 5)

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
        for words in [["doctor"], ["backup", "x"], ["token", "list"], ["serve"], ["logs", str(self.failed), "--follow"],
                      ["run", "bi/margin"], ["run", "bi/margin", "--preview"], ["status", "--state", "/tmp"]]:
            with self.subTest(words=words):
                refused = self.there(admin, *words)
                self.assertEqual(refused.returncode, 2, refused.stderr)
        # The server does not rely on what the client refuses.
        with open(admin, encoding="utf-8") as file:
            token = file.read().strip()
        for words in [["token", "create", "x"], ["doctor"], ["runs", "--state", "/etc"], ["status", "--server", "http://x"],
                      ["completion", "bash"], ["logs", str(self.failed), "--follow"]]:
            status, _, said = self.daemon.ask("POST", "/api/v1/commands", {"words": words}, token)
            self.assertEqual((status, said["exit"]), (200, 2), (words, said))
        deployed = self.there(admin, "deploy", "--json")
        self.assertEqual(deployed.returncode, 0, deployed.stderr)

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
