#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mail to users of the host itself: aliases, mbox files and their locks, and loops."""
import fcntl
import os
import pathlib
import pwd
import shutil
import unittest

import town

USERS = ("games", "news")


def can_be_others():
    """Deliveries become their recipients, which must be there."""
    try:
        return os.geteuid() == 0 and all(pwd.getpwnam(name) for name in USERS)
    except KeyError:
        return False


@unittest.skipUnless(can_be_others(), "this needs the superuser, and the users " + ", ".join(USERS))
class LocalDelivery(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spool = pathlib.Path("/tmp", "relais-spool.%d" % os.getpid())
        cls.spool.mkdir(mode=0o1777)
        cls.spool.chmod(0o1777)
        cls.addClassCleanup(shutil.rmtree, cls.spool, True)
        cls.members = cls.spool / ".members"  # where confinement lets local read
        cls.members.write_text("# members\ngames, news\n")
        cls.members.chmod(0o644)
        aliases = ("inline:{{team=games, news}, {escaped=\\games}, {list=:include:%s}, {cmd=\"|/bin/true\"}, {file=/tmp/none}, "
                   "{here=there}, {there=here}}" % cls.members)
        cls.host = town.Town("paris.example", ["marie@paris.example"], settings=(
            "mydestination=host.paris.example", "alias_maps=" + aliases, "mail_spool_directory=%s" % cls.spool,
            "recipient_delimiter=+", "minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=1s",
            "mailbox_size_limit=20000", "local_recipient_maps=", "allow_mail_to_commands=forward", "allow_mail_to_files=forward"))
        cls.addClassCleanup(cls.host.close)

    def send(self, user, subject, text="Hello.\r\n"):
        return self.host.send("marie@paris.example", user + "@host.paris.example", subject, text)

    def status_of(self, queue_id, word="sent"):
        return self.host.await_log(r"%s.*status=%s \(.*" % (queue_id, word)).group(0)

    def mbox(self, user):
        return (self.spool / user).read_text()

    def test_a_message_is_in_the_users_mbox_with_from_lines_quoted(self):
        self.status_of(self.send("games+tag", "quoted", "From here on\r\n>From there\r\n"))
        text = self.mbox("games")
        self.assertIn("\n\n>From here on\n>From there\n\n", text)
        self.assertIn("Delivered-To: games@host.paris.example\n", text)
        status = (self.spool / "games").stat()
        self.assertEqual((status.st_uid, status.st_mode & 0o777), (pwd.getpwnam("games").pw_uid, 0o600))

    def test_aliases_lists_and_escaped_names_reach_each_member(self):
        for name in ("team", "list", "escaped"):
            queue_id = self.send(name, "for " + name)
            self.host.await_log(r"%s.*to=<games@host.*status=sent \(delivered" % queue_id)
            self.assertIn("Subject: for %s\n" % name, self.mbox("games"))
        self.host.await_log(r"to=<news@host.*status=sent \(delivered", 2)
        self.assertIn("Subject: for list\n", self.mbox("news"))

    def test_commands_and_files_are_refused_where_they_are_not_allowed(self):
        for name in ("cmd", "file"):
            self.assertIn("dsn=5.7.1", self.status_of(self.send(name, name), "bounced"))

    def test_aliases_that_go_round_are_a_loop(self):
        self.assertIn("dsn=5.4.6", self.status_of(self.send("here", "round"), "bounced"))

    def test_a_full_mbox_takes_no_more(self):
        self.assertIn("dsn=5.2.2", self.status_of(self.send("news", "large", "x" * 70 + "\r\n" * 20000), "bounced"))

    def test_a_lock_of_another_program_is_waited_for(self):
        path = self.spool / "news"
        self.status_of(self.send("news", "before"))
        with open(path, "r+") as box:
            fcntl.lockf(box, fcntl.LOCK_EX)
            queue_id = self.send("news", "locked")
            self.assertIn("dsn=4.2.0", self.status_of(queue_id, "deferred"))
            self.assertNotIn("Subject: locked\n", path.read_text())
        self.status_of(queue_id)
        self.assertEqual(path.read_text().count("Subject: locked\n"), 1)


if __name__ == "__main__":
    town.main()
