"""Made-up articles of about 5 KB: the same number gives the same article, no two are equal.

The sentences are our own; places are real so that analysis finds something.
"""
import random

PLACES = ["Tokyo", "Seoul", "Beijing", "Washington", "Moscow", "Paris", "Berlin", "Nairobi", "Lima",
          "Canberra", "Ottawa", "New Delhi", "Ankara", "Cairo", "Warsaw", "Madrid", "Jakarta", "Manila"]
COUNTRIES = ["Japan", "South Korea", "China", "the United States", "Russia", "France", "Germany",
             "Kenya", "Peru", "Australia", "Canada", "India", "Turkey", "Egypt", "Poland", "Spain"]
PEOPLE = ["the trade minister", "a spokeswoman for the port authority", "the union's chairman",
          "the head of the central bank", "a senior diplomat", "the mayor", "the harbour master",
          "an adviser to the government", "the director of the grid operator", "a retired judge"]
TOPICS = ["fisheries", "the rail link", "grain exports", "visa rules", "the shared reservoir",
          "undersea cables", "the border crossing", "steel tariffs", "vaccine supplies",
          "flood relief", "the pipeline", "air traffic rights"]
DEEDS = ["welcomed the proposal on", "rejected a plan for", "praised progress over",
         "warned of delays to", "criticised the new rules on", "promised help with",
         "opened talks about", "suspended the agreement on", "signed a memorandum on"]
REASONS = ["after weeks of patient negotiation", "despite doubts at home",
           "because storms had damaged the coast", "while markets stayed calm",
           "as prices rose for the fourth month", "although the budget is tight",
           "under pressure from angry farmers", "with support from neighbouring states"]
CLOSINGS = ["A decision is expected next week.", "No date was given.", "Both sides called it useful.",
            "Observers were less hopeful.", "The details remain secret.", "Work begins in spring.",
            "Residents said they had heard such words before.", "The opposition asked for a vote."]

BODY_BYTES = 5000


def _sentence(rng):
    shape = rng.randrange(4)
    if shape == 0:
        return (f"{rng.choice(PLACES)} {rng.choice(DEEDS)} {rng.choice(TOPICS)} {rng.choice(REASONS)}, "
                f"and {rng.choice(PLACES)} took note.")
    if shape == 1:
        return (f"In {rng.choice(PLACES)}, {rng.choice(PEOPLE)} {rng.choice(DEEDS)} "
                f"{rng.choice(TOPICS)}, and {rng.choice(PEOPLE)} agreed.")
    if shape == 2:
        return (f"Officials from {rng.choice(COUNTRIES)} and {rng.choice(COUNTRIES)} spent "
                f"{rng.randrange(2, 90)} hours on {rng.choice(TOPICS)} {rng.choice(REASONS)}.")
    return f"{rng.choice(CLOSINGS)} {rng.randrange(100, 9999)} people had signed a petition about {rng.choice(TOPICS)}."


def text(number, seed="newsmill", body_bytes=BODY_BYTES):
    """About body_bytes of paragraphs."""
    rng = random.Random(f"{seed}/{number}")
    paragraphs, size = [], 0
    while size < body_bytes:
        paragraph = " ".join(_sentence(rng) for _ in range(rng.randrange(2, 6)))
        paragraphs.append(paragraph)
        size += len(paragraph) + 2
    return "\n\n".join(paragraphs)


def article(number, seed="newsmill", body_bytes=BODY_BYTES):
    """The article as a map, ready for msgpack."""
    rng = random.Random(f"{seed}/title/{number}")
    return {
        "id": f"{seed}-{number}",
        "url": f"https://{rng.choice(['north', 'south', 'east', 'west'])}.example.org/{seed}/{number}",
        "title": f"{rng.choice(PLACES)} and {rng.choice(PLACES)} discuss {rng.choice(TOPICS)} ({number})",
        "published": 1_790_000_000_000 + number * 1000,
        "language": "en",
        "body": text(number, seed, body_bytes),
        "meta": {"number": number},
    }


def articles(count, seed="newsmill", body_bytes=BODY_BYTES, first=0):
    """`count` of them, one by one."""
    return (article(number, seed, body_bytes) for number in range(first, first + count))
