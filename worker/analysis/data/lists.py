"""What every table is made with: reading a list, folding words as the analysis does, writing C."""
import os, re, sys, unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))

PREFIX_ONLY = -(2**31)
# Marks are part of the letters they stand on (\w has none of them).
MARKS = "".join(chr(c) for c in range(0x300, 0x3100) if unicodedata.category(chr(c)).startswith("M"))
WORD = re.compile(rf"[\w{MARKS}]+(?:['.·][\w{MARKS}]+)*")
# Written without spaces between words, or with endings stuck to them: looked up by code points.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def read(name):
    """the lines of a list, without comments"""
    with open(os.path.join(HERE, name), encoding="utf-8") as lines:
        for line in lines:
            line = re.sub(r"\s+#.*|^#.*", "", line).rstrip()
            if line.strip():
                yield line.strip()


def fail(message):
    sys.exit("build.py: " + message)


def fold(text):
    """as words.c folds: simple lower case, ’ as ', acronyms without their stops"""
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("ʻ", "'")
    words = WORD.findall("".join(c.lower() if len(c.lower()) == 1 else c for c in text))
    return " ".join(w.replace(".", "") if re.fullmatch(r"(\w\.)*\w", w) else w for w in words)


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


class Lexicon:
    def __init__(self, name):
        self.name, self.keys = name, {}

    def order(self):
        """the keys of its entries, as they stand: those of `keys`, and the first words of longer ones"""
        return sorted({*self.keys, *(key.split(" ")[0] for key in self.keys)})

    def write(self, out):
        keys = {k: [v, m, 0] for k, (v, m) in self.keys.items()}
        for key in self.keys:
            first, count = key.split(" ")[0], key.count(" ") + 1
            entry = keys.setdefault(first, [PREFIX_ONLY, 0, 0])
            entry[2] = max(entry[2], count)
        order, pool, entries = self.order(), b"", []
        for key in order:
            data = key.encode()
            if len(data) > 255:
                fail(f"{self.name}: too long: {key}")
            value, more, words = keys[key]
            entries.append((len(pool), len(data), words, value, more))
            pool += data
        size = 4
        while size < 2 * len(order):
            size *= 2
        slots = [(0, 0)] * size
        for index, key in enumerate(order):
            value = fnv(key.encode())
            slot = value & (size - 1)
            while slots[slot][1]:
                slot = (slot + 1) & (size - 1)
            slots[slot] = (value >> 32, index + 1)
        out.write(f"static const char {self.name}_pool[] = {{\n")
        for at in range(0, len(pool), 32):
            out.write(",".join(str(b if b < 128 else b - 256) for b in pool[at : at + 32]) + ",\n")
        out.write("0};\n")
        out.write(f"static const struct lexicon_entry {self.name}_entries[] = {{\n")
        for key_at, key_len, words, value, more in entries:
            written = "INT32_MIN" if value == PREFIX_ONLY else value
            out.write(f"{{{key_at},{key_len},{words},{written},{more}}},\n")
        out.write("};\n")
        out.write(f"static const struct lexicon_slot {self.name}_slots[] = {{\n")
        for at in range(0, size, 8):
            out.write("".join(f"{{{tag}u,{entry}}}," for tag, entry in slots[at : at + 8]) + "\n")
        out.write("};\n")
        pairs = self.write_pairs(out)
        out.write(
            f"const struct lexicon {self.name}_lexicon = {{{self.name}_entries, {self.name}_slots, "
            f"{size - 1}, {self.name}_pool, {pairs}}};\n\n"
        )

    def write_pairs(self, out):
        """lexicon_pair() of lexicon.h; the name of what was written"""
        bits, sets = header_flags("LEXICON", "lexicon.h")["PAIR_BITS"], set()
        for first, second in {tuple(key.split(" ")[:2]) for key in self.keys if " " in key}:
            second = fnv(second.encode())
            mixed = (fnv(first.encode()) ^ ((second << 32 | second >> 32) & 0xFFFFFFFFFFFFFFFF)) * 0x9E3779B97F4A7C15
            sets.add((mixed & 0xFFFFFFFFFFFFFFFF) >> 49)
        if not sets:
            return "NULL"
        out.write(f"static const uint64_t {self.name}_first_pairs[] = {{\n")
        for at in range(0, bits, 64):
            out.write(f"{sum(1 << bit for bit in range(64) if at + bit in sets)}u,")
        out.write("};\n")
        return f"{self.name}_first_pairs"


def c_string(text):
    out = ""
    for byte in text.encode():
        out += chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
    return f'"{out}"'


def c_strings(out, name, strings):
    out.write(f"const char *const {name}[] = {{{', '.join(c_string(s) if s else 'NULL' for s in strings)}}};\n")


def keep_short(table):
    """refuses phrases that are longer than what is looked for in a text"""
    most = header_flags("LEXICON", "lexicon.h")["PHRASE_WORDS"]
    for key in table.keys:
        if len(key.split(" ")) > most:
            fail(f"{table.name}: {key} has more than {most} words, and would never be found")
    return table


def header_flags(prefix, header="tables.h"):
    """the #defines of a header of ours, so that flags are written down once"""
    with open(os.path.join(HERE, "..", header), encoding="utf-8") as header:
        found = re.findall(rf"#define {prefix}_(\w+)\s+(\w+?)u?\s", header.read())
    return {name: int(value, 0) for name, value in found if value[0].isdigit()}


def read_names(name):
    """{section: names} of a list whose names stand apart by |"""
    sections = {}
    for line in read(name):
        if line.startswith("["):
            names = sections.setdefault(line.strip("[]"), [])
        else:
            names += [part.strip() for part in line.split("|") if part.strip()]
    return sections
