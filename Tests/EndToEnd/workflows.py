"""Turns recorded workflows (WfCommons JSON, Pegasus DAX) into declarations of Heddle.

usage: workflows.py FILE FOLDER    writes FOLDER/dags/wf/flow.yaml and domain.yaml, prints the counts

Each file that a task reads or writes becomes a dataset, so lineage has to find the edges. `after` is written only for a
declared edge that no file carries.
"""

import gzip
import json
import os
import sys
import xml.etree.ElementTree as xml


class Workflow:
    """Tasks in order, with the files they read and write, and the edges their file declares."""

    def __init__(self):
        self.tasks = []
        self.reads = {}
        self.writes = {}
        self.declared = set()

    def add(self, task, reads, writes):
        self.tasks.append(task)
        self.writes[task] = list(dict.fromkeys(writes))
        self.reads[task] = [file for file in dict.fromkeys(reads) if file not in self.writes[task]]

    def carried(self):
        """The edges that a file carries."""
        writer = {file: task for task in self.tasks for file in self.writes[task]}
        return {(writer[file], task) for task in self.tasks for file in self.reads[task] if file in writer}


def read_wfcommons(path):
    with open(path, encoding="utf-8") as file:
        specification = json.load(file)["workflow"]["specification"]
    flow = Workflow()
    for task in specification["tasks"]:
        flow.add(task["id"], task.get("inputFiles", []), task.get("outputFiles", []))
        flow.declared |= {(parent, task["id"]) for parent in task.get("parents", [])}
        flow.declared |= {(task["id"], child) for child in task.get("children", [])}
    return flow


def read_dax(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        root = xml.parse(file).getroot()
    flow = Workflow()
    for job in root.iter():
        if job.tag.rpartition("}")[2] not in ("job", "dax", "dag"):
            continue
        reads, writes = [], []
        for use in job:
            if use.tag.rpartition("}")[2] == "uses":
                (reads if use.get("link") == "input" else writes).append(use.get("file") or use.get("name"))
        flow.add(job.get("id"), reads, writes)
    for child in root.iter():
        if child.tag.rpartition("}")[2] == "child":
            flow.declared |= {(parent.get("ref"), child.get("ref")) for parent in child}
    return flow


def read(path):
    return read_wfcommons(path) if path.endswith(".json") else read_dax(path)


def convert(flow, folder):
    """Writes the declarations; the names of tasks as Heddle knows them."""
    tasks = {task: f"t{number}" for number, task in enumerate(flow.tasks)}
    files = {}
    for task in flow.tasks:
        for file in flow.reads[task] + flow.writes[task]:
            files.setdefault(file, f"f{len(files)}")
    written = {file for task in flow.tasks for file in flow.writes[task]}
    carried = flow.carried()

    lines = ["domain: wf", "owner: research", "sources:"]
    lines += [f"  {name}: {{description: {json.dumps(file)}}}" for file, name in files.items() if file not in written]
    if lines[-1] == "sources:":
        lines.pop()
    pipeline = ["pipeline: flow", "tasks:"]
    after = {}
    for before, task in sorted(flow.declared - carried):
        after.setdefault(task, []).append(tasks[before])
    for task in flow.tasks:
        pipeline += [f"  {tasks[task]}:", f"    description: {json.dumps(task)}", '    run: "true"']
        for key, names in [("reads", flow.reads[task]), ("writes", flow.writes[task])]:
            if names:
                pipeline.append(f"    {key}: [{', '.join('wf.' + files[name] for name in names)}]")
        if task in after:
            pipeline.append(f"    after: [{', '.join(after[task])}]")
    os.makedirs(os.path.join(folder, "dags", "wf"), exist_ok=True)
    for name, text in [("domain", lines), ("flow", pipeline)]:
        with open(os.path.join(folder, "dags", "wf", name + ".yaml"), "w", encoding="utf-8") as file:
            file.write("\n".join(text) + "\n")
    return tasks


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    flow = read(sys.argv[1])
    convert(flow, sys.argv[2])
    carried = flow.declared & flow.carried()
    print(f"{len(flow.tasks)} tasks, {len(flow.declared)} edges: {len(carried)} by files, "
          f"{len(flow.declared) - len(carried)} by after")


if __name__ == "__main__":
    main()
