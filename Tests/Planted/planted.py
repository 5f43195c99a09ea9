"""Plants bugs in a copy of the tree, one by one, and sees whether the simulator finds them.

usage: planted.py [--only N,N,...] [--rotate K] [--seeds N] [--ledger FILE]

--rotate K plants K of them, others with each commit. Exits 1 when fewer than 95 % are found.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time

from bugs import BUGS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRATCH = os.path.join(ROOT, ".build-planted")


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def prepare():
    """A copy of the tree with a build of its own, kept from call to call so that only what changed is built."""
    os.makedirs(SCRATCH, exist_ok=True)
    for part in ["Sources", "Tests"]:
        # Copies keep the time of their last change, so that only what changed is built.
        shutil.rmtree(f"{SCRATCH}/{part}", ignore_errors=True)
        shutil.copytree(f"{ROOT}/{part}", f"{SCRATCH}/{part}")
    shutil.copy2(f"{ROOT}/Package.swift", f"{SCRATCH}/Package.swift")
    build()


def build():
    done = run(["swift", "build", "-c", "release", "--product", "simulate", "-Xswiftc", "-Onone"], cwd=SCRATCH)
    if done.returncode:
        raise SystemExit(f"does not build:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def simulate(seeds):
    """Whether the simulator complains, and the processor seconds it took."""
    begin = os.times()
    done = run([f"{SCRATCH}/.build/release/simulate", "--seeds", str(seeds), "--fail-fast"], cwd=SCRATCH)
    end = os.times()
    seconds = end.children_user - begin.children_user + end.children_system - begin.children_system
    return done.returncode != 0, seconds, (done.stdout + done.stderr).strip().splitlines()[:1]


def plant(number, seeds):
    name, law, path, old, new = BUGS[number]
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        raise SystemExit(f"bug {number}, '{name}': the text stands {text.count(old)} times in {path}, not once")
    with open(f"{SCRATCH}/{path}", "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    try:
        build()
        found, seconds, words = simulate(seeds)
    finally:
        with open(f"{SCRATCH}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
    print(f"{number:3d} law {law:2d} {'found' if found else 'NOT FOUND':9s} {seconds:6.1f} s  {name}"
          + (f": {words[0][:90]}" if found and words else ""), flush=True)
    return found, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only")
    parser.add_argument("--rotate", type=int)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--ledger")
    options = parser.parse_args()
    chosen = range(len(BUGS))
    commit = run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT).stdout.strip() or "0"
    if options.only:
        chosen = [int(word) for word in options.only.split(",")]
    elif options.rotate:
        first = int(commit, 16) % len(BUGS)
        chosen = [(first + step * (len(BUGS) // options.rotate)) % len(BUGS) for step in range(options.rotate)]
    prepare()
    complains, _, words = simulate(40)
    if complains:
        raise SystemExit(f"the simulator complains though nothing is planted: {words}")
    results = [plant(number, options.seeds) for number in chosen]
    found = sum(1 for result in results if result[0])
    seconds = sum(result[1] for result in results)
    print(f"{found} of {len(results)} planted bugs found in {seconds:.0f} processor seconds")
    if options.ledger:
        with open(options.ledger, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\t{commit}\t{found}\t{len(results)}"
                       f"\t{seconds:.0f}\n")
    return 0 if found >= 0.95 * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
