"""What happens is seen while it happens: in one tab, in eight, and over the death of the daemon."""

import re
import unittest

from playwright.sync_api import expect

from stage import BrowserTest, live, open_gate, shown, trial


class LiveTest(BrowserTest):
    def setUp(self):
        self.daemon = trial().start()
        self.addCleanup(self.daemon.close)

    def test_a_run_is_seen_at_work_and_at_its_end_without_reloading(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/")
        live(page)
        row = page.locator(".row.pipeline", has_text="gated")
        expect(row).to_contain_text("never ran")
        page.evaluate("window.marked = true")
        self.daemon.heddle("run", "trial/gated", "--detach")
        expect(row.locator(".mark")).to_have_text("running")
        row.locator(".history").click()
        expect(page.locator(".verdict .say")).to_contain_text("running")
        expect(page.locator("tbody tr", has_text="prepare").locator(".mark")).to_have_text("success")
        expect(page.locator("tbody tr", has_text="pass").locator(".mark")).to_have_text("running")
        page.get_by_role("link", name="pass", exact=True).click()
        expect(page.locator(".panel h2")).to_be_focused()
        open_gate(self.daemon)
        expect(page.locator(".verdict .say")).to_contain_text("success")
        expect(page.locator("tbody tr", has_text="finish").locator(".mark")).to_have_text("success")
        expect(page.locator(".panel")).to_contain_text("success")
        for tab in ("Graph", "Gantt", "Events"):
            page.get_by_role("link", name=tab, exact=True).click()
            expect(page.locator("main")).to_contain_text("pass")
        self.assertTrue(page.evaluate("window.marked"))

    def test_eight_tabs_are_live_on_one_connection(self):
        context = self.context(self.daemon)
        streams = []
        context.on("request", lambda request: streams.append(request) if "/events" in request.url else None)
        open_streams = lambda: [one for one in streams if not one.frame.page.is_closed()]  # noqa: E731
        context.on("requestfailed", lambda request: streams.remove(request) if request in streams else None)
        pages = [self.page(context) for _ in range(8)]
        for page in pages:
            shown(page, f"{self.daemon.url}/runs")
            live(page)
        self.assertEqual(len(open_streams()), 1)
        self.daemon.heddle("run", "trial/flaky", code=1)
        # Tabs in the background do not paint; they catch up when they are looked at.
        for page in pages:
            page.bring_to_front()
            expect(page.locator("tbody tr")).to_contain_text(["trial/flaky"])
        # When the tab that reads the stream goes, another takes over.
        pages[0].close()
        self.daemon.heddle("run", "trial/odd", code=1)
        for page in pages[1:]:
            page.bring_to_front()
            expect(page.locator("tbody")).to_contain_text("trial/odd")
        self.assertEqual(len(open_streams()), 1)

    def test_the_death_of_the_daemon_is_said_and_its_return_goes_on_from_there(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/runs")
        live(page)
        page.evaluate("window.marked = true")
        self.daemon.kill()
        expect(page.locator("#pulse")).to_have_attribute("data-state", re.compile("reconnecting|stale"))
        expect(page.locator("#banner")).to_contain_text("has not been heard since", timeout=15_000)
        self.daemon.start()
        expect(page.locator("#banner")).to_be_empty(timeout=15_000)
        live(page)
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-03-01")
        expect(page.locator("tbody")).to_contain_text("2024-03-01")
        self.assertTrue(page.evaluate("window.marked"))

    def test_a_paused_page_holds_still_and_catches_up(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/runs")
        live(page)
        page.locator("#pulse").click()
        expect(page.locator("#pulse")).to_have_attribute("data-state", "paused")
        other = self.page(self.context(self.daemon))
        shown(other, f"{self.daemon.url}/runs")
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-03-02")
        expect(other.locator("tbody")).to_contain_text("2024-03-02")
        expect(page.locator("main")).not_to_contain_text("2024-03-02")
        page.locator("#pulse").click()
        expect(page.locator("tbody")).to_contain_text("2024-03-02")

    def test_new_runs_wait_behind_a_button_while_a_row_has_the_focus(self):
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-03-03")
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/runs")
        live(page)
        page.keyboard.press("j")
        expect(page.locator("tbody tr a:focus")).to_have_count(1)
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-03-04")
        button = page.get_by_role("button", name="1 new run: show")
        expect(button).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(1)
        button.click()
        expect(page.locator("tbody tr").first).to_contain_text("2024-03-04")

    def test_a_log_is_followed_while_it_grows(self):
        self.daemon.project.write("dags/trial/gated.yaml", f"""
pipeline: gated
tasks:
  pass: {{run: 'seq 1 300; cat "$GATE"', env: {{GATE: {self.daemon.project.file("gate")}}}}}
""")
        self.daemon.heddle("deploy")
        self.daemon.heddle("run", "trial/gated", "--detach")
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/runs")
        page.locator("tbody tr").first.get_by_role("link").first.click()
        page.get_by_role("link", name="log of pass").click()
        expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".log")).to_contain_text("300")
        open_gate(self.daemon, "the last line\n")
        expect(page.locator(".log")).to_contain_text("the last line")
        expect(page.locator(".head")).to_contain_text("success")


if __name__ == "__main__":
    unittest.main()
