#!/usr/bin/python3
"""Makes the golden messages of proto/golden: NAME.msgpack and a twin NAME.json that says what it is.

    tests/golden.py            writes them
    tests/golden.py --check    says what differs, exit code 1 when something does

A twin holds `kind` (article, envelope, result, reply), `description`, and `expect`: "ok" or the code
of the refusal. With "ok" comes `value`, what the decoder must find; `canonical` says that our own
encoder writes exactly these bytes. The messages are made by python3-msgpack where it can write
them, byte by byte where it cannot: it is the other implementation that ours must agree with.
"""
import base64
import copy
import datetime
import json
import pathlib
import struct
import sys
import uuid

import msgpack

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "proto" / "golden"
DEPTH = 24       # LIMIT_DEPTH
KEYS = 4096      # LIMIT_MAP_KEYS
AUTHORS = 256    # LIMIT_AUTHORS
ID_BYTES = 1024  # LIMIT_ID_BYTES

golden = {}


def add(name, description, message, expect="ok", kind="article", value=None, canonical=False):
    twin = {"kind": kind, "description": description, "expect": expect}
    if expect == "ok":
        twin["value"] = value
        twin["canonical"] = canonical
    assert name not in golden
    golden[name] = (message, twin)


def pack(thing):
    return msgpack.packb(thing, use_bin_type=True)


def text(words):
    """A str whose bytes may be anything."""
    words = words.encode() if isinstance(words, str) else words
    if len(words) < 32:
        return bytes([0xA0 | len(words)]) + words
    return b"\xda" + struct.pack(">H", len(words)) + words


