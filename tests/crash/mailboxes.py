#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Kills programs of an instance while clients work in their mailboxes; what was answered must have happened, once.

    tests/crash/mailboxes.py [--seconds N] [--users N] [--master] [--seed N]

Each user has one client and a model of the mailboxes. The client appends, flags, copies, moves, expunges, creates, renames and
deletes by IMAP, deletes by POP3, and submits letters to itself by SMTP. Any process but master (with --master: that too) is
killed (SIGKILL) a few times a second. A command that was answered with OK has happened, one answered with NO has not, one
without an answer has happened wholly or not at all, but that a message may be there once more: it had its name and no record
(relais-store(5)). After each broken connection the client reads all mailboxes and compares.
UIDs never name two messages, UIDVALIDITY stays, and UIDNEXT is above all UIDs. Submitted letters arrive in INBOX.
"""
import argparse
import copy
import imaplib
import os
import pathlib
import poplib
import random
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import kill  # noqa: E402
import town  # noqa: E402

PATIENCE_SECONDS = 60
VICTIMS = ("imapd", "pop3d", "local")  # half of the time one of these
FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "work", "$Forwarded")
BROKEN = (imaplib.IMAP4.abort, poplib.error_proto, smtplib.SMTPException, OSError, EOFError)


class Wrong(Exception):
    """The mailboxes are not as they must be."""


def end_of_programs(place):
    """How programs ended that were not killed by us, from the log: assertions, sanitizers, forbidden calls."""
    ends = re.findall(r"process (\w+) pid \d+ (killed by signal (?!9\b)\d+|exit status [1-9]\d*)", place.log())
    return ["%s: %s" % end for end in ends]


class Mailbox:
    """uids: {uid: (token, flags)}; fresh: what came in without our knowing its UID: [(token, flags)]."""

    def __init__(self, validity=None):
        self.validity, self.uids, self.fresh, self.next = validity, {}, [], 1

    def take(self, uid, token, flags):
        self.uids[uid] = (token, frozenset(flags))
        self.next = max(self.next, uid + 1)


class Client:
    def __init__(self, place, user, seed):
        self.place, self.user, self.chance = place, user, random.Random(seed)
        self.boxes, self.history, self.on_way, self.arrived = {}, {}, set(), set()
        self.doubtful, self.strays = set(), set()
        self.faults = False  # calls fail on purpose: any command may be answered with NO
        self.connection, self.selected = None, None
        self.count, self.done, self.breaks, self.copies, self.error = 0, 0, 0, 0, None

    # --- what is there ---

    def connect(self):
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.connection, self.selected = self.place.imap(self.user), None
                return
            except (imaplib.IMAP4.error, OSError, EOFError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def drop(self):
        if self.connection:
            try:
                self.connection.shutdown()
            except (OSError, imaplib.IMAP4.error):
                pass
        self.connection, self.selected = None, None

    def read_all(self):
        """The mailboxes as the server shows them; asked again as long as it is killed under us."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if not self.connection:
                    self.connect()
                return self.read_once()
            except BROKEN:
                self.drop()
                if time.monotonic() > end:
                    raise

    def read_once(self):
        found = {}
        _, lines = self.connection.list()
        for line in lines:
            name = re.search(rb'"?([^" ]+)"?$', line).group(1).decode()
            if b"\\Noselect" not in line and b"\\NonExistent" not in line:
                found[name] = self.read_mailbox(name)
        return found

    def read_mailbox(self, name):
        self.must(self.connection.select(name, readonly=True), "EXAMINE " + name)
        self.selected = None
        answers = self.connection.untagged_responses
        box = Mailbox(int(answers["UIDVALIDITY"][0]))
        box.next = int(answers["UIDNEXT"][0])
        status, data = self.connection.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Crash)])")
        self.must((status, data), "FETCH in " + name)
        for piece in data:
            if isinstance(piece, tuple):
                uid = int(re.search(rb"UID (\d+)", piece[0]).group(1))
                flags = {flag.decode() for flag in imaplib.ParseFlags(piece[0])} - {"\\Recent"}
                token = re.search(rb"X-Crash: (\S+)", piece[1]).group(1).decode()
                box.uids[uid] = (token, frozenset(flags))
        return box

    def must(self, answer, what):
        if answer[0] != "OK" and self.faults:
            raise imaplib.IMAP4.abort(what)
        if answer[0] != "OK":
            raise Wrong("%s: %s %s: %s" % (self.user, what, answer[0], answer[1]))

    # --- the comparison ---

    def settle(self, *possible):
        """The mailboxes must be as one of these models has them; that becomes the model."""
        found = self.read_all()
        complaints = []
        for model in possible:
            complaint, came_in = self.compare(model, found)
            if not complaint:
                break
            complaints.append(complaint)
        else:
            raise Wrong("%s: %s" % (self.user, "; or ".join(complaints)))
        for name, box in found.items():
            for uid, (token, _) in box.uids.items():
                if self.history.setdefault((box.validity, uid), token) != token:
                    raise Wrong("%s: UID %d of %s is now %s" % (self.user, uid, name, token))
        self.copies += len(came_in) - len(set(came_in) - self.arrived)
        self.arrived |= set(came_in)
        self.on_way -= self.arrived
        self.boxes = found

    def compare(self, model, found):
        """What is wrong, or None; and the tokens of the submitted letters that came in."""
        came_in = []
        if set(model) != set(found):
            return "mailboxes %s, not %s" % (sorted(found), sorted(model)), came_in
        for name, box in found.items():
            expected = model[name]
            if expected.validity is not None and box.validity != expected.validity:
                return "UIDVALIDITY of %s went from %d to %d" % (name, expected.validity, box.validity), came_in
            if box.next < expected.next or any(uid >= box.next for uid in box.uids):
                return "UIDNEXT of %s is %d, was %d" % (name, box.next, expected.next), came_in
            complaint = self.compare_messages(name, expected, box, came_in)
            if complaint:
                return complaint, came_in
        return None, came_in

    def compare_messages(self, name, expected, box, came_in):
        fresh = list(expected.fresh)
        for uid in set(box.uids) - set(expected.uids):
            token, flags = box.uids[uid]
            if (token, flags) in fresh and uid >= expected.next:
                fresh.remove((token, flags))
            elif name == "INBOX" and not flags and token in self.on_way | self.doubtful | self.arrived:
                came_in.append(token)  # perhaps once more, when its delivery was not noted
            elif token not in self.strays:
                return "%s has UID %d %s" % (name, uid, box.uids[uid])
        for uid, message in expected.uids.items():
            if box.uids.get(uid) != message:
                return "%s has UID %d %s, not %s" % (name, uid, box.uids.get(uid), message)
        return "%s has no %s" % (name, fresh) if fresh else None

    # --- commands ---

    def attempt(self, command, after, undone=False):
        """Runs a command; `after` is the model when it was done. Returns what it was answered, None without an answer. What
        failed at the disk may still be there, but for commands that must be undone then."""
        try:
            if not self.connection:
                self.connect()
            answer = command()
        except BROKEN:
            self.breaks += 1
            self.drop()
            self.strays |= {token for box in after.values() for token, _ in box.fresh}
            self.settle(self.boxes, after)
            return None
        if answer[0] != "OK":
            self.settle(*[self.boxes, after][:2 if self.faults and not undone else 1])
            return None
        self.done += 1
        self.boxes = after
        return answer[1][0] or b""

    def select(self, name):
        if self.selected != name or not self.connection:
            if not self.connection:
                self.connect()
            answer = self.connection.select(name)
            self.selected = name if answer[0] == "OK" else None
            return answer
        return ("OK", [b""])

    def in_mailbox(self, name, *command):
        """The command on UIDs in a mailbox, which is selected first."""
        def run():
            answer = self.select(name)
            self.must(answer, "SELECT " + name)
            self.connection.untagged_responses.pop("COPYUID", None)
            return self.connection._simple_command("UID", *command)  # uid() hides what the answer says
        return run

    def some(self, name):
        uids = sorted(self.boxes[name].uids)
        return self.chance.sample(uids, min(len(uids), self.chance.randint(1, 4)))

    def pick(self):
        names = [name for name, box in self.boxes.items() if box.uids]
        return self.chance.choice(names) if names else None

    def token(self):
        self.count += 1
        return "%s.%d" % (self.user.split("@")[0], self.count)

    def letter(self, token):
        lines = "".join("line %d\r\n" % n for n in range(self.chance.choice((3, 50, 3000))))
        return ("From: <%s>\r\nSubject: crash\r\nX-Crash: %s\r\n\r\n%s" % (self.user, token, lines)).encode()

    def do_append(self, name=None):
        name, token = name or self.chance.choice(sorted(self.boxes)), self.token()
        flags = self.chance.sample(FLAGS[:5], self.chance.randint(0, 2))
        after = copy.deepcopy(self.boxes)
        after[name].fresh.append((token, frozenset(flags)))
        answer = self.attempt(lambda: self.connection.append(name, "(%s)" % " ".join(flags), None, self.letter(token)), after, True)
        if answer:
            validity, uid = map(int, re.search(rb"APPENDUID (\d+) (\d+)", answer).groups())
            if validity != self.boxes[name].validity or uid < self.boxes[name].next:
                raise Wrong("%s: APPENDUID %d %d in %s" % (self.user, validity, uid, name))
            self.boxes[name].fresh.clear()
            self.boxes[name].take(uid, token, flags)

    def do_store(self):
        name = self.pick()
        if not name:
            return
        uids, flag, add = self.some(name), self.chance.choice(FLAGS), self.chance.random() < 0.7
        after = copy.deepcopy(self.boxes)
        for uid in uids:
            token, flags = after[name].uids[uid]
            after[name].uids[uid] = (token, flags | {flag} if add else flags - {flag})
        command = ("STORE", ",".join(map(str, uids)), "+FLAGS" if add else "-FLAGS", "(%s)" % flag)
        self.attempt(self.in_mailbox(name, *command), after)

    def mark_deleted(self, name, uid):
        after = copy.deepcopy(self.boxes)
        token, flags = after[name].uids[uid]
        after[name].uids[uid] = (token, flags | {"\\Deleted"})
        self.attempt(self.in_mailbox(name, "STORE", str(uid), "+FLAGS", "(\\Deleted)"), after)

    def transfer(self, verb):
        name = self.pick()
        if not name:
            return
        target = self.chance.choice([other for other in self.boxes if other != name])
        uids, after = sorted(self.some(name)), copy.deepcopy(self.boxes)
        for uid in uids:
            after[target].fresh.append(after[name].uids[uid])
            if verb == "MOVE":
                del after[name].uids[uid]
        before = self.boxes[name]
        answer = self.attempt(self.in_mailbox(name, verb, ",".join(map(str, uids)), target), after, verb == "COPY")
        if answer is None:
            return
        if verb == "MOVE":
            answer = (self.connection.response("COPYUID")[1] or [b""])[-1] or answer
            answer = answer if answer.startswith(b"[") else b"[COPYUID " + answer
        found = re.search(rb"COPYUID (\d+) ([\d,:]+) ([\d,:]+)", answer)
        source, copies = spread(found.group(2)), spread(found.group(3))
        if int(found.group(1)) != self.boxes[target].validity or sorted(source) != uids or len(copies) != len(uids):
            raise Wrong("%s: %s of %s answered %s" % (self.user, verb, uids, answer))
        self.boxes[target].fresh.clear()
        for old, new in zip(source, copies):
            self.boxes[target].take(new, *before.uids[old])

    def do_copy(self):
        self.transfer("COPY")

    def do_move(self):
        self.transfer("MOVE")

    def do_expunge(self):
        name = self.pick()
        if not name:
            return
        after = copy.deepcopy(self.boxes)
        after[name].uids = {uid: message for uid, message in after[name].uids.items() if "\\Deleted" not in message[1]}
        self.attempt(self.in_mailbox(name, "EXPUNGE", "1:*"), after)

    def do_create(self):
        self.count += 1
        name, after = "box%d" % self.count, copy.deepcopy(self.boxes)
        after[name] = Mailbox()
        if len(self.boxes) < 8 and self.attempt(lambda: self.connection.create(name), after) is not None:
            self.settle(self.boxes)

    def made(self):
        return [name for name in self.boxes if name.startswith("box") and name != self.selected]

    def do_rename(self):
        self.count += 1
        if self.made():
            name, new, after = self.chance.choice(self.made()), "box%d" % self.count, copy.deepcopy(self.boxes)
            after[new] = after.pop(name)
            self.attempt(lambda: self.connection.rename(name, new), after)

    def do_delete(self):
        if len(self.made()) > 2:
            name, after = self.chance.choice(self.made()), copy.deepcopy(self.boxes)
            del after[name]
            self.attempt(lambda: self.connection.delete(name), after)

    def do_check(self):
        self.settle(self.boxes)

    def do_submit(self):
        token = self.token()
        self.doubtful.add(token)
        try:
            with smtplib.SMTP(self.place.host, self.place.port("SMTP"), timeout=20) as smtp:
                smtp.sendmail("crash@elsewhere.example", [self.user], self.letter(token))
        except BROKEN:
            self.breaks += 1
            return
        self.doubtful.discard(token)
        if token not in self.arrived:
            self.on_way.add(token)

    def do_pop(self, pop=None):
        """Deletes what POP3 calls the first messages; they are those of INBOX with the lowest UIDs."""
        self.drop()
        after = copy.deepcopy(self.boxes)
        try:
            pop = pop or self.place.pop(self.user)
        except BROKEN:
            self.breaks += 1
            return
        try:
            for number in range(1, min(pop.stat()[0], self.chance.randint(1, 3)) + 1):
                token = re.search(rb"X-Crash: (\S+)", b"\n".join(pop.top(number, 0)[1])).group(1).decode()
                uid = min((uid for uid, message in after["INBOX"].uids.items() if message[0] == token), default=None)
                if uid is not None and uid == min(after["INBOX"].uids):
                    pop.dele(number)
                    del after["INBOX"].uids[uid]
            pop.quit()
            self.boxes, self.done = after, self.done + 1
        except BROKEN:
            self.breaks += 1
            pop.close()
            self.settle(self.boxes, after)

    # --- the course ---

    def run(self, stop):
        deeds = {"append": 8, "store": 8, "copy": 4, "move": 5, "expunge": 3, "create": 1, "rename": 1, "delete": 1,
                 "check": 2, "submit": 3, "pop": 2}
        try:
            self.boxes = self.read_all()
            while not stop.is_set():
                deed, = self.chance.choices(list(deeds), list(deeds.values()))
                try:
                    getattr(self, "do_" + deed)()
                except BROKEN:
                    self.breaks += 1
                    self.drop()
                    self.settle(self.boxes)
        except Exception as error:  # the main thread tells it
            self.error = error

    def finish(self):
        end = time.monotonic() + PATIENCE_SECONDS
        self.settle(self.boxes)
        while self.on_way and time.monotonic() < end:
            time.sleep(0.2)
            self.settle(self.boxes)
        if self.on_way:
            raise Wrong("%s: never arrived: %s" % (self.user, sorted(self.on_way)))


