# SPDX-License-Identifier: BSD-2-Clause
"""The end of the system, seen by its clients: who is idle is told so at once (RFC 5321 3.8, RFC 3501 7.1.5), a message
under way is taken in, and the whole does not wait for those who say nothing."""
import socket
import subprocess
import time
import unittest

import town

HEAD = "MAIL FROM:<a@example.net>\r\nRCPT TO:<user1@paris.example>\r\n"


class Client:
    def __init__(self, paris, name, context=None):
        self.socket = socket.create_connection((paris.host, paris.port(name)), timeout=town.WAIT_SECONDS)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rwb")
        self.file.readline()

    def say(self, text, replies=1):
        self.file.write(text.encode())
        self.file.flush()
        return [self.file.readline() for _ in range(replies)][-1]

    def rest(self):
        """What comes until the server closes."""
        with self.socket, self.file:
            return self.file.read()


class Farewell(unittest.TestCase):
    def setUp(self):
        self.paris = town.Town("paris.example", numbered=1)
        self.addCleanup(self.paris.close)

    def begin_stop(self):
        self.begun = time.monotonic()
        process = subprocess.Popen([town.RELAIS, "stop", "-c", self.paris.variables["CONFIG_DIR"]],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        self.addCleanup(process.wait)
        return process

    def seconds(self):
        return time.monotonic() - self.begun

    def test_idle_clients_are_told_at_once(self):
        trust = self.paris.trust()
        trust.check_hostname = False
        greeted = Client(self.paris, "SMTP")
        hello = Client(self.paris, "SMTP")
        self.assertTrue(hello.say("HELO x.example\r\n").startswith(b"250 "))
        submission = Client(self.paris, "SUBMISSIONS", trust)
        imap = Client(self.paris, "IMAPS", trust)
        pop = Client(self.paris, "POP3S", trust)
        silent = socket.create_connection((self.paris.host, self.paris.port("SUBMISSIONS")), timeout=town.WAIT_SECONDS)
        process = self.begin_stop()
        for client in greeted, hello, submission:
            self.assertTrue(client.rest().startswith(b"421 4.3.2 "))
        self.assertTrue(imap.rest().startswith(b"* BYE "))
        self.assertTrue(pop.rest().startswith(b"-ERR "))
        with silent:
            self.assertEqual(silent.recv(100), b"")
        self.assertEqual(process.wait(town.WAIT_SECONDS), 0)
        self.assertLess(self.seconds(), 6)

    def test_a_message_under_way_is_taken_in_before_the_farewell(self):
        client = Client(self.paris, "SMTP")
        self.assertTrue(client.say("HELO x.example\r\n").startswith(b"250 "))
        self.assertTrue(client.say(HEAD, 2).startswith(b"250 2.1.5 "))
        self.assertTrue(client.say("DATA\r\n").startswith(b"354 "))
        idle = Client(self.paris, "SMTP")
        process = self.begin_stop()
        self.assertTrue(idle.rest().startswith(b"421 4.3.2 "))
        self.assertTrue(client.say("Subject: last\r\n\r\nHello.\r\n.\r\n").startswith(b"250 2.0.0 "))
        self.assertTrue(client.rest().startswith(b"421 4.3.2 "))
        self.assertEqual(process.wait(town.WAIT_SECONDS), 0)
        self.paris.relais("sandbox", "start", self.paris.directory, config=False)
        self.assertEqual(self.paris.read_mail("user1@paris.example", 1)[0]["Subject"], "last")


if __name__ == "__main__":
    town.main()
