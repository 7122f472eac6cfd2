# SPDX-License-Identifier: BSD-2-Clause
"""LMTP (RFC 2033) with others: Relais delivers into Dovecot's mailboxes, Postfix into those of Relais; each recipient has an
answer of its own.
"""
import pathlib
import shutil
import tempfile
import unittest

import peer
import town
from peer import LYON, MARIE, PARIS

FULL, STORE = "full@" + PARIS, "store.example"
BODY = b".\r\n..dots\r\n\r\n \xc3\xa9t\xc3\xa9 \t\r\n" + b"x" * 990 + b"\r\n.\r\n"
QUOTA = """\
mail_plugins = $mail_plugins quota
plugin {
  quota = count:User quota
  quota_rule = *:storage=100M
  quota_vsizes = yes
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
"""


@unittest.skipIf(peer.why_no_dovecot(), peer.why_no_dovecot())
class ToDovecot(unittest.TestCase):
    """Paris keeps its mailboxes in Dovecot, reached over the network; those of store.example by a socket."""

    @classmethod
    def setUpClass(cls):
        top = pathlib.Path(tempfile.mkdtemp(prefix="relais-lmtp.", dir="/tmp"))
        top.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, top, True)
        users = {MARIE: "", FULL: "userdb_quota_rule=*:storage=4k", "jean@" + STORE: ""}
        cls.dovecot = peer.Dovecot(top, town.own_host(31), users=users, settings=QUOTA)
        cls.dovecot.start()
        cls.addClassCleanup(cls.dovecot.stop)
        cls.paris = town.Town(PARIS, [MARIE, FULL], host=town.own_host(32), settings=(
            "virtual_transport=lmtp:inet:[%s]:%d" % (cls.dovecot.address, cls.dovecot.ports["lmtp"]),
            "transport_maps=inline:{%s=lmtp:unix:%s/run/lmtp}" % (STORE, top), "message_size_limit=20000000"))
        cls.addClassCleanup(cls.paris.close)

    def put(self, rcpts, subject, body, rcpt_options=()):
        return peer.send(self.paris.submission(MARIE), MARIE, rcpts, b"Subject: %s\r\n\r\n%s" % (subject.encode(), body),
                         ["BODY=8BITMIME"], rcpt_options)

    def fate(self, entry, rcpt, status):
        return self.paris.await_log(r"smtp\[\d+\]: %s: to=<%s>.*status=%s (.*)" % (entry, rcpt, status)).group(1)

    def found(self, user, subject):
        """The letters of that subject in INBOX, octets."""
        client = self.dovecot.imap(user)
        client.select("INBOX", readonly=True)
        _, (numbers,) = client.search(None, "SUBJECT", '"%s"' % subject)
        letters = [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers.split()]
        client.logout()
        return letters

    def only(self, user, subject):
        (octets,) = self.found(user, subject)
        return octets

    def test_octets_arrive_as_they_were_over_the_network_and_by_a_socket(self):
        for rcpt in (MARIE, "jean@" + STORE):
            entry = self.put([rcpt], "octets", BODY)
            self.assertIn("Saved", self.fate(entry, rcpt, "sent"))
            self.assertEqual(peer.body_of(self.only(rcpt, "octets")), BODY)

    def test_a_large_letter_arrives(self):
        body = b"".join(b"%08d %s\r\n" % (line, b"." * 60) for line in range(30000))
        self.fate(self.put([MARIE], "large", body), MARIE, "sent")
        self.assertEqual(peer.body_of(self.only(MARIE, "large")), body)

    def test_each_recipient_has_an_answer_of_its_own(self):
        nobody = "nobody@" + STORE
        entry = self.put([MARIE, FULL, "jean@" + STORE, nobody], "four", b"x" * 70 + b"\r\n" + BODY * 8)
        self.assertIn("Saved", self.fate(entry, MARIE, "sent"))
        self.assertRegex(self.fate(entry, FULL, "bounced"), r"said: 552 5\.2\.2 ")
        self.assertIn("Saved", self.fate(entry, "jean@" + STORE, "sent"))
        self.assertRegex(self.fate(entry, nobody, "bounced"), r"said: 550 5\.1\.1 ")
        report = self.paris.await_log(r"%s: sender non-delivery notification: (\w+)" % entry).group(1)
        self.fate(report, MARIE, "sent")
        (octets,) = self.found(MARIE, "could not be delivered")
        report = peer.Report(octets)
        self.assertEqual({fields["Final-Recipient"]: fields["Status"] for fields in report.rcpts},
                         {"rfc822; " + FULL: "5.2.2", "rfc822; " + nobody: "5.1.1"})
        self.only(MARIE, "four")
        self.only("jean@" + STORE, "four")
        self.assertEqual(self.found(FULL, "four"), [])

    def test_what_dovecot_took_is_reported_as_delivered(self):
        entry = self.put(["jean@" + STORE], "asked", BODY, ["NOTIFY=SUCCESS"])
        report = self.paris.await_log(r"%s: sender delivery status notification: (\w+)" % entry).group(1)
        self.fate(report, MARIE, "sent")
        (octets,) = self.found(MARIE, "was passed on")
        self.assertEqual(peer.Report(octets).of("jean@" + STORE)["Action"], "delivered")

    def test_mailboxes_that_are_down_get_their_letter_once_when_they_are_up(self):
        self.dovecot.stop()
        entry = self.put([MARIE, "jean@" + STORE], "down", BODY)
        for rcpt in (MARIE, "jean@" + STORE):
            self.fate(entry, rcpt, "deferred")
        self.dovecot.start()
        self.paris.relais("queue", "-f")
        for rcpt in (MARIE, "jean@" + STORE):
            self.fate(entry, rcpt, "sent")
            self.only(rcpt, "down")


