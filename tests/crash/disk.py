# SPDX-License-Identifier: BSD-2-Clause
"""A disk whose power can be cut: ext4 on a loop device over disk.c, and what a cut at a moment of its log leaves.

Writes before the last flush before the cut are there. Of those after it each is there or not, whole or torn at sectors;
those that are there come in their order, for a disk may forget a write but does not put an older one over a newer.
"""
import ctypes
import errno
import os
import pathlib
import struct
import subprocess
import time

MIB = 1024 * 1024
SECTOR = 512
WRITE, FLUSH = 1, 2
HEAD = struct.Struct("=IIQQ")
PROGRAM = "power_disk"
CLONE_NEWNS = 0x20000


def run(*command):
    subprocess.run(command, check=True, timeout=120)


def unmount(place):
    """Who was killed may take a moment to let go."""
    end = time.monotonic() + 20
    while subprocess.run(["umount", place], stderr=subprocess.DEVNULL, timeout=60, check=False).returncode:
        if time.monotonic() > end:
            raise OSError(errno.EBUSY, "cannot unmount", str(place))
        time.sleep(0.02)


def leave_mounts():
    """From here on what this process mounts is its own, and goes when it ends; says what is in the way, or None."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        return os.strerror(ctypes.get_errno())
    run("mount", "--make-rprivate", "/")
    return None


def mount_after_cut(image, place):
    """Tells whether e2fsck had to help: where the superblock itself was torn."""
    helped = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, timeout=60, check=False).returncode != 0
    if helped:
        subprocess.run(["e2fsck", "-fy", image], capture_output=True, timeout=120, check=False)
        run("mount", "-o", "loop", image, place)
    return helped


def make_image(path, size):
    with open(path, "wb") as image:
        image.truncate(size)
    # The block size of a large disk; nothing is left for the kernel to do later.
    run("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", path)
    return path


def copy(image, to):
    run("cp", "--sparse=always", image, to)
    return to


class Disk:
    """The recorded one, of an image, mounted at place; its files are in top."""

    def __init__(self, program, top, image, place):
        self.image, self.log, self.file, self.place = image, top / "writes", top / "disk", place
        self.base = copy(image, top / "base")
        self.log.write_bytes(b"")
        self.file.touch()
        size = image.stat().st_size
        self.process = subprocess.Popen([program, self.image, self.log, self.file])
        while self.file.stat().st_size != size:
            if self.process.poll() is not None:
                raise OSError(errno.ENODEV, "the disk does not run")
            time.sleep(0.01)
        run("mount", "-o", "loop", self.file, place)

    def position(self):
        """This moment: the log's size."""
        return self.log.stat().st_size

    def close(self):
        for place in (self.place, self.file):
            subprocess.run(["umount", "-l", place], stderr=subprocess.DEVNULL, timeout=60, check=False)
        self.process.wait(timeout=20)


class Record:
    def __init__(self, at, kind, length, offset, time_ns):
        self.kind, self.offset, self.time = kind, offset, time_ns / 1e9
        self.start, self.end = at + HEAD.size, at + HEAD.size + length  # of its octets, in the log


class History:
    """The log of a disk, and the disk as it was at moments that come one after the other."""

    def __init__(self, log, base):
        self.log, self.base, self.records, self.done = open(log, "rb"), base, [], 0
        end, size = 0, os.fstat(self.log.fileno()).st_size
        while end < size:
            self.records.append(Record(end, *HEAD.unpack(os.pread(self.log.fileno(), HEAD.size, end))))
            end = self.records[-1].end

    def close(self):
        self.log.close()

    def time_of(self, position):
        """By time.monotonic()."""
        return next(record.time for record in self.records if record.end >= position)

    def apply(self, image, record, sectors=None):
        octets = os.pread(self.log.fileno(), record.end - record.start, record.start)
        if sectors is None:
            os.pwrite(image, octets, record.offset)
            return
        for start in sectors:
            os.pwrite(image, octets[start:start + SECTOR], record.offset + start)

    def advance(self, position):
        """Brings the base to the last flush before the position; returns the writes between the two."""
        before = [record for record in self.records[self.done:] if record.end <= position]
        flushes = [index for index, record in enumerate(before) if record.kind == FLUSH]
        count = flushes[-1] + 1 if flushes else 0
        image = os.open(self.base, os.O_WRONLY)
        for record in before[:count]:
            self.apply(image, record)
        os.close(image)
        self.done += count
        return before[count:]

    def cut(self, position, chance, to):
        """Makes the image that a power cut leaves; returns in words what became of the writes that were not flushed."""
        pending = self.advance(position)
        image = os.open(copy(self.base, to), os.O_WRONLY)
        fate = chance.choice(["none", "all", "first", "some", "some", "torn"])
        share = chance.random()
        first = chance.randrange(len(pending) + 1)
        there = 0
        for index, record in enumerate(pending):
            if fate == "none" or (fate == "first" and index >= first) or (fate in ("some", "torn") and chance.random() > share):
                continue
            sectors = range(0, record.end - record.start, SECTOR)
            torn = fate == "torn" and chance.random() < 0.5
            self.apply(image, record, [start for start in sectors if chance.random() < 0.5] if torn else None)
            there += 1
        os.close(image)
        return "%s, %d of %d writes" % (fate, there, len(pending))


class BootId:
    """Which start of the machine programs take this for: in a mount namespace of our own."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.change()
        run("mount", "--bind", self.path, "/proc/sys/kernel/random/boot_id")

    def change(self):
        self.path.write_text(pathlib.Path("/proc/sys/kernel/random/uuid").read_text())
