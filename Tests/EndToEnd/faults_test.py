"""Faults of tasks and of the machine: each has a defined end, and nobody must help once its cause is gone.

What this machine does not let a test make is skipped by name.
"""

import json
import os
import pty
import subprocess
import unittest

from kit import HEDDLE, Project

DOMAIN = {"dags/d/domain.yaml": "domain: d\nowner: team\n"}


class FaultCase(unittest.TestCase):
    def project(self, files):
        project = Project({**DOMAIN, **files})
        self.addCleanup(project.close)
        return project


class LogTest(FaultCase):
    def terminal(self, project, *arguments):
        """What a command prints on a terminal, as bytes."""
        main, other = pty.openpty()
        process = subprocess.Popen(
            [HEDDLE, *arguments], cwd=project.path, env=project.environment(), stdin=subprocess.DEVNULL, stdout=other,
            stderr=other)
        os.close(other)
        text = b""
        while True:
            try:
                piece = os.read(main, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(main)
        process.wait()
        return text

    def test_no_byte_of_a_log_does_harm(self):
        words = r"printf 'a\000b\377\376c \033[31mred\033[0m \033]0;title\007 \302\233 \342\200\256end\nlast'; exit 3"
        project = self.project({"dags/d/p.yaml": f"pipeline: p\ntasks:\n  t: {{run: {json.dumps(words)}}}\n"})
        shown = self.terminal(project, "run", "d/p")
        self.assertIn(b"end", shown)
        for text in [shown, self.terminal(project, "logs", "1"), self.terminal(project, "logs", "1", "-f")]:
            for harm in [b"\0", b"\x07", b"\x1b]", b"\x1b[31m", b"\xff", b"\xc2\x9b", b"\xe2\x80\xae"]:
                self.assertNotIn(harm, text)
        lines = project.json("logs", "1", "--json")["logs"][0]["lines"]
        self.assertEqual(lines[0][:3], "a\0b")
        self.assertEqual(lines[1], "last")
        self.assertIn("a\0b\ufffd\ufffdc", project.heddle("logs", "1").stdout)


if __name__ == "__main__":
    unittest.main()
