"""Runs the files of end-to-end tests, two at a time; those that measure how fast something is, alone.

usage: end_to_end.py [FILE...]

What a file prints is shown when it is over; tests that failed are repeated at the end, each alone. Exits 1 when any fails
again, or a file runs no test at all.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time

import again

HERE = os.path.dirname(os.path.abspath(__file__))
# They measure how fast something is.
ALONE = ["bench", "binary", "check", "demonstration", "deploy", "forecast", "large", "page_api"]
# What takes longest is begun first.
LONG = ["torture", "faults", "kill", "alerts", "thousand", "schedule", "team", "zones"]
LANES = 2 if (os.cpu_count() or 1) > 1 else 1
# A file that takes longer hangs.
LONGEST = 6 * 3600 if os.environ.get("HEDDLE_PROOF") else 1800


def names():
    chosen = [os.path.basename(name).removesuffix(".py").removesuffix("_test") for name in sys.argv[1:]]
    return chosen or sorted(file.removesuffix("_test.py") for file in os.listdir(HERE) if file.endswith("_test.py"))


def play(name):
    """How many tests the file has, whether all passed, and what it printed."""
    begin = time.monotonic()
    # To a file: what a test leaves behind may hold on to it, and nobody waits for that.
    with tempfile.TemporaryFile("w+", errors="replace") as told:
        process = subprocess.Popen([sys.executable, "-B", "-m", "unittest", f"{name}_test"], cwd=HERE,
                                   stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT)
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        told.seek(0)
        output = told.read()
    seconds = time.monotonic() - begin
    ran = re.findall(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    count = int(ran[-1]) if ran else 0
    passed = code == 0 and count > 0
    skipped = re.findall(r"^OK \(skipped=(\d+)\)$", output, re.MULTILINE)
    note = f", {skipped[-1]} skipped" if skipped else ", killed because it hangs" if code is None else ""
    print(f"{name}: {'passed' if passed else 'FAILED'}, {count} tests{note} in {seconds:.0f} s", flush=True)
    # Of what passed only what the tests themselves say is of interest.
    shown = output if not passed else "\n".join(line for line in output.splitlines() if line.startswith("  "))
    if shown.strip():
        print(shown, flush=True)
    return name, count, passed, output


def main():
    chosen = names()
    together = [name for name in LONG if name in chosen]
    together += [name for name in chosen if name not in ALONE + LONG]
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        results = list(lanes.map(play, together))
    results += [play(name) for name in chosen if name in ALONE]
    failed = [name for name, _, passed, output in results if not passed and not again.passes(output, HERE)]
    print(f"Ran {sum(count for _, count, _, _ in results)} tests in {time.monotonic() - begin:.0f} s")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
