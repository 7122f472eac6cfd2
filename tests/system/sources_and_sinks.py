# SPDX-License-Identifier: BSD-2-Clause
"""Postfix's smtp-source against Relais, and Relais against its smtp-sink, which can be told to lack what servers have and to
fail at any command. Nothing that was taken is lost: each recipient of each letter is sent, bounced or deferred, and the log
says which.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import peer
import town
from peer import MARIE, PARIS

SOURCE, SINK = peer.SBIN + "smtp-source", peer.SBIN + "smtp-sink"
MANY = "many.example"
FIRST_PORT = 25100

# What a sink lacks or does, and what becomes of a letter for it.
FAULTS = {
    "plain": ("", "sent"),
    "no-esmtp": ("-e", "sent"),
    "no-pipelining": ("-p", "sent"),
    "no-8bitmime": ("-8", "sent"),
    "no-status-codes": ("-E", "sent"),
    "no-dsn": ("-N", "sent"),
    "pix": ("-P", "sent"),
    "hangs-up-at-connect": ("-q CONNECT", "deferred"),
    "hangs-up-at-ehlo": ("-q EHLO", "deferred"),
    "hangs-up-at-mail": ("-q MAIL", "deferred"),
    "hangs-up-at-rcpt": ("-q RCPT", "deferred"),
    "hangs-up-at-data": ("-q DATA", "deferred"),
    "hangs-up-at-dot": ("-q .", "deferred"),
    "hangs-up-at-quit": ("-q QUIT", "sent"),
    "421-at-connect": ("-Q CONNECT", "deferred"),
    "421-at-ehlo": ("-Q EHLO", "deferred"),
    "421-at-mail": ("-Q MAIL", "deferred"),
    "421-at-rcpt": ("-Q RCPT", "deferred"),
    "421-at-data": ("-Q DATA", "deferred"),
    "421-at-dot": ("-Q .", "deferred"),
    "4xx-at-connect": ("-r CONNECT", "deferred"),
    "4xx-at-ehlo": ("-r EHLO", "deferred"),
    "4xx-at-mail": ("-r MAIL", "deferred"),
    "4xx-at-rcpt": ("-r RCPT", "deferred"),
    "4xx-at-data": ("-r DATA", "deferred"),
    "4xx-at-dot": ("-r .", "deferred"),
    "5xx-at-connect": ("-f CONNECT", "deferred"),  # another host may talk to us
    "5xx-at-ehlo": ("-f EHLO", "sent"),  # by HELO
    "5xx-at-mail": ("-f MAIL", "bounced"),
    "5xx-at-rcpt": ("-f RCPT", "bounced"),
    "5xx-at-data": ("-f DATA", "bounced"),
    "5xx-at-dot": ("-f .", "bounced"),
    "5xx-at-quit": ("-f QUIT", "sent"),
    "5xx-amid-data": ("-A 0", "bounced|deferred"),
    "lmtp": ("-L", "sent"),
    "lmtp-hangs-up-at-dot": ("-L -q .", "deferred"),
    "lmtp-4xx-at-lhlo": ("-L -r LHLO", "deferred"),
    "lmtp-4xx-at-dot": ("-L -r .", "deferred"),
    "lmtp-5xx-at-rcpt": ("-L -f RCPT", "bounced"),
    "lmtp-5xx-at-dot": ("-L -f .", "bounced"),
}


@unittest.skipUnless(os.path.exists(SINK), "smtp-source and smtp-sink come with Postfix (tools/packages tests)")
class SourcesAndSinks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="relais-sinks.", dir="/tmp"))
        cls.top.chmod(0o777)
        cls.addClassCleanup(shutil.rmtree, cls.top, True)
        cls.address = town.own_host(41)
        cls.start_sinks()
        numbers = cls.top / "numbers"
        numbers.write_text("/^([0-9])user@{0}$/ user$1@{1}\n/^user@{0}$/ user1@{1}\n".format(MANY.replace(".", "\\."), PARIS))
        domains = ["%s.example" % name for name in FAULTS]
        routes = ", ".join("%s.example=%s:inet:[%s]:%d" % (name, "lmtp" if name.startswith("lmtp") else "smtp", cls.address,
                                                           FIRST_PORT + number) for number, name in enumerate(FAULTS))
        cls.paris = town.Town(PARIS, [MARIE], host=town.own_host(42), numbered=9, settings=(
            "transport_maps=inline:{%s}" % routes, "relay_domains=" + " ".join(domains), "virtual_alias_domains=" + MANY,
            "virtual_alias_maps=pcre:%s" % numbers))
        cls.addClassCleanup(cls.paris.close)

    @classmethod
    def start_sinks(cls):
        user = ["-u", "nobody"] if peer.IS_ROOT else []
        for number, (name, (options, _)) in enumerate(FAULTS.items()):
            sink = subprocess.Popen([SINK, *user, *options.split(), "-D", str(cls.top / name),
                                     "%s:%d" % (cls.address, FIRST_PORT + number), "100"], cwd=cls.top,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            cls.addClassCleanup(sink.wait)
            cls.addClassCleanup(sink.terminate)

    def taken_by(self, name):
        """What a sink was given: octets of all its letters, each with the arguments of MAIL and RCPT before."""
        path = self.top / name
        return path.read_bytes() if path.exists() else b""

    def put(self, name, number):
        rcpts = ["%s%d@%s.example" % (word, number, name) for word in ("one", "two")]
        return peer.send(self.paris.submission(MARIE), MARIE, rcpts, b"Subject: letter %d\r\n\r\n.dots\r\n" % number,
                         ["ENVID=QQ%d" % number], ["NOTIFY=FAILURE", "ORCPT=rfc822;x+2By@z.example"]), rcpts

    def test_each_recipient_is_sent_bounced_or_deferred_whatever_the_server_does(self):
        letters = {(name, number): self.put(name, number) for number in (1, 2) for name in FAULTS}
        wrong = []
        for (name, number), (entry, rcpts) in letters.items():
            for rcpt in rcpts:
                line = self.paris.await_log(r"%s: to=<%s>.*status=(\w+).*" % (entry, rcpt))
                if not re.fullmatch(FAULTS[name][1], line.group(1)):
                    wrong.append(line.group(0))
        self.assertEqual(wrong, [], "\n".join(wrong))
        for (name, number), (entry, rcpts) in letters.items():
            fate = FAULTS[name][1]
            if fate == "sent":
                self.assertEqual(self.taken_by(name).count(b"Subject: letter %d\n" % number), 1, name)
            elif fate == "bounced":
                report = self.paris.await_log(r"%s: sender non-delivery notification: (\w+)" % entry).group(1)
                self.paris.await_log(r"%s: to=<%s>.*status=sent" % (report, MARIE))
            if fate in ("sent", "bounced"):
                self.paris.await_log("%s: removed" % entry)
        self.assert_the_rest_is_queued(letters)

    def test_a_session_is_used_again_without_what_the_letter_before_left_in_it(self):
        for name in ("4xx-at-rcpt", "5xx-at-data"):
            for number in (3, 4, 5):
                entry, rcpts = self.put(name, number)
                line = self.paris.await_log(r"%s: to=<%s>.*status=.*" % (entry, rcpts[1])).group(0)
                self.assertRegex(line, "status=%s .*Error: command failed" % FAULTS[name][1])

    def assert_the_rest_is_queued(self, letters):
        queued = {entry["queue_id"]: {rcpt["address"] for rcpt in entry["recipients"]}
                  for entry in map(json.loads, self.paris.relais("queue", "-j").splitlines())}
        for (name, _), (entry, rcpts) in letters.items():
            if FAULTS[name][1] == "deferred":
                self.assertEqual(queued.get(entry), set(rcpts), name)
            elif "deferred" not in FAULTS[name][1]:
                self.assertNotIn(entry, queued, name)

    def test_the_terms_of_dsn_go_on_as_they_came_and_only_to_who_knows_them(self):
        for name, mail, rcpt in (("plain", b" RET=HDRS ENVID=a+2B+3Db", b" NOTIFY=NEVER ORCPT=rfc822;x+2By@z.example"),
                                 ("no-dsn", b"", b"")):
            entry = peer.send(self.paris.submission(MARIE), MARIE, ["terms@%s.example" % name], b"Subject: terms\r\n\r\n",
                              ["ENVID=a+2B+3Db", "RET=HDRS"], ["NOTIFY=NEVER", "ORCPT=rfc822;x+2By@z.example"])
            self.paris.await_log(r"%s: to=.*status=sent" % entry)
            taken = self.taken_by(name)
            self.assertRegex(taken, rb"X-Mail-Args: <%s>( SIZE=\d+)?%s\n" % (MARIE.encode(), re.escape(mail)))
            self.assertIn(b"X-Rcpt-Args: <terms@%s.example>%s\n" % (name.encode(), rcpt), taken)

    def test_a_notification_asks_for_none_in_turn(self):
        sender = "sender@plain.example"
        entry = peer.send(self.paris.submission(MARIE), sender, ["lost@5xx-at-mail.example"], b"Subject: lost\r\n\r\n",
                          ["ENVID=x", "RET=FULL"])
        report = self.paris.await_log(r"%s: sender non-delivery notification: (\w+)" % entry).group(1)
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (report, sender))
        taken = self.taken_by("plain")
        self.assertRegex(taken, rb"X-Mail-Args: <>( SIZE=\d+)?\nX-Rcpt-Args: <sender@plain\.example> NOTIFY=NEVER\n")

    # --- smtp-source ---

    def source(self, *arguments, port="SMTP"):
        """Runs it to its end: it fails at the first answer that is not what it awaits."""
        subprocess.run([SOURCE, "-f", "source@elsewhere.example", "-M", "source.example", *arguments,
                        "%s:%d" % (self.paris.host, self.paris.port(port))], check=True, timeout=120, stdout=subprocess.DEVNULL)

    def count(self, user):
        client = self.paris.imap(user)
        number = self.paris.exists(client)
        client.logout()
        return number

    def await_counts(self, users, more):
        town.await_true(lambda: all(self.count(user) >= more for user in users), "%d letters each" % more)
        self.assertEqual([self.count(user) for user in users], [more] * len(users))

    def test_many_sessions_with_several_recipients_each(self):
        # Of four recipients of user@, the first three are 4user@, 3user@ and 2user@.
        users = ["user%d@%s" % (number, PARIS) for number in range(1, 5)]
        self.source("-s", "20", "-m", "60", "-r", "4", "-l", "3000", "-c", "-d", "-t", "user@" + MANY)
        self.source("-s", "10", "-m", "20", "-r", "4", "-c", "-t", "user@" + MANY)
        self.await_counts(users, 80)

    def test_sessions_of_lmtp(self):
        self.source("-L", "-s", "5", "-m", "20", "-r", "1", "-d", "-t", "user8@" + PARIS, port="LMTP")
        self.await_counts(["user8@" + PARIS], 20)

    def test_what_comes_from_a_source_reaches_a_sink(self):
        self.source("-s", "10", "-m", "60", "-d", "-S", "relayed", "-t", "far@no-pipelining.example")
        town.await_true(lambda: self.taken_by("no-pipelining").count(b"Subject: relayed\n") >= 60, "all at the sink")
        self.assertEqual(self.taken_by("no-pipelining").count(b"Subject: relayed\n"), 60)


if __name__ == "__main__":
    town.main()
