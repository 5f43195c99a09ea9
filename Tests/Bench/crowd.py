"""Pipelines that are due at every full minute, first alone, then while a crowd is at the page: clients that send a byte of
a request now and then, and `wrk` on the lists of the API. How late the ticks stand in the ledger, and what memory it takes.

usage: crowd.py --heddle PATH [--pipelines N] [--minutes N] [--slow N] [--connections N]

A tick is as late as a reader of the state file sees it. The crowd has the lowest priority, as it would be on another
machine. Exits 1 where a tick comes later than the goal says, is missing or doubled, or where the memory grows.
"""

import argparse
import os
import re
import selectors
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import daemon
import lists
import meshes

LATEST, GROWTH = 0.1, 1.1
# Each connection asks for one list after the other.
SCRIPT = """
local lists, at = {%s}, 0
request = function() at = at %% #lists + 1; return wrk.format("GET", "/api/v1/" .. lists[at]) end
"""


class Slow:
    """Clients that begin a request and never end it, a byte a second; whoever is sent away comes back."""

    def __init__(self, port, count):
        self.port, self.wires = port, {}
        self.selector = selectors.DefaultSelector()
        self.opened = 0
        self.count = count

    def open(self):
        wire = socket.socket()
        wire.setblocking(False)
        wire.connect_ex(("127.0.0.1", self.port))
        self.wires[wire] = b"GET /api/v1/system HTTP/1.1\r\nHost: localhost\r\nX: "
        self.selector.register(wire, selectors.EVENT_READ)
        self.opened += 1

    def close(self, wire):
        self.selector.unregister(wire)
        del self.wires[wire]
        wire.close()

    def send(self, wire):
        rest = self.wires[wire]
        try:
            wire.send(rest[:1] or b"x")
            self.wires[wire] = rest[1:]
        except BlockingIOError:
            pass
        except OSError:
            self.close(wire)

    def run(self):
        while True:
            begin = time.monotonic()
            # Not all at once: a crowd that comes back to a closed door does not break it.
            for _ in range(min(200, self.count - len(self.wires))):
                self.open()
            for wire in list(self.wires):
                self.send(wire)
            while (left := begin + 1 - time.monotonic()) > 0:
                for key, _ in self.selector.select(left):
                    self.close(key.fileobj)


class Crowd:
    """Whoever is at the page, as processes of the lowest priority."""

    def __init__(self, port, options, folder):
        script = os.path.join(folder, "lists.lua")
        with open(script, "w", encoding="utf-8") as file:
            file.write(SCRIPT % ", ".join(f'"{path}"' for path in lists.lists("d0/p00000")))
        seconds = (options.minutes + 2) * 60
        self.wrk = subprocess.Popen(
            ["nice", "-n", "19", "wrk", "-t", "2", "-c", str(options.connections), "-d", f"{seconds}s", "--latency",
             "-s", script, f"http://127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        self.slow = subprocess.Popen(
            ["nice", "-n", "19", sys.executable, os.path.abspath(__file__), "--be-slow", f"{port}:{options.slow}"])

    def end(self):
        """What `wrk` tells."""
        self.slow.kill()
        self.slow.wait()
        # It tells what it saw when it is interrupted, too.
        self.wrk.send_signal(2)
        return self.wrk.communicate(timeout=30)[0]


def seen(record, minute, count):
    """The second after the minute at which all of its ticks can be read, looking for half a minute."""
    time.sleep(max(0, minute + 0.005 - time.time()))
    while time.time() < minute + 30:
        found = record.execute("SELECT count(*) FROM ticks WHERE at = ?", (minute * 1000,)).fetchone()[0]
        if found >= count:
            return time.time() - minute
        time.sleep(0.005)
    return float("inf")


def watch(record, process, options, title):
    """Looks on for some minutes: how late, the memory after each, the minutes."""
    first = (int(time.time()) // 60 + 1) * 60
    late, memory, minutes = [], [], range(first, first + options.minutes * 60, 60)
    cpu, begin = daemon.cpu_seconds(process.pid), time.time()
    for minute in minutes:
        late.append(seen(record, minute, options.pipelines))
        time.sleep(30)
        memory.append(daemon.memory_mb(process.pid, "VmRSS"))
        print(f"  {title}: all ticks after {late[-1] * 1000:.0f} ms, {memory[-1]:.0f} MB, "
              f"load {os.getloadavg()[0]:.1f}", flush=True)
    took = (daemon.cpu_seconds(process.pid) - cpu) / (time.time() - begin)
    decided = record.execute("SELECT max(decided_at - at) FROM ticks WHERE at BETWEEN ? AND ?",
                             (minutes[0] * 1000, minutes[-1] * 1000)).fetchone()[0]
    print(f"{title}: the latest tick seen after {max(late) * 1000:.0f} ms, decided after {decided} ms; "
          f"{took * 100:.0f} % of a core", flush=True)
    return late, memory, minutes


def measure(options, project):
    meshes.scheduled(project, options.pipelines, "{every: 1m, catchup: all}")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEDDLE")}
    with daemon.serving(os.path.abspath(options.heddle), project, environment, "--bind", "127.0.0.1:0") as process:
        port = int(process.told["page"].rsplit(":", 1)[1])
        record = sqlite3.connect(f"file:{project}/.heddle/heddle.db?mode=ro", uri=True, isolation_level=None)
        alone, memory_alone, before = watch(record, process, options, "alone")
        crowd = Crowd(port, options, project)
        try:
            late, memory, minutes = watch(record, process, options, "with the crowd")
        finally:
            told = crowd.end()
        wanted = options.pipelines * 2 * options.minutes
        ledger = record.execute("SELECT count(*), count(DISTINCT pipeline || at) FROM ticks WHERE outcome = 'run' AND "
                                "(at BETWEEN ? AND ? OR at BETWEEN ? AND ?)",
                                (before[0] * 1000, before[-1] * 1000, minutes[0] * 1000, minutes[-1] * 1000)).fetchone()
        record.close()
    print(re.sub(r"(?m)^", "  ", told.rstrip()))
    print(f"{ledger[0]:,} ticks of {wanted:,}; the latest after {max(alone) * 1000:.0f} ms alone, after "
          f"{max(late) * 1000:.0f} ms with the crowd (goal {LATEST * 1000:.0f}); from {memory[0]:.0f} to {memory[-1]:.0f} MB")
    # Beside the crowd no more is taken than alone, where the pages of the record are kept until there are 16 MB of them.
    grown = memory[-1] - memory[0] - (memory_alone[-1] - memory_alone[0])
    is_good = ledger == (wanted, wanted) and max(late) <= LATEST and grown <= memory[0] * (GROWTH - 1)
    return 0 if is_good else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heddle")
    parser.add_argument("--pipelines", type=int, default=1000)
    parser.add_argument("--minutes", type=int, default=4)
    parser.add_argument("--slow", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--be-slow", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be_slow:
        port, count = map(int, options.be_slow.split(":"))
        return Slow(port, count).run()
    if not options.heddle or not shutil.which("wrk"):
        parser.error("it wants --heddle, and 'wrk' on the PATH")
    with tempfile.TemporaryDirectory(prefix="heddle-crowd-") as project:
        return measure(options, project)


if __name__ == "__main__":
    sys.exit(main())
