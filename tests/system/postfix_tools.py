# SPDX-License-Identifier: BSD-2-Clause
"""The administrator's tools beside Postfix's own: the same files and the same words, and what both print, leave behind
and end with. Postfix need not run."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import town

FILES = pathlib.Path(__file__).parent / "postfix"
PEER = "/usr/sbin"
AT_ONCE = 4
MASTER = "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\nmaildrop unix - n n - - pipe flags=F user=x argv=/bin/x ${recipient}\n"


class Tools(unittest.TestCase):
    """Runs a tool of Postfix and ours by the same name."""

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(PEER + "/postconf"):
            raise unittest.SkipTest("postfix is not installed")
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="relais.", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.bin = cls.top / "bin"
        cls.bin.mkdir()
        for name in ("postconf", "postmap", "postalias"):
            (cls.bin / name).symlink_to(town.RELAIS)

    def place(self, files):
        """A fresh directory with the files {name: octets or text}."""
        path = pathlib.Path(tempfile.mkdtemp(dir=self.top))
        for name, text in files.items():
            (path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def invoke(self, tool, place, words, stdin):
        """(status, standard output, errors), the directory's own name taken out."""
        done = subprocess.run([tool, "-c", place, *words], input=stdin, capture_output=True, text=True, timeout=120, check=False,
                              errors="surrogateescape", cwd=place, env={"PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C"})
        return done.returncode, done.stdout.replace(str(place), "DIR"), done.stderr.replace(str(place), "DIR")

    def run_both(self, name, files, words, stdin=""):
        """Of Postfix's tool and of ours: (status, output, errors, what the files are then)."""
        results = []
        for tool in (PEER + "/" + name, self.bin / name):
            place = self.place(files)
            status, out, errors = self.invoke(tool, place, words, stdin)
            results.append((status, out, errors, {each: (place / each).read_text(errors="surrogateescape") for each in files}))
        return results

    def each(self, run, cases):
        """Calls run for each case, some at a time."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return list(zip(cases, pool.map(run, cases)))


def said(text):
    """A configuration file without comments and empty lines: where a comment within a changed line goes differs."""
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


class Configuration(Tools):
    """postconf."""

    def files(self, name):
        return {"main.cf": (FILES / (name + ".cf")).read_text(), "master.cf": (FILES / "master.cf").read_text()}

    def assert_alike(self, cases):
        """Each case: ({file: text}, words). Where Postfix fails, it prints nothing; we may print what is good."""
        for (files, words), (theirs, ours) in self.each(lambda case: self.run_both("postconf", *case), cases):
            with self.subTest(words=words, main=files["main.cf"][:200]):
                self.assertEqual(ours[0], theirs[0], ours[2] + theirs[2])
                if theirs[0] == 0:
                    self.assertEqual(ours[1], theirs[1])
                for name in files:
                    self.assertEqual(said(ours[3][name]), said(theirs[3][name]))

    def test_main_cf_files_of_all_kinds_are_read_as_postfix_reads_them(self):
        self.assert_alike([(self.files(name), words) for name in ("debian", "isp", "hosting", "null", "backup")
                           for words in (["-nf"], ["-nC", "user,service"], ["-x", "relayhost", "mydestination", "relay_domains", "smtpd_timeout",
                                                     "smtpd_recipient_restrictions", "virtual_alias_maps", "nosuch"])])

    def test_what_postconf_warns_of_is_warned_of(self):
        main = "myorigin = x\nmyorigin = y\nrelayhost = $nowhere\nfoo_destination_recipient_limit = 1\ntypo = 1\n"
        (_, _, theirs, _), (_, _, ours, _) = self.run_both("postconf", {"main.cf": main, "master.cf": MASTER}, ["-n"])
        for text in ("overriding earlier entry: myorigin=x", "undefined parameter: nowhere", "unused parameter: typo=1",
                     "unused parameter: foo_destination_recipient_limit=1"):
            self.assertIn(text, theirs)
            self.assertIn(text, ours)

    # What a logical line is.
    LINES = ["relayhost = one\n\n  two\n# comment\n\tthree\nmyorigin = x\n", "  relayhost = lost\nmyorigin = x\n", " # c\nmyorigin = x\n",
             "myorigin = x\nrelayhost = [a]", "myorigin = x\r\nrelayhost = [a],\r\n  [b]\r\n", "myorigin = x\nmyorigin = y\n",
             "myorigin = x\nrelayhost = " + "abcdefgh," * 9000 + "\n",
             "mydestination = x" + "".join("\n  host%d.example.org," % n for n in range(999)) + "\n", "myorigin x\nrelayhost = y\n",
             " \n= x\n", "= x\n", "", "\n\n", "relayhost == y\n", "relayhost   =    y   z   \n", "relayhost\t=\ty\t\n", b"relayhost = a\0b\nmyorigin = c\n",
             "relayhost = b\u00fccher.example\n", b"relayhost = b\xfccher\n", "#relayhost = a\n  # x\nrelayhost = b # c\n",
             "relayhost = a,\n # b,\n   c,\n#d\n e\n", "relayhost = a\x0bb\x0cc\n", "relayhost = a\n\x0bb\n", "relayhost = $fooo\nfooo = 1\nbarr = 2\n",
             "maildrop_destination_recipient_limit = 2\nsmtp_destination_recipient_limit=3\n",
             "smtpd_restriction_classes = strict, lax\nstrict = reject\nlax = permit\nother = permit\n",
             "virtual_alias_maps = ldap:acc, proxy:mysql:my\nacc_server_host = x\nmy_hosts = z\nmy2_hosts = w\n", "my-name = x\nrelayhost = y\n",
             "relayhost =\n  x\n", "relayhost =\n", "relayhost=", "relay host = x\n", "smtpd_milters = { inet:h:1, default_action=accept }\n",
             "relayhost = a\\\nmyorigin = b\n", "RelayHost = x\n", 'smtpd_banner = "x $myhostname"\n']

    def test_lines_are_joined_split_and_dropped_as_postfix_does(self):
        self.assert_alike([({"main.cf": text, "master.cf": MASTER}, ["-nf"]) for text in self.LINES])

    def test_lines_are_folded_at_the_same_column(self):
        self.assert_alike([({"main.cf": "relayhost = %s %s %s %s\n" % ("a" * 54, "b" * n, "c" * 62, "d" * n),
                             "master.cf": "x unix - - n - - pipe %s %s %s\n" % ("a" * 60, "b" * n, "c" * n)}, [option])
                           for n in range(9, 14) for option in ("-nf", "-Mf")])

    # mail_owner is "postfix".
    VALUES = ["b # c", "${mail_owner?b:c}", "${nope_x?b:c}", "${nope_x:d:e}", "${mail_owner? { a } : {b}}", "${nope_x?{a}:b c}",
              "${{10} > {9}}", "${{10} > {9a}}", "${{3.10} < {3.9} ? {lt} : {ge}}", "${{3.10} <level {3.9} ? {lt} : {ge}}", "$$mail_owner",
              "$(mail_owner)", "$mail_owner-x", "${mail_owner}", "$undefined", "${{a} == {a} ? {y} : {n}}", "${{a} == {a} ? {y} : n m}",
              "${{a} == {a} ? y : n}",
              "${nope_x:{a}}", "${ mail_owner }", "$( mail_owner )", "${mail_owner ? {x}}", "$(mail_owner?b)", "a$$b$$$$c",
              "${mail_owner?$nope_x:${mail_owner}}", "${{$mail_owner} == {postfix} ? {is} : {not}}", "${{} == {}}", "${{ a } == {a}}",
              "${{2} < {10}}", "${{02} == {2}}", "${{a} != {b}}", "${{b} >= {a}}", "${{b} <= {a} : {no}}", "${{3.6} <=level {3.10}}",
              "${{1.2.3} >level {1.2}}", "${mail_owner?}", "${nope_x?}", "${mail_owner?{}:{z}}", "$1 x", "${1}", "\u00e9$mail_owner",
              "${mail_owner?a}b}", "{ $mail_owner }", "${{a}=={a}?{y}}", "${nope_x?$(}{b}", "$config_directory", "${{a} == {a} ? {$nope_q} : {$}}",
              "$mydestination", "${{a}<{b}?{x}:}", "${mail_owner?\t{a}\t:\t{b}\t}", "x\ty   z", "${mail_owner?{ a  b }}"]
    BAD_VALUES = ["${smtp-amavis_destination_recipient_limit}", "$", "${", "${mail_owner", "${}", "$-", "${mail_owner!x}", "${{a}==${b}}",
                  "${{a}}", "${{a} ~ {b}}", "${mail_owner?{a}x}", "${mail_owner?{a}:{b}x}", "${mail_owner:{a}:{b}}", "${{3.x} <=level {3.10}}",
                  "${{} <level {3}}", "${mail_owner?x:$(}", "$relayhost"]
    HOLDERS = ["relayhost", "myorigin", "smtpd_banner", "mail_name", "syslog_name", "fallback_transport", "relay_transport", "always_bcc"]

    def test_values_are_expanded_as_postfix_expands_them(self):
        cases = []
        for at in range(0, len(self.VALUES), len(self.HOLDERS)):
            pairs = list(zip(self.HOLDERS, self.VALUES[at:]))
            main = "mail_owner = postfix\n" + "".join("%s = %s\n" % pair for pair in pairs)
            cases.append(({"main.cf": main, "master.cf": MASTER}, ["-x"] + [name for name, _ in pairs]))
        self.assert_alike(cases)

    def test_what_postfix_cannot_expand_is_refused(self):
        for value, (theirs, ours) in self.each(lambda value: self.run_both("postconf", {
                "main.cf": "mail_owner = postfix\nrelayhost = %s\n" % value, "master.cf": MASTER}, ["-x", "relayhost"]), self.BAD_VALUES):
            with self.subTest(value=value):
                self.assertEqual((theirs[0], ours[0]), (1, 1))
                self.assertIn("fatal", ours[2])

    def test_names_may_be_set_later_and_settings_tried_out(self):
        stress = "smtpd_hard_error_limit = ${stress?{1}:{20}}\nsmtpd_timeout = ${stress?{10}:{300}}s\n"
        self.assert_alike([({"main.cf": main, "master.cf": MASTER}, words.split()) for main, words in (
            ("relayhost = $later\nlater = $deep\ndeep = [x]\n", "-x relayhost later"), (stress, "-x smtpd_hard_error_limit smtpd_timeout"),
            (stress, "-x -o stress=yes smtpd_hard_error_limit smtpd_timeout"), ("maximal_queue_lifetime = 5\nbiff = YES\n", "maximal_queue_lifetime biff"),
            ("relayhost = x\n", "-n -o relayhost=y"))])

    MASTERS = ["smtp inet n - n - - smtpd\nsmtp inet n - n - 5 smtpd -o a=b\nx unix - - - 60? 0 y\n", "smtp inet n - n\n", "smtp tcp n - n - - smtpd\n",
               "smtp inet n q n - - smtpd\n", "smtp inet n - n - abc smtpd\n", "smtp inet n - n x - smtpd\n", "", "# nothing\n", "  smtp inet n - n - - smtpd\n",
               "smtp\n inet n\n# note\n - n - - smtpd\n", "a/b unix - - n - - smtp -o x=\n"]

    def test_services_good_and_bad_are_read_as_postfix_reads_them(self):
        self.assert_alike([({"main.cf": "relayhost = x\n", "master.cf": text}, ["-M"]) for text in self.MASTERS])

    MAIN = ("# top comment\nmail_owner = postfix\nrelayhost = one,\n   two\n# in between\n   three\n\n  # indented comment\nbiff = no\n"
            "myorigin = $mydomain\n#biff = commented\n")
    SHOWN = ["-M", "-Mf", "-F", "-P", "-Ff", "-Pf", "-Px", "-Fh smtp/inet", "-FH smtp/*/command", "-Ph submission/inet", "-PH", "-M smtp",
             "-M smtp/unix */inet", "-M nosuch", "-M */fifo", "-F smtp/inet/nosuch", "-P submission/inet/nosuch", "-P */*/syslog_name",
             "-F */*/chroot", "-Fx dovecot", "-M smtp/inet/x", "-Mh", "-MH", "-n -M", "-F 127.0.0.1:10025", "-Fx 127.0.0.1:10025/inet/command",
             "-P 127.0.0.1:10025", "-d biff relayhost nosuch", "-n biff relayhost mynetworks", "-d -x myorigin", "-hd queue_run_delay",
             "-df smtpd_recipient_restrictions mydestination", "-e", "-C user", "-nC builtin,user", "-nC foo", "-p biff",
             "-x -o mail_owner=z mail_owner", "-o novalue mail_owner", "-hH biff", "-n -d", "-Z", "-M -F", "-#", "-X", "-e -X biff",
             "-n -x -o foo=bar", "-x -o a=b nosuch", "-nP", "-dM", "-xM", "-h relayhost biff", "-H relayhost", "nosuch"]

    def test_what_is_asked_for_is_shown_as_postconf_shows_it(self):
        self.assert_alike([({"main.cf": self.MAIN, "master.cf": self.files("null")["master.cf"]}, words.split()) for words in self.SHOWN])

    EDITS = [["-e", "biff=yes"], ["biff=yes"], ["-e", "relayhost = a b", "new=x"], ["-e", "new2 =   v   w  "], ["-e", "a b=c"], ["-e", "=x"],
             ["-e", "noequals"], ["-e", "biff="], ["-e", "biff=yes", "biff=no"], ["-#", "relayhost"], ["-#", "nosuch"], ["-X", "relayhost"],
             ["-X", "nosuch"], ["-X", "biff=no"], ["-#", "biff=no"], ["-e", "biff=y\nes"], ["-e", "#x=y"], ["-e", "biff=a#b"],
             ["-e", "smtpd_milters={ inet:a:1, x=y }"], ["-Me", "smtp/inet=smtp inet n - n - 5 smtpd -o a=b"],
             ["-Me", "new/unix=new unix - - n - - smtp"], ["-M", "smtp/inet=smtp inet n - n - 6 smtpd"], ["-M#", "submission/inet"],
             ["-MX", "relay/unix"], ["-MX", "nosuch/unix"], ["-MX", "nosuch"], ["-M#", "smtp"], ["-Fe", "smtp/inet/chroot=n"], ["-Fe", "*/*/chroot=n"],
             ["-Fe", "smtp/inet/command=smtpd -o x=y -o {z = a b}"], ["-Fe", "smtp/inet/private=maybe"], ["-Fe", "smtp/inet/nosuch=x"],
             ["-F", "smtp/unix/process_limit=7"], ["-Pe", "submission/inet/new=val"], ["-Pe", "smtp/inet/a=b", "smtp/inet/c=d"],
             ["-PX", "submission/inet/syslog_name"], ["-PX", "submission/inet/nosuch"], ["-P#", "submission/inet/syslog_name"], ["-Pe", "*/inet/q=r"],
             ["-Pe", "nosuch/inet/q=r"], ["-PX", "*/*/syslog_name"], ["-Pe", "dovecot/unix/q=r"], ["-Fe", "smtp/inet/wakeup=60"],
             ["-Fe", "smtp/inet/wakeup=xx"], ["-Fe", "smtp/inet/process_limit=-1"], ["-Me", "smtp/inet=smtp inet n"], ["-F#", "smtp/inet/chroot"],
             ["-FX", "smtp/inet/chroot"], ["-Pe", "127.0.0.1:10025/inet/mynetworks=x"], ["-Pe", "smtp/inet/a="],
             ["-Fe", "dovecot/unix/command=pipe flags=X user=a argv=/b ${c}"]]

    def test_edits_leave_the_files_that_postconf_leaves(self):
        self.assert_alike([({"main.cf": self.MAIN, "master.cf": self.files("null")["master.cf"]}, words) for words in self.EDITS])


class Check(Tools):
    """relais check, on files that were Postfix's."""

    def check(self, main, master):
        place = self.place({"main.cf": main, "master.cf": master})
        done = subprocess.run([town.RELAIS, "check", "-c", place], capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stderr.splitlines()

    def test_what_files_of_postfix_ask_for_in_vain_is_told_once_each(self):
        wanted = {
            "debian": ["biff", "smtp_tls_CApath", "ssl-cert-not-there", "/etc/aliases.lmdb"],
            "isp": ["of Postfix's: reject_rbl_client", "of Postfix's: check_policy_service", "unknown restriction: greylist", "smtpd_milters",
                    "smtpd_restriction_classes", "/etc/postfix/helo.pcre"],
            "hosting": ["of Postfix's: reject_sender_login_mismatch", "smtpd_sasl_type", "content_filter", 'not one of "none', "proxy:mysql:/etc/postfix/sql/domains.cf"],
            "null": ["/etc/aliases.lmdb"],
            "backup": ["mydomian=example.com (is mydomain meant?)", "/etc/postfix/more_domains", "permit_mx_backup_networks"]}
        silent = ["append_dot_mydomain", "zen.spamhaus", "10031", "milter_protocol", "body_checks_size_limit", "fast_flush_domains", "_destination_recipient_limit", "open relay"]
        for name, (status, lines) in self.each(lambda name: self.check((FILES / (name + ".cf")).read_text(), (FILES / "master.cf").read_text()), wanted):
            with self.subTest(name=name):
                text = "\n".join(lines)
                self.assertEqual(status, 1)
                self.assertEqual(len(lines), len(set(lines)))
                for words in wanted[name]:
                    self.assertIn(words, text)
                for words in silent:
                    self.assertNotIn(words, text)

    def test_an_open_relay_is_warned_of(self):
        master = "25025 inet n - n - - smtpd\n25026 inet n - n - - smtpd\n -o smtpd_relay_restrictions=permit_mynetworks,reject\nqmgr unix n - n - 1 qmgr\n"
        for setting, count in (("permit_mynetworks", 1), ("permit_mynetworks, permit, reject", 1), ("permit_mynetworks, reject_unauth_destination", 0),
                               ("permit_mynetworks, defer_unauth_destination, permit", 0)):
            _, lines = self.check("myhostname = a.example\nsmtpd_relay_restrictions = %s\n" % setting, master)
            self.assertEqual(sum("open relay" in line for line in lines), count, (setting, lines))


if __name__ == "__main__":
    town.main()
