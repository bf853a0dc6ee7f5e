"""The tables of dates in other languages than English, from CLDR and foreign_dates.txt."""
import os, re
import xml.etree.ElementTree as tree

from lists import Lexicon, PREFIX_ONLY, UNSPACED, c_string, header_flags, read

# CLDR's files, and the language they are for; further ones give more names of months.
FILES = {
    **{code: code for code in "de fr es it pt nl sv da fi pl cs sk ru uk bg mk sr hr sl ro hu tr el ca gl id vi ar fa he "
       "hi zh ja ko".split()},
    "no": "nb", "es_MX": "es", "ar_LB": "ar", "ar_DZ": "ar", "zh_Hant": "zh",
}
WEEKDAYS = {name: i + 1 for i, name in enumerate("mon tue wed thu fri sat sun".split())}
GRAINS = {"second": 1, "minute": 2, "hour": 3, "day": 4, "week": 5, "month": 7, "quarter": 8, "year": 10}


def clean(text):
    text = (text or "").replace("\u00a0", " ").replace("\u202f", " ").replace("\u200f", "").replace("’", "'")
    return re.sub(r"\s+", " ", "".join(c.lower() if len(c.lower()) == 1 else c for c in text)).strip(" .")


class Foreign:
    def __init__(self):
        self.table, self.patterns, self.flags = Lexicon("foreign_dates"), set(), header_flags("DATE")

    def add(self, language, text, value, kind):
        text = clean(text)
        if len(text) > 1 and not re.search(r"\d", text) and (len(text) > 2 or not text.isascii()):
            self.table.keys.setdefault(f"{language} {text}", (value, self.flags[kind]))

    def names(self, root, language):
        calendar = "calendars/calendar[@type='gregorian']"
        for month in root.findall(f".//{calendar}/months/monthContext/monthWidth/month"):
            self.add(language, month.text, int(month.get("type")), "MONTH")
        for width in root.findall(f".//{calendar}/days/dayContext/dayWidth"):
            for day in width:
                if width.get("type") == "wide" or (language == "zh" and width.get("type") == "abbreviated"):
                    self.add(language, day.text, WEEKDAYS[day.get("type")], "WEEKDAY")

    def fields(self, root, language):
        for field in root.findall(".//dates/fields/field"):
            kind = field.get("type")
            for relative in field.findall("relative"):
                moved = int(relative.get("type"))
                if kind == "day":
                    self.add(language, relative.text, moved, "NEAR")
                elif kind in GRAINS and GRAINS[kind] > 4:
                    self.add(language, relative.text, GRAINS[kind] * 16 + moved + 8, "RELATIVE")
                elif kind in WEEKDAYS:
                    self.add(language, relative.text, WEEKDAYS[kind] + 16 * (moved + 2), "WEEKDAY")
            for time in field.findall("relativeTime"):
                for pattern in time if kind in GRAINS else ():
                    sides = clean(pattern.text).split("{0}")
                    if len(sides) == 2:
                        sign = -1 if time.get("type") == "past" else 1
                        self.patterns.add((language, sides[0].strip(), sides[1].strip(), GRAINS[kind], sign))


def foreign_dates(out, cldr):
    foreign = Foreign()
    for file, language in FILES.items():
        root = tree.parse(os.path.join(cldr, file + ".xml")).getroot()
        foreign.names(root, language)
        foreign.fields(root, language)
    section = None
    for line in read("foreign_dates.txt"):
        if line.startswith("["):
            section = line.strip("[]").upper()
            continue
        language, *words = line.split()
        for word in words:
            foreign.table.keys.setdefault(f"{language} {word}", (0, foreign.flags[section]))
    for key in list(foreign.table.keys):  # the first piece of each, for a quick look
        language, text = key.split(" ", 1)
        first = text[0] if UNSPACED.match(text) else re.match(r"[^\W\d_]*", text)[0]
        foreign.table.keys.setdefault(f"{language} {first}", (PREFIX_ONLY, 0))
    out.write("const struct date_pattern date_patterns[] = {\n")
    for language, before, behind, grain, sign in sorted(foreign.patterns):
        out.write(f"{{{c_string(language)},{c_string(before)},{c_string(behind)},{grain},{sign}}},\n")
    out.write(f"}};\nconst unsigned date_pattern_count = {len(foreign.patterns)};\n")
    return foreign.table
