"""The table of the words that numbers, units and dates begin with: one look tells of a word that it is in none of them."""
from lists import Lexicon, fail, header_flags


def pieces(*tables):
    flags, table = header_flags("PIECE", "words/pieces.h"), Lexicon("pieces")
    hashes = {}
    for of in tables:
        for key in of.keys:
            word = key.split(" ")[0]
            table.keys[word] = (table.keys.get(word, (0, 0))[0] | flags[of.name.upper()], 0)
    for word in table.keys:
        if hashes.setdefault(table.tag(word), word) != word:
            fail(f"{word} and {hashes[table.tag(word)]} have one hash: change what a lexicon is looked up by")
    return table
