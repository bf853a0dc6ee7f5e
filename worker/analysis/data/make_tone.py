"""The lexicon of tone, from tone.txt, with the forms of its words."""
import re

import inflect
from lists import Lexicon, fail, fold, header_flags, keep_short, read


def tone():
    flags, table, weight, kind, more = header_flags("TONE"), Lexicon("tone"), 0, None, 0
    explicit, contradictions = set(), []
    for line in read("tone.txt"):
        if line.startswith("["):
            label, weight, more = line.strip("[]").split(), 0, 0
            kind = label[0]
            for part in label[1:]:
                if re.fullmatch(r"[+-]?[\d.]+", part):
                    weight = round(float(part) * 100)
                else:
                    more |= flags[part.upper()]
            continue
        for word in line.split():
            for form, own in inflect.forms(word, kind):
                key = fold(form.replace("_", " "))
                if not own and key in explicit:
                    continue
                value, had = table.keys.get(key, (0, 0))
                if own and weight:
                    if key in explicit and value and (value > 0) != (weight > 0):
                        contradictions.append(key)
                    explicit.add(key)
                    value = weight
                elif not value:
                    value = weight
                table.keys[key] = (value, had | more)
    if contradictions:
        fail("tone.txt: both good and bad: " + " ".join(contradictions))
    return keep_short(table)
