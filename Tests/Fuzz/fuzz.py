"""Runs the fuzzers: everything that comes from outside and is parsed.

usage: fuzz.py [--seconds N | --runs N] [--only TARGET,...] [--ledger FILE] [--build]

One for each processor runs at once. It begins with what lies below corpus/, a folder for each target; what it finds besides
is kept from run to run in the build's folder. What traps, hangs for 10 s or takes more than 256 MB is left here as crash-*,
and the exit is 1. With a ledger the runs of a target add up, over commits too: each part of them is a line when it is done, and
what the ledger has already is not run again. --build only builds them.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCRATCH = os.path.join(ROOT, ".build-fuzz")
# So many runs are a line of the ledger.
PART = 500_000
TARGETS = ["declarations", "csv", "jsonlines", "output", "control", "keeper", "isolated", "http"]


def build():
    environment = {**os.environ, "HEDDLE_FUZZ": "1"}
    done = subprocess.run(
        ["swift", "build", "-c", "release", "--product", "fuzz", "--scratch-path", SCRATCH, "--sanitize=fuzzer",
         "-Xswiftc", "-enable-testing"], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the fuzzers do not build:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return os.path.join(SCRATCH, "release", "fuzz")


def fuzz(binary, target, limit):
    corpus = os.path.join(HERE, "corpus", target)
    found = os.path.join(SCRATCH, "found", target)
    os.makedirs(corpus, exist_ok=True)
    os.makedirs(found, exist_ok=True)
    # Swift's own handler of crashes would stop to draw a backtrace.
    environment = {**os.environ, "FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no"}
    begin = time.monotonic()
    done = subprocess.run(
        [binary, limit, "-timeout=10", "-rss_limit_mb=256", "-max_len=4096", "-report_slow_units=3600",
         "-print_final_stats=1", f"-artifact_prefix={HERE}/crash-{target}-", found, corpus],
        env=environment, capture_output=True, text=True)
    text = done.stderr
    runs = re.search(r"number_of_executed_units:\s*(\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    memory = re.search(r"peak_rss_mb:\s*(\d+)", text)
    result = {
        "target": target, "runs": int(runs.group(1)) if runs else 0, "edges": int(covered[-1]) if covered else 0,
        "memory_mb": int(memory.group(1)) if memory else 0, "seconds": round(time.monotonic() - begin),
        "passed": done.returncode == 0 or was_stopped(binary, text, environment)}
    print("  {target:13s} {runs:>10,} runs, {edges:>6,} edges, {memory_mb} MB, {seconds} s: {0}".format(
        "passed" if result["passed"] else "FAILED", **result), flush=True)
    if not result["passed"]:
        print(text[-2000:])
    return result


def was_stopped(binary, text, environment):
    """Whether what hung was the machine: by itself the input takes no time, and the file of it goes."""
    hung = re.search(r"SUMMARY: libFuzzer: timeout", text) and re.search(r"written to (\S+-timeout-\w+)", text)
    if not hung:
        return False
    again = subprocess.run([binary, "-timeout=2", hung.group(1)], env=environment, capture_output=True)
    if again.returncode == 0:
        os.remove(hung.group(1))
    return again.returncode == 0


def in_parts(binary, target, options, ledger, results):
    """Runs a target as often as is asked for; of what the ledger has only what is left."""
    if not options.runs:
        return results.append(fuzz(binary, target, f"-max_total_time={options.seconds}"))
    left = options.runs - ledger.runs.get(target, 0)
    while left > 0:
        result = fuzz(binary, target, f"-runs={min(left, PART)}")
        results.append(result)
        ledger.add(result)
        if not result["passed"]:
            return
        left -= result["runs"]


class Ledger:
    """How often each target was run, and passed."""

    def __init__(self, path, commit):
        self.path = path
        self.commit = commit
        self.runs = {}
        if not path:
            return
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write("when\tcommit\ttarget\truns\tedges\tmemory in MB\tseconds\tpassed\n")
        with open(path, encoding="utf-8") as file:
            for line in file.read().splitlines()[1:]:
                _, _, target, runs, _, _, _, passed = line.split("\t")
                if passed == "True":
                    self.runs[target] = self.runs.get(target, 0) + int(runs)

    def add(self, result):
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write("\t".join(str(part) for part in [
                    time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), self.commit, *result.values()]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--only")
    parser.add_argument("--ledger")
    parser.add_argument("--build", action="store_true")
    options = parser.parse_args()
    if options.build:
        build()
        return 0
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    commit = commit.stdout.strip()
    ledger = Ledger(options.ledger, commit)
    targets = options.only.split(",") if options.only else TARGETS
    left = [target for target in targets if not options.runs or ledger.runs.get(target, 0) < options.runs]
    binary = build() if left else ""
    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as lanes:
        for tried in [lanes.submit(in_parts, binary, target, options, ledger, results) for target in left]:
            tried.result()
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
