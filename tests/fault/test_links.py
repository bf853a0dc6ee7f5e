#!/usr/bin/python3
"""Several machines: links between them are cut, blocked, slowed down and healed under load; nothing acknowledged is lost,
nothing is stored twice, the books balance. tests/fault/links does it for long."""
import unittest

import links
import network
from support.waiting import wait_for

WHY_NOT = network.why_not()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Links(unittest.TestCase):
    def setUp(self):
        self.machines = links.Machines(seed=20261127)
        self.addCleanup(self.machines.close)
        self.machines.start()
        self.machines.start_producers()

    def goes_on(self):
        before = self.machines.stored()
        wait_for(lambda: self.machines.stored() > before + 100, 30, lambda: f"rows\n{self.machines.mill.tails()}")

    def test_links_are_cut_under_load(self):
        machines = self.machines
        print(f"delays by {'netem' if machines.network.has_netem() else 'tbf: this kernel has no netem'}")
        self.goes_on()
        # One worker's host is gone for longer than silence is borne: the other one does its work, though PostgreSQL may hold the
        # locks of a transaction of the first until it finds out, too.
        heal = machines.network["one"].silence()
        machines.wait_workers(2)
        self.goes_on()
        heal()
        machines.wait_workers(4)
        machines.storm(12, print)
        machines.stop_producers()
        judge, verdict, books = machines.judge()
        print(f"{len(judge.taken)} acknowledged, {len(judge.rows)} stored; deaths {sum(node['deaths'] for node in books['nodes'])}")
        self.assertTrue(verdict.good, verdict)
        self.assertGreater(len(judge.taken), 1000)
        self.assertGreaterEqual(set(machines.cuts), {"pull", "silence", "slow", "part", "one-way"})


if __name__ == "__main__":
    unittest.main()
