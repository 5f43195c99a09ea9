"""What the page may cost: its assets, its requests, and the time it takes on a processor four times slower."""

import gzip
import json
import os
import shutil
import tempfile
import unittest
import urllib.request

from playwright.sync_api import expect

from stage import WEB, BrowserTest, Daemon, ranked, shown

# How much slower than this processor the reader's is taken to be.
SLOWER = 4
# Seen by the clock, so that what else the machine does counts: make test only asks for the order of it.
PROVES = os.environ.get("HEDDLE_PROOF") == "1"
LONGEST = 1000 if PROVES else 3000
# When a cold start has painted something, and what is largest; and how far what stands may move. What Chromium takes
# for the largest is the hint in the search, which is there before any row: so the first row has the same limit.
FIRST_PAINT, LARGEST_PAINT, SHIFT = (800, 1200, 0.05) if PROVES else (LONGEST, LONGEST, 0.05)
# What the browser has kept of what it painted since the page began.
PAINTED = """
() => {
  const kept = (type) => {
    const observer = new PerformanceObserver(() => {})
    observer.observe({type, buffered: true})
    return observer.takeRecords()
  }
  return {
    first: kept("paint").find(({name}) => name === "first-contentful-paint").startTime,
    largest: kept("largest-contentful-paint").at(-1).startTime,
    row: window.stood,
    shift: kept("layout-shift").reduce((sum, {value}) => sum + value, 0),
  }
}
"""
# Takes the time of the next click, and of the first picture with an element that was not there before.
STOPWATCH = """
(sight) => {
  addEventListener("click", () => { window.clicked = performance.now() }, {capture: true, once: true})
  const look = new MutationObserver(() => {
    if (!window.clicked || !document.querySelector(sight)) return
    look.disconnect()
    requestAnimationFrame(() => setTimeout(() => { window.stood = performance.now() }))
  })
  look.observe(document, {childList: true, subtree: true, attributes: true})
}
"""


def thousand():
    """A project of 1,000 pipelines in 20 domains."""
    files = {}
    for domain in range(20):
        files[f"dags/domain{domain}/domain.yaml"] = f"domain: domain{domain}\nowner: team{domain}\n"
        for number in range(50):
            files[f"dags/domain{domain}/pipeline{number}.yaml"] = (
                f"pipeline: pipeline{number}\npartition: daily\ntasks:\n  one: {{sql: SELECT 1}}\n")
    return files


def installed():
    """The page as `make install` lays it down: each file beside its packed twin."""
    folder = tempfile.mkdtemp(prefix="heddle-web-")
    shutil.copytree(WEB, folder, dirs_exist_ok=True)
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as plain, open(os.path.join(place, name + ".gz"), "wb") as packed:
                packed.write(gzip.compress(plain.read(), 9, mtime=0))
    return folder


class Stopwatch(BrowserTest):
    def quickest(self, paths, what, sight, limit=LONGEST):
        """Milliseconds from a click in an app that stands to its picture, on a slow processor.

        The least of some measurements: what else the machine does is not the page's.
        """
        figures = []
        for path in paths:
            page = shown(self.page(self.context(self.daemon)), self.daemon.url + path)
            click = page.locator(what).first
            expect(click).to_be_visible()
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.evaluate(STOPWATCH, sight)
            # What waits in the page is compiled there once, which is no part of what is measured.
            page.wait_for_function("() => true")
            click.click()
            page.wait_for_function("() => window.stood")
            figures.append(page.evaluate("() => window.stood - window.clicked"))
            page.close()
            if figures[-1] <= limit:
                break
        return min(figures)


