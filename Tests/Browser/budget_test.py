"""What the page may cost: its assets, its requests, and the time it takes on a processor four times slower."""

import gzip
import json
import os
import unittest
import urllib.request

from playwright.sync_api import expect

from stage import WEB, BrowserTest, Daemon

# Tells when the first rows and when all of them stood, and for how long nothing else could be done at most.
WATCH = """
window.seen = {longest: 0}
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) seen.longest = Math.max(seen.longest, task.duration)
}).observe({type: "longtask", buffered: true})
new MutationObserver(() => {
  const rows = document.querySelectorAll(".row.pipeline").length
  if (rows && !seen.first) requestAnimationFrame(() => setTimeout(() => { seen.first ??= performance.now() }))
  if (rows === 1000) seen.all ??= performance.now()
}).observe(document, {childList: true, subtree: true})
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


class BudgetTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = Daemon(thousand())
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.heddle("backfill", "domain0/*", "--from", "2024-01-01", "--to", "2024-01-14", "--yes", "--quiet")
        cls.daemon.start()

    def test_the_first_view_needs_five_assets_of_sixty_kilobytes(self):
        page = self.page(self.context(self.daemon))
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(self.daemon.url)
        expect(page.locator(".row.pipeline").first).to_be_visible()
        # What comes once the overview stands is no part of the first view.
        first = [url for url in asked[:asked.index(next(url for url in asked if "/live.js" in url))]
                 if "/api/" not in url] if any("/live.js" in url for url in asked) else asked
        paths = [url.removeprefix(self.daemon.url).strip("/") or "index.html" for url in first]
        paths = [path for path in paths if not path.startswith(("data:", "api/"))]
        self.assertLessEqual(len(paths), 5, paths)
        size = 0
        for path in paths:
            with open(os.path.join(WEB, path), "rb") as file:
                size += len(gzip.compress(file.read(), 9))
        self.assertLessEqual(size, 60_000)

    def test_an_overview_of_a_thousand_pipelines_stands_within_300_ms_of_its_data(self):
        with urllib.request.urlopen(f"{self.daemon.url}/api/v1/pipelines?limit=2000") as answer:
            self.assertEqual(json.load(answer)["total"], 1000)
        best = None
        # Others work on the machine too: the best of three says what the page costs.
        for _ in range(3):
            page = self.page(self.context(self.daemon))
            page.add_init_script(WATCH)
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
            page.goto(self.daemon.url)
            page.wait_for_function("() => seen.first && seen.all", timeout=60_000)
            took = page.evaluate("""() => {
              const data = performance.getEntriesByType("resource").find((one) => one.name.includes("/pipelines"))
              return {first: seen.first - data.responseEnd, all: seen.all - data.responseEnd, longest: seen.longest}
            }""")
            best = took if best is None or took["first"] < best["first"] else best
            page.close()
        print(f"overview of 1,000 pipelines, throttled 4 times, after its data: {best}")
        self.assertLessEqual(best["first"], 300)


if __name__ == "__main__":
    unittest.main()
