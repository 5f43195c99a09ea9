"""What is too large to be seen at once: graphs, of two thousand tasks too, and a log of a million lines."""

import re
import unittest

from playwright.sync_api import expect

from stage import BrowserTest, Daemon, ranked, shown, until

RANKS, WIDTH, LINES = 40, 50, 1_000_000

# Six steps, one after the other, of which the fourth fails.
STEPS = "pipeline: steps\ntasks:\n" + "".join(
    f"  s{step}: {{run: 'test {step} -ne 4'{f', after: [s{step - 1}]' if step > 1 else ''}}}\n" for step in range(1, 7))

# How much of a canvas is painted, each pixel as far as one cannot see through it.
PAINTED = """
(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  return data.reduce((sum, value, index) => index % 4 === 3 ? sum + value : sum, 0)
}
"""


class LargeTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = Daemon({
            "dags/large/domain.yaml": "domain: large\nowner: large-team\n",
            "dags/large/wide.yaml": ranked("wide", RANKS, WIDTH),
            "dags/large/steps.yaml": STEPS,
            "dags/large/talk.yaml": f"pipeline: talk\ntasks:\n  say: {{run: 'seq -f \"line %.0f\" 1 {LINES}'}}\n",
        })
        cls.addClassCleanup(cls.daemon.close)
        cls.daemon.start()
        cls.daemon.heddle("run", "large/wide", "--quiet")
        cls.daemon.heddle("run", "large/talk", "--quiet")
        cls.daemon.heddle("run", "large/steps", "--quiet", code=1)

    def kept(self, page, *steps):
        """The nodes that are not dimmed are these."""
        expect(page.locator(".graph.thin .node.kept")).to_have_count(len(steps))
        for step in steps:
            expect(page.locator(".node.kept", has_text=f"s{step}")).to_have_count(1)

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

    def test_a_graph_keeps_what_is_near_the_chosen_node_in_sight(self):
        page = shown(self.page(self.context(self.daemon)), f"{self.daemon.url}/p/large/steps?tab=graph")
        hops = page.get_by_label("Around a chosen node")
        expect(hops).to_be_disabled()
        expect(page.get_by_title("Choose a node first")).to_be_visible()
        expect(page.get_by_role("button", name="Only what failed")).to_be_hidden()
        page.locator(".node", has_text="s2").focus()
        hops = page.get_by_label("Around s2")
        hops.select_option("1 hop")
        self.kept(page, 1, 2, 3)
        expect(page.locator(".wire.kept")).to_have_count(2)
        hops.select_option("2 hops")
        self.kept(page, 1, 2, 3, 4)
        # What is chosen goes with the focus.
        page.locator(".node", has_text="s2").focus()
        page.keyboard.press("ArrowRight")
        self.kept(page, 1, 2, 3, 4, 5)
        expect(page.locator(".node[aria-current]")).to_contain_text("s3")
        page.locator(".node", has_text="s6").click(modifiers=["Shift"])
        self.kept(page, 4, 5, 6)
        page.get_by_label("Around s6").select_option("all")
        expect(page.locator(".graph.thin")).to_have_count(0)
        self.assertIn("tab=graph", page.url)

    def test_what_failed_and_what_is_near_a_node_release_each_other(self):
        page = shown(self.page(self.context(self.daemon)), f"{self.daemon.url}/r/3?tab=graph&task=s5")
        failed = page.get_by_role("button", name="Only what failed")
        hops = page.get_by_label("Around s5")
        hops.select_option("1 hop")
        self.kept(page, 4, 5, 6)
        failed.click()
        expect(failed).to_have_attribute("aria-pressed", "true")
        expect(hops).to_have_value("")
        self.kept(page, 1, 2, 3, 4)
        page.locator(".node", has_text="s1").click()
        expect(page.locator(".panel h2")).to_have_text("s1")
        self.kept(page, 1, 2, 3, 4)
        page.get_by_label("Around s1").select_option("1 hop")
        expect(failed).to_have_attribute("aria-pressed", "false")
        self.kept(page, 1, 2)
        failed.click()
        failed.click()
        expect(page.locator(".graph.thin")).to_have_count(0)

    def test_a_large_graph_keeps_what_is_near_the_chosen_item_in_sight(self):
        page = shown(self.page(self.context(self.daemon)), f"{self.daemon.url}/r/1?tab=graph&fold=false")
        canvas = page.locator(".graph canvas[width]")
        expect(canvas).to_be_visible()
        expect(page.get_by_label("Around a chosen node")).to_be_disabled()
        page.locator("[role=treeitem][tabindex='0']").focus()
        hops = page.get_by_label("Around t0_")
        expect(hops).to_be_enabled()
        before = canvas.evaluate(PAINTED)
        hops.select_option("5 hops")
        until(lambda: canvas.evaluate(PAINTED) < before / 2)
        page.locator("[role=treeitem][tabindex='0']").focus()
        page.keyboard.press("ArrowRight")
        hops = page.get_by_label("Around t1_")
        expect(hops).to_have_value("5")
        hops.select_option("all")
        until(lambda: canvas.evaluate(PAINTED) > before / 2)

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
