"""Makes C of the .sql files: statements.h and statements.c in a folder of the build.

usage: embed.py OUTPUT STATEMENTS MIGRATIONS

STATEMENTS holds one statement a file; NAME.sql becomes STATEMENT_NAME. MIGRATIONS holds
NNNN_name.sql, numbered from 1 without a gap, and grants.sql, which is run after them.
"""
import pathlib
import re
import sys

HEADER = """/* Made by worker/storage/embed.py from the .sql files; not to be edited. */
#ifndef NEWSMILL_GEN_STATEMENTS_H
#define NEWSMILL_GEN_STATEMENTS_H

#include "worker/storage/migrate.h"
#include "worker/storage/pg.h"

enum {{
{names}
    STATEMENT_COUNT
}};
extern const struct pg_statement statements[STATEMENT_COUNT];

#define MIGRATION_COUNT {migrations}
extern const struct migration migrations[MIGRATION_COUNT];
/* Run after the migrations, every time. */
extern const char migration_grants[];

#endif
"""


def literal(text):
    """The text as adjacent C string literals, one a line."""
    def escape(line):
        return line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return "\n".join(f'     "{escape(line)}\\n"' for line in text.strip().split("\n"))


def read_migrations(folder):
    found = []
    for path in sorted(folder.glob("[0-9]*.sql")):
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
        if not match:
            sys.exit(f"{path}: name it NNNN_name.sql")
        found.append((int(match[1]), match[2], path.read_text(encoding="utf-8")))
    if [number for number, _, _ in found] != list(range(1, len(found) + 1)):
        sys.exit(f"{folder}: migrations must be numbered 0001, 0002, … without a gap")
    return found


def write(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    path.touch()


def main():
    output, statement_folder, migration_folder = map(pathlib.Path, sys.argv[1:])
    output.mkdir(parents=True, exist_ok=True)
    statements = [(path.stem, path.read_text(encoding="utf-8"))
                  for path in sorted(statement_folder.glob("*.sql"))]
    migrations = read_migrations(migration_folder)
    grants = (migration_folder / "grants.sql").read_text(encoding="utf-8")
    names = "\n".join(f"    STATEMENT_{name.upper()}," for name, _ in statements)
    write(output / "statements.h", HEADER.format(names=names, migrations=len(migrations)))
    body = ['/* Made by worker/storage/embed.py from the .sql files; not to be edited. */',
            '#include "storage/statements.h"', '',
            'const struct pg_statement statements[STATEMENT_COUNT] = {']
    for number, (name, text) in enumerate(statements):
        body += [f'    {{{number}, "{name}",', literal(text) + "},"]
    body += ["};", "", "const struct migration migrations[MIGRATION_COUNT] = {"]
    for number, name, text in migrations:
        body += [f'    {{{number}, "{name}",', literal(text) + "},"]
    body += ["};", "", "const char migration_grants[] =", literal(grants) + ";", ""]
    write(output / "statements.c", "\n".join(body))


if __name__ == "__main__":
    main()
