# SPDX-License-Identifier: BSD-2-Clause
"""Programs that fetch mail or keep a copy of all of it: getmail by IMAP and POP3, offlineimap."""
import email
import os
import re
import unittest

import town

MARIE = "marie@paris.example"

GETMAIL = """\
[retriever]
type = Simple%sSSLRetriever
server = localhost
port = %d
username = %s
password = %s
ca_certs = %s
%s
[destination]
type = MDA_external
path = /usr/bin/tee
arguments = ("-a", "%s/got")
allow_root_commands = true
[options]
verbose = 1
read_all = false
delete = %s
"""

OFFLINEIMAP = """\
[general]
accounts = all
metadata = {home}/state
[Account all]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = {home}/mail
[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = yes
sslcacertfile = {cert}
"""


class MailFetchers(town.Programs):
    # They cannot match an address with a certificate.
    place = {"host": "127.0.0.1", "base_port": 10500 + 1000 * (os.getpid() % 20)}

    def letters(self, *subjects):
        for subject in subjects:
            entry = self.paris.send(MARIE, self.jean, subject)
            self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, self.jean))

    def near(self, folder):
        """{subject: flags} of a Maildir on this side."""
        found = {}
        for path in [*(self.home / "mail" / folder / "new").iterdir(), *(self.home / "mail" / folder / "cur").iterdir()]:
            found[email.message_from_bytes(path.read_bytes())["Subject"]] = path.name.partition(":2,")[2]
        return found

    # --- getmail ---

    def getmail(self, kind, delete):
        port = self.paris.port("IMAPS" if kind == "IMAP" else "POP3S")
        more = 'mailboxes = ("INBOX",)' if kind == "IMAP" else ""
        config = self.write("getmailrc", GETMAIL % (kind, port, self.jean, self.password(self.jean),
                                                    self.paris.variables["CERT"], more, self.home, delete))
        self.run_client("getmail", "--getmaildir", str(self.home), "--rcfile", config)
        return re.findall("^Subject: (.*)$", (self.home / "got").read_text(), re.M)

    def test_getmail_fetches_by_imap_what_is_new(self):
        self.letters("one", "two")
        self.assertEqual(self.getmail("IMAP", "false"), ["one", "two"])
        self.letters("three")
        self.assertEqual(self.getmail("IMAP", "false"), ["one", "two", "three"])
        self.paris.read_mail(self.jean, 3)

    def test_getmail_takes_mail_away_by_imap(self):
        self.letters("one", "two")
        self.assertEqual(self.getmail("IMAP", "true"), ["one", "two"])
        self.assertEqual(self.paris.read_mail(self.jean, 0), [])

    def test_getmail_fetches_by_pop3_what_is_new(self):
        self.letters("one", "two")
        self.assertEqual(self.getmail("POP3", "false"), ["one", "two"])
        self.letters("three")
        self.assertEqual(self.getmail("POP3", "false"), ["one", "two", "three"])
        self.paris.read_mail(self.jean, 3)

    def test_getmail_takes_mail_away_by_pop3(self):
        self.letters("one", "two")
        self.assertEqual(self.getmail("POP3", "true"), ["one", "two"])
        self.assertEqual(self.paris.read_mail(self.jean, 0), [])

    # --- offlineimap ---

    def offlineimap(self):
        config = self.write("offlineimaprc", OFFLINEIMAP.format(
            home=self.home, port=self.paris.port("IMAPS"), user=self.jean,
            password=self.password(self.jean), cert=self.paris.variables["CERT"]))
        self.run_client("offlineimap", "-o", "-u", "basic", "-c", config)

    def test_offlineimap_carries_letters_flags_and_folders_both_ways(self):
        self.letters("one", "two")
        self.offlineimap()
        self.assertEqual(sorted(self.near("INBOX")), ["one", "two"])
        self.assertTrue((self.home / "mail/Sent").is_dir())
        for path in (self.home / "mail/INBOX/new").iterdir():
            name = "two" if b"Subject: two" in path.read_bytes() else "one"
            path.rename(path.parent.parent / "cur" / (path.name.partition(":2,")[0] + (":2,FS" if name == "two" else ":2,")))
        self.write("mail/Drafts/new/1700000000.2_1.here", "Subject: from here\n\nHello.\n")
        client = self.paris.imap(self.jean)
        client.create("Trips")
        client.select("INBOX")
        client.store("1", "+FLAGS", "(\\Answered)")
        client.logout()
        self.offlineimap()
        self.assertEqual(self.flags_of(self.jean), {"one": {"\\Answered"}, "two": {"\\Flagged", "\\Seen"}})
        self.assertEqual(list(self.flags_of(self.jean, "Drafts")), ["from here"])
        self.assertEqual(self.near("INBOX"), {"one": "R", "two": "FS"})
        self.assertTrue((self.home / "mail/Trips").is_dir())

    def test_offlineimap_deletes_on_both_sides(self):
        self.letters("one", "two", "three")
        self.offlineimap()
        for path in [*(self.home / "mail/INBOX/new").iterdir(), *(self.home / "mail/INBOX/cur").iterdir()]:
            if b"Subject: one" in path.read_bytes():
                path.unlink()
        client = self.paris.imap(self.jean)
        client.select("INBOX")
        client.store("2", "+FLAGS", "(\\Deleted)")
        client.expunge()
        client.logout()
        self.offlineimap()
        self.assertEqual(sorted(self.near("INBOX")), ["three"])
        self.assertEqual(list(self.flags_of(self.jean)), ["three"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
