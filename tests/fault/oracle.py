"""The judge: every acknowledgement is an obligation, and each one is looked up."""
import pathlib

import journal_reader
import small
from support import postgres
from support import waiting as patience

VIEW_DEADLINE_S = 30
SHOWN = 5  # examples of each kind of fault that a verdict names


class Verdict:
    """Counts what is wrong, by kind, with examples."""

    def __init__(self):
        self.counts, self.examples = {}, {}

    def wrong(self, kind, example):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= SHOWN:
            self.examples.setdefault(kind, []).append(str(example))

    @property
    def good(self):
        return not self.counts

    def __str__(self):
        return "\n".join(f"{kind}: {count}, as {'; '.join(self.examples[kind])}"
                         for kind, count in self.counts.items()) or "nothing is wrong"


def acknowledgements(paths):
    """({number: the article's UUID} of all that were acknowledged, {number: code} of the refused). Whoever
    wrote the file may have died in the middle of its last line."""
    taken, refused = {}, {}
    for path in map(pathlib.Path, paths):
        for line in path.read_text().splitlines(keepends=True) if path.exists() else []:
            words = line.split()
            if not line.endswith("\n"):
                continue
            if len(words) == 3:
                taken[int(words[0])] = words[1]
            else:
                refused[int(words[0])] = words[1]
    return taken, refused


def stored(uri, sql):
    """All rows, streamed: there may be many."""
    connection = postgres.psycopg2.connect(uri)
    with connection, connection.cursor("judge") as cursor:
        cursor.itersize = 5000
        cursor.execute(sql)
        yield from cursor
    connection.close()


class Judge:
    """`alone`: nobody else pushes into this database."""

    def __init__(self, uri, seed, paths, alone=True):
        self.uri, self.seed, self.alone = uri, seed, alone
        self.taken, self.refused = acknowledgements(paths)
        self.verdict = Verdict()
        self.rows, self.dead = {}, {}  # number -> how often

    def read_rows(self):
        """Each row is one that was sent, byte for byte, with its text."""
        wrong = self.verdict.wrong
        for ident, article, text, original in stored(
                self.uri, "SELECT id, article::text, text, original FROM newsmill_data.articles"):
            number = small.number_of(ident, self.seed)
            if number is None:
                if self.alone:
                    wrong("rows that nobody sent", ident)
                continue
            self.rows[number] = self.rows.get(number, 0) + 1
            if bytes(original) != small.frame(self.seed, number):
                wrong("rows with other bytes than were sent", ident)
            if text != small.body(number):
                wrong("rows with another text", ident)
            if self.taken.get(number, article) != article:
                wrong("rows under another UUID than was acknowledged", ident)

    def read_dead(self):
        for ident, original, code in stored(self.uri, "SELECT id, original, code FROM newsmill_data.dead"):
            number = small.number_of(ident, self.seed)
            if number is None:
                self.verdict.wrong("dead letters that nobody sent", f"{ident} {code}")
                continue
            self.dead[number] = self.dead.get(number, 0) + 1
            if bytes(original) != small.frame(self.seed, number):
                self.verdict.wrong("dead letters with other bytes than were sent", ident)

    def read_facts(self):
        """Facts belong to a row, and none is there twice."""
        lone = postgres.value(self.uri, """
            SELECT count(*) FROM newsmill_data.names n
            WHERE NOT EXISTS (SELECT FROM newsmill_data.articles a WHERE a.key = n.article_key)""")
        if lone:
            self.verdict.wrong("facts without their article", lone)
        twice = postgres.rows(self.uri, """
            SELECT article_key, start_offset, end_offset, count(*) FROM newsmill_data.names
            GROUP BY 1, 2, 3, name HAVING count(*) > 1 LIMIT 5""")
        for row in twice:
            self.verdict.wrong("facts that are there twice", row)

    def places(self, number, journal):
        """Where the article is."""
        return (self.rows.get(number, 0), self.dead.get(number, 0), int(number in journal))

    def judge(self, journal=frozenset()):
        """Every acknowledged article is in one place. `journal`: numbers that are not done there; what is
        stored may be there too, its end not yet written down."""
        self.read_rows()
        self.read_dead()
        self.read_facts()
        for number in self.taken:
            rows, dead, waiting = self.places(number, journal)
            name = small.ident(self.seed, number)
            if rows + dead + waiting == 0:
                self.verdict.wrong("acknowledged and not stored", name)
            if rows > 1 or dead > 1:
                self.verdict.wrong("stored twice", name)
            if rows and dead:
                self.verdict.wrong("stored and dead", name)
        for number, count in self.rows.items():
            if count > 1 and number not in self.taken:
                self.verdict.wrong("stored twice", small.ident(self.seed, number))
        return self.verdict

    def balance(self, books):
        """Nothing is in flight: the books must agree with the tables."""
        rows = sum(self.rows.values())
        dead = sum(self.dead.values())
        if books["accepted"] != books["stored"] + books["duplicate"] + books["dead"] + books["in_flight"]:
            self.verdict.wrong("books that do not balance", books)
        if (books["stored"], books["dead"], books["in_flight"]) != (rows, dead, 0):
            self.verdict.wrong("books that do not agree with the tables", f"{books}, {rows} rows, {dead} dead")
        said = tuple(books[key] for key in ("accepted", "stored", "duplicate", "dead", "in_flight"))
        try:  # ingest hands its books to storage once a second
            patience.wait_for(lambda: self.pipeline() == [said], VIEW_DEADLINE_S, "the pipeline view")
        except AssertionError:
            self.verdict.wrong("a pipeline view that says otherwise", f"{self.pipeline()} and {said}")

    def pipeline(self):
        return postgres.rows(self.uri, "SELECT accepted, stored, duplicate, dead, in_flight FROM newsmill.pipeline")


def waiting(folders, seed):
    """The numbers that journals hold and that are not done."""
    return {small.number_of(ident, seed) for folder in folders for ident in journal_reader.live_ids(folder)}
