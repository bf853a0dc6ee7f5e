#!/usr/bin/python3
"""Makes tables.c, the read-only word tables of the analysis, from the lists beside this file, iso-codes and CLDR.

The lists say in their first lines what they mean. Standard library only; the same input gives the same output.
"""
import argparse, json, os, re, sys, unicodedata
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import inflect  # noqa: E402

PREFIX_ONLY = -(2**31)
WORD = re.compile(r"[\w]+(?:['.·][\w]+)*")
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

    def write(self, out):
        keys = {k: [v, m, 0] for k, (v, m) in self.keys.items()}
        for key in self.keys:
            first, count = key.split(" ")[0], key.count(" ") + 1
            entry = keys.setdefault(first, [PREFIX_ONLY, 0, 0])
            entry[2] = max(entry[2], count)
        order, pool, entries = sorted(keys), b"", []
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
        out.write(
            f"const struct lexicon {self.name}_lexicon = {{{self.name}_entries, {self.name}_slots, "
            f"{size - 1}, {self.name}_pool}};\n\n"
        )


def c_string(text):
    out = ""
    for byte in text.encode():
        out += chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f"\\{byte:03o}"
    return f'"{out}"'


def c_strings(out, name, strings):
    out.write(f"const char *const {name}[] = {{{', '.join(c_string(s) if s else 'NULL' for s in strings)}}};\n")


def header_flags(prefix):
    """the #defines of tables.h, so that flags are written down once"""
    with open(os.path.join(HERE, "..", "tables.h"), encoding="utf-8") as header:
        found = re.findall(rf"#define {prefix}_(\w+)\s+(\w+?)u?\s", header.read())
    return {name: int(value, 0) for name, value in found if value[0].isdigit()}


# ---- words ----


def words():
    flags, section, table = header_flags("WORD"), None, Lexicon("words")
    for line in read("words.txt"):
        if line.startswith("["):
            section = flags.get(line.strip("[]").upper())
            if section is None:
                fail(f"words.txt: {line} is not in tables.h")
            continue
        for word in line.split():
            key = fold(word) or word
            table.keys[key] = (0, table.keys.get(key, (0, 0))[1] | section)
    return table


# ---- boilerplate ----


def boilerplate(out):
    table, reasons = Lexicon("boilerplate"), [None]
    for line in read("boilerplate.txt"):
        if line.startswith("["):
            reasons.append(line.strip("[]"))
            continue
        mode, phrase = line.split(" ", 1)
        key, reason = fold(phrase), len(reasons) - 1
        value, points = table.keys.get(key, (0, 0))
        if mode == "=":
            value = value & ~15 | reason
        elif mode == "^":
            value = value & 15 | reason << 4
        elif mode in "123":
            points |= int(mode) << 2 * (reason - 1)
        else:
            fail(f"boilerplate.txt: {line}")
        table.keys[key] = (value, points)
    if len(reasons) > 16:
        fail("boilerplate.txt: more than 15 reasons")
    c_strings(out, "boilerplate_reasons", reasons)
    out.write(f"const unsigned boilerplate_reason_count = {len(reasons)};\n")
    return table


# ---- numbers and units ----


def numbers():
    flags, section, table = header_flags("NUMBER"), None, Lexicon("numbers")
    for line in read("numbers.txt"):
        if line.startswith("["):
            section = flags[line.strip("[]").upper()]
            continue
        value, *spellings = line.split()
        digits = value.rstrip("0") or "0"
        exponent = len(value) - len(digits) if value != "0" else 0
        for word in spellings:
            if fold(word) in table.keys:
                fail(f"numbers.txt: {word} is there twice")
            table.keys[fold(word)] = (section, int(digits) | exponent << 16)
    return table


def ascii_lower(text):
    """as pieces.c folds: only A to Z are changed"""
    return "".join(c.lower() if c.isascii() else c for c in text)


