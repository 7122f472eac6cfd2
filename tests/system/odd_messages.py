# SPDX-License-Identifier: BSD-2-Clause
"""Messages as they come, not as they should be: {name: octets}, the same in every run. What each is about is its name."""

HEAD = "From: a@example.org\r\nDate: Mon, 23 Nov 2026 21:53:00 +0100\r\n"


def mixed(*parts, boundary="b", subtype="mixed", close=True, head=HEAD, before="", after=""):
    text = head + 'MIME-Version: 1.0\r\nContent-Type: multipart/%s; boundary="%s"\r\n\r\n%s' % (subtype, boundary, before)
    for part in parts:
        text += "--%s\r\n%s\r\n" % (boundary, part)
    return text + ("--%s--\r\n%s" % (boundary, after) if close else "")


def part(text, content="text/plain", fields=""):
    return "Content-Type: %s\r\n%s\r\n%s" % (content, fields, text)


def nested(depth):
    """multipart in multipart, so many levels, a text innermost."""
    text = part("innermost")
    for level in range(depth):
        text = ('Content-Type: multipart/mixed; boundary="n%d"\r\n\r\n--n%d\r\n%s\r\n--n%d--' % (level, level, text, level))
    return HEAD + "MIME-Version: 1.0\r\n" + text + "\r\n"


def messages_in_messages(depth):
    text = HEAD + "Subject: innermost\r\n\r\nbody\r\n"
    for level in range(depth):
        text = HEAD + "Subject: level %d\r\nContent-Type: message/rfc822\r\n\r\n%s" % (level, text)
    return text


def addressed(value, field="To"):
    return HEAD + "%s: %s\r\nSubject: addresses\r\n\r\nbody\r\n" % (field, value)


def typed(value, more=""):
    return HEAD + "Subject: types\r\nMIME-Version: 1.0\r\nContent-Type: %s\r\n%s\r\nbody of it\r\n" % (value, more)


STRUCTURES = {
    "plain": HEAD + "Subject: plain\r\n\r\none line\r\nanother\r\n",
    "no body": HEAD + "Subject: no body\r\n\r\n",
    "header only, without an empty line": HEAD + "Subject: header only\r\n",
    "header only, without a line end": HEAD + "Subject: header only",
    "no header": "\r\nbody only\r\n",
    "an empty line": "\r\n",
    "a letter": "x",
    "text that is no header": "this is no header\r\nneither is this\r\n",
    "text in front of a field": "this is no header\r\nSubject: field\r\n\r\nbody\r\n",
    "continuation first": " folded from nothing\r\nSubject: field\r\n\r\nbody\r\n",
    "no final line end": HEAD + "Subject: unfinished\r\n\r\nbody\r\nlast line",
    "mixed": mixed(part("one"), part("two", "text/html; charset=utf-8")),
    "mixed with preamble and epilogue": mixed(part("one"), before="preamble\r\n", after="epilogue\r\n"),
    "alternative in mixed": mixed(mixed(part("plain"), part("<p>html</p>", "text/html"), boundary="inner", subtype="alternative",
                                        head=""), part("AAECAw==", "application/octet-stream; name=\"x.bin\"",
                                                       "Content-Transfer-Encoding: base64\r\n"
                                                       "Content-Disposition: attachment; filename=\"x.bin\"; size=4\r\n")),
    "boundary that is a prefix of the inner one": mixed(mixed(part("in"), boundary="bb", head=""), part("out"), boundary="b"),
    "boundary of the outer one inside": mixed('Content-Type: multipart/mixed; boundary="in"\r\n\r\n--in\r\n\r\nx\r\n--b\r\n\r\ny'),
    "not closed": mixed(part("one"), part("two"), close=False),
    "no part": mixed(),
    "boundary nowhere": mixed(close=False, before="no boundary in here\r\n"),
    "no boundary parameter": typed("multipart/mixed", "") + "--b\r\n\r\nx\r\n--b--\r\n",
    "empty boundary": typed('multipart/mixed; boundary=""') + "--\r\n\r\nx\r\n----\r\n",
    "boundary with blanks behind": HEAD + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b  \t\r\n\r\none\r\n--b-- \r\n",
    "boundary of seventy": mixed(part("x"), boundary="b" * 70),
    "boundary with special octets": mixed(part("x"), boundary="a'()+_,-./:=? z"),
    "empty parts": mixed("", "\r\n", part("")),
    "parts without header": mixed("\r\nno header here"),
    "parts with header only": mixed("Content-Type: text/plain"),
    "digest": mixed("\r\nSubject: one\r\n\r\nfirst", "\r\nSubject: two\r\n\r\nsecond", subtype="digest"),
    "related with id and location": mixed(part("x", "text/html", "Content-ID: <x@example.org>\r\nContent-Location: http://x/\r\n"
                                               "Content-Language: en, fr\r\nContent-MD5: Q2hlY2s=\r\n"
                                               "Content-Description: what it is\r\n"), subtype="related; type=\"text/html\""),
    "message in a message": messages_in_messages(1),
    "message in message in message": messages_in_messages(3),
    "message in mixed": mixed(part("cover"), part(HEAD + "Subject: inner\r\n\r\ninner body\r\n", "message/rfc822")),
    "mixed in a message in mixed": mixed(part("cover"), part(mixed(part("deep"), part("deeper"), boundary="q"), "message/rfc822")),
    "message without body in mixed": mixed(part("Subject: x", "message/rfc822")),
    "empty message in mixed": mixed(part("", "message/rfc822")),
    "encoded message": typed("message/rfc822", "Content-Transfer-Encoding: base64\r\n"),
    "report": mixed(part("failed"), part("Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n", "message/delivery-status"),
                    part("Subject: back\r\n", "text/rfc822-headers"), subtype="report; report-type=delivery-status"),
    "partial": typed('message/partial; id="x@y"; number=1; total=2'),
    "nested ten deep": nested(10),
    "nested twenty deep": nested(20),
    "messages ten deep": messages_in_messages(10),
}

