#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cuts the power of a machine with queue and mailboxes under load; whatever was acknowledged must be there afterwards.

    tests/crash/power.py [--rounds N] [--lives N] [--seconds N] [--senders N] [--seed N] [--keep]

An instance lives on a disk (disk.py) whose writes and flushes are recorded while power_load.py's letters come in. Then, for as
many moments of the record as there are rounds, at acknowledgements, at flushes, or anywhere, the disk is made as a cut at that
moment leaves it, and an instance begins on it in what it takes for another start of the machine. When it has nothing more to do:
- a letter that was answered with 250 before the cut, or that sendmail took, is, whole, in each mailbox it was for, once, and at
  the sink;
- one that was not may be there, whole and in a mailbox once;
- it is at the sink twice only when it was delivered within the last second or so before the cut;
- what a user moved, expunged or appended by IMAP and was told so is moved, expunged or there; but what came in the last second
  may come again;
- the queue has no letter left but unfinished ones, none is damaged, and no program fell;
- a UID that a client saw names the same letter or none.
With more than one life, the machine lives on from one of the cuts, under a new load and recorded from the start of its kernel, so
that recovery is cut too. The seed decides on letters and cuts; what comes when is the machine's own. --keep leaves the disks.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import disk  # noqa: E402
import kill  # noqa: E402
import mailboxes  # noqa: E402
import power_load  # noqa: E402
import town  # noqa: E402
from power_load import BUSY, FAR, KEPT, LATER, NEVER, OURS, USERS  # noqa: E402

SKIPPED = 77
DISK_SIZE = 256 * disk.MIB
DRAIN_SECONDS, QUIET_SECONDS = 60, 5  # the latter: with nothing left to be delivered
PROGRAM = pathlib.Path(town.RELAIS).parents[1] / "tests/crash" / disk.PROGRAM
SETTINGS = ("minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=2s", "auth_failure_delay=0s")


def why_not():
    """Why this cannot be done here, or None."""
    if os.geteuid() != 0:
        return "only root mounts a disk"
    if not os.path.exists("/dev/fuse") or not PROGRAM.exists():
        return "there is no FUSE"
    if not shutil.which("mkfs.ext4") or subprocess.run(["losetup", "--find"], capture_output=True, check=False).returncode:
        return "there is no ext4, or no loop device"
    return disk.leave_mounts()


def end_programs(place):
    """At once, as the power does it."""
    pids = [int(place.variables["MASTER_PID"])]
    for pid in pids:
        try:
            pids += kill.children_of(pid)
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


