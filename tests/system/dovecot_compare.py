# SPDX-License-Identifier: BSD-2-Clause
"""The same odd messages in Relais and in Debian's Dovecot, and what both say of them.

Where they differ, the RFC decides. What Dovecot does otherwise, and may or should not, is in ALLOWED with the section
that says so; every other difference fails.
"""
import os
import re
import shutil
import tempfile
import unittest

import imap_answers
import odd_messages
import peer
import town

# (messages, what was asked, why): patterns that must fit as a whole.
ALLOWED = [
    # --- ENVELOPE ---
    ("no domain|commas only|nothing in brackets|unclosed .*", "ENVELOPE",
     "RFC 3501 7.4.2 has no names for what is missing; Dovecot invents MISSING_DOMAIN and the like"),
    ("semicolon between|two at signs", "ENVELOPE", "RFC 5322 3.4 has no such list; Relais keeps all of it"),
    ("folded subject|subject with a line of blanks|tabs in the subject", "ENVELOPE",
     "RFC 5322 2.2.3: unfolding takes out CRLF only; Dovecot makes one blank of all"),
    ("two subjects", "ENVELOPE", "RFC 5322 3.6: at most one; Relais takes the first, Dovecot the last"),
    # --- BODYSTRUCTURE ---
    ("no part|boundary nowhere", "BODY(STRUCTURE)?", "RFC 3501 9: a stand-in for the part the grammar wants, with or without extension"),
    ("no boundary parameter|empty boundary", "BODY.*",
     "RFC 2046 5.1.1 wants a boundary, RFC 2045 5.2 makes text of what is not sound: all of it can be read"),
    ("type (without subtype|of nothing|of three|that is garbage)", "BODY(STRUCTURE)?", "RFC 2045 5.2: then it is text/plain"),
    ("parameter without value|disposition garbage", "BODY(STRUCTURE)?", "RFC 2045 5.1, 2183 2: not sound; Relais keeps what is"),
    ("parameter RFC 2231 in pieces", "BODY(STRUCTURE)?",
     "RFC 2231 4.1: a piece that is not coded may have any octet, so a value that is coded must code it"),
    ("message without body in mixed|empty message in mixed", "BODY.*",
     "RFC 2046 5.1.1: the CRLF before a boundary belongs to it; and RFC 3501 6.4.5: fields end in an empty line"),
    # --- sections ---
    (".*", "NIL for .*", "RFC 3501 6.4.5: only a multipart has parts below it, only message/rfc822 has HEADER and TEXT"),
    ("encoded message", r"BODY\.PEEK\[1\.(HEADER|TEXT).*", "RFC 2046 5.2.1: message/rfc822 has no encoding but 7bit, 8bit, binary"),
    ("nested .* deep", r"BODY\.PEEK\[[\d.]+\]", "RFC 2046 5.1.1: the CRLF before a boundary belongs to it"),
    ("empty parts", r"BODY\.PEEK\[1\.MIME\]", "RFC 2046 5.1: the empty line is the header's"),
    ("header only.*|a letter|text that is no header|text in front of a field|continuation first|line without colon|empty field name",
     r"BODY\.PEEK\[HEADER\.FIELDS.*", "RFC 3501 6.4.5: fields, and always an empty line"),
    # --- line ends ---
    ("bare CR in the body|CR CR LF|CR at the end of a field", ".*", "RFC 3501 2.3.4: the octets as given; Dovecot drops a CR"),
    # --- INTERNALDATE ---
    (".*", "INTERNALDATE", "RFC 3501 6.3.11: the date given; Dovecot takes now for one that is to come"),
    # --- SEARCH ---
    (".*", "SEARCH SENT.*", "RFC 3501 6.4.4: by the Date field; Dovecot takes INTERNALDATE when there is none"),
    ("unclosed quote|folded subject|subject with a line of blanks", "SEARCH .*", "as ENVELOPE"),
    ("message.*|mixed in a message in mixed|digest", "SEARCH .*(BODY|TEXT) .*", "RFC 3501 6.4.4: the header of an inner message is body"),
    ("type .*|encoding .*|no boundary parameter|empty boundary|encoded message|charset unknown|multipart in base64|report", "SEARCH .*",
     "text by RFC 2045 5.2, which Dovecot does not look into; and it finds all in what it cannot decode"),
    (".*", r"SEARCH NOT \(FLAGGED SEEN\)", "RFC 3501 6.4.4: not both of them; Dovecot: neither"),
    (".*", "SEARCH CHARSET UTF-8 SUBJECT GR\u00dcSSE", "RFC 5051: full case folding"),
    ("plain", "SEARCH TEXT one line\r\nanother", "RFC 3501 6.4.4: a string of the text, line ends too"),
]

