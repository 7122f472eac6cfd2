# SPDX-License-Identifier: BSD-2-Clause
"""What goes on while the disk of power.py is recorded, each deed with the moment (Disk.position) when it was known.

Senders submit numbered letters: to mailboxes, to a sink in another town, and to a domain that puts them off until it is told
otherwise; some to several of these at once. One leaves letters by sendmail(1), which finds nobody there and drops them. One user
moves, expunges and appends by IMAP, and a watcher reads the mailboxes.
"""
import imaplib
import math
import pathlib
import random
import re
import smtplib
import socketserver
import subprocess
import threading
import time

import town

OURS, FAR, LATER = "power.example", "far.example", "later.example"
USERS = ["user%d@%s" % (number, OURS) for number in (1, 2, 3)]
BUSY, KEPT = USERS[-1], "Kept"
SIZES = (300, 300, 300, 3000, 3000, 30000, 200000)
HUGE = 1200000
LAST_SECOND = 3.0  # with what the group's own syncs take on a busy machine
NEVER = math.inf


def body_of(number, size):
    """Ends in a line that no other letter has."""
    line = "letter %d has lines like this one, which says nothing else\r\n" % number
    return line * (size // len(line)) + "letter %d ends here\r\n" % number


def number_of(octets):
    found = re.search(rb"^X-Crash: n(\d+)\.\r?$", octets[:8192], re.M)
    return int(found.group(1)) if found else None


def is_recent(when, cut_time):
    """Of what was done so shortly before a cut the queue may know nothing."""
    return cut_time - when <= LAST_SECOND


def time_after(when, cut_time):
    """For the machine that lives on: what was recent at this cut may come again at the next too."""
    return NEVER if is_recent(when, cut_time) else when


class Letter:
    """taken: a moment. deed: what its user did to it, or None."""

    def __init__(self, number, rcpts, size):
        self.number, self.rcpts, self.size = number, rcpts, size
        self.queue_id, self.taken, self.deed = None, NEVER, None

    def octets(self):
        text = "Subject: power\r\nX-Crash: n%d.\r\n\r\n%s" % (self.number, body_of(self.number, self.size))
        return text.encode()

    def is_whole_in(self, octets):
        return octets.endswith(b"\r\n\r\n" + body_of(self.number, self.size).encode())


class Deed:
    """To a letter in a mailbox: from began on it may have happened, at done it had."""

    def __init__(self, kind, began):
        self.kind, self.began, self.done, self.time = kind, began, NEVER, time.monotonic()


class Arrival:
    """At the sink."""

    def __init__(self, octets, rcpts, moment):
        self.number, self.octets, self.rcpts, self.moment = number_of(octets), octets, rcpts, moment
        self.time = time.monotonic()


class Sink(socketserver.ThreadingTCPServer):
    """The other town. moment: asked before a letter is answered with 250."""
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, address, moment):
        super().__init__(address, Conversation)
        self.moment, self.arrivals, self.puts_off = moment, [], True
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Conversation(socketserver.StreamRequestHandler):
    def answer(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        try:
            self.converse()
        except OSError:
            pass  # our client was killed

    def converse(self):
        rcpts = []
        self.answer("220 sink")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                rcpts.append(re.search(rb"<(.*?)>", line).group(1).decode())
                if self.server.puts_off and rcpts[-1].endswith(LATER):
                    rcpts.pop()
                    self.answer("451 4.2.1 later")
                    continue
            if verb == b"DATA":
                self.take(rcpts)
                rcpts = []
                continue
            self.answer("221 bye" if verb == b"QUIT" else "250 yes")
            if verb == b"QUIT":
                return

    def take(self, rcpts):
        self.answer("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.arrivals.append(Arrival(b"".join(lines), rcpts, self.server.moment()))
        self.answer("250 taken")


class Load:
    """letters: {number: Letter}. seen: {(user, folder, validity, uid): (number, moment)}."""

    def __init__(self, place, chance):
        self.place, self.chance = place, chance
        self.lock, self.letters, self.seen, self.arrivals = threading.Lock(), {}, {}, []

    # --- submitting ---

    def compose(self, chance):
        with self.lock:
            number = len(self.letters) + 1
            rcpts = []
            while not rcpts:
                rcpts = [user for user in self.users if chance.random() < 0.3]
                rcpts += ["n%d@%s" % (number, domain) for domain in self.domains if chance.random() < 0.25]
            size = HUGE if chance.random() < 0.02 else chance.choice(SIZES)
            letter = self.letters[number] = Letter(number, rcpts, size)
        return letter

    def send(self, client, letter):
        client.mail(USERS[0])
        for rcpt in letter.rcpts:
            code, reply = client.rcpt(rcpt)
            assert code == 250, reply
        code, reply = client.data(letter.octets())
        if code == 250:
            letter.taken = self.disk.position()
            letter.queue_id = re.search(rb"queued as (\w+)", reply).group(1).decode()

    def send_all(self, chance):
        while not self.stop.is_set():
            with self.place.submission(USERS[0]) as client:
                for _ in range(chance.randrange(1, 8)):
                    self.send(client, self.compose(chance))
            self.stop.wait(chance.choice((0, 0.05, 0.3)))

    def drop_all(self, chance):
        """By sendmail, whose socket is not there."""
        socket = pathlib.Path(self.place.directory, "queue/public/sendmail")
        socket.rename(socket.with_name("hidden"))
        command = [pathlib.Path(town.RELAIS).parent / "sendmail", "-f", USERS[0]]
        while not self.stop.is_set():
            letter = self.compose(chance)
            done = subprocess.run(command + letter.rcpts, input=letter.octets().replace(b"\r\n", b"\n"), check=False, timeout=60,
                                  stderr=subprocess.DEVNULL, env={"MAIL_CONFIG": self.place.variables["CONFIG_DIR"]})
            if done.returncode == 0:
                letter.taken = self.disk.position()
            self.stop.wait(0.3)

    # --- a user at work ---

    def take_in_hand(self, connection, kind):
        """UIDs of some letters that nothing was done to yet, now with this deed."""
        _, data = connection.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (X-Crash)])")
        letters = {}
        for uid, number in self.numbers(data):
            letter = self.letters[number]
            if letter.deed is None and len(letters) < 3:
                letter.deed = Deed(kind, self.disk.position())
                letters[uid] = letter
        return letters

    def append(self, connection, chance):
        with self.lock:
            number = len(self.letters) + 1
            letter = self.letters[number] = Letter(number, [], chance.choice(SIZES))
        letter.deed = Deed("append", self.disk.position())
        status, _ = connection.append(KEPT, None, None, letter.octets())
        if status == "OK":
            letter.deed.done = self.disk.position()

    def work(self, chance):
        imaplib.Commands.setdefault("MOVE", ("SELECTED",))
        connection = self.place.imap(BUSY)
        connection.create(KEPT)
        while not self.stop.is_set():
            self.stop.wait(chance.uniform(0, 0.2))
            kind = chance.choice(("move", "expunge", "append"))
            if kind == "append":
                self.append(connection, chance)
                continue
            connection.select("INBOX")
            letters = self.take_in_hand(connection, kind)
            if not letters:
                continue
            uids = ",".join(map(str, letters))
            if kind == "expunge":
                connection.uid("STORE", uids, "+FLAGS", "(\\Deleted)")
                status, _ = connection.expunge()
            else:
                status, _ = connection.uid("MOVE", uids, KEPT)
            for letter in letters.values() if status == "OK" else ():
                letter.deed.done = self.disk.position()

    # --- watching ---

    @staticmethod
    def numbers(data):
        """(UID, number) of each letter fetched."""
        for piece in data:
            if isinstance(piece, tuple):
                yield int(re.search(rb"UID (\d+)", piece[0]).group(1)), number_of(piece[1])

    def look_into(self, connection, user, folder):
        connection.select(folder, readonly=True)
        validity = int(connection.untagged_responses["UIDVALIDITY"][0])
        _, data = connection.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (X-Crash)])")
        moment = self.disk.position()
        for uid, number in self.numbers(data):
            self.seen.setdefault((user, folder, validity, uid), (number, moment))

    def watch(self, _):
        connections = {user: self.place.imap(user) for user in USERS}
        connections[BUSY].create(KEPT)
        while not self.stop.is_set():
            for user, connection in connections.items():
                self.look_into(connection, user, "INBOX")
            self.look_into(connections[BUSY], BUSY, KEPT)
            self.stop.wait(0.05)

    # --- a life, and after it ---

    def guarded(self, work, chance):
        try:
            work(chance)
        except (OSError, AssertionError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
            self.errors.append(error)

    def run(self, disk, seconds, senders):
        self.disk, self.stop, self.errors = disk, threading.Event(), []
        # What one kind brings to the disk hides what others leave off it.
        self.users, self.domains = self.chance.choice(((USERS, (FAR, LATER)), (USERS, (FAR, LATER)), (USERS, ()), ([], (FAR, LATER))))
        works = [self.send_all] * senders + [self.watch, self.drop_all, self.work]
        chances = [random.Random(self.chance.random()) for _ in works]
        threads = [threading.Thread(target=self.guarded, args=pair) for pair in zip(works, chances)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.stop.set()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def go_on_after(self, cut, cut_time):
        """The machine lives on from this cut: what came later has not happened."""
        for letter in self.letters.values():
            letter.taken = 0 if letter.taken <= cut else NEVER
            if letter.deed and letter.deed.began > cut:
                letter.deed = None
            elif letter.deed:
                letter.deed.began, letter.deed.done = 0, 0 if letter.deed.done <= cut else NEVER
                letter.deed.time = time_after(letter.deed.time, cut_time)
        self.arrivals = [arrival for arrival in self.arrivals if arrival.moment <= cut]
        for arrival in self.arrivals:
            arrival.moment, arrival.time = 0, time_after(arrival.time, cut_time)
        self.seen = {key: (number, 0) for key, (number, moment) in self.seen.items() if moment <= cut}
