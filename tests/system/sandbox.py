# SPDX-License-Identifier: BSD-2-Clause
"""relais sandbox: what is made of its options, and what it says of those that cannot be."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

import town


class Sandbox(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="relais.", dir="/tmp")
        os.chmod(self.top, 0o755)
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.host = town.own_host(5)

    def sandbox(self, *arguments, status=0):
        """Runs a verb in our directory; returns what it printed."""
        done = subprocess.run([town.RELAIS, "sandbox", *arguments], timeout=120, text=True, cwd=self.top, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def start(self, name, *arguments, status=0):
        self.addCleanup(subprocess.run, [town.RELAIS, "sandbox", "wipe", self.top + "/" + name], timeout=60, check=False,
                        stderr=subprocess.DEVNULL)
        return self.sandbox("start", name, "--host", self.host, "--base-port", "25000", *arguments, status=status)

    def master_of(self, name):
        lines = self.sandbox("env", name).splitlines()
        return dict(line.split("=", 1) for line in lines)["MASTER_PID"]

    def nothing_is_there(self):
        self.assertEqual(os.listdir(self.top), [])

    # --- the command line ---

    def test_a_verb_that_is_asked_for_help_makes_nothing(self):
        for arguments in (["start", "--help"], ["start", "box", "--help"], ["wipe", "--help"]):
            self.assertIn("usage:", self.sandbox(*arguments))
        self.nothing_is_there()

    def test_an_option_is_no_directory(self):
        self.assertIn("usage:", self.sandbox("start", "--users", "3", "box", status=1))
        self.nothing_is_there()

    def test_of_an_option_that_cannot_be_it_is_said_what_it_wants(self):
        wrong = [("--host", "localhost", "IP address"), ("--users", "-3", "number"), ("--users", "100001", "at most"),
                 ("--base-port", "abc", "number"), ("--base-port", "64541", "at most"),
                 ("--user", "joe", "NAME@DOMAIN:PASSWORD"), ("--user", "joe@:x", "NAME@DOMAIN:PASSWORD"),
                 ("--user", "@a.example:x", "NAME@DOMAIN:PASSWORD"), ("--user", "a@b.example:", "PASSWORD"),
                 ("--domain", "a..b", "domain name"), ("--domain", "bücher.example", "A-labels"),
                 ("--domain", "two words", "domain name"), ("--dns-zone", "nowhere", "No such file"),
                 ("-o", "no_value", "name=value"), ("-o", "=value", "name=value")]
        for option, value, said in wrong:
            with self.subTest(option=option, value=value):
                out = self.sandbox("start", "box", option, value, status=1)
                self.assertIn(value + ": ", out)
                self.assertIn(said, out)
        self.nothing_is_there()

    # --- what is made ---

    def test_domains_of_users_get_mail_too(self):
        self.start("box", "--domain", "A.example", "--user", "joe@b.example:p", "--user", "ann@c.example:p", "--users", "1")
        conf = subprocess.run([town.RELAIS, "conf", "-hx", "-c", self.top + "/box/etc", "virtual_mailbox_domains", "myhostname"],
                              check=True, capture_output=True, text=True).stdout
        self.assertEqual(conf.split(), ["a.example", "b.example", "c.example", "mail.a.example"])
        self.assertEqual(subprocess.run([town.RELAIS, "user", "list", "-c", self.top + "/box/etc"], check=True,
                                        capture_output=True, text=True).stdout.split(),
                         ["ann@c.example", "joe@b.example", "user1@a.example"])

    def test_its_configuration_is_nothing_to_complain_of(self):
        self.start("box", "--users", "1")
        done = subprocess.run([town.RELAIS, "check", "-c", self.top + "/box/etc"], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.stdout, "")

    def test_a_directory_is_known_by_every_name_it_has(self):
        os.symlink("box", self.top + "/link")
        os.mkdir(self.top + "/side")
        self.start("./side/../box/", "--users", "1")
        master = self.master_of("box")
        self.assertTrue(master)
        for name in ("link", "box/.", "side/../box", self.top + "//box"):
            self.assertEqual(self.master_of(name), master)
        self.sandbox("wipe", "side/../box")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((self.host, 25025), timeout=10)

    # --- what does not come up ---

    def test_ports_of_another_sandbox_are_not_taken_for_its_own(self):
        self.start("first", "--users", "1")
        out = self.start("second", "--users", "1", status=1)
        self.assertIn("SMTP_PORT, port 25025 of %s: Address already in use" % self.host, out)
        self.assertEqual(self.master_of("second"), "")
        self.assertTrue(self.master_of("first"))

    def test_a_zone_file_with_a_line_that_is_no_record_is_refused_and_the_line_named(self):
        pathlib.Path(self.top, "zone").write_text("a.example. 60 IN A 127.0.0.1\nthis is no record\n")
        out = self.start("box", "--dns-zone", "zone", status=1)
        self.assertIn("line 2: not a record: this is no record", out)
        self.assertNotIn("out of memory", out)
        self.assertEqual(self.master_of("box"), "")

    def test_a_parameter_that_cannot_be_is_complained_of_and_can_be_mended(self):
        out = self.start("box", "-o", "smtpd_recipient_limit=abc", status=1)
        self.assertIn("smtpd_recipient_limit", out)
        self.start("box", "-o", "smtpd_recipient_limit=7")
        self.assertTrue(self.master_of("box"))


if __name__ == "__main__":
    town.main()
