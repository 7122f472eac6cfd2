# SPDX-License-Identifier: BSD-2-Clause
"""Every role tries what it may not do, under full confinement, and nothing of it succeeds."""
import os
import pathlib
import re
import subprocess
import unittest

import town

SESSIONS = ("imapd", "pop3d")
ROLES = ("smtpd", "qmgr", "smtp", "resolver", "bounce", "local", "auth", "login", "imapd", "pop3d")
LEAST_ATTEMPTS = 20


class Confinement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = town.Town("paris.example", numbered=1)
        cls.addClassCleanup(cls.town.close)

    def try_to_escape(self, role):
        """As root each becomes its role's user; a session is started as the mailboxes' owner, as master does it."""
        program = pathlib.Path(town.RELAIS).resolve().parents[1] / role / role
        as_user = ["setpriv", "--reuid=relais-mail", "--regid=relais-mail", "--clear-groups"]
        return subprocess.run([*(as_user if os.geteuid() == 0 and role in SESSIONS else []), program, "--escape-test",
                               "-c", self.town.variables["CONFIG_DIR"]], capture_output=True, text=True, timeout=60)

    def test_nothing_forbidden_is_allowed_in_any_role(self):
        for role in ROLES:
            with self.subTest(role=role):
                result = self.try_to_escape(role)
                lines = result.stdout.splitlines()
                self.assertEqual([line for line in lines if line.startswith("ALLOWED")], [])
                self.assertGreaterEqual(sum(line.startswith("blocked") for line in lines), LEAST_ATTEMPTS, result.stderr)
                self.assertEqual(result.returncode, 0, result.stderr)
                uid = re.search(r"confined: uid=(\d+)", result.stderr)
                self.assertTrue(uid, result.stderr)
                self.assertNotEqual(uid[1], "0")

    def test_the_running_programs_say_that_they_are_confined(self):
        for role in ("smtpd", "qmgr", "auth", "login"):
            self.town.await_log(r"%s\[\d+\]: confined: uid=\d+, landlock ABI \d+, seccomp" % role)


if __name__ == "__main__":
    town.main()
