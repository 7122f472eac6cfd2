# SPDX-License-Identifier: BSD-2-Clause
"""A qmgr that is killed, told to reload, or does not listen, while letters are under way: what was sent is not sent
again."""
import os
import pathlib
import re
import signal
import unittest

import queue_life
import town

MARIE = queue_life.MARIE
ENDED_BADLY = r"process \w+ pid \d+ (killed by signal (?!9\b)\d+|exit status [1-9]).*"


class Ends(queue_life.Stories):
    settings = ("initial_destination_concurrency=20", "default_destination_recipient_limit=1000")

    def tearDown(self):
        self.assertIsNone(re.search(ENDED_BADLY, self.paris.log()))

    def starts(self):
        """How many messages each qmgr so far found at its start."""
        return re.findall(r"queue has (\d+) messages", self.paris.log())

    def await_start(self, number):
        town.await_true(lambda: len(self.starts()) >= number, "qmgr number %d" % number)
        return int(self.starts()[number - 1])

    def hold_peer(self):
        self.peer.gate.clear()
        self.addCleanup(self.peer.gate.set)

    def test_what_was_sent_before_a_kill_is_not_sent_again(self):
        number = len(self.starts()) + 1
        entry = self.paris.send(MARIE, self.rcpt, "sent")
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, self.rcpt))
        file = pathlib.Path(self.paris.variables["QUEUE_DIR"], "queue", entry)
        town.await_true(lambda: not file.exists(), "the end of its file")
        os.kill(self.paris.pids_of("qmgr")[0], signal.SIGKILL)
        self.assertEqual(self.await_start(number), 0)
        self.assertEqual(len(self.peer.got(self.rcpt)), 1)

    def test_what_is_not_wholly_sent_at_a_kill_is_left_to_the_next_qmgr(self):
        number = len(self.starts()) + 1
        self.peer.data_gate.clear()
        self.addCleanup(self.peer.data_gate.set)
        entry = self.paris.send(MARIE, self.rcpt, "half")
        self.await_asked(1)
        os.kill(self.paris.pids_of("qmgr")[0], signal.SIGKILL)
        self.assertEqual(self.await_start(number), 1)
        self.await_asked(2)
        self.peer.data_gate.set()
        self.paris.await_log(r"%s: to=<.*status=deferred \(queue manager is gone\)" % entry)
        self.paris.await_log(r"%s: removed" % entry)
        self.assertEqual(len(self.peer.got(self.rcpt)), 1)

    def await_asked(self, times):
        """The peer has heard of the recipient so often."""
        town.await_true(lambda: len([event for event in self.peer.events if event[2] == self.rcpt]) >= times, "session %d" % times)

    def test_what_is_being_sent_at_a_reload_is_not_sent_again(self):
        number = len(self.starts()) + 1
        self.hold_peer()
        entries = [self.paris.send(MARIE, self.rcpt, "under way") for _ in range(3)]
        town.await_true(lambda: self.peer.at_work == 3, "the letters")
        ways_in = set(self.paris.pids_of("smtpd"))
        self.paris.relais("reload")
        town.await_true(lambda: ways_in.isdisjoint(self.paris.pids_of("smtpd")), "the end of all that qmgr served")
        self.peer.gate.set()
        for entry in entries:
            self.paris.await_log(r"%s: removed" % entry)
        self.assertEqual(self.await_start(number), 0)
        self.assertEqual(len(self.peer.got(self.rcpt)), 3)

    def send_to_many(self, count):
        client = self.paris.submission(MARIE)
        client.mail(MARIE)
        for number in range(count):
            self.assertEqual(client.rcpt("%d.%s" % (number, self.rcpt))[0], 250)
        entry = town.queue_id(*client.data(town.letter(MARIE, self.rcpt, "many")))
        client.quit()
        return entry

    def answer_at_length(self, octets):
        self.peer.taken = "250 " + "taken " * (octets // 6)
        self.addCleanup(setattr, self.peer, "taken", "250 taken")

    def await_once(self, entries):
        for entry in entries:
            self.paris.await_log(r"%s: removed" % entry)
        self.assertEqual(len(self.peer.got("0." + self.rcpt)), len(entries))

    def test_what_was_sent_while_qmgr_did_not_listen_is_not_sent_again(self):
        self.hold_peer()
        self.answer_at_length(300)
        entries = [self.send_to_many(150) for _ in range(20)]  # each answer has 50 KiB
        town.await_true(lambda: self.peer.at_work == 20, "the letters")
        qmgr = self.paris.pids_of("qmgr")[0]
        os.kill(qmgr, signal.SIGSTOP)
        try:
            self.peer.gate.set()
            for entry in entries:
                self.paris.await_log(r"%s: to=<0\..*status=sent" % entry)
        finally:
            os.kill(qmgr, signal.SIGCONT)
        self.await_once(entries)

    def test_an_answer_for_many_recipients_is_heard_however_long_its_words_are(self):
        self.answer_at_length(480)
        self.await_once([self.send_to_many(300)])


if __name__ == "__main__":
    town.main()
