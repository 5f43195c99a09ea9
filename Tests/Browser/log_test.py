"""The viewer of logs: only the lines that warn or tell of errors, and lines on the way to the clipboard."""

import os
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from stage import BrowserTest, Daemon, open_gate, shown, until

LINES = 5000
FILES = {
    "dags/logs/domain.yaml": "domain: logs\nowner: logs-team\n",
    # A log as they are: its levels are in colours, and not every line that tells of errors is one.
    "dags/logs/mixed.yaml": """
pipeline: mixed
tasks:
  say:
    run: |
      seq -f "INFO row %.0f read, 0 errors" 1 200
      printf '\\033[33mWARN\\033(B\\033[m row 201 has no delay\\n'
      seq -f "INFO row %.0f read" 202 300
      printf '\\033[1;31mERROR\\033[0m row 301 has no <b>gate</b>\\n'
      echo 'ValueError: no gate'
""",
    # More lines of a level than the server tells at once.
    "dags/logs/long.yaml": f"""
pipeline: long
tasks:
  say: {{run: 'seq -f "ERROR row %.0f" 1 2 {LINES} | sed "p;s/ERROR/INFO/"'}}
""",
    "dags/logs/calm.yaml": "pipeline: calm\ntasks:\n  say: {run: 'echo nothing to tell of'}\n",
    "dags/logs/broken.yaml": """
pipeline: broken
tasks:
  say: {run: 'seq -f "row %.0f" 1 99; echo "error: no gate"; exit 3'}
""",
    "dags/logs/mute.yaml": "pipeline: mute\ntasks:\n  say: {run: 'true'}\n",
    # It says what the test gives it, until that is all.
    "dags/logs/told.yaml": "pipeline: told\ntasks:\n  say: {run: 'cat \"$GATE\"', env: {GATE: GATE_PATH}}\n",
}


class LogTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)
        gate = os.path.join(cls.daemon.project.path, "gate")
        os.mkfifo(gate)
        for name, text in FILES.items():
            cls.daemon.project.write(name, text.replace("GATE_PATH", gate))
        cls.daemon.start()
        cls.runs = {name: cls.run_of(name) for name in ("mixed", "long", "calm", "mute")}
        cls.runs["broken"] = cls.run_of("broken", code=1)

    @classmethod
    def run_of(cls, name, *options, code=0):
        return cls.daemon.heddle("run", f"logs/{name}", "--quiet", *options, code=code).stdout.split()[0]

    def log(self, name, more="", permissions=("clipboard-read", "clipboard-write")):
        """The log of a pipeline's run, in a tab that may use the clipboard."""
        context = self.context(self.daemon, permissions=list(permissions))
        return shown(self.page(context), f"{self.daemon.url}/r/{self.runs[name]}/t/say/0/a/1{more}")

    @staticmethod
    def level(page, name):
        page.get_by_label("Level").select_option(label=name)

    @staticmethod
    def copied(page):
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
        return page.evaluate("navigator.clipboard.readText()")

    def test_lines_of_a_level_are_shown_alone_with_their_true_numbers(self):
        page = self.log("mixed")
        expect(page.locator(".filters")).to_contain_text("302 lines")
        self.level(page, "Warnings and errors")
        expect(page.locator(".line a")).to_have_text(["201", "301", "302"])
        expect(page.locator(".line .text")).to_have_text(
            ["WARN row 201 has no delay", "ERROR row 301 has no <b>gate</b>", "ValueError: no gate"])
        expect(page.locator(".filters")).to_contain_text("3 of 302 lines")
        expect(page.locator("#told")).to_have_text("3 lines")
        self.assertTrue(page.url.endswith("?level=warning"), page.url)
        self.level(page, "Errors")
        expect(page.locator(".line a")).to_have_text(["301", "302"])
        self.assertTrue(page.url.endswith("?level=error"), page.url)
        self.level(page, "All lines")
        expect(page.locator(".line a").first).to_have_text("1")
        self.assertTrue(page.url.endswith("/a/1"), page.url)
        page.go_back()
        expect(page.locator(".line a")).to_have_text(["301", "302"])
        expect(page.get_by_label("Level")).to_have_value("error")

    def test_an_address_opens_the_lines_of_a_level(self):
        page = self.log("mixed", "?level=error")
        expect(page.locator(".line a")).to_have_text(["301", "302"])
        expect(page.get_by_label("Level")).to_have_value("error")
        self.assertEqual(Axe().run(page).response["violations"], [])
        page = self.log("mixed", "?level=mad")
        expect(page.locator(".filters")).to_contain_text("Raw302 lines")
        expect(page.get_by_label("Level")).to_have_value("")

    def test_an_address_that_names_a_line_opens_the_whole_log_there(self):
        page = self.log("mixed", "?level=error#L150-L151")
        expect(page.locator(".line.marked a")).to_have_text(["150", "151"])
        expect(page.get_by_label("Level")).to_have_value("")
        self.assertTrue(page.url.endswith("/a/1#L150-L151"), page.url)

    def test_the_number_of_a_line_leads_to_it_in_the_whole_log_and_back(self):
        for wraps in (False, True):
            with self.subTest(wraps=wraps):
                page = self.log("long", "?level=error")
                if wraps:
                    page.get_by_role("button", name="Wrap").click()
                expect(page.locator(".filters")).to_contain_text("2,500 of 5,000 lines")
                page.locator(".log").focus()
                page.keyboard.press("End")
                # What wraps is shown a thousand lines at a time.
                line = 1999 if wraps else LINES - 1
                page.locator(f"[data-line='{line}']").click()
                marked = page.locator(".line.marked")
                expect(marked.locator("a")).to_have_text(str(line))
                expect(marked).to_be_in_viewport()
                self.assertTrue(page.url.endswith(f"/a/1#L{line}"), page.url)
                expect(page.locator(f"[data-line='{line + 1}'] + .text")).to_have_text(f"INFO row {line}")
                expect(page.get_by_label("Level")).to_have_value("")
                expect(page.locator(".filters")).not_to_contain_text(" of ")
                page.go_back()
                expect(page.locator(".filters")).to_contain_text("2,500 of 5,000 lines")

    def test_more_lines_of_a_level_than_one_answer_has_are_all_there(self):
        page = self.log("long")
        self.level(page, "Errors")
        expect(page.locator(".filters")).to_contain_text("2,500 of 5,000 lines")
        expect(page.locator(".filters")).not_to_contain_text("searching")
        expect(page.locator(".line a").first).to_have_text("1")
        expect(page.locator("[data-line='3'] + .text")).to_have_text("ERROR row 3")
        self.assertEqual(page.locator("[data-line='2']").count(), 0)
        self.assertLess(page.locator(".line").count(), 120)
        page.locator(".log").focus()
        page.keyboard.press("End")
        expect(page.locator(f"[data-line='{LINES - 1}'] + .text")).to_have_text(f"ERROR row {LINES - 1}")

    def test_where_no_line_is_of_the_level_that_is_said(self):
        for name in ("calm", "mute"):
            page = self.log(name, "?level=warning")
            expect(page.get_by_role("status").filter(has_text="No line of that level.")).to_be_visible()
            expect(page.locator(".line")).to_have_count(0)
            self.level(page, "All lines")
            expect(page.get_by_text("No line of that level.")).to_have_count(0)
        page = self.log("calm")
        expect(page.locator(".line .text")).to_have_text("nothing to tell of")

    def test_what_is_searched_is_found_in_the_whole_log(self):
        page = self.log("mixed", "?level=error")
        expect(page.locator(".line a")).to_have_text(["301", "302"])
        page.locator("#log-query").fill("row 250 ")
        page.keyboard.press("Enter")
        expect(page.locator(".line.marked .text")).to_have_text("INFO row 250 read")
        expect(page.get_by_label("Level")).to_have_value("")

    def test_new_lines_of_the_level_appear_while_the_log_is_followed(self):
        self.runs["told"] = self.run_of("told", "--detach")
        with open(self.daemon.project.file("gate"), "w", encoding="utf-8") as gate:
            def tell(text):
                gate.write(text)
                gate.flush()

            tell("INFO begun\nWARN it is late\nINFO it goes")
            page = self.log("told", "?level=warning")
            lines = page.locator(".line")
            expect(lines).to_have_text(["2WARN it is late"])
            expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "true")
            # What ends later than it was seen is looked at again.
            tell(" on\nERRO")
            expect(page.locator(".filters")).to_contain_text("1 of 4 lines, growing")
            tell("R it broke\n")
            expect(lines).to_have_text(["2WARN it is late", "4ERROR it broke"])
            tell("".join(f"INFO {n}\nERROR {n}\n" for n in range(400)))
            expect(lines.last).to_have_text("804ERROR 399")
            expect(lines.last).to_be_in_viewport()
            page.get_by_role("button", name="Follow").click()
            page.locator(".log").focus()
            page.keyboard.press("Home")
            expect(lines.first).to_have_text("2WARN it is late")
            tell("INFO calm\nERROR again\nERROR and again\n")
            page.get_by_role("button", name="↓ 2 new").click()
            expect(lines.last).to_have_text("807ERROR and again")
        expect(page.locator(".head")).to_contain_text("success")
        expect(page.locator(".filters")).to_contain_text("404 of 807 lines")
        expect(page.locator(".filters")).not_to_contain_text("growing")

    def test_what_is_marked_is_copied_without_its_colours(self):
        page = self.log("mixed", "#L300-L302")
        text = self.copied(page)
        self.assertEqual(text, "INFO row 300 read\nERROR row 301 has no <b>gate</b>\nValueError: no gate")
        expect(page.locator(".filters")).to_contain_text("Copied 3 lines")
        page.locator("[data-line='302']").click()
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.locator(".filters")).to_contain_text("Copied 1 line")
        self.assertEqual(page.evaluate("navigator.clipboard.readText()"), "ValueError: no gate")

    def test_what_a_search_marks_is_not_what_somebody_chose_to_copy(self):
        page = self.log("broken")
        marked = page.locator(".line.marked")
        expect(marked).to_have_text("100error: no gate")
        self.assertEqual(len(self.copied(page).split("\n")), 100)
        page.locator("#log-query").fill("row 7")
        page.keyboard.press("Enter")
        expect(marked).to_have_text("7row 7")
        self.assertEqual(len(self.copied(page).split("\n")), 100)
        # Who has chosen a line chooses it no longer by a second click.
        page.locator("[data-line='8']").click()
        expect(marked).to_have_text("8row 8")
        self.assertTrue(page.url.endswith("/a/1#L8"), page.url)
        page.locator("[data-line='8']").click()
        expect(marked).to_have_count(0)
        self.assertTrue(page.url.endswith("/a/1"), page.url)

    def test_where_lines_wrap_all_of_them_are_reached_from_where_one_was(self):
        page = self.log("long")
        top = """() => {
          const log = document.querySelector(".log")
          const row = [...log.querySelectorAll(".line")].find((row) => row.offsetTop + row.offsetHeight > log.scrollTop)
          return Number(row?.firstChild.textContent)
        }"""
        page.locator(".log").evaluate("(log) => { log.scrollTop = 18 * 2999 }")
        # Polled from here: what waits in the page is compiled there, which its policy of content forbids.
        until(lambda: page.evaluate(top) == 3000)
        page.get_by_role("button", name="Wrap").click()
        until(lambda: (page.evaluate(top), page.locator(".line").count()) == (3000, 1000))
        for place, edge in (("log.scrollHeight", LINES), ("0", 1)):
            # Half a page more comes with each scroll to the edge.
            for _ in range(10):
                page.locator(".log").evaluate(f"""async (log) => {{
                  log.scrollTop = {place}
                  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
                }}""")
            expect(page.locator(f"[data-line='{edge}']")).to_be_in_viewport()
        page.get_by_role("button", name="Wrap").click()
        until(lambda: page.evaluate(top) == 1 and page.locator(".line").count() < 200)

    def test_where_nothing_is_marked_all_that_is_shown_is_copied(self):
        page = self.log("mixed")
        lines = self.copied(page).split("\n")
        self.assertEqual((len(lines), lines[200]), (302, "WARN row 201 has no delay"))
        expect(page.locator(".filters")).to_contain_text("Copied 302 lines")
        self.level(page, "Errors")
        expect(page.locator(".line")).to_have_count(2)
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.locator(".filters")).to_contain_text("Copied 2 lines")
        text = page.evaluate("navigator.clipboard.readText()")
        self.assertEqual(text, "ERROR row 301 has no <b>gate</b>\nValueError: no gate")
        page = self.log("mute")
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="There is nothing to copy.")).to_be_visible()

    def test_of_a_log_that_is_too_long_the_beginning_is_copied(self):
        self.runs["longer"] = self.run_of("told", "--detach")
        open_gate(self.daemon, "".join(f"row {n}\n" for n in range(1, 7001)))
        page = self.log("longer")
        expect(page.locator(".filters")).to_contain_text("7,000 lines")
        lines = self.copied(page).split("\n")
        expect(page.locator(".filters")).to_contain_text("Copied the first 5,000 lines; Raw has all of it.")
        self.assertEqual((len(lines), lines[-1]), (5000, "row 5000"))
        self.runs["wide"] = self.run_of("told", "--detach")
        open_gate(self.daemon, ("x" * 1023 + "\n") * 2000)
        page = self.log("wide")
        self.assertEqual(len(self.copied(page)), (1 << 20) - 1)
        expect(page.locator(".filters")).to_contain_text("Copied the first 1,024 lines; Raw has all of it.")

    def test_where_the_clipboard_may_not_be_used_that_is_said(self):
        denied = "The browser allows no copying here."
        # Whoever is given one thing is denied the others.
        page = self.log("mixed", permissions=["geolocation"])
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("status").filter(has_text=denied)).to_be_visible()
        page = self.log("mixed")
        # As where the page came over the network as it is.
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("status").filter(has_text=denied)).to_be_visible()


if __name__ == "__main__":
    unittest.main()
