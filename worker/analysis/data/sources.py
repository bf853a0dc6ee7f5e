"""What Debian's packages carry of names: cities (marble-qt-data), given names and surnames (python3-fake-factory), WordNet."""
import ast, collections, glob, json, os, re, struct

from lists import fail

MARBLE = "/usr/share/marble/data/placemarks/cityplacemarks.cache"
BOUNDARIES = "/usr/share/marble/data/placemarks/boundaryplacemarks.cache"
FAKER = "/usr/lib/python3/dist-packages/faker/providers/person"
WORDNET = "/usr/share/wordnet"

City = collections.namedtuple("City", "name lat lon role country state population")
DEGREES = 57.29577951308232


class Stream:
    """Qt's QDataStream, big-endian"""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values if len(values) > 1 else values[0]

    def string(self):
        size = self.take("I")
        if size == 0xFFFFFFFF:
            return ""
        self.at += size
        return self.data[self.at - size : self.at].decode("utf-16-be")


def cities(path=MARBLE):
    """GeoNames' cities over some 15,000 people, seats of regions and capitals"""
    try:
        with open(path, "rb") as file:
            stream = Stream(file.read())
    except OSError:
        fail(f"{path} is missing: install marble-qt-data")
    if stream.take("I") != 0x31415926:
        fail(f"{path} is no placemark cache")
    stream.take("I")
    while stream.at < len(stream.data):
        name, (lon, lat, _) = stream.string(), stream.take("ddd")
        role, _, country, state = (stream.string() for _ in range(4))
        _, population, _, _ = stream.take("dqhb")
        yield City(name, lat * DEGREES, lon * DEGREES, role, country, state, population)


def boundaries():
    """countries (with a code), continents and oceans (without), where CIA's World Factbook has them"""
    return cities(BOUNDARIES)


def regions(iso_codes="/usr/share/iso-codes/json", countries=None):
    """names of the first-level parts of countries, of all or some"""
    with open(os.path.join(iso_codes, "iso_3166-2.json"), encoding="utf-8") as file:
        names = {re.sub(r"\s*[\[(].*", "", row["name"]) for row in json.load(file)["3166-2"]
                 if countries is None or row["code"][:2] in countries}
    return {name for name in names if len(name) > 3}


def strings_in(node):
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    parts = node.keys if isinstance(node, ast.Dict) else list(ast.iter_child_nodes(node))
    return set().union(*[strings_in(part) for part in parts]) if parts else set()


def given_and_surnames(folder=FAKER, locales="*"):
    """names of some fifty languages (or of some locales), as they are written there"""
    given, surnames = set(), set()
    for path in sorted(glob.glob(os.path.join(folder, locales, "__init__.py")) + [os.path.join(folder, "__init__.py")]):
        if not os.path.exists(path):
            fail(f"{path} is missing: install python3-fake-factory")
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                target = node.targets[0].id
                if target.startswith(("first_name", "last_name")) and "romanized" not in target or "romanized" in target:
                    (surnames if "last" in target else given).update(strings_in(node.value))
    return given, surnames


def wordnet(part):
    """(lexicographer file, words, pointers, gloss) of each synset of data.PART"""
    path = os.path.join(WORDNET, "data." + part)
    try:
        lines = open(path, encoding="utf-8")
    except OSError:
        fail(f"{path} is missing: install wordnet-base")
    with lines:
        for line in lines:
            if line[0] == " ":
                continue
            head, _, gloss = line.partition(" | ")
            cells = head.split()
            count = int(cells[3], 16)
            words = [re.sub(r"\((a|p|ip)\)$", "", cells[4 + 2 * i]).replace("_", " ") for i in range(count)]
            after = 4 + 2 * count
            pointers = [(cells[after + 1 + 4 * i], cells[after + 2 + 4 * i]) for i in range(int(cells[after]))]
            yield int(cells[1]), words, pointers, gloss.strip()


def first_senses(part):
    """(word, lexicographer file of its most frequent sense, how often WordNet's texts have that sense) of the single words"""
    senses = {}
    for line in open(os.path.join(WORDNET, "cntlist.rev"), encoding="utf-8"):
        key, number, times = line.split()
        senses[key, int(number)] = int(times)
    counts = {}
    for (key, number), times in senses.items():
        word, _, rest = key.partition("%")
        kind = "n v a r a".split()[int(rest.split(":")[0]) - 1]
        counts[word, kind] = counts.get((word, kind), 0) + times
    files = {}
    with open(os.path.join(WORDNET, "data." + part), encoding="utf-8") as lines:
        for line in lines:
            if line[0] != " ":
                files[line[:8]] = int(line[9:11])
    letter = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}[part]
    with open(os.path.join(WORDNET, "index." + part), encoding="utf-8") as lines:
        for line in lines:
            cells = line.split()
            if line[0] != " " and "_" not in cells[0]:
                first = cells[-int(cells[2])]
                yield cells[0], files[first], counts.get((cells[0], letter), 0)


INSTANCE_TYPES = {14: "O", 15: "L", 17: "L", 18: "P"}


def wordnet_names():
    """lower case name: P, O or L, of WordNet's instances; places first, organizations last"""
    names = {}
    for lexicographer, words, pointers, _ in wordnet("noun"):
        if lexicographer in INSTANCE_TYPES and any(kind == "@i" for kind, _ in pointers):
            for word in words:
                if word[0].isupper():
                    kinds = {INSTANCE_TYPES[lexicographer], names.get(word.lower(), "O")}
                    names[word.lower()] = "L" if "L" in kinds else "P" if "P" in kinds else "O"
    return names
