"""Reads journal folders without our code, from the description in worker/ingest/segment.h."""
import pathlib
import re
import struct

import msgpack

NAME = re.compile(r"^([0-9a-f]{16})-([0-9a-f]{8})\.segment$")
HEADER = struct.Struct("<IIIIQ")
MAGIC = 0x314A4D4E
BOOKS, ARTICLE, DUPLICATE, DONE, MOVED = range(1, 6)


def _table():
    made = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        made.append(value)
    return made


TABLE = _table()


def crc32c(data, crc):
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def records(path, salt, trust=False):
    """(type, sequence, payload) of each record up to the first that is none. `trust`: checksums are not
    looked at."""
    data = path.read_bytes()
    at = 0
    while at + HEADER.size <= len(data):
        magic, length, crc, kind, sequence = HEADER.unpack_from(data, at)
        end = at + HEADER.size + length
        if magic != MAGIC or end > len(data):
            return
        checked = crc if trust else crc32c(data[at + 12:end], crc32c(data[at + 4:at + 8], 0xFFFFFFFF ^ salt)) ^ 0xFFFFFFFF
        if checked != crc:
            return
        yield kind, sequence, data[at + HEADER.size:end]
        at = (end + 7) // 8 * 8


def live(folder):
    """{sequence: the article's bytes} of what is accepted and not done."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.segment")):
        salt = int(NAME.match(path.name).group(2), 16)
        for kind, sequence, payload in records(path, salt):
            if kind == MOVED:
                found.pop(struct.unpack_from("<Q", payload)[0], None)
                payload = payload[8:]
            if kind in (ARTICLE, MOVED):
                found[sequence] = payload[4 + struct.unpack_from("<I", payload)[0]:]
            if kind == DONE:
                for at in range(0, len(payload) - 8, 9):
                    found.pop(struct.unpack_from("<Q", payload, at)[0], None)
    return found


def live_ids(folder):
    """The producers' ids of what is accepted and not done."""
    return [msgpack.unpackb(frame, raw=False).get("id") for frame in live(folder).values()]