def pairs(*items):
    """A map of already packed keys and values, which may repeat."""
    return bytes([0x80 | len(items) // 2]) + b"".join(items)


def article(body="Talks resumed.", **found):
    """What article_decode finds; what is not named is absent."""
    value = {"v": 1, "id": None, "url": None, "source": None, "title": None, "authors": [],
             "published_ms": None, "language": None, "type": None, "charset": None,
             "lane": None, "body": body, "body_is_binary": False, "meta": None, "unknown_keys": 0, "repaired": 0}
    return {**value, **found}


def encoded(raw):
    return {"base64": base64.b64encode(raw).decode()}


FULL = {
    "v": 1,
    "id": "wire-2026-11-24/0042",
    "url": "https://news.example.org/2026/11/24/harbour?id=42",
    "source": "example.org",
    "title": "Hafen wieder geöffnet — 港が再開",
    "authors": ["Ana Müller", "李小龍"],
    "published": "2026-11-24T15:35:04.250+02:00",
    "language": "de",
    "type": "text/plain",
    "charset": "utf-8",
    "body": "Der Hafen ist wieder offen.\n\nIn Tokio freut man sich.",
    "meta": {"desk": "economy", "rank": 3, "weights": [0.5, None, True], "nested": {"a": {"b": []}}},
}
FULL_FOUND = article(
    **{key: FULL[key] for key in ("id", "url", "source", "title", "authors", "language", "type",
                                  "charset", "body", "meta")},
    published_ms=1795527304250)


def valid_articles():
    add("article-minimal", "only what is required", pack({"body": "Talks resumed."}), value=article(),
        canonical=True)
    add("article-full", "every key of the contract", pack(FULL), value=FULL_FOUND)
    add("article-version-1", "the oldest version, said so", pack({"v": 1, "body": "Talks resumed."}),
        value=article())
    add("article-empty-body", "a body without a character", pack({"body": ""}), value=article(""),
        canonical=True)
    raw = "Der Präsident sagte nein.".encode("latin-1")
    add("article-binary-body", "a bin body in another charset, untouched",
        pack({"type": "text/html; charset=iso-8859-1", "charset": "iso-8859-1", "body": raw}),
        value=article(encoded(raw), body_is_binary=True, charset="iso-8859-1",
                      type="text/html; charset=iso-8859-1"), canonical=True)
    add("article-lane-low", "behind the others",
        pack({"lane": "low", "body": "Talks resumed."}), value=article(lane="low"), canonical=True)
    add("article-published-milliseconds", "an int: milliseconds since 1970",
        pack({"published": 1795527304250, "body": "Talks resumed."}),
        value=article(published_ms=1795527304250), canonical=True)
    add("article-published-before-1970", "a negative int",
        pack({"published": -86400000, "body": "Talks resumed."}), value=article(published_ms=-86400000),
        canonical=True)
    for width, stamp in ((32, msgpack.Timestamp(1795527304)),
                         (64, msgpack.Timestamp(1795527304, 250_999_999)),
                         (96, msgpack.Timestamp(-1, 500_000_000))):
        found = stamp.seconds * 1000 + stamp.nanoseconds // 1_000_000
        add(f"article-published-timestamp-{width}", f"MessagePack's timestamp in {width} bits",
            pack({"published": stamp, "body": "Talks resumed."}), value=article(published_ms=found))
    add("article-published-date", "a bare date is midnight UTC",
        pack({"published": "2026-11-24", "body": "Talks resumed."}),
        value=article(published_ms=1795478400000))
    add("article-unknown-keys", "keys nobody knows, one of them no string, are counted",
        pack({"body": "Talks resumed.", "paywall": True, "tags": ["a", {"b": 1}], 7: "seven",
              "x": msgpack.ExtType(42, b"ext")}), value=article(unknown_keys=4))
    add("article-nil-values", "nil is absent",
        pack({"id": None, "title": None, "authors": None, "published": None, "meta": None,
              "body": "Talks resumed."}), value=article())
    add("article-key-once-nil", "a key that is nil is not there, and may come again",
        pairs(text("title"), b"\xc0", text("body"), text("Talks resumed."), text("title"), text("one")),
        value=article(title="one"))
    add("article-repaired", "a lone byte and a NUL in the title become U+FFFD; the body's stay",
        pairs(text("title"), text(b"Caf\xe9 \x00"), text("body"), text(b"caf\xe9")),
        value=article(encoded(b"caf\xe9"), title="Caf\ufffd \ufffd", repaired=2))
    add("article-wide-heads", "longer heads than needed: map 32, str 32, str 8",
        b"\xdf\0\0\0\1" + b"\xdb\0\0\0\4body" + b"\xd9\x0eTalks resumed.", value=article())
    nested = []
    for _ in range(DEPTH - 3):  # the article and meta are two levels, the innermost list one
        nested = [nested]
    add("article-deepest", f"nested {DEPTH} deep, the most that is read",
        pack({"body": "Talks resumed.", "meta": {"n": nested}}),
        value=article(meta={"n": nested}))


def wrong_articles():
    def wrong(name, description, message, expect):
        add(f"refused-{name}", description, message, expect)

    full = pack(FULL)
    wrong("empty", "no byte at all", b"", "truncated")
    wrong("not-messagepack", "0xc1, the byte that is never used", b"\xc1", "not-messagepack")
    wrong("never-used-inside", "0xc1 as a value", pairs(text("body"), b"\xc1"), "not-messagepack")
    for share in (1, 2, 3):
        cut = full[:len(full) * share // 4]
        wrong(f"truncated-{share}-of-4", "ends inside a string", cut, "truncated")
    wrong("truncated-head", "ends inside a head", b"\x81\xa4body\xdb\0\0", "truncated")
    wrong("truncated-before-value", "ends behind a key", b"\x82\xa4body\xa1x\xa1y", "truncated")
    wrong("trailing-bytes", "a whole article and one byte", pack({"body": "x"}) + b"\xc0",
          "trailing-bytes")
    wrong("two-articles", "two in one frame", pack({"body": "x"}) * 2, "trailing-bytes")
    wrong("map-of-4-billion", "claims 2^32-1 pairs", b"\xdf" + b"\xff" * 4 + b"\xa4body\xa1x",
          "count-exceeds-bytes")
    wrong("map-of-65535", "claims 2^16-1 pairs", b"\xde\xff\xff\xa4body\xa1x", "count-exceeds-bytes")
    wrong("array-of-4-billion", "authors claim 2^32-1 elements",
          pairs(text("body"), text("x"), text("authors"), b"\xdd" + b"\xff" * 4), "count-exceeds-bytes")
    wrong("array-of-67-million", "five bytes that make a careless decoder take 2 GiB",
          b"\xdd\x04\0\0\0", "count-exceeds-bytes")
    wrong("string-of-4-gigabytes", "a body that claims 2^32-1 bytes",
          pairs(text("body"), b"\xdb" + b"\xff" * 4 + b"x"), "truncated")
    wrong("binary-of-4-gigabytes", "a bin that claims 2^32-1 bytes",
          pairs(text("body"), b"\xc6" + b"\xff" * 4 + b"x"), "truncated")
    wrong("extension-of-4-gigabytes", "an extension that claims 2^32-1 bytes",
          pairs(text("published"), b"\xc9" + b"\xff" * 4 + b"\xff"), "truncated")
    wrong("too-deep", f"nested {DEPTH + 1} deep",
          pairs(text("body"), text("x"), text("meta"), b"\x91" * DEPTH + b"\xc0"), "nesting-too-deep")
    wrong("far-too-deep", "5,000 arrays in each other", b"\x91" * 5000 + b"\xc0", "nesting-too-deep")
    wrong("maps-too-deep", "5,000 maps in each other", b"\x81\xa1k" * 5000 + b"\xc0",
          "nesting-too-deep")
    wrong("array", "an array is no article", pack(["body", "x"]), "not-a-map")
    wrong("string", "a string is no article", pack("body"), "not-a-map")
    wrong("nil", "nil is no article", pack(None), "not-a-map")
    wrong("body-missing", "no body", pack({"id": "1", "title": "t"}), "body-missing")
    wrong("empty-map", "no key at all", pack({}), "body-missing")
    wrong("body-nil", "a nil body is none", pack({"body": None}), "body-missing")
    for key, bad in {"body": 7, "title": ["t"], "id": 42, "url": True, "source": b"bin",
                     "language": {}, "type": 1.5, "charset": 8, "authors": "Ana", "meta": [],
                     "v": "1", "published": True}.items():
        wrong(f"wrong-type-{key}", f"{key} is a {type(bad).__name__}", pack({"body": "x", key: bad}),
              "wrong-type")
    wrong("author-no-string", "an author that is an int", pack({"body": "x", "authors": ["Ana", 7]}),
          "wrong-type")
    wrong("version-2", "a version from the future", pack({"v": 2, "body": "x"}), "unknown-version")
    wrong("version-0", "a version that never was", pack({"v": 0, "body": "x"}), "unknown-version")
    wrong("published-words", "no RFC 3339", pack({"published": "yesterday", "body": "x"}),
          "bad-published")
    wrong("published-year-10000", "beyond the last year",
          pack({"published": 253402300800000, "body": "x"}), "bad-published")
    wrong("published-extension", "another extension than the timestamp",
          pack({"published": msgpack.ExtType(5, b"\0\0\0\0"), "body": "x"}), "bad-published")
    wrong("published-timestamp-3-bytes", "the timestamp's type with a length it does not have",
          pack({"body": "x"})[:0] + pairs(text("body"), text("x"), text("published"),
                                          b"\xc7\x03\xff\0\0\0"), "bad-published")
    wrong("duplicate-body", "two bodies", pairs(text("body"), text("one"), text("title"), text("t"),
                                                text("body"), text("two")), "duplicate-key")
    wrong("duplicate-published", "two times, equal ones",
          pairs(text("body"), text("x"), text("published"), b"\x01", text("published"), b"\x01"), "duplicate-key")
    wrong("duplicate-in-meta", "one key twice, two levels down",
          pairs(text("body"), text("x"), text("meta"),
                pairs(text("a"), b"\x91" + pairs(text("k"), b"\x01", text("j"), b"\x02", text("k"), b"\x03"))),
          "duplicate-key")
    for name, number in {"nan": "nan", "infinity": "inf", "minus-infinity": "-inf"}.items():
        wrong(f"meta-{name}", "a number that JSON has no form for",
              pack({"body": "x", "meta": {"deep": [1.5, {"n": float(number)}]}}), "bad-meta")
    wrong("type-image", "a media type we do not read", pack({"type": "image/png", "body": "x"}),
          "bad-type")
    wrong("id-too-long", "one byte beyond LIMIT_ID_BYTES",
          pack({"id": "i" * (ID_BYTES + 1), "body": "x"}), "id-too-long")
    wrong("too-many-authors", "one more than LIMIT_AUTHORS",
          pack({"authors": ["A"] * (AUTHORS + 1), "body": "x"}), "too-many-authors")
    wrong("too-many-keys", "one more than LIMIT_MAP_KEYS",
          pack({**{n: 0 for n in range(KEYS)}, "body": "x"}), "too-many-keys")


KEY = uuid.UUID("019ab5a4-5d00-7001-8000-0123456789ab")
ARTICLE = uuid.UUID("6f1ed002-ab55-8b91-a4a4-9cdfb1e0c1d7")
CONTENT = uuid.UUID("0d4a11e5-33cb-8c0e-bd1b-74e2a8a0f5aa")
RECEIVED = 1795527304250


def rfc3339(milliseconds, zone=0):
    """As clock_format and clock_format_zone write it."""
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds, minutes=zone)
    return moment.isoformat(timespec="milliseconds") + (f"+{zone // 60:02d}:{zone % 60:02d}" if zone else "Z")


def envelopes():
    wire = {"key": KEY.bytes, "article": ARTICLE.bytes, "content": CONTENT.bytes,
            "received": RECEIVED, "refused_code": None, "refused_message": None}
    value = {**wire, "key": str(KEY), "article": str(ARTICLE), "content": str(CONTENT),
             "received": rfc3339(RECEIVED), "lane": None, "flow": 0, "replay": 0}

    def envelope(name, description, message, expect="ok", **more):
        add(name, description, message, expect, kind="envelope", **more)

    envelope("envelope", "an accepted article, before there were lanes", pack(wire), value=value)
    refused = {"refused_code": "body-missing", "refused_message": 'An article needs the key "body".'}
    envelope("envelope-refused", "refused after its promise", pack({**wire, **refused}),
             value={**value, **refused})
    now = {}
    for key, found in wire.items():
        now.update({key: found} if key != "refused_code" else {"lane": None, "flow": 7, key: found})
    envelope("envelope-flow", "an accepted article, before there were replays", pack(now),
             value={**value, "flow": 7})
    envelope("envelope-lane-low", "one of the low lane, before there were replays",
             pack({**now, "lane": "low"}), value={**value, "flow": 7, "lane": "low"})
    envelope("envelope-new", "an accepted article", pack({**now, "replay": 0}),
             value={**value, "flow": 7}, canonical=True)
    again = {"flow": 7, "lane": "low", "replay": 1}
    envelope("envelope-replay", "a replay", pack({**now, **again}), value={**value, **again},
             canonical=True)
    envelope("refused-envelope-flow", "a flow of 33 bits", pack({**now, "flow": 1 << 32}), "wrong-type")
    envelope("envelope-unknown-key", "from a newer ingest", pack({**wire, "shard": 3}), value=value)
    short = {k: v for k, v in wire.items() if v is not None}
    envelope("envelope-oldest", "without the keys that came later", pack(short), value=value)
    envelope("refused-envelope-truncated", "half of one", pack(wire)[:40], "truncated")
    envelope("refused-envelope-uuid", "a UUID of 15 bytes", pack({**wire, "key": KEY.bytes[1:]}),
             "wrong-type")
    envelope("refused-envelope-array", "no map", pack([1]), "not-a-map")


def results():
    body = "Tokyo praised the deal."
    wire = {
        "id": "r-1", "article": ARTICLE.bytes, "url": "https://news.example.org/1",
        "source": "example.org", "title": "Deal praised", "authors": ["Ana Müller"],
        "site": "Example News", "section": "Economy", "image": "https://news.example.org/1.jpg",
        "canonical": "https://news.example.org/1", "links": ["https://example.net/deal"],
        "published": RECEIVED, "published_from": "given",
        "language": {"code": "en", "confidence": 0.99}, "languages": [], "genre": None, "focus": None, "text": body,
        "removed": [{"text": "We use cookies.", "why": "cookie-notice"}],
        "sentences": [{"start": 0, "end": 23, "tone": 25.0}],
        "tone": {"tone": 25.0, "positive": 25.0, "negative": 0.0, "polarity": 25.0, "activity": 0.0,
                 "self_group": 0.0, "words": 4},
        "names": [{"start": 0, "end": 5, "text": "Tokyo", "type": "place", "name": "Japan",
                   "key": "JP", "role": None, "confidence": 0.875}],
        "places": [], "events": [], "targets": [], "quotes": [], "dates": [], "amounts": [],
        "themes": [], "keyphrases": [], "summary": [], "fingerprint": 0xFEDCBA9876543210,
        "tokens": [], "analyzer": "newsmill 0.1.0", "meta": '{"desk":"economy"}', "repaired": 0,
        "unknown_keys": 0,
    }
    value = {**copy.deepcopy(wire), "article": str(ARTICLE), "published": rfc3339(RECEIVED),
             "fingerprint": f"{wire['fingerprint']:016x}"}
    del value["meta"]  # on the wire only

    def result(name, description, message, expect="ok", **more):
        add(name, description, message, expect, kind="result", **more)

    result("result", "one name, one sentence, one line removed", pack(wire), value=value,
           canonical=True)
    zoned = {**wire, "published": [RECEIVED, 330]}
    result("result-zoned", "published where it is five and a half hours later than in UTC", pack(zoned),
           value={**value, "published": rfc3339(RECEIVED, 330)}, canonical=True)
    result("refused-result-zone", "a zone that is nowhere", pack({**wire, "published": [RECEIVED, 5000]}),
           "wrong-type")
    newer = {**wire, "claims": [{"start": 0}], "names": [{**wire["names"][0], "wikidata": "Q17"}]}
    result("result-unknown-keys", "from a newer analyzer", pack(newer), value=value)
    result("refused-result-truncated", "cut in the middle", pack(wire)[:200], "truncated")
    result("refused-result-not-utf8", "text that is not UTF-8",
           pack(wire).replace(b"Tokyo praised", b"Toky\xff praised"), "not-utf8")
    result("refused-result-offset", "a negative offset",
           pack({**wire, "sentences": [{"start": -1, "end": 3, "tone": 0.0}]}), "wrong-type")
    result("refused-result-list", "names that are no list", pack({**wire, "names": {}}), "wrong-type")
    result("refused-result-item", "a name that is no map", pack({**wire, "names": [7]}), "not-a-map")
    hostile = pack(wire)
    at = hostile.index(b"\xa6tokens") + 7
    result("refused-result-count", "tokens claim 2^32-1 elements",
           hostile[:at] + b"\xdd" + b"\xff" * 4, "count-exceeds-bytes")


def replies():
    def reply(name, description, wire, canonical=True, message=None, **value):
        add(name, description, message or pack(wire), kind="reply", value={**wire, **value},
            canonical=canonical)

    taken = {"ok": True, "id": "wire-42", "article": str(ARTICLE), "duplicate": False}
    no_id = {k: v for k, v in taken.items() if k != "id"}
    reply("reply-accepted", "the article is durable", taken)
    reply("reply-accepted-without-id", "the article had no id", no_id)
    reply("reply-duplicate", "known already", {**taken, "duplicate": True})
    reply("reply-refused", "the article will never be taken",
          {"ok": False, "id": "wire-42", "error": "body-missing",
           "message": 'An article needs the key "body".', "retry": False})
    reply("reply-overloaded", "the same article later",
          {"ok": False, "id": "wire-42", "error": "overloaded", "message": "The journal is full.",
           "retry": True, "retry_after_ms": 500})
    reply("reply-unknown-key", "from a newer ingest", taken, canonical=False,
          message=pack({**taken, "node": "north"}))
    add("refused-reply-article", "an article that is no UUID", pack({**taken, "article": "x"}),
        "bad-reply", kind="reply")


def make():
    valid_articles()
    wrong_articles()
    envelopes()
    results()
    replies()
    files = {}
    for name, (message, twin) in golden.items():
        files[f"{name}.msgpack"] = message
        files[f"{name}.json"] = (json.dumps(twin, indent=1, ensure_ascii=False) + "\n").encode()
    return files


def main():
    files = make()
    there = {path.name for path in FOLDER.glob("*.msgpack")} | {path.name for path in FOLDER.glob("*.json")}
    if "--check" not in sys.argv[1:]:
        FOLDER.mkdir(exist_ok=True)
        for name, content in files.items():
            (FOLDER / name).write_bytes(content)
        for name in there - set(files):
            (FOLDER / name).unlink()
        return 0
    wrong = sorted(name for name, content in files.items()
                   if name not in there or (FOLDER / name).read_bytes() != content)
    wrong += sorted(there - set(files))
    for name in wrong:
        print(f"proto/golden/{name} is not what tests/golden.py makes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
