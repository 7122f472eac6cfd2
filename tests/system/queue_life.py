# SPDX-License-Identifier: BSD-2-Clause
"""The life of a letter that cannot go out at once: deferred, held, flushed, warned of, returned."""
import email
import json
import os
import pathlib
import re
import signal
import socketserver
import subprocess
import threading
import time
import unittest

import town

PARIS, FAR = "paris.example", "far.example"
MARIE = "marie@" + PARIS
SENDMAIL = pathlib.Path(town.RELAIS).parent / "sendmail"
REASON = "come back later"
LATER = "451 4.2.0 " + REASON


class Conversation(socketserver.StreamRequestHandler):
    """One SMTP session of the peer."""
    timeout = town.WAIT_SECONDS

    def handle(self):
        peer = self.server.peer
        if not self.say(peer.greeting).startswith("220"):
            return
        for line in iter(lambda: self.rfile.readline(4096), b""):
            verb = line[:4].upper()
            if verb == b"QUIT":
                self.say("221 bye")
                return
            if verb == b"RCPT":
                self.rcpts.append(re.search(rb"<([^>]*)>", line)[1].decode())
                peer.note("rcpt", self.rcpts[-1])
                if not self.say(peer.answers.get(self.rcpts[-1], "250 ok")).startswith("250"):
                    self.rcpts.pop()
            elif verb == b"DATA":
                self.take_data(peer)
            else:
                self.rcpts = [] if verb == b"MAIL" else getattr(self, "rcpts", [])
                self.say("250 ok")

    def take_data(self, peer):
        peer.data_gate.wait(town.WAIT_SECONDS)
        self.say("354 go on" if self.rcpts else "554 no recipients")
        if not self.rcpts:
            return
        text = b""
        for line in iter(self.rfile.readline, b".\r\n"):
            text += line
            if not line:
                return
        with peer.working():
            peer.gate.wait(town.WAIT_SECONDS)
        peer.letters.append((list(self.rcpts), text))
        self.say(peer.taken)

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")
        return text


class Peer(socketserver.ThreadingTCPServer):
    """A mail host that answers as it is told: answers[recipient], or 250."""
    allow_reuse_address = daemon_threads = True
    request_queue_size = 100

    def __init__(self, number):
        super().__init__((town.own_host(number), 0), Conversation)
        self.peer, self.greeting, self.taken = self, "220 peer.example", "250 taken"
        self.answers, self.letters, self.events = {}, [], []
        self.gate, self.data_gate, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.gate.set()
        self.data_gate.set()
        self.at_work = self.most_at_work = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def route(self):
        return "[%s]:%d" % self.server_address

    def note(self, *event):
        self.events.append((time.monotonic(),) + event)

    def working(self):
        return Working(self)

    def got(self, rcpt):
        return [text for rcpts, text in self.letters if rcpt in rcpts]


class Working:
    """Counts how many letters a peer has in hand at a time."""

    def __init__(self, peer):
        self.peer = peer

    def __enter__(self):
        with self.peer.lock:
            self.peer.at_work += 1
            self.peer.most_at_work = max(self.peer.most_at_work, self.peer.at_work)

    def __exit__(self, *_):
        with self.peer.lock:
            self.peer.at_work -= 1


class Stories(unittest.TestCase):
    """A town whose letters to far.example go to a peer."""
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.peer = Peer(7)
        cls.addClassCleanup(cls.peer.server_close)
        cls.addClassCleanup(cls.peer.shutdown)
        route = "transport_maps=inline:{%s=smtp:%s}" % (FAR, cls.peer.route())
        cls.paris = town.Town(PARIS, [MARIE], settings=(route,) + cls.settings)
        cls.addClassCleanup(cls.paris.close)

    def setUp(self):
        self.rcpt = "%s@%s" % (self.id().rsplit(".", 1)[1][:60], FAR)

    def entries(self):
        """{id: entry} of the queue."""
        lines = self.paris.relais("queue", "-j").splitlines()
        return {entry["queue_id"]: entry for entry in map(json.loads, lines)}

    def await_state(self, entry, name):
        town.await_true(lambda: self.entries().get(entry, {}).get("queue_name") == name, "%s of %s" % (name, entry))

    def await_attempts(self, entry, count):
        """Waits until so many attempts are over and the letter waits again."""
        town.await_true(lambda: self.entries().get(entry, {}).get("attempts", 0) >= count, "attempts of " + entry)

    def send_deferred(self):
        self.peer.answers[self.rcpt] = LATER
        entry = self.paris.send(MARIE, self.rcpt, self.rcpt)
        self.await_attempts(entry, 1)
        return entry

    def await_sent(self, entry):
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, self.rcpt))
        self.paris.await_log(r"%s: removed" % entry)
        self.assertEqual(len(self.peer.got(self.rcpt)), 1)

    def order(self, *arguments, check=True):
        return self.paris.relais("queue", *arguments, check=check)


