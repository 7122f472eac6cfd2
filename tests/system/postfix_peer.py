# SPDX-License-Identifier: BSD-2-Clause
"""Letters between a town of Relais and one of Postfix, in both directions: whatever they hold, their octets arrive as they
were; what cannot go on is put off or comes back with the other's words.
"""
import email
import smtplib
import unittest

import peer
import town
from peer import LYON, PARIS

PLAIN, SMALL, LATER, LOOP = "plain.example", "small.example", "later.example", "loop.example"
ASKS, TWICE, OLD, NEW, BROKEN = "asks.example", "twice.example", "old.example", "new.example", "broken.example"
SCREENED, FEW = "screened.example", "few.example"
GREETINGS = "grüße@"
FIELDS = "Subject: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
ODD = (b".\r\n..\r\n.dot\r\n...three dots\r\n\r\n  blanks at both ends \t\r\n\r\n.\r\nFrom here\r\n>From there\r\n" +
       b"x" * 990 + b"\r\n\xc3\xa9t\xc3\xa9\r\n\x01\x7f\r\n.\r\n\r\n")


def lines_of(size):
    """So many octets of text, each line of its own, some with dots before."""
    lines, total = [], 0
    while total < size:
        lines.append(b"%s%08d %s\r\n" % (b"." * (len(lines) % 3), len(lines), b"abcdefghij" * 7))
        total += len(lines[-1])
    return b"".join(lines)


def letter(subject, body):
    return (FIELDS % subject).encode() + body


