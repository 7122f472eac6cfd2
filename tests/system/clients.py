# SPDX-License-Identifier: BSD-2-Clause
"""Mail programs that people use: swaks, curl, msmtp, mbsync, fetchmail."""
import os
import pathlib
import shutil
import subprocess
import unittest

import town

PARIS = "paris.example"
MARIE = "marie@" + PARIS


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Clients that cannot match an address with a certificate are told "localhost".
        cls.paris = town.Town(PARIS, [MARIE], host="127.0.0.1", numbered=9)
        cls.addClassCleanup(cls.paris.close)
        cls.users = iter(range(1, 10))

    def setUp(self):
        self.jean = "user%d@%s" % (next(self.users), PARIS)
        self.home = pathlib.Path(self.paris.top, self.id())
        self.home.mkdir()

    def run_client(self, *arguments, stdin=b"", status=0):
        """Runs a client with a home of its own; returns what it printed."""
        if not shutil.which(arguments[0]):
            self.skipTest(arguments[0] + " is not installed")
        done = subprocess.run(arguments, input=stdin, timeout=60, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=dict(os.environ, HOME=str(self.home)))
        self.assertEqual(done.returncode, status, done.stdout.decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def write(self, name, text):
        path = self.home / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def password(self, user):
        return self.paris.passwords[user]

    def test_swaks_submits_with_every_mechanism(self):
        for mechanism in ("PLAIN", "LOGIN"):
            out = self.run_client("swaks", "--server", self.paris.host, "--port", str(self.paris.port("SUBMISSION")),
                                  "--tls", "--auth", mechanism, "--auth-user", MARIE, "--auth-password",
                                  self.password(MARIE), "--from", MARIE, "--to", self.jean, "--h-Subject", mechanism)
            self.assertIn("queued as", out)
        self.paris.await_log(r"to=<%s>.*status=sent" % self.jean, times=2)
        self.assertEqual(sorted(one["Subject"] for one in self.paris.read_mail(self.jean, 2)), ["LOGIN", "PLAIN"])

    def test_swaks_is_told_of_a_wrong_password(self):
        self.run_client("swaks", "--server", self.paris.host, "--port", str(self.paris.port("SUBMISSIONS")),
                        "--tls-on-connect", "--auth", "PLAIN", "--auth-user", MARIE, "--auth-password", "wrong",
                        "--from", MARIE, "--to", self.jean, status=28)

    def test_swaks_delivers_by_lmtp(self):
        out = self.run_client("swaks", "--protocol", "LMTP", "--server", self.paris.host, "--port",
                              str(self.paris.port("LMTP")), "--from", "x@elsewhere.example", "--to", self.jean)
        self.assertIn("250", out)
        self.paris.await_log(r"to=<%s>.*status=sent" % self.jean)

    def test_msmtp_submits(self):
        config = self.write("msmtprc", """
account default
host %s
port %d
tls on
tls_starttls off
tls_trust_file %s
auth on
user %s
password "%s"
from %s
""" % (self.paris.host, self.paris.port("SUBMISSIONS"), self.paris.variables["CERT"], MARIE, self.password(MARIE),
       MARIE))
        self.run_client("msmtp", "-C", config, self.jean, stdin=b"Subject: by msmtp\n\nHello.\n")
        self.paris.await_log(r"to=<%s>.*status=sent" % self.jean)
        self.assertEqual(self.paris.read_mail(self.jean, 1)[0]["Subject"], "by msmtp")

    def test_mbsync_copies_a_mailbox_and_what_is_seen(self):
        for number in range(3):
            self.paris.send(MARIE, self.jean, "letter %d" % number)
        self.paris.await_log(r"to=<%s>.*status=sent" % self.jean, times=3)
        config = self.write("mbsyncrc", """
IMAPAccount paris
Host %s
Port %d
User %s
Pass "%s"
SSLType IMAPS
CertificateFile %s

IMAPStore far
Account paris

MaildirStore near
Path %s/mail/
Inbox %s/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync All
SyncState *
""" % ("localhost", self.paris.port("IMAPS"), self.jean, self.password(self.jean), self.paris.variables["CERT"],
       self.home, self.home))
        (self.home / "mail").mkdir()
        self.run_client("mbsync", "-c", config, "all")
        new = list((self.home / "mail/INBOX/new").iterdir())
        self.assertEqual(len(new), 3)
        self.assertTrue((self.home / "mail/Sent").is_dir())
        new[0].rename(self.home / "mail/INBOX/cur" / (new[0].name.split(":")[0] + ":2,S"))
        self.run_client("mbsync", "-c", config, "all")
        client = self.paris.imap(self.jean)
        client.select("INBOX", readonly=True)
        self.assertEqual(len(client.search(None, "SEEN")[1][0].split()), 1)
        client.logout()

    def test_fetchmail_takes_mail_away(self):
        self.paris.send(MARIE, self.jean, "for fetchmail")
        self.paris.await_log(r"to=<%s>.*status=sent" % self.jean)
        config = self.write("fetchmailrc", 'poll %s protocol pop3 port %d user "%s" password "%s" ssl sslcertfile "%s"'
                            " mda \"/usr/bin/tee -a %s/got\"\n" % (
                                "localhost", self.paris.port("POP3S"), self.jean, self.password(self.jean),
                                self.paris.variables["CERT"], self.home))
        self.run_client("fetchmail", "-f", config, "--nodetach", "--pidfile", str(self.home / "pid"))
        self.assertIn("for fetchmail", (self.home / "got").read_text())
        self.assertEqual(self.paris.read_mail(self.jean, 0), [])

    def test_curl_appends_and_reads_by_imap(self):
        letter = self.write("letter", "Subject: by curl\r\n\r\nHello.\r\n")
        place = "imaps://%s:%d/Drafts" % (self.paris.host, self.paris.port("IMAPS"))
        login = ["--silent", "--show-error", "--cacert", self.paris.variables["CERT"], "--user",
                 "%s:%s" % (self.jean, self.password(self.jean))]
        self.run_client("curl", *login, "--upload-file", letter, place)
        out = self.run_client("curl", *login, place + ";MAILINDEX=1")
        self.assertEqual(out, "Subject: by curl\r\n\r\nHello.\r\n")


if __name__ == "__main__":
    town.main()
