#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs protocol transcripts against a living private instance.

    tests/proto/run.py --build build/dev [FILE.t ...]

A transcript is a file tests/proto/<protocol>/<behaviour>.t:

    # RFC 5321 4.1.4: MAIL needs a hello first        a comment
    @ port=submissions                                a directive, before the first exchange
    1< 220 ~                                          connection 1 is opened by its first line; a line from the server
    1> MAIL FROM:<a@example.org>                      a line to the server, CRLF is added
    1< 503 5.5.1 ~                                    "~" at the end: anything may follow; "~" alone: any line
    1* A1 OK ~                                        lines are skipped until one fits
    1>> MAIL FROM:<a@example.org>\\n                  octets to the server, as a Python bytes literal would have them
    1>x 1000 NOOP\\r\\n                                such octets a thousand times
    1.                                                the server closes the connection
    1tls                                              TLS begins on connection 1

Directives: users=NAME@DOMAIN:PASSWORD[,...] (the first one's home is emptied), mailbox=INBOX:FILE.eml (appended to the first user's
mailbox; may be repeated), port=smtp|submission|submissions|lmtp|imap|imaps|pop3|pop3s (the default is the folder's: smtp,
lmtp, imaps, pop3s), login=yes (every connection reads the greeting and logs the first user in before its first line).
All transcripts run on one instance; each one's users get a fresh home.
"""
import argparse
import codecs
import imaplib
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TLS_PORTS = {"submissions", "imaps", "pop3s"}
DEFAULT_PORT = {"smtp": "smtp", "lmtp": "lmtp", "imap": "imaps", "pop3": "pop3s"}
DEFAULT_USER = ("user1@example.org", "secret")
TIMEOUT = 20


class Failed(Exception):
    pass


class Transcript:
    def __init__(self, path):
        self.path, self.steps, self.mailboxes, self.users = path, [], [], []
        self.port = DEFAULT_PORT[os.path.basename(os.path.dirname(path))]
        self.login = False
        with open(path, encoding="utf-8", newline="\n") as text:
            for number, line in enumerate(text, 1):
                self.read_line(number, line.rstrip("\n"))

    def read_line(self, number, line):
        if not line.strip() or line.startswith("#"):
            return
        if line.startswith("@"):
            name, value = line[1:].strip().split("=", 1)
            self.direct(name.strip(), value.strip())
            return
        who, what = line[0], line[1:]
        if not who.isdigit():
            raise Failed(f"{self.path}:{number}: not a step: {line}")
        for mark in (">>", ">x", "tls", ">", "<", "*", "."):
            if what.startswith(mark):
                rest = what[len(mark):]
                self.steps.append((number, who, mark, rest[1:] if rest.startswith(" ") else rest))
                return
        raise Failed(f"{self.path}:{number}: not a step: {line}")

    def direct(self, name, value):
        if name == "users":
            self.users += [tuple(user.split(":", 1)) for user in value.split(",")]
        elif name == "mailbox":
            mailbox, file = value.split(":", 1)
            self.mailboxes.append((mailbox, os.path.join(os.path.dirname(self.path), file)))
        elif name == "port":
            self.port = value
        elif name == "login":
            self.login = value == "yes"
        else:
            raise Failed(f"{self.path}: unknown directive {name}")


class Connection:
    def __init__(self, env, port):
        self.env = env
        self.socket = socket.create_connection((env["HOST"], int(env[port.upper() + "_PORT"])), TIMEOUT)
        self.pending = b""
        if port in TLS_PORTS:
            self.start_tls()

    def start_tls(self):
        if self.pending:
            raise Failed(f"octets before TLS: {self.pending!r}")
        context = ssl.create_default_context(cafile=self.env["CERT"])
        context.check_hostname = False
        self.socket = context.wrap_socket(self.socket)

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        while b"\r\n" not in self.pending:
            octets = self.socket.recv(65536)
            if not octets:
                if self.pending:
                    raise Failed(f"closed in the middle of a line: {self.pending!r}")
                return None
            self.pending += octets
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line.decode("utf-8", "surrogateescape")

    def close(self):
        self.socket.close()


def fits(pattern, line):
    if pattern.endswith("~"):
        return line.startswith(pattern[:-1])
    return line == pattern


def octets_of(text):
    return codecs.escape_decode(text.encode("utf-8"))[0]


def step(connection, mark, text):
    if mark == ">":
        connection.send(text.encode("utf-8", "surrogateescape") + b"\r\n")
    elif mark == ">>":
        connection.send(octets_of(text))
    elif mark == ">x":
        count, repeated = text.split(" ", 1)
        connection.send(octets_of(repeated) * int(count))
    elif mark == "tls":
        connection.start_tls()
    elif mark == "<":
        line = connection.line()
        if line is None or not fits(text, line):
            raise Failed(f"wanted {text!r}\n   got {line!r}")
    elif mark == "*":
        skipped = []
        while True:
            line = connection.line()
            if line is None:
                raise Failed(f"wanted {text!r} sometime, but the connection was closed after {skipped!r}")
            if fits(text, line):
                return
            skipped.append(line)
    elif mark == ".":
        try:
            line = connection.line()
        except ConnectionResetError:
            line = None
        if line is not None:
            raise Failed(f"wanted the end, got {line!r}")


def log_in(connection, port, user, password):
    kind = port.rstrip("s")
    if kind == "imap":
        step(connection, "*", "* OK ~")
        connection.send(f'L0 LOGIN "{user}" "{password}"\r\n'.encode())
        step(connection, "*", "L0 OK ~")
    else:
        step(connection, "<", "+OK ~")
        for command in (f"USER {user}", f"PASS {password}"):
            connection.send(command.encode() + b"\r\n")
            step(connection, "<", "+OK~")


def prepare(env, transcript):
    users = transcript.users or [DEFAULT_USER]
    for user, _ in users:
        local, domain = user.split("@")
        shutil.rmtree(os.path.join(env["MAIL_BASE"], domain, local), ignore_errors=True)
    if not transcript.mailboxes:
        return users
    context = ssl.create_default_context(cafile=env["CERT"])
    context.check_hostname = False
    with imaplib.IMAP4_SSL(env["HOST"], int(env["IMAPS_PORT"]), ssl_context=context, timeout=TIMEOUT) as imap:
        imap.login(*users[0])
        for mailbox, file in transcript.mailboxes:
            with open(file, "rb") as message:
                octets = message.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            if mailbox != "INBOX":
                imap.create(mailbox)
            status, answer = imap.append(mailbox, None, '"23-Nov-2026 21:53:00 +0000"', octets)
            if status != "OK":
                raise Failed(f"{file}: not appended: {answer!r}")
    return users


def run(env, transcript):
    users = prepare(env, transcript)
    connections = {}
    try:
        for number, who, mark, text in transcript.steps:
            try:
                if who not in connections:
                    connections[who] = Connection(env, transcript.port)
                    if transcript.login:
                        log_in(connections[who], transcript.port, *users[0])
                step(connections[who], mark, text)
            except (Failed, OSError) as problem:
                raise Failed(f"{os.path.relpath(transcript.path, ROOT)}:{number}: {problem}") from None
    finally:
        for connection in connections.values():
            connection.close()


def sandbox_env(relais, directory):
    lines = subprocess.run([relais, "sandbox", "env", directory], check=True, capture_output=True, text=True).stdout
    return dict(word.split("=", 1) for word in shlex.split(lines))


def own_host():
    """A loopback address that no other run uses at the same time."""
    pid = os.getpid()
    return f"127.{128 + (pid >> 16) % 64}.{(pid >> 8) % 256}.{pid % 254 + 1}"


def all_transcripts():
    for folder, _, files in sorted(os.walk(os.path.join(ROOT, "tests", "proto"))):
        for name in sorted(files):
            if name.endswith(".t"):
                yield os.path.join(folder, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "dev"))
    parser.add_argument("--base-port", default="21000")
    parser.add_argument("--host", default=own_host())
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    relais = os.path.join(args.build, "tools", "relais")
    transcripts = [Transcript(os.path.abspath(path)) for path in args.files or all_transcripts()]
    users = dict([DEFAULT_USER] + [user for transcript in transcripts for user in transcript.users])
    directory = tempfile.mkdtemp(prefix="relais-proto-")
    os.chmod(directory, 0o755)
    start = [relais, "sandbox", "start", directory, "--domain", "example.org", "--host", args.host, "--base-port",
             args.base_port, "-o", "auth_failure_delay=0s", "-o", "smtpd_error_sleep_time=0s", "-o",
             "smtpd_sasl_auth_enable=yes"]
    for user, password in users.items():
        start += ["--user", f"{user}:{password}"]
    failed = 0
    try:
        subprocess.run(start, check=True, timeout=120)
        env = sandbox_env(relais, directory)
        for transcript in transcripts:
            name = os.path.relpath(transcript.path, os.path.join(ROOT, "tests", "proto"))
            try:
                run(env, transcript)
                print("ok    ", name)
            except Failed as problem:
                failed += 1
                print("FAILED", name, "\n  ", problem)
        if failed:
            with open(env["LOG"], errors="replace") as log:
                print("".join(log.readlines()[-60:]))
    finally:
        subprocess.run([relais, "sandbox", "stop", directory], check=False, timeout=60)
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{len(transcripts) - failed} of {len(transcripts)} transcripts as written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
