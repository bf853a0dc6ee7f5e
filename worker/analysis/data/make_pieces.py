"""The table of the words that the keys of numbers, units and dates begin with, of all words of the keys of dates, and of those that
what reads dates asks for, in slots of its own making (tables.h)."""
import glob
import os
import re

from lists import HERE, fail, header_flags

# What reads dates: no other word means anything to it than those of the tables and those it asks for.
READERS = "dates/*.c amounts/number*.c"
# Numbers that dates begin with by themselves.
COUNTS = {"UNIT", "TEEN", "TENS", "ORDINAL"}
# What may be said to follow in dates.txt, beside classes and words.
FOLLOWERS = {"NUMERAL", "DIGITS", "SIGN", "NUMBER", "NAME", "START"}

BITS64 = (1 << 64) - 1


def asked():
    """the words that are written in the sources of what reads dates"""
    files = [file for pattern in READERS.split() for file in glob.glob(os.path.join(HERE, "..", pattern))]
    words = set()
    for path in files:
        with open(path, encoding="utf-8") as file:
            words |= set(re.findall(r'"([a-z]+)"', file.read()))
    return words if words else fail(f"there are no {READERS}")


class DateHints:
    """what the dates stage wants to know of a word before it reads anything: hints, class, what may begin with it"""

    def __init__(self, numbers, dates):
        self.numbers, self.dates, self.asked = numbers.keys, dates.keys, asked()
        self.long = {key.split(" ")[0] for key in dates.keys if " " in key}  # these begin names of holidays
        self.first = {key.split(" ")[0] for key in numbers.keys}
        self.hints, self.begins = header_flags("HINT", "dates/when.h"), header_flags("BEGINS")
        classes = header_flags("DATE")
        self.idle = {0, classes["ZONE"], classes["FUTURE"]}  # no date begins with them
        self.leading = {classes["STARTER"], classes["RELATIVE"]}  # one may, but they are no core of it
        self.kinds = {value: name for name, value in header_flags("NUMBER").items()}

    def of_number(self, word):
        if word not in self.first:
            return 0, 0
        kind = self.kinds[self.numbers[word][0]] if word in self.numbers else "STARTER"
        begins = self.begins["LENGTH"]
        if kind == "STARTER":
            return 0, begins
        if kind in ("UNIT", "TEEN", "TENS"):
            begins |= self.begins["DAY"] | self.begins["CLOCK"] | self.begins["PERIOD"]
        if kind == "ORDINAL":
            begins |= self.begins["DAY"] | self.begins["PERIOD"]
        core = self.hints["CORE"] if kind in ("TEEN", "TENS") else 0
        return self.hints["NUMBER"] | self.hints["START"] | core, begins

    def counts(self, word):
        """1: an amount may begin with it"""
        kind = self.kinds[self.numbers[word][0]] if word in self.numbers else "STARTER"
        return int(word in self.first and kind not in ("SUFFIX", "FOREIGN"))

    def of_date(self, word):
        more = self.dates.get(word, (0, 0))[1]
        hints, kind, begins = 0, more & 0xFF, more >> 16
        if word in self.long:
            hints |= self.hints["NAME"] | self.hints["CORE"] | self.hints["START"]
            begins |= self.begins["DAY"]
        if kind not in self.idle:
            hints |= self.hints["START"] | (0 if kind in self.leading else self.hints["CORE"])
        return hints, kind, begins

    def of(self, word):
        hints, begins = self.of_number(word)
        own, kind, more = self.of_date(word)
        own |= self.hints["ASKED"] if word in self.asked else 0
        return hints | own, kind, begins | more


