#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ends a program at each of its system calls in turn, or lets each of them fail, and looks what is left.

    tests/crash/points.py [--faults] [--program NAME] [--seconds N]

strace attaches to a program while it does its work: a letter is taken in (smtpd, pickup), scheduled (qmgr), delivered (local), carried to
another town (smtp), looked up (resolver) or reported as undeliverable (bounce); a client appends, flags, moves and expunges (imapd),
takes mail away (pop3d), or logs in (login, auth). The Nth call of each kind is where the program is killed, or with --faults
where the call fails: ENOSPC, EIO or EDQUOT, or what befits it; N counts up until the work makes no Nth call. Letters answered
with 250 must be in the mailbox once, others at most once and with --faults never when they were refused; where an
acknowledgement between towns is lost, or a report is written, once more is allowed. For mailboxes see mailboxes.py. Nobody is let
in with a wrong password, and afterwards the right one is good. No program ends but by our hand. Without --seconds all points
are tried, else as many as there is time for, chosen at random.
"""
import argparse
import imaplib
import os
import pathlib
import poplib
import random
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import kill  # noqa: E402
import mailboxes  # noqa: E402
import town  # noqa: E402

SKIPPED = 77
FILE_CALLS = ("openat", "pwrite64", "pwritev", "pwritev2", "write", "writev", "fsync", "fdatasync", "syncfs", "rename", "renameat",
              "renameat2", "linkat", "unlink", "unlinkat", "ftruncate", "fallocate", "mkdirat", "copy_file_range", "sendfile")
TALK_CALLS = ("sendmsg", "sendto", "close")  # what stands between two changes
ERRORS = ("ENOSPC", "EIO", "EDQUOT")
# Of calls that are no matter of disks: what there are too few of.
FEW_CALLS = {"accept4": ("EMFILE", "ENOBUFS"), "socket": ("EMFILE", "ENOMEM"), "connect": ("EAGAIN", "ECONNREFUSED"),
             "recvmsg": ("ENOMEM", "ECONNRESET"), "sendmsg": ("ENOBUFS", "EPIPE"), "memfd_create": ("EMFILE", "ENOMEM")}
CALL_LIMIT = 60
LOOPLESS = ("imapd", "pop3d", "bounce")  # libuv ends the process when it cannot wake itself by write(2)
PROGRAMS = ("smtpd", "pickup", "qmgr", "local", "smtp", "resolver", "bounce", "imapd", "pop3d", "login", "auth")


class Tracer:
    """strace on all processes of a program; hit: whether the call came."""

    def __init__(self, pids, call, injection):
        self.output = tempfile.NamedTemporaryFile(mode="r")
        command = ["strace", "-f", "-qq", "-o", self.output.name, "-e", "trace=" + call, "-e", "inject=%s:%s" % (call, injection)]
        for pid in pids:
            command += ["-p", str(pid)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 10
        while not all(self.traces(pid) for pid in pids) and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)

    @staticmethod
    def traces(pid):
        """All threads; a process that is gone needs none."""
        try:
            tasks = pathlib.Path("/proc/%d/task" % pid).iterdir()
            return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)
        except OSError:
            return True

    def finish(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=0.5)  # it may hang on what it killed
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        text = self.output.read()
        self.output.close()
        return "killed by SIGKILL" in text or "(INJECTED)" in text


class Letters:
    """Letters to a mailbox, and what was answered to them."""
    sender, again = "crash@elsewhere.example", False  # again: more than one copy is no wrong

    def __init__(self, place, wait=True):
        self.place, self.target, self.wait = place, place, wait
        self.rcpt = "user1@" + place.domain
        self.count, self.taken, self.refused, self.lost_answers = 0, set(), set(), set()

    def connect(self):
        return smtplib.SMTP(self.place.host, self.place.port("SMTP"), timeout=20)

    def prepare(self):
        pass

    def work(self):
        self.count += 1
        text = "Subject: crash\r\nX-Crash: n%d.\r\n\r\nline\r\n" % self.count
        try:
            with self.connect() as smtp:
                smtp.sendmail(self.sender, [self.rcpt], text)
            self.taken.add(self.count)
        except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused):
            self.refused.add(self.count)
        except (smtplib.SMTPException, OSError):
            self.lost_answers.add(self.count)
        self.await_delivery()

    def await_delivery(self):
        end = time.monotonic() + 2
        while self.wait and self.count in self.taken and not kill.delivered(self.target)[(self.count, "user1")]:
            if time.monotonic() > end:
                break
            time.sleep(0.02)

    def verify(self):
        left = [name for name in kill.await_empty_queue(self.place) if kill.is_whole(self.place, name)]
        if self.target is not self.place:
            left += [name for name in kill.await_empty_queue(self.target) if kill.is_whole(self.target, name)]
        found = {number: count for (number, _), count in kill.delivered(self.target).items()}
        if self.again:
            found = {number: 1 for number in found}
        wrong = ["letter %d was taken and is there %d times" % (n, found.get(n, 0)) for n in self.taken if found.get(n) != 1]
        wrong += ["letter %d was refused and is there" % n for n in self.refused if n in found]
        wrong += ["letter %d is there %d times" % (n, found[n]) for n in self.lost_answers if found.get(n, 0) > 1]
        return wrong + ["left in the queue: " + name for name in left]


class Dropped(Letters):
    """Letters that sendmail leaves for pickup, for it does not find smtpd."""
    sendmail = pathlib.Path(town.RELAIS).parent / "sendmail"

    def prepare(self):
        path = pathlib.Path(self.place.directory, "queue/public/sendmail")
        if path.exists():
            path.rename(path.with_name("hidden"))

    def connect(self):
        raise OSError("letters do not come so")

    def work(self):
        self.count += 1
        text = "Subject: crash\nX-Crash: n%d.\n\nline\n" % self.count
        done = subprocess.run([self.sendmail, "-f", self.sender, self.rcpt], input=text, text=True, check=False, timeout=60,
                              stderr=subprocess.DEVNULL, env={"MAIL_CONFIG": self.place.variables["CONFIG_DIR"]})
        (self.refused if done.returncode else self.taken).add(self.count)
        self.await_delivery()

    def verify(self):
        queue, end = pathlib.Path(self.place.directory, "queue"), time.monotonic() + 2 * kill.DRAIN_SECONDS
        while len([*queue.glob("drop/*"), *queue.glob("taken/*")]) > 1 and time.monotonic() < end:  # taken/damaged
            time.sleep(0.1)
        return super().verify()


class Reports(Letters):
    """Letters that cannot be delivered: their text comes back to the sender."""
    again = True

    def __init__(self, place):
        super().__init__(place)
        self.sender, self.rcpt = self.rcpt, "nobody@nowhere.example"

    def connect(self):
        return self.place.submission(self.sender)


class Passage(Reports):
    """Letters to another town."""

    def __init__(self, place, target):
        super().__init__(place)
        self.target, self.rcpt = target, "user1@" + target.domain


class Logins:
    """Both protocols, the right password and a wrong one."""

    def __init__(self, place):
        self.place, self.user, self.wrong = place, "user1@" + place.domain, []

    def prepare(self):
        pass

    def log_in(self, enter, password):
        """True, False, or None when nobody answered to the point."""
        right, self.place.passwords[self.user] = self.place.passwords[self.user], password
        try:
            enter(self.user)
            return True
        except (imaplib.IMAP4.abort, OSError, EOFError):
            return None
        except (imaplib.IMAP4.error, poplib.error_proto) as refusal:
            return None if re.search("UNAVAILABLE|SYS/TEMP|IN-USE|EOF", str(refusal)) else False
        finally:
            self.place.passwords[self.user] = right

    def work(self):
        for enter in (self.place.imap, self.place.pop):
            if self.log_in(enter, self.place.passwords[self.user]) is False:
                self.wrong.append("the right password is refused")
            if self.log_in(enter, "wrong"):
                self.wrong.append("a wrong password is good")

    def verify(self):
        for enter in (self.place.imap, self.place.pop):
            end = time.monotonic() + 20
            while not self.log_in(enter, self.place.passwords[self.user]):
                if time.monotonic() > end:
                    return self.wrong + ["nobody can log in any more"]
        return self.wrong


class Sessions:
    """One client whose mailboxes are compared with its model."""

    def __init__(self, place, faults):
        self.client = mailboxes.Client(place, "user1@" + place.domain, 1)
        self.client.faults = faults
        self.client.boxes = self.client.read_all()
        self.client.do_create()
        self.wrong = []

    def prepare(self):
        if not self.client.connection:
            self.client.connect()

    def work(self):
        client = self.client
        for deed in (client.do_append, client.do_append, client.do_store, client.do_copy, client.do_move, self.expunge,
                     client.do_rename, client.do_check):
            try:
                deed()
            except mailboxes.BROKEN:
                client.drop()
                client.settle(client.boxes)

    def expunge(self):
        """Something is there to be expunged, and the mailboxes stay small."""
        for name, box in self.client.boxes.items():
            for uid in sorted(box.uids)[:2]:
                self.client.mark_deleted(name, uid)
        self.client.do_expunge()
        self.client.do_expunge()

    def verify(self):
        self.client.settle(self.client.boxes)
        return []


class Collecting(Sessions):
    """The client takes mail away by POP3."""

    def prepare(self):
        self.pop = self.client.place.pop(self.client.user)

    def add(self):
        """To what is there for the next time."""
        for _ in range(2):
            self.client.do_append("INBOX")

    def work(self):
        client = self.client
        for deed in (lambda: client.do_pop(self.pop), self.add, client.do_check):
            try:
                deed()
            except mailboxes.BROKEN:
                client.drop()
                client.settle(client.boxes)


def pids_of(place, program):
    return [pid for pid in kill.children_of(int(place.variables["MASTER_PID"])) if kill.name_of(pid) == program]


def try_point(place, program, work, call, injection):
    work.prepare()
    end = time.monotonic() + 20
    while not pids_of(place, program) and time.monotonic() < end:
        work.work()
        time.sleep(0.05)
    tracer = Tracer(pids_of(place, program), call, injection)
    try:
        work.work()
    finally:
        hit = tracer.finish()
    return hit


def walk(place, program, work, faults, seconds):
    """Returns how many points there were; raises Wrong."""
    calls = list(FILE_CALLS + tuple(FEW_CALLS) if faults else FILE_CALLS + TALK_CALLS)
    if faults and program not in LOOPLESS:
        calls.remove("write")
    random.shuffle(calls)
    points, end = 0, time.monotonic() + (seconds or 36000)
    for call in calls:
        for number in range(1, CALL_LIMIT):
            if time.monotonic() > end:
                return points
            errors = FEW_CALLS.get(call, ERRORS)
            error = "error=" + errors[(points + number) % len(errors)]
            injection = "%s:when=%d" % (error if faults else "signal=SIGKILL", number)
            try:
                if not try_point(place, program, work, call, injection):
                    break
            except mailboxes.Wrong as wrong:
                raise mailboxes.Wrong("%s, %s %s: %s" % (program, call, injection, wrong)) from wrong
            points += 1
            if mailboxes.end_of_programs(place):
                raise mailboxes.Wrong("%s %s: %s" % (call, injection, mailboxes.end_of_programs(place)))
    return points


def work_for(program, place, other, faults):
    works = {"local": Letters, "qmgr": Reports, "bounce": Reports, "resolver": Reports, "pickup": Dropped, "login": Logins, "auth": Logins}
    if program in ("imapd", "pop3d"):
        return (Sessions if program == "imapd" else Collecting)(place, faults)
    if program == "smtp":
        return Passage(place, other)
    return Letters(place, False) if program == "smtpd" else works[program](place)


def run(program, faults, seconds):
    """True when all is well."""
    hosts = {"crash.example": town.own_host(1), "far.example": town.own_host(2)}
    settings = ("minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=2s", "auth_failure_delay=0s")
    places = [town.Town(domain, numbered=1, host=host, zone=town.zone_of(hosts), settings=settings)
              for domain, host in hosts.items() if domain == "crash.example" or program == "smtp"]
    try:
        work = work_for(program, places[0], places[-1], faults)
        points, wrong = 0, []
        try:
            points = walk(places[0], program, work, faults, seconds)
            wrong = work.verify()
        except mailboxes.Wrong as error:
            wrong = [str(error)]
        print("%s: %d points, %d wrong" % (program, points, len(wrong)), flush=True)
        for line in wrong[:20]:
            print("wrong:", line)
        return points > 0 and not wrong
    finally:
        for place in places:
            place.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--program", choices=PROGRAMS)
    parser.add_argument("--seconds", type=int, help="for each program")
    args = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("strace"):
        print("this needs strace and the superuser")
        return SKIPPED
    programs = [args.program] if args.program else PROGRAMS
    return 0 if all([run(program, args.faults, args.seconds) for program in programs]) else 1


if __name__ == "__main__":
    sys.exit(main())
