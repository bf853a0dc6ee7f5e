#!/usr/bin/python3
"""Makes training text for the name labeller from marked text, [P Mary Smith] of [O Acme]: label_marked.py [--swap SEED] FILE…

A paragraph is a document; the output is that of label_ewt.py, whose output is understood too. With --swap, persons, places and
bodies give way to others from the word lists, the same for the same throughout a document: what is learned then is how names
are used, and not these names.
"""
import argparse, os, random, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "data"))
sys.path.insert(0, HERE)
from label_ewt import line_of  # noqa: E402
from sources import cities, given_and_surnames, wordnet  # noqa: E402


def paragraphs(path):
    """(text, names) of each document; names are (start, end, kind)"""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if path.endswith(".tsv"):
                cells = line.split("\t")
                data = cells[0].replace("\\n", "\n").encode()
                names = []
                for a, b, kind in (cell.split(",") for cell in cells[1:]):
                    start = len(data[: int(a)].decode())
                    names.append((start, start + len(data[int(a) : int(b)].decode()), kind))
                yield data.decode(), names
            elif line and line[0] != "#":
                text, names, at = "", [], 0
                for mark in re.finditer(r"\[([POLM]) ([^\]]+)\]", line):
                    text += line[at : mark.start()]
                    names.append((len(text), len(text) + len(mark[2]), mark[1]))
                    text, at = text + mark[2], mark.end()
                yield text + line[at:], names


class Swapper:
    HEADS = (
        "{place} University|University of {place}|{place} Times|{place} Police Department|{place} United|{place} City|Bank of {place}|"
        "{family} Foundation|{family} & Co|{family} Group|{family} Inc|{family} Industries|{family} Corp.|{family} Brothers|"
        "{family} and {family2}|National Bank of {place}|{place} Chamber of Commerce|{place} High School|{place} Airlines|"
        "{place} Liberation Front|{people} Democratic Party|{people} National Army|{people} Football Federation|"
        "Ministry of Foreign Affairs|Ministry of Health|Department of Justice|Department of Energy|Supreme Court of {place}|"
        "{people} Parliament|{family} Institute|{family} Records|{family} Motors|{place} Symphony Orchestra|{place} Herald|"
        "{place} Museum of Art|{people} Red Cross|{place} Rovers|{place} Tigers|{place} Hawks|{family} College|{people} Air Force|"
        "{place} Regiment|{people} Communist Party|{family} Partners LLP|{place} City Council|{place} Railway|Radio {place}|"
        "{people} Workers' Party|Front for the Liberation of {place}|{place} Development Authority|{family} Pharmaceuticals"
    ).split("|")

    def __init__(self, seed):
        self.random = random.Random(seed)
        given, surnames = given_and_surnames()
        latin = re.compile(r"[A-Z][a-zà-ÿ'’]+(-[A-Z][a-zà-ÿ]+)?")
        self.given = sorted(n for n in given if latin.fullmatch(n) and len(n) > 2)
        self.surnames = sorted(n for n in surnames if latin.fullmatch(n) and len(n) > 2)
        self.places = sorted(c.name for c in cities() if re.fullmatch(r"[A-Z][a-zà-ÿ'’]+([ -][A-Z][a-zà-ÿ'’]+)*", c.name))
        self.places += [w for lexicographer, words, _, _ in wordnet("noun") if lexicographer == 15 for w in words[:1] if w[0].isupper()]
        self.peoples = "American British French German Russian Chinese Iraqi Syrian Turkish Indian Japanese Kenyan Polish Mexican".split()

    def new(self, text, kind, before):
        choose = self.random.choice
        if text.lower() == text or text.upper() == text and len(text) < 7 and kind != "L":
            return text
        words = text.split(" ")
        if kind == "P" and re.fullmatch(r"[A-Z][^ ]+", text):
            return choose(self.given) if text in self.given_set else choose(self.surnames)
        if kind == "P" and 1 < len(words) < 4:
            return " ".join([choose(self.given)] + words[1:-1] + [choose(self.surnames)])
        if kind == "L" and len(words) > 1 and words[-1] in ("County", "River", "Province", "Street", "State", "Island", "Avenue"):
            return choose(self.places) + " " + words[-1]
        if kind == "L" and len(words) < 3 and words[0] != "The":
            return choose(self.places)
        if kind == "O" and len(words) > 1 and self.random.random() < 0.7:
            form = choose(self.HEADS)
            return form.format(
                place=choose(self.places), family=choose(self.surnames), family2=choose(self.surnames), people=choose(self.peoples)
            )
        return text

    def swap(self, text, names):
        self.given_set = set(self.given)
        chosen, out, spans, at = {}, "", [], 0
        last = {}
        for start, end, kind in names:
            name = text[start:end]
            if name not in chosen:
                family = last.get(name) if kind == "P" else None
                chosen[name] = family or self.new(name, kind, chosen)
                if kind == "P" and " " in name:
                    last[name.split(" ")[-1]] = chosen[name].split(" ")[-1]
            out += text[at:start]
            spans.append((len(out), len(out) + len(chosen[name]), kind))
            out, at = out + chosen[name], end
        return out + text[at:], spans


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--swap", type=int, metavar="SEED")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    swapper = Swapper(options.swap) if options.swap is not None else None
    for path in options.files:
        for text, names in paragraphs(path):
            print(line_of(*(swapper.swap(text, names) if swapper else (text, names))))


if __name__ == "__main__":
    main()
