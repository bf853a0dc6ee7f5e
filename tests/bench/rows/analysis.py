"""Each stage of the analysis in time a byte, beside CLD2, ICU's word breaks, a hash and a copy over the same texts."""
from .base import Row

FACTS = "names places tone pieces dates amounts quotes themes genre keyphrases summary fingerprint".split()


def measured(bench, level):
    out = bench.program("bench_stages", level, bench.size(5, 2), bench.corpus).splitlines()
    found = {name: float(ns) for name, ns, _ in map(str.split, out)}
    return found, float(out[0].split()[2])


def rows(bench):
    full, size = measured(bench, "full")
    fast, _ = measured(bench, "fast")
    icu = full["ref-icu-words"]
    for name, ns in full.items():
        if not name.startswith("ref-"):
            yield Row("analysis", name, ns / size, "ns/byte", icu / size, "ICU's word breaks")
    for name, what in (("ref-cld2", "CLD2 alone"), ("ref-xxh3", "XXH3 alone"), ("ref-copy", "memory: a copy")):
        yield Row("analysis", what, full[name] / size, "ns/byte", icu / size, "ICU's word breaks")
    sums = {"what the article says": sum(full[name] for name in FACTS),
            "all, fast": sum(ns for name, ns in fast.items() if not name.startswith("ref-")),
            "all, full": sum(ns for name, ns in full.items() if not name.startswith("ref-"))}
    for name, ns in sums.items():
        yield Row("analysis", f"{name}, one core", 1e9 / ns, "articles/s", 1e9 / icu, "ICU's word breaks",
                  note=f"{ns / size:.1f} ns/byte")
