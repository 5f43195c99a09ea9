"""Kills the owner of a state at random moments, one in ten times with its keeper and all its tasks, and compares what
the tasks say of themselves, in a ledger file and in tables, with what the record says.

usage: torture.py [--kills N] [--seed S] [--keep]     (HEDDLE names the binary)
Exits 1 on any difference, with the seed that replays the kills.
"""

import argparse
import collections
import glob
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "EndToEnd"))
from kit import Project  # noqa: E402
import mesh  # noqa: E402

# A call that is left alone for so long will end by itself.
LONGEST_CALM = 1.2


def processes(project):
    """Every process of the machine that carries an attempt's key of this project, and its keepers."""
    tasks, keepers = [], []
    for path in glob.glob("/proc/[0-9]*"):
        pid = int(os.path.basename(path))
        try:
            with open(f"{path}/environ", "rb") as file:
                environment = file.read().split(b"\0")
            with open(f"{path}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if any(item == b"HEDDLE_PROJECT=" + project.path.encode() for item in environment):
            tasks.append(pid)
        elif len(words) > 1 and words[1] == b"keeper" and any(project.path.encode() in word for word in words[2:]):
            keepers.append(pid)
    return tasks, keepers


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Torture:
    def __init__(self, project, chance):
        self.project = project
        self.chance = chance
        self.ledger = project.file("ledger")
        self.days = []
        self.killed = 0
        self.massacres = 0
        self.stopped = 0
        self.slowest = 0.0
        self.slowest_stop = 0.0
        mesh.write(project, self.ledger)

    def day(self, number):
        return time.strftime("%Y-%m-%d", time.gmtime(1577836800 + number * 86400))

    def call(self):
        day = self.days[-1]
        return ["backfill", "torture/*", "--from", f"{day}T00:00", "--to", f"{day}T23:00", "--yes"]

    def local(self):
        return [*self.call(), "--workers", "6", "--local"]

    def run(self, kills):
        while self.killed < kills:
            self.days.append(self.day(len(self.days)))
            while self.killed < kills and not self.attack():
                pass
        begin = time.monotonic()
        # What is unfinished ends first; a second call finds nothing to do.
        self.project.heddle(*self.local(), timeout=600)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        self.project.heddle(*self.local(), timeout=600)

    def attack(self):
        """One owner, killed if it lasts long enough; whether the day's work is done."""
        return self.attack_daemon() if self.chance.random() < 0.4 else self.attack_command()

    def ask(self):
        """Has a daemon do the day's work. It may refuse a plan that what it took over has overtaken."""
        call = self.call()
        for _ in range(50):
            done = self.project.heddle(*call, "--detach", code=None)
            if done.returncode == 0:
                return
            if done.returncode != 9:
                raise SystemExit(f"{call}: exit {done.returncode}: {done.stderr[-2000:]}")
        raise SystemExit(f"{call}: the plan is stale again and again")

    def attack_daemon(self):
        """A daemon that another command asks, then killed, or told to go: it must be gone in 10 seconds."""
        daemon = self.project.start("serve", "--workers", "6", "--json", "--quiet")
        if not daemon.stdout.readline():
            raise SystemExit(f"the daemon ended at once: {daemon.communicate()[1][-2000:]}")
        self.ask()
        time.sleep(self.chance.uniform(0, LONGEST_CALM))
        if self.chance.random() < 0.3:
            begin = time.monotonic()
            daemon.terminate()
            if daemon.wait(timeout=10) != 0:
                raise SystemExit(f"the daemon ended with {daemon.returncode}: {daemon.communicate()[1][-2000:]}")
            self.slowest_stop = max(self.slowest_stop, time.monotonic() - begin)
            self.stopped += 1
        else:
            self.kill(daemon)
        daemon.communicate()
        with sqlite3.connect(f"file:{self.project.file('.heddle/heddle.db')}?mode=ro", uri=True) as record:
            return record.execute("SELECT count(*) FROM runs WHERE finished_at IS NULL").fetchone()[0] == 0

    def kill(self, owner):
        """One in ten times with its keeper and all tasks."""
        isMassacre = self.chance.random() < 0.1
        os.kill(owner.pid, signal.SIGKILL)
        if isMassacre:
            # More than once: what is starting now is not there yet.
            for _ in range(3):
                tasks, keepers = processes(self.project)
                kill(keepers + tasks)
            self.massacres += 1
        self.killed += 1

    def attack_command(self):
        process = self.project.start(*self.local())
        try:
            _, errors = process.communicate(timeout=self.chance.uniform(0.02, LONGEST_CALM))
        except subprocess.TimeoutExpired:
            self.kill(process)
            process.communicate()
            return False
        if process.returncode != 0:
            raise SystemExit(f"the backfill failed with {process.returncode}:\n{errors[-3000:]}")
        return True


class Verdict:
    """Everything that is wrong, by comparing three witnesses: ledger, tables and record."""

    def __init__(self, torture):
        self.torture = torture
        self.project = torture.project
        self.wrong = []
        record = sqlite3.connect(f"file:{self.project.file('.heddle/heddle.db')}?mode=ro", uri=True)
        record.row_factory = sqlite3.Row
        self.attempts = {row["attempt_key"]: row for row in record.execute(
            "SELECT a.*, t.name, t.kind FROM attempts AS a JOIN runs AS r ON r.id = a.run "
            "JOIN release_tasks AS t ON (t.release, t.pipeline, t.task) = (r.release, r.pipeline, a.task)")}
        self.runs = record.execute("SELECT id, state FROM runs").fetchall()
        self.unfinished = record.execute("SELECT count(*) FROM task_instances WHERE finished_at IS NULL").fetchone()[0]
        self.instances = record.execute(
            "SELECT run, task, each_index, attempts, state, (SELECT count(*) FROM attempts AS a WHERE "
            "(a.run, a.task, a.each_index) = (i.run, i.task, i.each_index)) AS counted FROM task_instances AS i"
        ).fetchall()

    def check(self):
        self.check_ledger()
        self.check_tables()
        self.check_commits()
        self.check_record()
        self.check_orphans()
        return self.wrong

    def say(self, sentence):
        self.wrong.append(sentence)

    def check_ledger(self):
        begun, ended = collections.Counter(), {}
        with open(self.torture.ledger, encoding="utf-8") as file:
            for line in file:
                kind, key, value = line.split()
                if kind == "B":
                    begun[key] += 1
                elif kind == "E":
                    if key in ended:
                        self.say(f"{key} ended twice")
                    ended[key] = int(value)
        self.begun = len(begun)
        for key, count in begun.items():
            if count > 1:
                self.say(f"{key} began {count} times: doubled")
            if key not in self.attempts:
                self.say(f"{key} began, and the record does not know it")
        lost = 0
        for key, row in self.attempts.items():
            if row["kind"] not in ("run", "load"):
                continue
            if row["state"] == "success" and (key not in ended or ended[key] != 0):
                self.say(f"{key} is a success in the record, and did not end so")
            if row["kind"] == "run" and row["exit_code"] is not None and ended.get(key) != row["exit_code"]:
                self.say(f"{key} ended with {ended.get(key)}, and the record says {row['exit_code']}")
            if row["kind"] == "run" and row["state"] == "lost":
                lost += 1
        self.lost = lost
        if lost and not self.torture.massacres:
            self.say(f"{lost} processes are lost, and nobody but owners was killed")

    def check_tables(self):
        store = sqlite3.connect(f"file:{self.project.store('torture')}?mode=ro", uri=True)
        days = self.torture.days
        for name, rows in mesh.expected(days).items():
            found = sorted(store.execute(f"SELECT * FROM {name}").fetchall())
            if found != rows:
                counts = collections.Counter(found)
                counts.subtract(collections.Counter(rows))
                odd = [(row, count) for row, count in counts.items() if count][:3]
                self.say(f"table {name} has {len(found)} rows, not {len(rows)}: {odd}")
        keys = store.execute("SELECT count(*), count(DISTINCT key) FROM merged").fetchone()
        if keys != (24, 24):
            self.say(f"table merged has {keys} rows and keys, not 24 of each")

    def check_commits(self):
        store = sqlite3.connect(f"file:{self.project.store('torture')}?mode=ro", uri=True)
        committed = {key for (key,) in store.execute("SELECT attempt_key FROM _heddle_commits")}
        for key, row in self.attempts.items():
            if row["kind"] == "run":
                continue
            if row["state"] == "success" and key not in committed:
                self.say(f"{key} is a success in the record, and its store does not hold it")
            if row["state"] != "success" and key in committed:
                self.say(f"{key} is {row['state']} in the record, and its store holds it")
        for key in committed - self.attempts.keys():
            self.say(f"the store holds {key}, and the record does not know it")

    def check_record(self):
        for row in self.runs:
            if row["state"] != "success":
                self.say(f"run {row['id']} is {row['state']}")
        if self.unfinished:
            self.say(f"{self.unfinished} task instances are not final")
        for row in self.instances:
            if row["attempts"] != row["counted"]:
                self.say(f"{tuple(row)[:3]} says {row['attempts']} attempts and has {row['counted']}")
        wanted = 24 * len(self.torture.days)
        if len(self.runs) != wanted:
            self.say(f"there are {len(self.runs)} runs, not {wanted}: something was run again")

    def check_orphans(self):
        deadline = time.monotonic() + 5
        tasks = processes(self.project)[0]
        while tasks and time.monotonic() < deadline:
            time.sleep(0.05)
            tasks = processes(self.project)[0]
        if tasks:
            self.say(f"processes {tasks} of tasks are left over")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the project where it is")
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()
    begin = time.monotonic()
    project = Project()
    torture = Torture(project, random.Random(options.seed))
    try:
        torture.run(options.kills)
        verdict = Verdict(torture)
        wrong = verdict.check()
    except BaseException:
        print(f"seed {options.seed}, project {project.path}", file=sys.stderr)
        raise
    figures = {
        "seed": options.seed, "kills": torture.killed, "with_keeper": torture.massacres,
        "told_to_go": torture.stopped, "slowest_stop": round(torture.slowest_stop, 1),
        "runs": len(verdict.runs), "attempts": len(verdict.attempts), "processes": verdict.begun,
        "lost_with_keeper": verdict.lost, "violations": len(wrong), "seconds": round(time.monotonic() - begin)}
    print(json.dumps(figures))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file)
    for sentence in wrong[:50]:
        print("  " + sentence)
    if wrong or options.keep:
        print(f"project: {project.path}")
    else:
        project.close()
    if wrong:
        print(f"replay: torture.py --kills {options.kills} --seed {options.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
