"""Small articles by number: cheap to make twice, so that a judge can make again what a producer sent."""
import msgpack

PLACES = ["Tokyo", "Seoul", "Nairobi", "Lima", "Ottawa", "Warsaw", "Madrid", "Jakarta", "Cairo", "Berlin"]
DEEDS = ["welcomed the plan for", "rejected the plan for", "opened talks about", "warned of delays to",
         "promised help with", "signed an agreement on", "criticised the rules on"]
TOPICS = ["fisheries", "the rail link", "grain exports", "visa rules", "the reservoir", "undersea cables",
          "the border crossing", "flood relief", "vaccine supplies", "air traffic rights", "steel tariffs"]
ENDS = ["A decision is expected next week.", "No date was given.", "Both sides called it useful.",
        "Residents had heard such words before.", "The details remain secret."]

REVISED = 50  # each article of that number in a row is new content at the URL of the one before


def ident(seed, number):
    return f"f{seed}-{number}"


def number_of(name, seed):
    """The number of an id that ident() made for this seed; None for others."""
    head, _, tail = (name or "").rpartition("-")
    return int(tail) if head == f"f{seed}" and tail.isdigit() else None


def body(number):
    """One to four sentences, of which the first names the number."""
    parts = [f"{PLACES[number % 10]} {DEEDS[number % 7]} {TOPICS[number % 11]} on the {number}th day of the talks."]
    for turn in range(number // 7 % 4):
        at = number // 3 + turn * 5
        parts.append(f"In {PLACES[at % 10]}, officials {DEEDS[at % 7]} {TOPICS[at % 11]}. {ENDS[at % 5]}")
    return "\n\n".join(parts)


def article(seed, number):
    page = number - 1 if number % REVISED == 0 else number
    return {"id": ident(seed, number), "url": f"https://www.example.org/{seed}/{page}",
            "title": f"{PLACES[number % 10]} and {TOPICS[number % 11]} ({number})", "language": "en",
            "published": 1_790_000_000_000 + number, "body": body(number), "meta": {"number": number}}


def frame(seed, number):
    """The bytes that a producer sends."""
    return msgpack.packb(article(seed, number), use_bin_type=True)
