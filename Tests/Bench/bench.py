"""Measures Heddle on this machine, against ninja and against the bare limits, and prints a table.

usage: bench.py [--heddle PATH] [--json FILE] [--rounds N] [--only SECTION,...] [--scale X]

Sections: tasks, keeper, sql, commits, start, check, ticks, large, year, latency, idle. What is compared runs in interleaved rounds, and the figure is the median
of the rounds' ratios, so a slow minute of the machine falls on both. Every transition of Heddle is durable; ninja's are not.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import daemon
import meshes

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 4


class Bench:
    def __init__(self, options):
        self.heddle = os.path.abspath(options.heddle)
        self.rounds = options.rounds
        self.scale = options.scale
        self.folder = tempfile.mkdtemp(prefix="heddle-bench-")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("HEDDLE")} | {"NO_COLOR": "1"}
        self.results = {}
        self.limit = os.path.join(self.folder, "limit")
        self.kept = os.path.join(self.folder, "kept")
        compiler = shutil.which("cc") or shutil.which("clang")
        subprocess.run([compiler, "-O2", "-o", self.limit, os.path.join(HERE, "limit.c"), "-lsqlite3"], check=True)
        subprocess.run([compiler, "-O2", "-o", self.kept, os.path.join(HERE, "kept.c")], check=True)

    def size(self, full):
        return max(20, int(full * self.scale))

    def project(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        return path

    def timed(self, command, cwd):
        """Seconds and peak memory in MB of a command that must succeed."""
        with tempfile.TemporaryFile() as output:
            begin = time.monotonic()
            process = subprocess.Popen(command, cwd=cwd, env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                text = output.read().decode(errors="replace")
                sys.exit(f"bench: exit {process.returncode}: {' '.join(command)}\n{text[-3000:]}")
        return seconds, usage.ru_maxrss / 1024

    def run(self, project, workers=WORKERS):
        """`heddle run` of the project's pipeline on fresh state."""
        shutil.rmtree(os.path.join(project, ".heddle"), ignore_errors=True)
        return self.timed([self.heddle, "run", "d/flow", "--workers", str(workers)], project)

    def bare(self, *arguments):
        file = os.path.join(self.folder, "limit.db")
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(file + suffix):
                os.remove(file + suffix)
        return self.output(self.limit, *arguments[:2], arguments[2] if len(arguments) > 2 else file)

    def output(self, *command):
        """The seconds that a command prints."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
        return float(done.stdout)

    def say(self, section, name, text, **figures):
        self.results.setdefault(section, {})[name] = figures
        print(f"  {name:<34} {text}", flush=True)

    def tasks(self):
        """Shell tasks `true`: wide, layered, chain."""
        count = self.size(1000)
        single = self.project("single")
        meshes.shell(single, "chain", 1)
        ninja = shutil.which("ninja")
        if ninja is None:
            sys.exit("bench: ninja is missing; 'make bench' installs it")
        start_up = statistics.median(self.run(single)[0] for _ in range(5))
        self.say("tasks", "one task", f"{start_up * 1e3:.1f} ms, start-up and all", seconds=start_up)
        for shape, goal in [("wide", 1.25), ("layered", 1.25), ("chain", 1.4)]:
            project = self.project(shape)
            graph = meshes.graph(shape, count)
            meshes.shell(project, shape, count)
            meshes.ninja(project, graph)
            ours, theirs, bare = [], [], []
            for round in range(self.rounds + 1):
                calls = [
                    (ours, lambda: self.run(project)[0]),
                    (theirs, lambda: self.ninja(ninja, project)),
                    (bare, lambda: self.bare("spawn", len(graph), 1 if shape == "chain" else WORKERS)),
                ]
                for into, call in calls if round % 2 else reversed(calls):
                    seconds = call()
                    if round > 0:
                        into.append(seconds)
            self.compare(shape, len(graph), ours, theirs, bare, start_up, goal)

    def ninja(self, ninja, project):
        for name in (".ninja_log", ".ninja_deps"):
            path = os.path.join(project, name)
            if os.path.exists(path):
                os.remove(path)
        return self.timed([ninja, "--quiet", f"-j{WORKERS}"], project)[0]

    def compare(self, shape, count, ours, theirs, bare, start_up, goal):
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        net = statistics.median((a - start_up) / b for a, b in zip(ours, theirs))
        limit = statistics.median(a / b for a, b in zip(ours, bare))
        ours, theirs, bare = map(statistics.median, (ours, theirs, bare))
        self.say("tasks", f"{count} tasks `true`, {shape}",
                 f"{ours:.3f} s; ninja {theirs:.3f} s, {ratio:.2f} x (net of start-up {net:.2f} x, goal {goal}); "
                 f"bare spawn {bare:.3f} s, {limit:.2f} x",
                 seconds=ours, ninja=theirs, ratio=ratio, net=net, goal=goal, bare=bare, to_bare=limit)
        if shape == "chain":
            syncs = statistics.median(self.bare("commit", count) for _ in range(5))
            self.say("tasks", "of it, one durable commit a hop", f"{syncs:.3f} s, {syncs / theirs:.2f} x", seconds=syncs)

    def keeper(self):
        """What a hop of a chain costs more because a keeper is the parent of its process."""
        count = self.size(1000)
        folder = self.project("keepers")
        log = os.path.join(folder, "task.log")
        open(log, "w").close()
        with_keeper, bare = [], []

        def keep(name):
            # It ends by itself a second after nobody speaks to it any more.
            subprocess.run([self.heddle, "keeper", folder, name], check=True)
            return self.output(self.kept, count, f"{folder}/{name}.sock", log)

        for round in range(self.rounds + 1):
            calls = [(with_keeper, lambda: keep(f"k{round}")), (bare, lambda: self.bare("spawn", count, 1))]
            for into, call in calls if round % 2 else reversed(calls):
                seconds = call()
                if round > 0:
                    into.append(seconds)
        added = statistics.median((a - b) / count for a, b in zip(with_keeper, bare))
        self.say("keeper", f"{count} tasks `true`, one by one",
                 f"{statistics.median(with_keeper):.3f} s; bare spawn {statistics.median(bare):.3f} s; the keeper adds "
                 f"{added * 1e3:.3f} ms a task (goal 0.1)", seconds=statistics.median(with_keeper), added=added)

    def sql(self):
        """Tasks that only SQLite has work with."""
        select = lambda project, count: meshes.select(project, "wide", count)  # noqa: E731
        for name, count, make, workers in [
            (f"SELECT 1 tasks, {WORKERS} workers", self.size(10_000), select, WORKERS),
            (f"SELECT 1 tasks, {4 * WORKERS} workers", self.size(10_000), select, 4 * WORKERS),
            ("one-row INSERT tasks, one store", self.size(10_000), meshes.inserts, WORKERS),
        ]:
            project = self.project(name.replace(" ", "-").replace(",", ""))
            make(project, count)
            runs = [self.run(project, workers) for _ in range(3)]
            checks = [self.timed([self.heddle, "check"], project)[0] for _ in range(3)]
            seconds, check = statistics.median(r[0] for r in runs), statistics.median(checks)
            net = count / max(1e-9, seconds - check)
            text = f"{count / seconds:,.0f} a second; {net:,.0f} without reading and checking ({seconds:.2f} s)"
            figures = {"a_second": count / seconds, "net_a_second": net, "seconds": seconds, "memory_mb": max(r[1] for r in runs)}
            if make is meshes.inserts:
                bare = count / self.bare("insert", count)
                text += f"; bare limit {bare:,.0f} commits"
                figures["bare"] = bare
            self.say("sql", f"{count:,} {name}", text, **figures)

    def commits(self):
        """What one durable commit costs on this disk: a chain pays it once a hop."""
        count = self.size(5_000)
        rates = [count / self.bare("commit", count) for _ in range(5)]
        rate = statistics.median(rates)
        self.say("commits", "durable commits, one at a time", f"{rate:,.0f} a second, {1e6 / rate:.0f} us each; a chain of "
                 f"1,000 spends {1000 / rate:.3f} s on them", a_second=rate)

    def start(self):
        times = [self.timed([self.heddle, "version"], self.folder)[0] for _ in range(50 if self.scale == 1 else 10)]
        self.say("start", "heddle version", f"{statistics.median(times) * 1e3:.1f} ms (median of {len(times)}, goal 15)",
                 seconds=statistics.median(times))

    def check(self):
        count = self.size(1000)
        for name, size, sql, goal in [("half SQL, 4 KB", 4096, True, 1.0), ("all shell, 2 KB", 2048, False, 0.6)]:
            project = self.project(name.replace(" ", "-").replace(",", ""))
            meshes.many(project, count, 10, size, sql)
            runs = [self.timed([self.heddle, "check"], project) for _ in range(5)]
            seconds, memory = statistics.median(r[0] for r in runs), max(r[1] for r in runs)
            self.say("check", f"{count} pipelines x 10, {name}",
                     f"{seconds:.3f} s, {memory:.0f} MB (goal {goal} s, 150 MB)", seconds=seconds, memory_mb=memory)

    def ticks(self):
        """How many ticks of a cron are told a second; `make bench` builds what counts them."""
        counter = os.path.join(HERE, "../../.build/release/ticks")
        if not os.path.exists(counter):
            return print("  ticks: 'make bench' builds what counts them")
        figures = json.loads(subprocess.run([counter], capture_output=True, text=True, check=True).stdout)
        for name, count in figures.items():
            self.say("ticks", name, f"{count / 1e6:.2f} million ticks/s (goal 1)", per_second=count)

    def large(self):
        for shape in ["chain", "wide", "layered"]:
            each = {}
            for count in [self.size(10_000), self.size(100_000)]:
                project = self.project(f"large-{shape}-{count}")
                meshes.select(project, shape, count)
                check, check_memory = self.timed([self.heddle, "check"], project)
                run, run_memory = self.run(project)
                each[count] = (check / count * 1e6, run / count * 1e6)
                self.say("large", f"{count:,} SELECT 1, {shape}",
                         f"check {check:.2f} s, {check_memory:.0f} MB; run {run:.2f} s, {run_memory:.0f} MB "
                         f"({each[count][0]:.1f} and {each[count][1]:.1f} us a task)",
                         check_seconds=check, check_mb=check_memory, run_seconds=run, run_mb=run_memory)


    def year(self):
        """A year of daily runs of three tasks, one after another, backfilled: of SQL, and of a shell."""
        days, start = self.size(365), self.backfill_start()
        last = datetime.date(2013, 1, 1) + datetime.timedelta(days - 1)
        call = [self.heddle, "backfill", "d/flow", "--from", "2013-01-01", "--to", str(last), "--yes", "--workers"]

        def ours(project, workers):
            shutil.rmtree(os.path.join(project, ".heddle"), ignore_errors=True)
            return self.timed([*call, str(workers)], project)[0]

        project = self.project("year-sql")
        meshes.year(project, 'sql: "SELECT 1"')
        seconds = statistics.median([ours(project, WORKERS) for _ in range(self.rounds + 1)][1:])
        self.say("year", f"{days} days of 3 SELECT 1", f"{seconds:.3f} s (goal 0.5)", seconds=seconds, goal=0.5)
        ninja = shutil.which("ninja")
        if ninja is None:
            return print("  year: ninja is missing; 'make bench' installs it")
        project = self.project("year-shell")
        meshes.year(project, 'run: "true"')
        meshes.ninja(project, [(f"d{day}t{task}", [f"d{day}t{task - 1}"] if task else [])
                               for day in range(days) for task in range(3)])
        pairs = []
        for round in range(self.rounds + 1):
            calls = [lambda: ours(project, WORKERS), lambda: self.ninja(ninja, project)]
            pairs.append([call() for call in calls] if round % 2 else [call() for call in reversed(calls)][::-1])
        mine, theirs = zip(*pairs[1:])
        ratio = statistics.median(a / b for a, b in zip(mine, theirs))
        net = statistics.median((a - start) / b for a, b in zip(mine, theirs))
        mine, theirs = statistics.median(mine), statistics.median(theirs)
        self.say("year", f"{days} days of 3 tasks `true`",
                 f"{mine:.3f} s; ninja {theirs:.3f} s, {ratio:.2f} x (net of start-up {net:.2f} x, goal 1.3)",
                 seconds=mine, ninja=theirs, ratio=ratio, net=net, goal=1.3)

    def backfill_start(self):
        """Seconds of a backfill of one day of one task: start-up and all."""
        project = self.project("year-start")
        meshes.year(project, 'run: "true"', tasks=1)
        times = []
        for _ in range(5):
            shutil.rmtree(os.path.join(project, ".heddle"), ignore_errors=True)
            times.append(self.timed([self.heddle, "backfill", "d/flow", "--from", "2013-01-01", "--to", "2013-01-01",
                                     "--yes"], project)[0])
        return statistics.median(times)

    def latency(self):
        """From a request on the socket of a warm daemon to what the process that it starts finds on the clock."""
        project = self.project("latency")
        meshes.one(project, "pipeline: flow\ntasks:\n  t: {run: 'date +%s%N > \"$HEDDLE_PROJECT/began\"'}\n")
        began, spans = os.path.join(project, "began"), []
        with daemon.serving(self.heddle, project, self.environment), daemon.Socket(project) as ask:
            for number in range(self.size(500) + 10):
                if os.path.exists(began):
                    os.remove(began)
                # Not in step with anything.
                time.sleep(0.01 + number % 7 * 0.003)
                sent = time.time_ns()
                ask.run("d/flow")
                while not (os.path.exists(began) and os.path.getsize(began) > 19):
                    time.sleep(0.0005)
                with open(began, encoding="utf-8") as file:
                    spans.append((int(file.read()) - sent) / 1e6)
        spans = sorted(spans[10:])
        median, late = statistics.median(spans), spans[int(len(spans) * 0.99)]
        self.say("latency", "trigger to process, warm daemon",
                 f"median {median:.1f} ms (goal 10), p99 {late:.1f} ms (goal 50), worst {spans[-1]:.1f} ms of {len(spans)}",
                 median_ms=median, p99_ms=late, goal_median_ms=10, goal_p99_ms=50)

    def idle(self):
        """What a daemon takes that has nothing to do."""
        count, span = self.size(1000), 60 if self.scale == 1 else 2
        project = self.project("idle")
        meshes.scheduled(project, count, '{cron: "0 6 1 1 *"}')
        with daemon.serving(self.heddle, project, self.environment) as process:
            time.sleep(span / 10)
            before = daemon.cpu_seconds(process.pid)
            time.sleep(span)
            share = (daemon.cpu_seconds(process.pid) - before) / span * 100
            memory = daemon.memory_mb(process.pid)
        self.say("idle", f"a daemon with {count:,} pipelines", f"{share:.2f} % of a core over {span} s (goal 1), {memory:.0f} MB",
                 percent=share, memory_mb=memory, goal=1)


SECTIONS = ["start", "commits", "tasks", "keeper", "sql", "check", "ticks", "large", "year", "latency", "idle"]


def measure(options):
    """Runs the sections; their figures."""
    bench = Bench(options)
    try:
        for section in SECTIONS:
            if not options.only or section in options.only.split(","):
                print(f"{section} (load {os.getloadavg()[0]:.1f})", flush=True)
                getattr(bench, section)()
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    return bench.results


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heddle", default=os.path.join(HERE, "../../.build/heddle"))
    parser.add_argument("--json", help="write the figures there too")
    parser.add_argument("--rounds", type=int, default=11, help="of interleaved calls (11); one more warms up")
    parser.add_argument("--only", help="sections, with commas")
    parser.add_argument("--scale", type=float, default=1, help="1 is the full size")
    return parser.parse_args(arguments)


def main():
    chosen = options()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.release()}")
    results = measure(chosen)
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
