#!/usr/bin/python3
"""Makes the built-in gazetteer's tables, in GeoNames' columns, from countries.txt, places.txt, marble-qt-data and tzdata:

    build_places.py --zones FILE --output FOLDER

writes FOLDER/places.tsv; make_gazetteer (C, the same code as newsmill gazetteer import) turns it into the gazetteer. Where two
sources name one place, the first of this order has it: our list, countries, cities, zones.
"""
import argparse, os, re, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import fail, fold, read  # noqa: E402
from sources import boundaries, cities  # noqa: E402

# What stands for a kind in GeoNames' columns: feature class and code.
FEATURES = {"country": "A\tPCLI", "region": "A\tADM1", "water": "H\tSEA", "island": "T\tISL", "city": "P\tPPL"}
WIDER = "L\tRGN"  # a region of no one country


class Table:
    def __init__(self):
        self.lines, self.regions = [], set()

    def add(self, name, lat, lon, feature, country="", others=(), admin="", population=0):
        clean = [other.replace("\t", " ") for other in others if other and other != name and "," not in other]
        self.lines.append(
            f"0\t{name}\t{name}\t{','.join(clean)}\t{lat}\t{lon}\t{feature}\t{country}\t\t{admin}\t\t\t\t{population}\t\t\t\t"
        )


def split(cell):
    return [entry.strip(" ?!-") for entry in cell.split(",") if entry.strip(" ?!-")]


def read_places(table):
    """places.txt; returns where it says countries are"""
    countries, kind, country = {}, None, ""
    for line in read("places.txt"):
        if line.startswith("["):
            kind, _, country = line.strip("[]").partition(" ")
            if kind not in FEATURES:
                fail(f"places.txt: {line} is no kind")
            continue
        name, where, others, people = ([cell.strip() for cell in line.split("|")] + ["", ""])[:4]
        lat, lon = where.split()
        if kind == "country":
            countries[name[:2]] = (lat, lon, split(others))
            continue
        feature = FEATURES[kind] if kind != "region" or country else WIDER
        admin = str(len(table.lines)) if kind == "region" and country else ""
        table.add(name, lat, lon, feature, country, split(others), admin, people or 0)
        table.regions.add((country, fold(name)))
        table.regions |= {(country, fold(other)) for other in split(others)}
    return countries


def add_countries(table, placed):
    where = {b.country: (b.lat, b.lon) for b in boundaries() if b.country}
    for line in read("countries.txt"):
        cells = [cell.strip() for cell in line.split("|")] + [""] * 2
        code, name = cells[0], cells[1].rstrip("?")
        lat, lon, others = placed.get(code, (*where.get(code, (None, None)), []))
        if lat is not None:
            others = [other for other in split(cells[4]) + others if (code, fold(other)) not in table.regions]
            table.add(name, lat, lon, FEATURES["country"], code, others)


def add_cities(table):
    roles = {"PPLC", "PPLA", "PPLA2", "PPL"}
    for city in cities():
        feature = "P\t" + (city.role if city.role in roles else "PPL")
        table.add(city.name, round(city.lat, 5), round(city.lon, 5), feature, city.country, population=max(city.population, 0))
        table.regions.add((city.country, fold(city.name)))


def add_zones(table, path):
    """the towns that name time zones, where nothing else has them"""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            codes, where, zone = line.rstrip("\n").split("\t")[:3]
            country, name = codes.split(",")[0], zone.split("/")[-1].replace("_", " ")
            parts = re.fullmatch(r"([+-]\d\d)(\d\d)(?:\d\d)?([+-]\d\d\d)(\d\d)(?:\d\d)?", where)
            if parts and (country, fold(name)) not in table.regions:
                lat, lon = (int(parts[k]) + (-1 if parts[k][0] == "-" else 1) * int(parts[k + 1]) / 60 for k in (1, 3))
                table.add(name, round(lat, 4), round(lon, 4), FEATURES["city"], country)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--zones", required=True, metavar="FILE")
    parser.add_argument("--output", required=True, metavar="FOLDER")
    options = parser.parse_args()
    table = Table()
    placed = read_places(table)
    add_countries(table, placed)
    add_cities(table)
    add_zones(table, options.zones)
    path = os.path.join(options.output, "places.tsv")
    with open(path + ".new", "w", encoding="utf-8") as out:
        out.write("\n".join(table.lines) + "\n")
    os.replace(path + ".new", path)
    print("places", len(table.lines))


if __name__ == "__main__":
    main()
