# SPDX-License-Identifier: BSD-2-Clause
"""Whole mailboxes move from Relais to Dovecot by Dovecot's own tool, doveadm backup, with Relais as the IMAP server at the
other end: names, UIDs, octets, flags, keywords and dates are kept. (The other way doveadm cannot: it wants to give
mailboxes its own GUIDs.)
"""
import imaplib
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import peer
import town
from peer import PARIS

SEPARATOR = "namespace inbox {\n  separator = /\n}\n"
BOXES = ("INBOX", "Archive/2024", '"Brief &AOk-t&AOk-"', '"two words"')
TEXTS = [b"Subject: %d\r\nMessage-ID: <%d@moves.example>\r\n\r\n%s\r\n" % (number, number, body) for number, body in enumerate(
    (b"one line", b".\r\n..\r\n", b"\xc3\xa9t\xc3\xa9", b"x" * 3000, b"", b"last"))]
FLAGS = ("", "(\\Seen)", "(\\Seen \\Answered)", "(\\Flagged $label)", "(\\Draft)", "(\\Seen keyword)")


@unittest.skipIf(peer.why_no_dovecot(), peer.why_no_dovecot())
class Moves(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        top = pathlib.Path(tempfile.mkdtemp(prefix="relais-moves.", dir="/tmp"))
        top.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, top, True)
        cls.dovecot = peer.Dovecot(top, town.own_host(51), kinds=("imap",), settings=SEPARATOR)
        cls.dovecot.start()
        cls.addClassCleanup(cls.dovecot.stop)
        cls.paris = town.Town(PARIS, host=town.own_host(52), numbered=1)
        cls.addClassCleanup(cls.paris.close)

    @staticmethod
    def fill(client):
        for box in BOXES:
            if box != "INBOX":
                client.create(box)
            for number, text in enumerate(TEXTS):
                code, _ = client.append(box, FLAGS[number], '"0%d-Feb-2024 10:11:12 +0000"' % (number + 1), text)
                assert code == "OK", box
            client.select(box)
            client.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
            client.uid("EXPUNGE", "2")
        client.logout()

    @staticmethod
    def contents(client):
        """{mailbox: [(UID, flags, date, octets)]} of a user."""
        found = {}
        for box in BOXES:
            code, _ = client.select(box, readonly=True)
            assert code == "OK", box
            _, data = client.fetch("1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])")
            letters = []
            for about, octets in (piece for piece in data if isinstance(piece, tuple)):
                uid = re.search(rb"UID (\d+)", about)[1]
                flags = {flag for flag in imaplib.ParseFlags(about)} - {b"\\Recent"}
                letters.append((uid, flags, imaplib.Internaldate2tuple(about), octets))
            found[box] = letters
        client.logout()
        return found

    def take_over(self, paris_user, local_user):
        settings = {"imapc_host": self.paris.host, "imapc_port": self.paris.port("IMAPS"), "imapc_ssl": "imaps",
                    "imapc_user": paris_user, "imapc_password": self.paris.passwords[paris_user], "imapc_ssl_verify": "no",
                    "imapc_features": "rfc822.size fetch-headers search modseq", "mail_prefetch_count": 20}
        options = [word for pair in settings.items() for word in ("-o", "%s=%s" % pair)]
        done = subprocess.run(["/usr/bin/doveadm", "-c", self.dovecot.directory / "dovecot.conf", *options, "backup", "-R",
                               "-u", local_user, "imapc:"], timeout=60, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("Error", done.stdout)

    def test_dovecot_takes_over_what_relais_has_and_what_changed_since(self):
        user = "user1@" + PARIS
        self.fill(self.paris.imap(user))
        self.take_over(user, "taker")
        self.assertEqual(self.contents(self.dovecot.imap("taker")), self.contents(self.paris.imap(user)))
        client = self.paris.imap(user)
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", "(\\Flagged new)")
        client.uid("STORE", "4", "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.append("INBOX", None, None, TEXTS[0])
        client.logout()
        self.take_over(user, "taker")
        self.assertEqual(self.contents(self.dovecot.imap("taker")), self.contents(self.paris.imap(user)))


if __name__ == "__main__":
    town.main()
