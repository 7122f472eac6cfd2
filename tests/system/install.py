# SPDX-License-Identifier: BSD-2-Clause
"""Relais as it is installed: a whole tree under DESTDIR, which starts, takes a letter, hands it out, and stops."""
import imaplib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import town

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", SOURCE / "build/dev"))
PLACES = {name: os.environ.get(name, default) for name, default in (
    ("SBIN", "/usr/local/sbin"), ("BIN", "/usr/local/bin"), ("LIBEXEC", "/usr/local/libexec"),
    ("SYSCONF", "/usr/local/etc"), ("LOCALSTATE", "/usr/local/var"), ("MAN", "/usr/local/share/man"),
    ("PREFIX", "/usr/local"))}
PROGRAMS = sorted(path.parent.name for path in SOURCE.glob("*/main.c"))
ANN = "ann@example.org"


def install(top):
    subprocess.run(["cmake", "--install", BUILD], env=dict(os.environ, DESTDIR=str(top)), timeout=120, check=True,
                   stdout=subprocess.DEVNULL)


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="relais.", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.top.chmod(0o755)
        install(cls.top)
        cls.host = town.own_host(7)
        cls.place = {name: cls.top / path.lstrip("/") for name, path in PLACES.items()}
        cls.configuration = cls.place["SYSCONF"] / "relais"
        # Where covered lines are counted: nobody may not write into the build tree.
        counts = cls.top / "counts"
        counts.mkdir()
        counts.chmod(0o777)
        cls.environment = dict(os.environ, MAIL_CONFIG=str(cls.configuration), GCOV_PREFIX=str(counts))
        # Root would need the users of the roles; nobody needs nobody.
        cls.user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}

    def run_tool(self, name, *arguments, stdin=None, status=0):
        place = self.place["SBIN"] if (self.place["SBIN"] / name).exists() else self.place["BIN"]
        done = subprocess.run([place / name, *arguments], input=stdin, text=True, timeout=60, check=False,
                              env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **self.user)
        self.assertEqual(done.returncode, status, "%s %s: %s" % (name, arguments, done.stdout))
        return done.stdout

    # --- what is there ---

    def test_programs_tools_and_configuration_are_where_they_belong(self):
        for name in PROGRAMS:
            self.assertTrue(os.access(self.place["LIBEXEC"] / "relais" / name, os.X_OK), name)
        for name in ("relais", "sendmail", "postconf", "postqueue", "postsuper", "postcat", "postmap", "postalias"):
            self.assertTrue(os.access(self.place["SBIN"] / name, os.X_OK), name)
        for name in ("mailq", "newaliases"):
            self.assertTrue(os.access(self.place["BIN"] / name, os.X_OK), name)
        self.assertTrue(os.access(self.place["PREFIX"] / "lib/sendmail", os.X_OK))
        for name in ("main.cf", "master.cf"):
            self.assertTrue((self.configuration / name).is_file(), name)

    def test_no_link_leads_nowhere(self):
        broken = [path for path in self.top.rglob("*") if path.is_symlink() and not path.exists()]
        self.assertEqual(broken, [])

    def test_every_program_has_its_page(self):
        for name in PROGRAMS:
            self.assertTrue((self.place["MAN"] / "man8" / (name + ".8")).is_file(), name)
        for name in ("relais", "sendmail", "postconf", "mailq", "newaliases"):
            self.assertTrue((self.place["MAN"] / "man1" / (name + ".1")).is_file(), name)

    def test_pages_speak_of_this_installation(self):
        page = (self.place["MAN"] / "man5/main.cf.5").read_text()
        self.assertIn(PLACES["SYSCONF"] + "/relais/main.cf", page)
        self.assertNotIn('\\" PARAMETERS', page)

    def test_defaults_of_places_are_those_of_the_installation(self):
        shown = self.run_tool("postconf", "-d", "config_directory", "daemon_directory", "queue_directory")
        self.assertEqual(shown.splitlines(), ["config_directory = %s/relais" % PLACES["SYSCONF"],
                                              "daemon_directory = %s/relais" % PLACES["LIBEXEC"],
                                              "queue_directory = %s/spool/relais" % PLACES["LOCALSTATE"]])

    def test_an_installation_over_it_keeps_the_configuration(self):
        main_cf = self.configuration / "main.cf"
        before = main_cf.read_text()
        main_cf.write_text(before + "\n# mine\n")
        install(self.top)
        self.assertTrue(main_cf.read_text().endswith("# mine\n"))
        main_cf.write_text(before)

    def test_what_would_not_start_is_said_before(self):
        copy = self.top / "etc"
        shutil.copytree(self.configuration, copy)
        self.run_tool("relais", "check", "-c", copy)
        with open(copy / "master.cf", "a") as master_cf:
            master_cf.write("2465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"
                            "2993 inet n - n - - login -o login_protocol=imaps\n")
        said = self.run_tool("relais", "check", "-c", copy, status=1)
        for service, name in (("2465", "smtpd"), ("2993", "login")):
            self.assertRegex(said, r"fatal: master.cf, line \d+: service %s: TLS is wanted, but %s_tls_chain_files has no "
                                   r"certificate" % (service, name))

    # --- systemd ---

    def test_systemd_makes_every_user_that_programs_become(self):
        users = (self.place["PREFIX"] / "lib/sysusers.d/relais.conf").read_text()
        for name in re.findall(r'^ROLE\("([^"]+)"', (SOURCE / "lib/worker/roles.def").read_text(), re.M):
            self.assertRegex(users, r"(?m)^u %s " % name)
            self.assertRegex(users, r"(?m)^m %s relais$" % name)

    def test_the_unit_is_sound(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        unit = self.place["PREFIX"] / "lib/systemd/system/relais.service"
        text = unit.read_text().replace("=" + PLACES["PREFIX"] + "/", "=%s/" % self.place["PREFIX"])
        copy = self.top / "relais.service"
        copy.write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy], text=True,
                              timeout=60, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    # --- what it does ---

    def change(self, *settings):
        self.run_tool("postconf", "-e", *settings)

    def configure(self):
        """As administrators do, but for ports below 1024; once."""
        work = self.top / "work"
        if work.exists():
            return
        work.mkdir()
        if self.user:
            for path in (work, self.configuration, *self.configuration.iterdir()):
                shutil.chown(path, "nobody", "nogroup")
        self.change("myhostname=mail.example.org", "inet_interfaces=" + self.host, "inet_protocols=ipv4",
                    "daemon_directory=%s/relais" % self.place["LIBEXEC"], "queue_directory=%s/queue" % work,
                    "data_directory=%s/data" % work, "mail_base=%s/mail" % work, "maillog_file=%s/maillog" % work,
                    "virtual_mailbox_domains=example.org", "virtual_mailbox_maps=lmdb:$data_directory/mailboxes",
                    "alias_maps=", "alias_database=", "mydestination=", "login_allow_plaintext=yes")
        (work / "mail").mkdir()
        if self.user:
            shutil.chown(work / "mail", "nobody", "nogroup")
        self.run_tool("postconf", "-MX", "smtp/inet", "imap/inet", "pop3/inet")
        self.run_tool("postconf", "-M", "-e", "2525/inet=2525 inet n - n - - smtpd", "2143/inet=2143 inet n - n - - login")
        self.run_tool("relais", "user", "add", "--stdin", stdin=ANN + ":secret\n")

    def fetch(self):
        """The letter in INBOX, when it has come."""
        end = time.monotonic() + town.WAIT_SECONDS
        while time.monotonic() < end:
            client = imaplib.IMAP4(self.host, 2143, timeout=town.WAIT_SECONDS)
            client.login(ANN, "secret")
            _, (count,) = client.select("INBOX", readonly=True)
            data = client.fetch("1", "(BODY.PEEK[])")[1] if int(count) else None
            client.logout()
            if data:
                return data[0][1]
            time.sleep(0.1)
        self.fail((self.top / "work/maillog").read_text())
        return None

    def await_empty_queue(self):
        end = time.monotonic() + town.WAIT_SECONDS
        while "empty" not in self.run_tool("mailq"):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def test_it_starts_takes_a_letter_hands_it_out_and_stops(self):
        self.configure()
        self.run_tool("relais", "check", "-q")
        self.run_tool("relais", "start")
        self.addCleanup(self.run_tool, "relais", "status", status=1)
        try:
            self.run_tool("sendmail", "-i", ANN, stdin="Subject: installed\n\nHello.\n")
            self.assertIn(b"Subject: installed", self.fetch())
            self.assertIn("master runs", self.run_tool("relais", "status"))
            self.await_empty_queue()
        finally:
            self.run_tool("relais", "stop")

    def test_the_service_manager_is_told_when_it_serves(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        path = str(self.top / "notify")
        manager.bind(path)
        os.chmod(path, 0o666)
        manager.settimeout(town.WAIT_SECONDS)
        self.configure()
        master = subprocess.Popen([self.place["LIBEXEC"] / "relais/master", "-c", self.configuration],
                                  env=dict(self.environment, NOTIFY_SOCKET=path), **self.user)
        try:
            self.assertRegex(manager.recv(1000), rb"(?m)^READY=1$")
        finally:
            master.terminate()
            self.assertEqual(master.wait(timeout=town.WAIT_SECONDS), 0)
        self.assertEqual(manager.recv(1000), b"STOPPING=1")


if __name__ == "__main__":
    town.main()