def spread(ranges):
    """[1, 2, 3, 7] of b"1:3,7"."""
    numbers = []
    for piece in ranges.decode().split(","):
        first, _, last = piece.partition(":")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def kill_with_master(place, seconds):
    """As kill.kill_at_random, and every second or so master itself, which is then started again."""
    killed, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        master = int(place.variables["MASTER_PID"])
        for name, count in kill.kill_at_random(master, random.uniform(0.5, 2), VICTIMS).items():
            killed[name] = killed.get(name, 0) + count
        os.kill(master, signal.SIGKILL)
        killed["master"] = killed.get("master", 0) + 1
        place.relais("sandbox", "start", place.directory, config=False)
        place.read_variables()
    return killed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--users", type=int, default=3)
    parser.add_argument("--master", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    place = town.Town("crash.example", numbered=args.users,
                      settings=("minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=2s"))
    try:
        clients = [Client(place, user, args.seed + n) for n, user in enumerate(place.passwords)]
        stop = threading.Event()
        threads = [threading.Thread(target=client.run, args=(stop,)) for client in clients]
        for thread in threads:
            thread.start()
        killer = kill_with_master if args.master else lambda place, seconds: kill.kill_at_random(
            int(place.variables["MASTER_PID"]), seconds, VICTIMS)
        killed = killer(place, args.seconds)
        stop.set()
        for thread in threads:
            thread.join()
        wrong = [client.error for client in clients if client.error] + [Wrong(end) for end in end_of_programs(place)]
        for client in clients:
            try:
                if not client.error:
                    client.finish()
            except Exception as error:
                wrong.append(error)
        print("seed %d, killed: %s" % (args.seed, dict(killed)))
        print("done %d, broken %d, wrong %d, letters %d, delivered again %d" % (
            sum(client.done for client in clients), sum(client.breaks for client in clients), len(wrong),
            sum(len(client.arrived) for client in clients), sum(client.copies for client in clients)))
        for error in wrong:
            print("wrong:", error if isinstance(error, Wrong) else "".join(traceback.format_exception(error)))
        return 1 if wrong or not killed or not any(client.done for client in clients) else 0
    finally:
        place.close()


if __name__ == "__main__":
    sys.exit(main())
