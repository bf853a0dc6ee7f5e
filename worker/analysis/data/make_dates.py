"""The table of month names, from CLDR: every name, in full or shortened, of every language."""
import collections, os, re
import xml.etree.ElementTree as tree

from lists import Lexicon, WORD


def names_of(path):
    """(name in lower case, month) as CLDR's Gregorian calendar writes them, one word each"""
    for month in tree.parse(path).findall(".//calendar[@type='gregorian']/months/monthContext/monthWidth/month"):
        text = (month.text or "").lower().replace("’", "'").strip(" .")
        if len(text) > 1 and WORD.fullmatch(text) and not re.search(r"\d", text):
            yield text, int(month.get("type"))


def months(cldr):
    """`name`: the month that most languages mean by it; `xx name` where language xx means another"""
    votes, meant = collections.defaultdict(collections.Counter), {}
    for file in sorted(os.listdir(cldr)):
        language = file.split(".")[0].split("_")[0]
        for name, month in names_of(os.path.join(cldr, file)):
            votes[name][month] += 1000 if language == "en" else 1
            meant.setdefault((language, name), month)
    table = Lexicon("months")
    for name, counts in votes.items():
        table.keys[name] = (min(counts, key=lambda month: (-counts[month], month)), 0)
    for (language, name), month in meant.items():
        if table.keys[name][0] != month:
            table.keys[f"{language} {name}"] = (month, 0)
    return table
