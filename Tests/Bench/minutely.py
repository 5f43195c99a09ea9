"""Many pipelines that are all due at every full minute: how late their ticks stand in the ledger, and what it takes.

usage: minutely.py --heddle PATH [--pipelines N] [--minutes N]

A tick is as late as a reader of the state file sees it. Exits 1 where one comes more than a second late, is missing or
doubled, or where the daemon has more than 300 MB.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

import daemon
import meshes

LATEST, MEMORY_MB = 1.0, 300


def seen(record, minute, count):
    """The second after the minute at which all of its ticks can be read, looking for half a minute."""
    time.sleep(max(0, minute + 0.05 - time.time()))
    while time.time() < minute + 30:
        found = record.execute("SELECT count(*) FROM ticks WHERE at = ?", (minute * 1000,)).fetchone()[0]
        now = time.time()
        if found >= count:
            return now - minute
        time.sleep(0.02)
    return float("inf")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heddle", required=True)
    parser.add_argument("--pipelines", type=int, default=10_000)
    parser.add_argument("--minutes", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heddle-minutely-") as project:
        meshes.scheduled(project, options.pipelines, "{every: 1m, catchup: all}")
        begin = time.monotonic()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HEDDLE")}
        with daemon.serving(os.path.abspath(options.heddle), project, environment) as process:
            print(f"{options.pipelines:,} pipelines: listening after {time.monotonic() - begin:.1f} s", flush=True)
            record = sqlite3.connect(f"file:{project}/.heddle/heddle.db?mode=ro", uri=True, isolation_level=None)
            first = (int(time.time()) // 60 + 1) * 60
            late, before = [], daemon.cpu_seconds(process.pid)
            for minute in range(first, first + options.minutes * 60, 60):
                late.append(seen(record, minute, options.pipelines))
                unfinished = record.execute("SELECT count(*) FROM runs WHERE finished_at IS NULL").fetchone()[0]
                print(f"  all ticks after {late[-1]:.2f} s, {unfinished:,} runs to go, "
                      f"{daemon.memory_mb(process.pid):.0f} MB", flush=True)
            time.sleep(20)
            memory = daemon.memory_mb(process.pid)
            cpu = (daemon.cpu_seconds(process.pid) - before) / (time.time() - first) * 100
            ledger = record.execute(
                "SELECT count(*), count(DISTINCT pipeline || at), max(decided_at - at) FROM ticks "
                "WHERE outcome = 'run' AND at >= ?", (first * 1000,)).fetchone()
            finished = record.execute("SELECT count(*) FROM runs WHERE state = 'success'").fetchone()[0]
            record.close()
    wanted = options.pipelines * options.minutes
    print(f"{ledger[0]:,} ticks, {finished:,} runs done; the latest tick seen after {max(late):.2f} s (goal {LATEST:.0f}), decided "
          f"after {ledger[2] / 1000:.2f} s; {memory:.0f} MB (goal {MEMORY_MB}), {cpu:.0f} % of a core")
    is_good = ledger[:2] == (wanted, wanted) and max(late) <= LATEST and memory <= MEMORY_MB and finished >= wanted
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
