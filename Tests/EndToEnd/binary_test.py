"""The release binary: small, without a toolchain, quick to start."""

import os
import subprocess
import time
import unittest

from kit import HEDDLE, Project


class BinaryTest(unittest.TestCase):
    def test_it_needs_no_toolchain(self):
        libraries = subprocess.run(["ldd", HEDDLE], capture_output=True, text=True, check=True).stdout
        for library in ["swift", "Foundation", "dispatch", "not found"]:
            self.assertNotIn(library, libraries)

    def test_it_is_smaller_than_25_megabytes(self):
        self.assertLess(os.path.getsize(HEDDLE), 25_000_000)

    def test_it_starts_at_once(self):
        times = []
        for _ in range(15):
            begin = time.monotonic()
            subprocess.run([HEDDLE, "version"], capture_output=True, check=True)
            times.append(time.monotonic() - begin)
        self.assertLess(min(times), 0.03)

    def test_the_mesh_that_init_writes_is_checked_and_runs(self):
        with Project() as project:
            project.heddle("init", "demo")
            demo = os.path.join(project.path, "demo")
            for call in [["check"], ["status"]]:
                done = subprocess.run([HEDDLE, *call], cwd=demo, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
