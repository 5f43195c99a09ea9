"""Asks a daemon whatever the document of its API allows, and what it forbids, with schemathesis and all of its checks: once
as an admin, once as nobody. Then promtool, where there is one, looks at the metrics of all that.

usage: HEDDLE=PATH contract.py [--examples N] [--seed N] [--only admin|nobody]

schemathesis is installed below .build, where it is not there yet. Exits 1 where any check fails.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Bench"))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))
import daemon  # noqa: E402
from kit import HEDDLE, Project  # noqa: E402

ENVIRONMENT = os.path.join(ROOT, ".build", "contract-environment")
SCHEMATHESIS = os.path.join(ENVIRONMENT, "bin", "schemathesis")
# Pinned, so that the same checks are made everywhere.
PACKAGE = "schemathesis==4.32.5"
FILES = {
    "dags/sales/domain.yaml": "domain: sales\nowner: sales-team\n",
    "dags/sales/orders.yaml": """
pipeline: orders
partition: daily
params: {rate: {type: number, default: 1}}
tasks:
  land: {sql: "SELECT 1 AS n, :partition AS day", into: sales.orders, mode: partition, partition_by: day}
  tell: {run: "echo first; echo second; exit 3", reads: sales.orders}
""",
    "dags/sales/margin.yaml": """
pipeline: margin
tasks:
  sum: {sql: "SELECT count(*) AS n FROM sales.orders", into: sales.margin, mode: replace}
""",
}


def install():
    if not os.path.exists(SCHEMATHESIS):
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        pip = [os.path.join(ENVIRONMENT, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, PACKAGE], check=True)


def fill(project):
    """Runs that succeeded and that failed, a backfill, and the token of an admin."""
    project.heddle("run", "sales/orders", "--partition", "2020-01-01", code=None)
    project.heddle("backfill", "sales/orders", "--from", "2020-01-02", "--to", "2020-01-03", "--yes", code=None)
    project.heddle("run", "sales/margin", code=None)
    return project.heddle("token", "create", "contract", "--role", "admin", "--quiet").stdout.strip()


def silence(address, token):
    request = urllib.request.Request(
        f"{address}api/v1/silences", json.dumps({"select": "sales/*", "for": "1h"}).encode(),
        {"authorization": f"Bearer {token}", "content-type": "application/json"})
    urllib.request.urlopen(request).close()


def ask(address, token, options):
    words = [SCHEMATHESIS, "--config-file", os.path.join(HERE, "schemathesis.toml"), "run",
             f"{address}api/v1/openapi.json", "--checks", "all", "--max-examples", str(options.examples),
             "--seed", str(options.seed), "--continue-on-failure", "--generation-database", "none", "--no-color"]
    if token:
        words += ["--header", f"Authorization: Bearer {token}"]
    # It leaves folders of its own where it runs.
    return subprocess.run(words, cwd=ENVIRONMENT, env={**os.environ, "PYTHONPATH": HERE}).returncode


def has_good_metrics(address, token):
    if not shutil.which("promtool"):
        # What is to be proved is not proved by skipping it.
        print("the metrics: skipped, there is no promtool (Debian's package 'prometheus' has it)")
        return os.environ.get("HEDDLE_PROOF") != "1"
    request = urllib.request.Request(f"{address}metrics", headers={"authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read()
    except OSError as error:
        print(f"the metrics: {error}")
        return False
    done = subprocess.run(["promtool", "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"the metrics: {text.count(10)} lines, promtool {'is content' if not done.stdout else done.stdout.decode()}")
    return done.returncode == 0 and not done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["admin", "nobody"])
    options = parser.parse_args()
    install()
    failed = []
    for who in ["admin", "nobody"]:
        if options.only not in (None, who):
            continue
        with Project(FILES) as project:
            token = fill(project)
            with daemon.serving(HEDDLE, project.path, project.environment(), "--bind", "127.0.0.1:0",
                                "--proxy", "127.0.0.1") as process:
                address = process.told["page"] + "/"
                silence(address, token)
                print(f"as {who}:", flush=True)
                if ask(address, token if who == "admin" else None, options):
                    failed.append(who)
                if not has_good_metrics(address, token):
                    failed.append(f"{who}'s metrics")
    print(f"failed: {', '.join(failed)}" if failed else "no check failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
