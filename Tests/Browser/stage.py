"""What the browser tests share: a daemon with a page, a project worth looking at, and a browser that looks at it."""

import json
import os
import shutil
import sys
import unittest

from playwright.sync_api import expect, sync_playwright

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

from kit import HEDDLE, Project, until  # noqa: E402

# What is waited for comes later where others work beside.
expect.set_options(timeout=20_000)

WEB = os.path.join(ROOT, "web-static")
# Where the pictures of the documentation lie; they are drawn anew when asked for.
PICTURES = os.path.join(ROOT, "Sources", "heddle", "Documentation.docc", "Resources")
DRAWS = os.environ.get("UPDATE_PICTURES") == "1"

# Names that are markup, that turn the direction of reading, and that are long.
HOSTILE = ["<img src=x onerror=alert(1)>", "\u202egnidaer\u202c", "x" * 300, "</script><script>alert(2)</script>"]

TRIAL = {
    "dags/trial/domain.yaml": "domain: trial\nowner: trial-team\n",
    # It waits for a gate that the test opens, so that it is seen at work.
    "dags/trial/gated.yaml": """
pipeline: gated
tasks:
  prepare: {run: 'echo ready'}
  pass: {run: 'cat "$GATE"', env: {GATE: GATE_PATH}, after: [prepare]}
  finish: {run: 'echo done', after: [pass]}
""",
    # It fails until a file is there.
    "dags/trial/flaky.yaml": """
pipeline: flaky
tasks:
  fetch: {run: 'echo fetched 841 rows'}
  convert:
    run: 'for n in 1 2 3 4 5 6; do echo "row $n read"; done; test -e "$MENDED" || { echo "ERROR the column dep_delay is missing"; exit 3; }'
    env: {MENDED: MENDED_PATH}
    after: [fetch]
  publish: {run: 'echo published', after: [convert]}
""",
    "dags/trial/odd.yaml": """
pipeline: odd
description: "<b>bold</b> <img src=x onerror=alert(3)>"
tasks:
  say:
    run: "printf '\\\\033[1;31mred\\\\033[0m plain <script>alert(4)</script>\\\\n\\\\342\\\\200\\\\256turned\\\\n\\\\033]0;title\\\\007end\\\\n'; exit 1"
    each: EACH_VALUES
""",
    "dags/trial/daily.yaml": """
pipeline: daily
partition: daily
tasks:
  count: {sql: "SELECT :partition AS day, 1 AS n", into: trial.counts, mode: partition, partition_by: day}
""",
    "dags/trial/signed.yaml": """
pipeline: signed
tasks:
  sign: {approve: {}, description: 'Look at the sums.'}
  publish: {run: 'echo published', after: [sign]}
""",
    # Its runs wait for the same gate, so that a backfill of it can be cancelled.
    "dags/trial/held.yaml": """
pipeline: held
partition: daily
tasks:
  hold: {run: 'cat "$GATE"', env: {GATE: GATE_PATH}}
""",
}


def ranked(name, ranks, width):
    """The file of a pipeline whose tasks each come after one of the rank before."""
    lines = [f"pipeline: {name}", "tasks:"]
    for rank in range(ranks):
        for place in range(width):
            after = f", after: [t{rank - 1}_{place}]" if rank else ""
            lines.append(f"  t{rank}_{place}: {{sql: SELECT 1{after}}}")
    return "\n".join(lines) + "\n"


class Daemon:
    """A daemon with a page, in a project that is removed at the end."""

    def __init__(self, files=None, copy_of=None, web=WEB):
        self.project = Project(files, copy_of=copy_of)
        self.web = web
        self.port = 0
        self.process = None

    def start(self):
        """Starts it, on the same port as before if it ran before."""
        self.process = self.project.start(
            "serve", "--json", "--bind", f"127.0.0.1:{self.port}", "--web", self.web)
        told = json.loads(self.process.stdout.readline())
        self.url = told["page"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.link = told["sign_in"]
        return self

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def heddle(self, *words, code=0):
        return self.project.heddle(*words, code=code)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.communicate()
        self.project.close()


def trial():
    """The trial domain's daemon, not started yet: its gate shut, its fault not mended."""
    daemon = Daemon()
    path = daemon.project.path
    values = {
        "GATE_PATH": os.path.join(path, "gate"), "MENDED_PATH": os.path.join(path, "mended"),
        "EACH_VALUES": json.dumps(HOSTILE),
    }
    for name, text in TRIAL.items():
        for word, value in values.items():
            text = text.replace(word, value)
        daemon.project.write(name, text)
    os.mkfifo(values["GATE_PATH"])
    return daemon


def open_gate(daemon, text="through\n"):
    """Lets one task through the gate."""
    with open(daemon.project.file("gate"), "w", encoding="utf-8") as gate:
        gate.write(text)


class BrowserTest(unittest.TestCase):
    """A test with a browser; what a page says on its console, or throws, fails it."""

    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"])
        cls.addClassCleanup(cls.playwright.stop)
        cls.addClassCleanup(cls.browser.close)

    def context(self, daemon=None, **options):
        """A browser of its own, signed in to a daemon if one is named."""
        options = {"viewport": {"width": 1280, "height": 800}, "timezone_id": "Europe/Berlin", "locale": "en-GB", **options}
        context = self.browser.new_context(**options)
        context.set_default_timeout(20_000)
        self.addCleanup(context.close)
        if daemon:
            if not hasattr(daemon, "cookies"):
                page = context.new_page()
                page.goto(daemon.link)
                daemon.cookies = context.cookies()
                page.close()
            context.add_cookies(daemon.cookies)
        return context

    def page(self, context):
        """A tab whose errors are collected, and fail the test at its end. That the server refuses is none."""
        page = context.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: (errors.append("dialog: " + dialog.message), dialog.dismiss()))
        page.on("console", lambda message: errors.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text else None)
        page.on("response", lambda answer: errors.append(answer.url)
                if answer.status >= 400 and "/assets/" in answer.url else None)
        self.addCleanup(lambda: self.assertEqual(errors, []))
        return page


def shown(page, url):
    """Opens an address, and waits until its page stands."""
    page.goto(url)
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#pulse")).not_to_have_attribute("data-state", "starting")
    return page


def live(page):
    """Waits until the page hears events."""
    expect(page.locator("#pulse")).to_have_attribute("data-state", "live")
