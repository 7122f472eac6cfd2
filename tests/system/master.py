# SPDX-License-Identifier: BSD-2-Clause
"""What master promises: a reload takes all or nothing, a program that crashes hurts nobody else, limits hold, and the
end comes in time, also when master itself is killed."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

import town

PARIS = "paris.example"
MARIE = "marie@" + PARIS
MASTER = pathlib.Path(town.RELAIS).resolve().parents[1] / "master" / "master"
STOP_SECONDS = 15  # ten to drain, one to be asked, and some


def pids_below(pid):
    """The children of a process."""
    return [int(word) for word in pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()]


def lives(pid):
    try:
        return re.search(r"^State:\s+([A-Z])", pathlib.Path("/proc/%d/status" % pid).read_text(), re.M)[1] != "Z"
    except OSError:
        return False


def arguments_of(pid):
    """How a process was started; nothing once it has ended."""
    try:
        return pathlib.Path("/proc/%d/cmdline" % pid).read_bytes().split(b"\0")
    except OSError:
        return []


class House(town.Town):
    """A town whose configuration is edited and whose master may be run by the story itself."""

    def __init__(self, number, **more):
        super().__init__(PARIS, [MARIE], host=town.own_host(number), **more)
        self.await_all()
        self.etc = pathlib.Path(self.variables["CONFIG_DIR"])
        self.process = None

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        super().close()

    def master(self):
        return int(pathlib.Path(self.variables["QUEUE_DIR"], "pid/master.pid").read_text())

    def edit(self, name, change):
        path = self.etc / name
        path.write_text(change(path.read_text()))

    def await_all(self):
        """Until all programs of all services run: a town is made when the first of each does."""
        town.await_true(lambda: len(re.findall("confined: ", self.log())) >= len(pids_below(self.master())), "all programs")

    def hangup(self):
        """Asks for a reload; what the log says until it was taken or refused."""
        before = len(self.log())
        end = re.compile(r"relais/master\[\d+\]: (configuration \d+ is in force|error: .* the old one stays)")
        os.kill(self.master(), signal.SIGHUP)
        town.await_true(lambda: end.search(self.log()[before:]), "the end of a reload")
        return self.log()[before:]

    def run_master(self, wrapper=(), **more):
        """Starts master as our own child."""
        with open(self.top + "/output", "a", encoding="utf-8") as output:
            self.process = subprocess.Popen([*wrapper, str(MASTER), "-c", str(self.etc)], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=subprocess.STDOUT, **more)
        return self.process

    def connect(self, name="SMTP"):
        return socket.create_connection((self.host, self.port(name)), timeout=town.WAIT_SECONDS)

    def greeting(self, name="SMTP"):
        with self.connect(name) as connection:
            return connection.recv(512)

    def await_greeting(self, name="SMTP"):
        def greets():
            try:
                return self.greeting(name)
            except OSError:
                return False
        town.await_true(greets, "a greeting")


class Story(unittest.TestCase):
    def house(self, number, **more):
        house = House(number, **more)
        self.addCleanup(house.close)
        return house


class BadReload(Story):
    @classmethod
    def setUpClass(cls):
        cls.paris = House(21)
        cls.addClassCleanup(cls.paris.close)

    def setUp(self):
        for name in ("main.cf", "master.cf"):
            text = (self.paris.etc / name).read_text()
            self.addCleanup((self.paris.etc / name).write_text, text)
        self.workers = set(pids_below(self.paris.master()))

    def check_refused(self, *complaints):
        log = self.paris.hangup()
        self.assertIn("the old one stays", log)
        for complaint in complaints:
            self.assertRegex(log, complaint)
        self.assertTrue(self.paris.greeting().startswith(b"220 "))
        self.assertEqual(set(pids_below(self.paris.master())) - self.workers, set())

    def test_all_that_is_wrong_is_said_at_once_and_nothing_is_taken(self):
        self.paris.edit("main.cf", lambda text: text + "smtpd_recipient_limit = abc\nsmtpd_timeout = 5x\n"
                        "virtual_alias_maps = nosuchtype:/x\nsmtpd_banner = changed\n")
        self.paris.edit("master.cf", lambda text: text + "odd unix - - n - - nosuchprogram\n")
        self.check_refused("error: .*smtpd_recipient_limit", "error: .*smtpd_timeout", "error: .*nosuchtype",
                           "error: .*nosuchprogram")
        self.assertNotIn(b"changed", self.paris.greeting())

    def test_a_table_that_is_not_there_is_refused(self):
        self.paris.edit("main.cf", lambda text: text + "virtual_alias_maps = lmdb:%s/missing\n" % self.paris.etc)
        self.check_refused("error: .*missing")

    def test_a_certificate_that_is_not_there_is_refused(self):
        self.paris.edit("main.cf", lambda text: re.sub(r"(smtpd_tls_cert_file =).*", r"\1 /nowhere/cert.pem", text))
        self.check_refused("error: .*/nowhere/cert.pem")

    def test_a_key_that_does_not_belong_to_the_certificate_is_refused(self):
        other = self.paris.etc / "other.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other], check=True, timeout=60)
        self.paris.edit("main.cf", lambda text: re.sub(r"(smtpd_tls_key_file =).*", r"\1 %s" % other, text))
        self.check_refused("error: .*other.pem: is not the key of the certificate")

    def test_an_address_in_use_is_refused(self):
        with socket.create_server((town.own_host(22), self.paris.port("SMTP"))):
            self.paris.edit("master.cf", lambda text: "%s:%d inet n - n - - smtpd\n%s" % (
                town.own_host(22), self.paris.port("SMTP"), text))
            self.check_refused("Address already in use")

    def test_another_queue_needs_a_restart(self):
        self.paris.edit("main.cf", lambda text: re.sub("(queue_directory = ).*", r"\1/tmp/elsewhere", text))
        self.check_refused("queue_directory")
        self.assertFalse(pathlib.Path("/tmp/elsewhere").exists())


class GoodReload(Story):
    def test_a_row_that_goes_is_not_served_any_more_whatever_an_old_session_does(self):
        paris = self.house(33)
        row = "%s:%d inet n - n - - smtpd" % (town.own_host(23), paris.port("SMTP"))
        paris.edit("master.cf", lambda text: text + row + "\n")
        self.assertNotIn("old one stays", paris.hangup())
        place = (town.own_host(23), paris.port("SMTP"))
        idle = socket.create_connection(place, timeout=town.WAIT_SECONDS)
        self.addCleanup(idle.close)
        self.assertTrue(idle.recv(512).startswith(b"220 "))
        paris.edit("master.cf", lambda text: text.replace(row, ""))
        self.assertNotIn("old one stays", paris.hangup())

        def refused():
            try:
                socket.create_connection(place, timeout=5).close()
            except ConnectionRefusedError:
                return True
            return False
        town.await_true(refused, "nobody to listen there")
        idle.sendall(b"NOOP\r\n")
        self.assertRegex(idle.recv(512), b"^(250|421) ")


    def test_many_reloads_in_a_row_end_in_one_set_of_programs(self):
        paris = self.house(34)
        before = set(pids_below(paris.master()))
        idle = paris.connect()
        self.addCleanup(idle.close)
        idle.recv(512)
        for command in b"HELO x.example\r\n", b"MAIL FROM:<>\r\n":  # who is in no transaction is sent away
            idle.sendall(command)
            self.assertTrue(idle.recv(512).startswith(b"250 "))
        for _ in range(10):
            os.kill(paris.master(), signal.SIGHUP)
            time.sleep(0.05)
        paris.hangup()

        # All of them are new, but for the one with the client (which may have run out of time); one queue manager.
        def one_set():
            now = set(pids_below(paris.master()))
            names = [town.name_of(pid) for pid in now]  # "master" until it has become what it shall be
            return len(now - before) == len(before) and len(now & before) <= 1 and names.count("qmgr") == 1

        town.await_true(one_set, "one set of programs")
        paris.send(MARIE, MARIE, "after")
        self.assertEqual(paris.read_mail(MARIE, 1)[0]["Subject"], "after")
        idle.close()
        town.await_true(lambda: not before & set(pids_below(paris.master())), "the last old one's end")


class Crashes(Story):
    def test_a_service_that_crashes_is_paused_and_comes_back_once_mended(self):
        paris = self.house(24)
        key = pathlib.Path(re.search("smtpd_tls_key_file = (.*)", (paris.etc / "main.cf").read_text())[1])
        key.rename(str(key) + ".away")
        smtpd = [pid for pid in pids_below(paris.master())
                 if arguments_of(pid)[2:3] ==
                 [b"%s:%d" % (paris.host.encode(), paris.port("SMTP"))]]
        self.assertTrue(smtpd)
        town.await_true(lambda: all(time.time() - os.stat("/proc/%d" % pid).st_mtime > 2.1 for pid in smtpd), "some age")
        for pid in smtpd:
            os.kill(pid, signal.SIGKILL)
        pause = r"service \S+:%d: ends right after its start; next try in %%d s" % paris.port("SMTP")
        paris.await_log(pause % 1)
        paris.await_log(pause % 2)
        self.assertNotRegex(paris.log(), pause % 4 + r"(?s:.*)" + pause % 2)
        self.assertRegex(paris.log(), r"smtpd\[\d+\]: fatal: ")
        self.assertTrue(paris.greeting("LMTP").startswith(b"220 "))  # the neighbours do not notice
        paris.imap(MARIE).logout()
        pathlib.Path(str(key) + ".away").rename(key)
        paris.await_greeting()

    def test_no_crash_of_one_program_ends_another(self):
        paris = self.house(25)
        before = set(pids_below(paris.master()))
        victim = sorted(before)[0]
        os.kill(victim, signal.SIGABRT)
        paris.await_log(r"process \w+ pid %d killed by signal 6" % victim)
        town.await_true(lambda: len(pids_below(paris.master())) == len(before), "a successor")
        self.assertEqual(before - set(pids_below(paris.master())), {victim})


class Limits(Story):
    def test_a_process_serves_as_many_connections_as_it_may(self):
        paris = self.house(26)
        port = paris.port("LMTP")
        paris.edit("master.cf", lambda text: text.replace(
            "%s:%d inet n - n - - smtpd" % (paris.host, port),
            "%s:%d inet n - n - 1 smtpd\n  -o process_session_limit=3" % (paris.host, port)))
        self.assertNotIn("old one stays", paris.hangup())
        town.await_true(lambda: len([pid for pid in pids_below(paris.master())
                                if any(word.endswith(b":%d" % port) for word in arguments_of(pid))]) == 1,
                   "the one process")
        served = [paris.connect("LMTP") for _ in range(3)]
        for one in served:
            self.addCleanup(one.close)
            self.assertTrue(one.recv(512).startswith(b"220 "))
        fourth = paris.connect("LMTP")
        self.addCleanup(fourth.close)
        fourth.settimeout(1)
        with self.assertRaises(TimeoutError):
            fourth.recv(512)
        served[0].close()
        fourth.settimeout(town.WAIT_SECONDS)
        self.assertTrue(fourth.recv(512).startswith(b"220 "))
        self.assertTrue(paris.greeting().startswith(b"220 "))  # another service has a limit of its own


class Ends(Story):
    def idle_clients(self, paris):
        """One on every port, and one logged in who waits for news."""
        clients = [paris.connect(name) for name in ("SMTP", "SUBMISSION", "LMTP", "IMAP", "POP3")]
        for client in clients:
            self.addCleanup(client.close)
            client.recv(512)
        imap = paris.imap(MARIE)
        imap.select("INBOX")
        imap.send(b"x IDLE\r\n")
        clients += [imap.sock, paris.pop(MARIE).sock]
        for client in clients[-2:]:
            self.addCleanup(client.close)
        return clients

    def own_master(self, paris):
        """The sandbox's master gives way to one of our own."""
        paris.relais("sandbox", "stop", paris.directory, config=False)
        paris.run_master()
        paris.await_greeting()
        for name in ("IMAPS", "POP3S"):
            town.await_true(lambda name=name: not self.fails(paris.connect, name), name)
        return paris.process

    @staticmethod
    def fails(call, *arguments):
        try:
            call(*arguments).close()
        except OSError:
            return True
        return False

    def test_a_stop_comes_to_its_end_with_idle_clients(self):
        paris = self.house(27)
        process = self.own_master(paris)
        self.idle_clients(paris)
        workers = pids_below(process.pid)
        start = time.monotonic()
        process.terminate()
        self.assertEqual(process.wait(STOP_SECONDS), 0)
        self.assertLess(time.monotonic() - start, STOP_SECONDS)
        self.assertEqual([pid for pid in workers if lives(pid)], [])
        self.assertFalse(pathlib.Path(paris.variables["QUEUE_DIR"], "pid/master.pid").exists())
        for name in ("SMTP", "IMAPS", "POP3S"):
            self.assertTrue(self.fails(paris.connect, name))

    def test_after_master_was_killed_another_can_be_started_at_once(self):
        paris = self.house(28)
        process = self.own_master(paris)
        clients = self.idle_clients(paris)
        workers = pids_below(process.pid)
        process.kill()
        process.wait(10)
        self.assertTrue(pathlib.Path(paris.variables["QUEUE_DIR"], "pid/master.pid").exists())  # stale
        time.sleep(0.5)
        fresh = paris.run_master()
        paris.await_greeting()
        self.assertIsNone(fresh.poll())
        self.assertEqual(paris.master(), fresh.pid)
        paris.send(MARIE, MARIE, "after")
        self.assertEqual(paris.read_mail(MARIE, 1)[0]["Subject"], "after")
        for client in clients:
            client.close()
        town.await_true(lambda: not any(map(lives, workers)), "the end of the old programs, with their last clients")

    def test_without_clients_all_programs_end_soon_after_master(self):
        paris = self.house(29)
        process = self.own_master(paris)
        workers = pids_below(process.pid)
        self.assertGreater(len(workers), 10)
        process.kill()
        process.wait(10)
        town.await_true(lambda: not any(map(lives, workers)), "the programs' end", STOP_SECONDS)

    def test_two_masters_do_not_share_a_queue(self):
        paris = self.house(30)
        first = paris.master()
        workers = set(pids_below(first))
        self.assertNotEqual(paris.run_master().wait(30), 0)
        self.assertIn("another master runs", paris.log())
        self.assertEqual(paris.master(), first)
        self.assertEqual(set(pids_below(first)), workers)
        self.assertTrue(paris.greeting().startswith(b"220 "))
        paris.send(MARIE, MARIE, "still here")
        self.assertEqual(paris.read_mail(MARIE, 1)[0]["Subject"], "still here")

    def test_a_pid_file_of_a_process_that_is_somebody_else_is_taken_over(self):
        paris = self.house(31)
        paris.relais("sandbox", "stop", paris.directory, config=False)
        somebody = subprocess.Popen(["sleep", "100"])
        self.addCleanup(somebody.wait)
        self.addCleanup(somebody.kill)
        pathlib.Path(paris.variables["QUEUE_DIR"], "pid/master.pid").write_text("%d\n" % somebody.pid)
        self.assertIn("does not run", paris.relais("stop", check=False))
        self.assertIsNone(somebody.poll())
        fresh = paris.run_master()
        paris.await_greeting()
        self.assertEqual(paris.master(), fresh.pid)
        self.assertIsNone(somebody.poll())


