# SPDX-License-Identifier: BSD-2-Clause
"""Who goes when: domains of one provider, tenants, rate delays, and a DNS that does not answer."""
import os
import signal
import time
import unittest

import queue_life
import town

PARIS = "paris.example"
MARIE, PIERRE = "marie@" + PARIS, "pierre@" + PARIS
HOSTED = ["hosted%d.example" % number for number in range(1, 9)]
OTHER = "other.example"
LONG = "%s.%s.example" % ("long" * 15, "name" * 15)


def zone_of(host, other):
    """All hosted domains have the same two mail exchangers, which are one address here; another has its own."""
    lines = town.zone_of({PARIS: town.own_host(1), OTHER: other})
    for domain in HOSTED + [LONG]:
        lines += "%s. 60 IN MX 10 mx1.host.example.\n%s. 60 IN MX 20 mx2.host.example.\n" % (domain, domain)
    return lines + "mx1.host.example. 60 IN A %s\nmx2.host.example. 60 IN A %s\n" % (host, host)


class Stories(unittest.TestCase):
    """A town whose letters to other domains go to one peer, by the DNS."""
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.peer = queue_life.Peer(7)
        cls.addClassCleanup(cls.peer.server_close)
        cls.addClassCleanup(cls.peer.shutdown)
        host, port = cls.peer.server_address
        cls.paris = town.Town(PARIS, [MARIE, PIERRE], zone=zone_of(host, host),
                              settings=("smtp_tcp_port=%d" % port,) + cls.settings)
        cls.addClassCleanup(cls.paris.close)

    def setUp(self):
        self.user = self.id().rsplit(".", 1)[1][:50]

    def send(self, sender, domain):
        recipient = "%s@%s" % (self.user, domain)
        return self.paris.send(sender, recipient, domain)

    def await_all_taken_up(self):
        """Hours later, so to speak: a letter to ourselves that was sent last is delivered."""
        entry = self.paris.send(MARIE, PIERRE, "to ourselves")
        self.paris.await_log(r"%s: removed" % entry)

    def await_sent(self, entry):
        self.paris.await_log(r"%s: to=<%s@.*status=sent" % (entry, self.user))
        self.paris.await_log(r"%s: removed" % entry)

    def arrivals(self):
        """The domains of this story's letters, as they arrived."""
        return [rcpt.split("@")[1] for rcpts, _ in self.peer.letters for rcpt in rcpts if rcpt.startswith(self.user)]

    def hold_peer(self):
        self.peer.gate.clear()
        self.addCleanup(self.peer.gate.set)


class OneSite(Stories):
    settings = ("smtp_destination_concurrency_limit=2",)

    def test_domains_with_the_same_hosts_share_a_window(self):
        self.hold_peer()
        entries = [self.send(MARIE, HOSTED[number % 4]) for number in range(8)]
        self.await_all_taken_up()
        town.await_true(lambda: self.peer.at_work == 2, "two letters at a time")
        self.peer.gate.set()
        for entry in entries:
            self.await_sent(entry)
        self.assertEqual(self.peer.most_at_work, 2)
        self.assertEqual(sorted(self.arrivals()), sorted(HOSTED[number % 4] for number in range(8)))

    def test_each_domain_is_still_spoken_to_by_its_name(self):
        entries = [self.send(MARIE, domain) for domain in HOSTED[:2]]
        for entry, domain in zip(entries, HOSTED):
            self.paris.await_log(r"%s: to=<%s@%s>, relay=mx1\.host\.example" % (entry, self.user, domain))


class OneSiteDown(Stories):
    settings = ("smtp_initial_destination_concurrency=1",)

    def test_when_one_domain_cannot_be_reached_the_others_of_its_hosts_are_not_tried(self):
        self.peer.greeting = "421 4.3.2 not now"
        self.addCleanup(setattr, self.peer, "greeting", "220 peer.example")
        first = self.send(MARIE, HOSTED[0])
        self.paris.await_log(r"smtp\[\d+\]: %s: to=.*status=deferred" % first)
        second = self.send(MARIE, HOSTED[1])
        self.paris.await_log(r"qmgr\[\d+\]: %s: to=.*relay=none.*status=deferred \(.*not now" % second)
        self.peer.greeting = "220 peer.example"
        self.paris.relais("queue", "-f")
        self.await_sent(first)
        self.await_sent(second)


class Tenants(Stories):
    settings = ("smtp_transport_concurrency_limit=1",)

    def test_a_tenant_with_many_sites_does_not_delay_one_with_one_letter(self):
        self.hold_peer()
        first = self.send(MARIE, OTHER)
        town.await_true(lambda: self.peer.at_work == 1, "the first letter")
        many = [self.send(MARIE, domain) for domain in HOSTED + [OTHER] * 4]
        one = self.send(PIERRE, HOSTED[7])
        self.await_all_taken_up()
        self.peer.gate.set()
        for entry in [first, one] + many:
            self.await_sent(entry)
        senders = [b"Subject: hosted8.example" in text and PIERRE.encode() in text
                   for rcpts, text in self.peer.letters if rcpts[0].startswith(self.user)]
        self.assertIn(senders.index(True), (1, 2))


