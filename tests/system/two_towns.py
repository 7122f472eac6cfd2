# SPDX-License-Identifier: BSD-2-Clause
"""Letters within a town and between two."""
import smtplib
import unittest

import town

PARIS, LYON = "paris.example", "lyon.example"
MARIE, JEAN, CLAIRE = "marie@" + PARIS, "jean@" + PARIS, "claire@" + LYON


class TwoTowns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        hosts = {PARIS: town.own_host(1), LYON: town.own_host(2)}
        zone = town.zone_of(hosts)
        cls.paris = town.Town(PARIS, [MARIE, JEAN], host=hosts[PARIS], zone=zone)
        cls.addClassCleanup(cls.paris.close)
        cls.lyon = town.Town(LYON, [CLAIRE], host=hosts[LYON], zone=zone)
        cls.addClassCleanup(cls.lyon.close)

    def test_a_letter_to_a_neighbour_does_not_leave_the_town(self):
        entry = self.paris.send(MARIE, JEAN, "neighbour")
        self.paris.await_log(r"local\[\d+\]: %s: to=<%s>.*status=sent" % (entry, JEAN))
        self.paris.await_log(r"%s: removed" % entry)
        lines = [line for line in self.paris.log().splitlines() if " %s: " % entry in line]
        self.assertRegex(lines[0], r"smtpd\[\d+\]: %s: client=" % entry)
        self.assertNotIn("/smtp[", "".join(line for line in self.paris.log().splitlines() if entry in line))
        self.assertIn("neighbour", [one["Subject"] for one in inbox(self.paris, JEAN)])

    def test_a_letter_to_another_town_goes_there_under_tls_and_is_read_by_pop_and_imap(self):
        entry = self.paris.send(MARIE, CLAIRE, "other town", "Line one.\r\n.dot\r\n")
        there = self.paris.await_log(r"smtp\[\d+\]: %s: to=<%s>.*status=sent .*queued as (\w+)" % (entry, CLAIRE))
        self.lyon.await_log(r"local\[\d+\]: %s: to=<%s>.*status=sent" % (there.group(1), CLAIRE))
        client = self.lyon.pop(CLAIRE)
        count, _ = client.stat()
        by_pop = b"\r\n".join(client.retr(count)[1]) + b"\r\n"
        client.quit()
        letters = inbox(self.lyon, CLAIRE)
        self.assertEqual(len(letters), count)
        self.assertTrue(by_pop.endswith(b"\r\n\r\nLine one.\r\n.dot\r\n"))
        self.assertIn("with ESMTPS", letters[-1]["Received"])
        self.assertEqual(letters[-1]["Return-Path"], "<%s>" % MARIE)

    def test_a_letter_for_several_towns_is_one_message_with_one_id(self):
        client = self.paris.submission(MARIE)
        client.mail(MARIE)
        for rcpt in (JEAN, CLAIRE):
            self.assertEqual(client.rcpt(rcpt)[0], 250)
        entry = town.queue_id(*client.data(town.letter(MARIE, JEAN, "both")))
        client.quit()
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, JEAN))
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, CLAIRE))

    def test_strangers_cannot_relay(self):
        with self.paris.smtp() as client:
            client.ehlo()
            client.mail("x@elsewhere.example")
            code, _ = client.rcpt("y@somewhere.example")
            self.assertIn(code // 100, (4, 5))

    def test_an_unknown_recipient_is_refused_at_rcpt(self):
        with self.lyon.smtp() as client:
            client.ehlo()
            client.mail("x@elsewhere.example")
            code, text = client.rcpt("nobody@" + LYON)
            self.assertEqual(code, 550)
            self.assertTrue(text.startswith(b"5.1.1"), text)

    def test_a_wrong_password_is_refused_and_nothing_can_be_sent(self):
        client = smtplib.SMTP(self.paris.host, self.paris.port("SUBMISSION"), timeout=town.WAIT_SECONDS)
        client.starttls(context=self.paris.trust())
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            client.login(MARIE, "not it")
        self.assertIn(client.docmd("MAIL FROM:<%s>" % MARIE)[0] // 100, (2, 5))
        self.assertIn(client.docmd("RCPT TO:<%s>" % JEAN)[0] // 100, (4, 5))
        client.close()

    def test_submission_without_tls_is_refused(self):
        client = smtplib.SMTP(self.paris.host, self.paris.port("SUBMISSION"), timeout=town.WAIT_SECONDS)
        client.ehlo()
        self.assertNotIn("auth", client.esmtp_features)
        self.assertEqual(client.docmd("MAIL FROM:<%s>" % MARIE)[0], 530)
        client.close()

    def test_what_cannot_be_delivered_comes_back_to_its_sender(self):
        entry = self.paris.send(MARIE, "x@nowhere.example", "lost")
        report = self.paris.await_log(r"%s: sender non-delivery notification: (\w+)" % entry).group(1)
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (report, MARIE))
        letters = [one for one in inbox(self.paris, MARIE) if one.get_content_type() == "multipart/report"]
        self.assertEqual(len(letters), 1)
        status = letters[0].get_payload()[1].as_string()
        self.assertIn("Final-Recipient: rfc822; x@nowhere.example", status)
        self.assertIn("Action: failed", status)

    def test_an_extension_behind_the_delimiter_reaches_the_same_mailbox(self):
        entry = self.paris.send(MARIE, "jean+news@" + PARIS, "extension")
        self.paris.await_log(r"%s: to=<jean\+news@%s>.*status=sent" % (entry, PARIS))
        self.assertIn("extension", [one["Subject"] for one in inbox(self.paris, JEAN)])

    def test_trace_follows_a_letter_to_the_other_town(self):
        entry = self.paris.send(MARIE, CLAIRE, "traced")
        there = self.paris.await_log(r"%s: to=.*queued as (\w+)" % entry).group(1)
        self.lyon.await_log(r"%s: removed" % there)
        lines = self.paris.relais("trace", "-l", self.paris.variables["LOG"], "-l", self.lyon.variables["LOG"], entry)
        self.assertRegex(lines, r"%s: client=" % entry)
        self.assertRegex(lines, r"%s: removed" % there)


def inbox(place, user):
    client = place.imap(user)
    number = place.exists(client)
    client.logout()
    return place.read_mail(user, number)


if __name__ == "__main__":
    town.main()
