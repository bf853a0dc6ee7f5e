"""Each stage of the analysis in time a byte, beside CLD2, ICU's word breaks, Aho-Corasick, a hash and a copy over the same texts."""
import json
import time

from .base import Row

FACTS = "names places tone pieces dates amounts quotes themes genre keyphrases summary fingerprint".split()


def measured(bench, level):
    out = bench.program("bench_stages", level, bench.size(5, 2), bench.corpus).splitlines()
    found = {name: float(ns) for name, ns, _ in map(str.split, out)}
    return found, float(out[0].split()[2])


def place_names(bench):
    """All that the built-in gazetteer looks for, in GeoNames' columns."""
    with open(bench.build / "worker" / "analysis" / "places.tsv", encoding="utf-8") as table:
        cells = [line.rstrip("\n").split("\t") for line in table]
    return {name for cell in cells for name in (cell[1], *cell[3].split(",")) if name}


def aho_corasick(bench):
    """Nanoseconds a byte of one automaton with these names, in C (python3-ahocorasick), and how many there are; None without it."""
    try:
        import ahocorasick
    except ImportError:
        return None
    automaton, names, spent, size = ahocorasick.Automaton(), place_names(bench), 0, 0
    for name in names:
        automaton.add_word(name, True)
    automaton.make_automaton()
    for line in bench.corpus.read_text().splitlines():
        text, tries = json.loads(line)["body"], []
        for _ in range(bench.size(5, 2)):
            start = time.thread_time_ns()
            for _ in automaton.iter(text):
                pass
            tries.append(time.thread_time_ns() - start)
        spent, size = spent + min(tries), size + len(text.encode())
    return spent / size, len(names)


def rows(bench):
    full, size = measured(bench, "full")
    fast, _ = measured(bench, "fast")
    icu = full["ref-icu-words"]
    for name, ns in full.items():
        if not name.startswith("ref-"):
            yield Row("analysis", name, ns / size, "ns/byte", icu / size, "ICU's word breaks")
    for name, what in (("ref-cld2", "CLD2 alone"), ("ref-xxh3", "XXH3 alone"), ("ref-copy", "memory: a copy")):
        yield Row("analysis", what, full[name] / size, "ns/byte", icu / size, "ICU's word breaks")
    found = aho_corasick(bench)
    if found:
        yield Row("analysis", f"Aho-Corasick alone, {found[1]:,} names of places", found[0], "ns/byte", icu / size, "ICU's word breaks")
    sums = {"what the article says": sum(full[name] for name in FACTS),
            "all, fast": sum(ns for name, ns in fast.items() if not name.startswith("ref-")),
            "all, full": sum(ns for name, ns in full.items() if not name.startswith("ref-"))}
    for name, ns in sums.items():
        yield Row("analysis", f"{name}, one core", 1e9 / ns, "articles/s", 1e9 / icu, "ICU's word breaks",
                  note=f"{ns / size:.1f} ns/byte")
