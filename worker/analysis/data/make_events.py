"""The tables of the event coder: patterns and their words from event_patterns.txt, actors from event_actors.txt."""
import datetime, json, os, re

from lists import Lexicon, c_string, fail, fold, read

TYPES = "AGREE CONSULT SUPPORT CONCEDE COOPERATE AID RETREAT REQUEST ACCUSE REJECT THREATEN PROTEST SANCTION MOBILIZE COERCE ASSAULT".split()
CONDITIONS_MAX, SETS_MAX, CONTEXTS_MAX = 3, 256, 2
FOREVER = 2**31 - 1


def read_cameo():
    """{code: (type or "-", mode or "-", weight, contexts)} from cameo.txt"""
    codes = {}
    for line in read("cameo.txt"):
        code, kind, mode, weight, contexts = line.split()
        if kind not in (*TYPES, "-") or code in codes:
            fail(f"cameo.txt: unknown type, or a code twice: {line}")
        codes[code] = (kind, mode, float(weight), contexts.split(",") if contexts != "-" else [])
    return codes


def cameo_row(codes, code):
    """the row of the code, or of the longest beginning of it that has one"""
    return next((codes[code[:n]] for n in range(len(code), 1, -1) if code[:n] in codes), None)


def cameo(out, codes):
    out.write("const struct cameo_code cameo_codes[] = {\n")
    for code in sorted(codes):
        kind, mode, weight, contexts = codes[code]
        type_of, mode_of = ("NULL" if cell == "-" else c_string(cell) for cell in (kind, mode))
        names = ",".join([c_string(c) for c in contexts] + ["NULL"] * (CONTEXTS_MAX - len(contexts)))
        out.write(f"{{{c_string(code)},{type_of},{mode_of},{weight},{{{names}}}}},\n")
    out.write(f"}};\nconst unsigned cameo_code_count = {len(codes)};\n")


class Words:
    """lemmas and the sets they are in"""

    def __init__(self):
        self.sets, self.words = {}, {}

    def add(self, name, words):
        if name in self.sets:
            fail(f"event_patterns.txt: set {name} is there twice")
        self.sets[name] = len(self.sets) + 1
        if len(self.sets) >= SETS_MAX:
            fail("event_patterns.txt: too many sets")
        for word in words:
            self.words.setdefault(word, set()).add(self.sets[name])

    def number(self, value):
        """the set that a condition's value stands for; 0 is anything"""
        if value == "*":
            return 0
        if value in self.sets:
            return self.sets[value]
        words = []
        for part in value.split("/"):
            words += [w for w, numbers in self.words.items() if self.sets.get(part) in numbers] if part.isupper() else [part]
            if part.isupper() and part not in self.sets:
                fail(f"event_patterns.txt: there is no set {part}")
        self.add(value, words)
        return self.sets[value]


def split_triggers(cell):
    kind = "v"
    if cell.startswith("noun:"):
        kind, cell = "n", cell[5:]
    for trigger in cell.split("/"):
        lemma, _, particle = trigger.partition("+")
        yield f"{kind} {lemma}", particle


def read_patterns(codes):
    words, rows, modes = Words(), [], []
    for line in read("event_patterns.txt"):
        if line.startswith("set "):
            name, _, members = line[4:].partition("=")
            words.add(name.strip(), members.split())
            continue
        if line.startswith("mode "):
            name, _, members = line[5:].partition("=")
            words.add("mode " + name.strip(), members.split())
            modes.append((*name.split(), words.sets["mode " + name.strip()]))
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 4 or not cells[3].endswith("."):
            fail(f"event_patterns.txt: no example sentence: {line}")
        kind, mode, cameo = cells[0].split()
        if kind not in TYPES or not cameo_row(codes, cameo):
            fail(f"event_patterns.txt: unknown type or code: {line}")
        conditions = [c.split("=") for c in cells[2].split(";") if c]
        if len(conditions) >= CONDITIONS_MAX:
            fail(f"event_patterns.txt: too many conditions: {line}")
        conditions = [(slot, words.number(value)) for slot, value in conditions]
        for key, particle in split_triggers(cells[1]):
            own = conditions + ([("prt", words.number(particle))] if particle else [])
            rows.append((key, kind, mode, cameo, own))
    return words, sorted(rows, key=lambda row: row[0]), modes


