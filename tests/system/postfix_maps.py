# SPDX-License-Identifier: BSD-2-Clause
"""Tables beside Postfix's own postmap and postalias: the same texts built, listed and asked for the same keys."""
import ipaddress
import os
import random
import re
import subprocess

import town
from postfix_tools import PEER, Tools

MAIN = "compatibility_level = 3.6\nmyhostname = mail.example.org\n"


def listed(out):
    """Lines in order, without what postalias adds for NIS, blanks as one."""
    lines = [re.sub("[ \t]+", " ", line) for line in out.splitlines()]
    return sorted(line for line in lines if not line.startswith(("@: ", "YP_LAST_MODIFIED: ", "YP_MASTER_NAME: ")))


class Tables(Tools):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.types = subprocess.run([PEER + "/postconf", "-m"], capture_output=True, text=True, check=True).stdout.split()

    def wanted(self, kind):
        if kind not in self.types:
            self.skipTest("this postfix has no tables of type " + kind)

    def both(self, tool, text, steps):
        """For each tool, after main.cf and the text file "t": [(status, sorted output lines, warnings?)] of the steps (words, stdin)."""
        results = []
        for path in (PEER + "/" + tool, self.bin / tool):
            place = self.place({"main.cf": MAIN, "t": text})
            done = [self.invoke(path, place, words, stdin) for words, stdin in steps]
            results.append([(status, listed(out), bool(errors)) for status, out, errors in done])
        return results

    def assert_alike(self, tool, cases, warnings=True):
        """Each case: (text of the table, steps)."""
        for (text, steps), (theirs, ours) in self.each(lambda case: self.both(tool, *case), cases):
            with self.subTest(text=text[:200], steps=steps):
                self.assertEqual([one[:2] for one in ours], [one[:2] for one in theirs])
                if warnings:
                    self.assertEqual([one[2] for one in ours], [one[2] for one in theirs], "one warns, the other not")

    # --- building ---

    LIST = (["-s", "lmdb:t"], "")
    TEXTS = ["key value\nKey2 Value two\n", "key one,\n  two\n# note\n\n\tthree\nother x\n", "  lost\nkey value\n", "# only a comment\n", "",
             '"a b" quoted\nplain x\n', '"a\\"b"@example.org x\n', "key value", "key\nother x\n", "key  \nother x\n", "key one\nkey two\n",
             "KEY one\nkey two\n", "k\u00e9y \u00c9\n", "key value\r\nnext x\r\n", "key: value\n", "key\t\tvalue\t \n",
             "a" * 500 + " longest\n", "a b # c\n", "@example.org x\nuser+ext@example.org y\n.example.org z\n", "key \"quoted value\"\n",
             "192.0.2 net\n192.0.2.1 host\n2001:db8::1 six\n", "key one\n two\nkey three\n"]

    def test_texts_become_the_same_tables(self):
        self.assert_alike("postmap", [(text, [(["lmdb:t"], ""), self.LIST]) for text in self.TEXTS])

    def test_options_of_building_mean_the_same(self):
        text = "KEY one\nkey two\nkey three\n"
        self.assert_alike("postmap", [(text, [(words + ["lmdb:t"], ""), self.LIST]) for words in (
            ["-f"], ["-w"], ["-r"], ["-wf"], ["-N"], ["-n"], ["-o"], ["-p"], ["-u"], ["-v"][:0], ["-w", "-r"], ["-Z"], ["-s", "-q", "x"])])

    ALIASES = ["root: admin@example.org\n", "Postmaster:root\nMAILER-DAEMON: postmaster\n", '"quoted name": x\n', "list: :include:/etc/list\n",
               'cmd: "|/bin/cat -n"\nfile: /var/log/x\n', "many: a, b,\n  c\n# note\n d\n", "nocolon\nok: x\n", "owner-list: x\nlist: a, b\n",
               "empty:\nok: x\n", "a: b\na: c\n", "spaced : x\n", 'n: "a b"@example.org\n', "a@example.org: b\n"]

    def test_aliases_become_the_same_tables(self):
        self.assert_alike("postalias", [(text, [(["lmdb:t"], ""), (["-q", "root", "lmdb:t"], ""), (["-q", "QUOTED name", "lmdb:t"], ""), self.LIST])
                                        for text in self.ALIASES])

    # --- changing and asking ---

    def test_entries_are_added_removed_and_asked_for_alike(self):
        text = "one 1\nTwo 2\nthree 3\n"
        built = (["lmdb:t"], "")
        self.assert_alike("postmap", [(text, [built] + steps + [self.LIST]) for steps in (
            [(["-q", "ONE", "lmdb:t"], ""), (["-q", "nosuch", "lmdb:t"], "")], [(["-q", "-", "lmdb:t"], "one\nTWO\nnosuch\n\nthree\n")],
            [(["-q", "-", "lmdb:t"], "nosuch\n")], [(["-q", "-", "lmdb:t"], "")], [(["-d", "one", "lmdb:t"], ""), (["-d", "one", "lmdb:t"], "")],
            [(["-d", "TWO", "lmdb:t"], "")], [(["-d", "-", "lmdb:t"], "one\nnosuch\nthree\n")], [(["-i", "lmdb:t"], "four 4\n# no\none 9\n")],
            [(["-ir", "lmdb:t"], "one 9\nFive 5\n")], [(["-iw", "lmdb:t"], "one 9\n")], [(["-i", "lmdb:new"], "a b\n"), (["-s", "lmdb:new"], "")],
            [(["-q", "one", "lmdb:t", "static:all"], ""), (["-q", "x", "lmdb:t", "static:all"], "")])])

    def test_what_cannot_be_done_fails_alike(self):
        cases = [["lmdb:nosuch"], ["nosuchtype:t"], ["regexp:t"], ["-q", "x", "lmdb:nosuch"], ["-d", "x", "lmdb:nosuch"], ["-s", "regexp:t"], [],
                 ["-q", "x"], ["-q", "x", "nosuchtype:t"], ["-d", "x", "regexp:t"], ["-i", "regexp:t"], ["-q", "x", "static:y"], ["-q", "x", "fail:y"]]
        self.assert_alike("postmap", [("key value\n", [(words, "")]) for words in cases], warnings=False)

    def test_a_table_has_the_mode_of_its_text(self):
        for mode in (0o600, 0o640, 0o644, 0o664, 0o666):
            modes = []
            for path in (PEER + "/postmap", self.bin / "postmap"):
                place = self.place({"main.cf": MAIN, "t": "key value\n"})
                os.chmod(place / "t", mode)
                self.invoke(path, place, ["lmdb:t"], "")
                modes.append(os.stat(place / "t.lmdb").st_mode & 0o777)
            self.assertEqual(modes[1] & ~modes[0], 0, "%o: %o grants more than %o" % (mode, modes[1], modes[0]))

    def test_who_reads_while_a_table_is_made_anew_finds_the_old_or_the_new(self):
        place = self.place({"main.cf": MAIN, "t": "key 0\n"})
        tool = self.bin / "postmap"
        self.invoke(tool, place, ["lmdb:t"], "")
        made = [subprocess.Popen([tool, "-c", place, "-q", "key", "lmdb:t"], stdout=subprocess.PIPE, cwd=place) for _ in range(2)]
        for number in range(1, 9):
            (place / "t").write_text("".join("filler%d x\n" % n for n in range(3000)) + "key %d\n" % number)
            made.append(subprocess.Popen([tool, "-c", place, "-q", "key", "lmdb:t"], stdout=subprocess.PIPE, cwd=place))
            self.assertEqual(self.invoke(tool, place, ["lmdb:t"], "")[0], 0)
        for reader in made:
            self.assertRegex(reader.communicate(timeout=60)[0], b"^[0-8]\n$")
        self.assertEqual(sorted(os.listdir(place)), ["main.cf", "t", "t.lmdb"])

    # --- patterns ---

    def ask(self, kind, text, keys):
        """Asks both for all keys and compares what is found."""
        self.wanted(kind)
        steps = [(["-q", "-", kind + ":t"], "".join(key + "\n" for key in keys))]
        (theirs,), (ours,) = self.both("postmap", text, steps)
        self.assertEqual(ours[1], theirs[1])
        self.assertEqual(ours[0], theirs[0])
        return ours[1]

    CIDR = ("# nets\n192.0.2.1 host\n192.0.2.0/25 low\n!192.0.2.0/24 outside\n192.0.2.128/26 PERMIT upper\n  continued\n"
            "if 192.0.2.0/24\n192.0.2.192/28 deep\nif !192.0.2.224/27\n192.0.2.208/28 deeper\nendif\nendif\n0.0.0.0/0 all\n")
    CIDR6 = ("2001:db8::1 one\n2001:db8:0:1::/64 net\nif 2001:db8::/32\n2001:db8:8000::/33 half\nendif\n"
             "198.51.100.0/24 four\n198.51.100.1/24 bad\n10.0.0.0/33 bad\nnonsense x\n::/0 rest\n")

    def test_nets_match_alike(self):
        dice = random.Random(1)
        keys = ["192.0.2.%d" % n for n in range(256)] + ["x", "192.0.2", "192.0.2.1.", "192.0.2.256"]
        keys += [str(ipaddress.ip_address(dice.getrandbits(32))) for _ in range(100)]
        self.assertGreater(len(self.ask("cidr", self.CIDR, keys)), 300)
        keys = [str(ipaddress.ip_address((0x20010db8 << 96) + (dice.getrandbits(2) << 64) + dice.getrandbits(2))) for _ in range(60)]
        keys += [str(ipaddress.ip_address((0x20010db8 << 96) + dice.getrandbits(96))) for _ in range(100)]
        keys += [str(ipaddress.ip_address(dice.getrandbits(128))) for _ in range(60)] + ["198.51.100.%d" % n for n in range(20)]
        keys += ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", "IPv6:2001:db8::1"]
        self.assertGreater(len(self.ask("cidr", self.CIDR6, keys)), 200)

    PATTERNS = ("# patterns\n/^(a+)@(.*)$/ first $1 at ${2} and $(1)\n/^A/i capital\n!/@/ no at\n/dollar/ costs $$5\n"
                "if /\\.example$/\n/^b(.)(.?)@/ b-$2-$1\nif !/^c/\n/(x|y|z)[0-9]+@/m inner $1\nendif\n/^cc/ cc\nendif\n"
                "/[[:digit:]]{3}/ three\n  digits\n/^(d|e).*@([^.]+)\\.(com|net)$/ $3.$2.$1\n/unclosed( bad\n/x/q badflag\n"
                "/$3/ bad $1\n|other/delim| delim\n/slash\\/in/ slash\n/a.*z@(.*)/ ${1}x\n")

    def keys(self, dice):
        letters, domains = "aAbBcCdDeExyz019", ["a.example", "b.EXAMPLE", "host.com", "x.net", "sub.host.com", ""]
        for _ in range(400):
            local = "".join(dice.choice(letters) for _ in range(dice.randint(1, 6)))
            yield local + dice.choice(["@", "@", "@", ""]) + dice.choice(domains)
        yield from ["dollar@x", "other/delim", "slash/in", "slash/in@x", "123", "a z@x", "none@none"]

    def test_regular_expressions_match_alike(self):
        self.assertGreater(len(self.ask("regexp", self.PATTERNS, list(self.keys(random.Random(2))))), 150)

    def test_perls_expressions_match_alike(self):
        text = self.PATTERNS + "/^f(?=o)\\w{2,}/ ahead\n/^(g) # note\n/x g\n/^h\\Qa.b\\E/ quoted\n/i$/U ungreedy\n"
        keys = list(self.keys(random.Random(3))) + ["foo@x", "g@x", "ha.b@x", "haxb@x"]
        self.assertGreater(len(self.ask("pcre", text, keys)), 150)

    def test_tables_in_main_cf_answer_alike(self):
        cases = ["inline:{a=1, {b = 2 3}, C=4}", "static:x", "static:{a b}", "unionmap:{inline:{a=1},static:y}", "pipemap:{inline:{a=b},inline:{b=2}}",
                 "texthash:t", "regexp:{{/^a/ x}, {/b/ y$$}}", "cidr:{{192.0.2.0/24 in}}", "randmap:{same}", "unix:passwd.byname", "unix:group.byname"]
        keys = "a\nA\nb\nB\nc\nroot\nnosuch\n192.0.2.7\nkey\n"
        self.assert_alike("postmap", [("key value\nKEY2 x\n", [(["-q", "-", spec], keys)]) for spec in cases])


if __name__ == "__main__":
    town.main()
