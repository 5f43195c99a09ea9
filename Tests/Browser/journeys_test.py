"""What people come for: from the overview to the failing line, a retry, a backfill, the why; by keys alone."""

import os
import re
import unittest

from playwright.sync_api import expect

from stage import HOSTILE, TRIAL, BrowserTest, live, open_gate, shown, trial, until


def press_until_there(page, element, key):
    """Goes to an element as whoever has no mouse does."""
    for _ in range(50):
        if element.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not come to {element}")


def told_otherwise(page, change):
    """Lets a tab hear of the pipelines what the server says, but for what is changed in each row."""
    def answer(route):
        heard = route.fetch()
        said = heard.json()
        for row in said["items"]:
            change(row)
        route.fulfill(response=heard, json=said)
    page.route("**/api/v1/pipelines?*", answer)


class JourneyTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = trial().start()
        cls.addClassCleanup(cls.daemon.close)

    def tab(self, **options):
        return self.page(self.context(self.daemon, **options))

    def test_by_keys_alone_from_the_overview_to_the_failing_line(self):
        self.daemon.heddle("run", "trial/flaky", code=1)
        page = self.tab()
        shown(page, self.daemon.url)
        live(page)
        page.keyboard.press("f")
        expect(page.locator(".row.pipeline a:focus")).to_have_text("flaky")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("trial/flaky")
        # The grid has one stop for the tab key; the newest run is where it begins.
        press_until_there(page, page.locator("td[tabindex='0']"), "Tab")
        page.keyboard.press("ArrowDown")
        expect(page.locator("td:focus")).to_have_attribute("aria-label", re.compile("convert.*failed"))
        page.keyboard.press("Enter")
        expect(page.locator(".panel h2")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("td:focus")).to_have_attribute("aria-label", re.compile("convert"))
        press_until_there(page, page.get_by_role("link", name=re.compile("First failing run")), "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".verdict")).to_contain_text("convert")
        expect(page.locator(".verdict .tail")).to_contain_text("ERROR the column dep_delay is missing")
        page.keyboard.press("e")
        expect(page.locator("h1")).to_have_text("Log of convert, attempt 1")
        expect(page.locator(".log")).to_contain_text("ERROR the column dep_delay is missing")
        press_until_there(page, page.locator("#log-query"), "Tab")
        page.keyboard.type("dep_delay")
        page.keyboard.press("Enter")
        expect(page.locator(".line.marked .text")).to_have_text("ERROR the column dep_delay is missing")
        self.assertTrue(page.url.endswith("#L7"), page.url)

    def test_the_search_takes_words_names_and_selectors(self):
        page = self.tab()
        shown(page, self.daemon.url)
        found = page.locator(".row.pipeline .name a")
        ours = found.filter(has_text=re.compile("^(?!flaky$)")).count()
        for text, said in [("flak", "1 pipeline"), ("trial/*", f"{ours + 1} pipelines"), ("trial/flaky+", "1 pipeline"),
                           ("owner:nobody", "There is no owner 'nobody'"), ("no:such", "There is no condition 'no:'"),
                           ("", f"{ours + 1} pipelines")]:
            page.locator("#query").fill(text)
            page.keyboard.press("Enter")
            expect(page.locator("main")).to_contain_text(said)
        expect(found.filter(has_text="flaky")).to_have_count(1)
        page.locator("#query").fill("trial/flaky")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("flaky")

    def test_what_is_pinned_stands_first_for_anybody_and_stays_while_runs_end_and_pipelines_come(self):
        page = self.page(self.context())
        shown(page, self.daemon.url)
        live(page)
        pinned = page.get_by_role("list", name="Pinned", exact=True)
        pin = page.get_by_role("button", name="pin trial/odd", exact=True)
        expect(pin).to_have_attribute("aria-pressed", "false")
        expect(pinned).to_have_count(0)
        press_until_there(page, pin, "Tab")
        page.keyboard.press("Enter")
        expect(pinned.locator(".name a")).to_have_text(["trial/odd"])
        expect(page.get_by_role("list").first).to_have_accessible_name("Pinned")
        expect(pin).to_have_attribute("aria-pressed", "true")
        expect(pin).to_be_focused()

        run = self.daemon.heddle("run", "trial/odd", "--quiet", code=1).stdout.strip()
        expect(pinned.get_by_role("link", name=f"open run {run}")).to_be_visible()
        file = "dags/trial/added.yaml"
        self.addCleanup(self.daemon.heddle, "deploy")
        self.addCleanup(os.remove, self.daemon.project.file(file))
        self.daemon.project.write(file, "pipeline: added\ntasks:\n  one: {sql: SELECT 1}\n")
        self.daemon.heddle("deploy")
        expect(page.get_by_role("link", name="added", exact=True)).to_be_visible()
        expect(pinned.locator(".name a")).to_have_text(["trial/odd"])
        expect(pin).to_be_focused()

        shown(page, self.daemon.url)
        expect(pinned.locator(".name a")).to_have_text(["trial/odd"])
        pin.click()
        expect(pin).to_have_attribute("aria-pressed", "false")
        expect(pinned).to_have_count(0)
        expect(page.get_by_role("list", name="trial")).to_contain_text("odd")

    def test_the_order_of_the_overview_is_in_its_address_beside_its_filters(self):
        figures = {
            "trial/daily": ("2026-01-03T00:00:00.000Z", 500, None),
            "trial/gated": ("2026-01-01T00:00:00.000Z", 9000, "2096-01-01T00:00:00.000Z"),
            "trial/odd": ("2026-01-02T00:00:00.000Z", 70_000, "2095-01-01T00:00:00.000Z"),
        }

        def change(row):
            created, took, row["next_tick"] = figures.get(row["pipeline"], (None, None, None))
            row["state"] = "failed" if created else "never"
            row["runs"] = [[1, "failed", None, took, created]] if created else []

        page = self.tab()
        told_otherwise(page, change)
        shown(page, self.daemon.url)
        names = page.locator(".row.pipeline .name a")
        order = page.get_by_label("Sort by")
        page.get_by_role("link", name="3 failing").click()
        expect(names).to_have_text(["daily", "gated", "odd"])
        order.focus()
        orders = [("last run", "last", ["daily", "odd", "gated"]), ("duration", "duration", ["odd", "gated", "daily"]),
                  ("next run", "next", ["odd", "gated", "daily"]), ("name", "name", ["daily", "gated", "odd"])]
        for label, word, expected in orders:
            order.select_option(label=label)
            expect(page).to_have_url(f"{self.daemon.url}/?state=failed&sort={word}")
            expect(names).to_have_text([f"trial/{name}" for name in expected])
            expect(order).to_be_focused()
            expect(page.get_by_role("list", name=f"By {label}")).to_be_visible()
            if word == "duration":
                expect(page.locator(".row.pipeline").first).to_contain_text("took 1m 10s")
        page.go_back()
        expect(order).to_have_value("next")
        expect(names.first).to_have_text("trial/odd")
        page.go_forward()
        expect(order).to_have_value("name")
        # A filter keeps the order, and what has no figure comes last.
        order.select_option(label="last run")
        page.get_by_role("link", name=re.compile(r"\d+ pipelines")).click()
        expect(page).to_have_url(f"{self.daemon.url}/?sort=last")
        expect(names).to_have_text(["trial/daily", "trial/odd", "trial/gated", "trial/flaky", "trial/held", "trial/signed"])
        order.select_option(label="urgency")
        expect(page).to_have_url(f"{self.daemon.url}/")
        expect(names.first).to_have_text("daily")

    def test_a_row_says_whether_its_data_is_as_fresh_as_its_readers_want(self):
        hour, renewed = 3_600_000, "2026-01-02T03:04:05.000Z"
        promises = {
            "trial/daily": ({"within_ms": 6 * hour, "renewed_at": renewed, "kept": True}, 2 * hour),
            "trial/gated": ({"within_ms": 24 * hour, "renewed_at": renewed, "kept": False}, None),
            "trial/held": ({"within_ms": 5_400_000, "renewed_at": None, "kept": False}, None),
            "trial/odd": (None, 2 * hour),
        }

        def change(row):
            row["fresh_until"] = "2026-01-02T00:00:00.000Z"
            if row["pipeline"] in promises:
                row["slo"], row["deadline_ms"] = promises[row["pipeline"]]

        page = self.tab()
        told_otherwise(page, change)
        shown(page, self.daemon.url)
        cell = lambda name: page.locator(".row.pipeline", has_text=name).locator("[data-part='fresh']")  # noqa: E731
        said = [("daily", "i-success", "within 6 h", "Readers want it no older than 6 h; it was renewed "
                 "2026-01-02 04:04:05 +01:00. Each partition is due 2 h after its end."),
                ("gated", "i-failed", "older than 24 h", "Readers want it no older than 24 h; it was renewed "
                 "2026-01-02 04:04:05 +01:00."),
                ("held", "i-failed", "never made", "Readers want it no older than 90 min; it was never made."),
                ("odd", None, "due 2 h after", "Each partition is due 2 h after its end.")]
        for name, glyph, text, title in said:
            expect(cell(name)).to_have_text(f"data to 2026-01-02 +01:00 {text}")
            expect(cell(name).locator(".slo")).to_have_attribute("title", title)
            if glyph:
                expect(cell(name).locator("use")).to_have_attribute("href", f"#{glyph}")
        expect(cell("flaky")).to_have_text("data to 2026-01-02 +01:00")
        # A broken promise is seen where there is little room, too; and no cell runs into the next.
        page.set_viewport_size({"width": 360, "height": 740})
        expect(cell("gated")).to_be_visible()
        expect(cell("daily")).to_be_hidden()
        for width in (1280, 1101, 640, 360):
            page.set_viewport_size({"width": width, "height": 740})
            self.assertEqual(page.locator(".row.pipeline, .row.pipeline > *").evaluate_all(
                "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)"
                ".map((one) => one.textContent)"), [], width)

    def test_a_failed_run_is_retried_and_the_new_one_opened(self):
        self.daemon.heddle("run", "trial/flaky", code=1)
        page = self.tab()
        shown(page, f"{self.daemon.url}/p/trial/flaky?tab=runs")
        page.locator("tr", has_text="failed").last.get_by_role("link").first.click()
        expect(page.locator("h1")).to_contain_text("of trial/flaky")
        with open(self.daemon.project.file("mended"), "w", encoding="utf-8"):
            pass
        self.addCleanup(os.remove, self.daemon.project.file("mended"))
        page.get_by_role("button", name="Retry").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("what failed, and what comes after it")
        dialog.get_by_role("button", name="Retry").click()
        expect(dialog).to_have_count(0)
        expect(page.locator(".verdict .say")).to_contain_text("success")
        expect(page.locator(".verdict")).to_contain_text("retry of")

    def test_a_backfill_is_planned_applied_followed_and_cancelled(self):
        page = self.tab()
        shown(page, f"{self.daemon.url}/b")
        opener = page.get_by_role("button", name="Plan a backfill")
        opener.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Selection:").fill("trial/held")
        dialog.get_by_label("From partition").fill("2024-01-01")
        dialog.get_by_label("To partition").fill("2024-01-05")
        expect(dialog.locator("strong")).to_contain_text("5 runs")
        expect(dialog.locator(".list tbody tr")).to_have_count(5)
        expect(dialog.locator(".list tbody tr").first).to_contain_text("2024-01-01")
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()

        opener.click()
        dialog.get_by_label("Selection:").fill("trial/held")
        dialog.get_by_label("From partition").fill("2024-01-01")
        dialog.get_by_label("To partition").fill("2024-01-05")
        dialog.get_by_role("button", name="Create 5 runs").click()
        expect(page.locator("h1")).to_contain_text("Backfill b")
        expect(page.locator(".strip li")).to_have_count(5)
        expect(page.locator("tbody tr", has_text="running")).to_have_count(1)
        open_gate(self.daemon)
        expect(page.locator("tbody tr", has_text="success")).to_have_count(1)
        page.get_by_role("button", name="Pause", exact=True).click()
        dialog.get_by_role("button", name="Pause", exact=True).click()
        expect(page.locator(".head")).to_contain_text("paused")
        page.get_by_role("button", name="Cancel…").click()
        expect(dialog).to_contain_text("What is done stays done")
        dialog.get_by_role("button", name="Cancel the backfill").click()
        expect(page.locator("main .notice")).to_contain_text(re.compile(r"Stopped: \d+ waiting, \d+ queued, \d+ running"))
        expect(page.locator(".head")).to_contain_text("cancelled")
        expect(page.locator("tbody tr", has_text="cancelled")).to_have_count(4)

    def test_many_runs_want_their_number_typed(self):
        page = self.tab()
        shown(page, f"{self.daemon.url}/b?new=1&select=trial/held")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("From partition").fill("2022-01-01")
        dialog.get_by_label("To partition").fill("2022-12-31")
        button = dialog.get_by_role("button", name="Create 365 runs")
        expect(button).to_be_disabled()
        dialog.get_by_label("Type 365 to confirm").fill("365")
        expect(button).to_be_enabled()

    def test_a_plan_that_has_gone_stale_is_shown_anew_before_it_is_applied(self):
        page = self.tab()
        shown(page, f"{self.daemon.url}/b?new=1&select=trial/daily")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("From partition").fill("2024-02-01")
        dialog.get_by_label("To partition").fill("2024-02-03")
        button = dialog.get_by_role("button", name="Create 3 runs")
        expect(button).to_be_enabled()
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-02-02")
        button.click()
        expect(dialog.get_by_role("alert")).to_contain_text("The state has moved")
        dialog.get_by_role("button", name="Create 2 runs").click()
        expect(page.locator("h1")).to_contain_text("Backfill b")
        expect(page.locator(".head")).to_contain_text("success")

    def test_why_says_what_holds_a_run(self):
        self.daemon.heddle("run", "trial/gated", "--detach")
        page = self.tab()
        shown(page, f"{self.daemon.url}/p/trial/gated?tab=runs")
        page.locator("tr", has_text="running").first.get_by_role("link").first.click()
        expect(page.locator("h1")).to_contain_text("of trial/gated")
        page.keyboard.press("w")
        expect(page.get_by_role("dialog").locator(".checks li").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        open_gate(self.daemon)
        expect(page.locator(".verdict .say")).to_contain_text("success")

    def test_what_waits_for_a_person_is_approved_with_a_note(self):
        run = self.daemon.heddle("run", "trial/signed", "--detach", "--quiet").stdout.strip()
        page = self.tab()
        shown(page, f"{self.daemon.url}/r/{run}")
        page.get_by_role("link", name="sign", exact=True).click()
        panel = page.locator(".panel")
        expect(panel.get_by_role("button", name="Reject…")).to_be_visible()
        panel.get_by_role("button", name="Approve…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Why").fill("sums agree")
        dialog.get_by_role("button", name="Approve", exact=True).click()
        expect(page.locator(".verdict .say")).to_contain_text("success")
        expect(panel).to_contain_text("approved by 'browser': sums agree")
        expect(panel.get_by_role("button", name="Approve…")).to_have_count(0)

    def test_what_is_stale_is_accepted_as_it_is(self):
        self.daemon.heddle("run", "trial/daily", "--partition", "2024-01-01")
        text = TRIAL["dags/trial/daily.yaml"]
        self.addCleanup(self.daemon.heddle, "deploy")
        self.addCleanup(self.daemon.project.write, "dags/trial/daily.yaml", text)
        self.daemon.project.write("dags/trial/daily.yaml", text.replace("1 AS n", "2 AS n"))
        self.daemon.heddle("deploy")
        page = self.tab()
        shown(page, f"{self.daemon.url}/d/trial.counts")
        expect(page.locator(".head")).to_contain_text("stale")
        page.get_by_role("button", name="Accept…").click()
        page.get_by_role("dialog").get_by_role("button", name="Accept", exact=True).click()
        expect(page.get_by_role("button", name="Accept…")).to_have_count(0)
        expect(page.locator(".head")).not_to_contain_text("stale")
        expect(page.locator("h1")).to_be_focused()

    def test_what_is_stale_far_down_the_list_is_accepted_once_it_is_seen(self):
        text = TRIAL["dags/trial/daily.yaml"].replace("trial.counts", "trial.years").replace("daily\npart", "yearly\npart")
        file = "dags/trial/yearly.yaml"
        self.daemon.project.write(file, text)
        self.addCleanup(self.daemon.heddle, "deploy")
        self.addCleanup(os.remove, self.daemon.project.file(file))
        self.daemon.heddle("deploy")
        self.daemon.heddle("run", "trial/yearly", "--partition", "2024-01-01")
        self.daemon.project.write(file, text.replace("1 AS n", "2 AS n"))
        self.daemon.heddle("deploy")
        # The list itself tells of 500.
        self.daemon.heddle("backfill", "trial/yearly", "--from", "2024-01-02", "--to", "2025-05-20", "--yes")
        page = self.tab()
        shown(page, f"{self.daemon.url}/d/trial.years")
        accept = page.get_by_role("button", name="Accept…")
        more = page.get_by_role("button", name="Show more")
        expect(page.locator("tbody tr")).to_have_count(100)
        expect(accept).to_have_count(0)
        for shown_rows in range(200, 600, 100):
            more.click()
            expect(page.locator("tbody tr")).to_have_count(shown_rows)
        more.click()
        expect(page.locator("tbody tr").last).to_contain_text("stale")
        # What is published meanwhile takes nothing away that is shown.
        page.locator("h1").click()
        self.daemon.heddle("run", "trial/yearly", "--partition", "2025-05-21")
        expect(page.locator("tbody tr").first).to_contain_text("2025-05-21")
        expect(page.locator("tbody tr").last).to_contain_text("stale")
        expect(page.locator(".head")).to_contain_text("stale")
        accept.click()
        page.get_by_role("dialog").get_by_role("button", name="Accept", exact=True).click()
        expect(accept).to_have_count(0)
        expect(page.locator("h1")).to_be_focused()

    def test_whoever_may_not_sees_no_way_to_change(self):
        page = self.page(self.context())
        shown(page, f"{self.daemon.url}/p/trial/flaky")
        for name in ("Run…", "Backfill…", "Pause"):
            expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        page.get_by_role("link", name="Definition").click()
        expect(page.locator("main")).to_contain_text("for those who sign in")

    def test_signing_in_with_a_token_and_out_again(self):
        token = self.daemon.heddle("token", "create", "reader", "--role", "viewer", "--quiet").stdout.strip()
        page = self.page(self.context())
        shown(page, f"{self.daemon.url}/sign-in")
        page.get_by_label("Token").fill("hdl_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("unknown")
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_have_text("Overview")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("reader, viewer")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Nobody")

    def test_hostile_words_are_shown_as_text(self):
        self.daemon.heddle("run", "trial/odd", code=1)
        page = self.tab()
        shown(page, f"{self.daemon.url}/p/trial/odd")
        expect(page.locator("main")).to_contain_text("<b>bold</b> <img src=x onerror=alert(3)>")
        page.get_by_role("link", name="Runs", exact=True).last.click()
        page.locator("tbody tr").first.get_by_role("link").first.click()
        for text in HOSTILE:
            expect(page.locator("main table")).to_contain_text(text)
        self.assertEqual(page.locator("main img, main script, main b").count(), 0)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
        page.get_by_role("link", name=re.compile("log of say")).first.click()
        expect(page.locator(".log")).to_contain_text("red plain <script>alert(4)</script>")
        expect(page.locator(".a-f1.a-bold")).to_have_text("red")
        expect(page.locator(".log")).not_to_contain_text("title")
        self.assertEqual(page.locator(".log script").count(), 0)

    def test_without_scripts_the_page_names_the_command(self):
        page = self.page(self.context(java_script_enabled=False))
        page.goto(self.daemon.url)
        expect(page.locator("noscript p")).to_contain_text("heddle status")

    def test_what_is_not_there_is_said_with_a_way_on(self):
        page = self.page(self.context(self.daemon))
        shown(page, f"{self.daemon.url}/r/99999")
        expect(page.locator("h1")).to_have_text("Not here")
        # By this the daemon's own words are found.
        expect(page.locator(".sorry")).to_contain_text(re.compile(r"Request [0-9a-f]{6}-\d+"))
        shown(page, f"{self.daemon.url}/runs?state=cancelled&pipeline=trial/daily")
        page.get_by_role("link", name="Show all runs").click()
        expect(page.locator("tbody tr").first).to_be_visible()


if __name__ == "__main__":
    unittest.main()