class BudgetTest(Stopwatch):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        web = installed()
        cls.addClassCleanup(shutil.rmtree, web)
        cls.daemon = Daemon(thousand(), web=web)
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.heddle("backfill", "domain0/*", "--from", "2024-01-01", "--to", "2024-01-14", "--yes", "--quiet")
        cls.daemon.start()

    def test_the_first_view_needs_five_assets_of_sixty_kilobytes(self):
        page = self.page(self.context(self.daemon))
        asked = []
        page.on("request", lambda request: asked.append(request))
        shown(page, self.daemon.url)
        # What comes once the overview stands is no part of the first view.
        later = next(place for place, request in enumerate(asked) if "/live.js" in request.url)
        first = [request for request in asked[:later] if not request.url.startswith(("data:", self.daemon.url + "/api/"))]
        self.assertLessEqual(len(first), 5, first)
        size = 0
        for request in first:
            self.assertEqual(request.response().header_value("content-encoding"), "gzip", request)
            sizes = request.sizes()
            size += sizes["responseHeadersSize"] + sizes["responseBodySize"]
        print(f"first view: {len(first)} requests, {size:,} bytes with their heads")
        self.assertLessEqual(size, 60_000)

    def test_a_cold_start_soon_paints_and_holds_still(self):
        figures = []
        for _ in range(8):
            page = self.page(self.context())
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            # The start of the page stands for the click.
            page.add_init_script(f"window.clicked = 1; ({STOPWATCH})('.row.pipeline')")
            shown(page, self.daemon.url)
            expect(page.locator(".row.pipeline")).to_have_count(1000, timeout=30_000)
            figures.append(page.evaluate(PAINTED))
            page.close()
            if figures[-1]["first"] <= FIRST_PAINT and max(figures[-1]["largest"], figures[-1]["row"]) <= LARGEST_PAINT:
                break
        first, largest, row = (min(one[what] for one in figures) for what in ("first", "largest", "row"))
        shift = max(one["shift"] for one in figures)
        print(f"cold start: first paint {first:.0f} ms, largest {largest:.0f} ms, first row {row:.0f} ms, "
              f"layout shift {shift:.3f}")
        self.assertLessEqual(first, FIRST_PAINT)
        self.assertLessEqual(max(largest, row), LARGEST_PAINT)
        self.assertLessEqual(shift, SHIFT)

    def test_an_overview_of_a_thousand_pipelines_stands_within_300_ms(self):
        with urllib.request.urlopen(f"{self.daemon.url}/api/v1/pipelines?limit=2000") as answer:
            self.assertEqual(json.load(answer)["total"], 1000)
        limit = 300 if PROVES else LONGEST
        stood = self.quickest(8 * ["/runs"], ".rail a[href='/']", ".row.pipeline", limit)
        print(f"overview of 1,000 pipelines: {stood:.0f} ms")
        self.assertLessEqual(stood, limit)


class LargeBudgetTest(Stopwatch):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        size = 1_000_000_000 if PROVES else 100_000_000
        words = "yes 'a line of a log that says as little as such logs do'"
        cls.daemon = Daemon({
            "dags/large/domain.yaml": "domain: large\nowner: large-team\n",
            "dags/large/layered.yaml": ranked("layered", 100, 100),
            "dags/large/talk.yaml": f"pipeline: talk\ntasks:\n  say: {{run: \"{words} | head -c {size}\"}}\n",
        })
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.start()
        cls.daemon.heddle("run", "large/layered", "--quiet")
        # Each log is opened once: what reads it a second time knows where its lines are.
        for _ in range(2):
            cls.daemon.heddle("run", "large/talk", "--quiet")

    def test_a_graph_of_ten_thousand_tasks_stands_within_a_second(self):
        folded = self.quickest(4 * ["/r/1"], "[href*='tab=graph']", ".graph svg")
        whole = self.quickest(4 * ["/r/1?tab=graph"], "text=unfold groups", ".graph canvas[width]")
        print(f"graph of 10,000 tasks: folded {folded:.0f} ms, unfolded {whole:.0f} ms")
        self.assertLessEqual(max(folded, whole), LONGEST)

    def test_a_long_log_opens_within_a_second(self):
        opened = self.quickest(["/r/2", "/r/3"], "[aria-label='log of say']", ".line .text:not(.gap)")
        print(f"log opened after {opened:.0f} ms")
        self.assertLessEqual(opened, LONGEST)


if __name__ == "__main__":
    unittest.main()
