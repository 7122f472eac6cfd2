# SPDX-License-Identifier: BSD-2-Clause
"""Programs that people read their mail with: mutt, mbsync, fetchmail, and what Python has."""
import email
import email.policy
import os
import poplib
import pty
import select
import shutil
import smtplib
import termios
import time
import unittest

import town

MARIE = "marie@paris.example"
MBSYNC = """
IMAPAccount paris
Host localhost
Port {port}
User {user}
Pass "{password}"
SSLType IMAPS
CertificateFile {cert}

IMAPStore far
Account paris

MaildirStore near
Path {home}/mail/
Inbox {home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
Sync All
SyncState *
"""
MUTT = """
set folder="imaps://{host}:{port}/"
set spoolfile="imaps://{host}:{port}/INBOX"
set imap_user="{user}" imap_pass="{password}" imap_authenticators="scram-sha-256"
set smtp_url="smtps://{user}@{host}:{smtps}/" smtp_pass="{password}" smtp_authenticators="plain"
set certificate_file="{cert}" ssl_verify_dates=no ssl_verify_host=no
set from="{user}" realname="Jean" use_envelope_from=yes record="=Sent" copy=yes
set delete=yes move=no confirmappend=no confirmcreate=no quit=yes sort=date sort_aux=date
set header_cache="{home}/cache" wait_key=no
"""


