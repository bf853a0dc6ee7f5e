#!/usr/bin/python3
"""A producer that writes down each acknowledgement as soon as it has it. It may be killed at any time.

    producer.py ENDPOINT SEED FIRST COUNT ACKNOWLEDGED [KEY SERVER_KEY]

Each line of the file ACKNOWLEDGED: a number, the article's UUID, and 1 where the answer said
duplicate; or a number and the code of a refusal. Some articles are sent twice; about half go as
bundles of several in one message.
"""
import os
import pathlib
import random
import sys

import small
from support.keyed import read_key
from support.pushing import Pusher

WINDOW = 256
TWICE = 25       # each article of that number in a row is sent again later
TWICE_AFTER = WINDOW + 50
RESEND_S = 2.0
BUNDLES = (1, 1, 3, 12)


class Written(dict):
    """The answers by id; each is in the file before anything else happens."""

    def __init__(self, path, seed):
        super().__init__()
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.seed = seed
        self.count = 0

    def __len__(self):
        return self.count

    def __setitem__(self, key, reply):
        number = small.number_of(key, self.seed)
        said = f"{reply['article']} {int(reply['duplicate'])}" if reply["ok"] else reply["error"]
        os.write(self.file, f"{number} {said}\n".encode())
        self.count += 1


def numbers(first, count):
    for number in range(first, first + count):
        yield number
        if number % TWICE == 0 and number - TWICE_AFTER >= first:
            yield number - TWICE_AFTER


def main():
    endpoint, seed, first, count, path, *keys = sys.argv[1:]
    bundle = random.Random(f"{seed} {first}").choice(BUNDLES)
    pusher = Pusher(endpoint, WINDOW, RESEND_S, tuple(read_key(pathlib.Path(key)) for key in keys), bundle)
    pusher.replies = Written(path, seed)
    pusher.push((small.article(seed, number) for number in numbers(int(first), int(count))),
                deadline_s=float("inf"))


if __name__ == "__main__":
    main()
