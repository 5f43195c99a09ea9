"""Forecasts: what the scheduler would do, held against what it does then, and that nothing is touched by it."""

import datetime
import hashlib
import os
import time
import unittest
import urllib.request
import json

from kit import Project, until

DOMAIN = "domain: d\nowner: team\n"
SLEEPS = """pipeline: sleeps
max_active_runs: 2
tasks:
  first: {run: "sleep 1", pool: narrow}
  second: {run: "sleep 1", pool: narrow}
  last: {run: "true", after: [first, second]}
"""


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class ForecastTest(unittest.TestCase):
    def project(self, **pipelines):
        files = {"dags/d/domain.yaml": DOMAIN, "dags/mesh.yaml": "pools: {narrow: 1}\n"}
        for name, text in pipelines.items():
            files[f"dags/d/{name}.yaml"] = text
        project = Project(files)
        self.addCleanup(project.close)
        return project

    def digest(self, project):
        sums = {}
        for folder, folders, names in os.walk(project.file(".heddle")):
            # What a keeper leaves behind goes by itself.
            folders[:] = [one for one in folders if one != "keepers"]
            for name in names:
                path = os.path.join(folder, name)
                # Whoever reads a database in WAL mode maps its index, which is no content.
                if os.path.isfile(path) and not name.endswith("-shm"):
                    with open(path, "rb") as file:
                        sums[path] = hashlib.sha256(file.read()).hexdigest()
        return sums

    def test_a_live_run_ends_when_it_was_foreseen(self):
        project = self.project(sleeps=SLEEPS.replace("sleep 1", "sleep 5"))
        project.heddle("run", "d/sleeps")
        with project.daemon("--workers", "3"):
            project.heddle("run", "d/sleeps", "--detach")
            until(lambda: any(t["state"] == "running" for t in
                              project.json("show", "2", "--json")["run"]["tasks"]))
            forecast = project.json("forecast", "--hours", "1", "--json")
            self.assertEqual((forecast["schema"], forecast["workers"]), ("heddle.forecast/v1", 3))
            run = next(r for r in forecast["runs"] if r["run"] == 2)
            self.assertEqual((run["is_foreseen"], run["state"], run["uncertain"]), (False, "success", []))
            waits = [t["wait"]["reason"]["code"] for t in run["tasks"] if t["wait"]]
            self.assertEqual(waits, ["pool_full"])
            until(lambda: project.json("show", "2", "--json")["run"]["state"] == "success")
            ended = moment(project.json("show", "2", "--json")["run"]["finished_at"])
            # Not earlier; a busy machine may be later.
            late = (ended - moment(run["ends_at"])).total_seconds()
            self.assertTrue(-3 < late < 15, f"{late} s late")

    def test_it_touches_nothing_with_a_daemon_or_without(self):
        project = self.project(
            sleeps=SLEEPS.replace("sleep 1", "true"),
            ticks='pipeline: ticks\nschedule: {every: 1h}\ntasks:\n  a: {run: "true"}\n')
        done = project.heddle("forecast", "--hours", "4")
        self.assertFalse(os.path.exists(project.file(".heddle")))
        self.assertEqual(done.stdout.count("d/ticks\tschedule"), 4)
        self.assertIn("no daemon is there", done.stderr)
        project.heddle("run", "d/sleeps")
        before = self.digest(project)
        first = project.heddle("forecast", "--hours", "4").stdout.splitlines()[1:]
        self.assertEqual(self.digest(project), before)
        self.assertIn("uncertain", "\n".join(first))
        with project.daemon():
            until(lambda: project.json("schedule", "d/ticks", "--json"))
            self.assertEqual(project.heddle("forecast", "--hours", "4").stderr, "")
            self.assertEqual(project.heddle("forecast", "d/sleeps").stdout.splitlines()[1:], ["nothing runs"])
            project.heddle("pause", "d/ticks")
            self.assertEqual(project.heddle("forecast").stdout.splitlines()[1:], ["nothing runs"])
        project.heddle("forecast", "d/nothing", code=3)
        project.heddle("forecast", "--hours", "0", code=2)

    def test_a_deadline_that_would_be_missed_is_told(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        today = now.date()
        tick = datetime.datetime.combine(today, datetime.time(2), datetime.timezone.utc)
        tick += datetime.timedelta(days=1)
        # One tick and not the next, whatever the time of the day is.
        hours = str((tick - now) // datetime.timedelta(hours=1) + 2)
        project = self.project(late=f"""pipeline: late
partition: daily
schedule: {{cron: "0 0 * * *", delay: 2h, start: {today}}}
deadline: 1h
tasks:
  a: {{run: "true"}}
""")
        forecast = project.json("forecast", "--hours", hours, "--json")
        self.assertEqual([r["misses_deadline"] for r in forecast["runs"]], [True])
        self.assertIn("late: d/late@", project.heddle("forecast", "--hours", hours).stdout)

    def test_changed_declarations_are_foreseen_and_wrong_ones_refused(self):
        project = self.project(sleeps=SLEEPS.replace("sleep 1", "true"))
        project.heddle("run", "d/sleeps")
        project.write("next/dags/d/domain.yaml", DOMAIN)
        project.write("next/dags/d/more.yaml", 'pipeline: more\nschedule: {every: 30m}\ntasks:\n  a: {run: "true"}\n')
        before = self.digest(project)
        forecast = project.json("forecast", "--release", "next", "--hours", "2", "--json")
        self.assertEqual({r["pipeline"] for r in forecast["runs"]}, {"d/more"})
        self.assertEqual(len(forecast["runs"]), 4)
        self.assertEqual(self.digest(project), before)
        project.write("next/dags/d/more.yaml", "pipeline: more\n")
        project.heddle("forecast", "--release", "next", code=4)
        project.heddle("forecast", "--release", "nowhere", code=3)

    def test_ten_thousand_runs_are_foreseen_in_seconds(self):
        pipelines = {
            f"p{number}": f'pipeline: p{number}\nschedule: {{every: 1h}}\ntasks:\n  a: {{run: "true"}}\n'
                          f'  b: {{run: "true", after: [a]}}\n'
            for number in range(100)}
        project = self.project(**pipelines)
        project.heddle("run", "d/p0")
        begin = time.monotonic()
        forecast = project.json("forecast", "--hours", "100", "--json")
        seconds = time.monotonic() - begin
        self.assertEqual(len(forecast["runs"]), 10_000)
        self.assertFalse(forecast["is_cut"])
        # A debug build on a busy machine needs some.
        self.assertLess(seconds, 60)

    def test_the_page_tells_it_too(self):
        project = self.project(ticks='pipeline: ticks\nschedule: {every: 1h}\ntasks:\n  a: {run: "true"}\n')
        process = project.start("serve", "--json", "--bind", "127.0.0.1:0", "--workers", "7")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        address = "http://127.0.0.1:" + json.loads(process.stdout.readline())["page"].rsplit(":", 1)[1]
        with urllib.request.urlopen(f"{address}/api/v1/forecast?hours=3&select=d/ticks") as answer:
            forecast = json.load(answer)
        self.assertEqual((len(forecast["runs"]), forecast["workers"]), (3, 7))
        with urllib.request.urlopen(f"{address}/api/v1/openapi.json") as answer:
            self.assertIn("/api/v1/forecast", json.load(answer)["paths"])


if __name__ == "__main__":
    unittest.main()
