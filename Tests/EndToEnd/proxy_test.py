"""The page behind Debian's nginx, with the very lines of the documentation. Where there is no nginx this is skipped."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import unittest

from kit import HEDDLE, Project, until
from page_api_test import Daemon
from remote_test import FILES

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "../../Sources/heddle/Documentation.docc/StatusPages.md")
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
NAME = "heddle.example.org"
# Its second task waits until the test lets it go on.
GATE = """
pipeline: gate
tasks:
  first: {run: 'echo first'}
  second: {run: 'until test -e "PATH"; do sleep 0.1; done', after: [first]}
"""


def own_address():
    """An address of this machine by which it is not taken for itself; None: it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        try:
            # Nothing is sent: the kernel only chooses.
            wire.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = wire.getsockname()[0]
    return None if address.startswith("127.") else address


@unittest.skipUnless(NGINX and shutil.which("openssl"), "needs nginx and openssl")
class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.project = Project(FILES)
        self.addCleanup(self.project.close)
        self.gate = self.project.file("gate")
        self.project.write("dags/bi/gate.yaml", GATE.replace("PATH", self.gate))
        self.daemon = Daemon(self.project, "--host", NAME, "--proxy", "127.0.0.1")
        self.addCleanup(self.daemon.close)
        folder = self.project.file("nginx")
        os.makedirs(folder)
        self.key, self.certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}",
                        "-addext", f"subjectAltName=DNS:{NAME},DNS:localhost", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True, timeout=60)
        with socket.socket() as wire:
            wire.bind(("", 0))
            self.port = wire.getsockname()[1]
        self.start(folder)

    def start(self, folder):
        with open(PAGE, encoding="utf-8") as file:
            server = re.search(r"```\n(server \{.*?\n\})\n```", file.read(), re.DOTALL).group(1)
        for old, new in [("listen 443 ssl;", f"listen {self.port} ssl; ssl_certificate {self.certificate}; "
                                             f"ssl_certificate_key {self.key};"),
                         ("http://127.0.0.1:8080", f"http://127.0.0.1:{self.daemon.port}")]:
            self.assertEqual(server.count(old), 1, server)
            server = server.replace(old, new)
        folders = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        user = "user root;" if os.geteuid() == 0 else ""
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
                       f"http {{ access_log off;\n{folders}{server}\n}}\n")
        nginx = subprocess.Popen([NGINX, "-p", folder, "-c", path, "-e", f"{folder}/error.log"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)
        until(lambda: self.ask("GET", "/healthz")[0] == 200)

    def connect(self, address="127.0.0.1"):
        context = ssl.create_default_context(cafile=self.certificate)
        wire = context.wrap_socket(socket.create_connection((address, self.port), timeout=30), server_hostname=NAME)
        there = http.client.HTTPConnection(NAME, 443)
        there.sock = wire
        return there

    def ask(self, method, path, body=None, headers=None, address="127.0.0.1", host=NAME):
        """Status, headers and what was said."""
        try:
            there = self.connect(address)
        except ConnectionRefusedError:
            return 0, {}, ""
        fields = {"Host": host, **(headers or {})}
        if body is not None:
            body, fields["Content-Type"] = json.dumps(body), "application/json"
        there.request(method, path, body, fields)
        response = there.getresponse()
        text = response.read().decode()
        there.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, text

    def test_the_page_its_readings_and_a_change_come_through(self):
        status, headers, text = self.ask("GET", "/")
        self.assertEqual((status, "<main" in text), (200, True), text[:300])
        self.assertEqual(self.ask("GET", "/api/v1/runs")[0], 200)
        self.assertEqual(self.ask("GET", "/api/v1/runs", host="evil.example.org")[0], 421)
        token = self.project.heddle("token", "create", "x", "--role", "operator", "--quiet").stdout.strip()
        status, headers, text = self.ask("POST", "/api/v1/session", {"token": token}, {"Origin": f"https://{NAME}"})
        self.assertEqual(status, 200, text)
        self.assertIn("; Secure", headers["set-cookie"])
        signed = {"Cookie": headers["set-cookie"].split(";")[0], "x-heddle-csrf": json.loads(text)["csrf"]}
        pause = "/api/v1/pipelines/bi/margin/pause"
        self.assertEqual(self.ask("POST", pause, {}, {**signed, "Origin": "https://evil.example.org"})[0], 403)
        status, _, text = self.ask("POST", pause, {}, {**signed, "Origin": f"https://{NAME}"})
        self.assertEqual(status, 202, text)
        self.assertIn('"pause"', self.project.heddle("audit", "--json").stdout)

    def test_events_come_at_once(self):
        there = self.connect()
        self.addCleanup(there.close)
        there.request("GET", "/api/v1/events", headers={"Host": NAME})
        response = there.getresponse()
        self.assertEqual((response.status, response.getheader("content-type")), (200, "text/event-stream"))
        until(lambda: b"event: hello" in response.readline())
        self.project.heddle("pause", "bi/margin")
        until(lambda: b"bi/margin" in response.readline())

    @unittest.skipUnless(shutil.which("curl"), "needs curl")
    def test_a_run_is_followed_line_by_line_to_its_end(self):
        token = self.project.file("token")
        with open(token, "w", encoding="utf-8") as file:
            file.write(self.project.heddle("token", "create", "x", "--role", "operator", "--quiet").stdout)
        os.chmod(token, 0o600)
        followed = subprocess.Popen(
            [HEDDLE, "run", "bi/gate", "--server", f"https://localhost:{self.port}", "--token-file", token],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.project.file("nginx"),
            env={**os.environ, "CURL_CA_BUNDLE": self.certificate})
        self.addCleanup(followed.communicate)
        self.addCleanup(followed.kill)
        # What has ended is told while the rest still waits: nginx keeps nothing back.
        until(lambda: "bi/gate.first" in followed.stderr.readline())
        self.assertIsNone(followed.poll())
        with open(self.gate, "w", encoding="utf-8"):
            pass
        self.assertEqual((followed.wait(60), "2 tasks" in followed.stdout.read()), (0, True))

    @unittest.skipUnless(own_address(), "the machine has no address but loopback")
    def test_who_comes_from_elsewhere_signs_in_whatever_he_says_of_himself(self):
        there = own_address()
        for headers in [{}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}]:
            self.assertEqual(self.ask("GET", "/api/v1/runs", headers=headers, address=there)[0], 401)
        token = self.project.heddle("token", "create", "x", "--quiet").stdout.strip()
        signed = {"Authorization": f"Bearer {token}"}
        self.assertEqual(self.ask("GET", "/api/v1/runs", headers=signed, address=there)[0], 200)


if __name__ == "__main__":
    unittest.main()
