# SPDX-License-Identifier: BSD-2-Clause
"""Programs of this host send by sendmail(1), whether the mail system runs or not: each message comes once."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

import town

SENDMAIL = pathlib.Path(town.RELAIS).parent / "sendmail"
OTHER = "games"  # another user of this system, where the story may become one
EX_USAGE, EX_NOUSER, EX_UNAVAILABLE, EX_TEMPFAIL, EX_NOPERM = 64, 67, 69, 75, 77
MANY = 1000
KILLS, KILLED_AMONG = 25, 200


class Submission(unittest.TestCase):
    """Each test has a town that runs and two users of its own."""
    settings = []
    number = 21

    @classmethod
    def setUpClass(cls):
        cls.town = town.Town("paris.example", numbered=40, host=town.own_host(cls.number), settings=cls.settings)
        cls.addClassCleanup(cls.town.close)
        cls.queue = pathlib.Path(cls.town.directory, "queue")
        cls.drop, cls.taken = cls.queue / "drop", cls.queue / "taken"
        cls.users = iter("user%d@paris.example" % n for n in range(1, 41))

    def setUp(self):
        self.ann, self.bob = next(self.users), next(self.users)
        self.runs = True
        self.addCleanup(self.start)

    def start(self):
        if not self.runs:
            self.town.relais("sandbox", "start", self.town.directory, config=False)
        self.runs = True

    def stop(self):
        self.town.relais("sandbox", "stop", self.town.directory, config=False)
        self.runs = False

    def environment(self):
        return {"MAIL_CONFIG": self.town.variables["CONFIG_DIR"], "PATH": "/usr/bin:/bin"}

    def sendmail(self, *arguments, text="Subject: hello\n\nHello.\n", status=0, user=None, name=SENDMAIL):
        """Runs it; returns what it printed."""
        account = pwd.getpwnam(user) if user and os.geteuid() == 0 else None
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        done = subprocess.run([name, *arguments], input=text if isinstance(text, bytes) else text.encode(), timeout=120,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
                              env=self.environment(), **as_user)
        said = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, status, said)
        return said

    def dropped(self):
        return sorted(self.drop.iterdir())

    def await_drop(self, count=0):
        end = time.monotonic() + 2 * town.WAIT_SECONDS
        while len(self.dropped()) != count:
            self.assertLess(time.monotonic(), end, "%s\n%s" % (self.dropped(), self.town.log()[-3000:]))
            time.sleep(0.05)

    def wake_pickup(self):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.queue / "public/pickup"))

    def subjects(self, user, count):
        return sorted(letter["Subject"] for letter in self.town.read_mail(user, count))


class Down(Submission):
    """What happens while the mail system is down."""

    def test_a_message_is_left_and_taken_in_at_the_start(self):
        self.stop()
        self.sendmail("-f", self.bob, self.ann, text="Subject: while down\nTo: x\n\nHello.\n")
        file, = self.dropped()
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o640)
        self.start()
        self.await_drop()
        letter, = self.town.read_mail(self.ann, 1)
        self.assertEqual(letter["Subject"], "while down")
        taken = self.town.await_log(r"relais/pickup\[\d+\]: (\w+): uid=%d from=<%s>" % (os.geteuid(), self.bob))
        self.town.await_log(r"relais/pickup\[\d+\]: %s: message-id=<[^>]+>" % taken[1])
        self.assertRegex(letter.get_all("Received")[-1],
                         r"by mail.paris.example \(Relais, from userid %d\)\s+id %s; " % (os.geteuid(), taken[1]))
        self.assertTrue(letter["Date"] and letter["Message-ID"] and letter["From"])

    def test_what_waits_is_taken_in_when_smtpd_alone_was_away(self):
        path = self.queue / "public/sendmail"
        hidden = self.queue / "public/hidden"
        path.rename(hidden)
        try:
            self.sendmail("-f", self.bob, self.ann, text="Subject: smtpd away\n\nHello.\n")
        finally:
            hidden.rename(path)
        self.assertEqual(self.subjects(self.ann, 1), ["smtpd away"])
        self.town.await_log(r"relais/pickup\[\d+\]: \w+: uid=\d+ from=<%s>" % self.bob)

    def test_terms_of_dsn_and_several_recipients_are_kept(self):
        self.stop()
        self.sendmail("-f", self.ann, "-N", "success,failure", "-V", "some id", "-R", "hdrs", self.bob,
                      "nobody@paris.example", text="Subject: with terms\n\nHello.\n")
        self.start()
        self.assertEqual(self.subjects(self.bob, 1), ["with terms"])
        reports = self.town.read_mail(self.ann, 2)
        self.assertEqual([letter.get_content_type() for letter in reports], ["multipart/report"] * 2)
        text = "".join(letter.as_string() for letter in reports)
        self.assertEqual(text.count("Original-Envelope-Id: some id"), 2)
        self.assertIn("nobody@paris.example", text)

    def test_a_thousand_messages_come_once_each(self):
        self.stop()
        script = ("i=%d; while [ $i -lt %d ]; do printf 'Subject: n%%d\\n\\nHello.\\n' $i | '%s' %s || exit 1; "
                  "i=$((i+1)); done")
        senders = [subprocess.Popen(["sh", "-c", script % (part * MANY // 4, (part + 1) * MANY // 4, SENDMAIL, self.bob)],
                                    env=self.environment()) for part in range(4)]
        self.assertEqual([sender.wait(timeout=200) for sender in senders], [0] * 4)
        self.assertEqual(len(self.dropped()), MANY)
        self.start()
        self.await_drop()
        self.assertEqual(self.subjects(self.bob, MANY), sorted("n%d" % number for number in range(MANY)))


class Hostile(Submission):
    """What users may put into drop_directory: none of it hurts the mail of others, and each is said once."""
    number = 23

    def setUp(self):
        super().setUp()
        self.stop()

    def make(self, subject="x"):
        """A message that another user left; its file."""
        before = set(self.dropped())
        self.sendmail("-f", self.bob, self.ann, text="Subject: %s\n\n%s\n" % (subject, "x" * 100), user=OTHER)
        file, = set(self.dropped()) - before
        return file

    def name(self):
        return self.drop / os.urandom(16).hex()

    def change(self, file, change):
        """Another file, of the same user, with other octets."""
        status = file.stat()
        made = self.name()
        made.write_bytes(change(file.read_bytes()))
        made.chmod(0o640)
        os.chown(made, status.st_uid, status.st_gid)
        file.unlink()
        return made

    def meet(self, left=0):
        """The others' mail comes all the same."""
        self.make("good")
        self.start()
        self.await_drop(left)
        self.assertEqual(self.subjects(self.ann, 1), ["good"])

    def damaged(self):
        return list((self.taken / "damaged").iterdir())

    def assert_said_once(self, file, what):
        self.town.await_log(r"drop/%s.*%s" % (file.name, what))
        self.wake_pickup()
        self.wake_pickup()
        self.assertEqual(self.town.log().count("drop/" + file.name), 1)

    def test_links_and_pipes_are_removed_and_lead_nowhere(self):
        precious = pathlib.Path(self.town.top, "precious")
        precious.write_text("secret")
        symlink, pipe, hard = self.name(), self.name(), self.name()
        symlink.symlink_to(precious)
        os.mkfifo(pipe, 0o666)
        os.link(precious, hard)
        self.meet()
        for file in (symlink, pipe):
            self.assert_said_once(file, "not a regular file; removed")
        self.assert_said_once(hard, "several names; removed")
        self.assertEqual(precious.read_text(), "secret")

    def test_directories_go_when_they_are_empty_and_stay_otherwise(self):
        empty, full = self.name(), self.name()
        empty.mkdir()
        full.mkdir()
        (full / "x").write_text("x")
        self.meet(left=1)
        self.assert_said_once(empty, "removed")
        self.assert_said_once(full, "stays there")
        (full / "x").unlink()
        self.wake_pickup()
        self.await_drop()

    def test_a_message_with_a_wrong_sum_is_set_aside(self):
        before = len(self.damaged())
        body = self.change(self.make(), lambda octets: octets[:-20] + b"y" + octets[-19:])
        envelope = self.change(self.make(), lambda octets: octets.replace(b"@paris", b"@baris", 1))
        nothing = self.change(self.make(), lambda octets: b"Hello." * 100)
        behind = self.change(self.make(), lambda octets: octets + b"x" * 100)
        self.meet()
        for file in (body, envelope, nothing, behind):
            self.assert_said_once(file, "moved to taken/damaged")
        self.assertEqual(len(self.damaged()), before + 4)

    def test_half_a_message_is_left_alone_until_it_is_old(self):
        young = self.change(self.make(), lambda octets: octets[:-30])
        old = self.change(self.make(), lambda octets: octets[:-30])
        empty = self.change(self.make(), lambda octets: b"")
        os.utime(old, (1000, 1000))
        os.utime(empty, (1000, 1000))
        self.meet(left=1)
        self.assert_said_once(old, "never finished; moved to taken/damaged")
        self.assert_said_once(empty, "never finished; moved to taken/damaged")
        self.assertEqual(self.dropped(), [young])
        self.assertNotIn(young.name, self.town.log())
        young.unlink()

    def test_a_giant_is_removed_unread(self):
        giant = self.name()
        with open(giant, "wb") as file:
            file.truncate(1 << 40)
        self.meet()
        self.assert_said_once(giant, "larger than drop_file_size_limit; removed")

    def test_a_file_of_another_name_or_that_cannot_be_read_is_set_aside(self):
        odd = self.change(self.make(), lambda octets: octets)
        odd = odd.rename(self.drop / "odd")
        files = [odd]
        if os.geteuid() == 0:
            closed = self.make()
            closed.chmod(0)
            files.append(closed)
        self.meet()
        for file in files:
            self.assert_said_once(file, "moved to taken/damaged")

    @unittest.skipUnless(os.geteuid() == 0, "needs a second user")
    def test_who_sent_a_message_is_its_owner_and_others_can_do_nothing_to_it(self):
        file = self.make("from games")
        nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        for command in (["ls", self.drop], ["cat", file], ["rm", "-f", file], ["ln", file, str(file) + "x"]):
            self.assertNotEqual(subprocess.run(command, check=False, capture_output=True, **nobody).returncode, 0, command)
        self.start()
        self.await_drop()
        self.town.await_log(r"uid=%d from=<%s>" % (pwd.getpwnam(OTHER).pw_uid, self.bob))
        self.assertEqual(self.subjects(self.ann, 1), ["from games"])


