#!/usr/bin/python3
"""Makes what the name labeller knows of words and names, from our lists, iso-codes, WordNet, marble-qt-data and
python3-fake-factory: NAME.bin for each table, and name_tables.c that holds them. The same input gives the same output."""
import argparse, os, struct, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import HERE  # noqa: E402
from make_names import names  # noqa: E402

# The assembler takes the bytes as they are: as C text they would be ten times as much, and slow to compile.
HELD = """__asm__(".section .rodata\\n.balign 64\\n.globl {name}_slots\\n{name}_slots:\\n.incbin \\"{path}\\"\\n.previous\\n");
extern const struct name_slot {name}_slots[];
const struct name_table {name} = {{{name}_slots, {mask}}};
"""


LABELS = 9
MODEL = """
__asm__(".section .rodata\\n.balign 64\\n.globl name_labeller_rows\\nname_labeller_rows:\\n.incbin \\"{path}\\"\\n.previous\\n");
extern const struct labeller_row name_labeller_rows[];
const struct labeller name_labeller = {{name_labeller_rows, {mask}, {{{transitions}}}}};
"""


def model(path, out):
    """the rows of names.model as a hash table, and the C that holds it"""
    with open(path, "rb") as file:
        data = file.read()
    moves = struct.unpack_from(f"<{LABELS * LABELS}h", data)
    rows = list(struct.iter_unpack("<I9s", data[2 * LABELS * LABELS :]))
    size = 4
    while size * 2 < 3 * len(rows):
        size *= 2
    slots = [b""] * size
    for feature, weights in sorted(rows):
        at = feature & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = struct.pack("=I9s3x", feature, weights)
    write(out, b"".join(slot or bytes(16) for slot in slots))
    lines = [moves[i : i + LABELS] for i in range(0, len(moves), LABELS)]
    transitions = ", ".join("{" + ", ".join(map(str, line)) + "}" for line in lines)
    return MODEL.format(path=out, mask=size - 1, transitions=transitions)


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
