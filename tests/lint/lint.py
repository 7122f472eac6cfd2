#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Looks whether the tree keeps the house's rules (what a compiler cannot see).

    tests/lint/lint.py [RULE ...]        all rules when none is named

A rule is a function that yields "file:line: what is wrong" and notes figures worth knowing. The exit status is 1 when a
rule found something.
"""
import functools
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A library includes those of lower ranks; libraries of one rank do not know each other.
RANKS = [["base"], ["io"], ["conf"], ["wire"], ["map"], ["account", "mail"], ["route", "dns", "smtp", "imap", "store"],
         ["intake"], ["worker"]]
FUNCTION_LINES = 100
FILE_LINES = 800
BANNED_NAMES = {"util", "utils", "common", "misc", "helpers", "helper"}
BANNED_CALLS = ("strcpy strcat strncpy strncat stpcpy sprintf vsprintf strtok strtok_r atoi atol atoll atof scanf sscanf "
                "fscanf gets alloca system popen wordexp").split()
RULES = {}


def rule(run):
    RULES[run.__name__] = run
    return run


@functools.lru_cache(maxsize=None)
def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def tree():
    """All files of the tree, relative, without what is built or hidden."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        relative = os.path.relpath(folder, ROOT)
        folders[:] = sorted(name for name in folders if name != "__pycache__" and
                            (not name.startswith(".") or name == ".ci") and
                            not (relative == "." and name.startswith("build")))
        found += [os.path.normpath(os.path.join(relative, name)) for name in sorted(files)]
    return [path for path in found if os.path.isfile(os.path.join(ROOT, path))]


def ending(*endings):
    return [path for path in tree() if path.endswith(endings)]


def blank(match):
    """A comment or literal as blanks, so that line numbers stay; a literal keeps its quotes."""
    piece = match.group(0)
    blanks = re.sub(r"[^\n]", " ", piece)
    return piece[0] + blanks[1:-1] + piece[-1] if piece[0] in "\"'" else blanks


@functools.lru_cache(maxsize=None)
def code_of(path):
    """C without comments and without what stands in literals."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text_of(path), flags=re.S)


def line_at(text, at):
    return text.count("\n", 0, at) + 1


def programs():
    """Folders of programs: those with a main.c."""
    return sorted(os.path.dirname(path) for path in tree() if re.fullmatch(r"[a-z0-9]+/main\.c", path))


def libraries():
    return sorted({path.split("/")[1] for path in tree() if path.startswith("lib/") and path.count("/") > 1})


# --- layers ---

def included(name):
    """What an include of "x/y.h" means: ("lib", x), ("program", x), or None where nothing has it."""
    folder, file = os.path.split(name)
    stem = os.path.splitext(file)[0]
    for kind, place in (("lib", "lib/" + folder), ("program", folder)):
        for candidate in (file, stem + ".def", file + ".in"):
            if os.path.isfile(os.path.join(ROOT, place, candidate)):
                return kind, folder
    return None


def layer_problem(path, name, ranks):
    if "/" not in name:
        return '"%s": an include names its folder' % name
    target = included(name)
    if target is None:
        return '"%s": nothing has this header' % name
    kind, folder = target
    parts = path.split("/")
    if parts[0] == "lib":
        if kind != "lib":
            return '"%s": a library includes a program\'s header' % name
        if folder != parts[1] and ranks.get(folder, 99) >= ranks.get(parts[1], -1):
            return '"%s": lib/%s is not below lib/%s' % (name, folder, parts[1])
    elif kind == "program" and folder != parts[0]:
        return '"%s": a program includes another one\'s header' % name
    return None


@rule
def layers(note):
    ranks = {name: number for number, names in enumerate(RANKS) for name in names}
    for name in libraries():
        if name not in ranks:
            yield "lib/%s:1: has no rank in tests/lint/lint.py" % name
    for path in ending(".c", ".h", ".S"):
        if path.startswith("tests/"):
            continue
        for number, line in enumerate(text_of(path).split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if match:
                problem = layer_problem(path, match.group(1), ranks)
                if problem:
                    yield "%s:%d: %s" % (path, number, problem)


# --- sizes ---

def functions_of(path):
    """(name, line, lines from the first of its head to its closing brace), by clang-format's layout."""
    head, body = None, None
    for number, line in enumerate(code_of(path).split("\n"), 1):
        if line.startswith("{") and head:
            body = True
        elif line.startswith("}") and body:
            if not line.startswith("};"):
                yield head[0], head[1], number - head[1] + 1
            head, body = None, None
        elif not body and re.match(r"[A-Za-z_]", line):
            match = re.search(r"(\w+)\s*\(", line)
            head = (match.group(1), number) if match and not line.rstrip().endswith(";") else None
        elif not body and not line.strip():
            head = None