class Deferred(Stories):
    def test_a_4xx_answer_keeps_the_letter_with_its_reason(self):
        entry = self.send_deferred()
        (rcpt,) = self.entries()[entry]["recipients"]
        self.assertEqual(rcpt["address"], self.rcpt)
        self.assertIn(REASON, rcpt["delay_reason"])
        plain = self.order("-p")
        self.assertIn(entry, plain)
        self.assertIn(REASON, plain)

    def test_a_flush_of_one_delivers_it_once(self):
        entry = self.send_deferred()
        del self.peer.answers[self.rcpt]
        self.order("-i", entry)
        self.await_sent(entry)

    def test_a_flush_of_all_delivers_it_once(self):
        entry = self.send_deferred()
        del self.peer.answers[self.rcpt]
        self.order("-f")
        self.await_sent(entry)

    def test_a_failed_attempt_writes_one_outcome(self):
        entry = self.send_deferred()
        self.assertEqual(self.outcomes(entry), 1)
        self.order("-i", entry)
        self.await_attempts(entry, 2)
        self.assertEqual(self.outcomes(entry), 2)

    def outcomes(self, entry):
        return len(re.findall(r"^outcome:$", self.paris.relais("cat", "-q", entry), re.M))

    def test_what_is_on_hold_stays_until_it_is_released(self):
        entry = self.send_deferred()
        del self.peer.answers[self.rcpt]
        self.order("hold", entry)
        self.await_state(entry, "hold")
        self.order("-f")
        self.order("-i", entry)
        self.await_state(entry, "hold")
        self.assertEqual(self.peer.got(self.rcpt), [])
        self.order("release", entry)
        self.await_sent(entry)

    def test_what_is_deleted_is_gone(self):
        entry = self.send_deferred()
        self.assertIn("Deleted: 1 message", self.order("delete", entry))
        town.await_true(lambda: entry not in self.entries(), "its end")
        del self.peer.answers[self.rcpt]
        self.order("-f")
        self.assertEqual(self.peer.got(self.rcpt), [])

    def test_what_is_requeued_is_tried_again(self):
        entry = self.send_deferred()
        del self.peer.answers[self.rcpt]
        self.assertIn("Requeued: 1 message", self.order("requeue", entry))
        self.await_sent(entry)

    def test_orders_for_all_reach_all(self):
        entries = [self.send_deferred(), self.send_deferred()]
        self.order("hold", "ALL")
        for entry in entries:
            self.await_state(entry, "hold")
        self.order("release", "ALL")
        for entry in entries:
            self.await_attempts(entry, 2)
        self.order("requeue", "ALL")
        for entry in entries:
            self.await_attempts(entry, 3)
        self.order("delete", "ALL")
        town.await_true(lambda: not self.entries(), "an empty queue")
        self.assertEqual(self.order("-p"), "Mail queue is empty\n")

    def test_an_unknown_id_is_an_error_and_harms_nobody(self):
        entry = self.send_deferred()
        unknown = entry[:-1] + ("b" if entry[-1] == "B" else "B")
        for verb in ("flush", "hold", "release", "delete", "requeue", "expire"):
            self.assertIn("no such message", self.order(verb, unknown, check=False))
            self.assertIn("not a queue id", self.order(verb, "../" + entry, check=False))
        self.assertEqual(self.entries()[entry]["queue_name"], "deferred")

    def test_what_is_expired_by_order_is_returned(self):
        entry = self.send_deferred()
        self.order("expire", entry)
        self.paris.await_log(r"%s: sender non-delivery notification" % entry)
        self.paris.await_log(r"%s: removed" % entry)

    def test_a_stop_and_a_start_keep_what_is_deferred_and_held(self):
        held = self.send_deferred()
        self.order("hold", held)
        self.await_state(held, "hold")
        entry = self.send_deferred()
        self.paris.relais("sandbox", "stop", self.paris.directory, config=False)
        self.paris.relais("sandbox", "start", self.paris.directory, config=False)
        self.await_state(entry, "deferred")
        self.await_state(held, "hold")
        self.assertIn(REASON, self.entries()[entry]["recipients"][0]["delay_reason"])
        self.order("delete", held)
        del self.peer.answers[self.rcpt]
        self.order("-i", entry)
        self.await_sent(entry)

    def test_without_its_index_a_letter_is_not_tried_before_its_time(self):
        entry = self.send_deferred()
        self.paris.relais("sandbox", "stop", self.paris.directory, config=False)
        pathlib.Path(self.paris.variables["QUEUE_DIR"], "queue/index").unlink()
        tries = len(self.tries())
        self.paris.relais("sandbox", "start", self.paris.directory, config=False)
        self.paris.await_log(r"queue has [1-9]\d* messages, [1-9]\d* of them not in its index")
        self.await_state(entry, "deferred")
        self.assertEqual(len(self.tries()), tries)
        self.assertIn(REASON, self.entries()[entry]["recipients"][0]["delay_reason"])
        del self.peer.answers[self.rcpt]
        self.order("-i", entry)
        self.await_sent(entry)

    def tries(self):
        return [event for event in self.peer.events if event[2] == self.rcpt]

    def test_a_killed_qmgr_loses_nothing(self):
        entry = self.send_deferred()
        os.kill(self.paris.pids_of("qmgr")[0], signal.SIGKILL)
        del self.peer.answers[self.rcpt]
        # The new one may have it delivered before it can be asked to: what the index had not yet is due at once.
        sent = r"%s: to=<%s>.*status=sent" % (entry, self.rcpt)
        town.await_true(lambda: "Scheduled" in self.order("-i", entry, check=False) or re.search(sent, self.paris.log()),
                   "a new qmgr that knows the letter")
        self.await_sent(entry)


