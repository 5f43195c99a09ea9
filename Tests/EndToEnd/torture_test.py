"""A share of the torture: owners killed at random moments, compared with what the tasks say of themselves."""

import os
import subprocess
import sys
import unittest

from kit import HEDDLE, ROOT

KILLS = 100


class TortureTest(unittest.TestCase):
    def test_nothing_is_lost_doubled_or_orphaned(self):
        script = os.path.join(ROOT, "Tests", "Torture", "torture.py")
        done = subprocess.run(
            [sys.executable, "-B", script, "--kills", str(KILLS)], env={**os.environ, "HEDDLE": HEDDLE},
            capture_output=True, text=True, timeout=KILLS * 10)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        print("\n  " + done.stdout.splitlines()[0])


if __name__ == "__main__":
    unittest.main()