PARTIALS = ("[]<0.10>", "[]<5.20>", "[]<50.100000>", "[]<100000.5>", "[]<0.4294967295>", "[TEXT]<3.5>", "[HEADER]<10.20>",
            "[HEADER.FIELDS (FROM SUBJECT)]<3.9>")
SECTIONS = ("[]", "[HEADER]", "[TEXT]", "[HEADER.FIELDS (FROM Date to SUBJECT)]", "[HEADER.FIELDS.NOT (FROM Date to)]",
            "[HEADER.FIELDS (X-NONE)]")
OF_PARTS = ("", ".MIME", ".HEADER", ".TEXT", ".HEADER.FIELDS (SUBJECT X-A)", ".HEADER.FIELDS.NOT (SUBJECT)")

# Found by both: sets, flags, dates, sizes, texts.
SEARCHES = """
ALL|ANSWERED|DELETED|DRAFT|FLAGGED|NEW|OLD|RECENT|SEEN|UNANSWERED|UNDELETED|UNDRAFT|UNFLAGGED|UNSEEN
KEYWORD one|KEYWORD none|UNKEYWORD two|BEFORE 10-Nov-2025|ON 10-Nov-2025|SINCE 10-Nov-2025|BEFORE "10-Nov-2025"
ON 1-Nov-2025|SINCE 1-Feb-1990|SENTBEFORE 23-Nov-2026|SENTON 23-Nov-2026|SENTSINCE 24-Nov-2026|SENTON 1-Feb-1999
LARGER 100|SMALLER 100|LARGER 0|SMALLER 0|LARGER 4294967295|SMALLER 4294967295
1|1:3|*|1,3,5:7,5:7|3:1|100:*|*:100|UID 1:5|UID 1000:*|UID *|NOT 1:100
FROM a|FROM "a@example.org"|TO user|TO friends|CC c@|BCC b@|SUBJECT one|SUBJECT "one two"|SUBJECT ""|SUBJECT gr
SUBJECT hello|SUBJECT "first"|SUBJECT second|HEADER SUBJECT x|HEADER X-A b|HEADER X-A ""|HEADER X-NONE ""
HEADER Message-ID ""|HEADER subject ""|HEADER DATE yesterday|HEADER Content-Type multipart|HEADER X-TEST tab
HEADER X-Field-7 "value 7"|HEADER X-Field-499 value|BODY body|BODY innermost|BODY "inner body"|BODY AAEC|BODY "R3LDv"
BODY "level 1"|BODY preamble|BODY epilogue|BODY "Content-Type"|BODY html|BODY "X-A"|BODY ""
TEXT body|TEXT innermost|TEXT subject|TEXT "level 1"|TEXT preamble|TEXT example.org|TEXT "multipart/mixed"|TEXT "From: a"
TEXT ""|TEXT x.bin|TEXT "what it is"|OR FLAGGED ANSWERED|OR (FLAGGED UNANSWERED) NOT DRAFT|NOT NOT SEEN|NOT (FLAGGED SEEN)
(1:10 FLAGGED)|OR OR 1 2 3|FLAGGED ANSWERED|NOT 1:10 NOT 20:30|NOT OR FLAGGED DRAFT|((((1))))|OR SUBJECT x BODY y
NOT SUBJECT x|FROM a SUBJECT plain|CHARSET US-ASCII SUBJECT one|charset utf-8 subject one|CHARSET ISO-8859-1 SUBJECT one
CHARSET UTF-8 ALL|YOUNGER 86400|OLDER 86400|RETURN (MIN MAX COUNT ALL) FLAGGED|RETURN () FLAGGED|RETURN (MIN) 5:10
""".strip().replace("\n", "|").split("|")
LITERAL_SEARCHES = [("CHARSET UTF-8 SUBJECT", "Gr\u00fc\u00dfe"), ("CHARSET UTF-8 SUBJECT", "GR\u00dcSSE"), ("CHARSET UTF-8 TEXT", "K\u00f6ln"),
                    ("CHARSET UTF-8 BODY", "K\u00d6LN"), ("CHARSET UTF-8 TO", "j\u00fcrgen m\u00fcller"), ("TEXT", "one line"),
                    ("TEXT", "one line\r\nanother")]