class Follow:
    """what must stand behind a word that begins a date (dates.txt), as bits: one a list of what may"""

    def __init__(self, numbers, dates, hints):
        self.dates, self.hints, self.behind = dates.keys, hints, dates.behind
        self.names = {word for key in dates.keys if " " in key for word in key.split(" ")}
        kinds = {value: name for name, value in header_flags("NUMBER").items()}
        self.counts = {word for word, (value, _) in numbers.keys.items() if kinds[value] in COUNTS}
        self.numbers = {word for word, (value, _) in numbers.keys.items() if kinds[value] != "STARTER"}
        self.classes = {value: name for name, value in header_flags("DATE").items()}
        self.lists = sorted(set(self.behind.values()), key=sorted)
        if len(self.lists) > 16:
            fail("dates.txt has more than 16 different lists of what must follow")

    def check(self, words):
        """every name and word of the lists is one"""
        for item in sorted(set().union(*self.lists) - FOLLOWERS - set(self.classes.values())):
            if item not in words:
                fail(f"dates.txt: {item} behind > is no class, and no word that dates are read by")

    def bits(self, items):
        return sum(1 << i for i, kept in enumerate(self.lists) if kept & items)

    def wants(self, word):
        """the lists of which one must be kept to; 0: anything may follow"""
        kept = set()
        if word in self.dates and self.dates[word][1] >> 16:
            kept.add(self.behind.get(word))
        elif word in self.counts:
            kept.add(self.behind["NUMBER"])
        if word in self.hints.long:
            kept.add(self.behind["NAME"])
        return 0 if None in kept else sum(1 << self.lists.index(one) for one in kept)

    def follows(self, word):
        """the lists that have the word"""
        items = {word, self.classes.get(self.dates.get(word, (0, 0))[1] & 0xFF)}
        items |= ({"NUMBER"} if word in self.numbers else set()) | ({"NAME"} if word in self.names else set())
        return self.bits(items)

    def write(self, out):
        for name, items in (("numeral", {"NUMERAL"}), ("digits", {"DIGITS", "START"}), ("sign", {"SIGN"}), ("start", {"START"})):
            out.write(f"const uint16_t piece_{name}_follows = {self.bits(items)};\n")
        number = 1 << self.lists.index(self.behind["NUMBER"])
        out.write(f"const uint16_t piece_digits_want = {number};\n")


class Pieces:
    def __init__(self, *tables):
        self.name, self.tables, self.flags = "pieces", tables, header_flags("PIECE")
        inside = {word for key in tables[2].keys for word in key.split(" ")}
        self.keys = sorted({key.split(" ")[0] for table in tables for key in table.keys} | inside | asked())

    def hash(self, head, tail):
        """piece_hash() of tables.h"""
        value = ((head ^ (tail << 23 | tail >> 41)) & BITS64) * self.flags["FACTOR"] & BITS64
        return (value ^ value >> 32) * self.flags["FACTOR"] & BITS64

    def place(self, rows):
        """(slots, moves): each bucket is moved, the fullest first, to where its words fall into free slots"""
        slots, moves = [(0, 0)] * (1 << self.flags["SLOT_BITS"]), [0] * (1 << self.flags["MOVE_BITS"])
        buckets = [[] for _ in moves]
        for number, (head, tail, *_) in enumerate(rows, 1):
            value = self.hash(head, tail)
            buckets[value >> 20 & (len(moves) - 1)].append((value >> (64 - self.flags["SLOT_BITS"]), value & 0xFFFF, number))
        for bucket in sorted(range(len(moves)), key=lambda i: -len(buckets[i])):
            wanted = [slot for slot, *_ in buckets[bucket]]
            move = next((m for m in range(len(slots)) if not any(slots[slot ^ m][1] for slot in wanted)), None)
            if move is None or len(set(wanted)) < len(wanted):
                fail("the words of pieces find no slots: change PIECE_FACTOR or their number of bits")
            moves[bucket] = move
            for slot, tag, number in buckets[bucket]:
                slots[slot ^ move] = (tag, number)
        return slots, moves

    def write(self, out):
        entries = [{key: 1 + i for i, key in enumerate(table.order())} for table in self.tables]
        rows, hints = [], DateHints(self.tables[0], self.tables[2])
        follow = Follow(self.tables[0], self.tables[2], hints)
        follow.check(self.keys)
        for key in self.keys:
            data = key.encode()
            tail = data[-8:] if len(data) > 8 else b""
            rows.append((int.from_bytes(data[:8], "little"), int.from_bytes(tail, "little"), len(data),
                         *(of.get(key, 0) for of in entries)))
        if len({row[:3] for row in rows}) < len(rows):
            fail("two words of pieces have the same length, beginning and end")
        slots, moves = self.place(rows)
        follow.write(out)
        out.write("const struct piece_word piece_words[] = {{0, 0, 0, {0}, 0, 0, 0, 0, 0, 0},\n")
        for key, (head, tail, length, *of) in zip(self.keys, rows):
            hint = ",".join(map(str, (*hints.of(key), hints.counts(key), follow.wants(key), follow.follows(key))))
            out.write(f"{{{head}u,{tail}u,{length},{{{','.join(map(str, of))}}},{hint}}},\n")
        out.write(f"}};\nconst unsigned piece_word_count = {1 + len(rows)};\n")
        out.write(f"const struct piece_slot piece_slots[] = {{{','.join(f'{{{tag},{word}}}' for tag, word in slots)}}};\n")
        out.write(f"const uint16_t piece_moves[] = {{{','.join(map(str, moves))}}};\n")