class Aftermath:
    """What is found after a cut."""

    def __init__(self, place, load, sink, cut, cut_time):
        self.place, self.load, self.sink, self.cut, self.cut_time = place, load, sink, cut, cut_time
        self.before = [arrival for arrival in load.arrivals if arrival.moment <= cut]
        self.old_log = len(place.log())
        self.hollow, self.wrong, self.doubled, self.oldest = set(), [], 0, 0.0
        self.taken = [letter for letter in load.letters.values() if letter.taken <= cut]

    # --- until nothing is left to do ---

    def files(self):
        """{(number, user, folder): count}."""
        found = collections.Counter()
        for path in pathlib.Path(self.place.variables["MAIL_BASE"]).glob("*/user*/Maildir/**/*"):
            if path.parent.name in ("cur", "new"):
                folder = path.parents[1].name.replace("Maildir", "INBOX").lstrip(".")
                user = path.relative_to(self.place.variables["MAIL_BASE"]).parts[1]
                found[(power_load.number_of(path.read_bytes()[:8192]), "%s@%s" % (user, OURS), folder)] += 1
        return found

    def find(self):
        """{(number, rcpt): count}, in mailboxes and, before and after, at the sink."""
        found = collections.Counter((arrival.number, rcpt) for arrival in self.before + self.sink.arrivals for rcpt in arrival.rcpts)
        for (number, user, _), count in self.files().items():
            found[(number, user)] += count
        return found

    def queued(self):
        names = [name for name in kill.queue_names(self.place) if name not in self.hollow]
        self.hollow.update(name for name in names if not kill.is_whole(self.place, name) and name in kill.queue_names(self.place))
        return [name for name in names if name not in self.hollow]

    def deed(self, letter, user):
        """What its user may have done to it before the cut."""
        return letter.deed if user == BUSY and letter.deed and letter.deed.began <= self.cut else None

    def missing(self):
        found = self.find()
        return [(letter, rcpt) for letter in self.taken for rcpt in letter.rcpts
                if not found[(letter.number, rcpt)] and not self.deed(letter, rcpt)]

    def settle(self):
        found, moved, end = None, 0, time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end and (self.queued() or self.missing()):
            if self.queued() or self.find() != found:
                found, moved = self.find(), time.monotonic()
            if time.monotonic() > moved + QUIET_SECONDS:
                break
            time.sleep(0.1)
        self.wrong += ["letter %d (%s, %d octets, %d recipients) is lost to %s" % (
            letter.number, letter.queue_id, letter.size, len(letter.rcpts), rcpt) for letter, rcpt in self.missing()]
        self.wrong += ["%s is left in the queue" % name for name in self.queued()]

    # --- judging it ---

    def judge_sink(self):
        times = {(arrival.number, rcpt): arrival.time for arrival in self.before for rcpt in arrival.rcpts}
        for arrival in self.sink.arrivals:
            letter = self.load.letters[arrival.number]
            if not letter.is_whole_in(arrival.octets):
                self.wrong.append("letter %d is damaged at the sink" % arrival.number)
            for rcpt in arrival.rcpts:
                when = times.get((arrival.number, rcpt))
                times[(arrival.number, rcpt)] = -NEVER  # not twice after the cut
                if when is None:
                    continue
                self.doubled += 1
                age = max(0.0, self.cut_time - when)
                self.oldest = max(self.oldest, age)
                if not power_load.is_recent(when, self.cut_time):
                    self.wrong.append("letter %d (%s) for %s came again %.1f s after delivery" % (
                        arrival.number, letter.queue_id, rcpt, age))

    def judge_files(self):
        files = self.files()
        self.wrong += ["%s has %s that is no letter" % key[1:] for key in files if key[0] is None]
        for number, user in {key[:2] for key in files if key[0]} | {(n, BUSY) for n, letter in self.load.letters.items() if letter.deed}:
            letter = self.load.letters[number]
            deed = self.deed(letter, user)
            inbox, kept = files[(number, user, "INBOX")], files[(number, user, KEPT)]
            least, most = {None: ((0, 0), (1, 0)), "move": ((0, 1), (0, 1)), "expunge": ((0, 0), (0, 0)),
                           "append": ((0, 1), (0, 1))}[deed and deed.kind]
            if deed and deed.done > self.cut:  # or nothing happened
                least, most = (0, 0), (0 if deed.kind == "append" else 1, most[1])
            if deed and deed.kind != "append" and power_load.is_recent(deed.time, self.cut_time):
                most = (1, most[1])
            unsure = deed and deed.kind == "move" and deed.done > self.cut and not inbox + kept
            if not least[0] <= inbox <= most[0] or not least[1] <= kept <= most[1] or unsure:
                self.wrong.append("letter %d (%s, %s) of %s is %d times in INBOX, %d in %s" % (
                    number, letter.queue_id, deed.kind if deed else "untouched", user, inbox, kept, KEPT))

    def judge_mailbox(self, client, user, folder):
        client.select(folder, readonly=True)
        validity = int(client.untagged_responses["UIDVALIDITY"][0])
        _, data = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
        found = collections.Counter()
        octets = [piece[1] for piece in data if isinstance(piece, tuple)]
        for (uid, number), text in zip(self.load.numbers(data), octets):
            found[number] += 1
            if number is None or not self.load.letters[number].is_whole_in(text):
                self.wrong.append("letter %s of %s is damaged" % (number, user))
            seen, moment = self.load.seen.get((user, folder, validity, uid), (number, 0))
            if seen != number and moment <= self.cut:
                self.wrong.append("UID %d in %s of %s was letter %d and is %s" % (uid, folder, user, seen, number))
        known = {key[2] for key, (_, moment) in self.load.seen.items() if key[:2] == (user, folder) and moment <= self.cut}
        if known - {validity}:
            self.wrong.append("%s of %s has another UIDVALIDITY" % (folder, user))
        files = {number: count for (number, *place), count in self.files().items() if place == [user, folder]}
        if files != dict(found):
            self.wrong.append("%s of %s has files %s and shows %s" % (folder, user, files, dict(found)))

    def judge(self):
        self.settle()
        self.judge_sink()
        for user in USERS:
            with self.place.imap(user) as client:
                for folder in ("INBOX", KEPT) if user == BUSY and (KEPT in {key[2] for key in self.files()}) else ("INBOX",):
                    self.judge_mailbox(client, user, folder)
        self.judge_files()  # now that each mailbox was opened and what was torn is gone
        self.wrong += mailboxes.end_of_programs(self.place)
        self.wrong += re.findall(r".*damage.*", self.place.log()[self.old_log:])
        self.wrong += [str(path) for path in pathlib.Path(self.place.variables["QUEUE_DIR"], "queue/damaged").glob("*")]


