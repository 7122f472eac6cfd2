# SPDX-License-Identifier: BSD-2-Clause
"""Accounts that an administrator adds to a running town: they stay, their quota holds, their home is where it was said."""
import imaplib
import pathlib
import unittest

import town

MARIE, LATER, SMALL, MOVED = (name + "@paris.example" for name in ("marie", "later", "small", "moved"))


class Accounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.paris = town.Town("paris.example", [MARIE])
        cls.addClassCleanup(cls.paris.close)

    def add(self, name, *options):
        self.paris.relais("user", "add", *options, name, stdin="secret\n")
        self.paris.passwords[name] = "secret"
        with self.paris.smtp() as client:
            client.ehlo()
            client.mail("x@elsewhere.example")
            self.assertEqual(client.rcpt(name)[0], 250)

    def test_an_added_user_outlives_the_next_start_of_the_sandbox(self):
        self.add(LATER)
        self.paris.relais("sandbox", "stop", self.paris.directory, config=False)
        self.paris.relais("sandbox", "start", self.paris.directory, "--host", self.paris.host, "--base-port", "25000",
                          "--domain", "paris.example", "--user", "newer@paris.example:secret", config=False)
        for name in (LATER, "newer@paris.example"):
            self.paris.passwords[name] = "secret"
            entry = self.paris.send(MARIE, name, "still there")
            self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, name))
            self.paris.read_mail(name, 1)

    def test_a_quota_stops_deliveries_appends_and_copies(self):
        self.add(SMALL, "--quota", "6000")
        first = self.paris.send(MARIE, SMALL, "fits", "x" * 70 + "\r\n")
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (first, SMALL))
        second = self.paris.send(MARIE, SMALL, "does not", ("x" * 70 + "\r\n") * 100)
        self.paris.await_log(r"%s: to=<%s>.*dsn=5\.2\.2, status=bounced" % (second, SMALL))
        client = self.paris.imap(SMALL)
        status, data = client.append("Drafts", None, None, b"Subject: y\r\n\r\n" + b"y" * 7000)
        self.assertEqual((status, data[0][:11]), ("NO", b"[OVERQUOTA]"))
        self.assertEqual(client.append("Drafts", None, None, b"Subject: y\r\n\r\n" + b"y" * 3000)[0], "OK")
        self.assertEqual(client.getquotaroot("INBOX"), ("OK", [[b'INBOX ""'], [b'"" (STORAGE 4 6)']]))
        client.select("Drafts")
        status, data = client.copy("1", "Archive")
        self.assertEqual((status, data[0][:11]), ("NO", b"[OVERQUOTA]"))
        self.assertEqual(client.uid("MOVE", "1", "Archive")[0], "OK")
        client.select("Archive")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
        self.assertEqual(client.append("Drafts", None, None, b"Subject: y\r\n\r\n" + b"y" * 3000)[0], "OK")
        client.logout()

    def test_the_configuration_has_a_quota_for_those_without_one(self):
        self.paris.relais("conf", "-e", "mailbox_quota=2000")
        self.paris.relais("reload")
        self.addCleanup(self.paris.relais, "conf", "-X", "mailbox_quota")
        client = self.paris.imap(MARIE)
        with self.assertRaises(imaplib.IMAP4.error):
            status, data = client.append("Drafts", None, None, b"y" * 3000)
            if status != "OK":
                raise client.error(data)
        client.logout()

    def test_mail_goes_to_the_home_that_was_given(self):
        home = self.paris.variables["MAIL_BASE"] + "/elsewhere/moved"
        self.add(MOVED, "--home", home)
        entry = self.paris.send(MARIE, MOVED, "over here")
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, MOVED))
        self.paris.read_mail(MOVED, 1)
        self.assertEqual(len(list(pathlib.Path(home, "Maildir/cur").iterdir())), 1)


if __name__ == "__main__":
    town.main()
