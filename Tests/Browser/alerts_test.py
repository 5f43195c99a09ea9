"""Alerts in the browser: one arrives by itself, is acknowledged, silenced, and resolves when its cause is gone."""

import unittest

from playwright.sync_api import expect

from stage import BrowserTest, live, shown, trial


class AlertsTest(BrowserTest):
    def setUp(self):
        self.daemon = trial().start()
        self.addCleanup(self.daemon.close)

    def test_an_alert_arrives_is_acknowledged_and_resolves(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/alerts")
        live(page)
        expect(page.locator(".empty")).to_contain_text("No alert is open")
        expect(page.locator("#alerts")).to_be_hidden()
        self.daemon.heddle("run", "trial/flaky", code=1)
        row = page.locator("tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("run failed")
        expect(row).to_contain_text("task 'convert'")
        expect(page.locator("#alerts")).to_contain_text("1")
        row.get_by_role("button", name="Acknowledge").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("What is known").fill("<b>the column</b> comes back")
        dialog.get_by_role("button", name="Acknowledge").click()
        expect(dialog).to_have_count(0)
        expect(row).to_contain_text("acknowledged by")
        expect(row).to_contain_text("<b>the column</b> comes back")
        expect(page.locator("#alerts")).to_be_hidden()
        with open(self.daemon.project.file("mended"), "w", encoding="utf-8"):
            pass
        self.daemon.heddle("run", "trial/flaky")
        expect(row).to_have_count(0)
        page.get_by_role("link", name="also those that are over").click()
        expect(page.locator("tbody tr")).to_contain_text("over: run 2 succeeded")

    def test_a_silence_is_made_shown_and_ended(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/alerts")
        live(page)
        page.get_by_role("button", name="Silence…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("About what").fill("trial/nothing")
        dialog.get_by_role("button", name="Silence").click()
        expect(dialog.get_by_role("alert")).to_contain_text("there is no pipeline 'trial/nothing'")
        dialog.get_by_label("About what").fill("trial/*")
        dialog.get_by_label("Why").fill("the gate is mended")
        dialog.get_by_role("button", name="Silence").click()
        expect(dialog).to_have_count(0)
        notice = page.locator(".notice", has_text="trial/*")
        expect(notice).to_contain_text("the gate is mended")
        self.daemon.heddle("run", "trial/flaky", code=1)
        expect(page.locator("tbody tr")).to_contain_text("silence 1")
        notice.get_by_role("button", name="End silence 1").click()
        expect(notice).to_have_count(0)


if __name__ == "__main__":
    unittest.main()
