"""The tables of the commonest words of languages and of their Cyrillic letters, from languages.txt."""
import math

from lists import Lexicon, c_strings, fail, fold, read

LANGUAGES_MAX = 64  # a set of them is one integer
CYRILLIC, CYRILLIC_END = 0x400, 0x500


def languages(out):
    codes, speakers, alphabets, section = [], {}, {}, None
    for line in read("languages.txt"):
        if line.startswith("["):
            section = line.strip("[]")
            continue
        code, *words = line.split()
        if code not in codes:
            codes.append(code)
        if section == "letters":
            alphabets[codes.index(code)] = set("".join(words))
            continue
        for word in words:
            if fold(word) != word or not word.isalpha():
                fail(f"languages.txt: {word} is no single word in lower case")
            speakers.setdefault(word, set()).add(codes.index(code))
    if len(codes) > LANGUAGES_MAX:
        fail(f"languages.txt: more than {LANGUAGES_MAX} languages")
    c_strings(out, "language_codes", codes)
    out.write(f"const unsigned language_count = {len(codes)};\n")
    sets = sorted({frozenset(s) for s in speakers.values()}, key=lambda s: (len(s), sorted(s)))
    out.write("const struct language_set language_sets[] = {\n")
    for members in sets:
        weight = math.log(LANGUAGES_MAX / len(members))
        out.write(f"{{{sum(1 << m for m in members)}u,{weight:.3f}f}},\n")
    out.write("};\nconst uint64_t language_strangers[] = {\n")
    for point in range(CYRILLIC, CYRILLIC_END):
        strangers = [i for i, letters in alphabets.items() if chr(point).lower() not in letters]
        out.write(f"{sum(1 << i for i in strangers)}u,")
    out.write("};\n")
    table, number = Lexicon("languages"), {s: i for i, s in enumerate(sets)}
    for word, members in speakers.items():
        table.keys[word] = (number[frozenset(members)], 0)
    return table
