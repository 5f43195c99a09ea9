"""Generates meshes and graphs of a given size and seed; the same arguments give the same files.

usage: meshes.py KIND SIZE FOLDER [--seed N]    KIND: wide, layered, chain (of `true`), or the same with -sql at the end
                                                (of `SELECT 1`), or inserts, half-sql, all-shell
"""

import argparse
import os
import random

LAYERS = 20
FAN = 3


def graph(shape, size, seed=7):
    """Tasks with the tasks before them: [(name, [name])]. `wide` has a join at its end."""
    if shape == "chain":
        return [(f"t{i}", [f"t{i - 1}"] if i else []) for i in range(size)]
    if shape == "wide":
        tasks = [(f"t{i}", []) for i in range(size)]
        return tasks + [("join", [name for name, _ in tasks])]
    chance, width = random.Random(seed), max(FAN, size // LAYERS)
    return [
        (f"l{layer}_{k}", [f"l{layer - 1}_{up}" for up in sorted(chance.sample(range(width), FAN))] if layer else [])
        for layer in range(LAYERS) for k in range(width)
    ]


def write(folder, files):
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def pipeline(tasks, what):
    """A pipeline of tasks that all do the same, in the order `after` says."""
    lines = ["pipeline: flow", "tasks:"]
    for name, before in tasks:
        after = f", after: [{', '.join(before)}]" if before else ""
        lines.append(f"  {name}: {{{what}{after}}}")
    return "\n".join(lines) + "\n"


def one(folder, text):
    """A project of one domain `d` and one pipeline `flow`."""
    write(folder, {"dags/d/domain.yaml": "domain: d\nowner: bench\n", "dags/d/flow.yaml": text})


def shell(folder, shape, size, seed=7):
    one(folder, pipeline(graph(shape, size, seed), 'run: "true"'))


def select(folder, shape, size, seed=7):
    one(folder, pipeline(graph(shape, size, seed), 'sql: "SELECT 1"'))


def year(folder, what, tasks=3):
    """Daily runs of tasks one after another."""
    text = pipeline([(f"t{i}", [f"t{i - 1}"] if i else []) for i in range(tasks)], what)
    one(folder, text.replace("tasks:", "partition: daily\nmax_active_runs: 16\ntasks:", 1))


def scheduled(folder, count, schedule):
    """Pipelines of one SQL task each, in ten domains, all with one schedule."""
    files = {f"dags/d{d}/domain.yaml": f"domain: d{d}\nowner: team{d}\n" for d in range(10)}
    for number in range(count):
        name = f"p{number:05}"
        files[f"dags/d{number % 10}/{name}.yaml"] = (
            f"pipeline: {name}\nschedule: {schedule}\ntasks:\n  t: {{sql: SELECT 1}}\n")
    write(folder, files)


def inserts(folder, size):
    """One task, so many instances, each of which inserts one row in a transaction of its own."""
    one(folder, f"""pipeline: flow
tasks:
  fill:
    each: {{sql: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size}) SELECT i FROM n"}}
    sql: |
      CREATE TABLE IF NOT EXISTS d.filled (n INTEGER);
      INSERT INTO d.filled VALUES (:each);
""")


def ninja(folder, tasks):
    """The same graph for ninja; every task runs `true` in a shell, as there."""
    lines = ["rule r", "  command = true"]
    for name, before in tasks:
        lines.append(f"build {name}: r" + (f" | {' '.join(before)}" if before else ""))
    write(folder, {"build.ninja": "\n".join(lines) + "\n"})


def many(folder, pipelines, tasks, bytes_each, sql, seed=7):
    """Pipelines in ten domains. With `sql`, half of the tasks are SQL that reads tables of its own and other domains."""
    chance = random.Random(seed)
    files = {f"dags/d{d}/domain.yaml": f"domain: d{d}\nowner: team{d}\n" for d in range(10)}
    for number in range(pipelines):
        domain, name = f"d{number % 10}", f"p{number:05}"
        blocks = []
        for k in range(tasks):
            lines = sql_task(domain, name, k, number, chance) if sql and k % 2 else shell_task(name, k)
            blocks.append("\n".join(lines) + "\n")
        head = f"pipeline: {name}\ndescription: Number {number} of the generated ones.\ntags: [generated]\ntasks:\n"
        padding = max(0, bytes_each - len(head) - sum(map(len, blocks))) // tasks
        words = "text that tells what the task is for, as a careful author would write it "
        filled = [f"{block}    description: {(words * 20)[:max(1, padding - 18)].strip()}\n" for block in blocks]
        files[f"dags/{domain}/{name}.yaml"] = head + "".join(filled)
    write(folder, files)


def shell_task(name, k):
    before = [f"    after: t{k - 1}"] if k else []
    return [f"  t{k}:", f"    run: ./work.sh {name} {k}", "    retry: {attempts: 3, delay: 10s}", *before]


def sql_task(domain, name, k, number, chance):
    """Reads the table made two tasks before, and now and then one of an earlier pipeline in another domain."""
    lines = [f"  t{k}:", "    sql: |"]
    if k == 1:
        if number >= 10 and chance.random() < 0.3:
            other = chance.randrange(number)
            lines += [f"      SELECT day, id, amount, label FROM d{other % 10}.p{other:05}_1 WHERE day = '2013-01-01'"]
        else:
            lines += ["      SELECT '2013-01-01' AS day, 1 AS id, 2.5 AS amount, 'a' AS label"]
    else:
        lines += [
            f"      WITH latest AS (SELECT day, max(id) AS id FROM {domain}.{name}_{k - 2} GROUP BY day)",
            "      SELECT p.day, p.id, sum(p.amount) AS amount, min(p.label) AS label",
            f"        FROM {domain}.{name}_{k - 2} AS p JOIN latest AS l ON l.day = p.day AND l.id >= p.id",
            "       WHERE p.amount > 0 GROUP BY p.day, p.id ORDER BY p.day",
        ]
    return [*lines, f"    into: {domain}.{name}_{k}", "    mode: replace"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind")
    parser.add_argument("size", type=int)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    shape, _, sql = options.kind.partition("-")
    if options.kind == "inserts":
        inserts(options.folder, options.size)
    elif options.kind == "half-sql":
        many(options.folder, options.size, 10, 4096, True, options.seed)
    elif options.kind == "all-shell":
        many(options.folder, options.size, 10, 2048, False, options.seed)
    elif shape in ("wide", "layered", "chain") and sql in ("", "sql"):
        (select if sql else shell)(options.folder, shape, options.size, options.seed)
    else:
        parser.error(f"unknown kind '{options.kind}'")


if __name__ == "__main__":
    main()
