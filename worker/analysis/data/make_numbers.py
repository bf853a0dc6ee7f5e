"""The tables of number words, units and currencies, from numbers.txt, units.txt and CLDR."""
import os, re
import xml.etree.ElementTree as ElementTree

from lists import Lexicon, c_string, c_strings, fail, fold, header_flags, read


def numbers():
    flags, section, table = header_flags("NUMBER"), None, Lexicon("numbers")
    for line in read("numbers.txt"):
        if line.startswith("["):
            section = flags[line.strip("[]").upper()]
            continue
        value, *spellings = line.split()
        digits = value.rstrip("0") or "0"
        exponent = len(value) - len(digits) if value != "0" else 0
        for word in spellings:
            if fold(word) in table.keys:
                fail(f"numbers.txt: {word} is there twice")
            table.keys[fold(word)] = (section, int(digits) | exponent << 16)
    return table


def ascii_lower(text):
    """as pieces.c folds: only A to Z are changed"""
    return "".join(c.lower() if c.isascii() else c for c in text)


class Units:
    def __init__(self):
        self.table, self.names = Lexicon("units"), [""]

    def add(self, spelling, unit, flag):
        key = ascii_lower(" ".join(re.findall(r"[^\W\d_]+", spelling)))
        value, more = self.table.keys.get(key, (0, 0))
        if not key or (more & flag and value):
            return  # the first one says what the word means
        if unit != "-":
            if unit not in self.names:
                self.names.append(unit)
            value = value or self.names.index(unit)
        self.table.keys[key] = (value, more | flag)


def cldr_currencies(folder, language):
    """(code, names, narrow symbol) of each currency"""
    path = os.path.join(folder, language + ".xml")
    for currency in ElementTree.parse(path).iterfind(".//currencies/currency"):
        names = [n.text for n in currency.iterfind("displayName") if n.text and "(" not in n.text]
        signs = [s.text for s in currency.iterfind("symbol") if s.get("alt") == "narrow"]
        yield currency.get("type"), names, signs[0] if signs else None


def units(out, cldr):
    flags, own, flag = header_flags("UNIT"), Units(), None
    for line in read("units.txt"):
        if line.startswith("["):
            flag = flags[line.strip("[]").upper()]
            continue
        unit, spellings = line.split(":", 1)
        for spelling in spellings.split():
            own.add(spelling.replace("_", " "), unit, flag)
    signs = {"$": "USD", "£": "GBP", "€": "EUR", "¥": "JPY", "￥": "JPY", "₽": "RUB", "₹": "INR", "₿": "BTC", "¢": "cent"}
    for language in ("en", "root"):
        for code, names, sign in cldr_currencies(cldr, language):
            for name in names:
                if len(name) > 3:
                    own.add(name, code, flags["CURRENCY"])
            if language == "en":
                own.add(code, code, flags["ISO"])
            if sign and len(sign) == 1 and not sign.isalpha():
                signs.setdefault(sign, code)
    own.add("rmb", "CNY", flags["ISO"])
    own.add("btc", "BTC", flags["ISO"])
    c_strings(out, "unit_names", own.names)
    out.write("const struct currency_sign currency_signs[] = {\n")
    for sign in sorted(signs):
        out.write(f"{{{ord(sign)}u,{c_string(signs[sign])}}},\n")
    out.write(f"}};\nconst unsigned currency_sign_count = {len(signs)};\n")
    return own.table
