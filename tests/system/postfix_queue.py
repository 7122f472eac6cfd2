# SPDX-License-Identifier: BSD-2-Clause
"""postqueue, postsuper and postcat beside Postfix's own: the same two letters wait in a queue of each, and what scripts
read of them is the same."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import peer
import town

DOMAIN = "paris.example"
MARIE = "marie@" + DOMAIN
WAITING = ["x@silent.example", "y@silent.example"]
NOBODYS = "4jYMww6ZWTz00ZmHV7"  # a queue id of no message
ENTRY = re.compile(r"^(?P<id>[0-9A-Za-z]+)(?P<mark>[*!]?) +(?P<size>\d+) +(?P<when>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8}) +(?P<sender>\S+)$")


@unittest.skipIf(peer.why_no_postfix(), peer.why_no_postfix())
class Queue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="relais.", dir="/tmp"))
        cls.top.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        silent = town.own_host(4)  # nobody listens there
        host = town.own_host(3)
        zone = town.zone_of({DOMAIN: host, "silent.example": silent})
        cls.ours = town.Town(DOMAIN, [MARIE], host=host, zone=zone)
        cls.addClassCleanup(cls.ours.close)
        cls.theirs = peer.Postfix(cls.top / "postfix", town.own_host(5), ["peer.example"],
                                  {"relayhost": "[%s]:9" % silent, "enable_long_queue_ids": "yes"})
        cls.theirs.start()
        cls.addClassCleanup(cls.theirs.run, "postfix", "stop")
        (cls.top / "bin").mkdir()
        for name in ("postqueue", "postsuper", "postcat", "mailq"):
            (cls.top / "bin" / name).symlink_to(town.RELAIS)

    def tool(self, which, name, *words, stdin=""):
        """(status, standard output, standard error without the name of the tool)."""
        path = peer.SBIN + name if which is self.theirs else str(self.top / "bin" / name)
        config = self.theirs.directory / "config" if which is self.theirs else self.ours.variables["CONFIG_DIR"]
        done = subprocess.run([path, "-c", config, *words], input=stdin, capture_output=True, text=True, timeout=60, check=False,
                              env=dict(os.environ, LC_ALL="C", MAIL_CONFIG=str(config)))
        return done.returncode, done.stdout, re.sub(r"(?m)^\S*post\w+: ", "", done.stderr)

    def both(self, name, *words):
        return self.tool(self.theirs, name, *words), self.tool(self.ours, name, *words)

    def listed(self, which):
        return [json.loads(line) for line in self.tool(which, "postqueue", "-j")[1].splitlines()]

    def await_listed(self, which, count, name="deferred"):
        """The ids once there are so many of this queue and none else."""
        end = time.monotonic() + town.WAIT_SECONDS
        while True:
            found = self.listed(which)
            if [one["queue_name"] for one in found] == [name] * count:
                return [one["queue_id"] for one in found]
            self.assertLess(time.monotonic(), end, found)
            time.sleep(0.1)

    def setUp(self):
        for which in (self.theirs, self.ours):
            self.tool(which, "postsuper", "-d", "ALL")
            self.await_listed(which, 0)
            client = which.smtp() if which is self.theirs else which.submission(MARIE)
            for count in (1, 2):
                client.sendmail(MARIE, WAITING[:count], "From: <%s>\r\nSubject: waits\r\n\r\nHello.\r\n.dot\r\n" % MARIE)
            client.quit()
        self.their_ids, self.our_ids = self.await_listed(self.theirs, 2), self.await_listed(self.ours, 2)

    # --- lists ---

    def entries(self, text):
        """[(the entry's fields, its further lines)] of mailq's output."""
        blocks = text.split("\n", 1)[1].rsplit("\n\n", 1)[0].split("\n\n")
        found = []
        for block in blocks:
            first, *more = block.split("\n")
            match = ENTRY.match(first)
            self.assertTrue(match, first)
            found.append((match.groupdict(), more))
        return found

    def test_the_list_has_the_lines_that_scripts_take_apart(self):
        (status, theirs, _), (our_status, ours, _) = self.both("postqueue", "-p")
        self.assertEqual((status, our_status), (0, 0))
        self.assertEqual(ours.split("\n")[0].strip("-").split()[:1], theirs.split("\n")[0].strip("-").split()[:1])
        for text in (theirs, ours):
            self.assertRegex(text, r"\n\n-- \d+ Kbytes in 2 Requests\.\n$")
            shapes = sorted((fields["sender"], fields["mark"], [line.strip()[:1] == "(" or line.strip() for line in more])
                            for fields, more in self.entries(text))
            self.assertEqual(shapes, [(MARIE, "", [True, WAITING[0]]), (MARIE, "", [True, *WAITING])])
            for line in text.split("\n"):
                if "(" not in line and "silent.example" in line:
                    self.assertEqual(line.index(line.strip()), text.index(MARIE) - text.rindex("\n", 0, text.index(MARIE)) - 1)

    def test_the_list_in_json_has_the_members_of_postfix(self):
        theirs, ours = self.listed(self.theirs)[0], self.listed(self.ours)[0]
        self.assertLessEqual(set(theirs) - {"forced_expire"}, set(ours))
        for name in theirs:
            if name in ours:
                self.assertIs(type(ours[name]), type(theirs[name]), name)
        self.assertEqual(set(ours["recipients"][0]), set(theirs["recipients"][0]))

    def test_an_empty_queue_says_so(self):
        for which in (self.theirs, self.ours):
            self.assertEqual(self.tool(which, "postsuper", "-d", "ALL")[0::2], (0, "Deleted: 2 messages\n"))
            self.await_listed(which, 0)
        theirs, ours = self.both("postqueue", "-p")
        self.assertEqual(ours, theirs)
        self.assertEqual(ours[1], "Mail queue is empty\n")
        theirs, ours = self.both("postqueue", "-j")
        self.assertEqual(ours, theirs)

    # --- changes ---

    def told(self, which, *words, stdin=""):
        """Status and words of postsuper, with names for the ids."""
        ids = self.their_ids if which is self.theirs else self.our_ids
        status, out, errors = self.tool(which, "postsuper", *[word.format(*ids) for word in words], stdin=stdin.format(*ids))
        for number, name in enumerate(ids):
            errors = errors.replace(name, "ID%d" % number)
        return status, out, sorted(errors.splitlines())

    def test_orders_to_postsuper_do_and_say_the_same(self):
        for words, stdin in ((["-h", "{0}"], ""), (["-h", "ALL"], ""), (["-H", "ALL", "deferred"], ""), (["-H", "{1}"], ""), (["-h", "{1}"], ""),
                             (["-H", "ALL", "hold"], ""), (["-h", NOBODYS], ""), (["-d", NOBODYS], ""), (["-d", "bad/id"], ""),
                             (["-d", "ALL", "hold"], ""), (["-d", "ALL", "nosuch"], ""), (["-d", "{0}", "hold"], ""), ([], ""), (["-p"], ""),
                             (["-h", "{0}", "-d", "{1}"], "")):
            theirs, ours = [self.told(which, *words, stdin=stdin) for which in (self.theirs, self.ours)]
            with self.subTest(words=words):
                self.assertEqual(ours[:2], theirs[:2])
                if theirs[0] == 0:
                    self.assertEqual(ours[2], theirs[2])
        self.await_listed(self.theirs, 1, "hold")
        self.await_listed(self.ours, 1, "hold")

    def test_ids_come_from_standard_input(self):
        text = "{0}\n%s\n{1}\n" % NOBODYS
        self.assertEqual(*[self.told(which, "-d", "-", stdin=text) for which in (self.ours, self.theirs)])
        self.await_listed(self.ours, 0)

    def test_only_the_queue_that_is_named_loses_its_mail(self):
        for which in (self.theirs, self.ours):
            self.told(which, "-h", "{0}")
            self.assertEqual(self.told(which, "-d", "ALL", "deferred"), (0, "", ["Deleted: 1 message"]))
            self.await_listed(which, 1, "hold")

    def test_a_flush_of_what_is_not_there_and_words_that_make_no_sense(self):
        for words, good in ((["-f"], True), (["-i", "bad/id"], False), ([], False), (["-Z"], False), (["-p", "x"], False), (["-p", "-f"], False)):
            theirs, ours = self.both("postqueue", *words)
            with self.subTest(words=words):
                self.assertEqual((theirs[0] == 0, ours[0] == 0), (good, good))
                self.assertEqual(ours[1], theirs[1])

    # --- contents ---

    def test_postcat_shows_what_scripts_look_for(self):
        shown = {}
        for which, ids in ((self.theirs, self.their_ids), (self.ours, self.our_ids)):
            name = max(ids, key=lambda one, which=which: self.tool(which, "postcat", "-q", one)[1].count("\nrecipient: "))
            shown[which] = {words: self.tool(which, "postcat", words, name) for words in ("-q", "-qe", "-qh", "-qb", "-qbh")}
        theirs, ours = shown[self.theirs], shown[self.ours]
        for words in theirs:
            self.assertEqual((ours[words][0], theirs[words][0]), (0, 0))
        self.assertEqual(ours["-qb"], theirs["-qb"])
        self.assertEqual(ours["-qbh"][1], ours["-qh"][1] + ours["-qb"][1])
        for pattern in (r"(?m)^sender: (.*)", r"(?m)^recipient: (.*)", r"(?m)^original_recipient: (.*)", r"(?m)^\*\*\* ENVELOPE RECORDS", r"(?m)^\*\*\* MESSAGE FILE END"):
            self.assertEqual(re.findall(pattern, ours["-qe"][1]), re.findall(pattern, theirs["-qe"][1]))
        self.assertRegex(ours["-qe"][1], r"(?m)^message_size: +\d+$")
        self.assertRegex(ours["-qe"][1], r"(?m)^message_arrival_time: \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$")
        for text in (ours["-qbh"][1], ours["-qh"][1]):
            self.assertRegex(text, r"\AReceived: ")
        self.assertEqual([status for status, *_ in self.both("postcat", "-q", NOBODYS)], [1, 1])


if __name__ == "__main__":
    town.main()
