"""The gazetteer of countries, capitals, demonyms, governments and organizations, from our lists, iso-codes and CLDR."""
import json, os, re, unicodedata
import xml.etree.ElementTree as ElementTree

from lists import Lexicon, UNSPACED, c_string, c_strings, fail, fold, header_flags, read

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
            text = re.sub(r"^(SAR|RAE) | SAR China$|^中国(?=.)|特别行政区$|特別行政區$|^中華人民共和国(?=.)|特別行政区$", "", text)
            key = fold(text)
            if re.search(r"[-–] |[,/]", text) or not key:
                continue
            if len(key) < 4 and not UNSPACED.search(key) and (alt or key.isascii()):
                continue  # short forms such as "US" are in countries.txt, with their marks
            for form in inflected(text, language):
                table.add(form, codes[code], KINDS["COUNTRY"], 0, language)


def read_short(table, codes):
    """what people say for a country in other languages where CLDR has only the longer name"""
    for line in read("country_names.txt"):
        language, code, names = [c.strip() for c in line.split("|")]
        for text in entries(names):
            for form in inflected(text, language):
                table.add(form, codes[code], KINDS["COUNTRY"], KINDS["EXACT"] if text.isupper() else 0, language)


def gazetteer(out, iso_codes, cldr):
    table = Gazetteer()
    codes = read_countries(table)
    english = {c: re.sub(r" SAR China$", "", t) for c, alt, t in cldr_territories(cldr, "en") if alt is None}
    for line in read("not_names.txt"):
        table.keys.setdefault(fold(line), [[0, KINDS["NOT"], 0, 1]])
    read_iso(table, codes, iso_codes, english)
    read_cldr(table, codes, cldr)
    read_short(table, codes)
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
