"""Runs the browser tests in Debian's Chromium, with Playwright in an environment of its own below .build.

Where either cannot be had (there is no network, say) every test is skipped by its name. Those that failed are repeated at
the end, each alone. usage: browser.py [TEST...]
"""

import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

import again  # noqa: E402  (its folder is not on the path before)

ENVIRONMENT = os.path.join(ROOT, ".build", "browser-environment")
PYTHON = os.path.join(ENVIRONMENT, "bin", "python")
# Pinned, so that the same rules are tried everywhere. Playwright's own download of a browser is never asked for.
PACKAGES = ["playwright==1.65.2", "axe-playwright-python==0.1.8"]


def environment():
    """What is missing for the tests, in words; None: they can run."""
    if not (shutil.which("chromium") or os.environ.get("CHROMIUM")):
        return "there is no 'chromium' on the PATH"
    if works():
        return None
    done = subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], capture_output=True, text=True)
    if done.returncode:
        return "python3 cannot make an environment (Debian: python3-venv)"
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES])
    return None if works() else "pip cannot install " + " and ".join(PACKAGES)


def works():
    if not os.path.exists(PYTHON):
        return False
    return subprocess.run([PYTHON, "-c", "import playwright, axe_playwright_python"], capture_output=True).returncode == 0


def names():
    """The tests by name, found without importing what is missing."""
    for file in sorted(os.listdir(HERE)):
        if file.endswith("_test.py"):
            with open(os.path.join(HERE, file), encoding="utf-8") as text:
                for name in re.findall(r"def (test_\w+)", text.read()):
                    yield f"{file[:-3]}.{name}"


def main():
    missing = environment()
    if missing:
        for name in names():
            print(f"skipped: {name}: {missing}")
        # What is to be proved is not proved by skipping it.
        return 1 if os.environ.get("HEDDLE_PROOF") == "1" else 0
    chosen = sys.argv[1:] or ["discover", "-s", HERE, "-p", "*_test.py"]
    process = subprocess.Popen([PYTHON, "-B", "-m", "unittest", *chosen], cwd=HERE, stderr=subprocess.PIPE, text=True)
    told = []
    while piece := process.stderr.read(1):
        told.append(piece)
        sys.stderr.write(piece)
        sys.stderr.flush()
    return 0 if process.wait() == 0 or again.passes("".join(told), HERE, PYTHON) else 1


sys.exit(main())
