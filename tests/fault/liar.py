#!/usr/bin/python3
"""A worker that lies about what it did before: it replays answers, forges epochs and leases, and
answers after it was taken for dead. None of it may have an effect. Runs until it is killed.

    liar.py WORK_ENDPOINT SEED
"""
import random
import sys
import time

from support.link import DONE, Worker

SILENT_S = 2.5  # longer than ingest waits


class Liar:
    def __init__(self, endpoint, seed):
        self.endpoint, self.chance = endpoint, random.Random(seed)
        self.old = []  # (epoch, lease, attempt) of all that it ever held
        self.sent = 0

    def say(self, worker, epoch, lease, attempt, outcome, *result):
        outcomes = [{"lease": lease, "attempt": attempt, "outcome": outcome}]
        worker.say(DONE, {"epoch": epoch, "outcomes": outcomes}, *result)
        self.sent += 1

    def lies(self, worker):
        """Some of everything that must be found stale."""
        epoch = worker.epoch
        for old_epoch, lease, attempt in self.chance.sample(self.old, min(8, len(self.old))):
            self.say(worker, old_epoch, lease, attempt, "stored")
            self.say(worker, epoch, lease, attempt + 1, "stored")
            self.say(worker, epoch + 1, lease, attempt, "duplicate")
        for _ in range(8):  # leases of others: the same numbers, but not its own
            lease = self.chance.randrange(1, max((lease for _, lease, _ in self.old), default=9) + 50)
            for outcome in ("stored", "dead"):
                self.say(worker, epoch, lease, self.chance.randrange(1, 4), outcome)

    def once(self):
        """Takes leases as an analyzer, goes silent with them, then claims that all are stored."""
        worker = Worker(self.endpoint, "analyze", credit=4, pid=self.chance.randrange(1 << 30))
        end = time.monotonic() + 1
        while time.monotonic() < end and len(worker.leases) < 4:
            worker.turn()
        held = [(worker.epoch, lease.lease, lease.attempt) for lease in worker.leases.values()]
        self.old = (self.old + held)[-500:]
        self.lies(worker)
        end = time.monotonic() + SILENT_S
        while time.monotonic() < end:
            worker.said = time.monotonic()  # no beat
            worker.turn()
        for epoch, lease, attempt in held:
            self.say(worker, epoch, lease, attempt + 1, "analyzed", b"\x80")
            self.say(worker, epoch, lease, attempt, "analyzed")  # without a result
            self.say(worker, epoch, lease, attempt, "stored")    # not an analyzer's to say
        self.lies(worker)
        worker.leave()


def main():
    liar = Liar(sys.argv[1], sys.argv[2])
    while True:
        liar.once()


if __name__ == "__main__":
    main()
