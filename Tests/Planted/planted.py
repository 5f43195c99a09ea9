"""Plants bugs in a copy of the tree, one by one, and sees whether the simulator finds them.

usage: planted.py [--only N,N,...] [--rotate K] [--cpu SECONDS] [--ledger FILE] [--build]

--rotate K plants K of them, others with each commit. With a ledger, what it has of this commit is not done again.
Exits 1 when fewer than 95 % are found within the processor time each; of K by rotation one may be missed. --build only makes
the copy, without a bug, and builds it.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time

from bugs import BUGS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRATCH = os.path.join(ROOT, ".build-planted")
OPTIMIZED = ["-Xswiftc", "-O"]
HEADER = "when\tcommit\tbug\tlaw\tresult\tprocessor seconds\twords\n"


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **options)


def prepare():
    """A copy of the tree with a build of its own, kept from call to call so that only what changed is built."""
    os.makedirs(SCRATCH, exist_ok=True)
    # Copies keep the time of their last change.
    for part in ["Sources", "Tests"]:
        shutil.rmtree(f"{SCRATCH}/{part}", ignore_errors=True)
        shutil.copytree(f"{ROOT}/{part}", f"{SCRATCH}/{part}")
    shutil.copy2(f"{ROOT}/Package.swift", f"{SCRATCH}/Package.swift")


def build(room=None):
    """A debug build, for that compiles only the file that changed; with the optimizer it plays four times as fast."""
    what = ["--build-tests"] if room else ["--product", "simulate"]
    environment = {**os.environ, "HEDDLE_TESTS": room or ""}
    done = run(["swift", "build", *OPTIMIZED, *what], cwd=SCRATCH, env=environment)
    if done.returncode:
        raise SystemExit(f"does not build:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def play(command, limit, **options):
    """Whether it complains, the processor seconds it took, and its first words."""
    def bounded():
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))

    begin = os.times()
    done = run(command, cwd=SCRATCH, preexec_fn=bounded, **options)
    end = os.times()
    seconds = end.children_user - begin.children_user + end.children_system - begin.children_system
    words = (done.stdout + done.stderr).strip().splitlines()[:1]
    # What its time ended has found nothing.
    return done.returncode > 0, seconds, words[0] if words else ""


def simulate(limit, seeds=1_000_000):
    binary = f"{SCRATCH}/.build/debug/simulate"
    return play([binary, "--seeds", str(seeds), "--fail-fast"], limit, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})


def examine(suite, limit):
    room = suite.split(".")[0]
    return play(["swift", "test", *OPTIMIZED, "--skip-build", "--filter", suite.replace(".", "Tests.")], limit,
                env={**os.environ, "HEDDLE_TESTS": room})


def plant(number, limit):
    name, law, path, old, new, *suite = BUGS[number]
    with open(f"{ROOT}/{path}", encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        raise SystemExit(f"bug {number}, '{name}': the text stands {text.count(old)} times in {path}, not once")
    with open(f"{SCRATCH}/{path}", "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    try:
        build(*(one.split(".")[0] for one in suite))
        found, seconds, words = examine(suite[0], limit) if suite else simulate(limit)
    except SystemExit as error:
        # What cannot be built is no bug; it counts as missed, so that somebody mends it.
        found, seconds, words = False, 0, f"{error}".splitlines()[0]
        print(error)
    finally:
        with open(f"{SCRATCH}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
    print(f"{number:3d} law {law:2d} {'found' if found else 'NOT FOUND':9s} {seconds:6.1f} s  {name}: {words[:90]}",
          flush=True)
    return found, seconds, words


class Ledger:
    """What was tried, a line each."""

    def __init__(self, path, commit):
        self.path = path
        self.commit = commit
        self.known = {}
        if not path:
            return
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write(HEADER)
        with open(path, encoding="utf-8") as file:
            for line in file.read().splitlines()[1:]:
                columns = line.split("\t")
                if columns[1] == commit:
                    self.known[columns[2]] = columns[4] == "found"

    def add(self, name, law, found, seconds, words):
        self.known[name] = found
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write("\t".join([
                    time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), self.commit, name, str(law),
                    "found" if found else "missed", f"{seconds:.0f}", words.replace("\t", " ")[:120]]) + "\n")


def chosen(options, commit):
    if options.only:
        return [int(word) for word in options.only.split(",")]
    if options.rotate:
        first = int(commit[:7], 16) % len(BUGS)
        return [(first + step * (len(BUGS) // options.rotate)) % len(BUGS) for step in range(options.rotate)]
    return list(range(len(BUGS)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only")
    parser.add_argument("--rotate", type=int)
    parser.add_argument("--cpu", type=int, default=600)
    parser.add_argument("--ledger")
    parser.add_argument("--build", action="store_true")
    options = parser.parse_args()
    if options.build:
        prepare()
        build()
        return 0
    commit = run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT).stdout.strip() or "0"
    ledger = Ledger(options.ledger, commit)
    numbers = chosen(options, commit)
    left = [number for number in numbers if BUGS[number][0] not in ledger.known]
    if left:
        prepare()
        build()
        complains, _, words = simulate(600, seeds=6)
        if complains:
            raise SystemExit(f"the simulator complains though nothing is planted: {words}")
    for number in left:
        ledger.add(*BUGS[number][:2], *plant(number, options.cpu))
    found = sum(1 for number in numbers if ledger.known[BUGS[number][0]])
    print(f"{found} of {len(numbers)} planted bugs found")
    # Of a few, one may be among the 5 % of the whole list.
    return 0 if found >= 0.95 * len(numbers) - (1 if options.rotate else 0) else 1


if __name__ == "__main__":
    sys.exit(main())
