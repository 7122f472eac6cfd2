# SPDX-License-Identifier: BSD-2-Clause
"""What a large queue costs qmgr: its start with and without the index, memory, a listing, and a site that goes down.

    queue.py [--build build/release] [--messages 200000] [--active 20000]
"""
import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE_SECONDS = 600


def await_true(condition, what, step=0.05):
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("waited in vain for " + what)
        time.sleep(step)


class Pings(threading.Thread):
    """Asks qmgr small things all the time; how long the slowest answer took is about its longest turn."""

    def __init__(self, town):
        super().__init__(daemon=True)
        self.town, self.worst, self.count, self.on = town, 0.0, 0, True
        self.start()

    def run(self):
        while self.on:
            began = time.monotonic()
            self.town.relais("queue", "hold", "4hNzZk0000z0000000", check=False)
            self.worst = max(self.worst, time.monotonic() - began)
            self.count += 1

    def end(self):
        self.on = False
        self.join()
        return "slowest of %d answers %.0f ms" % (self.count, self.worst * 1000)


class Holder:
    """A mail host that accepts connections and says nothing, until it ends them all."""

    def __init__(self, host):
        self.listener = socket.create_server((host, 0), backlog=200)
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                self.connections.append(self.listener.accept()[0])
        except OSError:
            return

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.close()


class House:
    """A town whose queue is filled while it is stopped."""

    def __init__(self, town_module, build, settings=(), zone=None):
        self.build = build
        self.town = town_module.Town("paris.example", ["marie@paris.example"], zone=zone, settings=settings)
        self.queue = pathlib.Path(self.town.variables["QUEUE_DIR"])
        self.files = self.queue / "queue"
        self.log_at = 0

    def stop(self):
        self.town.relais("sandbox", "stop", self.town.directory, config=False)

    def start(self):
        self.log_at = len(self.town.log())
        self.town.relais("sandbox", "start", self.town.directory, config=False)

    def close(self):
        """Emptied first: wiping a town has little patience."""
        self.stop()
        shutil.rmtree(self.files)
        self.town.close()

    def fill(self, messages, domains, due):
        subprocess.run([self.build / "tests/bench/bench_fill", self.files, str(messages), str(domains), str(due)],
                       check=True)

    def manager(self):
        master = int((self.queue / "pid/master.pid").read_text())
        children = pathlib.Path("/proc/%d/task/%d/children" % (master, master)).read_text().split()
        return [pid for pid in children if pathlib.Path("/proc", pid, "comm").read_text().strip().endswith("qmgr")][0]

    def cpu(self):
        fields = pathlib.Path("/proc", self.manager(), "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_kib(self):
        status = pathlib.Path("/proc", self.manager(), "status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1])

    def has_found(self):
        return re.search(r"queue has (\d+) messages", self.town.log()[self.log_at:])

    def await_idle(self):
        """Until qmgr has had nothing to do for a second."""
        before = [-1.0]

        def idle():
            was, before[0] = before[0], self.cpu()
            return was == before[0]

        await_true(idle, "qmgr to be idle", 1)

    def measure_start(self, what):
        began = time.monotonic()
        self.start()
        pings = Pings(self.town)
        await_true(self.has_found, "the queue to be found", 0.01)
        found = time.monotonic() - began
        self.await_idle()
        print("%s: all found after %.1f s, idle after %.1f s, CPU %.1f s, memory %d MiB, %s" % (
            what, found, time.monotonic() - began - 1, self.cpu(), self.memory_kib() // 1024, pings.end()), flush=True)


def start_with_many(town_module, arguments):
    house = House(town_module, arguments.build)
    try:
        base = house.memory_kib()
        house.stop()
        house.fill(arguments.messages, arguments.messages // 20, 86400)
        house.measure_start("start without index")
        print("memory of a waiting message: %d octets" % ((house.memory_kib() - base) * 1024 // arguments.messages))
        house.stop()
        house.measure_start("start with index")
        print("memory of a waiting message: %d octets" % ((house.memory_kib() - base) * 1024 // arguments.messages))
        began = time.monotonic()
        lines = house.town.relais("queue", "-j").count("\n")
        print("listing of %d messages: %.1f s" % (lines, time.monotonic() - began), flush=True)
    finally:
        house.close()


def site_down_with_many(town_module, arguments):
    holder = Holder(town_module.own_host(9))
    host, port = holder.listener.getsockname()
    zone = town_module.zone_of({"paris.example": town_module.own_host(1), "domain0.example": host})
    house = House(town_module, arguments.build, zone=zone,
                  settings=("smtp_tcp_port=%d" % port, "smtp_connect_timeout=600s", "smtp_helo_timeout=600s",
                            "qmgr_message_active_limit=%d" % (2 * arguments.active)))
    try:
        house.stop()
        house.fill(arguments.active, 1, 0)
        house.start()
        pings = Pings(house.town)
        house.await_idle()
        print("%d messages active: CPU %.1f s, memory %d MiB, %s" % (
            arguments.active, house.cpu(), house.memory_kib() // 1024, pings.end()), flush=True)
        before, began = house.cpu(), time.monotonic()
        pings = Pings(house.town)
        holder.end()
        await_true(lambda: house.town.log()[house.log_at:].count("status=deferred") >= arguments.active, "the end", 1)
        print("site down, all put off: %.1f s, CPU %.1f s, %s" % (
            time.monotonic() - began, house.cpu() - before, pings.end()), flush=True)
    finally:
        house.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[1] / "build/release")
    parser.add_argument("--relais", type=pathlib.Path, help="another build's relais")
    parser.add_argument("--messages", type=int, default=200000)
    parser.add_argument("--active", type=int, default=20000)
    arguments = parser.parse_args()
    os.environ["RELAIS"] = str(arguments.relais or arguments.build / "tools/relais")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.path.insert(0, str(HERE.parent / "system"))
    import town
    if arguments.active:
        site_down_with_many(town, arguments)
    if arguments.messages:
        start_with_many(town, arguments)


if __name__ == "__main__":
    main()