class Experiment:
    def __init__(self, args, top):
        self.args, self.top, self.mounted = args, top, top / "m"
        self.mounted.mkdir()
        self.boot = disk.BootId(top / "boot")
        self.chance = random.Random(args.seed)
        self.totals, self.oldest = collections.Counter(), 0.0
        self.place = self.load = self.sink = self.disk = None

    def settle_down(self):
        """The town is founded."""
        hosts = {OURS: town.own_host(1), FAR: town.own_host(2), LATER: town.own_host(2)}
        os.chmod(self.mounted, 0o755)
        self.place = town.Town(OURS, numbered=len(USERS), host=hosts[OURS], zone=town.zone_of(hosts), settings=SETTINGS,
                               parent=str(self.mounted))
        self.sink = power_load.Sink((hosts[FAR], self.place.port("SMTP")), lambda: self.disk.position())
        self.load = power_load.Load(self.place, self.chance)
        disk.run("sync", "--file-system", self.mounted)

    def start_programs(self):
        self.place.relais("sandbox", "start", self.place.directory, config=False)
        self.place.read_variables()

    def record(self, image):
        """The load on the recorded disk. Returns the moments between which it can be cut."""
        self.disk = disk.Disk(PROGRAM, self.top, image, self.mounted)
        begin = 0
        try:
            if self.place:
                self.boot.change()
                self.sink.arrivals, self.sink.puts_off = list(self.load.arrivals), True
                self.start_programs()
            else:
                self.settle_down()
                begin = self.disk.position()
            self.load.run(self.disk, self.args.seconds, self.args.senders)
            end = self.disk.position()
            self.load.arrivals, self.sink.puts_off = self.sink.arrivals, False
            return begin, end
        finally:
            if self.place:
                end_programs(self.place)
            self.disk.close()

    def choose(self, history, begin, end):
        """Moments to cut at: half of them when a 250 or OK had just been read, or a flush later, else any."""
        records = [record for record in history.records if begin < record.end <= end]
        flushes = [record.end for record in records if record.kind == disk.FLUSH]
        answers = [letter.taken for letter in self.load.letters.values()]
        answers += [letter.deed.done for letter in self.load.letters.values() if letter.deed]
        acknowledged = sorted(moment for moment in answers if begin < moment < NEVER)
        cuts = set()
        while len(cuts) < min(max(1, self.args.rounds // self.args.lives), len(records)):
            moment = self.chance.choice(acknowledged)
            kind = self.chance.choice(("acknowledged", "acknowledged", "flush", "any"))
            if kind == "flush":
                moment = min((flush for flush in flushes if flush > moment), default=end)
            elif kind == "any":
                moment = self.chance.choice(records).end
            cuts.add(moment)
        return sorted(cuts)

    def examine(self, image, cut, cut_time, fate):
        self.boot.change()
        self.sink.arrivals = []
        if disk.mount_after_cut(image, self.mounted):
            self.totals["repaired"] += 1
        try:
            self.start_programs()
            found = Aftermath(self.place, self.load, self.sink, cut, cut_time)
            found.judge()
            log = self.place.log()[found.old_log:]
        finally:
            end_programs(self.place)
            disk.unmount(self.mounted)
        self.totals.update(cuts=1, acknowledged=len(found.taken), doubled=found.doubled, unfinished=len(found.hollow),
                           lost=sum("is lost" in line for line in found.wrong), wrong=len(found.wrong))
        self.oldest = max(self.oldest, found.oldest)
        if found.wrong:
            print("cut at %d (%s), acknowledged %d:" % (cut, fate, len(found.taken)))
            print("\n".join("wrong: " + line for line in found.wrong[:20]))
            names = "|".join(re.findall(r"\b\w{18}\b", "".join(found.wrong[:20]))) or "$^"
            print("\n".join(re.findall(r".*(?:%s).*" % names, log)), flush=True)

    def live(self, image):
        """One life of the machine, from the image, and its ends. Returns the image of one of these."""
        begin, end = self.record(image)
        history = disk.History(self.disk.log, self.disk.base)
        cuts = self.choose(history, begin, end)
        goes_on, following = self.chance.choice(cuts), None
        for cut in cuts:
            trial = self.top / ("cut%d.%d" % (self.totals["cuts"], cut) if self.args.keep else "cut")
            fate = history.cut(cut, self.chance, trial)
            if cut == goes_on:
                following = disk.copy(trial, self.top / "following")
            self.examine(trial, cut, history.time_of(cut), fate)
        self.load.go_on_after(goes_on, history.time_of(goes_on))
        flushes = sum(record.kind == disk.FLUSH for record in history.records)
        self.totals.update(letters=len(self.load.letters), writes=len(history.records) - flushes, flushes=flushes)
        history.close()
        return following.rename(self.top / "image")

    def run(self):
        image = disk.make_image(self.top / "image", DISK_SIZE)
        for _ in range(self.args.lives):
            image = self.live(image)
        print("seed %d: %s" % (self.args.seed, ", ".join("%s %d" % (name, self.totals[name]) for name in (
            "writes", "flushes", "cuts", "acknowledged", "lost", "doubled", "unfinished", "repaired", "wrong"))))
        print("doubled ones were delivered at most %.1f s before" % self.oldest)
        return self.totals["acknowledged"] > 0 and self.totals["wrong"] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=6, help="cuts, of all lives together")
    parser.add_argument("--lives", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4, help="of load in each life")
    parser.add_argument("--senders", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # nothing stays behind
    top = pathlib.Path(tempfile.mkdtemp(prefix="relais.", dir="/tmp"))
    top.chmod(0o755)
    try:
        return 0 if Experiment(args, top).run() else 1
    finally:
        if args.keep:
            print("disks:", top)
        else:
            shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
