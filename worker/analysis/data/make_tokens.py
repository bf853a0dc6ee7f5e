"""The table of how English words are cut into tokens, from tokens.txt."""
from lists import Lexicon, fail, header_flags, read


def tokens():
    flags, section, table = header_flags("TOKEN"), None, Lexicon("tokens")
    for line in read("tokens.txt"):
        if line.startswith("["):
            section = flags.get(line.strip("[]").upper())
            if section is None:
                fail(f"tokens.txt: {line} is not in tables.h")
            continue
        for word in line.split():
            key, first = word.replace("/", ""), len(word.split("/")[0]) if "/" in word else 0
            value, before = table.keys.get(key, (0, 0))
            table.keys[key] = (first or value, before | section)
    return table
