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
            first = word.split("/")[0]
            _, before = table.keys.get(word.replace("/", ""), (0, 0))
            table.keys[word.replace("/", "")] = (len(first), before | section)
    return table
