#!/usr/bin/python3
"""Makes tables.c, the read-only word tables of the analysis, from the lists beside this file, iso-codes and CLDR.

The lists say in their first lines what they mean; each make_*.py makes the tables of one subject. Standard library only;
the same input gives the same output.
"""
import argparse, os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_countries import gazetteer  # noqa: E402
from make_date_words import dates  # noqa: E402
from make_dates import months  # noqa: E402
from make_events import actors, events  # noqa: E402
from make_foreign_dates import foreign_dates  # noqa: E402
from make_genders import genders  # noqa: E402
from make_languages import languages  # noqa: E402
from make_numbers import numbers, units  # noqa: E402
from make_pieces import Pieces  # noqa: E402
from make_themes import themes  # noqa: E402
from make_tokens import tokens  # noqa: E402
from make_tone import tone  # noqa: E402
from make_words import boilerplate, page_hints, words  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--iso-codes", required=True, metavar="DIR")
    parser.add_argument("--cldr", required=True, metavar="DIR")
    parser.add_argument("--output", required=True, metavar="FILE")
    options = parser.parse_args()
    with open(options.output + ".new", "w", encoding="utf-8") as out:
        out.write('/* Made by worker/analysis/data/build.py. */\n#include "worker/analysis/tables.h"\n\n')
        begun_with = [numbers(), units(out, options.cldr), dates()]
        tables = [
            *events(out),
            *actors(out, options.iso_codes),
            words(),
            *begun_with,
            Pieces(*begun_with),
            boilerplate(out),
            page_hints(out),
            months(options.cldr),
            tone(),
            themes(out),
            tokens(),
            genders(),
            languages(out),
            foreign_dates(out, options.cldr),
            gazetteer(out, options.iso_codes, options.cldr),
        ]
        for table in tables:
            table.write(out)
    os.replace(options.output + ".new", options.output)
    print(", ".join(f"{t.name} {len(t.keys)}" for t in tables))


if __name__ == "__main__":
    main()
