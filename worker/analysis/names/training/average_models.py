#!/usr/bin/python3
"""Averages models that train_names wrote from different texts: average_models.py OUTPUT MODEL…

What chance did to one of them the others do not share. A feature that a model lacks weighs nothing there. Of the rows, each
bucket keeps the largest, as many as it has room for.
"""
import struct, sys

LABELS, BUCKET, HEAD = 8, 8, 4 + 2 * 64


def main():
    output, models = sys.argv[1], sys.argv[2:]
    moves, rows, buckets = [0.0] * (LABELS * LABELS), {}, 0
    for path in models:
        with open(path, "rb") as file:
            data = file.read()
        (buckets,) = struct.unpack_from("<I", data)
        for at, move in enumerate(struct.unpack_from(f"<{LABELS * LABELS}h", data, 4)):
            moves[at] += move / len(models)
        for feature, *weights in struct.iter_unpack(f"<I{LABELS}b", data[HEAD:]):
            sums = rows.setdefault(feature, [0.0] * LABELS)
            for label, weight in enumerate(weights):
                sums[label] += weight / len(models)
    held, kept = {}, [struct.pack("<I", buckets), struct.pack(f"<{LABELS * LABELS}h", *map(round, moves))]
    for feature, sums in sorted(rows.items(), key=lambda row: (-max(map(abs, row[1])), row[0])):
        weights, tag = [round(value) for value in sums], feature >> 16 or 1
        tags = held.setdefault(feature & (buckets - 1), set())
        if any(weights) and len(tags) < BUCKET and tag not in tags:
            tags.add(tag)
            kept.append(struct.pack(f"<I{LABELS}b", feature, *weights))
    with open(output, "wb") as file:
        file.write(b"".join(kept))


if __name__ == "__main__":
    main()
