# SPDX-License-Identifier: BSD-2-Clause
"""What an administrator does: the queue, the configuration, starting and stopping."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import town

PARIS = "paris.example"
MARIE = "marie@" + PARIS


class Administrator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host = town.own_host(3)
        # A town whose exchanger does not answer: nobody listens there.
        zone = town.zone_of({PARIS: host, "silent.example": town.own_host(4)})
        cls.paris = town.Town(PARIS, [MARIE], host=host, zone=zone, numbered=2)
        cls.addClassCleanup(cls.paris.close)

    def defer(self):
        """A letter that stays in the queue; returns its id."""
        entry = self.paris.send(MARIE, "x@silent.example", "waits")
        self.paris.await_log(r"%s: to=<x@silent.example>.*status=deferred" % entry)
        return entry

    def listed(self):
        return {one["queue_id"]: one for one in map(json.loads, self.paris.relais("queue", "-j").splitlines())}

    def await_listed(self, entry, name):
        end = time.monotonic() + town.WAIT_SECONDS
        while time.monotonic() < end and self.listed().get(entry, {}).get("queue_name") != name:
            time.sleep(0.1)
        self.assertEqual(self.listed()[entry]["queue_name"], name)

    # --- the queue ---

    def test_a_waiting_letter_is_listed_with_its_reason_and_can_be_removed(self):
        entry = self.defer()
        self.await_listed(entry, "deferred")
        rcpt = self.listed()[entry]["recipients"][0]
        self.assertEqual(rcpt["address"], "x@silent.example")
        self.assertIn("refused", rcpt["delay_reason"])
        self.assertIn(entry, self.paris.relais("queue"))
        self.assertIn("Deleted: 1 message", self.paris.relais("queue", "delete", entry))
        self.assertNotIn(entry, self.listed())

    def test_a_held_letter_is_not_tried_until_it_is_released(self):
        entry = self.defer()
        self.await_listed(entry, "deferred")
        self.paris.relais("queue", "hold", entry)
        self.await_listed(entry, "hold")
        self.paris.relais("queue", "flush", check=False)
        self.await_listed(entry, "hold")
        self.paris.relais("queue", "release", entry)
        self.paris.await_log(r"%s: to=<x@silent.example>.*status=deferred" % entry, times=2)
        self.paris.relais("queue", "delete", entry)

    def test_a_flush_tries_again_at_once(self):
        entry = self.defer()
        self.await_listed(entry, "deferred")
        self.paris.relais("queue", "flush", entry)
        self.paris.await_log(r"%s: to=<x@silent.example>.*status=deferred" % entry, times=2)
        self.paris.relais("queue", "delete", entry)

    def test_an_expired_letter_comes_back(self):
        entry = self.defer()
        self.await_listed(entry, "deferred")
        self.paris.relais("queue", "expire", entry)
        self.paris.await_log(r"%s: sender non-delivery notification: (\w+)" % entry)

    def test_cat_shows_what_is_in_a_queue_file(self):
        entry = self.defer()
        shown = self.paris.relais("cat", "-q", entry)
        self.assertIn("x@silent.example", shown)
        self.assertIn("Subject: waits", shown)
        self.paris.relais("queue", "delete", entry)

    def test_an_order_for_a_letter_that_is_not_there_says_so(self):
        out = self.paris.relais("queue", "delete", "4jYMww6ZWTz00ZmHV7", check=False)
        self.assertIn("no such message", out)

    # --- the configuration ---

    def test_a_parameter_is_changed_in_place_and_taken_over_by_a_reload(self):
        self.paris.relais("conf", "-e", "smtpd_banner = $myhostname ESMTP changed")
        self.assertEqual(self.paris.relais("conf", "-hx", "smtpd_banner"), "mail.paris.example ESMTP changed\n")
        self.paris.relais("reload")
        end = time.monotonic() + town.WAIT_SECONDS
        banner = b""
        while b"changed" not in banner and time.monotonic() < end:
            try:
                banner = self.greeting()
            except OSError:
                pass
            time.sleep(0.05)
        self.assertIn(b"changed", banner)
        self.paris.relais("conf", "-X", "smtpd_banner")

    def greeting(self):
        with socket.create_connection((self.paris.host, self.paris.port("SMTP")), timeout=10) as connection:
            return connection.recv(512)

    def test_a_bad_configuration_is_refused_as_a_whole_and_the_old_one_stays(self):
        self.paris.relais("conf", "-e", "smtpd_recipient_limit = abc", "smtpd_timeout = 5x")
        out = self.paris.relais("check", check=False)
        self.assertIn("smtpd_recipient_limit", out)
        self.assertIn("smtpd_timeout", out)
        self.assertIn("smtpd_timeout", self.paris.relais("reload", check=False))
        self.assertTrue(self.greeting().startswith(b"220 "))
        self.paris.relais("conf", "-X", "smtpd_recipient_limit", "smtpd_timeout")
        self.paris.relais("check")

    def test_a_service_and_its_parameters_are_changed_in_place(self):
        name = "%s:%d/inet" % (self.paris.host, self.paris.port("LMTP"))
        self.paris.relais("conf", "-P", name + "/smtpd_banner=$myhostname of LMTP")
        self.assertIn("/smtpd_banner = $myhostname of LMTP", self.paris.relais("conf", "-P", name))
        self.paris.relais("conf", "-F", name + "/process_limit=7")
        self.assertEqual(self.paris.relais("conf", "-Fh", name + "/process_limit"), "7\n")
        self.paris.relais("conf", "-PX", name + "/smtpd_banner")
        self.assertNotIn("smtpd_banner", self.paris.relais("conf", "-M", name))
        self.paris.relais("check")

    def test_help_is_given_for_a_subcommand_and_not_for_what_is_none(self):
        self.assertEqual(self.paris.relais("help", "conf"), self.paris.relais("conf", "--help"))
        self.assertIn("relais-SUBCOMMAND(1)", self.paris.relais("help"))
        self.assertIn("there is no subcommand", self.paris.relais("help", "nosuch", check=False))
        self.assertEqual(self.paris.relais("queue", "delete", "--help"), self.paris.relais("queue", "--help"))

    def test_the_directory_may_stand_before_a_verb_too(self):
        place = self.paris.variables["CONFIG_DIR"]
        self.assertIn(MARIE, self.paris.relais("user", "-c", place, "list", PARIS, config=False))
        self.assertIn("relais queue: xyz: not a queue id",
                      self.paris.relais("queue", "-c", place, "delete", "xyz", config=False, check=False))
        self.assertIn("relais mailbox: nobody: not an address",
                      self.paris.relais("mailbox", "-c", place, "list", "nobody", config=False, check=False))

    def test_what_a_subcommand_has_no_use_for_is_not_passed_over(self):
        self.assertIn("usage:", self.paris.relais("check", "everything", check=False))
        self.assertIn("usage:", self.paris.relais("status", "everything", check=False))

    def test_a_sandbox_does_not_take_a_directory_with_something_else_in_it(self):
        out = self.paris.relais("sandbox", "start", self.paris.variables["CONFIG_DIR"], check=False)
        self.assertIn("something else", out)

    def test_a_misspelt_name_is_warned_of_and_a_name_of_postfix_explained(self):
        path = pathlib.Path(self.paris.variables["CONFIG_DIR"], "conf.d")
        path.mkdir(exist_ok=True)
        pathlib.Path(path, "x.cf").write_text("smtpd_baner = x\nbiff = no\n")
        out = self.paris.relais("check")
        self.assertIn("unused parameter: smtpd_baner=x", out)
        self.assertIn("biff", out)
        pathlib.Path(path, "x.cf").unlink()

    # --- sendmail ---

    def test_a_program_of_this_host_sends_by_sendmail(self):
        sendmail = pathlib.Path(town.RELAIS).parent / "sendmail"
        environment = dict(os.environ, MAIL_CONFIG=self.paris.variables["CONFIG_DIR"])
        subprocess.run([sendmail, "-i", "-f", MARIE, "user1@" + PARIS], input=b"Subject: local\n\nHi.\n",
                       env=environment, timeout=60, check=True)
        self.paris.await_log(r"to=<user1@%s>.*status=sent" % PARIS)
        self.assertEqual(self.paris.read_mail("user1@" + PARIS, 1)[0]["Subject"], "local")

    # --- programs that die ---

    def test_a_queue_manager_that_is_killed_comes_back_and_loses_nothing(self):
        waiting = self.defer()
        for pid in self.pids_of("qmgr"):
            os.kill(pid, signal.SIGKILL)
        entry = self.paris.send(MARIE, "user2@" + PARIS, "after")
        self.paris.await_log(r"%s: to=<user2@%s>.*status=sent" % (entry, PARIS))
        self.assertIn(waiting, self.listed())
        self.paris.relais("queue", "delete", waiting)

    def pids_of(self, program):
        lines = self.paris.relais("status").splitlines()[1:]
        return [int(pid) for name, pid, *rest in map(str.split, lines) if name == program and not rest]


if __name__ == "__main__":
    town.main()
