#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mail for users of the host who want it elsewhere: aliases with commands, files and owners, .forward files, mailbox commands.
Everything is done with the rights of who wants it, and done once."""
import email
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import subprocess
import time
import unittest

import town

HOST = "host.paris.example"


def can_make_users():
    return os.geteuid() == 0 and shutil.which("useradd") and shutil.which("userdel")


class Users(unittest.TestCase):
    """A town on a host with users of its own, whose homes lie below `top`."""
    names = ("anna", "bert", "carl")
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path("/tmp", "relais-%s.%d" % (cls.__name__.lower(), os.getpid()))
        cls.top.mkdir(mode=0o755)
        cls.addClassCleanup(shutil.rmtree, cls.top, True)
        cls.spool = cls.make_open("spool")
        cls.out = cls.make_open("out")  # where commands may leave something
        cls.user = {name: "relais-%s%d" % (name[0], os.getpid() % 100000) for name in cls.names}
        for name in cls.names:
            cls.make_user(cls.user[name])
        cls.make_files()
        cls.host = town.Town("paris.example", ["marie@paris.example"], settings=(
            "mydestination=" + HOST, "mail_spool_directory=%s" % cls.spool, "recipient_delimiter=+",
            "minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=1s", "local_recipient_maps=",
            *(setting.format(top=cls.top, out=cls.out, **cls.user) for setting in cls.settings)))
        cls.addClassCleanup(cls.host.close)

    @classmethod
    def make_files(cls):
        """What must be there when the town starts."""

    @classmethod
    def make_open(cls, name):
        path = cls.top / name
        path.mkdir()
        path.chmod(0o1777)
        return path

    @classmethod
    def make_user(cls, name):
        subprocess.run(["useradd", "--system", "--no-create-home", "--home-dir", cls.top / name, "--shell", "/bin/sh",
                        "--user-group", name], check=True, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(subprocess.run, ["userdel", name], check=False, stderr=subprocess.DEVNULL)
        (cls.top / name).mkdir(mode=0o700)
        shutil.chown(cls.top / name, name, name)

    def home(self, name):
        return self.top / self.user[name]

    def forward(self, name, text, mode=0o600):
        path = self.home(name) / ".forward"
        path.write_text(text)
        path.chmod(mode)
        shutil.chown(path, self.user[name], self.user[name])
        self.addCleanup(path.unlink, True)
        return path

    def address(self, name):
        return "%s@%s" % (self.user.get(name, name), HOST)

    def send(self, name, subject, text="Hello.\r\n"):
        return self.host.send("marie@paris.example", self.address(name), subject, text)

    def await_status(self, queue_id, word="sent", times=1):
        return self.host.await_log(r"%s.*status=%s \(.*" % (queue_id, word), times).group(0)

    def await_removal(self, queue_id):
        self.host.await_log(r"%s: removed" % queue_id)

    def await_file(self, path, lines=1):
        end = time.monotonic() + town.WAIT_SECONDS
        while time.monotonic() < end:
            if path.exists() and path.read_text().count("\n") >= lines:
                return path.read_text()
            time.sleep(0.05)
        raise AssertionError("%s has not %d lines" % (path, lines))

    def mbox(self, name):
        path = self.spool / self.user[name]
        return path.read_text() if path.exists() else ""

    def count(self, name, subject):
        return self.mbox(name).count("\nSubject: %s\n" % subject)


ALIASES = ("alias_maps=inline:{{{{who=\"|(id -un; grep -E 'NoNewPrivs|CapEff' /proc/self/status) > {out}/who\"}}, "
           "{{env=\"|/usr/bin/env > {out}/env\"}}, {{gone=/dev/null}}, {{box={out}/box}}, {{dir={out}/dir/}}, "
           "{{root={top}/root-owned}}, {{device=/dev/full}}, {{pair={anna}, {bert}, {anna}}}, "
           "{{list={bert}, nobody-there}}, {{owner-list={anna}}}, {{three={carl}, \"|/usr/bin/tee -a {out}/three\", {out}/three-box}}, "
           "{{members=:include:{top}/members}}, {{hang=\"|sleep 60\"}}, {{slow=\"|echo x >> {out}/slow; test -e {out}/go || sleep 60\"}}, "
           "{{{bert}={bert}, \"|cat > /dev/null\"}}}} texthash:{top}/annas-aliases")


@unittest.skipUnless(can_make_users(), "this needs the superuser, useradd and userdel")
class Wishes(Users):
    settings = (ALIASES, "command_time_limit=2s",
                "mailbox_command_maps=inline:{{{{{carl}=cat >> {out}/carls}}}}")

    @classmethod
    def make_files(cls):
        (cls.top / "root-owned").write_text("mine\n")
        (cls.top / "members").write_text("# them\n%s\n%s\n" % (cls.user["anna"], cls.user["bert"]))
        aliases = cls.top / "annas-aliases"
        aliases.write_text('annas "|id -un > %s/annas"\n' % cls.out)
        shutil.chown(aliases, cls.user["anna"])

    # --- aliases ---

    def test_a_command_of_roots_aliases_is_run_as_nobody_and_can_gain_nothing(self):
        self.assertIn("delivered to command", self.await_status(self.send("who", "who")))
        lines = (self.out / "who").read_text().split("\n")
        self.assertEqual(lines[0], "nobody")
        self.assertIn("NoNewPrivs:\t1", lines)
        self.assertIn("CapEff:\t0000000000000000", lines)

    def test_a_command_of_a_users_aliases_is_run_as_that_user(self):
        self.await_status(self.send("annas", "annas"))
        self.assertEqual((self.out / "annas").read_text().strip(), self.user["anna"])

    def test_a_command_knows_of_the_message_and_of_nothing_else(self):
        self.await_status(self.send("env+a|b", "environment"))
        environment = dict(line.split("=", 1) for line in (self.out / "env").read_text().splitlines())
        self.assertEqual(environment["SENDER"], "marie@paris.example")
        self.assertEqual(environment["EXTENSION"], "a_b")
        self.assertEqual(environment["RECIPIENT"], "env+a_b@" + HOST)
        self.assertEqual(environment["USER"], "env")
        self.assertEqual(environment["CLIENT_PROTOCOL"], "ESMTP")
        self.assertEqual(environment["SASL_USERNAME"], "marie@paris.example")
        self.assertLessEqual(set(environment), {
            "PATH", "TZ", "USER", "LOGNAME", "SENDER", "RECIPIENT", "ORIGINAL_RECIPIENT", "LOCAL", "DOMAIN", "EXTENSION", "PWD",
            "SHLVL", "_", "OLDPWD", "CLIENT_ADDRESS", "CLIENT_HELO", "CLIENT_HOSTNAME", "CLIENT_PROTOCOL", "SASL_METHOD",
            "SASL_USERNAME"})

    def test_files_of_aliases_are_mailboxes_of_nobody(self):
        for name in ("box", "dir", "gone"):
            self.await_status(self.send(name, "for " + name))
        self.assertEqual((self.out / "box").owner(), "nobody")
        self.assertIn("\nSubject: for box\n", (self.out / "box").read_text())
        (letter,) = list((self.out / "dir/new").iterdir())
        self.assertIn("\nSubject: for dir\n", letter.read_text())

    def test_files_of_others_and_devices_get_nothing(self):
        for name in ("root", "device"):
            queue_id = self.send(name, "for " + name)
            self.assertIn("dsn=4.", self.await_status(queue_id, "deferred"))
            self.host.relais("queue", "delete", queue_id)
        self.assertEqual((self.top / "root-owned").read_text(), "mine\n")

    def test_who_is_named_twice_gets_one(self):
        client = self.host.submission("marie@paris.example")
        client.mail("marie@paris.example")
        for name in ("pair", "members", "anna"):
            self.assertEqual(client.rcpt(self.address(name))[0], 250)
        queue_id = town.queue_id(*client.data(town.letter("marie@paris.example", self.address("pair"), "once")))
        client.quit()
        self.await_removal(queue_id)
        self.assertEqual((self.count("anna", "once"), self.count("bert", "once")), (1, 1))

    def test_each_destination_of_an_alias_is_done_once(self):
        queue_id = self.send("three", "three")
        self.await_removal(queue_id)
        for path in (self.out / "three", self.out / "three-box", self.out / "carls"):
            self.assertEqual(path.read_text().count("\nSubject: three\n"), 1, path)

    def test_the_owner_of_a_list_hears_of_its_members_and_the_sender_does_not(self):
        queue_id = self.send("list", "to the list")
        self.host.await_log(r"%s: owner non-delivery notification" % queue_id)
        self.await_removal(queue_id)
        self.assertIn("\nReturn-Path: <owner-list@%s>\n" % HOST, self.mbox("bert"))
        end = time.monotonic() + town.WAIT_SECONDS
        while "Undelivered" not in self.mbox("anna") and "nobody-there@" not in self.mbox("anna") and time.monotonic() < end:
            time.sleep(0.05)
        self.assertIn("nobody-there@" + HOST, self.mbox("anna"))
        self.assertNotRegex(self.host.log(), r"%s: sender non-delivery" % queue_id)

    def test_a_command_that_hangs_is_run_again_later(self):
        queue_id = self.send("hang", "hang")
        self.assertIn("Command time limit exceeded", self.await_status(queue_id, "deferred"))
        self.host.relais("queue", "delete", queue_id)

    # --- .forward ---

    def test_each_destination_of_a_forward_file_is_tried_alone(self):
        first = self.out / "first"
        self.forward("anna", '\\%s, %s\n"|test -e %s || { touch %s; exit 75; }"\n' % (
            self.user["anna"], self.address("bert"), first, first))
        queue_id = self.send("anna", "forwarded")
        self.assertIn("temporary failure", self.await_status(queue_id, "deferred"))
        self.await_removal(queue_id)
        self.assertEqual((self.count("anna", "forwarded"), self.count("bert", "forwarded")), (1, 1))
        self.assertEqual(first.owner(), self.user["anna"])

    def test_a_forward_file_of_an_extension_and_a_command_in_it(self):
        path = self.home("anna") / ".forward+work"
        path.write_text('"|cat > $HOME/work; echo $EXTENSION $USER >> $HOME/work"\n')
        shutil.chown(path, self.user["anna"])
        self.await_status(self.host.send("marie@paris.example", self.address("anna").replace("@", "+work@"), "extension"))
        text = (self.home("anna") / "work").read_text()
        self.assertTrue(text.startswith("From marie@paris.example  "))
        self.assertIn("\nDelivered-To: %s\n" % self.address("anna"), text)
        self.assertTrue(text.endswith("\nwork %s\n" % self.user["anna"]))

    def test_forward_files_that_lead_back_are_a_loop(self):
        self.forward("anna", self.address("carl"))
        self.forward("carl", self.address("anna"))
        self.assertIn("dsn=5.4.6", self.await_status(self.send("anna", "round"), "bounced"))

    def test_a_forward_file_that_the_group_may_write_is_not_used_and_not_silently(self):
        path = self.forward("anna", "bert\n", 0o664)
        queue_id = self.send("anna", "group")
        self.await_status(queue_id)
        self.assertEqual(self.count("anna", "group"), 1)
        self.assertIn("%s: %s can be written to by others: not used" % (queue_id, path), self.host.log().replace("warning: ", ""))

    def test_a_forward_file_of_another_user_is_not_used(self):
        shutil.chown(self.forward("anna", '"|touch %s/stolen"\n' % self.out, 0o644), self.user["bert"])
        self.await_status(self.send("anna", "foreign"))
        self.assertEqual(self.count("anna", "foreign"), 1)
        self.assertFalse((self.out / "stolen").exists())

    def test_a_home_that_cannot_be_entered_keeps_mail_and_one_that_is_not_there_does_not(self):
        home = self.home("bert")
        home.chmod(0)
        self.addCleanup(home.chmod, 0o700)
        queue_id = self.send("bert", "locked home")
        self.assertIn("Permission denied", self.await_status(queue_id, "deferred"))
        home.chmod(0o700)
        self.await_removal(queue_id)
        away = home.rename(str(home) + ".away")
        self.addCleanup(away.rename, home)
        self.await_removal(self.send("bert", "no home"))
        self.assertEqual((self.count("bert", "locked home"), self.count("bert", "no home")), (1, 1))

    def test_a_set_uid_program_gains_nothing(self):
        tool = self.top / "id"
        shutil.copy(shutil.which("id"), tool)
        tool.chmod(0o4755)
        self.forward("anna", '"|%s -u > %s/uid"\n' % (tool, self.out))
        self.await_status(self.send("anna", "set-uid"))
        self.assertEqual((self.out / "uid").read_text().strip(), str(pwd.getpwnam(self.user["anna"]).pw_uid))

    def test_a_full_disk_keeps_mail_in_the_queue_and_cuts_nothing_off(self):
        disk = self.top / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=1777", "none", disk], capture_output=True, check=False).returncode:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.forward("anna", "%s/box\n" % disk)
        self.await_removal(self.send("anna", "small"))
        before = (disk / "box").read_text()
        queue_id = self.send("anna", "large", ("x" * 70 + "\r\n") * 1000)
        self.assertIn("No space left", self.await_status(queue_id, "deferred"))
        self.assertEqual((disk / "box").read_text(), before)
        self.host.relais("queue", "delete", queue_id)

    # --- and when a process dies ---

    def test_local_killed_while_a_command_runs_loses_nothing_and_leaves_nothing_running(self):
        queue_id = self.send("slow", "slow")
        self.await_file(self.out / "slow")
        pids = set(re.findall(r"relais/local\[(\d+)\]", self.host.log()))
        for pid in pids:
            if pathlib.Path("/proc", pid).exists():
                os.kill(int(pid), signal.SIGKILL)
        (self.out / "go").touch()
        self.host.await_log(r"%s.*mail transport local ended while delivering" % queue_id)
        self.await_removal(queue_id)
        self.assertGreaterEqual((self.out / "slow").read_text().count("x"), 2)


@unittest.skipUnless(can_make_users(), "this needs the superuser, useradd and userdel")
class Homes(Users):
    names = ("anna",)
    settings = ("home_mailbox=Maildir/", "luser_relay={anna}+lost-$user${{extension?-$extension}}", "alias_maps=")

    def letters(self):
        return [email.message_from_bytes(path.read_bytes()) for path in (self.home("anna") / "Maildir/new").iterdir()]

    def test_mail_is_in_the_home_and_that_of_unknown_users_too(self):
        self.await_removal(self.send("anna", "in the home"))
        self.await_removal(self.send("nobody-here+x", "lost"))
        letters = {letter["Subject"]: letter for letter in self.letters()}
        self.assertEqual(set(letters), {"in the home", "lost"})
        self.assertEqual(letters["lost"]["X-Original-To"], "nobody-here+x@" + HOST)
        new = self.home("anna") / "Maildir/new"
        self.assertEqual((new.owner(), stat.S_IMODE(new.stat().st_mode)), (self.user["anna"], 0o700))

    def test_a_user_who_came_when_all_was_running_gets_mail(self):
        name = "relais-d%d" % (os.getpid() % 100000)
        self.make_user(name)
        self.await_status(self.send(name, "welcome"))
        self.assertEqual(len(list((self.top / name / "Maildir/new").iterdir())), 1)


if __name__ == "__main__":
    town.main()
