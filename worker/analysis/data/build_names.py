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


LABELS, ROW_BITS, MOVE_BITS = 8, 17, 14
MODEL = """
__asm__(".section .rodata\\n.balign 64\\n.globl name_labeller_rows\\nname_labeller_rows:\\n.incbin \\"{path}\\"\\n"
        ".set name_labeller_moves, name_labeller_rows + {moves}\\n.globl name_labeller_moves\\n.previous\\n");
extern const struct labeller_row name_labeller_rows[];
extern const uint16_t name_labeller_moves[];
_Static_assert(LABELLER_ROW_BITS == {row_bits} && LABELLER_MOVE_BITS == {move_bits}, "build_names.py");
const struct labeller name_labeller = {{name_labeller_rows, name_labeller_moves, {factors}, {mask}, {{{transitions}}}}};
"""


def places(numbers, factors):
    """labeller.h: {row: index of its number} and the move of each bucket, the fullest moved first; None where two cannot part"""
    row_factor, move_factor = factors
    buckets, rows, moves = [[] for _ in range(1 << MOVE_BITS)], {}, [0] * (1 << MOVE_BITS)
    for index, number in enumerate(numbers):
        bucket = (number * move_factor & 0xFFFFFFFF) >> (32 - MOVE_BITS)
        buckets[bucket].append(((number * row_factor & 0xFFFFFFFF) >> (32 - ROW_BITS), index))
    if any(len({row for row, _ in bucket}) < len(bucket) for bucket in buckets):
        return None
    for bucket in sorted(range(len(buckets)), key=lambda i: -len(buckets[i])):
        move = next((m for m in range(1 << 16) if not any(row ^ m in rows for row, _ in buckets[bucket])), None)
        if move is None:
            return None
        moves[bucket] = move
        for row, index in buckets[bucket]:
            rows[row ^ move] = index
    return rows, moves


def placed(path, numbers):
    """(factors, rows, moves) with the first factors, multiples of two odd numbers, that work"""
    if len(set(numbers)) < len(numbers):
        fail(f"{path}: two features are alike")
    for n in range(1000):
        factors = [start * (2 * n + 1) & 0xFFFFFFFF for start in (0x9E3779B1, 0x85EBCA77)]
        found = places(numbers, factors)
        if found:
            return factors, *found
    return fail(f"{path}: its features find no rows: ROW_BITS or MOVE_BITS must be more")


def model(path, out):
    """names.model as rows, their moves behind them, and the C that holds them"""
    with open(path, "rb") as file:
        data = file.read()
    (buckets,) = struct.unpack_from("<I", data)
    steps = struct.unpack_from(f"<{LABELS * LABELS}h", data, 4)
    held = list(struct.iter_unpack("<I8s", data[4 + 2 * LABELS * LABELS :]))
    numbers = [feature & (buckets - 1) | (feature >> 16 or 1) << 16 for feature, _ in held]
    factors, rows, moves = placed(path, numbers)
    made = bytearray(16 << ROW_BITS)
    for row, index in rows.items():
        struct.pack_into("=8sI", made, 16 * row, held[index][1], numbers[index])
    write(out, made + struct.pack(f"={len(moves)}H", *moves))
    lines = [steps[i : i + LABELS] for i in range(0, len(steps), LABELS)]
    return MODEL.format(path=out, mask=buckets - 1, moves=len(made), row_bits=ROW_BITS, move_bits=MOVE_BITS,
                        factors=", ".join(f"{factor}u" for factor in factors),
                        transitions=", ".join("{" + ", ".join(map(str, line)) + "}" for line in lines))


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
