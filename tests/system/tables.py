# SPDX-License-Identifier: BSD-2-Clause
"""Tables that change, break and go while the system runs: nobody is refused for it, and the log tells."""
import os
import pathlib
import tempfile
import unittest

import town

PARIS = "paris.example"


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="relais.", dir="/tmp"))
        cls.top.chmod(0o755)
        cls.aliases, cls.patterns = cls.top / "aliases", cls.top / "patterns"
        cls.kept, cls.domains = cls.top / "kept", cls.top / "domains"
        cls.aliases.write_text("old@%s user1@%s\n" % (PARIS, PARIS))
        cls.patterns.write_text("/^odd-/ user1@%s\n" % PARIS)
        cls.kept.write_text("kept@%s user1@%s\n" % (PARIS, PARIS))
        cls.domains.write_text(PARIS + "\n")
        cls.paris = town.Town(PARIS, numbered=1, host=town.own_host(6), settings=[
            "virtual_alias_maps=texthash:%s pcre:%s texthash:%s" % (cls.aliases, cls.patterns, cls.kept),
            "virtual_mailbox_domains=%s" % cls.domains])
        cls.addClassCleanup(cls.paris.close)

    def replace(self, path, text):
        new = path.with_suffix(".new")
        new.write_text(text)
        new.chmod(0o644)
        os.rename(new, path)

    def code_for(self, name):
        with self.paris.smtp() as client:
            client.ehlo()
            client.mail("a@elsewhere.example")
            return client.rcpt("%s@%s" % (name, PARIS))[0]

    def await_code(self, name, code):
        town.await_true(lambda: self.code_for(name) == code, "%d for %s" % (code, name))

    def test_new_contents_are_taken_and_lines_that_are_none_are_told(self):
        self.await_code("old", 250)
        self.assertNotIn("skipped", self.paris.log())
        self.replace(self.aliases, "new@%s user1@%s\nno-value\n" % (PARIS, PARIS))
        self.await_code("new", 250)
        self.paris.await_log(r"relais/smtpd\[\d+\]: warning: %s, line 2: .*; skipped" % self.aliases)
        self.replace(self.patterns, "/^even-/ user1@%s\n/^(/ x\n" % PARIS)
        self.await_code("even-3", 250)
        self.await_code("odd-3", 550)
        self.paris.await_log(r"relais/smtpd\[\d+\]: warning: %s, line 2: .*; skipped" % self.patterns)

    def test_of_a_table_that_is_gone_the_old_contents_stay_and_that_is_told(self):
        self.kept.rename(self.top / "away")
        self.domains.rename(self.top / "too")

        def is_told():
            self.assertEqual(self.code_for("kept"), 250)
            return "the old contents of texthash:%s stay in use" % self.kept in self.paris.log() and \
                "the old contents of the list stay in use" in self.paris.log()
        town.await_true(is_told, "the log to tell")
        (self.top / "away").rename(self.kept)
        (self.top / "too").rename(self.domains)
        self.assertEqual(self.code_for("kept"), 250)


if __name__ == "__main__":
    town.main()
