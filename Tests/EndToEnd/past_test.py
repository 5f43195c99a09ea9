"""What `explain --at` tells of the past, and what a backfill's plan tells of the future."""

import time
import unittest

from kit import Project, now, until

DOMAIN = "domain: d\nowner: team\n"
FLOW = """pipeline: flow
tasks:
  first: {run: "while [ ! -e $HEDDLE_PROJECT/go ]; do sleep 0.05; done", pool: narrow}
  second: {run: "true", after: [first]}
  other: {run: "true", pool: narrow}
"""
DAYS = """pipeline: days
partition: daily
tasks:
  make: {run: "echo $HEDDLE_PARTITION >> $HEDDLE_PROJECT/made", writes: d.made}
  mail: {run: "true", after: [make], external: true}
"""


class PastTest(unittest.TestCase):
    def project(self, **pipelines):
        files = {"dags/d/domain.yaml": DOMAIN, "dags/mesh.yaml": "pools: {narrow: 1}\n"}
        for name, text in pipelines.items():
            files[f"dags/d/{name}.yaml"] = text
        project = Project(files)
        self.addCleanup(project.close)
        return project

    def test_a_moment_that_is_over_is_told_as_it_was(self):
        project = self.project(flow=FLOW)
        before = now()
        time.sleep(0.05)
        with project.daemon():
            project.heddle("run", "d/flow", "--detach")
            until(lambda: any(t["state"] == "running" for t in
                              project.json("show", "1", "--json")["run"]["tasks"]))
            time.sleep(0.05)
            then = now()
            live = project.json("explain", "1", "--json")
            time.sleep(0.05)
            project.write("go", "")
            until(lambda: project.json("show", "1", "--json")["run"]["state"] == "success")
            project.heddle("explain", "1", "--at", before, code=3)
            past = project.json("explain", "1", "--at", then, "--json")
            self.assertEqual(past["state"], "running")
            self.assertEqual([t["task"] for t in past["tasks"]], [t["task"] for t in live["tasks"]])

            def blocked(told):
                return {t["task"]: [c["name"] for c in t["checks"] if c["state"] == "blocking"]
                        for t in told["tasks"]}

            self.assertEqual(blocked(past), blocked(live))
            self.assertEqual(blocked(past)["second"], ["upstreams"])
            told = project.heddle("explain", "d/flow", "--at", then)
            self.assertIn("running at ", told.stdout)
            self.assertNotIn("next:", told.stderr)
            time.sleep(0.05)
            self.assertEqual(project.json("explain", "1", "--at", now(), "--json")["state"], "success")
        project.heddle("explain", "1", "--at", "yesterday", code=2)

    def test_a_plan_tells_its_time_its_conflicts_and_what_is_outside_first(self):
        project = self.project(days=DAYS)
        words = ("backfill", "d/days", "--from", "2013-01-01", "--to", "2013-01-04")
        guess = project.json(*words, "--plan", "--json")["plan"]
        self.assertEqual(guess["estimate"]["milliseconds"], 4 * 60_000)
        self.assertIn("nothing has ever succeeded", guess["estimate"]["uncertain"][0])
        self.assertEqual(guess["omissions"][0]["reason"]["code"], "external")
        project.heddle("backfill", "d/days", "--from", "2013-01-01", "--to", "2013-01-01", "--yes")
        plan = project.heddle(*words, "--plan")
        self.assertIn("about", plan.stderr)
        known = project.json(*words, "--plan", "--json")["plan"]
        self.assertLess(known["estimate"]["milliseconds"], 60_000)
        self.assertEqual(known["estimate"]["uncertain"], [])
        with project.daemon():
            project.heddle("pause", "d/days")
            project.heddle("run", "d/days", "--partition", "2013-01-03", "--detach")
            met = project.json(*words, "--plan", "--json")["plan"]
            self.assertEqual([(c["partition"], c["is_left_out"]) for c in met["conflicts"]], [("2013-01-03", True)])
            self.assertTrue(met["estimate"]["is_cut"])

    def test_backwards_the_newest_are_made_first(self):
        project = self.project(days=DAYS)
        words = ("backfill", "d/days", "--from", "2013-01-01", "--to", "2013-01-03", "--backwards")
        kept = project.json(*words, "--plan", "--json")
        self.assertEqual([i["partition"] for i in kept["plan"]["items"]], ["2013-01-03", "2013-01-02", "2013-01-01"])
        project.heddle("backfill", "--apply", kept["id"])
        with open(project.file("made"), encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["2013-01-03", "2013-01-02", "2013-01-01"])
        with project.daemon():
            project.heddle(*words, "--mode", "all", "--overwrite", "3", "--yes")
        with open(project.file("made"), encoding="utf-8") as file:
            self.assertEqual(file.read().split()[3:], ["2013-01-03", "2013-01-02", "2013-01-01"])


if __name__ == "__main__":
    unittest.main()
