# SPDX-License-Identifier: BSD-2-Clause
"""Several IMAP sessions and deliveries at one mailbox at the same time, each doing what comes to its mind.

Every session keeps the picture of the mailbox that the server's answers draw (RFC 3501 5.2, 7.3, 7.4): numbers, UIDs,
flags. A number must never mean another message than the picture says, EXPUNGE must not come while numbers are in use,
and in the end, when all is quiet, all pictures are the same as what a new session sees, without having been asked for.
"""
import os
import random
import re
import smtplib
import socket
import threading
import time
import unittest

import town

SECONDS, SESSIONS = 6, 5
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "one", "two")
FETCH = re.compile(r"\* (\d+) FETCH \((.*)\)$")


class Session:
    """A connection and its picture."""

    def __init__(self, place, user, seed):
        self.random, self.commands = random.Random(seed), 0
        self.socket = place.trust().wrap_socket(
            socket.create_connection((place.host, place.port("IMAPS")), town.WAIT_SECONDS), server_hostname=place.host)
        self.file = self.socket.makefile("rb")
        self.messages = []  # [uid or None, flags or None]
        self.file.readline()
        self.run('LOGIN "%s" "%s"' % (user, place.passwords[user]))
        self.run("SELECT INBOX")

    def run(self, command, numbers=False):
        """numbers: EXPUNGE must not come."""
        self.commands += 1
        tag = "T%d" % self.commands
        self.socket.sendall(("%s %s\r\n" % (tag, command)).encode())
        while True:
            line = self.file.readline().decode().rstrip("\r\n")
            if line.startswith(tag + " "):
                assert line.split(" ")[1] != "BAD", (command, line)
                return line
            assert line.startswith("* "), (command, line)
            self.take(line, numbers, command)

    def take(self, line, numbers, command):
        words = line.split(" ")
        if words[2:3] == ["EXISTS"]:
            count = int(words[1])
            assert count >= len(self.messages), (command, line, len(self.messages))
            self.messages += [[None, None] for _ in range(count - len(self.messages))]
        elif words[2:3] == ["EXPUNGE"]:
            assert not numbers, (command, line)
            del self.messages[int(words[1]) - 1]
        elif FETCH.match(line):
            self.take_fetch(*FETCH.match(line).groups(), command)

    def take_fetch(self, number, items, command):
        message = self.messages[int(number) - 1]
        uid, flags = re.search(r"UID (\d+)", items), re.search(r"FLAGS \(([^)]*)\)", items)
        if uid:
            assert message[0] in (None, int(uid.group(1))), (command, number, items, message)
            message[0] = int(uid.group(1))
        if flags:
            message[1] = set(flags.group(1).split()) - {"\\Recent"}

    def some(self):
        first, last = sorted(self.random.choices(range(1, len(self.messages) + 1), k=2))
        return "%d:%d" % (first, min(last, first + 5))

    def act(self):
        choice = self.random.randrange(12)
        if choice < 2 or not self.messages:
            octets = "Subject: %d\r\n\r\nx\r\n" % self.random.randrange(1000)
            return self.run("APPEND INBOX (%s) {%d+}\r\n%s" % (self.random.choice(FLAGS), len(octets), octets))
        if choice < 5:
            return self.run("STORE %s %sFLAGS%s (%s)" % (
                self.some(), self.random.choice("+- ").strip(), self.random.choice(("", ".SILENT")),
                " ".join(self.random.sample(FLAGS, 2))), numbers=True) and self.run("FETCH 1:* (UID FLAGS)", numbers=True)
        if choice < 6:
            self.run("STORE %s +FLAGS (\\Deleted)" % self.some(), numbers=True)
            return self.run("EXPUNGE")
        if choice < 7:
            return self.run("MOVE %s Trash" % self.some())
        if choice < 8:
            return self.run("COPY %s INBOX" % self.some())
        if choice < 9:
            return self.run("SEARCH %s FLAGGED" % self.some(), numbers=True)
        if choice < 11:
            return self.run("FETCH %s (UID FLAGS)" % self.some(), numbers=True)
        return self.run("NOOP")


class ImapSessions(unittest.TestCase):
    def test_all_pictures_are_the_same_in_the_end(self):
        paris = town.Town("paris.example", numbered=1)
        self.addCleanup(paris.close)
        seed = int(os.environ.get("SEED", "1"))
        sessions = [Session(paris, "user1@paris.example", seed * 100 + n) for n in range(SESSIONS)]
        end, failures = time.monotonic() + SECONDS, []

        def live(act):
            try:
                while time.monotonic() < end and not failures:
                    act()
            except Exception as problem:  # told below, with the seed
                failures.append(repr(problem))

        def deliver():
            with smtplib.SMTP(paris.host, paris.port("SMTP"), timeout=town.WAIT_SECONDS) as client:
                client.sendmail("x@elsewhere.example", "user1@paris.example", "Subject: new\r\n\r\nx\r\n")
            time.sleep(0.05)

        threads = [threading.Thread(target=live, args=(one.act,)) for one in sessions]
        threads.append(threading.Thread(target=live, args=(deliver,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [], "seed %d" % seed)
        entries = re.findall(r"qmgr\[\d+\]: (\w+): from=<x@elsewhere", paris.log())
        paris.await_log(r"to=<user1@paris.example>.*status=sent", times=len(entries))
        for session in sessions:
            session.run("NOOP")
            session.run("UID FETCH 1:* (UID)", numbers=True)
        fresh = Session(paris, "user1@paris.example", 0)
        fresh.run("FETCH 1:* (UID FLAGS)")
        commands = sum(session.commands for session in sessions)
        for session in sessions:
            known = [(uid, flags) for uid, flags in session.messages]
            self.assertEqual([uid for uid, _ in known], [uid for uid, _ in fresh.messages], "seed %d" % seed)
            for (uid, flags), (_, really) in zip(known, fresh.messages):
                if flags is not None:
                    self.assertEqual(flags, really, "seed %d, UID %d" % (seed, uid))
        self.assertGreater(commands, 200)


if __name__ == "__main__":
    town.main()
