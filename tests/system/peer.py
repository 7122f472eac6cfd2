# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Postfix and Dovecot as the other town: private instances, each made from nothing below a directory of its own,
on loopback addresses, ended by pid. Stories talk to them and look into their logs; tests/bench measures them.
"""
import email
import grp
import imaplib
import os
import pathlib
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
import unittest

import town

SBIN = "/usr/sbin/"  # not in everybody's PATH
STOP_SECONDS = 60
IS_ROOT = os.geteuid() == 0


def why_no_postfix():
    """Why a private Postfix cannot run here; None when it can."""
    if not IS_ROOT:
        return "a private Postfix needs root"
    return None if os.path.exists(SBIN + "postfix") else "Postfix is not installed (tools/packages tests)"


def why_no_dovecot():
    missing = [name for name in ("imap", "lmtp") if not os.path.exists("/usr/lib/dovecot/" + name)]
    return "Dovecot is not installed (tools/packages tests)" if missing else None


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


class Instance(town.Logged):
    """What they have in common: a directory, a master process, a log."""

    def __init__(self, directory, address):
        self.directory, self.address = pathlib.Path(directory), address

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

    def log(self):
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        pid = self.master()
        os.kill(pid, 15)
        end = time.monotonic() + STOP_SECONDS
        while os.path.exists("/proc/%d" % pid) and time.monotonic() < end:
            time.sleep(0.05)

    def wipe(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def close(self):
        self.stop()
        self.wipe()


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


class Postfix(Instance):
    """A town of Postfix's: mailboxes {address: place below mail/} of one domain or more; settings {name: value} go over
    what is set here, services are lines of master.cf."""

    def __init__(self, directory, address, domains, settings=None, services="", mailboxes="", port=25025):
        super().__init__(directory, address)
        self.domains, self.settings, self.services, self.mailboxes = domains, settings or {}, services, mailboxes
        self.smtp_port = port

    def main_cf(self):
        top, owner = self.directory, pwd.getpwnam("nobody")
        values = dict(
            compatibility_level="3.6", queue_directory=top / "queue", data_directory=top / "data",
            command_directory="/usr/sbin", daemon_directory="/usr/lib/postfix/sbin", mail_owner="postfix",
            setgid_group="postdrop", maillog_file=top / "log", maillog_file_prefixes=top, inet_interfaces="loopback-only",
            inet_protocols="ipv4", myhostname="mail." + self.domains[0], mydestination="", mynetworks="127.0.0.0/8",
            alias_maps="", alias_database="", virtual_mailbox_domains=" ".join(self.domains),
            virtual_mailbox_base=top / "mail", virtual_mailbox_maps="lmdb:%s/mailboxes" % top,
            virtual_uid_maps="static:%d" % owner.pw_uid, virtual_gid_maps="static:%d" % owner.pw_gid)
        return dict(values, **self.settings)

    def start(self):
        for part in ("config", "queue", "data", "mail"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.directory / "data", "postfix", "postfix")
        shutil.chown(self.directory / "mail", "nobody", "nogroup")
        config = self.directory / "config"
        (config / "main.cf").write_text("".join("%s = %s\n" % pair for pair in self.main_cf().items()))
        (config / "master.cf").write_text(POSTFIX_MASTER.format(address=self.address, port=self.smtp_port) + self.services)
        (self.directory / "mailboxes").write_text(self.mailboxes)
        self.run("postmap", "lmdb:%s/mailboxes" % self.directory)
        self.run("postfix", "start")

    def run(self, program, *arguments):
        """One of Postfix's programs, about this instance; returns what it printed."""
        return subprocess.run([SBIN + program, "-c", str(self.directory / "config"), *arguments], check=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode(errors="replace")

    def master(self):
        return int((self.directory / "queue/pid/master.pid").read_text())

    def queued(self, *places):
        """Names of the queue files in these of its queues."""
        return [name for place in places for _, _, files in os.walk(self.directory / "queue" / place) for name in files]

    def smtp(self):
        return smtplib.SMTP(self.address, self.smtp_port, timeout=town.WAIT_SECONDS, local_hostname="client.example")


DOVECOT = """\
base_dir = {top}/run
instance_name = peer
log_path = {top}/log
protocols = {protocols}
listen = {address}
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_location = maildir:{top}/mail/%u
namespace inbox {{
  inbox = yes
}}
mail_max_userip_connections = 1000
"""

DOVECOT_ANYBODY = """\
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={top}/mail/%u
}}
"""

DOVECOT_LISTED = """\
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {top}/users
}}
userdb {{
  driver = passwd-file
  args = {top}/users
  default_fields = uid={uid} gid={gid} home={top}/mail/%u
}}
"""

DOVECOT_PORT = """\
service {service} {{
  inet_listener {kind} {{
    port = {port}
  }}
}}
"""

# An ordinary user cannot chroot.
DOVECOT_OF_A_USER = "".join("service %s {\n  chroot =\n}\n" % name
                            for name in ("anvil", "imap-login", "pop3-login", "submission-login"))


class Dovecot(Instance):
    """Mailboxes for everybody who asks with the password, or for users {name: extra fields of passwd-file}."""
    services = {"imap": "imap-login", "pop3": "pop3-login", "lmtp": "lmtp"}

    def __init__(self, directory, address, password="secret", users=None, kinds=("imap", "lmtp"), settings="", base_port=25000):
        super().__init__(directory, address)
        self.password, self.users, self.settings = password, users, settings
        self.ports = {kind: base_port + {"imap": 143, "pop3": 110, "lmtp": 24}[kind] for kind in kinds}

    def start(self):
        for part in ("run", "mail"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        owner = pwd.getpwnam("nobody" if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name)
        group = grp.getgrgid(owner.pw_gid).gr_name
        os.chown(self.directory / "mail", owner.pw_uid, owner.pw_gid)
        values = dict(top=self.directory, address=self.address, uid=owner.pw_uid, gid=owner.pw_gid, password=self.password,
                      protocols=" ".join(self.ports), internal="dovecot" if IS_ROOT else owner.pw_name,
                      internal_group="dovecot" if IS_ROOT else group,
                      login="dovenull" if IS_ROOT else owner.pw_name)
        text = (DOVECOT + (DOVECOT_ANYBODY if self.users is None else DOVECOT_LISTED)).format(**values)
        for kind, port in self.ports.items():
            text += DOVECOT_PORT.format(service=self.services[kind], kind=kind, port=port)
        if not IS_ROOT:
            text += DOVECOT_OF_A_USER
        for name, fields in (self.users or {}).items():
            with open(self.directory / "users", "a", encoding="utf-8") as users:
                users.write("%s:%s::::::%s\n" % (name, self.password, fields))
        config = self.directory / "dovecot.conf"
        config.write_text(text + self.settings)
        subprocess.run([SBIN + "dovecot", "-c", str(config)], check=True, timeout=60)

    def master(self):
        return int((self.directory / "run/master.pid").read_text())

    def imap(self, user):
        client = imaplib.IMAP4(self.address, self.ports["imap"], timeout=town.WAIT_SECONDS)
        client.login(user, self.password)
        return client


PARIS, LYON = "paris.example", "lyon.example"
MARIE = "marie@" + PARIS
USERS, SPECIAL = 50, 41  # users from there on are not given out: stories have something special with them
SIZE_LIMIT = 20000000


class TwoSystems(unittest.TestCase):
    """paris.example is Relais, lyon.example and its suburbs are Postfix with Dovecot's IMAP over its mailboxes. All users
    are numbered, and each test takes fresh ones."""
    suburbs = {}  # {domain: options of its smtpd}: a service on an address of its own, for what a host may lack; None: no smtpd
    paris_settings, lyon_settings = (), {}
    paris_services = lyon_services = ""  # lines of master.cf, with {certificate} of Lyon; {VARIABLES} of Paris, {hosts}
    lyon_routes = {}  # {address or domain: transport}; one that ends in a colon goes to Paris by SMTP
    more_mailboxes = more_zone = ""

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="relais-peers.", dir="/tmp"))
        cls.top.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.top, True)
        cls.hosts = {domain: town.own_host(20 + number) for number, domain in enumerate([PARIS, LYON, *cls.suburbs])}
        cls.certificate = self_made_certificate(cls.top, "mail." + LYON)
        cls.start_paris()
        cls.start_lyon()
        cls.numbers = iter(range(1, SPECIAL))

    @classmethod
    def start_paris(cls):
        cls.paris = town.Town(PARIS, [MARIE], host=cls.hosts[PARIS], zone=town.zone_of(cls.hosts) + cls.more_zone, numbered=USERS,
                              settings=("message_size_limit=%d" % SIZE_LIMIT,) + cls.paris_settings)
        cls.addClassCleanup(cls.paris.close)
        if cls.paris_services:
            cls.paris.relais("sandbox", "stop", cls.paris.directory, config=False)
            with open(cls.paris.variables["CONFIG_DIR"] + "/master.cf", "a", encoding="utf-8") as services:
                services.write(cls.paris_services.format(certificate=cls.certificate))
            cls.paris.relais("sandbox", "start", cls.paris.directory, config=False)

    @classmethod
    def start_lyon(cls):
        domains = [LYON, *cls.suburbs]
        mailboxes = "".join("user%d@%s user%d@%s/\n" % (n, domain, n, LYON) for n in range(1, USERS + 1) for domain in domains)
        routes = {PARIS: "smtp:", **cls.lyon_routes}
        to_paris = "[%s]:%d" % (cls.hosts[PARIS], cls.paris.port("SMTP"))
        transports = " ".join("{%s=%s}" % (key, value.format(**cls.paris.variables) + (to_paris if value[-1] == ":" else ""))
                              for key, value in routes.items())
        settings = dict(message_size_limit=SIZE_LIMIT, transport_maps="inline:{%s}" % transports,
                        smtp_bind_address=cls.hosts[LYON], smtp_tls_security_level="may", smtpd_tls_security_level="may",
                        smtpd_tls_chain_files=cls.certificate)
        services = "".join("%s:25025 inet n - n - - smtpd\n%s" %
                           (cls.hosts[domain], "".join("  -o %s\n" % option for option in options))
                           for domain, options in cls.suburbs.items() if options is not None)
        cls.lyon = Postfix(cls.top / "lyon", cls.hosts[LYON], domains, dict(settings, **cls.lyon_settings),
                           services + cls.lyon_services.format(hosts=cls.hosts, **cls.paris.variables), mailboxes + cls.more_mailboxes)
        cls.lyon.start()
        cls.addClassCleanup(cls.lyon.close)
        cls.cellar = Dovecot(cls.top / "cellar", cls.hosts[LYON], kinds=("imap",),
                             settings="mail_location = maildir:%s/lyon/mail/%%u\n" % cls.top)
        cls.cellar.start()
        cls.addClassCleanup(cls.cellar.close)

    def setUp(self):
        self.number = next(self.numbers)
        self.jean, self.claire = "user%d@%s" % (self.number, PARIS), "user%d@%s" % (self.number, LYON)

    def from_paris(self, rcpts, octets, sender=None, mail_options=(), rcpt_options=()):
        """Submits a letter as a user of Paris; returns its queue id."""
        client = self.paris.submission(self.jean)
        return send(client, self.jean if sender is None else sender, rcpts, octets, mail_options, rcpt_options)

    def from_lyon(self, rcpts, octets, sender=None, mail_options=(), rcpt_options=()):
        return send(self.lyon.smtp(), self.claire if sender is None else sender, rcpts, octets, mail_options, rcpt_options)

    def await_fate(self, place, entry, rcpt, fate):
        """Waits for the log's word on a recipient; returns what follows it."""
        return place.await_log(r"%s: to=<%s>.*status=%s (.*)" % (entry, rcpt.replace("+", r"\+"), fate)).group(1)

    def letters(self, user, count=1):
        """Waits until INBOX has so many; returns their octets."""
        place = self.paris if user.endswith("@" + PARIS) else self.cellar
        end = time.monotonic() + town.WAIT_SECONDS
        while True:
            client = place.imap(user)
            number = town.Town.exists(client)
            if number >= count or time.monotonic() > end:
                break
            client.logout()
            time.sleep(0.1)
        found = [client.fetch(str(index + 1), "(BODY.PEEK[])")[1][0][1] for index in range(number)]
        client.logout()
        self.assertEqual(len(found), count, "letters of " + user)
        return found

    def reports(self, user, count=1):
        return [Report(octets) for octets in self.letters(user, count)]


