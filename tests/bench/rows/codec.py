"""The codecs beside msgpack-c packing and unpacking the same map."""
import json

import msgpack

from .base import ROUNDS, Row, middle
from .made import Made


def messages(bench):
    """{kind: one message}: an article as it is pushed, and what analysis found in one."""
    article = json.loads(bench.corpus.read_text().splitlines()[0])
    return {"article": msgpack.packb(article), "result": Made(bench.seed).article(0, 1_790_000_000_000)[2]}


def rows(bench):
    for kind, message in messages(bench).items():
        path = bench.folder / f"{kind}.msgpack"
        path.write_bytes(message)
        found = [bench.program("bench_codec", kind, bench.size(100, 50), path).split() for _ in range(ROUNDS)]
        for at in (0, 3):
            what, ours, reference = middle([one[at:at + 3] for one in found], lambda one: float(one[2]) / float(one[1]))
            yield Row("codec", f"{what} one {kind} of {len(message):,} bytes", 1e9 / float(ours), "1/s", 1e9 / float(reference),
                      "msgpack-c, the same map", ">= 0.9")
