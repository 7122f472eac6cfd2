# SPDX-License-Identifier: BSD-2-Clause
"""Programs of this host send by sendmail(1), whether the mail system runs or not: each message comes once."""
import os
import pathlib
import pwd
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
