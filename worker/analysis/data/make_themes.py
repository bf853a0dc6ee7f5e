"""The table of themes: words and phrases with the set of themes they speak of, from themes.txt; and some of WordNet's
lexicographer categories, for what its contexts do not speak of."""
import os

import inflect
from lists import Lexicon, c_strings, fail, fold, keep_short, read
from sources import WORDNET

CONTEXTS = 37
CATEGORY_WEIGHT = 0.3  # such words are common in all articles: several of them make a theme
# Numbers of lexicographer files (lexnames(5WN)) and what an article full of their words is about.
CATEGORIES = {
    ("noun", "05"): "wordnet-animal", ("noun", "08"): "wordnet-body", ("noun", "12"): "wordnet-feeling", ("noun", "13"): "wordnet-food",
    ("noun", "20"): "wordnet-plant", ("noun", "27"): "wordnet-substance", ("verb", "33"): "wordnet-competition",
    ("verb", "34"): "wordnet-consumption", ("verb", "43"): "wordnet-weather",
}  # fmt: skip


def lexicographers(part):
    """{offset: number of its lexicographer file} of the synsets of data.PART"""
    with open(os.path.join(WORDNET, "data." + part), encoding="utf-8") as lines:
        return {line.split(" ", 2)[0]: line.split(" ", 2)[1] for line in lines if line[0] != " "}


def first_senses():
    """(lemma, part, lexicographer file) of the commonest sense of words that WordNet's corpus has"""
    for part in ("noun", "verb"):
        files = lexicographers(part)
        with open(os.path.join(WORDNET, "index." + part), encoding="utf-8") as lines:
            for line in lines:
                cells = line.split()
                senses = int(cells[2]) if line[0] != " " else 0
                if senses and int(cells[-senses - 1]) > 0:
                    yield cells[0], part, files[cells[-senses]]


def categories(words, names):
    """adds the words of CATEGORIES that no context has and that are in one category alone"""
    found = {}
    for lemma, part, number in first_senses():
        found.setdefault(lemma, set()).add(CATEGORIES.get((part, number)))
    for lemma, themes in sorted(found.items()):
        if len(themes) > 1 or None in themes or len(lemma) < 3:
            continue
        name = themes.pop()
        if name not in names:
            names.append(name)
        for form in {lemma, inflect.with_s(lemma)}:
            words.setdefault(fold(form.replace("_", " ")), {names.index(name)})


def themes(out):
    table, names, sets, index = Lexicon("theme"), [], [], {}
    words = {}
    for line in read("themes.txt"):
        if line.startswith("["):
            names.append(line.strip("[]"))
            continue
        for word in line.split():
            for form in {word, inflect.with_s(word)}:
                words.setdefault(fold(form.replace("_", " ")), set()).add(len(names) - 1)
    if len(names) != CONTEXTS:
        fail(f"themes.txt: {len(names)} themes; PLOVER has {CONTEXTS} contexts")
    categories(words, names)
    for key, numbers in words.items():
        bits = sum(1 << n for n in numbers)
        if bits not in index:
            index[bits] = len(sets)
            sets.append(bits)
        table.keys[key] = (index[bits], 0)
    c_strings(out, "theme_names", names)
    weights = [CATEGORY_WEIGHT if s >> CONTEXTS else 1 for s in sets]
    rows = ",".join(f"{{{s}u,{weight}}}" for s, weight in zip(sets, weights))
    out.write(f"const unsigned theme_count = {len(names)};\nconst unsigned theme_context_count = {CONTEXTS};\n")
    out.write(f"const struct theme_row theme_rows[] = {{{rows}}};\n")
    return keep_short(table)
