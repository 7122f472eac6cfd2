# SPDX-License-Identifier: BSD-2-Clause
"""Every role tries what it may not do, under full confinement, and nothing of it succeeds."""
import grp
import os
import pathlib
import pwd
import random
import re
import shutil
import smtplib
import socket
import subprocess
import unittest

import town

SESSIONS = ("imapd", "pop3d", "agent")
ROLES = ("smtpd", "pickup", "showq", "qmgr", "smtp", "resolver", "bounce", "local", "auth", "login", "imapd", "pop3d", "agent")
LEAST_ATTEMPTS = 20
LEAST_OF_PROGRAMS = 14  # who runs users' programs may do what users may
MARIE, JEAN = "user1@paris.example", "user2@paris.example"
# Who may connect to the sockets below private, beside the superuser: all others of our roles may not.
CALLERS = {"qmgr": {"relais-smtpd", "relais-pickup", "relais-queue"}, "auth": {"relais-smtpd", "relais-login", "relais-auth"},
           "local": {"relais-queue", "relais-mail"}, "smtp": {"relais-queue", "relais-smtp"},
           "bounce": {"relais-queue", "relais-bounce"},
           "resolver": {"relais-smtpd", "relais-queue", "relais-smtp", "relais-dns"}}
USERS = ("relais-smtpd", "relais-pickup", "relais-queue", "relais-smtp", "relais-mail", "relais-bounce", "relais-auth", "relais-login",
         "relais-dns")


def call_as(user, path):
    """Connects as a user of ours and waits: whether the other end hangs up at once."""
    pid = os.fork()
    if pid == 0:
        status = 2
        try:
            entry = pwd.getpwnam(user)
            os.setgroups([grp.getgrnam("relais").gr_gid])
            os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
            os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
                line.connect(path)
                line.settimeout(1)
                status = 0 if line.recv(10) == b"" else 2
        except TimeoutError:
            status = 1
        finally:
            os._exit(status)
    return {0: "dropped", 1: "kept"}.get(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "failed")


