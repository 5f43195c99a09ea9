"""What 'make install' puts in place, by the tools that read it."""

import gzip
import os
import shutil
import subprocess
import tempfile
import unittest

from kit import HEDDLE, ROOT


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="heddle-install-")
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        subprocess.run(["make", "-s", "-o", "build", "install", f"PREFIX={cls.prefix}", f"HEDDLE={HEDDLE}"],
                       cwd=ROOT, check=True, capture_output=True, timeout=120)

    def path(self, *names):
        return os.path.join(self.prefix, *names)

    def read(self, *names):
        with open(self.path(*names), encoding="utf-8") as file:
            return file.read()

    def test_the_installed_program_runs_and_finds_its_page(self):
        heddle = self.path("bin", "heddle")
        self.assertEqual(subprocess.run([heddle, "version"], capture_output=True, timeout=30).returncode, 0)
        self.assertTrue(os.path.exists(self.path("share/heddle/web-static/index.html.gz")))

    def test_the_manual_has_every_command_and_no_mistake(self):
        page = self.path("share/man/man1/heddle.1.gz")
        with gzip.open(page, "rt", encoding="utf-8") as file:
            source = file.read()
        help_text = subprocess.run([HEDDLE, "help"], capture_output=True, text=True, check=True, timeout=30).stdout
        commands = [line.split()[0] for line in help_text.splitlines()
                    if line.startswith("  ") and line[2:3].islower() and not line.startswith("  heddle")]
        self.assertGreater(len(commands), 25)
        for command in commands:
            self.assertIn(f"\n.SS heddle {command}\n", source)
        if shutil.which("mandoc"):
            lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=source, capture_output=True, text=True,
                                  timeout=30)
            self.assertEqual([line for line in lint.stdout.splitlines() if "missing date" not in line], [])
        elif shutil.which("groff"):
            shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=source, capture_output=True, text=True,
                                   timeout=60)
            self.assertEqual(shown.stderr, "")
            self.assertIn("heddle backfill", shown.stdout)
        else:
            self.skipTest("there is neither mandoc nor groff")

    def test_the_completions_are_those_of_the_program(self):
        for shell, place in [("bash", "share/bash-completion/completions/heddle"),
                             ("zsh", "share/zsh/site-functions/_heddle"),
                             ("fish", "share/fish/vendor_completions.d/heddle.fish")]:
            script = subprocess.run([HEDDLE, "completion", shell], capture_output=True, text=True, check=True,
                                    timeout=30).stdout
            self.assertEqual(self.read(place), script)
        subprocess.run(["bash", "-n", self.path("share/bash-completion/completions/heddle")], check=True, timeout=30)

    def test_the_unit_keeps_tasks_alive_and_is_understood(self):
        unit = self.read("lib/systemd/system/heddle@.service")
        for line in ["Type=notify", "KillMode=process", "OOMPolicy=continue", "WatchdogSec=60",
                     f"ExecStart={self.prefix}/bin/heddle serve $HEDDLE_SERVE"]:
            self.assertIn(f"\n{line}\n", unit)
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        instance = self.path("heddle@srv-mesh.service")
        with open(instance, "w", encoding="utf-8") as file:
            file.write(unit)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", instance], capture_output=True, text=True,
                              timeout=60)
        said = [line for line in done.stderr.splitlines() if "heddle@" in line]
        self.assertEqual((done.returncode, said), (0, []), done.stderr)


if __name__ == "__main__":
    unittest.main()