ADDRESSES = {
    "address bare": addressed("user@example.org"),
    "address in brackets": addressed("<user@example.org>"),
    "display name": addressed("A User <user@example.org>"),
    "quoted display name": addressed('"User, A. \\"Quote\\" \\\\" <user@example.org>'),
    "dots in the display name": addressed("John Q. Public <user@example.org>"),
    "comment behind": addressed("user@example.org (A User)"),
    "comments everywhere": addressed("(c1) A (c2) User (c3) <user(c4)@(c5)example.org> (c6)"),
    "nested comment": addressed("user@example.org (A (nested (deep)) User)"),
    "quoted local part": addressed('"a b"@example.org, "x@y"@example.org, "a\\"b"@example.org'),
    "domain literal": addressed("user@[192.0.2.1], x@[IPv6:2001:db8::1]"),
    "source route": addressed("Routed <@a.example,@b.example:user@example.org>"),
    "no domain": addressed("user, <other>, Name <third>"),
    "group": addressed("Friends: a@example.org, B <b@example.org>;"),
    "empty group": addressed("undisclosed-recipients:;"),
    "group between addresses": addressed("a@example.org, G: b@example.org, c@example.org;, d@example.org"),
    "empty list": addressed(""),
    "commas only": addressed(", ,, a@example.org,, ,b@example.org,"),
    "nothing in brackets": addressed("Name <>, <>"),
    "unclosed bracket": addressed("Name <user@example.org"),
    "unclosed quote": addressed('"Name <user@example.org>'),
    "unclosed comment": addressed("user@example.org (Name"),
    "blanks around at": addressed("user @ example . org"),
    "semicolon between": addressed("a@example.org; b@example.org"),
    "two at signs": addressed("a@b@example.org"),
    "encoded display name": addressed("=?utf-8?Q?J=C3=BCrgen?= =?iso-8859-1?Q?M=FCller?= <j@example.org>"),
    "8-bit display name": addressed("J\u00fcrgen <j@example.org>"),
    "folded list": addressed("A <a@example.org>,\r\n\tB\r\n <b@example.org>,\r\n  c@example.org"),
    "two fields": HEAD + "To: a@example.org\r\nTo: b@example.org\r\nCc: c@example.org\r\nCc: d@example.org\r\n\r\nx\r\n",
    "all fields": HEAD + "Sender: s@example.org\r\nReply-To: r@example.org\r\nTo: t@example.org\r\nCc: c@example.org\r\n"
                         "Bcc: b@example.org\r\nIn-Reply-To: <1@x> <2@x>\r\nMessage-ID: <3@x>\r\nReferences: <1@x>\r\n\r\nx\r\n",
    "empty sender and reply-to": HEAD + "Sender:\r\nReply-To: \r\n\r\nx\r\n",
    "no from": "Subject: from nobody\r\n\r\nx\r\n",
}

