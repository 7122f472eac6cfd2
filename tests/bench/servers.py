# SPDX-License-Identifier: BSD-2-Clause
"""The servers that are compared, each made from nothing below a directory of its own and ended by pid: Relais as
`relais sandbox` makes it, Debian's Postfix and Debian's Dovecot with their defaults, as far as a test can have them.

Each has: name, address, port(kind) for smtp, lmtp, pop3, imap; start(), stop(), pids(), delivered() (messages that
reached their mailbox or the next server so far), is_empty() (nothing is left to be done).
"""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import peer  # noqa: E402

DOMAIN = "load.example"


class LogCounter:
    """Counts the lines of a growing log that a pattern fits, reading each line once."""

    def __init__(self, path, pattern):
        self.path, self.pattern, self.offset, self.count, self.rest = path, re.compile(pattern), 0, 0, b""

    def read(self):
        try:
            with open(self.path, "rb") as log:
                log.seek(self.offset)
                text = log.read()
        except FileNotFoundError:
            return 0
        self.offset += len(text)
        lines = (self.rest + text).split(b"\n")
        self.rest = lines.pop()
        self.count += sum(1 for line in lines if self.pattern.search(line))
        return self.count


class Relais(peer.Instance):
    name = "relais"

    def __init__(self, directory, address, build, settings=(), users=100):
        super().__init__(directory, address)
        self.tool = str(pathlib.Path(build, "tools/relais"))
        self.settings, self.users, self.variables, self.counter = list(settings), users, {}, None

    def run(self, *arguments):
        return subprocess.run([self.tool, *arguments], check=True, stdout=subprocess.PIPE, timeout=120, text=True).stdout

    def start(self):
        arguments = ["sandbox", "start", str(self.directory), "--domain", DOMAIN, "--host", self.address,
                     "--base-port", "25000", "--users", str(self.users)]
        for setting in ["smtpd_client_connection_count_limit=0", "login_client_connection_count_limit=0",
                        "login_allow_plaintext=yes", "mynetworks=127.0.0.0/8", *self.settings]:
            arguments += ["-o", setting]
        self.run(*arguments)
        lines = self.run("sandbox", "env", str(self.directory)).splitlines()
        self.variables = {key: value.strip("'") for key, value in (line.split("=", 1) for line in lines)}
        self.counter = LogCounter(self.variables["LOG"], rb"status=sent")

    def master(self):
        return int(self.variables["MASTER_PID"])

    def delivered(self):
        return self.counter.read()

    def port(self, kind):
        return int(self.variables[kind.upper() + "_PORT"])

    def is_empty(self):
        return not any(re.fullmatch("[0-9A-Za-z]{18}", name) for name in os.listdir(self.directory / "queue/queue"))

    def stop(self):
        self.run("sandbox", "stop", str(self.directory))

    def wipe(self):
        self.run("sandbox", "wipe", str(self.directory))


class Postfix(peer.Postfix):
    name = "postfix"

    def __init__(self, directory, address, settings=(), users=100):
        mailboxes = "".join("user{0}@{1} user{0}/\n".format(number, DOMAIN) for number in range(1, users + 1))
        super().__init__(directory, address, [DOMAIN], dict(setting.split("=", 1) for setting in settings),
                         mailboxes=mailboxes)
        self.counter = LogCounter(self.directory / "log", rb"status=sent")

    def port(self, kind):
        return self.smtp_port

    def delivered(self):
        return self.counter.read()

    def is_empty(self):
        return not self.queued("incoming", "active", "deferred", "maildrop")


class Dovecot(peer.Dovecot):
    name = "dovecot"

    def __init__(self, directory, address):
        super().__init__(directory, address, kinds=("imap", "pop3", "lmtp"))
        self.counter = LogCounter(self.directory / "log", rb"saved mail to")

    def port(self, kind):
        return self.ports[kind]

    def delivered(self):
        return self.counter.read()

    def is_empty(self):
        return True
