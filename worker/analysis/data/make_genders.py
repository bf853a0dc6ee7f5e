"""The table of given names and titles that women or men have, from genders.txt."""
from lists import Lexicon, fail, header_flags, read


def genders():
    flags, section, table = header_flags("GENDER"), None, Lexicon("gender")
    for line in read("genders.txt"):
        if line.startswith("["):
            section = flags[line.strip("[]").upper()]
            continue
        for word in line.split():
            if table.keys.setdefault(word, (section, 0)) != (section, 0):
                fail(f"genders.txt: {word} is in both sections")
    return table
