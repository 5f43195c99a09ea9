"""`heddle check` on bad input of every kind: all mistakes in one pass, sorted, each with its place, and nothing else."""

import json
import os
import re
import resource
import threading
import time
import unittest

from kit import Project

OWNER = "domain: {0}\nowner: team\n"
MISTAKE = re.compile(r"^(\S+):(\d+):(\d+): error: (.+) \[([a-z-]+)\]$", re.M)


def domain(name="d", **pipelines):
    files = {f"dags/{name}/domain.yaml": OWNER.format(name)}
    for pipeline, text in pipelines.items():
        files[f"dags/{name}/{pipeline}.yaml"] = f"pipeline: {pipeline}\n{text}"
    return files


TASK = 'tasks: {t: {run: "true"}}\n'
GOOD = domain("good", fine=TASK)

# What is wrong: files, and for each mistake expected a pattern of `path:line:column: error: message`.
CASES = {
    "an empty file": (domain("d") | {"dags/d/p.yaml": ""}, [r"dags/d/p\.yaml:1:1: .*declares nothing"]),
    "tab indentation": (domain(p="tasks:\n\tt: {run: x}\n"), [r"p\.yaml:3:1: .*tab"]),
    "duplicate keys": (domain(p="tags: [a]\ntags: [b]\n" + TASK), [r"p\.yaml:3:1: .*'tags'"]),
    "unknown keys": (
        domain(p="tasks: {t: {run: x, depends_on: [a], retires: 3}}\n"),
        [r"p\.yaml:2:21: .*'depends_on'", r"p\.yaml:2:38: .*'retires'"]),
    "wrong types": (
        domain(p="priority: high\nmax_active_runs: [1]\ntasks: {t: {run: x, timeout: soon, allow_failure: no}}\n"),
        [r"p\.yaml:2:11: ", r"p\.yaml:3:18: ", r"p\.yaml:4:30: ", r"p\.yaml:4:51: "]),
    "an alias bomb": (
        domain(p="tags: [&a a, *a, *a]\n" + TASK),
        [r"p\.yaml:2:8: .*anchors.*aliases"]),
    "100,000-deep nesting": (domain(p="tasks: " + "[" * 100_000), [r"p\.yaml:2:\d+: .*deep"]),
    "a 20 MiB file": (domain(p="description: " + "x" * (20 << 20) + "\n" + TASK), [r"p\.yaml:1:1: .*16777216 are read at most"]),
    "two pipelines of one name": (
        domain(p=TASK) | {"dags/d/q.yaml": "pipeline: p\n" + TASK}, [r"q\.yaml:1:11: .*'(d/)?p'"]),
    "two writers of one dataset": (
        domain(p="tasks: {a: {run: x, writes: d.s}, b: {run: x, writes: d.s}}\n"), [r"p\.yaml:2:\d+: .*'d\.s'"]),
    "a write into another domain": (
        domain(p="tasks: {a: {run: x, writes: good.s}}\n"), [r"p\.yaml:2:29: .*'good\.s'"]),
    "an unknown upstream": (domain(p="tasks: {land: {run: x}, b: {run: x, after: lnad}}\n"), [r"p\.yaml:2:44: .*'lnad'"]),
    "an unknown dataset": (domain(p="tasks: {a: {run: x, reads: good.nothing}}\n"), [r"p\.yaml:2:28: .*'good\.nothing'"]),
    "a clash of task and param": (
        domain(p="params: {t: {type: integer, default: 1}}\n" + TASK), [r"p\.yaml:\d+:\d+: .*'t'"]),
    "SQL that names what is not there": (
        domain(p="tasks:\n  a: {sql: SELECT 1 AS n, into: d.s, mode: replace}\n  b:\n    sql: |\n      SELECT n,\n"
                 "             nope FROM d.s\n    into: d.u\n    mode: replace\n"), [r"p\.yaml:7:14: .*nope"]),
    "a syntax error in SQL": (
        domain(p="tasks:\n  a: {sql: q.sql, into: d.s, mode: replace}\n")
        | {"dags/d/q.sql": "SELECT 1 AS n\n  FORM x\n"}, [r"q\.sql:2:\d+: .*syntax"]),
}


