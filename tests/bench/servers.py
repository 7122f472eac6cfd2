# SPDX-License-Identifier: BSD-2-Clause
"""The servers that are compared, each made from nothing below a directory of its own and ended by pid: Relais as
`relais sandbox` makes it, Debian's Postfix and Debian's Dovecot with their defaults, as far as a test can have them.

Each has: name, address, port(kind) for smtp, lmtp, pop3, imap; start(), stop(), pids(), delivered() (messages that
reached their mailbox or the next server so far), is_empty() (nothing is left to be done).
"""
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import time

DOMAIN = "load.example"
PASSWORD = "secret"
STOP_SECONDS = 60


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


def children_of_all():
    """{parent: [children]} of every process there is."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path("/proc", entry, "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.setdefault(int(stat[stat.rindex(")") + 2:].split()[1]), []).append(int(entry))
    return found


class Server:
    """What they have in common: a directory, a master process, a log."""

    def __init__(self, directory, address):
        self.directory, self.address = pathlib.Path(directory), address
        self.counter = None

    def master(self):
        raise NotImplementedError

    def pids(self):
        """The master and all below it."""
        children, found, todo = children_of_all(), [], [self.master()]
        while todo:
            pid = todo.pop()
            found.append(pid)
            todo += children.get(pid, [])
        return found

    def delivered(self):
        return self.counter.read()

    def wipe(self):
        shutil.rmtree(self.directory, ignore_errors=True)


class Relais(Server):
    name = "relais"

    def __init__(self, directory, address, build, settings=(), users=100):
        super().__init__(directory, address)
        self.tool = str(pathlib.Path(build, "tools/relais"))
        self.settings, self.users, self.variables = list(settings), users, {}

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

    def port(self, kind):
        return int(self.variables[kind.upper() + "_PORT"])

    def is_empty(self):
        return not any(entry.is_file() and not entry.name.startswith("index")
                       for entry in os.scandir(self.directory / "queue/queue"))

    def stop(self):
        self.run("sandbox", "stop", str(self.directory))

    def wipe(self):
        self.run("sandbox", "wipe", str(self.directory))


POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = {top}/queue
data_directory = {top}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {top}/log
maillog_file_prefixes = {top}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.{domain}
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {top}/mail
virtual_mailbox_maps = lmdb:{top}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

# Debian's own services; what needs chroot or another queue is left out.
POSTFIX_MASTER = """\
{address}:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(Server):
    name = "postfix"

    def __init__(self, directory, address, settings=(), users=100):
        super().__init__(directory, address)
        self.settings, self.users = list(settings), users

    def start(self):
        owner = pwd.getpwnam("nobody")
        values = dict(top=self.directory, address=self.address, domain=DOMAIN, port=25025, uid=65534,
                      gid=owner.pw_gid)
        for part in ("config", "queue", "data", "mail"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.directory / "data", "postfix", "postfix")
        shutil.chown(self.directory / "mail", "nobody", "nogroup")
        config = self.directory / "config"
        (config / "main.cf").write_text(POSTFIX_MAIN.format(**values) +
                                        "".join(setting.replace("=", " = ", 1) + "\n" for setting in self.settings))
        (config / "master.cf").write_text(POSTFIX_MASTER.format(**values))
        (self.directory / "mailboxes").write_text(
            "".join("user{0}@{1} user{0}/\n".format(number, DOMAIN) for number in range(1, self.users + 1)))
        subprocess.run(["postmap", "-c", str(config), "lmdb:%s/mailboxes" % self.directory], check=True)
        self.command("start")
        self.counter = LogCounter(self.directory / "log", rb"status=sent")

    def command(self, word):
        subprocess.run(["postfix", "-c", str(self.directory / "config"), word], check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def master(self):
        return int((self.directory / "queue/pid/master.pid").read_text())

    def port(self, kind):
        return 25025

    def is_empty(self):
        return not any(files for place in ("incoming", "active", "deferred", "maildrop")
                       for _, _, files in os.walk(self.directory / "queue" / place))

    def stop(self):
        self.command("stop")


DOVECOT = """\
base_dir = {top}/run
instance_name = bench
log_path = {top}/log
protocols = imap pop3 lmtp
listen = {address}
ssl = no
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_location = maildir:{top}/mail/%u
mail_plugins =
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={top}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  inet_listener imap {{
    port = 25143
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = 25110
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = 25024
  }}
}}
mail_max_userip_connections = 1000
"""


class Dovecot(Server):
    name = "dovecot"

    def __init__(self, directory, address, settings=()):
        super().__init__(directory, address)
        self.settings = list(settings)

    def start(self):
        owner = pwd.getpwnam("nobody")
        for part in ("run", "mail"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.directory / "mail", "nobody", "nogroup")
        values = dict(top=self.directory, address=self.address, uid=owner.pw_uid, gid=owner.pw_gid, password=PASSWORD)
        config = self.directory / "dovecot.conf"
        config.write_text(DOVECOT.format(**values) + "".join(setting + "\n" for setting in self.settings))
        subprocess.run(["dovecot", "-c", str(config)], check=True, timeout=60)
        self.counter = LogCounter(self.directory / "log", rb"saved mail to")

    def master(self):
        return int((self.directory / "run/master.pid").read_text())

    def port(self, kind):
        return {"imap": 25143, "pop3": 25110, "lmtp": 25024}[kind]

    def is_empty(self):
        return True

    def stop(self):
        pid = self.master()
        os.kill(pid, 15)
        end = time.monotonic() + STOP_SECONDS
        while os.path.exists("/proc/%d" % pid) and time.monotonic() < end:
            time.sleep(0.05)
