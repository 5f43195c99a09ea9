"""Many at once: runs and tasks are selected, cancelled, retried and marked together, and each outcome is told."""

import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pages_test import RULES
from stage import BrowserTest, live, open_gate, shown, trial

# What comes after a gate that stays shut.
FAN = """
pipeline: fan
tasks:
  pass: {run: 'cat "$GATE"', env: {GATE: GATE_PATH}}
  sort: {run: 'echo sorted', after: [pass]}
  pack: {run: 'echo packed', after: [pass]}
  send: {run: 'echo sent', after: [pass]}
"""


class BulkTest(BrowserTest):
    def setUp(self):
        self.daemon = trial()
        gate = self.daemon.project.file("gate")
        self.daemon.project.write("dags/trial/fan.yaml", FAN.replace("GATE_PATH", gate))
        self.daemon.project.write("dags/other/domain.yaml", "domain: other\nowner: other-team\n")
        self.daemon.project.write("dags/other/small.yaml", "pipeline: small\ntasks:\n  say: {run: 'echo hello'}\n")
        self.addCleanup(self.daemon.close)
        self.daemon.start()

    def held(self, *days):
        """Runs of which one is at work and the others wait for it."""
        for day in days:
            self.daemon.heddle("run", "trial/held", "--partition", f"2024-01-{day:02}", "--detach")

    def failed(self, times=1):
        for _ in range(times):
            self.daemon.heddle("run", "trial/flaky", code=1)

    def list(self, address="/runs", rows=None):
        page = shown(self.page(self.context(self.daemon)), self.daemon.url + address)
        live(page)
        if rows is not None:
            expect(page.locator("tbody tr")).to_have_count(rows)
        return page

    def signed_in(self, *rights):
        """A page of somebody who has these rights."""
        token = self.daemon.heddle("token", "create", "somebody", *rights, "--quiet").stdout.strip()
        page = self.page(self.context())
        shown(page, f"{self.daemon.url}/sign-in")
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_have_text("Overview")
        return page

    def bar(self, page):
        return page.get_by_role("region", name="What to do with the selected")

    def test_live_runs_are_cancelled_together_and_what_is_over_stays(self):
        self.failed()
        self.held(1, 2, 3)
        page = self.list(rows=4)
        bar = self.bar(page)
        expect(bar).to_have_count(0)
        page.get_by_label("select run #3").check()
        page.get_by_label("select run #1").check()
        expect(bar).to_contain_text("2 selected")
        everything = page.get_by_label("select all runs that are shown")
        expect(everything).to_have_js_property("indeterminate", True)
        everything.check()
        expect(bar).to_contain_text("4 selected")
        bar.get_by_role("button", name="Cancel…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("3 runs will be stopped; 1 is over already and stays.")
        dialog.get_by_role("button", name="Cancel them").click()
        expect(dialog.get_by_role("heading")).to_have_text("3 done")
        expect(dialog.get_by_role("listitem")).to_have_text([
            f"run #{run}: done: run {run} is being cancelled" for run in (4, 3, 2)])
        page.keyboard.press("Escape")
        expect(page.locator("tbody tr", has_text="cancelled")).to_have_count(3)
        # What was done is not selected any more.
        expect(bar).to_contain_text("1 selected")
        expect(page.get_by_label("select run #1")).to_be_checked()
        expect(bar.get_by_role("button", name="Retry…")).to_be_focused()
        expect(bar.get_by_role("button", name="Cancel…")).to_be_hidden()

    def test_a_refusal_is_told_with_its_reason_and_stops_nothing(self):
        self.held(1, 2, 3)
        page = self.list("/p/trial/held?tab=runs", rows=3)
        page.get_by_label("select all runs that are shown").check()
        self.bar(page).get_by_role("button", name="Cancel…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("3 runs will be stopped.")
        self.daemon.heddle("cancel", "2")
        dialog.get_by_role("button", name="Cancel them").click()
        expect(dialog.get_by_role("heading")).to_have_text("2 done, 1 refused")
        expect(dialog.get_by_role("listitem").nth(1)).to_contain_text("run #2: refused: run 2 is final already")
        expect(dialog.get_by_role("listitem").nth(2)).to_contain_text("run #1: done")
        dialog.get_by_role("button", name="Close").click()
        expect(self.bar(page)).to_contain_text("1 selected")
        expect(page.get_by_label("select run #2")).to_be_checked()
        self.bar(page).get_by_role("button", name="Select none").click()
        expect(self.bar(page)).to_have_count(0)
        expect(page.locator(".pick input:focus")).to_have_count(1)

    def test_whoever_closes_the_dialog_midway_is_told_how_far_it_came(self):
        self.held(1, 2, 3)
        page = self.list(rows=3)
        page.get_by_label("select all runs that are shown").check()
        self.bar(page).get_by_role("button", name="Cancel…").click()
        asked = []
        page.route("**/cancel", lambda route: asked.append(route))
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Cancel them").click()
        expect(dialog).to_contain_text("0 of 3 asked for")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        asked[0].continue_()
        expect(dialog.get_by_role("heading")).to_have_text("1 done, 2 not asked for")
        page.keyboard.press("Escape")
        expect(self.bar(page)).to_contain_text("2 selected")
        expect(page.get_by_label("select run #3")).not_to_be_checked()

    def test_final_runs_are_retried_together_as_far_as_is_wanted(self):
        self.failed(2)
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-01-01")
        self.held(1)
        page = self.list(rows=4)
        page.get_by_label("select all runs that are shown").check()
        self.bar(page).get_by_role("button", name="Retry…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("2 runs will be done again, each in a new run; "
                                       "1 is without a failure and stays; 1 is not over yet and stays.")
        dialog.get_by_label("everything").check()
        expect(dialog).to_contain_text("3 runs will be done again, each in a new run; 1 is not over yet and stays.")
        dialog.get_by_label("what failed").check()
        dialog.get_by_role("button", name="Retry").click()
        expect(dialog.get_by_role("heading")).to_have_text("2 done")
        # The oldest first, as they were made.
        expect(dialog.get_by_role("listitem")).to_have_text([
            "run #1: done: again as #5", "run #2: done: again as #6"])
        dialog.get_by_role("link", name="#6").click()
        expect(page.locator("h1")).to_contain_text("Run #6 of trial/flaky")
        expect(page.locator(".verdict")).to_contain_text("retry of #2")

    def test_rows_are_selected_by_keys_alone(self):
        self.failed(3)
        page = self.list(rows=3)
        for _ in range(2):
            page.keyboard.press("j")
            page.keyboard.press("x")
        expect(page.locator(".pick :checked")).to_have_count(2)
        expect(page.get_by_label("select run #2")).to_be_checked()
        # Where the box itself has the focus the keys work as well.
        page.get_by_label("select run #2").focus()
        page.keyboard.press("x")
        expect(self.bar(page)).to_contain_text("1 selected")
        page.keyboard.press("Space")
        expect(self.bar(page)).to_contain_text("2 selected")
        page.keyboard.press("a")
        expect(self.bar(page).get_by_role("button", name="Retry…")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".pick :checked")).to_have_count(0)
        expect(page.get_by_label("select run #2")).to_be_focused()
        page.keyboard.press("?")
        expect(page.locator(".keys div", has_text="select the row").locator("kbd")).to_have_text("x")

    def test_shift_and_a_click_select_a_range(self):
        self.failed(4)
        page = self.list(rows=4)
        page.get_by_label("select run #4").click()
        page.get_by_label("select run #2").click(modifiers=["Shift"])
        expect(page.locator(".pick :checked")).to_have_count(3)
        # All of the cell is the box.
        page.locator("td.pick").nth(1).click(position={"x": 2, "y": 2})
        expect(self.bar(page)).to_contain_text("2 selected")
        page.locator("td.pick").nth(0).click(modifiers=["Shift"], position={"x": 2, "y": 2})
        expect(self.bar(page)).to_contain_text("1 selected")
        expect(page.get_by_label("select run #2")).to_be_checked()

    def test_a_selection_outlasts_what_happens_to_its_rows_and_goes_with_them(self):
        self.held(1, 2)
        page = self.list("/runs?state=running,queued", rows=2)
        box = page.get_by_label("select run #1")
        box.check()
        page.get_by_label("select run #2").check()
        box.focus()
        open_gate(self.daemon)
        expect(page.locator("tbody tr", has=box)).to_contain_text("success")
        expect(box).to_be_checked()
        expect(box).to_be_focused()
        self.bar(page).get_by_role("button", name="Retry…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("1 run will be done again in a new run; 1 is not over yet and stays.")
        dialog.get_by_role("button", name="Retry").click()
        expect(dialog.get_by_role("heading")).to_have_text("1 done")
        page.keyboard.press("Escape")
        # The list is read anew: without the run that is over, with the one that does it again.
        expect(page.get_by_label("select run #1")).to_have_count(0)
        expect(page.get_by_label("select run #3")).not_to_be_checked()
        expect(page.get_by_label("select run #2")).to_be_checked()
        expect(self.bar(page)).to_contain_text("1 selected")
        page.get_by_role("link", name="Overview").click()
        expect(page.locator(".row.pipeline").first).to_be_visible()
        page.go_back()
        expect(page.locator("tbody tr")).to_have_count(2)
        expect(page.locator(".pick :checked")).to_have_count(0)

    def test_who_leaves_the_page_is_asked_no_more(self):
        self.held(1, 2)
        page = self.list("/")
        page.get_by_role("link", name="Runs", exact=True).click()
        page.get_by_label("select all runs that are shown").check()
        self.bar(page).get_by_role("button", name="Cancel…").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.go_back()
        expect(page.locator("h1")).to_have_text("Overview")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("main")).to_be_focused()

    def test_tasks_that_have_not_begun_are_marked_together(self):
        run = self.daemon.heddle("run", "trial/fan", "--detach", "--quiet").stdout.strip()
        page = self.list(f"/r/{run}", rows=4)
        expect(page.locator("tbody tr", has_text="running")).to_have_count(1)
        expect(page.locator("td.pick input")).to_have_count(3)
        page.get_by_label("select task sort").check()
        page.get_by_label("select task send").check()
        page.get_by_label("select task pack").check()
        # Escape closes the panel first.
        page.get_by_role("link", name="pass", exact=True).click()
        expect(page.locator(".panel h2")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".panel")).to_have_count(0)
        expect(self.bar(page)).to_contain_text("3 selected")
        page.get_by_label("select task pack").uncheck()
        self.bar(page).get_by_role("button", name="Mark skipped…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("2 tasks will be marked skipped. Nothing runs")
        dialog.get_by_role("button", name="Mark skipped").click()
        expect(dialog.get_by_role("listitem")).to_contain_text(["task send: done", "task sort: done"])
        page.keyboard.press("Escape")
        expect(page.locator("tbody tr", has_text="skipped")).to_have_count(2)
        expect(self.bar(page)).to_have_count(0)
        expect(page.locator("td.pick input")).to_have_count(1)

    def test_boxes_bar_and_dialog_are_accessible_wide_and_narrow(self):
        self.failed(12)
        self.held(1)
        page = self.list(rows=13)
        page.get_by_label("select all runs that are shown").check()
        axe = Axe()
        for width, low, high in ((1280, 500, 900), (360, 740, 1500)):
            page.set_viewport_size({"width": width, "height": low})
            # What has the focus is not behind the bar.
            for link in page.locator("tbody tr a:first-child").all()[::4]:
                link.focus()
                self.assertLess(link.bounding_box()["y"] + 20, self.bar(page).bounding_box()["y"])
            # Seen as a whole: what is half behind the bar is scrolled, and no target yet.
            page.set_viewport_size({"width": width, "height": high})
            for opens in (False, True):
                if opens:
                    self.bar(page).get_by_role("button", name="Retry…").click()
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    found = axe.run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
                    self.assertEqual([(one["id"], [node["html"] for node in one["nodes"]]) for one in found], [])
            page.keyboard.press("Escape")

    def test_whoever_may_not_change_runs_sees_no_boxes(self):
        self.failed()
        self.held(1)
        page = self.signed_in("--role", "viewer")
        for address in ("/runs", "/p/trial/held?tab=runs", "/r/2"):
            shown(page, self.daemon.url + address)
            expect(page.locator("tbody tr").first).to_be_visible()
            expect(page.locator(".pick")).to_have_count(0)
            page.keyboard.press("j")
            page.keyboard.press("x")
            expect(self.bar(page)).to_have_count(0)

    def test_only_runs_of_ones_own_domains_have_boxes(self):
        self.failed()
        self.daemon.heddle("run", "other/small")
        page = self.signed_in("--role", "operator", "--domain", "other")
        shown(page, f"{self.daemon.url}/runs")
        expect(page.locator("tbody tr")).to_have_count(2)
        page.get_by_label("select all runs that are shown").check()
        expect(self.bar(page)).to_contain_text("1 selected")
        expect(page.get_by_label("select run #2")).to_be_checked()
        shown(page, f"{self.daemon.url}/p/trial/flaky?tab=runs")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator(".pick")).to_have_count(0)


if __name__ == "__main__":
    unittest.main()
