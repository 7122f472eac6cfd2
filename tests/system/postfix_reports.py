# SPDX-License-Identifier: BSD-2-Clause
"""Delivery status notifications between Relais and Postfix (RFC 3461): what a sender asks for reaches the next town as it
was asked, and exactly one report tells what became of a letter, whoever has the duty to write it.
"""
import re
import unittest

import peer
import town
from peer import LYON, PARIS

PLAIN, HELD, LATER, HOST = "plain.example", "held.example", "later.example", "host.paris.example"
LETTER = b"Subject: %s\r\n\r\nThe body.\r\n"
SENDER = "grüße@" + LYON
TERMS = ["ENVID=QQ+2B314", "RET=HDRS"]
WHY_NOT = peer.why_no_postfix() or peer.why_no_dovecot()


def original(fields):
    return "".join(fields["Original-Recipient"].split())


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Reports(peer.TwoSystems):
    suburbs = {PLAIN: ["smtpd_discard_ehlo_keywords=dsn"],
               HELD: ["smtpd_recipient_restrictions=static:HOLD"],
               LATER: ["smtpd_recipient_restrictions=defer"]}
    # What an address of Paris stands for: one or several, here or there.
    virtual = {"one@" + PARIS: "user50@" + PARIS, "two@" + PARIS: "user49@%s, user49@%s" % (PARIS, LYON),
               "far@" + PARIS: "user48@" + LYON, "nested@" + PARIS: "two@" + PARIS,
               "gone@" + PARIS: "nobody@" + LYON}
    system = {"single": "user47@" + LYON, "several": "user46@%s, user46@%s" % (PARIS, LYON)}
    paris_settings = ("mydestination=" + HOST, "local_recipient_maps=", "delay_warning_time=1s", "minimal_backoff_time=1s",
                      "maximal_backoff_time=1s",
                      "virtual_alias_maps=inline:{%s}" % ", ".join("{%s=%s}" % pair for pair in virtual.items()),
                      "alias_maps=inline:{%s}" % ", ".join("{%s=%s}" % pair for pair in system.items()))

    more_mailboxes = "%s user45@%s/\n" % (SENDER, LYON)

    def setUp(self):
        super().setUp()
        self.subject = self.id().rsplit(".", 1)[1][:60].encode()

    def put(self, rcpts, notify, orcpt=None, place=None, **more):
        """Sends a letter from Paris, or from `place`; returns its queue id."""
        rcpt_options = (["NOTIFY=" + notify] if notify else []) + (["ORCPT=" + orcpt] if orcpt else [])
        put = self.from_lyon if place is self.lyon else self.from_paris
        return put(rcpts, LETTER % self.subject, rcpt_options=rcpt_options, **{"mail_options": TERMS, **more})

    def only_report(self, user, rcpt, reporter, action):
        """The one report that a user gets, about one recipient; returns it and that recipient's fields."""
        (report,) = self.reports(user)
        self.assertEqual([fields["Final-Recipient"].split("; ")[1] for fields in report.rcpts], [rcpt])
        self.assertEqual(report.fields["Reporting-MTA"], "dns; mail." + reporter)
        self.assertEqual(report.fields["Original-Envelope-Id"], "QQ+314")
        self.assertEqual(report.of(rcpt)["Action"], action)
        self.assertIn(b"Subject: " + self.subject, report.returned.as_bytes())
        return report, report.of(rcpt)

    def await_end(self, place, entry):
        place.await_log("%s: removed" % entry)

    def assert_no_report(self, place, entry):
        self.await_end(place, entry)
        self.assertNotRegex(place.log(), "%s: .* notification: " % entry)

    # --- what the next town is told (Postfix notes it decoded; SUCCESS and DELAY are 2 and 8) ---

    def test_the_terms_reach_postfix_as_they_were_given(self):
        rcpt = "user1@" + HELD
        self.put([rcpt], "SUCCESS,DELAY", "rfc822;Bob+2B+3Dx@elsewhere.example")
        there = self.paris.await_log(r"to=<%s>.*queued as (\w+)" % rcpt).group(1)
        envelope = self.lyon.run("postcat", "-e", "-q", there)
        self.assertRegex(envelope, r"(?m)^named_attribute: envelope_id=QQ\+314$")
        self.assertRegex(envelope, r"(?m)^named_attribute: ret_flags=2$")
        self.assertRegex(envelope, r"(?m)^named_attribute: dsn_orig_rcpt=rfc822;Bob\+=x@elsewhere\.example$")
        self.assertRegex(envelope, r"(?m)^named_attribute: notify_flags=10$")

    # --- success ---

    def test_postfix_reports_the_success_that_it_was_asked_for_and_nobody_else(self):
        entry = self.put([self.claire], "SUCCESS,FAILURE", "rfc822;Claire@elsewhere.example")
        _, fields = self.only_report(self.jean, self.claire, LYON, "delivered")
        self.assertEqual(original(fields), "rfc822;Claire@elsewhere.example")
        self.assert_no_report(self.paris, entry)

    def test_relais_reports_the_success_that_postfix_asked_for_and_nobody_else(self):
        self.put([self.jean], "SUCCESS,FAILURE", "rfc822;Jean@elsewhere.example", self.lyon)
        report, fields = self.only_report(self.claire, self.jean, PARIS, "delivered")
        self.assertEqual(original(fields), "rfc822;Jean@elsewhere.example")
        self.assertEqual(fields["Status"], "2.0.0")
        self.assertIsNone(fields["Remote-MTA"])
        self.assertEqual(report.returned.get_content_type(), "text/rfc822-headers")

    def test_what_goes_on_without_dsn_is_reported_as_relayed(self):
        rcpt = "user%d@%s" % (self.number, PLAIN)
        self.put([rcpt], "SUCCESS")
        _, fields = self.only_report(self.jean, rcpt, PARIS, "relayed")
        self.assertEqual(fields["Remote-MTA"], "dns; mail." + PLAIN)
        self.letters(self.claire)

    def test_success_is_not_reported_unasked(self):
        entries = [self.put([self.claire], None), self.put(["user%d@%s" % (self.number, PLAIN)], "FAILURE"),
                   self.put(["user50@" + PARIS], "DELAY")]
        for entry in entries:
            self.assert_no_report(self.paris, entry)

    # --- aliases: RFC 3461 5.2.7 ---

    def test_an_alias_for_one_passes_the_terms_on(self):
        self.put(["one@" + PARIS], "SUCCESS", "rfc822;One@elsewhere.example")
        _, fields = self.only_report(self.jean, "user50@" + PARIS, PARIS, "delivered")
        self.assertEqual(original(fields), "rfc822;One@elsewhere.example")

    def test_an_alias_for_one_elsewhere_leaves_the_report_to_that_town(self):
        entry = self.put(["far@" + PARIS], "SUCCESS")
        self.only_report(self.jean, "user48@" + LYON, LYON, "delivered")
        self.assert_no_report(self.paris, entry)

    def test_an_alias_for_several_is_reported_as_expanded(self):
        for alias in ("two@" + PARIS, "nested@" + PARIS):
            with self.subTest(alias):
                super().setUp()
                entry = self.put([alias], "SUCCESS", "rfc822;Two@elsewhere.example", place=self.lyon)
                there = self.await_fate(self.lyon, entry, alias, "sent").rsplit(" ", 1)[1].rstrip(")")
                _, fields = self.only_report(self.claire, alias, PARIS, "expanded")
                self.assertEqual(original(fields), "rfc822;Two@elsewhere.example")
                for rcpt in ("user49@" + PARIS, "user49@" + LYON):
                    self.await_fate(self.paris, there, rcpt, "sent")
                self.await_end(self.paris, there)

    def test_a_system_alias_for_one_passes_the_terms_on(self):
        self.put(["single@" + HOST], "SUCCESS", "rfc822;Single@elsewhere.example")
        _, fields = self.only_report(self.jean, "user47@" + LYON, LYON, "delivered")
        self.assertEqual(original(fields), "rfc822;Single@elsewhere.example")

    def test_a_system_alias_for_several_is_reported_as_expanded(self):
        entry = self.put(["several@" + HOST], "SUCCESS,FAILURE")
        self.only_report(self.jean, "several@" + HOST, PARIS, "expanded")
        for rcpt in ("user46@" + PARIS, "user46@" + LYON):
            self.await_fate(self.paris, entry, rcpt, "sent")
        self.await_end(self.paris, entry)

    # --- failure and delay ---

    def test_never_and_what_was_not_asked_for_bring_no_report_of_a_failure(self):
        for place, domain in ((self.paris, LYON), (self.lyon, PARIS)):
            for notify in ("NEVER", "SUCCESS", "SUCCESS,DELAY"):
                entry = self.put(["nobody@" + domain], notify, place=place)
                self.await_fate(place, entry, "nobody@" + domain, "bounced")
                self.assert_no_report(place, entry)

    def test_a_null_sender_gets_no_report(self):
        for place, domain in ((self.paris, LYON), (self.lyon, PARIS)):
            entry = self.put(["nobody@" + domain], None, place=place, sender="", mail_options=[])
            self.await_fate(place, entry, "nobody@" + domain, "bounced")
            self.assert_no_report(place, entry)

    def test_a_failure_returns_what_was_asked_for(self):
        for terms, returned in ((["RET=HDRS"], "text/rfc822-headers"), (["RET=FULL"], "message/rfc822"),
                                ([], "message/rfc822")):
            super().setUp()
            self.put(["nobody@" + LYON], "FAILURE", "rfc822;Somebody@elsewhere.example", mail_options=terms)
            (report,) = self.reports(self.jean)
            self.assertEqual(report.returned.get_content_type(), returned)
            self.assertEqual(b"The body." in report.returned.as_bytes(), returned == "message/rfc822")
            self.assertIsNone(report.fields["Original-Envelope-Id"])
            self.assertEqual(original(report.rcpts[0]), "rfc822;Somebody@elsewhere.example")

    def test_a_report_to_an_address_in_utf8_is_one_of_utf8(self):
        entry = self.put(["gone@" + PARIS], "FAILURE", place=self.lyon, sender=SENDER, mail_options=["smtputf8"])
        self.await_fate(self.lyon, entry, "gone@" + PARIS, "sent")
        (report,) = self.reports("user45@" + LYON)
        self.assertEqual(report.message.get_param("report-type"), "global-delivery-status")
        self.assertEqual(report.status.get_content_type(), "message/global-delivery-status")
        self.assertIn(SENDER.encode(), report.message.as_bytes())

    def test_a_delay_is_told_of_only_where_it_may_be(self):
        told, silent = "user1@" + LATER, "user2@" + LATER
        entries = {rcpt: self.put([rcpt], notify) for rcpt, notify in ((silent, "FAILURE"), (told, "DELAY"))}
        _, fields = self.only_report(self.jean, told, PARIS, "delayed")
        self.assertRegex(fields["Status"], r"^4\.")
        tries = len(re.findall("%s: to=" % entries[silent], self.paris.log()))
        self.paris.await_log("%s: to=" % entries[silent], times=tries + 1)
        self.assertNotIn("%s: sender delay notification" % entries[silent], self.paris.log())
        self.paris.relais("queue", "delete", "ALL")


if __name__ == "__main__":
    town.main()
