"""The tables of the name labeller: what single words and whole names are, from name_words.txt, countries.txt and packages."""
import os, re, struct, unicodedata

from inflect import adjective, verb, with_s
from lists import fail, fnv, fold, header_flags, read, read_names
from sources import INSTANCE_TYPES, cities, first_senses, given_and_surnames, regions, wordnet

HEADER = os.path.join("names", "name_tables.h")
CITY_PEOPLE = 300000


def without_marks(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


class Table:
    """folded words or phrases with their bits, as a hash table without the keys"""

    def __init__(self, prefix):
        self.keys, self.flags, self.kinds = {}, header_flags(prefix, HEADER), {}

    def add(self, text, flag):
        plain = text.isascii() and text.isalpha()
        for form in {text.lower()} if plain else {fold(text), fold(without_marks(text))}:
            if form and len(form) <= 100:
                self.keys[form] = self.keys.get(form, 0) | self.flags[flag]

    def slots(self):
        """name_slot structs: the bits, and at a phrase's first word the words of the longest that begins with it"""
        values = dict(self.keys)
        for word, kind in self.kinds.items():
            values[word] = values.get(word, 0) | kind << 20
        for key in self.keys:
            first, count = key.split(" ")[0], key.count(" ") + 1
            value = values.get(first, 0)
            values[first] = value & 0xFFFFFF | max(value >> 24, count) << 24
        size = 4
        while size * 3 < 4 * len(values):
            size *= 2
        slots = [(0, 0)] * size
        for key in sorted(values):
            hashed = fnv(key.encode())
            at = hashed & (size - 1)
            while slots[at][1]:
                at = (at + 1) & (size - 1)
            slots[at] = (hashed >> 32, values[key])
        return b"".join(struct.pack("=II", *slot) for slot in slots)


def add_common(words):
    """ordinary words of WordNet with their forms"""
    for part, forms in (("noun", lambda w: [with_s(w)]), ("verb", verb), ("adj", adjective), ("adv", lambda w: [])):
        seen = set()
        for _, synset, _, _ in wordnet(part):
            for word in synset:
                if word.isascii() and word.isalpha() and word.islower() and word not in seen:
                    seen.add(word)
                    for form in [word, *forms(word)]:
                        words.add(form, "COMMON")


# WordNet's lexicographer files (lexnames(5WN)) as kinds of words.
NOUN_KINDS = {18: "PERSON", 14: "GROUP", 15: "LOCATION", 6: "ARTIFACT", 10: "WORK", 11: "EVENT", 4: "EVENT", 28: "TIME",
              5: "LIVING", 8: "LIVING", 13: "LIVING", 20: "LIVING"}  # fmt: skip
VERB_KINDS = {31: "SAY", 32: "SAY", 38: "MOVE", 33: "SOCIAL", 40: "SOCIAL", 41: "SOCIAL"}
PARTS = (("noun", NOUN_KINDS, "THING", lambda w: [with_s(w)]), ("verb", VERB_KINDS, "VERB", verb),
         ("adj", {}, "QUALITY", adjective), ("adv", {}, "QUALITY", lambda w: []))  # fmt: skip


def add_kinds(words):
    """what each ordinary word means most often: its commonest part of speech and first sense, its forms the same"""
    kinds, best = header_flags("NAME_KIND", HEADER), {}
    for part, table, other, forms in PARTS:
        for word, lexicographer, times in first_senses(part):
            if word.isascii() and word.isalpha() and best.get(word, (-1, 0))[0] < times:
                best[word] = (times, kinds[table.get(lexicographer, other)], forms)
    for form in (0, 1):  # what a word is itself goes before what it is a form of
        for word, (_, kind, forms) in best.items():
            for text in forms(word) if form else [word]:
                words.kinds.setdefault(text, kind)


def add_lists(words):
    section = None
    for line in read("name_words.txt"):
        if line.startswith("["):
            section = line.strip("[]").upper()
            if section not in words.flags:
                fail(f"name_words.txt: {line} is not in name_tables.h")
            continue
        for word in line.split():
            words.add(word, section)
    for line in read("words.txt"):
        if line.startswith("["):
            section = line.strip("[]")
        elif section == "given":
            for word in line.split():
                words.add(word, "GIVEN")
        elif section in ("starter", "place", "number", "common"):
            for word in line.split():
                words.add(word, "COMMON")


def add_people(words):
    given, surnames = given_and_surnames()
    for names, flag in ((given, "GIVEN"), (surnames, "SURNAME")):
        for name in names:
            if len(name) > 1 and not re.search(r"[{}\d]", name):
                for part in re.split(r"[ -]", name):
                    if len(part) > 2:
                        words.add(part, flag)


def add_countries(words, phrases):
    for line in read("countries.txt"):
        cells = [c.strip() for c in line.split("|")] + [""] * 2
        for cell, flag in ((cells[1], "COUNTRY"), (cells[4], "COUNTRY"), (cells[2], "CITY")):
            for name in cell.split(","):
                if name.strip(" ?!-"):
                    phrases.add(name.strip(" ?!-"), flag)
        for name in (n.strip() for n in cells[3].split(",")):
            if name and not name.endswith("-"):
                for form in (name.strip("?!"), name.strip("?!") + "s"):
                    words.add(form.split()[-1], "PEOPLE")
    for line in read("organizations.txt"):
        for name in line.split("|")[2].split(",") + [line.split("|")[1]]:
            phrases.add(name.strip(" ?!-"), "BODY")


def add_known(words, phrases):
    for section, names in read_names("known_names.txt").items():
        flag = {"person": "PERSON", "place": "FEATURE"}.get(section, "BODY")
        for name in names:
            phrases.add(name[4:] if name.startswith("The ") else name, flag)
            if flag == "PERSON":
                words.add(name.split()[-1], "PERSON")


def add_wordnet(words, phrases):
    for lexicographer, synset, pointers, gloss in wordnet("noun"):
        kind = INSTANCE_TYPES.get(lexicographer)
        if not kind or not any(symbol == "@i" for symbol, _ in pointers):
            continue
        for name in (name for name in synset if name[0].isupper() or name.startswith("al-")):
            if kind == "P":
                words.add(name.split()[-1], "PERSON")
                if " " in name:
                    phrases.add(name, "PERSON")
            elif kind == "O":
                phrases.add(name, "BODY")
            elif lexicographer == 17 or re.search(r"\b(river|mountain|sea|lake|island|peninsula|strait|desert)\b", gloss):
                phrases.add(name, "FEATURE")
            elif re.search(r"\b(city|town|port)\b", gloss.split(";")[0]):
                phrases.add(name, "TOWN")
            else:
                phrases.add(name, "REGION")


def names(iso_codes):
    words, phrases = Table("NAME_WORD"), Table("NAME_PHRASE")
    add_common(words)
    add_kinds(words)
    add_people(words)
    add_lists(words)
    add_countries(words, phrases)
    for region in regions(iso_codes):
        phrases.add(region, "REGION")
    add_known(words, phrases)
    add_wordnet(words, phrases)
    for city in cities():
        if len(city.name) > 2:
            phrases.add(city.name, "CITY" if city.population >= CITY_PEOPLE or city.role == "PPLC" else "TOWN")
    return {"name_words": words, "name_phrases": phrases}
