#!/usr/bin/python3
"""Makes training text for the name labeller from UD English EWT's training part and ewt_names.txt.

    label_ewt.py en_ewt-ud-train.conllu[.gz] > documents

One document a line: its text with \\n for line ends, then a tab and FROM,TO,TYPE (bytes of the text) for each name. Proper nouns
with what is written in capitals beside them make a stretch. A stretch that ewt_names.txt lists is what it says; otherwise the
listed parts of it are, longest first; otherwise given names, surnames, cities, WordNet and the last word decide.
"""
import gzip, os, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "data"))
from sources import cities, given_and_surnames, wordnet_names  # noqa: E402

DATES = set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september "
    "october november december jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun".split()
)
JOINERS = {"of", "for", "and", "'s", "de", "al", "von", "del", "van", "la", "bin", "ul"}
TITLES = set(
    "mr mrs ms miss dr prof professor president vice-president prime minister king queen prince sir lady capt captain general gen "
    "colonel col lt lieutenant sgt judge secretary senator sen rep congressman governor gov mayor chairman director attorney doctor "
    "don rev father pope sheikh sheik shaikh mullah maulana ayatollah grand former foreign defence".split()
)
ORGANIZATION = set(
    "inc inc. corp corp. ltd ltd. llc llp co. company bank university party ministry department committee council agency "
    "association institute court commission senate congress times news army force forces college school group union federation "
    "society club church board administration bureau organization foundation front brigade brigades guard coalition services "
    "systems hospital corporation trust fund".split()
)
PLACE = set(
    "river lake mountain mountains island islands sea ocean street st. st ave avenue road county city park valley beach bay "
    "peninsula desert province district hotel airport bridge canyon hills gulf strait coast restaurant cafe inn".split()
)


def sentences(path):
    """(starts a document, starts a paragraph, tokens) of each sentence; a token is (form, upos, space behind)"""
    opener = gzip.open if path.endswith(".gz") else open
    tokens, document, paragraph = [], True, True
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# newdoc"):
                document = True
            elif line.startswith("# newpar"):
                paragraph = True
            elif line[0].isdigit() and line.split("\t")[0].isdigit():
                cells = line.split("\t")
                tokens.append((cells[1], cells[3], "SpaceAfter=No" not in cells[9]))
            elif line == "\n":
                yield document, paragraph, tokens
                tokens, document, paragraph = [], False, False


def is_core(token):
    form, upos, _ = token
    return upos == "PROPN" and form.rstrip(".").lower() not in DATES and not re.search(r"@|www\.|http|^_|^\*", form)


def is_beside(tokens, at):
    form, upos, _ = tokens[at]
    return form[:1].isupper() and at > 0 and form != "I" and "@" not in form and form.rstrip(".").lower() not in DATES and upos in (
        "ADJ", "NOUN", "NUM", "VERB", "X", "ADP", "DET",
    )  # fmt: skip


def stretches(tokens):
    def fits(at):
        return at < len(tokens) and (is_core(tokens[at]) or is_beside(tokens, at))

    def form(at):
        return tokens[at][0] if at < len(tokens) else ""

    first = 0
    while first < len(tokens):
        if not fits(first):
            first += 1
            continue
        last = first
        while True:
            if fits(last + 1):
                last += 1
            elif (form(last + 1) in ("-", "&", "'") or form(last + 1) in JOINERS and form(last + 2)[:1].isupper()) and fits(last + 2):
                last += 2
            elif form(last + 1) == "of" and form(last + 2) == "the" and fits(last + 3):
                last += 3
            else:
                break
        if any(is_core(tokens[at]) for at in range(first, last + 1)):
            yield first, last + 1
        first = last + 1


def written(tokens, first, end):
    return "".join(form + (" " if space and at < end - 1 else "") for at, (form, _, space) in enumerate(tokens[first:end], first))


class Judge:
    def __init__(self):
        self.listed = {}
        for line in open(os.path.join(HERE, "ewt_names.txt"), encoding="utf-8"):
            if line[0] != "#":
                for text in line[3:].split("|"):
                    self.listed[text.strip()] = line[0]
        given, surnames = given_and_surnames()
        self.given, self.surnames = {n.lower() for n in given}, {n.lower() for n in surnames}
        self.cities = {city.name.lower() for city in cities()}
        self.wordnet = wordnet_names()

    def guess(self, text):
        words = text.lower().split()
        if words[-1] in ORGANIZATION and len(words) > 1:
            return "O"
        if words[-1] in PLACE and len(words) > 1:
            return "L"
        if len(words) > 1 and words[0] in self.given and words[-1] not in self.cities:
            return "P"
        known = self.wordnet.get(text.lower())
        if known:
            return known
        if text.lower() in self.cities and text.lower() not in self.given:
            return "L"
        if len(words) == 1 and (words[0] in self.given or words[0] in self.surnames):
            return "P"
        if len(text) in (3, 4, 5) and text.isupper():
            return "O"
        return "P" if len(words) > 1 and words[-1] in self.surnames else "N"

    def names(self, tokens, first, end):
        """(first, end, type) of the names in a stretch"""
        while first < end - 1 and tokens[first][0].rstrip(".").lower() in TITLES and written(tokens, first, end) not in self.listed:
            first += 1
        if written(tokens, first, end) in self.listed:
            return [(first, end, self.listed[written(tokens, first, end)])]
        if end - first > 1 and written(tokens, first, end).lower() in self.wordnet:
            return [(first, end, self.wordnet[written(tokens, first, end).lower()])]
        found, at = [], first
        while at < end:
            size = next((n for n in range(end - at, 0, -1) if written(tokens, at, at + n) in self.listed), 0)
            if size:
                found.append((at, at + size, self.listed[written(tokens, at, at + size)]))
            at += max(size, 1)
        if found and any(kind != "N" for _, _, kind in found):
            return found
        for at in range(first + 1, end - 1):
            if tokens[at][0] in ("and", "&", "of", "'s") and tokens[at][0] != "of":
                return self.names(tokens, first, at) + self.names(tokens, at + 1, end)
        return [(first, end, self.guess(written(tokens, first, end)))]


def documents(path):
    judge, text, names = Judge(), "", []
    for document, paragraph, tokens in sentences(path):
        if document and text:
            yield text, names
            text, names = "", []
        text += "" if not text else "\n\n" if paragraph else " "
        starts = []
        for form, _, space in tokens:
            starts.append((len(text), len(text) + len(form)))
            text += form + (" " if space else "")
        text = text.rstrip()
        for first, end in stretches(tokens):
            names += [(starts[a][0], starts[b - 1][1], kind) for a, b, kind in judge.names(tokens, first, end) if kind in "POLM"]
    yield text, names


def line_of(text, names):
    spans = []
    for start, end, kind in names:
        before = len(text[:start].encode())
        spans.append(f"\t{before},{before + len(text[start:end].encode())},{kind}")
    return text.replace("\n", "\\n").replace("\t", " ") + "".join(spans)


if __name__ == "__main__":
    for text, names in documents(sys.argv[1]):
        print(line_of(text, names))
