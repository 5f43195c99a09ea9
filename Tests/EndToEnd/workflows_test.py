"""In real workflows the edges that lineage derives equal those that were declared."""

import glob
import os
import unittest

import workflows
from kit import Project, shared


class WorkflowsTest(unittest.TestCase):
    def test_derived_edges_equal_declared_ones(self):
        folder = shared("data/workflows")
        paths = sorted(glob.glob(folder + "/wfcommons/*.json") + glob.glob(folder + "/pegasus-dax/*.dax*"))
        self.assertTrue(paths, "no workflow to convert")
        print()
        for path in paths:
            with self.subTest(os.path.basename(path)):
                self.compare(path)

    def compare(self, path):
        flow = workflows.read(path)
        with Project() as project:
            names = {f"wf/flow.{name}": task for task, name in workflows.convert(flow, project.path).items()}
            graph = project.json("graph", "--format", "json")
            nodes = {names[node["id"]] for node in graph["nodes"]}
            derived = {(names[edge["from"]], names[edge["to"]]) for edge in graph["edges"]}
            by_after = {(edge["from"], edge["to"]) for edge in graph["edges"] if edge["via"] is None}
        self.assertEqual(nodes, set(flow.tasks))
        self.assertEqual(derived, flow.declared)
        print(f"  {os.path.basename(path)}: {len(flow.tasks)} tasks, {len(flow.declared)} edges declared, "
              f"{len(derived)} derived ({len(by_after)} of them by after)")


if __name__ == "__main__":
    unittest.main()
