"""How long an owner needs until it listens, with a long history and unfinished runs behind it.

usage: recovery.py --heddle PATH [--instances N] [--unfinished N] [--rounds N]

The history is written into a state file that Heddle made: runs of ten tasks, hourly, each task with its attempt and its
partition. The unfinished runs wait in the queue of a paused pipeline, half of their tasks done.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

TASKS = 10
HOUR = 3_600_000


def project(path):
    os.makedirs(f"{path}/dags/d")
    with open(f"{path}/dags/d/domain.yaml", "w", encoding="utf-8") as file:
        file.write("domain: d\nowner: o\n")
    with open(f"{path}/dags/d/p.yaml", "w", encoding="utf-8") as file:
        file.write("pipeline: p\npartition: hourly\nmax_active_runs: 2000\ntasks:\n")
        for task in range(TASKS):
            after = f", after: [t{task - 1}]" if task else ""
            file.write(f"  t{task}: {{run: 'true', writes: d.x{task}{after}}}\n")


def fill(path, instances, unfinished):
    record = sqlite3.connect(f"{path}/.heddle/heddle.db")
    record.execute("PRAGMA foreign_keys = OFF")
    record.execute("PRAGMA synchronous = OFF")
    first = record.execute("SELECT max(id) FROM runs").fetchone()[0] + 1
    release = record.execute("SELECT max(id) FROM releases").fetchone()[0]
    version = (record.execute("SELECT max(id) FROM materializations").fetchone()[0] or 0) + 1
    state = record.execute("SELECT state_id FROM meta").fetchone()[0]
    runs = instances // TASKS

    def key(number):
        return time.strftime("%Y-%m-%dT%H:00", time.gmtime(number * 3600))

    with record:
        for number in range(runs + unfinished):
            run, start = first + number, number * HOUR
            done = number < runs
            record.execute(
                "INSERT INTO runs (id, pipeline, partition, interval_start, interval_end, params, cause, release, state,"
                " created_at, started_at, finished_at) VALUES (?, 'd/p', ?, ?, ?, '{}', 'manual', ?, ?, 0, 0, ?)",
                (run, key(number), start, start + HOUR, release, "success" if done else "running",
                 1 if done else None))
            record.execute("INSERT INTO current_runs VALUES ('d/p', ?, ?)", (key(number), run))
            tasks = range(TASKS if done else TASKS // 2)
            record.executemany(
                "INSERT INTO task_instances (run, task, each_index, state, since, attempts, finished_at)"
                " VALUES (?, ?, 0, 'success', 0, 1, 1)", [(run, task) for task in tasks])
            record.executemany(
                "INSERT INTO attempts (run, task, each_index, number, state, attempt_key, started_at, finished_at,"
                " exit_code) VALUES (?, ?, 0, 1, 'success', ?, 0, 1, 0)",
                [(run, task, f"{state}-{run}-{task}-0-1") for task in tasks])
            record.executemany(
                "INSERT INTO materializations (id, dataset, partition, interval_start, interval_end, run, task,"
                " each_index, number, at) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1, 1)",
                [(version + task, f"d.x{task}", key(number), start, start + HOUR, run, task) for task in tasks])
            record.executemany(
                "INSERT INTO dataset_partitions (dataset, partition, standing, version, run, interval_start,"
                " interval_end, changed_at) VALUES (?, ?, 'made', ?, ?, ?, ?, 1)",
                [(f"d.x{task}", key(number), version + task, run, start, start + HOUR) for task in tasks])
            version += len(tasks)
            if not done:
                record.execute(
                    "INSERT INTO task_instances (run, task, each_index, state, since, attempts, ready_at, reason_code,"
                    " reason_text) VALUES (?, ?, 0, 'queued', 0, 0, 0, 'paused', 'is paused')", (run, TASKS // 2))
        record.execute("INSERT INTO pauses VALUES ('d/p', 0)")
    record.close()


def ready(heddle, path):
    begin = time.monotonic()
    process = subprocess.Popen(
        [heddle, "serve", "--json", "--quiet"], cwd=path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    told = json.loads(process.stdout.readline())
    seconds = time.monotonic() - begin
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) // 1024
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=15)
    return seconds, memory, told["unfinished_runs"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heddle", required=True)
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--unfinished", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    heddle = os.path.abspath(options.heddle)
    with tempfile.TemporaryDirectory(prefix="heddle-recovery-") as path:
        project(path)
        subprocess.run(
            [heddle, "run", "d/p", "--partition", "2030-01-01T00:00", "--quiet"], cwd=path, check=True,
            stdout=subprocess.DEVNULL)
        fill(path, options.instances, options.unfinished)
        results = sorted(ready(heddle, path) for _ in range(options.rounds))
    seconds, memory, runs = results[len(results) // 2]
    print(f"{options.instances:,} task instances of history, {runs:,} unfinished runs: ready in {seconds:.2f} s, {memory} MB"
          f" (median of {options.rounds})")
    return 0 if runs == options.unfinished else 1


if __name__ == "__main__":
    sys.exit(main())
