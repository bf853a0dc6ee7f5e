"""The tables of words and of boilerplate phrases, from words.txt and boilerplate.txt."""
from lists import Lexicon, c_strings, fail, fold, header_flags, read


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


def page_hints(out):
    """names of classes: value is the reason, or HINT_BODY …; more is 1 when the name must be nothing else"""
    flags, reasons, table = header_flags("HINT"), [None], Lexicon("page_hints")
    section = None
    for line in read("page_hints.txt"):
        if line.startswith("["):
            name = line.strip("[]")
            section = flags.get(name.upper().replace(" ", "_"))
            if section is None:
                reasons.append(name)
                section = len(reasons) - 1
            continue
        alone, phrase = line.startswith("~"), line.lstrip("~ ")
        if phrase in table.keys:
            fail(f"page_hints.txt: {phrase} stands there twice")
        table.keys[phrase] = (section, int(alone))
    c_strings(out, "page_hint_reasons", reasons)
    out.write(f"const unsigned page_hint_reason_count = {len(reasons)};\n")
    return table