class Report:
    """A delivery status notification, taken apart (RFC 3464)."""

    def __init__(self, octets):
        self.message = email.message_from_bytes(octets)
        assert self.message.get_content_type() == "multipart/report", octets
        self.text, self.status, self.returned = self.message.get_payload()
        self.fields, *self.rcpts = self.status.get_payload()

    def of(self, rcpt):
        """The fields about a recipient."""
        (found,) = [fields for fields in self.rcpts if fields["Final-Recipient"].endswith("; " + rcpt)]
        return found


def send(client, sender, rcpts, octets, mail_options=(), rcpt_options=()):
    with client:
        client.ehlo()
        code, reply = client.mail(sender, mail_options)
        assert code == 250, reply
        for rcpt in rcpts:
            code, reply = client.rcpt(rcpt, rcpt_options)
            assert code == 250, reply
        return town.queue_id(*client.data(octets))


def self_made_certificate(directory, host):
    """A file with a key and its certificate, signed by itself."""
    path = directory / (host + ".pem")
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                           "-days", "7", "-subj", "/CN=" + host, "-addext", "subjectAltName=DNS:" + host, "-keyout", "-"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    path.write_bytes(made.stdout)
    return path


def body_of(octets):
    return octets.split(b"\r\n\r\n", 1)[1]