class Activation(Story):
    WRAPPER = (sys.executable, "-c", "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid()); "
               "os.dup2(int(sys.argv[1]), 3, inheritable=True); os.execv(sys.argv[2], sys.argv[2:])")

    def test_a_port_handed_over_is_served_and_outlives_master(self):
        paris = self.house(32)
        paris.relais("sandbox", "stop", paris.directory, config=False)
        paris.edit("master.cf", lambda text: text.replace("%s:%d inet" % (paris.host, paris.port("SMTP")), "smtp inet"))
        listener = socket.create_server((paris.host, paris.port("SMTP")))
        self.addCleanup(listener.close)
        for _ in range(2):
            process = paris.run_master(wrapper=(*self.WRAPPER, str(listener.fileno())), pass_fds=[listener.fileno()],
                                       env=dict(os.environ, LISTEN_FDS="1", LISTEN_FDNAMES="smtp"))
            self.assertTrue(paris.greeting().startswith(b"220 "))
            self.assertNotIn("old one stays", paris.hangup())
            self.assertTrue(paris.greeting().startswith(b"220 "))
            process.terminate()
            self.assertEqual(process.wait(STOP_SECONDS), 0)
            self.addCleanup(paris.connect().close)  # the kernel still takes it, for the next one


if __name__ == "__main__":
    town.main()
