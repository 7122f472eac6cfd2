#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Looks at the manual pages as they were built, and at what the programs themselves say of their options.

    tests/lint/pages.py BUILD_DIRECTORY [form | options | links]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import lint

MACRO = re.compile(r"[A-Z][a-z]{1,2}")
SKIPPED = 77  # what ctest takes for "not run"


def pages(build):
    return sorted(path for path in (build / "man").glob("man[1578]/*") if path.is_file())


def form(build):
    """mandoc has nothing to warn of."""
    if not shutil.which("mandoc"):
        print("mandoc is not installed")
        sys.exit(SKIPPED)
    found = pages(build)
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *found], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    yield from done.stdout.splitlines()
    if done.returncode != 0 and not done.stdout:
        yield "mandoc: status %d" % done.returncode
    print("%d pages" % len(found))


def links(build):
    """A page that is referred to is there, unless it is the system's: those of sections 2 and 3, and a few more."""
    ours = {(path.name.rsplit(".", 1)[0], path.name[-1]) for path in pages(build)}
    system = {("saslpasswd2", "8"), ("pam_unix", "8"), ("crypt", "5")}
    for path in pages(build):
        for number, line in enumerate(path.read_text().split("\n"), 1):
            for name, section in re.findall(r"\bXr (\S+) (\d)", line if line.startswith(".") else ""):
                if section not in "23" and (name, section) not in ours | system:
                    yield "%s:%d: there is no %s(%s)" % (path.name, number, name, section)
    print("%d pages" % len(ours))


def flags_of_line(line):
    """The options that a line of mdoc speaks of: ".It Fl n , Fl -long" gives -n and --long."""
    found, dashes, before = set(), "", ""
    for word in re.sub(r"\\&", "", line).replace(r"\-", "-").lstrip(".").split():
        if word == "Fl":
            dashes = "--" if before == "Fl" else "-"
        elif MACRO.fullmatch(word):
            dashes = ""
        elif dashes and word not in (",", "|", ".", ")", "("):
            found.add(dashes + word)
        before = word
    return found


def flags_of_page(path):
    """What the text speaks of; the synopsis does not count."""
    text = path.read_text().split("\n.Sh DESCRIPTION", 1)[1]
    flags = set()
    for line in text.split("\n"):
        if line.startswith("."):
            flags |= flags_of_line(line)
    return flags


def flags_of_help(text):
    """Options in what --help printed; of "-dfh" each letter where "-dfh" is none."""
    return re.findall(r"(?<![\w/=-])(--?[A-Za-z#][\w-]*)", text)


def missing(flag, known):
    if flag in known:
        return []
    letters = [] if flag.startswith("--") else ["-" + letter for letter in flag[1:]]
    return [letter for letter in letters if letter not in known] if len(letters) > 1 else [flag]


def subcommands():
    return re.findall(r"^SUBCOMMAND\((\w+)\)", lint.text_of("tools/subcommands.def"), re.M)


def options(build):
    """Each option that --help tells of is in the manual, and --help can be asked for."""
    asked = [([build / name / name], "man8/%s.8" % name) for name in lint.programs()]
    asked += [([build / "tools/relais", name], "man1/relais-%s.1" % name) for name in subcommands()]
    asked += [([build / "tools/relais"], "man1/relais.1"), ([build / "tools/sendmail"], "man1/sendmail.1")]
    count = 0
    for command, page in asked:
        done = subprocess.run([*command, "--help"], text=True, capture_output=True, timeout=60, check=False,
                              env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
        said = " ".join([os.path.basename(command[0]), *command[1:], "--help"])
        if done.returncode != 0 or "usage" not in done.stdout:
            yield "%s: status %d, and standard output has no usage: %s" % (said, done.returncode, done.stderr)
        known = flags_of_page(build / "man" / page)
        for flag in sorted(set(flags_of_help(done.stdout))):
            count += 1
            for letter in missing(flag, known):
                yield "%s: %s tells of %s" % (page, said, letter)
    print("%d options" % count)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("form", "options", "links"):
        sys.exit(__doc__)
    found = list(globals()[sys.argv[2]](pathlib.Path(sys.argv[1])))
    for problem in found:
        print("   ", problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
