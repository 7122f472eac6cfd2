# SPDX-License-Identifier: BSD-2-Clause
"""An IMAP connection that returns answers as values: atoms as str, strings of all kinds as bytes, NIL as None, lists as
lists (RFC 3501 9). For stories that compare what servers say, or look at it piece by piece."""
import re
import socket

LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
ATOM = re.compile(rb"[^\s()\"\[]+")


class Connection:
    def __init__(self, host, port, context=None, timeout=30):
        raw = socket.create_connection((host, port), timeout)
        self.socket = context.wrap_socket(raw, server_hostname=host) if context else raw
        self.file = self.socket.makefile("rb")
        self.count = 0
        self.greeting = self.answer()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def answer(self):
        """One response with its literals, without the last CRLF; empty at the connection's end."""
        whole = b""
        while True:
            line = self.file.readline()
            whole += line
            found = LITERAL.search(line)
            if not found:
                return whole[:-2] if whole.endswith(b"\r\n") else whole
            whole += self.file.read(int(found.group(1)))

    def run(self, command, literals=()):
        """Sends a command, each literal when it is asked for ("{n}" is added); returns its untagged answers as octets,
        and the text behind the tag."""
        self.count += 1
        tag = b"A%d" % self.count
        pieces = [command.encode() if isinstance(command, str) else command]
        for literal in literals:
            pieces[-1] += b"{%d}\r\n" % len(literal)
            pieces.append(literal)
        pieces[-1] += b"\r\n"
        self.send(tag + b" " + pieces[0])
        untagged = []
        for piece in pieces[1:]:
            while not (line := self.answer()).startswith(b"+"):
                if line.startswith(tag + b" "):
                    return untagged, line[len(tag) + 1:].decode()
                untagged.append(line)
            self.send(piece)
        while not (line := self.answer()).startswith(tag + b" "):
            if not line:
                raise EOFError("the server closed the connection in %r" % command)
            untagged.append(line)
        return untagged, line[len(tag) + 1:].decode()

    def values(self, command, word, literals=()):
        """The answers with this word, as values, the word first or behind its number; the rest must be OK."""
        untagged, end = self.run(command, literals)
        if not end.startswith("OK"):
            raise ValueError("%r: %s" % (command, end))
        return [found for found in map(parse, untagged) if word in found[:2]]

    def fetch(self, messages, items):
        """{number: {item: value}} of a FETCH."""
        found = {}
        for number, _, pairs in self.values("FETCH %s (%s)" % (messages, items), "FETCH"):
            found.setdefault(int(number), {}).update(zip(map(str.upper, pairs[::2]), pairs[1::2]))
        return found


def take_string(octets, at):
    value = bytearray()
    at += 1
    while octets[at] != ord('"'):
        at += octets[at] == ord("\\")
        value.append(octets[at])
        at += 1
    return bytes(value), at + 1


def take_atom(octets, at):
    """An atom, with a section in brackets and what stands behind it."""
    start = at
    while at < len(octets):
        found = ATOM.match(octets, at)
        at = found.end() if found else at
        if octets[at:at + 1] != b"[":
            break
        at = octets.index(b"]", at) + 1
    if at == start:
        raise ValueError("not an atom: %r" % octets[at:at + 40])
    text = octets[start:at].decode()
    return (None if text.upper() == "NIL" else text), at


def take_value(octets, at):
    head = octets[at:at + 1]
    if head == b"(":
        return take_list(octets, at + 1)
    if head == b'"':
        return take_string(octets, at)
    found = re.compile(rb"\{(\d+)\}\r\n").match(octets, at)
    if found:
        end = found.end() + int(found.group(1))
        return octets[found.end():end], end
    return take_atom(octets, at)


def take_list(octets, at):
    values = []
    while octets[at:at + 1] != b")":
        if octets[at:at + 1] == b" ":
            at += 1
            continue
        value, at = take_value(octets, at)
        values.append(value)
    return values, at + 1


def parse(response):
    """The values behind "* "; of a status response (OK, NO, BAD, BYE, PREAUTH) the text as it is."""
    if re.match(rb"\* (OK|NO|BAD|BYE|PREAUTH) ", response):
        return response[2:].decode().split(" ", 1)
    return take_list(response + b")", 2)[0]