LITERAL_SEARCHES += [("CHARSET UTF-8 " + key, text) for key in ("SUBJECT", "BODY", "TEXT") for text in
                     ("\u041f\u0420\u0418\u0412\u0415\u0422", "\u017dLU\u0164", "\u4e2d", "\u65e5\u672c", "\ud55c")]
# Refused by both, and the connection goes on.
BAD_SEARCHES = ("BOGUS", "(", "()", "OR FLAGGED", "NOT", "FROM", "BEFORE 1-Foo-2026", "BEFORE 2026-11-01", "LARGER x", "UID", "UID x",
                "0", "1:0", "HEADER X", "KEYWORD", "CHARSET X-NONE SUBJECT one")


# Mailboxes, flags, copies and expunges, all that a command can be told in another way; answered alike, but for what
# without_liberties takes out.
CONVERSATION = r"""
LIST "" ""
CREATE a
CREATE a/b/c
CREATE d/e/f
CREATE "with space"
CREATE &AOk-
CREATE A
CREATE a
CREATE g/
CREATE inbox
CREATE INBOX/x
LIST "" *
LIST "" %
LIST "" %/%
LIST "" a*
LIST "" a%
LIST "" a/%
LIST "a" %
LIST "a/" %
LIST "a/" *
LIST "" */c
LIST "" %/c
LIST "" d/%
LIST "" d
LIST "" "*e*"
LIST "" inbox
LIST "" "with%"
LIST "" "&AOk-"
LIST "" nosuch
LIST "/" %
LIST (BOGUS) "" *
LIST "" * RETURN (BOGUS)
RENAME a x
LIST "" *
RENAME x A
RENAME nosuch y
DELETE nosuch
DELETE x/b/c
LIST "" x*
CREATE x
CREATE y
APPEND INBOX MESSAGE
APPEND INBOX (\Seen) MESSAGE
APPEND INBOX (\Seen \Flagged kw) "01-Nov-2025 10:00:00 +0100" MESSAGE
APPEND INBOX ("x") MESSAGE
APPEND nosuch MESSAGE
APPEND INBOX (\Recent) MESSAGE
APPEND INBOX (\Bogus) MESSAGE
APPEND INBOX (\Deleted \Draft \Answered) MESSAGE
STATUS INBOX (MESSAGES UIDNEXT UNSEEN RECENT)
STATUS INBOX (BOGUS)
FETCH 1 FLAGS
SELECT INBOX
FETCH 1:* (UID FLAGS)
STORE 1 +FLAGS (\Seen)
STORE 1 +FLAGS \Flagged
STORE 1 +FLAGS \Flagged \Deleted
STORE 1 -FLAGS (\Seen)
STORE 1 FLAGS (\Answered)
STORE 1 FLAGS ()
STORE 1:2 FLAGS.SILENT (\Seen)
STORE 1:2 +FLAGS.SILENT (kw)
STORE 1 FLAGS (\Bogus)
STORE 1 BOGUS (\Seen)
STORE 99 FLAGS (\Seen)
NOOP
STORE * +FLAGS (kw2)
STORE 3:1 -FLAGS (\Seen)
STORE 1,1,2 +FLAGS (\Seen \Draft)
UID STORE 1 -FLAGS (\Draft)
UID STORE 999 +FLAGS (\Seen)
UID STORE 1:999 +FLAGS.SILENT (\Seen)
UID STORE * +FLAGS.SILENT (\Seen)
FETCH 1:* (UID FLAGS)
UID FETCH 999 FLAGS
UID FETCH 999:* (UID FLAGS)
FETCH 1,2:3,* FLAGS
FETCH 1 FAST
FETCH 1 (BODY.PEEK[HEADER.FIELDS ()])
FETCH 1 BODY[HEADER.FIELDS]
FETCH 1 BODY[MIME]
FETCH 1 BODY[TEXT.1]
FETCH 1 ()
FETCH 1 BOGUS
NOOP
FETCH 3 INTERNALDATE
COPY 1 x
COPY 1:3 x
COPY 3,1 x
COPY 1 nosuch
COPY 99 x
COPY 1 INBOX
UID COPY 1:* x
UID COPY 999 x
MOVE 1:2 nosuch
MOVE 1 x
UID MOVE 999 x
UID MOVE 3 x
FETCH 1:* (UID FLAGS)
STORE 1:* +FLAGS.SILENT (\Deleted)
UID EXPUNGE 999
UID EXPUNGE 5
EXPUNGE
UID FETCH 1:* (UID FLAGS)
SEARCH ALL
SEARCH UID *
CLOSE
CLOSE
NOOP
SELECT x
FETCH 1:* (UID FLAGS)
EXAMINE x
FETCH 1 BODY[]
FETCH 1 FLAGS
CLOSE
SELECT x
CHECK
UNSELECT
UNSELECT
NAMESPACE
ID ("a" NIL)
NOOP
"""


