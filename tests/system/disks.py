# SPDX-License-Identifier: BSD-2-Clause
"""Disks that become full or read-only under way, and file systems of another kind: nothing acknowledged is lost, and who makes
room can."""
import errno
import os
import pathlib
import re
import shutil
import smtplib
import subprocess
import tempfile
import threading
import time
import unittest

import town

MIB = 1024 * 1024
JEAN, MARIE = "user1@paris.example", "user2@paris.example"
SETTINGS = ("minimal_backoff_time=1s", "maximal_backoff_time=2s", "queue_run_delay=2s")


class Mounted(unittest.TestCase):
    """A town on a file system of its own, where we may mount one."""

    def mount(self, *arguments):
        self.place = tempfile.mkdtemp(prefix="relais.", dir="/tmp")
        self.addCleanup(os.rmdir, self.place)
        done = subprocess.run(["mount", *arguments, self.place], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            self.skipTest("cannot mount: " + done.stderr)
        self.addCleanup(subprocess.run, ["umount", self.place], timeout=60, check=False)
        os.chmod(self.place, 0o755)

    def build(self, number):
        self.town = town.Town("paris.example", host=town.own_host(number), numbered=2, settings=SETTINGS, parent=self.place)
        self.addCleanup(self.town.close)

    def numbers_of(self, user):
        """Of the letters in the mailbox, by its files."""
        home = pathlib.Path(self.town.variables["MAIL_BASE"], "paris.example", user.split("@")[0])
        found = [re.search(rb"^X-Number: (\d+)", path.read_bytes()[:2000], re.M) for path in home.glob("Maildir/*/*")
                 if path.parent.name in ("cur", "new")]
        return sorted(int(match.group(1)) for match in found if match)

    def await_numbers(self, user, wanted):
        end = time.monotonic() + town.WAIT_SECONDS
        while self.numbers_of(user) != sorted(wanted) and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.numbers_of(user), sorted(wanted))


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("mkfs.ext4"), "only root mounts a disk")
class FullDisk(Mounted):
    def setUp(self):
        image = tempfile.NamedTemporaryFile(prefix="relais.", dir="/tmp")
        self.addCleanup(image.close)
        image.truncate(48 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image.name], check=True, timeout=60)
        self.mount("-o", "loop", image.name)
        self.build(11)
        self.taken, self.refused = [], []

    def send(self, numbers, size):
        """Sends numbered letters until one is refused."""
        with self.town.smtp() as client:
            for number in numbers:
                text = "X-Number: %d\r\n\r\n%s" % (number, "a line of the letter\r\n" * (size // 22))
                try:
                    client.sendmail("a@elsewhere.example", [JEAN], text)
                    self.taken.append(number)
                except smtplib.SMTPResponseException as refusal:
                    self.refused.append(refusal.smtp_code)
                    return

    def fill(self):
        """Takes the last octet there is."""
        with open(self.place + "/filler", "wb", buffering=0) as filler:
            for piece in (b"x" * MIB, b"x" * 512):
                try:
                    while True:
                        filler.write(piece)
                except OSError as error:
                    self.assertEqual(error.errno, errno.ENOSPC)
            os.fsync(filler.fileno())

    def test_letters_get_452_and_come_again_when_there_is_room(self):
        senders = [threading.Thread(target=self.send, args=(range(n, 1000, 3), 200000)) for n in range(3)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        self.assertEqual(self.refused, [452, 452, 452])
        self.assertGreater(len(self.taken), 20)
        self.await_numbers(JEAN, self.taken)
        self.fill()
        self.refused.clear()
        self.send([1000], 1000)
        self.assertEqual(self.refused, [452])
        os.unlink(self.place + "/filler")
        client = self.town.imap(JEAN)
        client.select()
        client.store("1:10", "+FLAGS", "\\Deleted")
        client.expunge()
        client.logout()
        left = self.numbers_of(JEAN)
        self.assertEqual(len(left), len(self.taken) - 10)
        end = time.monotonic() + town.WAIT_SECONDS
        while 1001 not in self.taken and time.monotonic() < end:  # the room is looked at now and then
            self.send([1001], 1000)
        self.await_numbers(JEAN, left + [1001])

    def test_on_a_full_disk_users_can_read_and_make_room(self):
        self.send(range(40), 20000)
        self.await_numbers(JEAN, range(40))
        self.town.imap(JEAN).logout()
        self.fill()
        client = self.town.imap(JEAN)
        self.assertEqual(client.select()[0], "OK")
        self.assertEqual(client.fetch("1", "(BODY.PEEK[])")[0], "OK")
        self.assertEqual(client.append("INBOX", None, None, b"A: b\r\n\r\n" + b"x" * 300000)[0], "NO")
        self.assertEqual(client.store("1:20", "+FLAGS", "(\\Deleted)")[0], "OK")
        self.assertEqual(client.expunge()[0], "OK")
        client.logout()
        self.await_numbers(JEAN, range(20, 40))
        self.fill()
        client = self.town.pop(JEAN)
        client.dele(1)
        client.quit()
        self.await_numbers(JEAN, range(21, 40))

    def test_a_disk_that_can_be_read_only_puts_letters_off(self):
        self.send([1], 1000)
        self.await_numbers(JEAN, [1])
        for path in ("queue/queue", "mail"):
            subprocess.run(["chattr", "+i", self.town.directory + "/" + path], check=True, timeout=60)
        self.send([2], 1000)
        self.assertEqual(self.refused, [451])
        for path in ("queue/queue", "mail"):
            subprocess.run(["chattr", "-i", self.town.directory + "/" + path], check=True, timeout=60)
        self.send([2], 1000)
        self.await_numbers(JEAN, [1, 2])


class AfterPowerCut(unittest.TestCase):
    def setUp(self):
        zone = town.zone_of({"down.example": town.own_host(14)})
        self.town = town.Town("paris.example", host=town.own_host(13), numbered=2, zone=zone)
        self.addCleanup(self.town.close)
        self.entry = self.town.send(JEAN, "x@down.example", "waits")
        self.town.await_log(r"%s: to=<x@down.example>.*status=deferred" % self.entry)
        self.queue = pathlib.Path(self.town.variables["QUEUE_DIR"], "queue")
        town.await_true(lambda: self.entry in self.town.relais("queue", "list"), "the letter in the index")
        self.town.relais("sandbox", "stop", self.town.directory, config=False)

    def check(self):
        self.town.relais("sandbox", "start", self.town.directory, config=False)
        town.await_true(lambda: self.entry in self.town.relais("queue", "list"), "the letter in the new index")
        self.assertNotRegex(self.town.log(), r"qmgr pid \d+ (killed by signal|exit status)")
        self.assertEqual(self.town.log().count(self.entry + ": to=<x@down.example>"), 1)

    def test_an_index_whose_pages_were_not_written_is_made_anew(self):
        whole = (self.queue / "index").read_bytes()
        (self.queue / "index").write_bytes(whole[:8192])
        self.check()

    def test_an_index_of_another_start_of_the_machine_is_not_looked_into(self):
        whole = bytearray((self.queue / "index").read_bytes())
        whole[8192:] = b"\xff" * (len(whole) - 8192)
        (self.queue / "index").write_bytes(whole)
        (self.queue / "index-boot").write_text("00000000-0000-0000-0000-000000000000")
        self.check()


@unittest.skipUnless(os.geteuid() == 0, "only root mounts a file system")
class OtherFileSystems(Mounted):
    def test_a_letter_is_taken_where_names_must_be_synced_by_themselves(self):
        layers = tempfile.mkdtemp(prefix="relais.", dir="/tmp")
        self.addCleanup(shutil.rmtree, layers, ignore_errors=True)
        for layer in ("lower", "upper", "work"):
            os.mkdir(layers + "/" + layer)
        self.mount("-t", "overlay", "-o", "lowerdir={0}/lower,upperdir={0}/upper,workdir={0}/work".format(layers), "overlay")
        self.build(12)
        entry = self.town.send(MARIE, JEAN, "from a layer")
        self.town.await_log(r"%s: to=<%s>.*status=sent" % (entry, JEAN))
        self.assertEqual([letter["Subject"] for letter in self.town.read_mail(JEAN, 1)], ["from a layer"])


if __name__ == "__main__":
    town.main()