@rule
def functions(note):
    sizes = []
    for path in ending(".c"):
        for name, number, lines in functions_of(path):
            sizes.append(lines)
            if lines > FUNCTION_LINES:
                yield "%s:%d: %s has %d lines, more than %d" % (path, number, name, lines, FUNCTION_LINES)
    sizes.sort()
    if sizes:
        note("%d functions: median %d lines, 95th percentile %d, longest %d" %
             (len(sizes), sizes[len(sizes) // 2], sizes[len(sizes) * 95 // 100], sizes[-1]))


@rule
def files(note):
    counted = [(text_of(path).count("\n"), path) for path in ending(".c", ".h", ".S", ".py")]
    for lines, path in counted:
        if lines > FILE_LINES:
            yield "%s:1: %d lines, more than %d: it is two nouns" % (path, lines, FILE_LINES)
    for path in tree():
        for part in path.split("/"):
            if os.path.splitext(part)[0] in BANNED_NAMES:
                yield "%s:1: a file or folder named %s" % (path, part)
    note("%d files, the longest %s with %d lines" % (len(counted), max(counted)[1], max(counted)[0]))


# --- calls ---

@rule
def calls(note):
    pattern = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED_CALLS))
    for path in ending(".c", ".h"):
        code = code_of(path)
        for match in pattern.finditer(code):
            yield "%s:%d: %s is not used here" % (path, line_at(code, match.start()), match.group(1))


# --- parameters ---

def literals(text):
    """The string literals of a row, adjoining ones joined."""
    joined = re.sub(r'"\s*\n?\s*"', "", text)
    return re.findall(r'"((?:\\.|[^"\\])*)"', joined)


@rule
def parameters(note):
    seen = {}
    for path in [path for path in tree() if os.path.basename(path) == "params.def"]:
        text = re.sub(r"/\*.*?\*/", blank, text_of(path), flags=re.S)
        for match in re.finditer(r"^(TEXT|COUNT|TIME|FLAG|CHOICES?)\s*\((.*?)\)\s*$", text, re.M | re.S):
            where = "%s:%d" % (path, line_at(text, match.start()))
            words = literals(match.group(2))
            name = words[0] if words else "?"
            if len(words) < 2 or not re.search(r"\w.*\.$", words[-1]):
                yield "%s: %s: the help text is missing or no sentence" % (where, name)
            if name in seen:
                yield "%s: %s: is a row of %s too" % (where, name, seen[name])
            seen[name] = where
        rows = len(re.findall(r"^\s*(?:TEXT|COUNT|TIME|FLAG|CHOICES?)\b", text, re.M))
        read = len(re.findall(r"^(?:TEXT|COUNT|TIME|FLAG|CHOICES?)\s*\(.*?\)\s*$", text, re.M | re.S))
        if rows != read:
            yield "%s:1: %d rows, but %d could be read" % (path, rows, read)
    for match in re.finditer(r'^KNOWN\("([^"]+)"', text_of("lib/conf/known.def"), re.M):
        if match.group(1) in seen:
            yield "lib/conf/known.def:%d: %s: is a row of %s" % (
                line_at(text_of("lib/conf/known.def"), match.start()), match.group(1), seen[match.group(1)])
    note("%d parameters" % len(seen))


@functools.lru_cache(maxsize=None)
def headers_of(path):
    """The headers that a file of code includes, also by others."""
    found = set()
    for name in re.findall(r'^#include "([^"]+)"', text_of(path), re.M):
        found.add(name)
        for place in ("lib/" + name, name):
            if os.path.isfile(os.path.join(ROOT, place)):
                found |= headers_of(place)
    return found


@rule
def acted_on(note):
    """A parameter is a row where somebody reads it, as a field, by its name, or as one of a transport; else it belongs
    into known.def."""
    code = [path for path in ending(".c", ".h") if not path.startswith("tests/")]
    of_transport = tuple(re.findall(r'^SERVICE_PARAM\("([^"]+)", "[^"]', text_of("lib/conf/service_params.def"), re.M))
    count = 0
    for path in [path for path in tree() if os.path.basename(path) == "params.def"]:
        folder = os.path.dirname(path)
        header = folder.split("/")[-1] + "/params.h"
        readers = "\n".join(code_of(file) for file in code
                            if os.path.dirname(file) == folder or header in headers_of(file))
        for match in re.finditer(r'^(?:TEXT|COUNT|TIME|FLAG|CHOICES?)\s*\((\w+),\s*"([^"]+)"', text_of(path), re.M):
            field, name = match.groups()
            count += 1
            if not re.search(r"(?:\.|->)%s\b" % field, readers) and not name.endswith(of_transport) and \
                    not any('"%s"' % name in text_of(file) for file in code):
                yield "%s:%d: %s: nobody reads it" % (path, line_at(text_of(path), match.start()), name)
    note("%d parameters" % count)


# --- commands and their transcripts ---

# list of commands, what protocol's transcripts, what stands before the verb on a line to the server
COMMANDS = [("smtpd/commands.def", ("smtp", "lmtp"), ""), ("imapd/commands.def", ("imap",), r"\S+ (?:UID )?"),
            ("login/imap_commands.def", ("imap",), r"\S+ "), ("login/pop3_commands.def", ("pop3",), ""),
            ("pop3d/commands.def", ("pop3",), "")]


@rule
def transcripts(note):
    count = 0
    for path, protocols, before in COMMANDS:
        told = "\n".join(text_of(file) for file in ending(".t")
                         if file.startswith(tuple("tests/proto/%s/" % protocol for protocol in protocols)))
        sent = "\n".join(re.findall(r"^\d>>? ?(.*)$", told, re.M)).replace("\\r\\n", "\n")
        for match in re.finditer(r"^COMMAND\((\w+)", text_of(path), re.M):
            count += 1
            if not re.search(r"^%s%s\b" % (before, match.group(1)), sent, re.M | re.I):
                yield "%s:%d: %s is in no transcript of tests/proto/%s" % (
                    path, line_at(text_of(path), match.start()), match.group(1).upper(), protocols[0])
    note("%d commands" % count)


# --- manuals ---

def documented():
    """Names that a manual has in its NAME section, with its section number."""
    names = set()
    for path in tree():
        match = re.fullmatch(r"man/.*\.(\d)", path)
        if match:
            head = text_of(path).split("\n.Nd", 1)[0]
            names |= {(name, match.group(1)) for name in re.findall(r"^\.Nm (\S+)", head, re.M)}
    return names


# where a file's format is defined, the page that describes it
FORMATS = [("lib/conf/file.c", "main.cf"), ("lib/conf/master_cf.c", "master.cf"), ("lib/map/table_build.h", "relais-tables"),
           ("lib/map/alias.h", "aliases"), ("agent/source.c", "forward"), ("lib/mail/queuefile.h", "relais-queue"), ("lib/store/journal.c", "relais-store"),
           ("lib/account/users.h", "relais-users"), ("lib/io/log.h", "relais-log")]
# names that a list in the tree defines, where each must be told of; the first group is the name
TOLD = [("lib/map/types.def", r"^MAP_TYPE\((\w+)", "relais-tables.5"),
        ("lib/worker/escape.c", r'^    \{"([^"]+)", \w+, ', "relais-confinement.7"),
        ("lib/worker/programs.def", r'^PROGRAM\("(\w+)"', "master.cf.5"), ("imapd/commands.def", r"^COMMAND\((\w+)", "imapd.8"),
        ("pop3d/commands.def", r"^COMMAND\((\w+)", "pop3d.8"), ("smtpd/commands.def", r"^COMMAND\((\w+)", "smtpd.8"),
        ("lib/conf/restrictions.def", r"^RESTRICTION\((\w+)", "smtpd.8"), ("auth/backends.def", r"^BACKEND\((\w+)", "auth.8"),
        ("lib/conf/functions.def", r"^FUNCTION\((\w+)", "main.cf.5"),
        ("lib/worker/roles.def", r'^ROLE\("([^"]+)"', "relais-confinement.7")]


@rule
def manuals(note):
    names = documented()
    wanted = [(program, "8", program + "/main.c") for program in programs()]
    wanted += [(name, "5", where) for where, name in FORMATS]
    wanted += [("relais", "7", "README.md"), ("relais-confinement", "7", "lib/worker/confine.c")]
    wanted += [("relais-" + name, "1", "tools/subcommands.def")
               for name in re.findall(r"^SUBCOMMAND\((\w+)\)", text_of("tools/subcommands.def"), re.M)]
    links = re.search(r"foreach\(name ((?:post|mailq)[a-z ]*)\)", text_of("tools/CMakeLists.txt"))
    for name in ["relais", "sendmail"] + (links.group(1).split() if links else []):
        wanted.append((name, "1", "tools/CMakeLists.txt"))
    for name, section, where in wanted:
        if (name, section) not in names:
            yield "%s:1: %s(%s) is not written" % (where, name, section)
    note("%d programs, tools, formats" % len(wanted))


@rule
def told(note):
    """What a list of the tree has, its page has; each program's page has its parameters."""
    count = 0
    for path, pattern, page in TOLD:
        source, text = text_of(path), text_of("man/" + page).lower()
        found = list(re.finditer(pattern, source, re.M))
        if not found:
            yield "%s:1: nothing in it looks like %s" % (path, pattern)
        for match in found:
            count += 1
            if not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(match.group(1).lower()), text):
                yield "%s:%d: %s is not in man/%s" % (path, line_at(source, match.start()), match.group(1), page)
    for path in tree():
        folder = os.path.dirname(path)
        if os.path.basename(path) == "params.def" and not folder.startswith("lib/") and \
                '\n.\\" PARAMETERS %s\n' % folder not in text_of("man/%s.8" % folder):
            yield "man/%s.8:1: has no line PARAMETERS %s" % (folder, folder)
    note("%d names" % count)