def without_liberties(answer):
    """An answer without texts for people and what servers choose: UIDVALIDITY, the order of flags, quotes around names,
    codes of RFC 5530, RECENT when its number did not change."""
    answer = re.sub(rb"(COPYUID|APPENDUID|UIDVALIDITY) \d+", rb"\1", answer)
    found = re.match(rb"(TAG |\* )(OK|NO|BAD|BYE)( \[(?:READ|COPYUID|APPENDUID|UID|UNSEEN|TRYCREATE|ALREADY|CLOSED)[^]]*\])?", answer)
    if found:
        return found.group(1) + found.group(2) + (found.group(3) or b"")
    if answer.endswith(b" RECENT") or answer.startswith(b"* ID "):
        return b""
    for before in (rb"\* LIST ", rb".*FLAGS "):
        found = re.match(before + rb"\(([^)]*)\)", answer, re.S)
        if found:
            flags = b" ".join(sorted(found.group(1).split()))
            answer = answer[:found.start(1)] + flags + answer[found.end(1):]
    return re.sub(rb'"([\w/.]+)"$', rb"\1", answer)


def find_allowed(name, item):
    for names, items, why in ALLOWED:
        if re.fullmatch(names, name) and re.fullmatch(items, item):
            return why
    return None


def with_charset(value):
    """A BODYSTRUCTURE in which a text without charset has the default (RFC 2045 5.2), as Dovecot says it."""
    if not isinstance(value, list):
        return value
    if len(value) > 6 and value[0] == b"text" and isinstance(value[6], str) and b"charset" not in (value[2] or [])[::2]:
        value = value[:2] + [(value[2] or []) + [b"charset", b"us-ascii"]] + value[3:]
    return [with_charset(one) for one in value]


