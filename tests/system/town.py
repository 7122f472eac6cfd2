# SPDX-License-Identifier: BSD-2-Clause
"""A town for stories: a private instance of Relais, made by `relais sandbox`, with clients that talk to it."""
import email.message
import imaplib
import os
import pathlib
import poplib
import re
import shutil
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

RELAIS = os.environ.get("RELAIS", str(pathlib.Path(__file__).resolve().parents[2] / "build/dev/tools/relais"))
WAIT_SECONDS = 30
SKIPPED = 77


def own_host(number):
    """A loopback address that no other story of this run uses, nor one that runs beside it: their pids are close."""
    pid = os.getpid()
    return "127.%d.%d.%d" % (64 + (pid >> 8) % 64, pid % 256, number % 254 + 1)


def await_true(question, what, seconds=WAIT_SECONDS):
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.05)


class Logged:
    """Whoever writes a log."""

    def log(self):
        raise NotImplementedError

    def await_log(self, pattern, times=1):
        """Waits until the log has a line that the pattern fits; returns the match."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            found = list(re.finditer(pattern, self.log()))
            if len(found) >= times:
                return found[times - 1]
            time.sleep(0.05)
        raise AssertionError("the log has no line like %s:\n%s" % (pattern, self.log()[-4000:]))


class Town(Logged):
    def __init__(self, domain, users=(), host=None, zone=None, settings=(), numbered=0, base_port=25000, parent="/tmp"):
        self.domain, self.host = domain, host or own_host(1)
        self.top = tempfile.mkdtemp(prefix="relais.", dir=parent)
        os.chmod(self.top, 0o755)
        self.directory = self.top + "/town"
        self.passwords = {"user%d@%s" % (n, domain): "secret" for n in range(1, numbered + 1)}
        arguments = ["sandbox", "start", self.directory, "--domain", domain, "--host", self.host,
                     "--base-port", str(base_port), "--users", str(numbered)]
        for name in users:
            self.passwords[name] = "pass of " + name
            arguments += ["--user", name + ":" + self.passwords[name]]
        if zone:
            path = self.top + "/zone"
            pathlib.Path(path).write_text(zone)
            arguments += ["--dns-zone", path]
        for setting in settings:
            arguments += ["-o", setting]
        self.relais(*arguments, config=False)
        self.read_variables()

    def read_variables(self):
        lines = self.relais("sandbox", "env", self.directory, config=False).splitlines()
        self.variables = {name: value.strip("'") for name, value in (line.split("=", 1) for line in lines)}

    def close(self):
        subprocess.run([RELAIS, "sandbox", "wipe", self.directory], timeout=60, check=False)
        shutil.rmtree(self.top, ignore_errors=True)

    def relais(self, *arguments, config=True, check=True, stdin=None):
        """Runs a subcommand; returns what it printed."""
        environment = dict(os.environ)
        if config:
            environment["MAIL_CONFIG"] = self.variables["CONFIG_DIR"]
        done = subprocess.run([RELAIS, *arguments], timeout=120, env=environment, input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if check and done.returncode != 0:
            raise AssertionError("relais %s: status %d\n%s" % (" ".join(arguments), done.returncode, done.stdout))
        return done.stdout

    def port(self, name):
        return int(self.variables[name + "_PORT"])

    def trust(self):
        return ssl.create_default_context(cafile=self.variables["CERT"])

    def pids_of(self, program):
        """Of master's processes, those that run it."""
        master = pathlib.Path(self.variables["QUEUE_DIR"], "pid/master.pid").read_text().strip()
        children = pathlib.Path("/proc/%s/task/%s/children" % (master, master)).read_text().split()
        return [int(pid) for pid in children if name_of(pid).endswith(program)]

    # --- clients ---

    def smtp(self):
        return smtplib.SMTP(self.host, self.port("SMTP"), timeout=WAIT_SECONDS, local_hostname="client.example")

    def submission(self, user):
        client = smtplib.SMTP(self.host, self.port("SUBMISSION"), timeout=WAIT_SECONDS, local_hostname="client.example")
        client.starttls(context=self.trust())
        client.login(user, self.passwords[user])
        return client

    @staticmethod
    def exists(client, mailbox="INBOX"):
        """Selects it to read; how many letters it has: the last word, for one may come in just then."""
        _, numbers = client.select(mailbox, readonly=True)
        return int(numbers[-1])

    def imap(self, user):
        client = imaplib.IMAP4_SSL(self.host, self.port("IMAPS"), ssl_context=self.trust(), timeout=WAIT_SECONDS)
        client.login(user, self.passwords[user])
        return client

    def pop(self, user):
        client = poplib.POP3_SSL(self.host, self.port("POP3S"), context=self.trust(), timeout=WAIT_SECONDS)
        client.user(user)
        client.pass_(self.passwords[user])
        return client

    def send(self, sender, recipient, subject, text="Hello.\r\n"):
        """Submits a letter as one of our users; returns its queue id."""
        client = self.submission(sender)
        client.mail(sender)
        code, reply = client.rcpt(recipient)
        assert code == 250, reply
        code, reply = client.data(letter(sender, recipient, subject, text))
        client.quit()
        return queue_id(code, reply)

    # --- what happened ---

    def log(self):
        return pathlib.Path(self.variables["LOG"]).read_text(errors="replace")

    def read_mail(self, user, count):
        """Waits until INBOX has so many letters; returns all as messages."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            client = self.imap(user)
            number = self.exists(client)
            if number >= count or time.monotonic() > end:
                break
            client.logout()
            time.sleep(0.2)
        letters = []
        for index in range(1, number + 1):
            _, data = client.fetch(str(index), "(BODY.PEEK[])")
            letters.append(email.message_from_bytes(data[0][1]))
        client.logout()
        assert len(letters) == count, "%s has %d letters, not %d" % (user, len(letters), count)
        return letters


class Programs(unittest.TestCase):
    """A story of one town and the mail programs of its users; each test has a home for them and a user of its own."""
    place = {}  # of the town: what Town takes

    @classmethod
    def setUpClass(cls):
        cls.paris = Town("paris.example", ["marie@paris.example"], numbered=30, **cls.place)
        cls.addClassCleanup(cls.paris.close)
        cls.users = iter(range(1, 31))

    def setUp(self):
        self.jean = "user%d@%s" % (next(self.users), self.paris.domain)
        self.home = pathlib.Path(self.paris.top, self.id())
        self.home.mkdir()

    def run_client(self, *arguments, stdin=b"", status=0):
        """Runs a client with a home of its own; returns what it printed."""
        if not shutil.which(arguments[0]):
            self.skipTest(arguments[0] + " is not installed")
        done = subprocess.run(arguments, input=stdin, timeout=60, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=dict(os.environ, HOME=str(self.home)))
        self.assertEqual(done.returncode, status, done.stdout.decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def write(self, name, text):
        path = self.home / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def password(self, user):
        return self.paris.passwords[user]

    def flags_of(self, user, mailbox="INBOX"):
        """{subject: {flags}} of a mailbox."""
        client = self.paris.imap(user)
        client.select(mailbox, readonly=True)
        found = {}
        _, data = client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        for piece in data:
            if isinstance(piece, tuple):
                subject = email.message_from_bytes(piece[1])["Subject"]
                found[subject] = {flag.decode() for flag in imaplib.ParseFlags(piece[0])} - {"\\Recent"}
        client.logout()
        return found


def name_of(pid):
    """What a process runs; nothing when it has ended."""
    try:
        return pathlib.Path("/proc", str(pid), "comm").read_text().strip()
    except OSError:
        return ""


def letter(sender, recipient, subject, text="Hello.\r\n"):
    return ("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n\r\n%s" % (sender, recipient, subject, text)).encode()


def queue_id(code, reply):
    found = re.search(rb"queued as ([0-9A-Za-z]+)", reply)
    assert code == 250 and found, (code, reply)
    return found.group(1).decode()


def zone_of(hosts):
    """Zone data for {domain: address}."""
    lines = []
    for domain, host in hosts.items():
        lines += ["%s. 60 IN MX 10 mail.%s." % (domain, domain), "mail.%s. 60 IN A %s" % (domain, host),
                  "%s.in-addr.arpa. 60 IN PTR mail.%s." % (".".join(reversed(host.split("."))), domain)]
    return "\n".join(lines) + "\n"


def main():
    """Runs a file's stories. Where none of them can be told here, ctest calls that skipped."""
    done = unittest.main(verbosity=2, exit=False).result
    if done.wasSuccessful():
        sys.exit(SKIPPED if done.skipped and len(done.skipped) >= done.testsRun else 0)
    sys.exit(1)