FIELDS = {
    "encoded subject": HEAD + "Subject: =?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_aus_K=C3=B6ln?=\r\n\r\nx\r\n",
    "8-bit subject": HEAD + "Subject: Gr\u00fc\u00dfe\r\n\r\nx\r\n",
    "latin-1 subject": (HEAD + "Subject: ").encode() + b"Gr\xfc\xdfe\r\n\r\nx\r\n",
    "folded subject": HEAD + "Subject: one\r\n two\r\n\tthree\r\n    four\r\n\r\nx\r\n",
    "subject folded at once": HEAD + "Subject:\r\n late\r\n\r\nx\r\n",
    "subject with a line of blanks": HEAD + "Subject: one\r\n  \r\n two\r\n\r\nx\r\n",
    "empty subject": HEAD + "Subject:\r\n\r\nx\r\n",
    "subject of blanks": HEAD + "Subject:    \r\n\r\nx\r\n",
    "blanks around the subject": HEAD + "Subject:   x \t \r\n\r\nx\r\n",
    "two subjects": HEAD + "Subject: first\r\nSubject: second\r\n\r\nx\r\n",
    "quotes and backslashes": HEAD + "Subject: say \"hello\" \\ {3}\r\n\r\nx\r\n",
    "blank before the colon": HEAD + "Subject : blank\r\nX-Test\t: tab\r\n\r\nx\r\n",
    "field names in odd case": HEAD + "sUbJeCt: case\r\nMESSAGE-id: <x@y>\r\n\r\nx\r\n",
    "line without colon": HEAD + "this is no field\r\nSubject: behind\r\n\r\nx\r\n",
    "empty field name": HEAD + ": nameless\r\nSubject: behind\r\n\r\nx\r\n",
    "tabs in the subject": HEAD + "Subject: a\tb\r\n\r\nx\r\n",
    "long line": HEAD + "Subject: long\r\nX-Long: " + "x" * 20000 + "\r\n\r\n" + "y" * 70000 + "\r\n",
    "long folded field": HEAD + "References: " + "\r\n ".join("<%d@example.org>" % n for n in range(400)) + "\r\n\r\nx\r\n",
    "many fields": HEAD + "".join("X-Field-%d: value %d\r\n" % (n, n) for n in range(500)) + "Subject: many\r\n\r\nx\r\n",
    "date without a zone": "From: a@example.org\r\nDate: Mon, 23 Nov 2026 21:53:00\r\nSubject: d\r\n\r\nx\r\n",
    "date with comments": "From: a@example.org\r\nDate: 1 Feb 99 02:03 EST (comment)\r\nSubject: d\r\n\r\nx\r\n",
    "date that is none": "From: a@example.org\r\nDate: yesterday\r\nSubject: d\r\n\r\nx\r\n",
    "no date": "From: a@example.org\r\nSubject: d\r\n\r\nx\r\n",
    "binary body": (HEAD + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n").encode() +
                   bytes(n for n in range(1, 256) if n not in (10, 13)) + b"\r\n",
    "latin-1 body": (HEAD + "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n").encode() +
                    b"Gr\xfc\xdfe aus K\xf6ln\r\n",
    "dots": HEAD + "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n",
}

TYPES = {
    "type without subtype": typed("text"),
    "type with blanks": typed("text / plain ; charset = us-ascii"),
    "type in odd case": typed("TeXt/PlAiN; ChArSeT=UTF-8"),
    "type of nothing": typed(""),
    "type that is garbage": typed(";;;===\"\""),
    "type with comment": typed("text/plain (comment); (another) charset=utf-8 (third)"),
    "type of three": typed("text/plain/extra; charset=utf-8"),
    "unknown type": typed("x-odd/x-thing; a=b"),
    "two types": typed("text/html", "Content-Type: text/plain\r\n"),
    "parameter quoted": typed('text/plain; name="a \\"b\\" c; d.txt"'),
    "parameter empty": typed('text/plain; name=""; charset='),
    "parameter twice": typed("text/plain; charset=utf-8; charset=iso-8859-1"),
    "parameter without value": typed("text/plain; flag; charset=utf-8"),
    "parameter RFC 2231": typed("text/plain; name*=utf-8''J%C3%BCrgen.txt"),
    "parameter RFC 2231 in pieces": typed("text/plain; name*0=\"first \"; name*1=second; name*2*=%20third"),
    "parameter RFC 2231 both ways": typed("text/plain; name=plain.txt; name*=utf-8'en'other.txt"),
    "parameter encoded word": typed('text/plain; name="=?utf-8?Q?J=C3=BCrgen?="'),
    "parameter 8-bit": typed('text/plain; name="J\u00fcrgen.txt"'),
    "parameters folded": typed("text/plain;\r\n\tcharset=utf-8;\r\n name=x"),
    "semicolon at the end": typed("text/plain; charset=utf-8;"),
    "encoding unknown": typed("text/plain", "Content-Transfer-Encoding: x-none\r\n"),
    "encoding with comment": typed("text/plain", "Content-Transfer-Encoding: (c) BASE64 (d)\r\n"),
    "encoding empty": typed("text/plain", "Content-Transfer-Encoding:\r\n"),
    "multipart in base64": typed("multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64\r\n") +
                           "--b\r\n\r\nx\r\n--b--\r\n",
    "charset unknown": typed("text/plain; charset=x-nobody-knows"),
    "quoted-printable": typed("text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable\r\n") +
                        "Gr=C3=BC=C3=9Fe =\r\naus K=C3=B6ln\r\n",
    "base64 text": typed("text/plain; charset=utf-8", "Content-Transfer-Encoding: base64\r\n").rsplit("body", 1)[0] +
                   "R3LDvMOfZSBhdXMgS8O2bG4=\r\n",
    "disposition": typed("text/plain", "Content-Disposition: attachment; filename=x.txt\r\n"),
    "disposition inline only": typed("text/plain", "Content-Disposition: INLINE\r\n"),
    "disposition garbage": typed("text/plain", "Content-Disposition: ; filename=x\r\n"),
    "disposition RFC 2231": typed("text/plain", "Content-Disposition: attachment; filename*0*=utf-8''%41; filename*1=b\r\n"),
    "language list": typed("text/plain", "Content-Language: de, en-GB (British),fr\r\n"),
    "location folded": typed("text/plain", "Content-Location: http://example.org/\r\n very/long\r\n"),
    "id with comment": typed("text/plain", "Content-ID: (c) <x@y>\r\nContent-Description: =?utf-8?Q?J=C3=BC?= x\r\n"),
    "MIME-Version missing": HEAD + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
}

def written(charset, text):
    """A subject and a body in a charset."""
    octets = text.encode(charset)
    subject = "=?%s?Q?%s?=" % (charset, "".join("=%02X" % octet for octet in octets))
    head = HEAD + "Subject: %s\r\nContent-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" % (subject, charset)
    return head.encode() + octets + b"\r\n"


CHARSETS = {
    "Russian in KOI8-R": written("koi8-r", "\u043f\u0440\u0438\u0432\u0435\u0442"),
    "Russian in windows-1251": written("windows-1251", "\u043f\u0440\u0438\u0432\u0435\u0442"),
    "Czech in ISO-8859-2": written("iso-8859-2", "\u017elu\u0165"),
    "Chinese in GB2312": written("gb2312", "\u4e2d\u56fd"),
    "Chinese in Big5": written("big5", "\u4e2d\u570b"),
    "Japanese in ISO-2022-JP": written("iso-2022-jp", "\u65e5\u672c"),
    "Japanese in Shift_JIS": written("shift_jis", "\u65e5\u672c"),
    "Japanese in EUC-JP": written("euc-jp", "\u65e5\u672c"),
    "Korean in EUC-KR": written("euc-kr", "\ud55c\uad6d"),
}

LINE_ENDS = {
    "bare LF": HEAD.replace("\r\n", "\n") + "Subject: lf\n\nbody\nline\n",
    "bare LF in the body": HEAD + "Subject: lf\r\n\r\none\ntwo\r\nthree\n",
    "bare CR in the body": HEAD + "Subject: cr\r\n\r\none\rtwo\r\nthree\r",
    "CR CR LF": HEAD + "Subject: crcrlf\r\n\r\none\r\r\ntwo\r\n",
    "CR at the end of a field": HEAD + "Subject: cr\r\r\nX-A: b\r\n\r\nx\r\n",
    "bare CR in a field": HEAD + "Subject: a\rb\r\n\r\nx\r\n",
    "boundary behind bare LF": HEAD + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
}


def all_messages():
    found = {}
    for group in (STRUCTURES, ADDRESSES, FIELDS, TYPES, CHARSETS, LINE_ENDS):
        for name, text in group.items():
            assert name not in found, name
            found[name] = text if isinstance(text, bytes) else text.encode()
    return found
