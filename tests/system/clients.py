# SPDX-License-Identifier: BSD-2-Clause
"""Clients that administrators try a server with: swaks, curl, msmtp."""
import town

PARIS = "paris.example"
MARIE = "marie@" + PARIS


class Clients(town.Programs):
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
