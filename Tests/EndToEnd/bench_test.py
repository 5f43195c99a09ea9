"""The benches themselves, tiny, so that they do not rot."""

import os
import shutil
import sys
import unittest

from kit import HEDDLE, ROOT

sys.path.insert(0, os.path.join(ROOT, "Tests", "Bench"))
import bench  # noqa: E402  (its folder is not on the path before)


class BenchTest(unittest.TestCase):
    def test_every_section_gives_its_figures(self):
        # What counts ticks is built by `make bench` only.
        sections = [s for s in bench.SECTIONS if s != "ticks" and (s != "tasks" or shutil.which("ninja"))]
        print()
        results = bench.measure(bench.options(
            ["--heddle", HEDDLE, "--scale", "0.01", "--rounds", "1", "--only", ",".join(sections)]))
        self.assertEqual(set(results), set(sections))


if __name__ == "__main__":
    unittest.main()
