"""The table of themes: words and phrases with the set of themes they speak of, from themes.txt."""
import inflect
from lists import Lexicon, c_strings, fail, fold, read


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
    if len(names) > 64:
        fail("themes.txt: more than 64 themes")
    for key, numbers in words.items():
        bits = sum(1 << n for n in numbers)
        if bits not in index:
            index[bits] = len(sets)
            sets.append(bits)
        table.keys[key] = (index[bits], 0)
    c_strings(out, "theme_names", names)
    out.write(f"const unsigned theme_count = {len(names)};\nconst uint64_t theme_sets[] = {{{','.join(f'{s}u' for s in sets)}}};\n")
    return table
