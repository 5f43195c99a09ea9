"""A daemon to measure: its socket, its memory, the time that it takes of the processors."""

import contextlib
import json
import os
import signal
import socket
import subprocess


@contextlib.contextmanager
def serving(heddle, project, environment=None, *options):
    """A daemon that listens; what it told of itself is its member `told`."""
    process = subprocess.Popen([heddle, "serve", "--json", "--quiet", *options], cwd=project, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if "heddle.serve/v1" not in line:
            raise SystemExit("bench: the daemon does not listen")
        process.told = json.loads(line)
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


class Socket:
    """Speaks to the owner of a state: a line of JSON, and its reply."""

    def __init__(self, project):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(os.path.join(project, ".heddle/heddle.sock"))
        self.lines = self.connection.makefile()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.connection.close()

    def ask(self, **members):
        self.connection.sendall(json.dumps({"heddle": 1, **members}).encode() + b"\n")
        return json.loads(self.lines.readline())

    def run(self, pipeline):
        reply = self.ask(ask="run", pipeline=pipeline)
        if "run" not in json.dumps(reply):
            raise SystemExit(f"bench: the daemon answers {reply}")
        return reply


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid, field="VmHWM"):
    """The most that it had; with `VmRSS`: what it has now."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) / 1024
