# SPDX-License-Identifier: BSD-2-Clause
"""Mail for users of the system, in a directory of mailboxes as Debian has it: root's, the group mail's, mode 2775."""
import os
import pathlib
import shutil
import tempfile
import unittest

import town

ANN = "ann@paris.example"
USER = "games"  # has no rights and no mail of its own


@unittest.skipUnless(os.geteuid() == 0, "only root's instance becomes other users")
class Spool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spool = pathlib.Path(tempfile.mkdtemp(prefix="relais.", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.spool, ignore_errors=True)
        shutil.chown(cls.spool, "root", "mail")
        cls.spool.chmod(0o2775)
        cls.town = town.Town("paris.example", [ANN], host=town.own_host(8), settings=[
            "mydestination=local.example", "mail_spool_directory=%s" % cls.spool])
        cls.addClassCleanup(cls.town.close)

    def test_the_first_and_the_second_letter_come_into_one_mailbox_of_the_user(self):
        for subject in ("first", "second"):
            entry = self.town.send(ANN, USER + "@local.example", subject)
            self.town.await_log(r"%s: to=<%s@local.example>.*status=sent" % (entry, USER))
        mailbox = self.spool / USER
        text = mailbox.read_text()
        self.assertLess(text.index("Subject: first"), text.index("Subject: second"))
        self.assertEqual(len([line for line in text.splitlines() if line.startswith("From ")]), 2)
        self.assertEqual((mailbox.owner(), mailbox.group(), mailbox.stat().st_mode & 0o777), (USER, "mail", 0o600))
        self.assertEqual([path.name for path in self.spool.iterdir()], [USER])


if __name__ == "__main__":
    town.main()
