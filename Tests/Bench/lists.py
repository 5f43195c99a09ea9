"""The API's lists behind a long history: how long `wrk` waits for each of them, and whether history makes them slower.

usage: lists.py --heddle PATH [--instances N] [--clients N] [--seconds N]

The record is quiet, so what is asked again within a second is answered from memory: that is the figure for a crowd. Then
each list is asked alone, now and then, when nothing of it is in memory; behind a hundredth of the history, and behind all
of it. Exits 1 where the 95th percentile under the crowd is over its goal, or where the history is felt.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import daemon
import recovery

# Milliseconds; and how much slower a list may be behind all of the history, with what a clock cannot tell.
GOAL, GROWTH, NOISE = 50, 1.5, 1
ROUNDS = 9
PIPELINE = "d/p"
SCRIPT = """
done = function(summary, latency, requests)
  io.write(string.format("p50 %.2f p95 %.2f wrong %d\\n", latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    summary.errors.connect + summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


def lists(pipeline, run=None, dataset=None):
    """What the API lists, of a mesh with this pipeline, run and dataset; the run is not among the last."""
    paths = ["system", "pipelines?limit=50", "runs?limit=50", "runs?state=success&limit=50",
             f"runs?pipeline={pipeline.replace('/', '%2F')}", "datasets", "backfills", "alerts", f"pipelines/{pipeline}/grid",
             "silences"]
    if run:
        paths += [f"runs/{run}", f"runs/{run}/tasks", f"runs/{run}/timeline", f"runs/{run}/events",
                  f"runs?limit=50&cursor={run}"]
    if dataset:
        paths += [f"datasets/{dataset}", f"datasets/{dataset}/partitions?limit=50",
                  f"datasets/{dataset}/partitions?limit=50&cursor=1970-01-05T00%3A00"]
    return paths


def behind(heddle, instances, measure):
    """Calls `measure` with the address of a daemon that has so many task instances behind it, and the lists it has."""
    with tempfile.TemporaryDirectory(prefix="heddle-lists-") as path:
        recovery.project(path)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HEDDLE")}
        subprocess.run([heddle, "run", PIPELINE, "--partition", "2030-01-01T00:00", "--quiet"], cwd=path, env=environment,
                       check=True, stdout=subprocess.DEVNULL)
        recovery.fill(path, instances, 0)
        with daemon.serving(heddle, path, environment, "--bind", "127.0.0.1:0") as process:
            address = process.told["page"] + "/api/v1/"
            return measure(address, lists(PIPELINE, run=instances // recovery.TASKS // 2, dataset="d.x0"))


def alone(address, paths):
    """Milliseconds of each list, asked by one who waits until nothing of it is in memory."""
    took = {path: [] for path in paths}
    for _ in range(ROUNDS):
        time.sleep(1.1)
        for path in paths:
            begin = time.monotonic()
            with urllib.request.urlopen(address + path, timeout=30) as response:
                json.load(response)
            took[path].append((time.monotonic() - begin) * 1000)
    return {path: statistics.median(times) for path, times in took.items()}


def crowded(address, path, script, options):
    """The median and the 95th percentile in milliseconds, with so many clients at once."""
    done = subprocess.run(["wrk", "-t", "2", "-c", str(options.clients), "-d", f"{options.seconds}s", "-s", script, address + path],
                          capture_output=True, text=True, check=True)
    half, most, wrong = re.search(r"p50 ([\d.]+) p95 ([\d.]+) wrong (\d+)", done.stdout).groups()
    if int(wrong):
        raise SystemExit(f"{wrong} requests for {path} had no good answer:\n{done.stdout}")
    return float(half), float(most)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heddle", required=True)
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("it wants 'wrk' on the PATH")
    if options.instances < 100_000:
        parser.error("a hundredth of the history must be more than a page: at least 100,000 instances")
    heddle = os.path.abspath(options.heddle)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT)
        script.flush()
        short = behind(heddle, options.instances // 100, alone)
        long, crowd = behind(heddle, options.instances, lambda address, paths: (
            alone(address, paths), {path: crowded(address, path, script.name, options) for path in paths}))
    # The run differs, and is as long.
    before = dict(zip(long, short.values()))
    bad = []
    for path, (half, most) in crowd.items():
        grown = long[path] > before[path] * GROWTH + NOISE
        print(f"  {path:34} {options.clients} clients: median {half:6.2f}, p95 {most:6.2f} ms; alone {long[path]:5.2f} ms, "
              f"{before[path]:5.2f} behind a hundredth")
        if most > GOAL or grown:
            bad.append(path)
    print(f"{options.instances:,} task instances of history: the slowest p95 is {max(most for _, most in crowd.values()):.1f} ms "
          f"(goal {GOAL})" + (f"; too slow: {', '.join(bad)}" if bad else ""))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
