"""Runs the fuzzers: everything that comes from outside and is parsed.

usage: fuzz.py [--seconds N | --runs N] [--only TARGET,...] [--ledger FILE] [--build]

One for each processor runs at once. It begins with what lies below corpus/, a folder for each target; what it finds besides is kept from run to run in the
build's folder. What traps, hangs for 10 s or takes more than 256 MB is left here as crash-*, and the exit is 1. With a
ledger, a target that it has as passed at this commit, with as many runs, is not run again. --build only builds them.
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
TARGETS = ["declarations", "csv", "jsonlines", "output", "control", "keeper", "isolated", "http"]


def build():
    environment = {**os.environ, "HEDDLE_FUZZ": "1"}
    done = subprocess.run(
        ["swift", "build", "-c", "release", "--product", "fuzz", "--scratch-path", SCRATCH, "--sanitize=fuzzer",
         "-Xswiftc", "-enable-testing"], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the fuzzers do not build:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return os.path.join(SCRATCH, "release", "fuzz")


def fuzz(binary, target, options):
    corpus = os.path.join(HERE, "corpus", target)
    found = os.path.join(SCRATCH, "found", target)
    os.makedirs(corpus, exist_ok=True)
    os.makedirs(found, exist_ok=True)
    # Swift's own handler of crashes would stop to draw a backtrace.
    environment = {**os.environ, "FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no"}
    limit = [f"-runs={options.runs}"] if options.runs else [f"-max_total_time={options.seconds}"]
    begin = time.monotonic()
    done = subprocess.run(
        [binary, *limit, "-timeout=10", "-rss_limit_mb=256", "-max_len=4096", "-print_final_stats=1",
         f"-artifact_prefix={HERE}/crash-{target}-", found, corpus],
        env=environment, capture_output=True, text=True)
    text = done.stderr
    runs = re.search(r"number_of_executed_units:\s*(\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    memory = re.search(r"peak_rss_mb:\s*(\d+)", text)
    result = {
        "target": target, "runs": int(runs.group(1)) if runs else 0, "edges": int(covered[-1]) if covered else 0,
        "memory_mb": int(memory.group(1)) if memory else 0, "seconds": round(time.monotonic() - begin),
        "passed": done.returncode == 0}
    print("  {target:13s} {runs:>10,} runs, {edges:>6,} edges, {memory_mb} MB, {seconds} s: {0}".format(
        "passed" if result["passed"] else "FAILED", **result), flush=True)
    if not result["passed"]:
        print(text[-2000:])
    return result


def known(options, commit):
    """The targets that the ledger has as passed already."""
    if not options.ledger:
        return set()
    if not os.path.exists(options.ledger):
        with open(options.ledger, "w", encoding="utf-8") as file:
            file.write("when\tcommit\ttarget\truns\tedges\tmemory in MB\tseconds\tpassed\n")
    with open(options.ledger, encoding="utf-8") as file:
        lines = [line.split("\t") for line in file.read().splitlines()[1:]]
    return {line[2] for line in lines
            if line[1] == commit and line[7] == "True" and options.runs and int(line[3]) >= options.runs}


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
    passed = known(options, commit)
    left = [target for target in (options.only.split(",") if options.only else TARGETS) if target not in passed]
    binary = build() if left else ""
    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as lanes:
        # Each is written down when it is done: a slow one that is ended takes no other with it.
        tried = [lanes.submit(fuzz, binary, target, options) for target in left]
        for result in map(concurrent.futures.Future.result, concurrent.futures.as_completed(tried)):
            results.append(result)
            if options.ledger:
                with open(options.ledger, "a", encoding="utf-8") as file:
                    file.write("\t".join(str(part) for part in [
                        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), commit, *result.values()]) + "\n")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