WHY_NOT = peer.why_no_postfix() or peer.why_no_dovecot()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class FromPostfix(peer.TwoSystems):
    """Lyon delivers into the mailboxes of Paris."""
    paris_services = "lmtpd unix n - n - - smtpd\n  -o smtpd_protocol=lmtp\n  -o syslog_name=relais/lmtpd\n"
    lyon_routes = {PARIS: "lmtp:inet:[{HOST}]:{LMTP_PORT}", "user49@" + PARIS: "lmtp:unix:{QUEUE_DIR}/public/lmtpd"}

    def test_octets_arrive_as_they_were_over_the_network_and_by_a_socket(self):
        for rcpt in (self.jean, "user49@" + PARIS):
            entry = self.from_lyon([rcpt], b"Subject: octets\r\n\r\n" + BODY, mail_options=["BODY=8BITMIME"])
            self.await_fate(self.lyon, entry, rcpt, "sent")
            (octets,) = self.letters(rcpt)
            self.assertEqual(peer.body_of(octets), BODY)
            self.assertIn(b" with LMTP ", b" ".join(octets.split()))

    def test_each_recipient_has_an_answer_of_its_own(self):
        other = "user%d@%s" % (next(self.numbers), PARIS)
        entry = self.from_lyon([self.jean, "nobody@" + PARIS, other], b"Subject: three\r\n\r\nHello.\r\n")
        for rcpt in (self.jean, other):
            self.await_fate(self.lyon, entry, rcpt, "sent")
            self.letters(rcpt)
        self.assertRegex(self.await_fate(self.lyon, entry, "nobody@" + PARIS, "bounced"), r"said: 550 5\.1\.1 ")
        (report,) = self.reports(self.claire)
        self.assertEqual([fields["Status"] for fields in report.rcpts], ["5.1.1"])

    def test_success_is_reported_by_who_delivered(self):
        self.from_lyon([self.jean], b"Subject: success\r\n\r\nHello.\r\n", rcpt_options=["NOTIFY=SUCCESS"])
        (report,) = self.reports(self.claire)
        self.assertEqual(report.fields["Reporting-MTA"], "dns; mail." + PARIS)
        self.assertEqual(report.of(self.jean)["Action"], "delivered")


if __name__ == "__main__":
    town.main()
