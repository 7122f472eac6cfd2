# SPDX-License-Identifier: BSD-2-Clause
"""What a load costs: processor time and memory of all processes of a server, calls to the kernel, flushes of the disk."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
SYNCS = ("fsync", "fdatasync", "syncfs", "sync_file_range")
STAT_FLUSHES = 15  # column of /sys/block/<disk>/stat: flush requests completed


def cpu_seconds(pids):
    """User and system time of the processes, and of those children of theirs that have ended."""
    ticks = 0
    for pid in pids:
        try:
            stat = pathlib.Path("/proc/%d/stat" % pid).read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(int(field) for field in stat[stat.rindex(")") + 2:].split()[11:15])
    return ticks / TICKS


def memory_kib(pids):
    """Proportional set size: shared pages count in parts."""
    total = 0
    for pid in pids:
        try:
            text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
    return total


def flushes(disk):
    return int(pathlib.Path("/sys/block/%s/stat" % disk).read_text().split()[STAT_FLUSHES])


class KernelCalls:
    """Counts system calls of processes, and of those they start, by perf(1) (Debian: linux-perf)."""

    @staticmethod
    def reason_not_to():
        if not shutil.which("perf"):
            return "there is no perf (package linux-perf)"
        done = subprocess.run(["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "true"], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return None if re.search(r"^\d+,", done.stderr, re.M) else "perf cannot count: " + done.stderr.strip()

    def __init__(self, pids):
        events = ["raw_syscalls:sys_enter"] + ["syscalls:sys_enter_" + name for name in SYNCS]
        self.process = subprocess.Popen(
            ["perf", "stat", "-x,", *[word for event in events for word in ("-e", event)],
             "-p", ",".join(map(str, pids))], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        time.sleep(1)  # perf says nothing when it has begun

    def finish(self):
        """(all calls, those that sync)"""
        self.process.send_signal(signal.SIGINT)
        _, text = self.process.communicate(timeout=30)
        counts = {name: int(count) for count, name in re.findall(r"^(\d+),[^,]*,([\w:]+)", text, re.M)}
        return counts.pop("raw_syscalls:sys_enter"), sum(counts.values())


class Disk:
    """An ext4 file system with a journal on a loop device over a file: the same for every server, and what it flushes can be
    counted apart from the rest of the machine."""

    def __init__(self, directory, size_mib):
        self.image, self.mounted = directory + "/disk.img", directory + "/disk"
        with open(self.image, "wb") as image:
            image.truncate(size_mib * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        os.mkdir(self.mounted)
        self.device = subprocess.run(["losetup", "--find", "--show", self.image], check=True, text=True,
                                     stdout=subprocess.PIPE).stdout.strip()
        subprocess.run(["mount", self.device, self.mounted], check=True)
        os.chmod(self.mounted, 0o755)
        self.name = os.path.basename(self.device)

    def close(self):
        for _ in range(50):
            if subprocess.run(["umount", self.mounted], check=False, stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.2)
        subprocess.run(["losetup", "--detach", self.device], check=False)
        os.unlink(self.image)