def part_numbers(structure, prefix=""):
    """All part numbers of a BODYSTRUCTURE (RFC 3501 6.4.5)."""
    if not isinstance(structure[0], list):
        return [prefix + "1"] + below(structure, prefix + "1.")
    found = []
    for number, part in enumerate((one for one in structure if isinstance(one, list) and isinstance(one[0], (list, bytes))), 1):
        if not isinstance(part[0], list) and len(part) < 7:
            break  # the parameters of the multipart
        found += [prefix + str(number)] + below(part, "%s%d." % (prefix, number))
    return found


def below(part, prefix):
    if isinstance(part[0], list):
        return part_numbers(part, prefix)
    if [part[0].lower(), part[1].lower()] == [b"message", b"rfc822"] and isinstance(part[8], list):
        return part_numbers(part[8], prefix)
    return []


@unittest.skipIf(peer.why_no_dovecot(), peer.why_no_dovecot())
class DovecotCompare(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.paris = town.Town("paris.example", numbered=2, settings=["mailbox_default_folders="])
        cls.addClassCleanup(cls.paris.close)
        top = tempfile.mkdtemp(prefix="dovecot.", dir="/tmp")
        os.chmod(top, 0o755)
        cls.addClassCleanup(shutil.rmtree, top)
        os.environ["TZ"] = "UTC"
        dovecot = peer.Dovecot(top, town.own_host(7), kinds=("imap",), settings="namespace inbox {\n  separator = /\n}\n")
        dovecot.start()
        cls.addClassCleanup(dovecot.stop)
        cls.places = ((cls.paris.host, cls.paris.port("IMAPS"), cls.paris.trust(), "@paris.example"),
                      (dovecot.address, dovecot.ports["imap"], None, ""))
        cls.both = cls.relais, cls.dovecot = cls.connect("user1")
        cls.messages = odd_messages.all_messages()
        cls.names = list(cls.messages)
        cls.fill()

    @classmethod
    def tearDownClass(cls):
        for connection in cls.both:
            connection.close()

    @classmethod
    def connect(cls, user):
        """Logs in at both."""
        both = [imap_answers.Connection(host, port, context) for host, port, context, _ in cls.places]
        for connection, place in zip(both, cls.places):
            connection.run("LOGIN %s%s secret" % (user, place[3]))
        return both

    @classmethod
    def fill(cls):
        for number, octets in enumerate(cls.messages.values()):
            for connection in cls.both:
                _, end = connection.run('APPEND INBOX (\\Seen) "%2d-Nov-2025 12:34:56 +0100"' % (number % 28 + 1) + " ", [octets])
                assert end.startswith("OK"), end
        for connection in cls.both:
            for command in ("SELECT INBOX", "STORE 1:20 +FLAGS (\\Flagged one)", "STORE 10:30 +FLAGS (\\Answered \\Deleted)",
                            "STORE 40:60 FLAGS (\\Draft two)", "STORE 50:55 -FLAGS.SILENT (two)"):
                _, end = connection.run(command)
                assert end.startswith("OK"), end

    def compare(self, item, value=lambda found: found):
        """Asks both for an item of all messages; tells what differs and may not."""
        ours, theirs = (connection.fetch("1:*", item) for connection in self.both)
        self.assertEqual(len(ours), len(self.names))
        return [self.difference(name, item, value(ours[number]), value(theirs[number]))
                for number, name in enumerate(self.names, 1)]

    def difference(self, name, item, ours, theirs):
        """None, or a text, when the two differ and the RFCs do not allow it."""
        if list(ours.values()) == [None]:
            item = "NIL for " + item
        same = ours == theirs or {key: found or b"" for key, found in ours.items()} == {key: found or b"" for key, found in theirs.items()}
        return None if same or find_allowed(name, item) else "%s, %s:\n  Relais  %r\n  Dovecot %r" % (name, item, ours, theirs)

    def check(self, found):
        found = [one for one in found if one]
        self.assertFalse(found, "\n".join(found[:20]))

    def test_envelopes_are_the_same(self):
        self.check(self.compare("ENVELOPE"))

    def test_structures_are_the_same(self):
        for item in ("BODYSTRUCTURE", "BODY"):
            self.check(self.compare(item, lambda found: {"BODYSTRUCTURE": with_charset(list(found.values())[-1])}))

    def test_sizes_dates_and_flags_are_the_same(self):
        for item in ("RFC822.SIZE", "INTERNALDATE", "UID"):
            self.check(self.compare(item))
        self.check(self.compare("FLAGS", lambda found: {"FLAGS": sorted(found["FLAGS"])}))

    def test_whole_messages_are_the_same(self):
        for item in SECTIONS + PARTIALS:
            self.check(self.compare("BODY.PEEK" + item))
        for item in ("RFC822.HEADER", "RFC822", "RFC822.TEXT"):
            self.check(self.compare(item, lambda found: {key: value for key, value in found.items() if key != "FLAGS"}))

    def test_parts_are_the_same(self):
        found = []
        structures = self.relais.fetch("1:*", "BODYSTRUCTURE")
        for number, name in enumerate(self.names, 1):
            parts = part_numbers(structures[number]["BODYSTRUCTURE"]) + ["2", "1.1", "1.2"]
            for part in dict.fromkeys(parts):
                items = ["BODY.PEEK[%s%s]" % (part, what) for what in OF_PARTS]
                ours, theirs = (connection.fetch(number, " ".join(items))[number] for connection in self.both)
                for item in items:
                    key = item.replace(".PEEK", "").upper()
                    found.append(self.difference(name, item, {key: ours[key]}, {key: theirs[key]}))
        self.check(found)

    def found_by(self, connection, command, literals=()):
        untagged, end = connection.run(command, literals)
        self.assertTrue(end.startswith("OK"), (command, end))
        answers = [re.sub(rb'\(TAG "[^"]*"\)', b"", one) for one in untagged if b"SEARCH" in one]
        self.assertEqual(len(answers), 1, (command, untagged))
        return answers[0].split()[2:]

    def test_searches_find_the_same(self):
        for words, literals in [(words, []) for words in SEARCHES] + [(words + " ", [text.encode()]) for words, text in LITERAL_SEARCHES]:
            command = "SEARCH " + words
            item = command + "".join(text.decode() for text in literals)
            ours, theirs = (self.found_by(connection, command, literals) for connection in self.both)
            if "RETURN" in words:
                self.assertEqual(ours, theirs, item)
                continue
            bad = [self.names[int(number) - 1] for number in set(ours) ^ set(theirs)]
            self.assertEqual([name for name in bad if not find_allowed(name, item)], [], item)
            uids = [self.found_by(connection, "UID " + command, literals) for connection in self.both]
            self.assertEqual(uids, [ours, theirs], item)

    def test_bad_searches_are_refused(self):
        for words in BAD_SEARCHES:
            for connection in self.both:
                _, end = connection.run("SEARCH " + words)
                self.assertRegex(end, "^(BAD|NO) ", words)
                connection.run("NOOP")

    def test_conversations_go_the_same_way(self):
        both = self.connect("user2")
        for command in CONVERSATION.strip().split("\n"):
            literals = [b"Subject: hi\r\n\r\nbody\r\n"] if command.endswith("MESSAGE") else []
            answers = [connection.run(command.replace("MESSAGE", ""), literals) for connection in both]
            ours, theirs = (sorted(set(map(without_liberties, untagged)) - {b"", b"* OK"}) +
                            [without_liberties(b"TAG " + end.encode())] for untagged, end in answers)
            self.assertEqual(ours, theirs, command)
        for connection in both:
            connection.close()


if __name__ == "__main__":
    town.main()