class MailPrograms(town.Programs):
    # mbsync cannot match an address with a certificate: it is told "localhost".
    place = {"host": "127.0.0.1", "base_port": 10000 + 1000 * (os.getpid() % 20)}

    def letters(self, *subjects):
        """Marie's letters, in this order."""
        for count, subject in enumerate(subjects, 1):
            self.paris.send(MARIE, self.jean, subject)
            self.paris.await_log(r"to=<%s>.*status=sent" % self.jean, times=count)

    def fill(self, template, **more):
        return template.format(host=self.paris.host, port=self.paris.port("IMAPS"), user=self.jean,
                               smtps=self.paris.port("SUBMISSIONS"), password=self.password(self.jean),
                               cert=self.paris.variables["CERT"], home=self.home, **more)

    # --- mbsync ---

    def mbsync(self):
        return self.run_client("mbsync", "-c", str(self.home / "mbsyncrc"), "--all")

    def near(self, folder):
        """{subject: file} of a folder on this side."""
        found = {}
        for part in ("new", "cur"):
            for path in (self.home / "mail" / folder / part).iterdir():
                found[email.message_from_bytes(path.read_bytes())["Subject"]] = path
        return found

    def set_near_flags(self, path, flags):
        path.rename(path.parent.parent / "cur" / (path.name.split(":")[0] + ":2," + flags))

    def state(self):
        """All names on this side, without the time that a state file carries."""
        return sorted(str(path.relative_to(self.home)) for path in (self.home / "mail").rglob("*"))

    def begin_mbsync(self, *subjects):
        self.letters(*subjects)
        self.write("mbsyncrc", self.fill(MBSYNC))
        (self.home / "mail").mkdir()
        self.mbsync()

    def test_mbsync_takes_new_mail_and_all_folders(self):
        self.begin_mbsync("one", "two", "three")
        self.assertEqual(sorted(self.near("INBOX")), ["one", "three", "two"])
        self.assertTrue((self.home / "mail/Sent").is_dir())

    def test_mbsync_moves_nothing_when_nothing_changed(self):
        self.begin_mbsync("one", "two")
        before, log = self.state(), self.paris.log().count("disconnect:")
        self.mbsync()
        self.assertEqual(self.state(), before)
        self.paris.await_log(r"disconnect: user=<%s>.*fetched=\d+/0, appended=0" % self.jean)
        self.assertGreater(self.paris.log().count("disconnect:"), log)

    def test_mbsync_carries_flags_both_ways(self):
        self.begin_mbsync("one", "two")
        self.set_near_flags(self.near("INBOX")["one"], "FRS")
        client = self.paris.imap(self.jean)
        client.select("INBOX")
        client.store("2", "+FLAGS", "(\\Seen \\Draft)")
        client.logout()
        self.mbsync()
        self.assertEqual(self.flags_of(self.jean), {"one": {"\\Flagged", "\\Answered", "\\Seen"},
                                                    "two": {"\\Seen", "\\Draft"}})
        self.assertEqual(self.near("INBOX")["two"].name.split(":2,")[1], "DS")

    def test_mbsync_deletes_on_both_sides(self):
        self.begin_mbsync("one", "two", "three")
        self.set_near_flags(self.near("INBOX")["one"], "ST")
        client = self.paris.imap(self.jean)
        client.select("INBOX")
        client.store("3", "+FLAGS", "\\Deleted")
        client.expunge()
        client.logout()
        self.mbsync()
        self.assertEqual(list(self.near("INBOX")), ["two"])
        self.assertEqual(list(self.flags_of(self.jean)), ["two"])

    def test_mbsync_makes_and_renames_folders(self):
        self.begin_mbsync("one")
        shutil.copytree(self.home / "mail/INBOX", self.home / "mail/Trips/2026",
                        ignore=shutil.ignore_patterns(".*"))
        path = self.near("Trips/2026")["one"]
        path.rename(path.parent / "1700000000.1_1.here")  # a letter of its own, without mbsync's number
        (self.home / "mail/Trips/cur").mkdir()
        self.mbsync()
        self.assertEqual(list(self.flags_of(self.jean, "Trips/2026")), ["one"])
        client = self.paris.imap(self.jean)
        self.assertEqual(client.rename("Trips", "Travels")[0], "OK")
        client.logout()
        self.mbsync()
        self.assertEqual(list(self.near("Travels/2026")), ["one"])

    def test_mbsync_puts_letters_of_this_side_into_the_mailbox(self):
        self.begin_mbsync()
        self.write("mail/Drafts/new/1700000000.2_1.here", "Subject: from here\n\nHello.\n")
        self.mbsync()
        self.assertEqual(list(self.flags_of(self.jean, "Drafts")), ["from here"])

    # --- fetchmail ---

    def fetchmail(self, options, status=0):
        config = self.write("fetchmailrc", 'poll %s protocol pop3 uidl port %d user "%s" password "%s" ssl sslcertfile'
                            ' "%s" sslcommonname "localhost" mda "/usr/bin/tee -a %s/got" %s\n' % (
                                self.paris.host, self.paris.port("POP3S"), self.jean, self.password(self.jean),
                                self.paris.variables["CERT"], self.home, options))
        self.run_client("fetchmail", "-f", config, "--nodetach", "--idfile", str(self.home / "ids"), "--pidfile",
                        str(self.home / "pid"), status=status)
        return (self.home / "got").read_text().count("Subject: ") if (self.home / "got").exists() else 0

    def test_fetchmail_takes_mail_away(self):
        self.letters("one", "two")
        self.assertEqual(self.fetchmail("nokeep"), 2)
        self.assertEqual(self.paris.read_mail(self.jean, 0), [])

    def test_fetchmail_keeps_mail_and_fetches_only_what_is_new(self):
        self.letters("one", "two")
        self.assertEqual(self.fetchmail("keep"), 2)
        self.assertEqual(self.fetchmail("keep", status=1), 2)  # 1: nothing new
        self.letters_more("three")
        self.assertEqual(self.fetchmail("keep"), 3)
        self.paris.read_mail(self.jean, 3)

    def letters_more(self, subject):
        entry = self.paris.send(MARIE, self.jean, subject)
        self.paris.await_log(r"%s: to=<%s>.*status=sent" % (entry, self.jean))

    # --- mutt ---

    def mutt(self, keys):
        """Runs mutt on a terminal until it ends by itself."""
        if not shutil.which("mutt"):
            self.skipTest("mutt is not installed")
        config = self.write("muttrc", self.fill(MUTT) + "push '%s'\n" % keys)
        pid, terminal = pty.fork()
        if pid == 0:
            termios.tcsetwinsize(0, (40, 120))
            os.execvpe("mutt", ["mutt", "-n", "-F", config],
                       dict(os.environ, HOME=str(self.home), TERM="vt100"))
        shown, end = b"", time.monotonic() + town.WAIT_SECONDS
        try:
            while time.monotonic() < end:
                if select.select([terminal], [], [], 0.2)[0]:
                    shown += os.read(terminal, 65536)
        except OSError:  # the other side has gone
            pass
        finally:
            os.close(terminal)
            if time.monotonic() >= end:
                os.kill(pid, 9)
            _, status = os.waitpid(pid, 0)
        self.assertEqual(status, 0, shown.decode(errors="replace")[-3000:])
        return shown.decode(errors="replace")

    def test_mutt_flags_copies_and_deletes(self):
        self.letters("one", "two", "three")
        self.mutt("<first-entry><flag-message><first-entry><copy-message>=Archive<enter><last-entry>"
                  "<delete-message><sync-mailbox><quit>")
        kept = self.flags_of(self.jean)
        self.assertEqual(sorted(kept), ["one", "two"])
        self.assertIn("\\Flagged", kept["one"])
        self.assertEqual(list(self.flags_of(self.jean, "Archive")), ["one"])

    def test_mutt_reads_searches_and_makes_mailboxes(self):
        self.letters("one", "two")
        self.mutt("<first-entry><display-message><exit><limit>~s two<enter><save-message>=Trips/2026<enter>"
                  "<sync-mailbox><quit>")
        self.assertEqual(list(self.flags_of(self.jean, "Trips/2026")), ["two"])
        self.assertEqual(self.flags_of(self.jean), {"one": {"\\Seen"}})

    def test_mutt_sends_and_keeps_a_copy(self):
        config = self.write("muttrc", self.fill(MUTT))
        attached = self.write("list.txt", "apples\n" * 100)
        self.run_client("mutt", "-n", "-F", config, "-s", "Grüße", "-a", attached, "--", MARIE, stdin=b"Hello.\n")
        self.paris.await_log(r"to=<%s>.*status=sent" % MARIE)
        got = [one for one in self.paris.read_mail(MARIE, 1) if one["From"].endswith("<%s>" % self.jean)]
        self.assertEqual(len(got), 1)
        self.assertEqual(got[0].get_payload()[1].get_payload(decode=True), b"apples\r\n" * 100)
        self.assertEqual(len(self.flags_of(self.jean, "Sent")), 1)

    # --- Python ---

    def test_smtplib_sends_a_letter_that_poplib_and_imaplib_read_alike(self):
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = MARIE, self.jean, "Zoë & Ünal"
        message.set_content(".dot\n..dots\n" + "long " * 300 + "\nä\n")
        message.add_attachment(bytes(range(256)) * 64, "application", "octet-stream", filename="all.bin")
        client = self.paris.submission(MARIE)
        self.assertEqual(client.send_message(message), {})
        client.quit()
        self.paris.await_log(r"to=<%s>.*status=sent" % self.jean)
        by_imap = self.whole_by_imap()
        pop = self.paris.pop(self.jean)
        _, lines, _ = pop.retr(1)
        size = int(pop.list(1).split()[2])
        top = pop.top(1, 0)[1]
        pop.quit()
        self.assertEqual(b"".join(line + b"\r\n" for line in lines), by_imap)
        self.assertEqual(size, len(by_imap))
        self.assertEqual(b"\r\n".join(top) + b"\r\n", by_imap[:by_imap.index(b"\r\n\r\n") + 4])
        got = email.message_from_bytes(by_imap, policy=email.policy.default)
        self.assertEqual(got["Subject"], "Zoë & Ünal")
        self.assertEqual(got.get_body().get_content().replace("\r\n", "\n"), message.get_body().get_content())
        self.assertEqual(next(got.iter_attachments()).get_content(), bytes(range(256)) * 64)

    def whole_by_imap(self):
        client = self.paris.imap(self.jean)
        client.select("INBOX", readonly=True)
        _, data = client.fetch("1", "(BODY.PEEK[])")
        client.logout()
        return data[0][1]

    def test_smtplib_is_told_which_recipient_is_refused(self):
        client = self.paris.submission(MARIE)
        refused = client.sendmail(MARIE, [self.jean, "nobody@paris.example"], town.letter(MARIE, self.jean, "some"))
        self.assertEqual(list(refused), ["nobody@paris.example"])
        self.assertEqual(refused["nobody@paris.example"][0], 550)
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            client.sendmail(MARIE, ["nobody@paris.example"], town.letter(MARIE, self.jean, "none"))
        self.assertEqual(client.noop()[0], 250)
        client.quit()

    def test_imaplib_does_all_that_it_can(self):
        self.letters("one", "two")
        client = self.paris.imap(self.jean)
        self.assertIn(b"UIDPLUS", client.capability()[1][0].split())
        self.assertEqual(client.create("Box")[0], "OK")
        self.assertEqual(client.subscribe("Box")[0], "OK")
        self.assertTrue(any(line.endswith(b" Box") for line in client.lsub()[1]))
        self.assertEqual(client.append("Box", "(\\Seen)", '"17-Jul-1996 02:44:25 -0700"', b"Subject: old\r\n\r\nx\r\n")
                         [0], "OK")
        self.assertIn(b"MESSAGES 1", client.status("Box", "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT)")[1][0])
        client.select("INBOX")
        self.assertEqual(client.search("UTF-8", "SUBJECT", '"one"')[1], [b"1"])
        self.assertEqual(client.uid("SEARCH", "NOT", "SEEN")[1], [b"1 2"])
        self.assertEqual(client.copy("1:2", "Box")[0], "OK")
        self.assertEqual(client.fetch("1", "(BODY.PEEK[TEXT]<0.5>)")[1][0][1], b"Hello")
        self.assertEqual(client.store("1", "+FLAGS", "(\\Deleted label)")[0], "OK")
        self.assertEqual(client.expunge()[1], [b"1"])
        self.assertEqual(client.check()[0], "OK")
        self.assertEqual(client.close()[0], "OK")
        self.assertEqual(client.rename("Box", "Chest")[0], "OK")
        client.select("Chest")
        self.assertEqual(client.untagged_responses["EXISTS"], [b"3"])
        self.assertIn(b"17-Jul-1996 09:44:25 +0000", client.fetch("1", "INTERNALDATE")[1][0])
        self.assertEqual(client.unselect()[0], "OK")
        self.assertEqual(client.delete("Chest")[0], "OK")
        self.assertEqual(client.select("Chest")[0], "NO")
        self.assertEqual(client.namespace()[0], "OK")
        self.assertEqual(client.enable("CONDSTORE")[0], "OK")
        self.assertEqual(client.logout()[0], "BYE")

    def test_an_idling_client_is_told_within_milliseconds(self):
        idler, other = self.paris.imap(self.jean), self.paris.imap(self.jean)
        idler.select("INBOX")
        idler.send(b"I1 IDLE\r\n")
        while not idler.readline().startswith(b"+"):
            pass
        waits = []
        for count in range(1, 11):
            other.append("INBOX", None, None, b"Subject: x\r\n\r\n")
            since = time.monotonic()
            while idler.readline() != b"* %d EXISTS\r\n" % count:
                pass
            waits.append(time.monotonic() - since)
        self.assertLess(sorted(waits)[5], 0.1, waits)
        idler.send(b"DONE\r\n")
        idler.shutdown()
        other.logout()

    def test_poplib_does_all_that_it_can(self):
        self.letters("one", "two", "three")
        client = self.paris.pop(self.jean)
        self.assertEqual(client.stat()[0], 3)
        self.assertEqual(len(client.list()[1]), 3)
        ids = client.uidl()[1]
        self.assertEqual(client.uidl(2).split()[1:], ids[1].split())
        self.assertIn("TOP", client.capa())
        client.dele(1)
        self.assertEqual(client.stat()[0], 2)
        client.rset()
        self.assertEqual(client.stat()[0], 3)
        client.dele(1)
        with self.assertRaises(poplib.error_proto):
            client.retr(1)
        self.assertIn(b"Subject: two", client.retr(2)[1])
        client.noop()
        client.quit()
        client = self.paris.pop(self.jean)
        self.assertEqual([line.split()[1] for line in client.uidl()[1]], [line.split()[1] for line in ids[1:]])
        client.dele(1)
        client.close()  # without QUIT nothing goes
        client = self.paris.pop(self.jean)
        self.assertEqual(client.stat()[0], 2)
        client.quit()


if __name__ == "__main__":
    town.main()