class Crowd(Stories):
    settings = ("qmgr_message_active_limit=10",)

    def test_a_tenant_with_more_mail_than_can_be_worked_on_does_not_hold_up_another(self):
        self.hold_peer()
        many = [self.send(MARIE, HOSTED[0]) for _ in range(30)]
        town.await_true(lambda: self.peer.at_work == 5, "as many letters as there may be")
        one = self.send(PIERRE, OTHER)
        town.await_true(lambda: any(event[2] == self.user + "@" + OTHER for event in self.peer.events),
                        "the letter of the other")
        self.assertEqual(self.peer.letters, [])
        self.peer.gate.set()
        for entry in many + [one]:
            self.await_sent(entry)
        self.assertEqual(len(self.arrivals()), 31)


class Slowly(Stories):
    settings = ("smtp_destination_rate_delay=400ms",)

    def test_between_two_letters_to_one_site_a_rate_delay_passes(self):
        entries = [self.send(MARIE, domain) for domain in HOSTED[:3]]
        for entry in entries:
            self.await_sent(entry)
        times = [event[0] for event in self.peer.events if event[2].startswith(self.user)]
        self.assertEqual(len(times), 3)
        for earlier, later in zip(times, times[1:]):
            self.assertGreaterEqual(later - earlier, 0.4)


class SlowTransport(Stories):
    settings = ("smtp_transport_rate_delay=400ms",)

    def test_between_two_letters_of_one_transport_its_rate_delay_passes(self):
        entries = [self.send(MARIE, domain) for domain in (HOSTED[0], OTHER, HOSTED[1])]
        began = time.monotonic()
        for entry in entries:
            self.await_sent(entry)
        times = [event[0] for event in self.peer.events if event[2].startswith(self.user)]
        self.assertEqual(len(times), 3)
        # Between beginnings: connecting takes a moment of it, more for the one than for the other.
        self.assertGreaterEqual(times[2] - times[0], 0.6)
        self.assertLess(began, times[2])


class WithoutReader(Stories):
    settings = ("default_destination_recipient_limit=1000", "initial_destination_concurrency=20")
    LETTERS, RECIPIENTS = 20, 150  # requests of 30 KiB

    def send_to_many(self):
        names = ["%s%03d@%s" % (self.user, number, LONG) for number in range(self.RECIPIENTS)]
        client = self.paris.submission(MARIE)
        client.mail(MARIE)
        for name in names:
            self.assertEqual(client.rcpt(name)[0], 250)
        entry = town.queue_id(*client.data(town.letter(MARIE, names[0], "many")))
        client.quit()
        return entry

    def test_a_delivery_program_that_reads_nothing_holds_up_no_other_and_gets_all_when_it_does(self):
        qmgr, stopped = self.paris.pids_of("qmgr"), self.paris.pids_of("smtp")
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            entries = [self.send_to_many() for _ in range(self.LETTERS)]
            self.await_all_taken_up()
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        for entry in entries:
            self.paris.await_log(r"%s: removed" % entry)
        self.assertEqual(self.paris.pids_of("qmgr"), qmgr)
        self.assertEqual(len(self.peer.letters), self.LETTERS)


class WithoutDns(Stories):
    settings = ("smtp_dns_timeout=2s",)

    def test_a_letter_waits_for_the_dns_and_others_do_not(self):
        resolver = self.paris.pids_of("resolver")[0]
        os.kill(resolver, signal.SIGSTOP)
        try:
            entry = self.send(MARIE, HOSTED[4])
            self.await_all_taken_up()
            self.paris.await_log(r"%s: to=<%s@.*status=deferred \(Host or domain name not found" % (entry, self.user))
        finally:
            os.kill(resolver, signal.SIGCONT)
        self.paris.relais("queue", "-f")
        self.await_sent(entry)
        self.assertEqual(self.arrivals(), [HOSTED[4]])

    def test_a_resolver_killed_in_the_middle_loses_no_letter(self):
        resolver = self.paris.pids_of("resolver")[0]
        os.kill(resolver, signal.SIGSTOP)
        entry = self.send(MARIE, HOSTED[5])
        self.paris.await_log(r"%s: from=<%s>.*queue active" % (entry, MARIE))
        os.kill(resolver, signal.SIGKILL)
        sent = r"%s: to=<%s@.*status=(sent|deferred)" % (entry, self.user)
        if self.paris.await_log(sent).group(1) == "deferred":
            self.paris.relais("queue", "-f")
        self.await_sent(entry)
        self.assertEqual(self.arrivals(), [HOSTED[5]])


if __name__ == "__main__":
    town.main()