class Units:
    def __init__(self):
        self.table, self.names = Lexicon("units"), [""]

    def add(self, spelling, unit, flag):
        key = ascii_lower(" ".join(re.findall(r"[^\W\d_]+", spelling)))
        value, more = self.table.keys.get(key, (0, 0))
        if not key or (more & flag and value):
            return  # the first one says what the word means
        if unit != "-":
            if unit not in self.names:
                self.names.append(unit)
            value = value or self.names.index(unit)
        self.table.keys[key] = (value, more | flag)


def cldr_currencies(folder, language):
    """(code, names, narrow symbol) of each currency"""
    path = os.path.join(folder, language + ".xml")
    for currency in ElementTree.parse(path).iterfind(".//currencies/currency"):
        names = [n.text for n in currency.iterfind("displayName") if n.text and "(" not in n.text]
        signs = [s.text for s in currency.iterfind("symbol") if s.get("alt") == "narrow"]
        yield currency.get("type"), names, signs[0] if signs else None


def units(out, cldr):
    flags, own, flag = header_flags("UNIT"), Units(), None
    for line in read("units.txt"):
        if line.startswith("["):
            flag = flags[line.strip("[]").upper()]
            continue
        unit, spellings = line.split(":", 1)
        for spelling in spellings.split():
            own.add(spelling.replace("_", " "), unit, flag)
    signs = {"$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "￥": "JPY", "₽": "RUB", "₹": "INR", "₿": "BTC", "¢": "cent"}
    for language in ("en", "root"):
        for code, names, sign in cldr_currencies(cldr, language):
            for name in names:
                if len(name) > 3:
                    own.add(name, code, flags["CURRENCY"])
            if language == "en":
                own.add(code, code, flags["ISO"])
            if sign and len(sign) == 1 and not sign.isalpha():
                signs.setdefault(sign, code)
    own.add("rmb", "CNY", flags["ISO"])
    own.add("btc", "BTC", flags["ISO"])
    c_strings(out, "unit_names", own.names)
    out.write("const struct currency_sign currency_signs[] = {\n")
    for sign in sorted(signs):
        out.write(f"{{{ord(sign)}u,{c_string(signs[sign])}}},\n")
    out.write(f"}};\nconst unsigned currency_sign_count = {len(signs)};\n")
    return own.table


# ---- tone ----


def tone():
    flags, table, weight, kind, more = header_flags("TONE"), Lexicon("tone"), 0, None, 0
    explicit, contradictions = set(), []
    for line in read("tone.txt"):
        if line.startswith("["):
            label, weight, more = line.strip("[]").split(), 0, 0
            kind = label[0]
            for part in label[1:]:
                if re.fullmatch(r"[+-]?[\d.]+", part):
                    weight = round(float(part) * 100)
                else:
                    more |= flags[part.upper()]
            continue
        for word in line.split():
            for form, own in inflect.forms(word, kind):
                key = fold(form.replace("_", " "))
                if not own and key in explicit:
                    continue
                value, had = table.keys.get(key, (0, 0))
                if own and weight:
                    if key in explicit and value and (value > 0) != (weight > 0):
                        contradictions.append(key)
                    explicit.add(key)
                    value = weight
                elif not value:
                    value = weight
                table.keys[key] = (value, had | more)
    if contradictions:
        fail("tone.txt: both good and bad: " + " ".join(contradictions))
    return table


# ---- gazetteer ----

KINDS = header_flags("GAZETTEER")
LANGUAGES = (
    "en de fr es it pt nl sv da nb pl cs sk ru uk bg sr mk hr sl ro hu fi et lv lt tr az el ar fa ur he hi bn ta te "
    "th vi id ms fil ko ja zh zh_Hant ca eu gl sq hy ka kk sw af is ga cy"
).split()


class Gazetteer:
    def __init__(self):
        self.keys, self.entities, self.of_key = {}, [], {}

    def entity(self, key, name):
        if key not in self.of_key:
            self.of_key[key] = len(self.entities)
            self.entities.append((key, name))
        return self.of_key[key]

    def add(self, text, entity, kind, flags=0, language="en"):
        key = fold(text)
        if not key:
            return
        rows, bit = self.keys.setdefault(key, []), 1 << LANGUAGES.index(language)
        for row in rows:
            if row[0] == entity and (row[1] == kind or language != "en"):
                row[3] |= bit
                return
        # A name in another language never overrules what the same letters mean in English.
        if language != "en" and any(row[3] & 1 for row in rows):
            return
        if language == "en" and rows and rows[0][1] != KINDS["NOT"]:
            return
        rows.append([entity, kind, flags, bit])

    def add_marked(self, text, entity, kind):
        """one entry of a list, with its marks"""
        flags = 0
        while text and text[-1] in "?!":
            flags |= KINDS["UNSURE"] if text[-1] == "?" else KINDS["EXACT"]
            text = text[:-1]
        if text.endswith("-"):
            text, kind = text[:-1], KINDS["PREFIX"]
        plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
        forms = [text] if plain == text else [text, plain]
        if kind == KINDS["DEMONYM"] and text[0].isupper() and not re.search(r"(ese|ish|ch|sh|x|z|s|men|man)$", text):
            forms += [form + "s" for form in forms]
        for form in forms:
            self.add(form, entity, kind, flags)


def entries(cell):
    return [e.strip() for e in cell.split(",") if e.strip()]


def read_countries(table):
    codes = {}
    for line in read("countries.txt"):
        cells = [c.strip() for c in line.split("|")] + [""] * 2
        code, name = cells[0], cells[1].rstrip("?")
        codes[code] = entity = table.entity("country:" + code, name)
        table.add_marked(cells[1], entity, KINDS["COUNTRY"])
        for cell, kind in ((cells[4], "COUNTRY"), (cells[2], "CAPITAL"), (cells[3], "DEMONYM")):
            for text in entries(cell):
                table.add_marked(text, entity, KINDS[kind])
    for line in read("governments.txt"):
        code, cell = [c.strip() for c in line.split("|")]
        for text in entries(cell):
            table.add_marked(text, codes[code], KINDS["GOVERNMENT"])
    for line in read("organizations.txt"):
        key, name, cell = [c.strip() for c in line.split("|")]
        for text in entries(cell):
            table.add_marked(text, table.entity("organization:" + key, name), KINDS["ORGANIZATION"])
    return codes


def read_iso(table, codes, folder, cldr_names):
    """official names, and territories that countries.txt leaves out"""
    with open(os.path.join(folder, "iso_3166-1.json"), encoding="utf-8") as file:
        for row in json.load(file)["3166-1"]:
            code = row["alpha_2"]
            if code in ("AQ", "UM", "BV", "HM", "TF", "IO", "SX", "RE"):
                continue
            name = row.get("common_name", row["name"])
            if code not in codes:
                codes[code] = table.entity("country:" + code, cldr_names.get(code, name))
            for text in {name, row["name"], row.get("official_name", name)}:
                inverted = re.fullmatch(r"([^,(]+), ([^,]+ of|[^,]+)", text)
                if inverted:
                    text = f"{inverted[2]} {inverted[1]}"
                if not re.search(r"[,(\[]", text) and len(fold(text)) > 3:
                    table.add(text, codes[code], KINDS["COUNTRY"])


# Endings of Russian and Ukrainian names by the ending of the nominative; good enough for countries.
SLAVIC = [
    ("ия", ["ии", "ию", "ией"]), ("ія", ["ії", "ію", "ією"]), ("ай", ["ая", "аю", "аем", "ае", "єм"]),
    ("ы", ["", "ам", "ами", "ах", "ов"]), ("а", ["ы", "и", "е", "у", "ой", "і", "ою"]),
    ("я", ["и", "е", "ю", "ей", "і"]), ("ь", ["я", "ю", "ем", "е", "и"]),
    ("", ["а", "у", "ом", "е", "і"]),
]  # fmt: skip


def inflected(name, language):
    if language in ("ru", "uk") and re.fullmatch(r"\w+", name) and name != name.upper():
        for ending, others in SLAVIC:
            if name.endswith(ending) and (ending or not re.search(r"[оеёиуэюїі]$", name)):
                return [name] + [name[: len(name) - len(ending)] + other for other in others]
    if language in ("de", "nl", "sv", "da", "nb") and re.fullmatch(r"\w+[^s\W]", name):
        return [name, name + "s"]
    return [name]


def cldr_territories(folder, language):
    path = os.path.join(folder, language + ".xml")
    if not os.path.exists(path):
        fail(f"{path} is missing: install unicode-cldr-core")
    names = ElementTree.parse(path).getroot().find("localeDisplayNames/territories")
    return [] if names is None else [(t.get("type"), t.get("alt"), t.text) for t in names if t.text]


def read_cldr(table, codes, folder):
    for language in LANGUAGES:
        for code, alt, text in cldr_territories(folder, language):
            if code not in codes or text == "↑↑↑":
                continue
            text = re.sub(r"\s*\(.*\)|（.*）", "", text).strip()
            text = re.sub(r"^(SAR|RAE) | SAR China$|^中国|特别行政区$|特別行政區$|中華人民共和国|特別行政区$", "", text)
            key = fold(text)
            if re.search(r"[-–] |[,/]", text) or not key:
                continue
            if len(key) < 4 and not UNSPACED.search(key) and (alt or key.isascii()):
                continue  # short forms such as "US" are in countries.txt, with their marks
            for form in inflected(text, language):
                table.add(form, codes[code], KINDS["COUNTRY"], 0, language)


def gazetteer(out, iso_codes, cldr):
    table = Gazetteer()
    codes = read_countries(table)
    english = {c: re.sub(r" SAR China$", "", t) for c, alt, t in cldr_territories(cldr, "en") if alt is None}
    for line in read("not_names.txt"):
        table.keys.setdefault(fold(line), [[0, KINDS["NOT"], 0, 1]])
    read_iso(table, codes, iso_codes, english)
    read_cldr(table, codes, cldr)
    lexicon, rows = Lexicon("gazetteer"), []
    for key in sorted(table.keys):
        lexicon.keys[key] = (len(rows), len(table.keys[key]))
        rows += table.keys[key]
    out.write("const struct gazetteer_row gazetteer_rows[] = {\n")
    for entity, kind, flags, languages in rows:
        out.write(f"{{{entity},{kind},{flags},{languages}u}},\n")
    out.write("};\nconst struct gazetteer_entity gazetteer_entities[] = {\n")
    for key, name in table.entities:
        out.write(f"{{{c_string(key)},{c_string(name)}}},\n")
    out.write(f"}};\nconst unsigned gazetteer_entity_count = {len(table.entities)};\n")
    c_strings(out, "gazetteer_languages", [l.replace("_", "-") for l in LANGUAGES])
    out.write(f"const unsigned gazetteer_language_count = {len(LANGUAGES)};\n")
    longest = max(len(k) for k in table.keys if UNSPACED.search(k))
    out.write(f"const unsigned gazetteer_longest = {longest};\n")
    return lexicon


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--iso-codes", required=True, metavar="DIR")
    parser.add_argument("--cldr", required=True, metavar="DIR")
    parser.add_argument("--output", required=True, metavar="FILE")
    options = parser.parse_args()
    with open(options.output + ".new", "w", encoding="utf-8") as out:
        out.write('/* Made by worker/analysis/data/build.py. */\n#include "worker/analysis/tables.h"\n\n')
        tables = [words(), numbers(), units(out, options.cldr), boilerplate(out), tone(), gazetteer(out, options.iso_codes, options.cldr)]
        for table in tables:
            table.write(out)
    os.replace(options.output + ".new", options.output)
    print(", ".join(f"{t.name} {len(t.keys)}" for t in tables))


if __name__ == "__main__":
    main()