@rule
def names(note):
    """A name belongs to one page."""
    seen = {}
    for path in tree():
        match = re.fullmatch(r"man/(.*)\.(\d)", path)
        for name in re.findall(r"^\.Nm (\S+)", text_of(path).split("\n.Nd", 1)[0], re.M) if match else []:
            key = (name, match.group(2))
            if key in seen:
                yield "%s:1: %s(%s) is %s too" % (path, name, key[1], seen[key])
            seen[key] = path
    note("%d names" % len(seen))


# --- text ---

@rule
def licence(note):
    for path in tree():
        name = os.path.basename(path)
        if path.endswith((".c", ".h", ".S", ".def", ".py", ".cmake", ".sh")) or name == "CMakeLists.txt" or \
                re.fullmatch(r"man/.*\.\d", path):
            if "SPDX-License-Identifier: BSD-2-Clause" not in "\n".join(text_of(path).split("\n")[:2]):
                yield "%s:1: does not begin with its SPDX line" % path


@rule
def opening(note):
    """A source file says at its top what it is: a comment behind the SPDX line."""
    for path in ending(".c", ".h", ".def"):
        if not re.match(r"/\* SPDX[^\n]*\n(?:/\*|#)", text_of(path)) or "/*" not in text_of(path)[40:]:
            yield "%s:1: no paragraph says what this is" % path


@rule
def leftovers(note):
    pattern = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    for path in ending(".c", ".h", ".S", ".def", ".py", ".cmake", ".sh", ".txt", ".in", ".1", ".5", ".7", ".8"):
        for number, line in enumerate(text_of(path).split("\n"), 1):
            if pattern.search(line):
                yield "%s:%d: left to be done: %s" % (path, number, line.strip()[:80])


def main():
    chosen = sys.argv[1:] or list(RULES)
    for name in chosen:
        if name not in RULES:
            sys.exit("lint: no rule %s; there are %s" % (name, " ".join(RULES)))
    found = 0
    for name in chosen:
        notes = []
        problems = list(RULES[name](notes.append))
        found += len(problems)
        print("%-6s %s%s" % ("FAILED" if problems else "ok", name, "".join(": " + note for note in notes)))
        for problem in problems:
            print("   ", problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
