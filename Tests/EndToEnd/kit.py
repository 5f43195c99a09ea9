"""What the end-to-end tests share: the binary, projects of their own, the shared data."""

import contextlib
import datetime
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEDDLE = os.environ.get("HEDDLE") or os.path.join(ROOT, ".build", "heddle")
SHARED = os.environ.get("HEDDLE_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
# The long versions of tests, for `make proof`.
PROOF = os.environ.get("HEDDLE_PROOF") == "1"


def shared(path):
    """The path of something in the shared data; skips the test where it is absent."""
    full = os.path.join(SHARED, path)
    if not os.path.exists(full):
        raise unittest.SkipTest("the shared data folder is absent (set HEDDLE_SHARED to where it is)")
    return full


def now():
    """The moment, to the millisecond, as commands take it."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def until(what, seconds=120):
    """Waits for something to be true; its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


def end_tasks(folder):
    """Kills what the keepers of a folder still look after: tasks outlive their daemon, and are not to outlive their test."""
    parents, keepers = {}, set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
            with open(f"/proc/{pid}/stat") as file:
                parents[pid] = file.read().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if len(words) > 2 and words[1] == "keeper" and words[2].startswith(folder + "/"):
            keepers.add(pid)
    for pid in parents:
        if parents[pid] in keepers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


class Project:
    """A project in a temporary folder, removed by close()."""

    def __init__(self, files=None, copy_of=None):
        self.path = tempfile.mkdtemp(prefix="heddle-é-")
        if copy_of:
            shutil.copytree(os.path.join(copy_of, "dags"), os.path.join(self.path, "dags"))
        for path, text in (files or {}).items():
            self.write(path, text)

    def write(self, path, text):
        full = os.path.join(self.path, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        # At once, for whoever watches, who leaves alone what editors put beside a file.
        beside = full + "~"
        with open(beside, "w", encoding="utf-8") as file:
            file.write(text)
        if path.endswith(".sh"):
            os.chmod(beside, 0o755)
        os.replace(beside, full)

    def file(self, path):
        return os.path.join(self.path, path)

    def store(self, domain):
        return self.file(f".heddle/stores/{domain}.db")

    def environment(self, extra=None):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HEDDLE")}
        return {**kept, "NO_COLOR": "1", **(extra or {})}

    def start(self, *arguments, env=None, limit=None, prefix=()):
        """Starts the binary in a session of its own, its output in pipes; `limit`: how many descriptors it has."""
        before = resource.getrlimit(resource.RLIMIT_NOFILE)

        def prepare():
            # A background job of a shell ignores some signals, and would hand that on to what tests interrupt.
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            if limit:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))

        return subprocess.Popen(
            [*prefix, HEDDLE, *arguments], cwd=self.path, env=self.environment(env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=prepare)

    @contextlib.contextmanager
    def daemon(self, *arguments, **options):
        """A daemon that listens; killed at the end if it still runs."""
        process = self.start("serve", "--json", *arguments, **options)
        try:
            line = process.stdout.readline()
            if "heddle.serve/v1" not in line:
                raise AssertionError(f"the daemon does not listen: {line}")
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def heddle(self, *arguments, code=0, env=None, timeout=300):
        """Runs the binary in the project; its outcome, whose exit code must be the one expected (None: any)."""
        done = subprocess.run(
            [HEDDLE, *arguments], cwd=self.path, env=self.environment(env), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout)
        if code is not None and done.returncode != code:
            raise AssertionError(
                f"heddle {' '.join(arguments)}: exit {done.returncode}, not {code}\n"
                f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def json(self, *arguments, **options):
        return json.loads(self.heddle(*arguments, **options).stdout)

    def close(self):
        end_tasks(self.path)
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
