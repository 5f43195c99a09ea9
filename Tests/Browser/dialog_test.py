"""The dialog of backfills: what becomes of each partition, what to know before, and what has changed meanwhile."""

import os
import unittest

from playwright.sync_api import expect

from stage import BrowserTest, open_gate, shown, trial

CROWD = """
pipeline: crowd
partition: daily
max_active_runs: 4
tasks:
  press: {run: 'true', pool: narrow}
"""
# It fails while a file is there.
SHAKY = """
pipeline: shaky
partition: daily
tasks:
  make: {run: 'test ! -e "$BROKEN"', env: {BROKEN: BROKEN_PATH}, writes: trial.shaky}
"""


class DialogTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = trial()
        cls.addClassCleanup(cls.daemon.close)
        cls.broken = cls.daemon.project.file("broken")
        cls.daemon.project.write("dags/mesh.yaml", "pools: {narrow: 1}\n")
        cls.daemon.project.write("dags/trial/crowd.yaml", CROWD)
        cls.daemon.project.write("dags/trial/shaky.yaml", SHAKY.replace("BROKEN_PATH", cls.broken))
        cls.daemon.start()

    def dialog(self, pipeline, first, last, mode="missing"):
        """The plan of a range."""
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/b?new=1&select={pipeline}")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("From partition").fill(first)
        dialog.get_by_label("To partition").fill(last)
        dialog.get_by_label("Mode").select_option(mode)
        return dialog

    def test_the_strip_says_of_each_partition_what_becomes_of_it(self):
        self.daemon.heddle("run", "trial/shaky", "--partition", "2024-01-01")
        open(self.broken, "w", encoding="utf-8").close()
        self.addCleanup(os.remove, self.broken)
        self.daemon.heddle("run", "trial/shaky", "--partition", "2024-01-02", code=1)
        dialog = self.dialog("trial/shaky", "2024-01-01", "2024-01-04")
        strip = dialog.locator(".strip li span")
        expect(strip).to_have_count(4)
        said = strip.evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))")
        self.assertEqual(said, [f"trial/shaky 2024-01-0{day}: {word}" for day, word in
                                enumerate(["stays", "again", "new", "new"], 1)])
        expect(dialog.locator("figcaption")).to_contain_text("2 new")
        expect(dialog.locator("figcaption")).to_contain_text("1 again")
        expect(dialog.locator("figcaption")).to_contain_text("1 stays")
        dialog.get_by_label("Mode").select_option("all")
        expect(dialog.locator("figcaption")).to_contain_text("1 replaces")
        dialog.get_by_label("Mode").select_option("failed")
        expect(dialog.locator("figcaption")).to_contain_text("2 missing")
        expect(dialog).to_contain_text("1 good one stays, 2 stay missing")

    def test_what_a_live_run_makes_is_locked(self):
        run = self.daemon.heddle("run", "trial/held", "--partition", "2024-03-02", "--detach", "--quiet").stdout.strip()
        dialog = self.dialog("trial/held", "2024-03-01", "2024-03-03")
        expect(dialog.locator("figcaption")).to_contain_text("1 locked")
        expect(dialog.locator(".strip li span").nth(1)).to_have_attribute("aria-label", "trial/held 2024-03-02: locked")
        expect(dialog.locator(".notice a")).to_have_text(f"Run {run}")
        open_gate(self.daemon)

    def test_a_pool_without_room_is_told_before(self):
        dialog = self.dialog("trial/crowd", "2024-01-01", "2024-01-03")
        expect(dialog.locator(".notice")).to_contain_text("pool 'narrow' is full: 2 tasks wait for a slot of it")

    def test_a_plan_that_has_gone_stale_says_what_is_not_as_it_was(self):
        dialog = self.dialog("trial/daily", "2024-02-01", "2024-02-03")
        button = dialog.get_by_role("button", name="Create 3 runs")
        expect(button).to_be_enabled()
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-02-02")
        button.click()
        changed = dialog.get_by_role("region", name="What has changed")
        expect(changed.locator("li")).to_have_text(["− trial/daily 2024-02-02: new, count"])
        expect(dialog.get_by_role("alert")).to_contain_text("confirm it again")
        # Whoever asks for something else begins anew.
        dialog.get_by_label("To partition").fill("2024-02-04")
        expect(dialog.get_by_role("button", name="Create 3 runs")).to_be_enabled()
        expect(changed).to_have_count(0)


if __name__ == "__main__":
    unittest.main()
