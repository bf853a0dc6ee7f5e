"""Makes C of the dashboard's files: embedded.h and embedded.c in a folder of the build.

usage: embed.py OUTPUT SQL_FOLDER PAGE_FOLDER [NAME=]FILE...

Each NAME.sql becomes sql_NAME. The files of the page, and those named behind it, become rows with their path, type, entity tag
and bytes; index.html is "/".
"""
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".json": "application/json; charset=utf-8", ".svg": "image/svg+xml"}
SAFE = {byte: chr(byte) for byte in range(32, 127)} | {0x22: '\\"', 0x5C: "\\\\", 0x3F: "\\?", 0x0A: "\\n"}
CHUNK = 1000  # bytes in one literal: compilers have limits


def literal(data):
    """The bytes as adjacent C string literals."""
    parts = [data[at:at + CHUNK] for at in range(0, len(data), CHUNK)] or [b""]
    return "\n".join('     "' + "".join(SAFE.get(byte, f"\\{byte:03o}") for byte in part) + '"' for part in parts)


def assets(page, others):
    for path in sorted(page.iterdir()):
        yield "/" if path.name == "index.html" else f"/{path.name}", path
    for other in others:
        name, _, file = other.rpartition("=")
        yield f"/{name or pathlib.Path(file).name}", pathlib.Path(file)


def main():
    output, sql, page = map(pathlib.Path, sys.argv[1:4])
    output.mkdir(parents=True, exist_ok=True)
    statements = sorted(sql.glob("*.sql"))
    header = ["/* Made by worker/dashboard/embed.py; not to be edited. */", "#ifndef NEWSMILL_GEN_EMBEDDED_H",
              "#define NEWSMILL_GEN_EMBEDDED_H", "", "#include <stddef.h>", "",
              "struct embedded {", "    const char *path, *type, *etag, *data;", "    size_t len;", "};",
              "extern const struct embedded embedded[];", "extern const size_t embedded_count;", ""]
    header += [f"extern const char sql_{path.stem}[];" for path in statements] + ["", "#endif", ""]
    body = ["/* Made by worker/dashboard/embed.py; not to be edited. */", '#include "dashboard/embedded.h"', ""]
    for path in statements:
        body += [f"const char sql_{path.stem}[] =", literal(path.read_bytes()) + ";"]
    body += ["", "const struct embedded embedded[] = {"]
    for name, path in assets(page, sys.argv[4:]):
        data = path.read_bytes()
        tag = hashlib.sha256(data).hexdigest()[:20]
        body += [f'    {{"{name}", "{TYPES[path.suffix]}", "\\"{tag}\\"",', literal(data) + f", {len(data)}}},"]
    body += ["};", "const size_t embedded_count = sizeof embedded / sizeof *embedded;", ""]
    (output / "embedded.h").write_text("\n".join(header))
    (output / "embedded.c").write_text("\n".join(body))


if __name__ == "__main__":
    main()
