#!/usr/bin/python3
"""Makes world.json, the map of the dashboard: borders of Natural Earth (public domain) as marble-qt-data carries them, and the
countries of iso-codes.

    world.py OUTPUT

{"countries": [["JP", "JPN", "Japan"], …], "shapes": [{"code": "JP" or null, "polygons": [[ring, …], …]}, …]}, a ring being
[lon, lat, lon, lat, …] in hundredths of a degree, outer rings clockwise as d3-geo wants them. marble's file tells polygons
apart but does not name them: a shape is the country that most of the cities inside it belong to.
"""
import collections
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "analysis" / "data"))
from lists import fail, read  # noqa: E402
from sources import Stream, boundaries, cities  # noqa: E402

BORDERS = "/usr/share/marble/data/naturalearth/ne_50m_admin_0_countries.pn2"
ISO = "/usr/share/iso-codes/json/iso_3166-1.json"
UNIT = 120  # marble's coordinates are half arc minutes
OUTER, INNER, MULTI = 2, 3, 4
TOLERANCE = 0.09  # degrees: what a line may be off by, for a map some 1000 pixels wide
SOUTH = -60  # the map ends there
SMALLEST = 0.02  # square degrees: islands below are no pixel; a shape keeps its largest polygon


def ring(stream, nodes):
    """the points of one closed line"""
    points = []
    for _ in range(nodes):
        lat, lon, more = stream.take("hhh")
        points.append((lon / UNIT, lat / UNIT))
        for _ in range(more):
            dlat, dlon = stream.take("bb")
            points.append(((lon + dlon) / UNIT, (lat + dlat) / UNIT))
    return points


def add(polygons, flag, points):
    if flag == INNER and polygons:
        polygons[-1].append(points)
    elif flag == OUTER:
        polygons.append([points])


def shapes(path=BORDERS):
    """each placemark's polygons; a polygon is its outer ring and those of its holes"""
    try:
        stream = Stream(pathlib.Path(path).read_bytes())
    except OSError:
        fail(f"{path} is missing: install marble-qt-data")
    version, count, coloured = stream.take("BIB")
    if version != 2:
        fail(f"{path}: version {version} of the format, 2 is read here")
    found, last = {}, None
    for _ in range(count):
        if stream.at >= len(stream.data):
            break
        flag, identity = stream.take("BI")
        if identity != last and coloured:
            stream.take("B")
        last = identity
        polygons = found.setdefault(identity, [])
        if flag == MULTI:
            for _ in range(stream.take("B")):
                part, _, nodes = stream.take("BII")
                add(polygons, part, ring(stream, nodes))
        else:
            add(polygons, flag, ring(stream, stream.take("I")))
    return list(found.values())


def area(points):
    """signed, in square degrees; positive counter-clockwise"""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1])) / 2


def inside(points, lon, lat):
    hit = False
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            hit = not hit
    return hit


def distance(point, a, b):
    """of a point to a stretch of line, squared"""
    dx, dy = b[0] - a[0], b[1] - a[1]
    long = dx * dx + dy * dy
    t = max(0, min(1, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / long)) if long else 0
    return (point[0] - a[0] - t * dx) ** 2 + (point[1] - a[1] - t * dy) ** 2


def simplified(points):
    """Douglas and Peucker's (1973), without recursion"""
    keep, parts = {0, len(points) - 1}, [(0, len(points) - 1)]
    while parts:
        first, last = parts.pop()
        far = max(range(first + 1, last), key=lambda i: distance(points[i], points[first], points[last]), default=None)
        if far is not None and distance(points[far], points[first], points[last]) > TOLERANCE**2:
            keep.add(far)
            parts += [(first, far), (far, last)]
    return [points[i] for i in sorted(keep)]


def code_of(polygons, places):
    """the country of most cities inside; None when there are none"""
    votes = collections.Counter()
    for polygon in polygons:
        lons, lats = zip(*polygon[0])
        box = (min(lons), min(lats), max(lons), max(lats))
        for place in places:
            if box[0] <= place.lon <= box[2] and box[1] <= place.lat <= box[3] and inside(polygon[0], place.lon, place.lat):
                votes[place.country] += 1
    return votes.most_common(1)[0][0] if votes else None


def written(points, clockwise):
    points = simplified(points)
    if (area(points) < 0) != clockwise:
        points = points[::-1]
    return [round(value * 100) for point in points for value in point]


def drawn(polygons):
    """as it goes into the file: what is too small is left out, but never all of it"""
    largest = max(polygons, key=lambda polygon: abs(area(polygon[0])))
    kept = [p for p in polygons if p is largest or abs(area(p[0])) > SMALLEST]
    result = [[written(line, i == 0) for i, line in enumerate(p) if i == 0 or abs(area(line)) > SMALLEST] for p in kept]
    return [p for p in result if len(p[0]) >= 8 and max(p[0][1::2]) > SOUTH * 100]


def countries():
    ours = {line.split("|")[0].strip(): line.split("|")[1].strip().rstrip("?!") for line in read("countries.txt")}
    with open(ISO, encoding="utf-8") as file:
        rows = json.load(file)["3166-1"]
    return [[row["alpha_2"], row["alpha_3"], ours.get(row["alpha_2"], row.get("common_name", row["name"]))] for row in rows]


def main():
    places = [place for place in [*cities(), *boundaries()] if place.country]
    world = [{"code": code_of(polygons, places), "polygons": drawn(polygons)} for polygons in shapes() if polygons]
    world = [shape for shape in world if shape["polygons"]]
    named = sum(shape["code"] is not None for shape in world)
    if named < 170:
        fail(f"{BORDERS}: only {named} of {len(world)} shapes are known to be a country")
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump({"countries": countries(), "shapes": world}, out, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