class Converted(Stories):
    def test_a_host_without_8bitmime_gets_a_letter_that_reads_the_same(self):
        text = "Gr\u00fc\u00dfe aus Paris.\r\n" + "lang " * 300 + "\r\n"
        letter = town.letter(MARIE, self.rcpt, "wide", text)
        client = self.paris.submission(MARIE)
        client.mail(MARIE, ["BODY=8BITMIME"])
        client.rcpt(self.rcpt)
        entry = town.queue_id(*client.data(letter))
        client.quit()
        self.await_sent(entry)
        (got,) = self.peer.got(self.rcpt)
        self.assertTrue(got.isascii())
        self.assertLess(max(map(len, got.split(b"\r\n"))), 999)
        self.assertEqual(email.message_from_bytes(got).get_payload(decode=True), text.encode())


class Forwarded(Stories):
    """Recipients that stand in for different ones and go to the same host."""
    settings = ("mydestination=host." + PARIS, "local_recipient_maps=",
                "alias_maps=inline:{one=first@%s, two=second@%s, both={third@%s, fourth@%s}}" % ((FAR,) * 4))

    def test_each_copy_says_by_which_mailbox_it_came(self):
        client = self.paris.submission(MARIE)
        client.mail(MARIE)
        for name in ("one", "two"):
            self.assertEqual(client.rcpt("%s@host.%s" % (name, PARIS))[0], 250)
        entry = town.queue_id(*client.data(town.letter(MARIE, "somebody@host." + PARIS, "forwarded")))
        client.quit()
        self.paris.await_log(r"%s: removed" % entry)
        for name, rcpt in (("one", "first"), ("two", "second")):
            (text,) = self.peer.got("%s@%s" % (rcpt, FAR))
            self.assertEqual(re.findall(rb"(?m)^Delivered-To: (.*)\r$", text), [b"%s@host.%s" % (name.encode(), PARIS.encode())])


