"""Every page: it loads, anybody can use it (axe-core's rules of WCAG 2.2 AA), and it looks as the pictures show."""

import json
import os
import re
import unittest
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from stage import DRAWS, PICTURES, ROOT, BrowserTest, Daemon, shown

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# A task that fails in a way worth reading.
FAILING = """
pipeline: punctuality
partition: daily
description: How many left on time, told to the board.
tasks:
  collect: {run: 'echo "841 departures of $HEDDLE_PARTITION"', reads: operations.flights}
  compare:
    run: |
      echo "reading the timetable"
      echo "comparing 841 departures"
      printf '\\033[31mERROR\\033[0m the timetable of EWR has no entry for gate 17\\n'
      test "$HEDDLE_PARTITION" != 2013-01-07
    after: [collect]
  publish: {run: 'echo published', after: [compare], writes: operations.punctuality}
"""


class PagesTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = Daemon({"dags/operations/punctuality.yaml": FAILING}, copy_of=ROOT)
        cls.addClassCleanup(cls.daemon.close)
        days = ("--from", "2013-01-01", "--to", "2013-01-07")
        cls.daemon.heddle("backfill", "insights/*", "--upstream", *days, "--yes")
        cls.daemon.start()
        cls.daemon.heddle("backfill", "operations/punctuality", *days, "--yes", code=1)

    @classmethod
    def rows(cls):
        with urllib.request.urlopen(f"{cls.daemon.url}/api/v1/pipelines?limit=2000") as answer:
            return json.load(answer)["items"]

    def addresses(self):
        """Every page by name, with something on it to see."""
        row = next(row for row in self.rows() if row["pipeline"] == "operations/punctuality")
        run = next(number for number, state, *_ in row["runs"] if state == "failed")
        pipeline = "/p/operations/departures"
        return {
            "overview": "/", "filtered": "/?state=failed", "nothing": "/?q=nowhere", "sorted": "/?sort=duration",
            "pinned": "/?sort=next",
            "grid": "/p/operations/punctuality", "pipeline-graph": pipeline + "?tab=graph",
            "pipeline-runs": pipeline + "?tab=runs", "calendar": pipeline + "?tab=calendar",
            "definition": pipeline + "?tab=definition", "schedule": pipeline + "?tab=schedule",
            "runs": "/runs", "run": f"/r/{run}", "task": f"/r/{run}?task=compare", "graph": f"/r/{run}?tab=graph",
            "gantt": f"/r/{run}?tab=gantt", "events": f"/r/{run}?tab=events", "params": f"/r/{run}?tab=params",
            "log": f"/r/{run}/t/compare/0/a/1", "backfills": "/b", "backfill": "/b/b1",
            "plan": "/b?new=1&select=operations/punctuality", "datasets": "/datasets",
            "dataset": "/d/operations.flights", "columns": "/d/operations.flights?tab=columns",
            "lineage": "/lineage?sel=operations.flights", "lineage-empty": "/lineage",
            "alerts": "/alerts", "alerts-none": "/alerts?kind=deadline_missed", "alerts-all": "/alerts?all=true", "sign-in": "/sign-in",
            "gone": "/r/99999",
        }

    def settled(self, page, name, address):
        shown(page, self.daemon.url + address)
        if name == "pinned":
            page.get_by_role("button", name="pin operations/departures").click()
            expect(page.locator(".pin[aria-pressed='true']")).to_be_focused()
        elif name == "plan":
            dialog = page.get_by_role("dialog")
            dialog.get_by_label("From partition").fill("2013-01-05")
            dialog.get_by_label("To partition").fill("2013-01-09")
            expect(dialog.locator(".list tbody tr").first).to_be_visible()
        elif name in ("graph", "pipeline-graph", "lineage"):
            expect(page.locator(".node").first).to_be_visible()
        elif name == "log":
            expect(page.locator(".log .line").first).to_be_visible()

    def violations(self, page):
        """What axe finds, shortly."""
        found = self.axe.run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
        return [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]

    def test_every_page_is_accessible_in_light_and_dark_wide_and_narrow(self):
        page = self.page(self.context(self.daemon, reduced_motion="reduce"))
        self.axe = Axe()
        sizes = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 360, "height": 740}}
        for name, address in self.addresses().items():
            page.set_viewport_size(sizes["wide"])
            self.settled(page, name, address)
            self.assertEqual(page.locator("h1").count(), 1)
            for size, box in sizes.items():
                page.set_viewport_size(box)
                with self.subTest(page=name, size=size):
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
                    for scheme in ["light", "dark"]:
                        page.emulate_media(color_scheme=scheme)
                        self.assertEqual(self.violations(page), [], scheme)

    def test_forced_colours_keep_the_glyphs(self):
        page = self.page(self.context(self.daemon, forced_colors="active"))
        shown(page, self.daemon.url)
        fill = page.locator(".mark .i").first.evaluate("(one) => getComputedStyle(one).fill")
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        self.assertNotEqual(fill, back)

    def test_the_skip_link_and_the_theme(self):
        page = self.page(self.context(self.daemon))
        shown(page, self.daemon.url)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.locator("#help").click()
        page.get_by_label("Theme").select_option("dark")
        self.assertEqual(page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(20, 23, 28)")
        page.keyboard.press("Escape")
        expect(page.locator("#help")).to_be_focused()
        shown(page, self.daemon.url)
        self.assertEqual(page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(20, 23, 28)")

    def test_moments_say_their_zone(self):
        page = self.page(self.context(self.daemon, timezone_id="Asia/Tokyo"))
        shown(page, self.daemon.url + self.addresses()["run"])
        expect(page.locator("#zone")).to_have_text("Asia/Tokyo")
        expect(page.locator(".verdict .moment").first).to_contain_text("+09:00")
        # Of long ago lists say the day, and whoever points at it is told the rest.
        shown(page, f"{self.daemon.url}/?q=departures")
        moment = page.locator("[data-part='fresh'] time").first
        expect(moment).to_have_text("2013-01-08 +09:00")
        moment.hover()
        expect(moment).to_have_attribute("title", re.compile(
            r"^2013-01-08 [\d:]+ \+09:00 Asia/Tokyo\n2013-01-0[78] [\d:]+ \+00:00 UTC\n\d+ ms since 1970$"))

    @unittest.skipUnless(DRAWS, "UPDATE_PICTURES=1 draws the pictures of the documentation")
    def test_pictures_of_the_main_pages(self):
        os.makedirs(PICTURES, exist_ok=True)
        addresses = self.addresses()
        for name in ("overview", "grid", "run", "graph", "log", "plan", "lineage"):
            for theme in ("light", "dark") if name == "overview" else ("light",):
                context = self.context(
                    self.daemon, color_scheme=theme, viewport={"width": 1120, "height": 640}, reduced_motion="reduce")
                page = self.page(context)
                self.settled(page, name, addresses[name])
                ending = "~dark" if theme == "dark" else ""
                page.screenshot(path=os.path.join(PICTURES, f"page-{name}{ending}.png"))
        page = self.page(self.context(self.daemon, viewport={"width": 360, "height": 640}))
        self.settled(page, "run", addresses["run"])
        page.screenshot(path=os.path.join(PICTURES, "page-phone.png"))


if __name__ == "__main__":
    unittest.main()
