# SPDX-License-Identifier: BSD-2-Clause
"""What strangers and users try against a mail system, one story for each lesson that others paid for."""
import base64
import imaplib
import itertools
import pathlib
import re
import socket
import time
import unittest

import town

MARIE, JEAN, CLAIRE, LUC = ("user%d@paris.example" % n for n in range(1, 5))
LINE = re.compile(rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [\w./-]+\[\d+\]: [^\x00-\x08\x0a-\x1f\x7f]*")
EVIL = b"\x1b[31m", b"\x00", b"\x7f\x01", b"a\rb", b"\xc2\x9b", b"\xe2\x80\xa8x", b"a\r\nNov 27 00:00:00 mx relais/smtpd[1]: forged"


class Line:
    """A connection that says octets and reads lines."""

    def __init__(self, host, port, context=None):
        self.socket = socket.create_connection((host, port), town.WAIT_SECONDS)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.input = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.socket.close()

    def say(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError:
            pass  # it has hung up

    def reply(self):
        """The last line of a reply; empty at the end."""
        try:
            line = self.input.readline()
            while line[3:4] == b"-":
                line = self.input.readline()
            return line
        except OSError:
            return b""

    def ask(self, octets):
        self.say(octets + b"\r\n")
        return self.reply()


class Attacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = town.Town("paris.example", host=town.own_host(21), numbered=4, settings=(
            "smtpd_sasl_auth_enable=yes", "auth_failure_delay=0s", "user_session_limit=3", "smtpd_error_sleep_time=0s",
            "smtpd_hard_error_limit=1000", "login_error_limit=1000", "login_failure_limit=100"))
        cls.addClassCleanup(cls.town.close)
        cls.context = cls.town.trust()
        cls.context.check_hostname = False

    def line(self, port, tls=False):
        return Line(self.town.host, self.town.port(port), self.context if tls else None)

    def smtp(self):
        line = self.line("SMTP")
        line.reply()
        line.ask(b"EHLO client.example")
        return line

    def tearDown(self):
        """Whatever was tried, nobody died of it."""
        self.assertNotRegex(self.town.log(), r"killed by signal|exit status")

    def say_between(self, end, command):
        """How many messages are taken, and how many commands done, when this stands between a message and a command."""
        text = b"Subject: one\r\n\r\nx" + end + b"VRFY user2@paris.example\r\n.\r\n"
        with self.smtp() as line:
            line.ask(b"MAIL FROM:<a@elsewhere.example>")
            line.ask(b"RCPT TO:<user1@paris.example>")
            line.say(b"DATA\r\n" if command == "DATA" else b"BDAT %d LAST\r\n" % len(text))
            if command == "DATA":
                line.reply()
            line.say(text + b"QUIT\r\n")
            answers = [line.reply()]
            while answers[-1]:
                answers.append(line.reply())
        return sum(b"queued as" in answer for answer in answers), sum(answer[:3] == b"252" for answer in answers)

    def test_nothing_but_crlf_dot_crlf_ends_a_message(self):
        for end in (b"".join(octets) for n in range(1, 6) for octets in itertools.product((b"\r", b"\n", b"."), repeat=n)):
            bare = re.search(rb"(?<!\r)\n|\r(?!\n)", b"x" + end + b"V") is not None
            taken = (0, 0) if bare else (1, 0)
            self.assertEqual(self.say_between(end, "DATA"), (1, 1) if end == b"\r\n.\r\n" else taken, end)
            self.assertEqual(self.say_between(end, "BDAT"), taken, end)

    def test_what_strangers_say_makes_no_line_of_the_log(self):
        for evil in EVIL:
            with self.smtp() as line:
                for command in (b"EHLO ", b"MAIL FROM:<a@", b"MAIL FROM:<", b"VRFY ", b"AUTH PLAIN ", b""):
                    line.ask(command + evil)
                line.ask(b"MAIL FROM:<a@elsewhere.example> ENVID=" + evil.hex("+").upper().encode())
                line.ask(b"MAIL FROM:<a@elsewhere.example>")
                line.ask(b'RCPT TO:<"' + evil + b'"@paris.example>')
                line.ask(b"RCPT TO:<user2@paris.example> ORCPT=rfc822;a+0Ab")
            with self.line("IMAPS", True) as line:
                line.say(b"a ID (\"name\" {%d+}\r\n%s)\r\n" % (len(evil), evil))
                line.say(b"b LOGIN {%d+}\r\n%s x\r\n" % (len(evil), evil))
                line.say(b"c AUTHENTICATE PLAIN " + base64.b64encode(b"\0" + evil + b"\0x") + b"\r\nd LOGOUT\r\n")
                line.input.read()
            with self.line("POP3S", True) as line:
                line.say(b"USER " + evil + b"\r\nPASS x\r\nQUIT\r\n")
                line.input.read()
        for number, text in enumerate(pathlib.Path(self.town.variables["LOG"]).read_bytes().splitlines()):
            self.assertRegex(text, LINE, number)
        self.assertNotRegex(self.town.log(), r"(?m)^.{20,60}smtpd\[1\]: forged")

    def test_names_of_mailboxes_and_users_do_not_lead_out_of_the_home(self):
        base = pathlib.Path(self.town.variables["MAIL_BASE"])
        client = self.town.imap(CLAIRE)
        for name in ("../x", "a/../../x", "/etc/x", "~root/x", "a//b", ".", "..", "./x", "../user1/Maildir/cur", "&AC8-", "&AC4-&AC4-/x",
                     "&ACYAJg-", "&AGE-", "a\\x", "INBOX/../x", "x" * 300, "a/" * 60 + "a"):
            client.create('"%s"' % name.replace("\\", "\\\\"))
            client.append('"%s"' % name.replace("\\", "\\\\"), None, None, b"A: b\r\n\r\n")
        client.logout()
        top = {path.relative_to(base).parts[1] for path in base.glob("paris.example/*")}
        self.assertLessEqual(top, {"user1", "user2", "user3", "user4"})
        home = base / "paris.example" / "user3"
        self.assertEqual({path.name for path in home.iterdir()}, {"Maildir", "index"})
        self.assertFalse(any(path.is_symlink() for path in home.rglob("*")))
        for name in ("../user1@paris.example", "user1@paris.example/../x", "user1/../user2@paris.example", "@paris.example", "."):
            with self.assertRaises(imaplib.IMAP4.error), imaplib.IMAP4_SSL(
                    self.town.host, self.town.port("IMAPS"), ssl_context=self.context, timeout=town.WAIT_SECONDS) as line:
                line.login('"%s"' % name, "secret")

    def test_who_says_nothing_or_little_keeps_nobody_waiting(self):
        lines = []
        for port in ("SMTP", "IMAP", "POP3"):
            for number in range(60):
                line = self.line(port)
                line.say((b"", b"E", b"a NOOP ((((((", b"a LOGIN {4294967295}\r\n", b"USER x")[number % 5])
                lines.append(line)
        start = time.monotonic()
        client = self.town.imap(MARIE)
        client.select()
        client.logout()
        self.assertLess(time.monotonic() - start, 10)
        self.town.send(MARIE, JEAN, "in time")
        for line in lines:
            line.__exit__()

    def test_one_user_does_not_take_all_sessions(self):
        clients = [self.town.imap(LUC) for _ in range(3)]
        for _ in range(3):
            start = time.monotonic()
            with self.assertRaisesRegex(imaplib.IMAP4.error, "UNAVAILABLE"):
                self.town.imap(LUC)
            self.assertLess(time.monotonic() - start, 5)
        self.town.await_log("session refused: too many sessions of this user", 3)
        self.town.imap(MARIE).logout()
        self.town.pop(LUC).quit()
        clients[0].logout()
        end = time.monotonic() + town.WAIT_SECONDS
        while True:  # until the program has ended
            try:
                clients[0] = self.town.imap(LUC)
                break
            except imaplib.IMAP4.error:
                self.assertLess(time.monotonic(), end)
        for client in clients:
            client.logout()

    def test_a_null_sender_is_told_of_nothing(self):
        client = self.town.submission(MARIE)
        client.mail("")
        client.rcpt("x@nowhere.example")
        code, reply = client.data("Subject: backscatter\r\n\r\n")
        entry = town.queue_id(code, reply)
        self.town.await_log(r"%s: removed" % entry)
        self.assertNotRegex(self.town.log(), r"%s: sender failure notification" % entry)
        client.quit()

    def test_a_chunk_larger_than_can_be_keeps_no_memory(self):
        for size in (b"4294967295", b"18446744073709551615"):
            with self.smtp() as line:
                line.ask(b"MAIL FROM:<a@elsewhere.example>")
                line.ask(b"RCPT TO:<user1@paris.example>")
                line.say(b"BDAT " + size + b" LAST\r\n" + b"x" * 1000000)
        with self.smtp() as line:
            self.assertEqual(line.ask(b"BDAT 18446744073709551616 LAST")[:3], b"501")
            self.assertEqual(line.reply(), b"")


if __name__ == "__main__":
    town.main()