class Late(Stories):
    settings = ("delay_warning_time=1s", "minimal_backoff_time=1s", "maximal_backoff_time=1s")

    def test_the_sender_is_told_once_that_a_letter_is_late(self):
        self.peer.answers[self.rcpt] = LATER
        entry = self.paris.send(MARIE, self.rcpt, "late")
        warned = r"qmgr\[\d+\]: %s: sender delay notification: (\w+)" % entry
        report = self.paris.await_log(warned).group(1)
        tries = len(re.findall(r"%s: to=<" % entry, self.paris.log()))
        self.paris.await_log(r"%s: to=<" % entry, times=tries + 3)
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (report, MARIE))
        self.assertEqual(len(re.findall(warned, self.paris.log())), 1)
        (note,) = self.paris.read_mail(MARIE, 1)
        status = note.get_payload()[1].as_string()
        self.assertIn("Action: delayed", status)
        self.assertIn("Status: 4.2.0", status)
        self.assertIn("Will-Retry-Until:", status)
        self.order("delete", "ALL")


class Expired(Stories):
    settings = ("maximal_queue_lifetime=0", "bounce_queue_lifetime=0")

    def test_a_letter_past_its_lifetime_comes_back_with_the_reason(self):
        self.peer.answers[self.rcpt] = LATER
        entry = self.paris.send(MARIE, self.rcpt, "expired")
        report = self.paris.await_log(r"%s: sender non-delivery notification: (\w+)" % entry).group(1)
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (report, MARIE))
        self.paris.await_log(r"%s: removed" % entry)
        (note,) = self.paris.read_mail(MARIE, 1)
        status = note.get_payload()[1].as_string()
        self.assertIn("Action: failed", status)
        self.assertIn("Status: 5.4.7", status)
        self.assertIn(REASON, status)


class Notifications(Stories):
    """Letters with a null sender: nobody can be told of them but the postmaster."""

    def send_notification(self):
        """A letter with a null sender that the peer refuses; returns its queue id."""
        self.peer.answers[self.rcpt] = "550 5.1.1 nobody of that name"
        environment = dict(os.environ, MAIL_CONFIG=self.paris.variables["CONFIG_DIR"])
        subprocess.run([SENDMAIL, "-i", "-f", "<>", self.rcpt], timeout=60, check=True, env=environment,
                       input=b"Subject: told\n\nHello.\n")
        return self.paris.await_log(r"(\w+): to=<%s>.*status=bounced" % self.rcpt).group(1)


class DroppedNotifications(Notifications):
    def test_without_2bounce_an_undeliverable_one_is_dropped_and_logged(self):
        entry = self.send_notification()
        self.paris.await_log(r"%s: .*undeliverable notification dropped: to=<%s>" % (entry, self.rcpt))
        self.paris.await_log(r"%s: removed" % entry)
        self.assertNotRegex(self.paris.log(), "%s: .* notification: " % entry)


class SecondNotifications(Notifications):
    settings = ("notify_classes=2bounce", "2bounce_notice_recipient=" + MARIE)

    def test_with_2bounce_its_recipient_is_told(self):
        entry = self.send_notification()
        report = self.paris.await_log(r"%s: postmaster non-delivery notification: (\w+)" % entry).group(1)
        self.paris.await_log(r"%s: from=<double-bounce@" % report)
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (report, MARIE))
        self.paris.await_log(r"%s: removed" % entry)
        (note,) = self.paris.read_mail(MARIE, 1)
        self.assertIn(self.rcpt, note.get_payload()[1].as_string())


class LostNotifications(Notifications):
    settings = ("notify_classes=2bounce", "2bounce_notice_recipient=postmaster@" + FAR)

    def test_what_cannot_be_told_with_2bounce_either_ends_there(self):
        self.peer.answers["postmaster@" + FAR] = "550 5.1.1 nobody either"
        entry = self.send_notification()
        report = self.paris.await_log(r"%s: postmaster non-delivery notification: (\w+)" % entry).group(1)
        self.paris.await_log(r"%s: to=<postmaster@%s>.*status=bounced" % (report, FAR))
        self.paris.await_log(r"%s: removed" % report)
        self.assertNotRegex(self.paris.log(), "%s: .* notification: " % report)


if __name__ == "__main__":
    town.main()
