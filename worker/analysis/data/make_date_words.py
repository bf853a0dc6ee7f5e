"""The table of the words of dates in English, from dates.txt."""
import re

from lists import Lexicon, fail, header_flags, read

UNSURE = "~"
WEEKDAYS = {name: i + 1 for i, name in enumerate("mon tue wed thu fri sat sun".split())}


def holiday(rule):
    """a rule as one number, as holidays.c takes it apart"""
    easter = re.fullmatch(r"easter([+-]\d+)", rule)
    if easter:
        return 1000000 + 500 + int(easter[1])
    islamic = re.fullmatch(r"islamic-(\d+)-(\d+)", rule)
    if islamic:
        return 2000000 + int(islamic[1]) * 100 + int(islamic[2])
    nth = re.fullmatch(r"(\d+)-(\w{3})-(\d)(?:\+(\d))?", rule)
    if nth:
        month, weekday, n, later = nth.groups()
        return 100000 + int(month) * 1000 + WEEKDAYS[weekday] * 100 + int(n) * 10 + int(later or 0)
    month, day = rule.split("-")
    return int(month) * 100 + int(day)


def dates():
    """the table; `behind` of it: of words, and of NUMBER and NAME, what must follow them, and no key where anything may"""
    classes, begins, table, section, begun = header_flags("DATE"), header_flags("BEGINS"), Lexicon("dates"), None, 0
    unsure, table.behind, behind = classes.pop("UNSURE"), {}, None
    for line in read("dates.txt"):
        if line.startswith("["):
            head, _, rest = line.strip("[]").partition(">")
            section, *kinds = head.upper().split()
            begun, behind = sum(begins[kind] for kind in kinds) << 16, frozenset(rest.split())
            if section not in classes:
                table.behind[section] = behind
            continue
        rule, *words = line.split()
        value = holiday(rule) if section == "HOLIDAY" else int(rule)
        for word in words:
            # an apostrophe divides pieces: the key is what piece_phrase() puts together
            key = " ".join(re.findall(r"[^\W\d_]+", word.lstrip(UNSURE)))
            if section == "HOLIDAY":
                key = " ".join(re.sub(r"['’]s?\b", "", w) for w in word.split("_"))
            if key in table.keys:
                fail(f"dates.txt: {word} is there twice")
            table.keys[key] = (value, classes[section] | begun | (unsure if word.startswith(UNSURE) else 0))
            if behind:
                table.behind[key] = behind
    return table