def c_condition(condition):
    return f"{{{c_string(condition[0])},{condition[1]}}}"


def events(out):
    codes = read_cameo()
    cameo(out, codes)
    words, rows, modes = read_patterns(codes)
    patterns, sets = Lexicon("event_pattern"), Lexicon("event_word")
    out.write("const struct event_pattern event_patterns[] = {\n")
    for at, (key, kind, mode, code, conditions) in enumerate(rows):
        first, count = patterns.keys.get(key, (at, 0))
        patterns.keys[key] = (first, count + 1)
        written = ",".join(c_condition(c) for c in conditions)
        mode = "NULL" if mode == "-" else c_string(mode)
        out.write(f"{{{c_string(kind)},{mode},{c_string(code)},{cameo_row(codes, code)[2]},{len(conditions)},{{{written or '{NULL,0}'}}}}},\n")
    out.write("};\nconst struct event_mode event_modes[] = {\n")
    out.write("".join(f"{{{c_string(kind)},{c_string(mode)},{number}}},\n" for kind, mode, number in modes))
    out.write(f"}};\nconst unsigned event_mode_count = {len(modes)};\n")
    out.write("const uint64_t event_word_sets[][EVENT_SET_WORDS] = {\n")
    for at, word in enumerate(sorted(words.words)):
        bits = [0] * (SETS_MAX // 64)
        for number in words.words[word]:
            bits[number // 64] |= 1 << number % 64
        sets.keys[word] = (at, 0)
        out.write("{" + ",".join(f"{b}u" for b in bits) + "},\n")
    out.write("};\n")
    return patterns, sets


def days(text):
    if text == "-":
        return FOREVER
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def actors(out, iso_codes):
    """sectors of nouns; named actors with their codes, and when they are in office"""
    sectors, named, names, rows, section = Lexicon("sector"), Lexicon("named_actor"), [], {}, None
    for line in read("event_actors.txt"):
        if line.startswith("["):
            section = line.strip("[]")
            if section.isupper():
                names.append(section)
            continue
        if section == "heads":
            country, people, start, end = [cell.strip() for cell in line.split("|")]
            for person in people.split(","):
                rows.setdefault(fold(person), []).append((country, "GOV", days(start), days(end)))
        elif section in ("groups", "bodies"):
            key, _, code = line.partition(":")
            code, sector = code.split()
            key = "organization:" + key if section == "bodies" else fold(key)
            rows.setdefault(key, []).append((code if code != "-" else "", sector if sector != "-" else "", -FOREVER, FOREVER))
        else:
            for word in line.split():
                key = " ".join(re.split(r"[_]", word))
                first = key.split(" ")[0]
                sectors.keys.setdefault(key, (len(names) - 1, 0))
                sectors.keys.setdefault(first, (-(2**31), 0))
    at = 0
    out.write("const struct named_actor named_actors[] = {\n")
    for key in sorted(rows):
        named.keys[key] = (at, len(rows[key]))
        for code, sector, start, end in rows[key]:
            out.write(f"{{{c_string(code)},{c_string(sector)},{start},{end}}},\n")
            at += 1
    out.write("};\nconst char *const sector_names[] = {" + ", ".join(c_string(n) for n in names) + "};\n")
    out.write(f"const unsigned sector_count = {len(names)};\n")
    out.write("const struct country_code country_codes[] = {\n")
    with open(os.path.join(iso_codes, "iso_3166-1.json"), encoding="utf-8") as file:
        codes = sorted((row["alpha_2"], row["alpha_3"]) for row in json.load(file)["3166-1"])
    codes = sorted(codes + ([("XK", "XKX")] if "XK" not in dict(codes) else []))
    for two, three in codes:
        out.write(f"{{{c_string(two)},{c_string(three)}}},\n")
    out.write(f"}};\nconst unsigned country_code_count = {len(codes)};\n")
    return sectors, named
