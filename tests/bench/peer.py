#!/usr/bin/python3
"""What many have today: a Python worker around a message queue. Written plainly, for tests/bench/run to compare with.

    peer.py worker ENDPOINT DATABASE     reads articles in MessagePack from a PULL socket and stores what it finds
    peer.py push ENDPOINT ARTICLES FILE  sends them

Language (guess_language), tone (a dictionary of the words of data/tone.txt) and country names (Aho-Corasick over the names of
pycountry) of each; a row an article and a row a country, by execute_values, 200 articles a transaction. Nothing is acknowledged,
retried, bounded or told apart from its copies, and a worker that dies loses what it holds.
"""
import pathlib
import re
import signal
import sys

import msgpack
import zmq

BATCH = 200
TONE = pathlib.Path(__file__).resolve().parents[2] / "worker" / "analysis" / "data" / "tone.txt"
TABLES = """CREATE SCHEMA peer;
CREATE TABLE peer.articles (id text PRIMARY KEY, url text, title text, language text, tone real, text text, received timestamptz DEFAULT now());
CREATE TABLE peer.countries (article text, country text, start_offset int, end_offset int)"""


def tone_words():
    weights, weight = {}, 0.0
    for line in TONE.read_text().splitlines():
        section = re.match(r"\[.*?([+-][\d.]+)\]", line)
        if section:
            weight = float(section[1])
        elif line and line[0] not in "#[":
            weights.update((word.split("=")[0], weight) for word in line.split() if "_" not in word)
    return weights


def country_names():
    import ahocorasick
    import pycountry
    automaton = ahocorasick.Automaton()
    for country in pycountry.countries:
        for name in {country.name, getattr(country, "common_name", country.name)}:
            automaton.add_word(name, (country.alpha_2, len(name)))
    automaton.make_automaton()
    return automaton


class Analysis:
    def __init__(self):
        import guess_language
        self.language = guess_language.guess_language
        self.weights, self.countries = tone_words(), country_names()

    def __call__(self, article):
        text = article["body"]
        words = re.findall(r"\w+", text.lower())
        tone = 100 * sum(self.weights.get(word, 0.0) for word in words) / max(len(words), 1)
        found = [(code, end + 1 - length, end + 1) for end, (code, length) in self.countries.iter(text)]
        return (article["url"], article["url"], article.get("title"), self.language(text), tone, text), found


def worker(endpoint, database):
    import psycopg2
    from psycopg2.extras import execute_values
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
    socket = zmq.Context.instance().socket(zmq.PULL)
    socket.bind(endpoint)
    analysis, articles, countries = Analysis(), [], []
    print("ready", flush=True)

    def flush():
        with connection, connection.cursor() as cursor:
            execute_values(cursor, "INSERT INTO peer.articles (id, url, title, language, tone, text) VALUES %s ON CONFLICT DO NOTHING",
                           articles, page_size=BATCH)
            if countries:
                execute_values(cursor, "INSERT INTO peer.countries VALUES %s", countries, page_size=1000)
        articles.clear()
        countries.clear()

    while True:
        if socket.poll(20):
            row, found = analysis(msgpack.unpackb(socket.recv()))
            articles.append(row)
            countries.extend((row[0], *place) for place in found)
        if articles and (len(articles) >= BATCH or not socket.poll(0)):
            flush()


def push(endpoint, count, path):
    unpacker = msgpack.Unpacker(open(path, "rb"))
    templates = list(unpacker)
    socket = zmq.Context.instance().socket(zmq.PUSH)
    socket.connect(endpoint)
    for number in range(count):
        article = dict(templates[number % len(templates)], url=f"https://bench.example/peer/{number}")
        socket.send(msgpack.packb(article))
    socket.close(linger=-1)
    zmq.Context.instance().term()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if sys.argv[1:2] == ["worker"]:
        worker(*sys.argv[2:4])
    else:
        push(sys.argv[2], int(sys.argv[3]), sys.argv[4])
