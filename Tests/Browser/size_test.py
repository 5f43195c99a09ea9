"""What is too large to be shown at once: a graph of two thousand tasks, a log of a million lines."""

import re
import unittest

from playwright.sync_api import expect

from stage import BrowserTest, Daemon, ranked, shown

RANKS, WIDTH, LINES = 40, 50, 1_000_000


class LargeTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = Daemon({
            "dags/large/domain.yaml": "domain: large\nowner: large-team\n",
            "dags/large/wide.yaml": ranked("wide", RANKS, WIDTH),
            "dags/large/talk.yaml": f"pipeline: talk\ntasks:\n  say: {{run: 'seq -f \"line %.0f\" 1 {LINES}'}}\n",
        })
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.start()
        cls.daemon.heddle("run", "large/wide", "--quiet")
        cls.daemon.heddle("run", "large/talk", "--quiet")

    def test_a_large_graph_is_a_canvas_with_a_tree_that_keys_can_walk(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/r/1?tab=graph&fold=false")
        expect(page.locator(".graph canvas")).to_be_visible()
        item = page.locator("[role=treeitem][tabindex='0']")
        expect(item).to_have_attribute("aria-setsize", str(RANKS * WIDTH))
        self.assertLess(page.locator("[role=treeitem]").count(), 60)
        item.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("[role=treeitem]:focus")).to_have_attribute("aria-level", "2")
        page.keyboard.press("End")
        expect(page.locator("[role=treeitem]:focus")).to_have_attribute("aria-posinset", str(RANKS * WIDTH))
        page.keyboard.press("Enter")
        expect(page.locator(".panel h2")).to_have_text(re.compile(f"t{RANKS - 1}_"))

    def test_a_log_of_a_million_lines_has_as_few_elements_as_are_in_sight(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/r/2/t/say/0/a/1#L500000-L500002")
        expect(page.locator(".filters")).to_contain_text("1,000,000 lines")
        expect(page.locator(".line.marked .text")).to_have_text(["line 500000", "line 500001", "line 500002"])
        self.assertLess(page.locator(".line").count(), 120)
        page.locator("#log-query").fill("line 987654")
        page.keyboard.press("Enter")
        expect(page.locator(".line.marked .text").first).to_have_text("line 987654", timeout=20_000)
        page.locator(".log").focus()
        page.keyboard.press("End")
        expect(page.locator(".log")).to_contain_text("line 1000000")


if __name__ == "__main__":
    unittest.main()