WHY_NOT = peer.why_no_postfix() or peer.why_no_dovecot()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Letters(peer.TwoSystems):
    suburbs = {PLAIN: ["smtpd_tls_security_level=none", "smtpd_discard_ehlo_keywords=pipelining,chunking,dsn",
                       "smtpd_relay_restrictions=reject_unauth_destination"],
               SMALL: ["message_size_limit=20000"], FEW: ["smtpd_recipient_limit=2"],
               LATER: ["smtpd_recipient_restrictions=defer"],
               ASKS: ["smtpd_recipient_restrictions=reject_unverified_recipient", "smtpd_delay_reject=yes"],
               OLD: ["smtpd_tls_protocols=TLSv1.2", "smtpd_tls_ask_ccert=yes"], NEW: ["smtpd_tls_protocols=TLSv1.3"],
               BROKEN: ["smtpd_tls_chain_files=/nonexistent"], SCREENED: None}
    more_zone = ("{0}. 60 IN MX 10 dead.{0}.\n{0}. 60 IN MX 20 mail.{1}.\ndead.{0}. 60 IN A {2}\n"
                 .format(TWICE, LYON, town.own_host(19)))
    routes = {"secure.example": "secure:" + LYON, "clear.example": "secure:" + PLAIN,
              "trusted.example": "trusting:" + LYON, "distrusted.example": "strict:" + LYON,
              "strange.example": "smtp:" + PLAIN, LOOP: "smtp:" + LYON,
              "submitted.example": "discard:this", "wrapped.example": "discard:this"}
    paris_settings = ("transport_maps=inline:{%s}" % ", ".join("%s=%s" % route for route in routes.items()),
                      "virtual_alias_maps=inline:{%s%s=marie@%s}" % (GREETINGS, PARIS, PARIS),
                      "hopcount_limit=12", "relay_domains=" + LOOP,
                      "smtpd_relay_restrictions=permit_sasl_authenticated,reject_unauth_destination")
    paris_services = ("secure unix - - n - - smtp\n  -o smtp_tls_security_level=encrypt\n"
                      "strict unix - - n - - smtp\n  -o smtp_tls_security_level=verify\n"
                      "trusting unix - - n - - smtp\n  -o smtp_tls_security_level=verify\n"
                      "  -o smtp_tls_CAfile={certificate}\n")
    lyon_settings = {"relay_domains": LOOP, "address_verify_poll_delay": "1s", "message_size_limit": 2 * peer.SIZE_LIMIT,
                     "smtpd_tls_received_header": "yes",
                     "virtual_mailbox_domains": " ".join([LYON, *suburbs, TWICE])}
    lyon_routes = {LOOP: "smtp:", "strange.example": "smtp:", "user44@" + PARIS: "bare:", "user49@" + PARIS: "verified:",
                   "submitted.example": "submit:[{HOST}]:{SUBMISSION_PORT}",
                   "wrapped.example": "wrapped:[{HOST}]:{SUBMISSIONS_PORT}",
                   "secure.example": "discard:this", "trusted.example": "discard:this"}
    as_user = ("  -o smtp_tls_security_level=encrypt\n  -o smtp_sasl_auth_enable=yes\n"
               "  -o smtp_sasl_password_maps=static:user48@paris.example:secret\n"
               "  -o smtp_sasl_security_options=noanonymous\n")
    lyon_services = ("bare unix - - n - - smtp\n  -o smtp_tls_security_level=none\n"
                     "  -o smtp_discard_ehlo_keywords=pipelining,size,dsn,8bitmime,smtputf8\n"
                     "verified unix - - n - - smtp\n  -o smtp_tls_security_level=secure\n  -o smtp_tls_CAfile={CERT}\n"
                     "  -o smtp_tls_secure_cert_match=mail.paris.example\n"
                     "submit unix - - n - - smtp\n" + as_user +
                     "wrapped unix - - n - - smtp\n  -o smtp_tls_wrappermode=yes\n" + as_user +
                     "{hosts[%s]}:25025 inet n - n - 1 postscreen\n  -o postscreen_access_list=\n  -o postscreen_greet_wait=1s\n"
                     "  -o postscreen_greet_action=drop\n  -o postscreen_pipelining_enable=yes\n"
                     "  -o postscreen_pipelining_action=drop\n  -o postscreen_non_smtp_command_enable=yes\n"
                     "  -o postscreen_bare_newline_enable=yes\n  -o postscreen_bare_newline_action=drop\n"
                     "smtpd pass - - n - - smtpd\ntlsproxy unix - - n - 0 tlsproxy\ndnsblog unix - - n - 0 dnsblog\n" % SCREENED)
    more_mailboxes = "%s%s user44@%s/\nclaire@%s user50@%s/\n" % (GREETINGS, LYON, LYON, TWICE, LYON)

    def there_and_back(self, body, subject="letter"):
        """One to Lyon, one to Paris; both must arrive with these octets. Returns their headers."""
        headers = []
        for place, put, rcpt in ((self.paris, self.from_paris, self.claire), (self.lyon, self.from_lyon, self.jean)):
            entry = put([rcpt], letter(subject, body), mail_options=["BODY=8BITMIME"])
            self.await_fate(place, entry, rcpt, "sent")
            (octets,) = self.letters(rcpt)
            self.assertEqual(peer.body_of(octets), body)
            headers.append(email.message_from_bytes(octets))
        return headers

    # --- what arrives ---

    def test_letters_go_under_tls_and_their_octets_arrive_as_they_were(self):
        for header in self.there_and_back(ODD):
            self.assertIn(" with ESMTPS ", " ".join(header["Received"].split()))
        self.assertEqual(header["Return-Path"], "<%s>" % self.claire)

    def test_letters_of_a_hundred_kib(self):
        self.there_and_back(lines_of(100 << 10))

    def test_letters_of_ten_mib(self):
        self.there_and_back(lines_of(10 << 20))

    def test_letters_without_a_body(self):
        self.there_and_back(b"")

    def test_several_recipients_are_one_transaction(self):
        for place, put, domain in ((self.paris, self.from_paris, LYON), (self.lyon, self.from_lyon, PARIS)):
            rcpts = ["user%d@%s" % (next(self.numbers), domain) for _ in range(3)]
            entry = put(rcpts, letter("to three", b"Hello.\r\n"))
            there = {self.await_fate(place, entry, rcpt, "sent").rsplit(" ", 1)[1] for rcpt in rcpts}
            self.assertEqual(len(there), 1, there)
            for rcpt in rcpts:
                self.letters(rcpt)

    def test_letters_in_utf8_go_to_addresses_in_utf8(self):
        for place, put, domain, user in ((self.paris, self.from_paris, LYON, "user44@" + LYON),
                                         (self.lyon, self.from_lyon, PARIS, peer.MARIE)):
            sender = "jürgen@" + (PARIS if domain == LYON else LYON)
            entry = put([GREETINGS + domain], letter("Grüße", "été\r\n".encode()), sender, ["smtputf8", "BODY=8BITMIME"])
            place.await_log(r"%s: to=<[^>]*@%s>.*status=sent" % (entry, domain))
            (octets,) = self.letters(user)
            self.assertIn(b" with UTF8SMTPS ", b" ".join(octets.split()))
            self.assertIn("\r\nSubject: Grüße\r\n".encode(), octets)

    def test_a_client_without_pipelining_size_dsn_and_tls_is_served(self):
        entry = self.from_lyon(["user44@" + PARIS], letter("bare", ODD.replace(b"\xc3\xa9", b"e")))
        self.await_fate(self.lyon, entry, "user44@" + PARIS, "sent")
        (octets,) = self.letters("user44@" + PARIS)
        self.assertEqual(peer.body_of(octets), ODD.replace(b"\xc3\xa9", b"e"))
        self.assertRegex(" ".join(email.message_from_bytes(octets)["Received"].split()), " with ESMTP ")

    def test_a_server_without_starttls_and_pipelining_is_sent_to_in_clear(self):
        rcpt = "user%d@%s" % (self.number, PLAIN)
        entry = self.from_paris([rcpt], letter("plain", ODD), mail_options=["BODY=8BITMIME"])
        self.await_fate(self.paris, entry, rcpt, "sent")
        (octets,) = self.letters(self.claire)
        self.assertEqual(peer.body_of(octets), ODD)
        self.assertIn(" with ESMTP ", " ".join(email.message_from_bytes(octets)["Received"].split()))

    def test_a_mail_exchanger_that_is_dead_leaves_it_to_the_next(self):
        entry = self.from_paris(["claire@" + TWICE], letter("second", b"Hello.\r\n"))
        self.await_fate(self.paris, entry, "claire@" + TWICE, "sent")
        self.letters("user50@" + LYON)

    def test_a_host_that_asks_us_whether_a_recipient_exists_is_told(self):
        client = smtplib.SMTP(self.hosts[ASKS], 25025, timeout=town.WAIT_SECONDS, local_hostname="client.example")
        with client:
            client.ehlo()
            client.mail(self.claire)
            self.assertEqual(client.rcpt(self.jean)[0], 250)
            code, text = client.rcpt("nobody@" + PARIS)
            self.assertEqual(code // 100, 4)  # as Postfix says it of what it asked others about
            self.assertIn(b"User unknown", text)

    def test_postscreen_finds_that_we_speak_when_it_is_our_turn(self):
        rcpt = "user%d@%s" % (self.number, SCREENED)
        entry = self.from_paris([rcpt], letter("screened", ODD), mail_options=["BODY=8BITMIME"])
        # It puts off whom it does not know yet, for what it can only see in a conversation; then it remembers.
        self.assertRegex(self.await_fate(self.paris, entry, rcpt, "deferred"), r"said: 450 4\.3\.2 ")
        self.lyon.await_log(r"postscreen\[\d+\]: PASS NEW \[%s\]" % self.hosts[PARIS])
        town.await_true(lambda: "Service currently" in self.paris.relais("queue", "-p"), "the reason in the queue's list")
        self.paris.relais("queue", "-i", entry)
        self.await_fate(self.paris, entry, rcpt, "sent")
        (octets,) = self.letters(self.claire)
        self.assertEqual(peer.body_of(octets), ODD)

    # --- what TLS must be ---

    def test_encrypt_takes_a_certificate_that_signed_itself(self):
        entry = self.from_paris(["x@secure.example"], letter("secure", b"Hello.\r\n"))
        self.await_fate(self.paris, entry, "x@secure.example", "sent")

    def test_verify_takes_the_certificate_that_it_was_told_to_trust_and_no_other(self):
        entry = self.from_paris(["x@trusted.example", "x@distrusted.example"], letter("verified", b"Hello.\r\n"))
        self.await_fate(self.paris, entry, "x@trusted.example", "sent")
        self.assertIn("certificate", self.await_fate(self.paris, entry, "x@distrusted.example", "deferred"))
        self.paris.relais("queue", "delete", entry)

    def test_our_certificate_is_good_for_who_trusts_it(self):
        entry = self.from_lyon(["user49@" + PARIS], letter("verified", b"Hello.\r\n"))
        self.await_fate(self.lyon, entry, "user49@" + PARIS, "sent")

    def test_either_version_of_tls_will_do(self):
        for domain, version in ((OLD, "TLSv1.2"), (NEW, "TLSv1.3")):
            rcpt = "user%d@%s" % (next(self.numbers), domain)
            entry = self.from_paris([rcpt], letter(version, b"Hello.\r\n"))
            self.await_fate(self.paris, entry, rcpt, "sent")
            (octets,) = self.letters(rcpt.replace(domain, LYON))
            self.assertIn(b"using %s with cipher" % version.encode(), b" ".join(octets.split()))

    def test_tls_that_a_host_offers_and_cannot_do_is_done_without(self):
        rcpt = "user%d@%s" % (self.number, BROKEN)
        entry = self.from_paris([rcpt], letter("broken", b"Hello.\r\n"))
        self.await_fate(self.paris, entry, rcpt, "sent")
        (octets,) = self.letters(self.claire)
        self.assertIn(b" with ESMTP id", b" ".join(octets.split()))

    def test_encrypt_puts_off_what_can_only_go_in_clear(self):
        entry = self.from_paris(["x@clear.example"], letter("clear", b"Hello.\r\n"))
        reason = self.await_fate(self.paris, entry, "x@clear.example", "deferred")
        self.assertIn("TLS is required, but was not offered", reason)
        self.paris.relais("queue", "delete", entry)

    # --- submission ---

    def test_postfix_submits_with_the_password_of_a_user(self):
        for domain in ("submitted.example", "wrapped.example"):
            entry = self.from_lyon(["x@" + domain], letter("submitted", b"Hello.\r\n"), "user48@" + PARIS)
            there = self.await_fate(self.lyon, entry, "x@" + domain, "sent").rsplit(" ", 1)[1].rstrip(")")
            self.paris.await_log(r"%s: client=.*sasl_method=\S+, sasl_username=user48@%s" % (there, PARIS))

    # --- what does not arrive ---

    def test_an_unknown_user_of_postfix_comes_back_with_its_words(self):
        entry = self.from_paris(["nobody@" + LYON, self.claire], letter("lost", ODD), mail_options=["BODY=8BITMIME"])
        self.await_fate(self.paris, entry, self.claire, "sent")
        self.await_fate(self.paris, entry, "nobody@" + LYON, "bounced")
        (report,) = self.reports(self.jean)
        self.assertEqual(len(report.rcpts), 1)
        fields = report.of("nobody@" + LYON)
        self.assertEqual((fields["Action"], fields["Status"]), ("failed", "5.1.1"))
        self.assertEqual(fields["Remote-MTA"], "dns; mail." + LYON)
        self.assertRegex(" ".join(fields["Diagnostic-Code"].split()),
                         r"^smtp; 550 <nobody@%s>: Recipient address rejected: User unknown" % LYON)
        self.assertIn("Recipient address rejected: User unknown", " ".join(report.text.get_payload().split()))
        self.assertEqual(report.fields["Reporting-MTA"], "dns; mail." + PARIS)
        self.assertEqual(report.message["Return-Path"], "<>")
        self.assertEqual(self.letters(self.claire)[0].count(b"Subject: lost"), 1)

    def test_quotes_around_a_local_part_stay(self):
        for place, put, user, domain in ((self.paris, self.from_paris, self.jean, LYON),
                                         (self.lyon, self.from_lyon, self.claire, PARIS)):
            rcpt = '"john q. \\"x\\" doe"@' + domain
            entry = put(["<%s>" % rcpt], letter("quoted", b"Hello.\r\n"))
            place.await_log(r"%s: to=<.*john q.*status=bounced .*User unknown" % entry)
            self.assertEqual(self.reports(user)[0].of(rcpt)["Status"], "5.1.1")

    def test_an_unknown_user_of_ours_comes_back_to_a_sender_there(self):
        entry = self.from_lyon(["nobody@" + PARIS, self.jean], letter("lost", ODD), mail_options=["BODY=8BITMIME"])
        self.await_fate(self.lyon, entry, self.jean, "sent")
        (report,) = self.reports(self.claire)
        fields = report.of("nobody@" + PARIS)
        self.assertEqual((fields["Action"], fields["Status"]), ("failed", "5.1.1"))
        self.assertRegex(" ".join(fields["Diagnostic-Code"].split()), r"^smtp; 550 5\.1\.1 ")
        self.letters(self.jean)

    def test_a_town_that_is_down_gets_its_letter_once_when_it_is_up(self):
        self.lyon.stop()
        entry = self.from_paris([self.claire], letter("later", b"Hello.\r\n"))
        self.await_fate(self.paris, entry, self.claire, "deferred")
        self.lyon.start()
        self.paris.relais("queue", "-f")
        self.await_fate(self.paris, entry, self.claire, "sent")
        self.paris.await_log("%s: removed" % entry)
        self.letters(self.claire)

    def test_a_4xx_of_postfix_puts_off_with_its_words(self):
        rcpt = "user%d@%s" % (self.number, LATER)
        entry = self.from_paris([rcpt], letter("later", b"Hello.\r\n"))
        self.assertRegex(self.await_fate(self.paris, entry, rcpt, "deferred"), r"said: 4\d\d 4\.\d\.\d .*rejected")
        town.await_true(lambda: "rejected" in self.paris.relais("queue", "-p"), "the reason in the queue's list")
        self.paris.relais("queue", "delete", entry)

    def test_what_is_over_the_size_that_a_server_announced_is_not_sent(self):
        rcpt = "user%d@%s" % (self.number, SMALL)
        entry = self.from_paris([rcpt], letter("large", lines_of(100 << 10)))
        self.await_fate(self.paris, entry, rcpt, "bounced")
        self.assertEqual(self.reports(self.jean)[0].of(rcpt)["Status"], "5.3.4")
        self.assertNotIn("from=<%s>, size" % self.jean, self.lyon.log())

    def test_what_is_over_our_size_comes_back_to_a_sender_there(self):
        rcpts = [self.jean, "user44@" + PARIS]  # who is told before, and who hears it at the end
        entry = self.from_lyon(rcpts, letter("large", lines_of(peer.SIZE_LIMIT + 1000)))
        for rcpt in rcpts:
            self.await_fate(self.lyon, entry, rcpt, "bounced")
        (report,) = self.reports(self.claire)
        self.assertEqual([report.of(rcpt)["Status"] for rcpt in rcpts], ["5.3.4", "5.3.4"])

    def test_a_host_that_takes_few_recipients_at_a_time_gets_the_rest_later_and_each_once(self):
        rcpts = ["user%d@%s" % (number, FEW) for number in (41, 42, 43, self.number)]
        entry = self.from_paris(rcpts, letter("few", b"Hello.\r\n"))
        self.paris.await_log(r"%s: to=<.*status=deferred .*too many recipients" % entry, 2)
        town.await_true(lambda: self.flushes_away(entry), "the last recipient's turn")
        for rcpt in rcpts:
            self.letters(rcpt.replace(FEW, LYON))

    def flushes_away(self, entry):
        self.paris.relais("queue", "-f")
        return "%s: removed" % entry in self.paris.log()

    # --- what goes round, and what strangers want ---

    def test_a_letter_that_goes_round_between_the_towns_ends_by_its_hops(self):
        self.from_paris(["x@" + LOOP], letter("round", b"Hello.\r\n"))
        (report,) = self.reports(self.jean)
        self.assertEqual(report.of("x@" + LOOP)["Status"], "5.4.6")

    def test_neither_town_relays_for_strangers(self):
        entry = self.from_lyon(["x@strange.example"], letter("strange", b"Hello.\r\n"))
        self.assertRegex(self.await_fate(self.lyon, entry, "x@strange.example", "bounced"), r"said: 5\d\d 5\.7\.1 ")
        entry = self.from_paris(["x@strange.example"], letter("strange", b"Hello.\r\n"))
        self.assertRegex(self.await_fate(self.paris, entry, "x@strange.example", "bounced"), r"said: 554 5\.7\.1 ")


if __name__ == "__main__":
    town.main()