class Up(Submission):
    """What sendmail(1) does while the mail system runs."""
    number = 24
    settings = ["message_size_limit=100000"]

    def test_recipients_of_the_header_get_it_and_bcc_is_gone(self):
        self.sendmail("-t", "-f", self.ann, text="To: %s\nBcc: %s\nSubject: t\n\nx\n" % (self.ann, self.bob))
        for user in self.ann, self.bob:
            letter, = self.town.read_mail(user, 1)
            self.assertIsNone(letter["Bcc"])

    def test_a_message_sent_again_goes_to_those_of_the_resent_fields_alone(self):
        self.sendmail("-t", "-f", self.ann, text="Resent-To: %s\nResent-Bcc: %s\nTo: %s\nFrom: x@example.org\n"
                      "Subject: again\n\nx\n" % (self.bob, self.ann, "nobody@paris.example"))
        for user in self.ann, self.bob:
            letter, = self.town.read_mail(user, 1)
            self.assertEqual((letter["From"], letter["Resent-Bcc"]), ("x@example.org", None))
            self.assertIn(self.ann, letter["Resent-From"])
            self.assertTrue(letter["Resent-Date"])

    def test_odd_octets_lines_and_ends_come_through(self):
        long = "y" * 3000
        self.sendmail("-i", "-f", self.ann, self.bob,
                      text=b"Subject: odd\r\n\r\n.\n..two\rthree\0four\n" + long.encode() + b"\nno end")
        letter, = self.town.read_mail(self.bob, 1)
        lines = letter.get_payload().replace("\r\n", "\n").split("\n")
        self.assertEqual(lines[:3], [".", "..two", "threefour"])
        self.assertEqual("".join(lines[3:]).replace(" ", ""), long + "noend")

    def test_an_empty_message_is_a_message(self):
        self.sendmail("-f", self.ann, self.bob, text=b"")
        letter, = self.town.read_mail(self.bob, 1)
        self.assertTrue(letter["From"] and letter["Date"] and letter["Message-ID"])

    def test_without_recipients_or_with_unknown_ones_nothing_is_sent(self):
        self.sendmail(status=EX_USAGE)
        self.sendmail("-t", text="Subject: x\n\nTo: %s\n" % self.ann, status=EX_USAGE)
        self.assertIn("550", self.sendmail(self.ann, "nobody@paris.example", status=EX_NOUSER))
        self.assertEqual(self.town.read_mail(self.ann, 0), [])

    def test_a_message_over_the_limit_is_refused_up_and_down(self):
        large = "Subject: large\n\n" + "x" * 100 + "\n" * 100000
        self.sendmail(self.ann, text=large, status=EX_UNAVAILABLE)
        self.stop()
        self.sendmail(self.ann, text=large, status=EX_UNAVAILABLE)
        self.assertEqual(self.dropped(), [])

    def test_more_recipients_than_smtpd_takes_from_others_go_at_once(self):
        self.sendmail("-f", self.ann, *["%s+%d@paris.example" % (self.bob.split("@")[0], n) for n in range(1100)])
        self.assertEqual(len(self.town.read_mail(self.bob, 1100)), 1100)

    def test_smtp_on_standard_input_is_passed_on(self):
        said = self.sendmail("-bs", text="EHLO x\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: bs\r\n\r\n.\r\n"
                             "QUIT\r\n" % (self.ann, self.bob))
        self.assertRegex(said, r"(?s)^220 .*\n250 2\.0\.0 Ok: queued as \w+\r\n221 ")
        self.assertEqual(self.subjects(self.bob, 1), ["bs"])
        self.stop()
        self.assertIn("421 4.3.2", self.sendmail("-bs", text="QUIT\r\n", status=EX_TEMPFAIL))

    def test_a_verification_is_mailed_back(self):
        self.sendmail("-bv", "-f", self.ann, self.bob, "nobody@paris.example", text="")
        letter, = self.town.read_mail(self.ann, 1)
        self.assertEqual(letter["Return-Path"], "<>")
        text = letter.get_payload()
        self.assertRegex(text, r"<%s>: would be taken \(250 " % self.bob)
        self.assertRegex(text, r"<nobody@paris.example>: would be refused \(550 5\.1\.1 ")
        self.assertEqual(self.town.read_mail(self.bob, 0), [])

    def test_rmail_takes_the_sender_from_the_lines_in_front(self):
        self.sendmail(self.bob, text="From uucp Mon Nov 23 10:00:00 2026 remote from lyon.example\n"
                      ">From ann Mon Nov 23 09:00:00 2026 remote from inner\nFrom: a@b.example\nSubject: uucp\n\n.\nx\n",
                      name=SENDMAIL.parent / "rmail")
        letter, = self.town.read_mail(self.bob, 1)
        self.assertEqual(letter["Return-Path"], "<inner!ann@lyon.example>")
        self.assertIn("x", letter.get_payload())

    def test_cron_and_php_call_it(self):
        self.sendmail("-FCronDaemon", "-i", "-B8BITMIME", "-oem", self.bob,
                      text="From: root (Cron Daemon)\nTo: x\nSubject: cron\n\nJos\u00e9\n")
        self.sendmail("-t", "-i", text="To: %s\r\nSubject: php\r\nX-PHP-Originating-Script: 0:x.php\r\n\r\nx" % self.bob)
        self.assertEqual(self.subjects(self.bob, 2), ["cron", "php"])

    def client(self, *arguments, text="", **more):
        if not shutil.which(arguments[0]):
            self.skipTest(arguments[0] + " is not installed")
        done = subprocess.run(arguments, input=text, timeout=60, check=False, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=dict(os.environ, **self.environment(), **more, HOME=self.town.top))
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_s_nail_sends_by_it(self):
        self.client("s-nail", "-:/", "-S", "sendmail=%s" % SENDMAIL, "-S", "mta=%s" % SENDMAIL, "-S", "from=%s" % self.ann,
                    "-r", self.ann, "-s", "nail", self.bob, text="x\n")
        self.assertEqual(self.subjects(self.bob, 1), ["nail"])

    def test_bsd_mailx_sends_by_it(self):
        rc = pathlib.Path(self.town.top, "mailrc")
        rc.write_text("set sendmail=%s\n" % SENDMAIL)
        self.client("bsd-mailx", "-s", "mailx", self.bob, text="x\n", MAILRC=str(rc))
        self.assertEqual(self.subjects(self.bob, 1), ["mailx"])

    def test_mutt_sends_by_it(self):
        self.client("mutt", "-n", "-F", "/dev/null", "-e", "set sendmail='%s -oem -oi'" % SENDMAIL, "-e",
                    "set from=%s use_envelope_from=yes copy=no dsn_notify=failure dsn_return=hdrs" % self.ann, "-s", "mutt", "--",
                    self.bob, text="x\n")
        letter, = self.town.read_mail(self.bob, 1)
        self.assertEqual((letter["Subject"], letter["Return-Path"]), ("mutt", "<%s>" % self.ann))

    def test_git_sends_patches_by_it(self):
        patch = pathlib.Path(self.town.top, "0001.patch")
        patch.write_text("From 0 Mon Sep 17 00:00:00 2001\nFrom: %s\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n"
                         "Subject: [PATCH] x\n\nx\n---\n\n-- \n2\n" % self.ann)
        if subprocess.run(["git", "send-email", "--dump-aliases"], check=False, capture_output=True).returncode:
            self.skipTest("git send-email is not installed")
        self.client("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "sendemail.smtpserver=%s" % SENDMAIL, "send-email", "--quiet", "--suppress-cc=all",
                    "--from", self.ann, "--confirm=never", "--to", self.bob, str(patch))
        self.assertEqual(self.subjects(self.bob, 1), ["[PATCH] x"])

    def test_whenever_smtpd_is_killed_a_message_comes_once_or_not_at_all(self):
        statuses = {}
        for number in range(24):
            sender = subprocess.Popen([SENDMAIL, "-f", self.ann, self.bob], stdin=subprocess.PIPE, env=self.environment(),
                                      stderr=subprocess.DEVNULL)
            sender.stdin.write(b"Subject: s%d\n\nx\n" % number)
            sender.stdin.close()
            if number % 6 == 5:
                time.sleep(0.01 * number)
                for pid in self.sendmail_servers():
                    os.kill(pid, signal.SIGKILL)
            statuses["s%d" % number] = sender.wait(timeout=120)
        sure = sorted(name for name, status in statuses.items() if status == 0)
        self.assertLessEqual(set(statuses.values()), {0, EX_TEMPFAIL})
        end = time.monotonic() + town.WAIT_SECONDS
        self.await_drop()
        come = []
        while not set(sure) <= set(come) and time.monotonic() < end:
            client = self.town.imap(self.bob)
            count = int(client.select("INBOX", readonly=True)[1][-1])
            client.logout()
            come = [letter["Subject"] for letter in self.town.read_mail(self.bob, count)]
        self.assertEqual(len(come), len(set(come)), "one came twice")
        self.assertLessEqual(set(sure), set(come), "one was lost")

    def sendmail_servers(self):
        """The programs that serve our socket."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink("/proc/%s/exe" % pid).endswith("/smtpd"):
                    arguments = pathlib.Path("/proc", pid, "cmdline").read_text().split("\0")
                    ours = self.town.directory in pathlib.Path("/proc", pid, "maps").read_text() or "sendmail" in arguments
                    found += [int(pid)] if ours and self.is_below_ours(pid) else []
            except OSError:
                continue
        return found

    def is_below_ours(self, pid):
        parent = pathlib.Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()[1]
        return self.town.directory in pathlib.Path("/proc", parent, "cmdline").read_text()


@unittest.skipUnless(os.geteuid() == 0, "needs a second user")
class Rights(Submission):
    number = 25
    settings = ["authorized_submit_users=!%s, static:all" % OTHER]

    def test_who_may_not_send_is_refused_up_and_down(self):
        said = self.sendmail("-f", self.ann, self.bob, user=OTHER, status=EX_NOPERM)
        self.assertIn("User %s(%d) is not allowed to submit mail" % (OTHER, pwd.getpwnam(OTHER).pw_uid), said)
        self.stop()
        self.sendmail("-f", self.ann, self.bob, user=OTHER, status=EX_NOPERM)
        self.sendmail("-f", self.ann, self.bob, text="Subject: made\n\nx\n")
        file, = self.dropped()
        shutil.chown(file, OTHER)
        self.sendmail("-f", self.ann, self.bob, text="Subject: root's\n\nx\n", user="daemon")
        self.start()
        self.await_drop()
        self.assertEqual(self.subjects(self.bob, 1), ["root's"])
        self.town.await_log("drop/%s, of uid %d: User %s.* is not allowed to submit mail; moved" %
                            (file.name, pwd.getpwnam(OTHER).pw_uid, OTHER))


@unittest.skipUnless(os.geteuid() == 0, "needs a second user")
class Queue(Submission):
    """What users see of the queue, and may do to it."""
    number = 26
    settings = ["authorized_mailq_users=!nobody, static:all", "authorized_flush_users=%s" % OTHER]

    def tool(self, name, *arguments, user, status=0):
        return self.sendmail(*arguments, text="", user=user, status=status, name=SENDMAIL.parent / name)

    def test_users_list_and_flush_as_the_administrator_lets_them(self):
        self.assertEqual(self.tool("mailq", user=OTHER), "Mail queue is empty\n")
        self.sendmail("-f", self.ann, "x@[127.0.0.1]", text="Subject: waits\n\nx\n")
        entry = self.town.await_log(r"(\w+): to=<x@\[127.0.0.1\]>.* status=deferred")[1]
        listed = self.tool("mailq", user=OTHER)
        self.assertEqual(listed, self.town.relais("queue", "list"))
        self.assertIn(entry, listed)
        self.assertRegex(self.tool("sendmail", "-bp", user=OTHER), r"(?m)^-- 0 Kbytes in 1 Request\.$")
        self.assertEqual(json.loads(self.tool("postqueue", "-j", user=OTHER))["queue_id"], entry)
        for arguments in (("postqueue", "-f"), ("postqueue", "-i", entry), ("sendmail", "-q"), ("sendmail", "-qI" + entry),
                          ("sendmail", "-qR[127.0.0.1]"), ("sendmail", "-q15m"), ("runq",)):
            self.tool(*arguments, user=OTHER)
        self.town.await_log(r"%s: to=<x@\[127.0.0.1\]>.* status=deferred" % entry, times=3)
        self.assertIn("User nobody(%d) is not allowed to view the mail queue" % pwd.getpwnam("nobody").pw_uid,
                      self.tool("mailq", user="nobody", status=1))
        self.assertIn("is not allowed to flush the mail queue", self.tool("postqueue", "-f", user="nobody", status=1))
        self.tool("postsuper", "-d", entry, user=OTHER, status=1)
        self.assertIn(entry, self.tool("mailq", user=OTHER))


class Kill(Submission):
    number = 22

    def leave(self, count):
        self.stop()
        for number in range(count):
            self.sendmail("-f", self.bob, self.ann, text="Subject: k%d\n\nHello.\n" % number)

    def assert_each_came_once(self, count):
        self.await_drop()
        self.assertEqual(self.subjects(self.ann, count), sorted("k%d" % number for number in range(count)))
        self.assertEqual([path.name for path in self.taken.iterdir()], ["damaged"])

    def test_whenever_pickup_is_killed_each_message_comes_once(self):
        self.leave(KILLED_AMONG)
        program = pathlib.Path(town.RELAIS).resolve().parents[1] / "pickup/pickup"
        as_role = ["setpriv", "--reuid=relais-pickup", "--regid=relais-pickup", "--init-groups"] if os.geteuid() == 0 else []
        stages = set()
        for number in range(KILLS):
            before = len(self.dropped())
            pickup = subprocess.Popen([*as_role, program, "-c", self.town.variables["CONFIG_DIR"]], stderr=subprocess.DEVNULL)
            end = time.monotonic() + town.WAIT_SECONDS
            while before and len(self.dropped()) == before and time.monotonic() < end:
                time.sleep(0.0005)
            time.sleep(0.0005 * (number % 8))
            pickup.kill()
            pickup.wait()
            stages |= {len(path.name) for path in self.taken.iterdir()}
        self.assertGreater(len(self.dropped()), 0)
        self.assertGreater(len(stages), 1, "it was never killed in the middle")
        self.start()
        self.assert_each_came_once(KILLED_AMONG)

    def test_pickup_killed_under_its_master_is_started_again_and_goes_on(self):
        self.leave(100)
        self.start()
        for _ in range(3):
            pid = self.pickup_pid()
            if pid:
                os.kill(pid, signal.SIGKILL)
        self.assert_each_came_once(100)

    def pickup_pid(self):
        end = time.monotonic() + town.WAIT_SECONDS
        while self.dropped() and time.monotonic() < end:
            for pid in filter(str.isdigit, os.listdir("/proc")):
                if self.is_ours(pid):
                    return int(pid)
        return None

    def is_ours(self, pid):
        """It is a pickup with our directory."""
        try:
            return os.readlink("/proc/%s/exe" % pid).endswith("/pickup") and any(
                os.readlink("/proc/%s/fd/%s" % (pid, fd)) == str(self.taken) for fd in os.listdir("/proc/%s/fd" % pid))
        except OSError:
            return False


if __name__ == "__main__":
    town.main()
