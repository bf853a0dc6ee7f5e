#!/usr/bin/python3
"""Makes what the name labeller knows of words and names, from our lists, iso-codes, WordNet, marble-qt-data and
python3-fake-factory: NAME.bin for each table, and name_tables.c that holds them. The same input gives the same output."""
import argparse, os, struct, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import HERE, fail  # noqa: E402
from make_names import names  # noqa: E402

# The assembler takes the bytes as they are: as C text they would be ten times as much, and slow to compile.
HELD = """__asm__(".section .rodata\\n.balign 64\\n.globl {name}_slots\\n{name}_slots:\\n.incbin \\"{path}\\"\\n.previous\\n");
extern const struct name_slot {name}_slots[];
const struct name_table {name} = {{{name}_slots, {mask}}};
"""


LABELS, BUCKET = 8, 8
MODEL = """
__asm__(".section .rodata\\n.balign 64\\n.globl name_labeller_tags\\nname_labeller_tags:\\n.incbin \\"{path}\\"\\n"
        ".set name_labeller_weights, name_labeller_tags + {weights}\\n.globl name_labeller_weights\\n.previous\\n");
extern const uint16_t name_labeller_tags[][LABELLER_BUCKET];
extern const int8_t name_labeller_weights[][LABELLER_BUCKET][LABELS];
const struct labeller name_labeller = {{name_labeller_tags, name_labeller_weights, {mask}, {{{transitions}}}}};
"""


def model(path, out):
    """the rows of names.model in their buckets, tags first and weights behind them, and the C that holds them"""
    with open(path, "rb") as file:
        data = file.read()
    (buckets,) = struct.unpack_from("<I", data)
    moves = struct.unpack_from(f"<{LABELS * LABELS}h", data, 4)
    held = [[] for _ in range(buckets)]
    for feature, weights in struct.iter_unpack("<I8s", data[4 + 2 * LABELS * LABELS :]):
        held[feature & (buckets - 1)].append((feature >> 16 or 1, weights))
    tags, weights = bytearray(), bytearray()
    for rows in held:
        if len(rows) > BUCKET or len({tag for tag, _ in rows}) < len(rows):
            fail(f"{path}: a bucket has too many features or two that are alike")
        rows += [(0, bytes(LABELS))] * (BUCKET - len(rows))
        tags += struct.pack("=8H", *(tag for tag, _ in rows))
        weights += b"".join(weight for _, weight in rows)
    write(out, tags + weights)
    lines = [moves[i : i + LABELS] for i in range(0, len(moves), LABELS)]
    transitions = ", ".join("{" + ", ".join(map(str, line)) + "}" for line in lines)
    return MODEL.format(path=out, mask=buckets - 1, weights=len(tags), transitions=transitions)


def write(path, data):
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--iso-codes", required=True, metavar="DIR")
    parser.add_argument("--output", required=True, metavar="FOLDER")
    options = parser.parse_args()
    text = '/* Made by worker/analysis/data/build_names.py. */\n#include "worker/analysis/names/name_tables.h"\n#include "worker/analysis/names/labeller.h"\n\n'
    for name, table in names(options.iso_codes).items():
        path, slots = os.path.abspath(os.path.join(options.output, name + ".bin")), table.slots()
        write(path, slots)
        text += HELD.format(name=name, path=path, mask=len(slots) // 8 - 1)
        print(name, len(table.keys))
    text += model(os.path.join(HERE, "names.model"), os.path.abspath(os.path.join(options.output, "name_labeller.bin")))
    write(os.path.join(options.output, "name_tables.c"), text.encode())


if __name__ == "__main__":
    main()
