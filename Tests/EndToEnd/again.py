"""Repeats tests that failed: what is at fault fails alone too, and what only met a busy moment does not.

A test that passes when it is repeated is told of by name, with what it said when it failed.
"""

import re
import subprocess
import sys

HEADING = re.compile(r"^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)", re.MULTILINE)
# More than so many are no busy moment.
MOST = 3


def failed(output):
    """The tests that failed, as unittest takes them; what failed before its tests is all of them."""
    found = []
    for name, place in HEADING.findall(output):
        if name not in place.split(".") and name not in ("setUpClass", "tearDownClass", "setUpModule"):
            return []
        if place not in found:
            found.append(place)
    return found


def passes(output, folder, python=sys.executable):
    """Whether all that failed in an output passes when it is repeated, each test apart."""
    tests = failed(output)
    if not 0 < len(tests) <= MOST:
        return False
    for test in tests:
        done = subprocess.run([python, "-B", "-m", "unittest", test], cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode != 0:
            print(f"{test} failed again:\n{done.stdout}", flush=True)
            return False
        print(f"{test} failed once, and passed when it was repeated alone", flush=True)
    return True
