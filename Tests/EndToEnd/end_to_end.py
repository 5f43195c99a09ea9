"""Runs the files of end-to-end tests, two at a time; those that measure how fast something is, alone.

usage: end_to_end.py [FILE...]

What a file prints is shown when it is over. Exits 1 when any test fails, or a file runs no test at all.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# They measure how fast something is.
ALONE = ["bench", "binary", "deploy", "forecast", "large", "page_api"]
# What takes longest is begun first.
LONG = ["torture", "faults", "kill", "alerts", "thousand", "schedule", "team", "zones"]
LANES = 2 if (os.cpu_count() or 1) > 1 else 1


def names():
    chosen = [os.path.basename(name).removesuffix(".py").removesuffix("_test") for name in sys.argv[1:]]
    return chosen or sorted(file.removesuffix("_test.py") for file in os.listdir(HERE) if file.endswith("_test.py"))


def play(name):
    """How many tests the file has, whether all passed, and the seconds; prints what it told."""
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-B", "-m", "unittest", f"{name}_test"], cwd=HERE, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seconds = time.monotonic() - begin
    ran = re.findall(r"^Ran (\d+) tests? in", done.stdout, re.MULTILINE)
    count = int(ran[-1]) if ran else 0
    passed = done.returncode == 0 and count > 0
    skipped = re.findall(r"^OK \(skipped=(\d+)\)$", done.stdout, re.MULTILINE)
    note = f", {skipped[-1]} skipped" if skipped else ""
    print(f"{name}: {'passed' if passed else 'FAILED'}, {count} tests{note} in {seconds:.0f} s", flush=True)
    # Of what passed only what the tests themselves say is of interest.
    told = done.stdout if not passed else "\n".join(
        line for line in done.stdout.splitlines() if line.startswith("  "))
    if told.strip():
        print(told, flush=True)
    return name, count, passed


def main():
    chosen = names()
    together = [name for name in LONG if name in chosen]
    together += [name for name in chosen if name not in ALONE + LONG]
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        results = list(lanes.map(play, together))
    results += [play(name) for name in chosen if name in ALONE]
    failed = [name for name, _, passed in results if not passed]
    print(f"Ran {sum(count for _, count, _ in results)} tests in {time.monotonic() - begin:.0f} s")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
