#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Kills programs of an instance at random under load; whatever was acknowledged must arrive.

    tests/crash/kill.py [--seconds N] [--users N] [--senders N]

Senders submit numbered messages by SMTP and note those that were answered with 250. Meanwhile any process but master is
killed (SIGKILL), a few a second. Afterwards the queue must become empty by itself, and every noted message must be in the
mailbox it was for. Copies are counted: a duplicate is allowed where an acknowledgement was lost.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import town  # noqa: E402

DRAIN_SECONDS = 60


class Load:
    def __init__(self, place, users):
        self.place, self.users = place, users
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.acknowledged, self.broken, self.next = {}, 0, 0

    def number(self):
        with self.lock:
            self.next += 1
            return self.next

    def send(self, connection, number):
        user = "user%d@%s" % (number % self.users + 1, self.place.domain)
        size = 20000 if number % 10 == 0 else 500
        body = "".join("line %d\r\n" % n for n in range(size // 10))
        connection.sendmail("crash@elsewhere.example", [user],
                            "Subject: crash\r\nX-Crash: n%d.\r\n\r\n%s" % (number, body))
        with self.lock:
            self.acknowledged[number] = user

    def run(self):
        while not self.stop.is_set():
            try:
                with smtplib.SMTP(self.place.variables["HOST"], int(self.place.variables["SMTP_PORT"]), timeout=20) as smtp:
                    for _ in range(20):
                        if self.stop.is_set():
                            break
                        self.send(smtp, self.number())
            except (smtplib.SMTPException, OSError):
                with self.lock:
                    self.broken += 1
                time.sleep(0.05)


def children_of(pid):
    text = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text()
    return [int(word) for word in text.split()]


def name_of(pid):
    try:
        return pathlib.Path("/proc/%d/comm" % pid).read_text().strip()
    except OSError:
        return "?"


def kill_at_random(master, seconds, wanted=()):
    """Counts whom it killed. Half of the time it is one of the wanted programs, when there is one."""
    killed, end = collections.Counter(), time.monotonic() + seconds
    while time.monotonic() < end:
        victims = children_of(master)
        if wanted and random.random() < 0.5:
            victims = [pid for pid in victims if name_of(pid) in wanted] or victims
        if victims:
            victim = random.choice(victims)
            name = name_of(victim)
            try:
                os.kill(victim, signal.SIGKILL)
                killed[name] += 1
            except ProcessLookupError:
                pass
        time.sleep(random.uniform(0.05, 0.4))
    return killed


def queue_names(place):
    names = os.listdir(os.path.join(place.variables["QUEUE_DIR"], "queue"))
    return [name for name in names if re.fullmatch(r"[0-9B-Zb-z]{18}", name)]


def await_empty_queue(place):
    end = time.monotonic() + DRAIN_SECONDS
    while any(is_whole(place, name) for name in queue_names(place)) and time.monotonic() < end:
        time.sleep(0.5)
    return queue_names(place)


def is_whole(place, name):
    """A file of a process that was killed while it wrote is not: it was never acknowledged, and qmgr sets it aside in time."""
    environment = dict(os.environ, MAIL_CONFIG=place.variables["CONFIG_DIR"])
    result = subprocess.run([town.RELAIS, "cat", "-e", "-q", name], env=environment, capture_output=True, timeout=30)
    return result.returncode == 0


def delivered(place):
    """How often each number is in each mailbox, by the files themselves."""
    found = collections.Counter()
    for path in pathlib.Path(place.variables["MAIL_BASE"]).glob("*/user*/Maildir/*/*"):
        if path.parent.name not in ("cur", "new"):
            continue
        match = re.search(rb"^X-Crash: n(\d+)\.", path.read_bytes()[:4096], re.M)
        if match:
            found[(int(match.group(1)), path.parents[2].name)] += 1
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--users", type=int, default=5)
    parser.add_argument("--senders", type=int, default=4)
    args = parser.parse_args()
    place = town.Town("crash.example", numbered=args.users,
                      settings=("minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=2s"))
    try:
        load = Load(place, args.users)
        master = int(place.variables["MASTER_PID"])
        senders = [threading.Thread(target=load.run) for _ in range(args.senders)]
        for sender in senders:
            sender.start()
        killed = kill_at_random(master, args.seconds)
        load.stop.set()
        for sender in senders:
            sender.join()
        remains = await_empty_queue(place)
        left = [name for name in remains if is_whole(place, name)]
        found = delivered(place)
        lost = [n for n, user in load.acknowledged.items() if not found[(n, user.split("@")[0])]]
        copies = sum(count - 1 for count in found.values() if count > 1)
        print("killed: %s" % dict(killed))
        print("acknowledged %d, broken sessions %d, lost %d, duplicates %d, left in the queue %d, unfinished %d" %
              (len(load.acknowledged), load.broken, len(lost), copies, len(left), len(remains) - len(left)))
        for number in lost[:10]:
            print("lost:", number, load.acknowledged[number])
        if lost or left or not load.acknowledged or not killed:
            print("".join(place.log().splitlines(True)[-80:]))
            return 1
        return 0
    finally:
        place.close()


if __name__ == "__main__":
    sys.exit(main())