class CheckTest(unittest.TestCase):
    def test_bad_input(self):
        for name, (files, expected) in CASES.items():
            with self.subTest(name), Project(files | GOOD) as project:
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                done = project.heddle("check", code=4)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)
                found = MISTAKE.findall(done.stdout + done.stderr)
                shown = [f"{path}:{line}:{column}: {message}" for path, line, column, message, _ in found]
                self.assertEqual(len(shown), len(expected), done.stdout + done.stderr)
                for mistake, pattern in zip(shown, expected):
                    self.assertRegex(mistake, pattern)
                self.assertNotIn("dags/good/", "".join(shown))

    def test_invalid_utf8(self):
        with Project(domain(p=TASK)) as project:
            with open(project.file("dags/d/p.yaml"), "ab") as file:
                file.write(b"description: \xff\n")
            done = project.heddle("check", code=4)
            self.assertRegex(done.stdout + done.stderr, r"p\.yaml:3:14: error: .*UTF-8")

    def test_a_link_out_of_the_project(self):
        with Project(domain(p="tasks: {a: {sql: out.sql}}\n")) as project:
            os.symlink("/etc/hostname", project.file("dags/d/out.sql"))
            done = project.heddle("check", code=4)
            self.assertRegex(done.stdout + done.stderr, r"p\.yaml:2:18: error: .*out\.sql' leads out of the project")

    def test_a_cycle_over_three_domains_is_shown_as_the_path_one_would_walk(self):
        files = {}
        for name, before in [("a", "c"), ("b", "a"), ("c", "b")]:
            files |= domain(name, p=f"tasks: {{t: {{run: x, reads: {before}.s, writes: {name}.s}}}}\n")
        with Project(files) as project:
            done = project.heddle("check", code=4)
            text = done.stdout + done.stderr
            for part in ["a/p.t", "b/p.t", "c/p.t", "a.s", "b.s", "c.s"]:
                self.assertIn(part, text)
            self.assertEqual(len(MISTAKE.findall(text)), 1, text)

    def test_a_file_that_vanishes_while_it_is_read(self):
        with Project(domain(**{f"p{i}": TASK for i in range(200)})) as project:
            stop = threading.Event()

            def disturb():
                path, text = project.file("dags/d/p100.yaml"), "pipeline: p100\n" + TASK
                while not stop.is_set():
                    os.path.exists(path) and os.remove(path)
                    project.write("dags/d/p100.yaml", text)

            thread = threading.Thread(target=disturb)
            thread.start()
            try:
                for _ in range(30):
                    self.assertIn(project.heddle("check", code=None).returncode, (0, 4))
            finally:
                stop.set()
                thread.join()

    def test_an_error_stops_only_what_depends_on_it(self):
        files = domain("bad", p="tasks: {a: {run: x, writes: bad.s, nope: 1}}\n")
        files |= domain("hurt", p="tasks: {b: {run: x, reads: bad.s}}\n") | GOOD
        with Project(files) as project:
            project.heddle("check", code=4)
            project.heddle("run", "good/fine")
            project.heddle("run", "bad/p", code=4)
            project.heddle("run", "hurt/p", code=4)

    def test_machine_formats_say_the_same(self):
        with Project(CASES["wrong types"][0]) as project:
            answer = project.json("check", "--json", code=4)
            self.assertEqual(answer["schema"], "heddle.check/v1")
            sarif = project.json("check", "--format", "sarif", code=4)
            self.assertEqual(sarif["version"], "2.1.0")
            self.assertEqual(len(sarif["runs"][0]["results"]), 4)
            github = project.heddle("check", "--format", "github", code=4).stdout
            self.assertEqual(len(re.findall(r"^::error file=dags/d/p\.yaml,line=\d+", github, re.M)), 4)
            self.assertTrue(json.dumps(answer))


if __name__ == "__main__":
    unittest.main()