class Confinement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        zone = town.zone_of({"down.example": town.own_host(3)})
        cls.town = town.Town("paris.example", numbered=2, zone=zone)
        cls.addClassCleanup(cls.town.close)

    def try_to_escape(self, role, *options):
        """As root each becomes its role's user; a session is started as the mailboxes' owner, as master does it."""
        program = pathlib.Path(town.RELAIS).resolve().parents[1] / role / role
        as_user = ["setpriv", "--reuid=relais-mail", "--regid=relais-mail", "--clear-groups"]
        return subprocess.run([*(as_user if os.geteuid() == 0 and role in SESSIONS else []), program, "--escape-test",
                               "-c", self.town.variables["CONFIG_DIR"], *options], capture_output=True, text=True, timeout=60)

    def test_nothing_forbidden_is_allowed_in_any_role(self):
        for role in ROLES:
            with self.subTest(role=role):
                self.judge(self.try_to_escape(role), LEAST_OF_PROGRAMS if role == "agent" else LEAST_ATTEMPTS)

    def judge(self, result, least):
        lines = result.stdout.splitlines()
        self.assertEqual([line for line in lines if line.startswith("ALLOWED")], [])
        self.assertGreaterEqual(sum(line.startswith("blocked") for line in lines), least, result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)
        uid = re.search(r"confined: uid=(\d+)", result.stderr)
        self.assertTrue(uid, result.stderr)
        if os.geteuid() == 0:
            self.assertNotEqual(uid[1], "0")

    def test_an_agent_for_the_mailbox_alone_can_run_nothing(self):
        result = self.try_to_escape("agent", "-t", "session", "-H", self.town.directory)
        self.judge(result, LEAST_ATTEMPTS)
        self.assertIn("blocked run a program\n", result.stdout)
        self.assertIn("blocked fork\n", result.stdout)

    def test_the_running_programs_say_that_they_are_confined(self):
        for role in ("smtpd", "pickup", "qmgr", "auth", "login"):
            self.town.await_log(r"%s\[\d+\]: confined: uid=\d+, landlock ABI \d+, seccomp" % role)

    @unittest.skipUnless(os.geteuid() == 0, "only root has a user for each role")
    def test_a_program_takes_connections_of_those_roles_only_that_have_business_with_it(self):
        private = self.town.variables["QUEUE_DIR"] + "/private/"
        for name, callers in CALLERS.items():
            for user in random.sample(USERS, 3):
                with self.subTest(socket=name, user=user):
                    self.assertEqual(call_as(user, private + name), "kept" if user in callers else "dropped")

    def test_a_program_started_by_hand_takes_mail_as_its_role_would(self):
        program = pathlib.Path(town.RELAIS).resolve().parents[1] / "smtpd" / "smtpd"
        host = town.own_host(4)
        server = subprocess.Popen([program, "-c", self.town.variables["CONFIG_DIR"], "--listen", host + ":25525"],
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        uid = pwd.getpwnam("relais-smtpd").pw_uid if os.geteuid() == 0 else os.geteuid()
        said = next(line for line in iter(server.stderr.readline, "") if "confined: " in line)
        self.assertIn("confined: uid=%d," % uid, said)
        with smtplib.SMTP(host, 25525, timeout=town.WAIT_SECONDS, local_hostname="client.example") as client:
            client.sendmail("a@elsewhere.example", [MARIE], town.letter("a@elsewhere.example", MARIE, "by hand"))
        self.town.await_log(r"to=<%s>.*status=sent" % MARIE)

    def test_standard_input_that_cannot_be_written_to_is_no_conversation(self):
        program = pathlib.Path(town.RELAIS).resolve().parents[1] / "smtpd" / "smtpd"
        done = subprocess.run([program, "-c", self.town.variables["CONFIG_DIR"], "--stdio"], input="", text=True, check=False,
                              timeout=60, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("must be a socket or a terminal", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root has a user for each role")
    def test_a_queue_file_is_closed_to_who_made_it(self):
        entry = self.town.send(MARIE, "x@down.example", "waits")
        self.town.await_log(r"%s: to=<x@down.example>.*status=deferred" % entry)
        path = pathlib.Path(self.town.variables["QUEUE_DIR"], "queue", entry)
        self.assertEqual((path.owner(), path.group(), path.stat().st_mode & 0o777), ("relais-smtpd", "relais-queue", 0o060))
        self.assertEqual(path.parent.stat().st_mode & 0o7777, 0o3730)

    @unittest.skipUnless(os.geteuid() == 0, "only root makes files for others")
    def test_an_index_that_another_user_put_there_is_not_opened(self):
        other = town.Town("lyon.example", host=town.own_host(2), numbered=1)
        self.addCleanup(other.close)
        index = pathlib.Path(other.variables["QUEUE_DIR"], "queue", "index")
        other.relais("sandbox", "stop", other.directory, config=False)
        index.write_bytes(b"not pages")
        shutil.chown(index, "relais-smtpd")
        other.relais("sandbox", "start", other.directory, config=False)
        other.await_log(r"index was made by user \d+; removed")
        self.assertEqual(index.owner(), "relais-queue")

    def test_junk_on_the_sockets_ends_nobody(self):
        places = pathlib.Path(self.town.variables["QUEUE_DIR"])
        chance = random.Random(1)
        for path in [*places.glob("private/*"), *places.glob("public/*")]:
            kind = socket.SOCK_STREAM if path.name in ("sendmail", "pickup", "showq") else socket.SOCK_SEQPACKET
            for _ in range(100):
                with socket.socket(socket.AF_UNIX, kind) as line:
                    line.connect(str(path))
                    try:
                        for _ in range(chance.randint(1, 4)):
                            octets = bytes([chance.randint(0, 9)]) + chance.randbytes(chance.choice((0, 3, 40, 60000)))
                            socket.send_fds(line, [octets], [0] * chance.randint(0, 8))
                    except OSError:
                        pass  # it has hung up
        self.town.send(MARIE, JEAN, "still here")
        self.assertEqual(len(self.town.read_mail(JEAN, 1)), 1)
        self.assertNotRegex(self.town.log(), r"killed by signal|exit status")


if __name__ == "__main__":
    town.main()
