"""Forms of an English word by rule: what the tone lexicon leaves out because anybody could derive it."""
import re

VOWELS = "aeiou"
# Verbs whose forms no rule gives.
IRREGULAR = {
    "beat": "beats beating beaten", "bleed": "bleeds bleeding bled", "break": "breaks breaking broke broken",
    "build": "builds building built", "burn": "burns burning burned burnt", "burst": "bursts bursting",
    "buy": "buys buying bought", "catch": "catches catching caught", "choose": "chooses choosing chose chosen",
    "come": "comes coming came", "cut": "cuts cutting", "deal": "deals dealing dealt", "die": "dies dying died",
    "dig": "digs digging dug", "draw": "draws drawing drew drawn", "drive": "drives driving drove driven",
    "fall": "falls falling fell fallen", "fight": "fights fighting fought", "find": "finds finding found",
    "flee": "flees fleeing fled", "fly": "flies flying flew flown", "forbid": "forbids forbidding forbade forbidden",
    "forgive": "forgives forgiving forgave forgiven", "forget": "forgets forgetting forgot forgotten",
    "freeze": "freezes freezing froze frozen", "get": "gets getting got", "give": "gives giving gave given",
    "go": "goes going went gone", "grow": "grows growing grew grown", "hide": "hides hiding hid hidden",
    "hit": "hits hitting", "hold": "holds holding held", "hurt": "hurts hurting", "keep": "keeps keeping kept",
    "lead": "leads leading led", "leap": "leaps leaping leapt leaped", "leave": "leaves leaving left",
    "lie": "lies lying lied", "lose": "loses losing lost", "make": "makes making made", "meet": "meets meeting met",
    "mislead": "misleads misleading misled", "overcome": "overcomes overcoming overcame",
    "overthrow": "overthrows overthrowing overthrew overthrown", "pay": "pays paying paid", "put": "puts putting",
    "quit": "quits quitting", "rise": "rises rising rose risen", "run": "runs running ran", "seek": "seeks seeking sought",
    "sell": "sells selling sold", "send": "sends sending sent", "shoot": "shoots shooting shot", "shut": "shuts shutting",
    "shrink": "shrinks shrinking shrank shrunk", "sink": "sinks sinking sank sunk", "slay": "slays slaying slew slain",
    "speak": "speaks speaking spoke spoken", "spend": "spends spending spent", "spread": "spreads spreading",
    "stand": "stands standing stood", "steal": "steals stealing stole stolen", "stick": "sticks sticking stuck",
    "stink": "stinks stinking stank", "strike": "strikes striking struck", "swear": "swears swearing swore sworn",
    "take": "takes taking took taken", "teach": "teaches teaching taught", "tear": "tears tearing tore torn",
    "throw": "throws throwing threw thrown", "undermine": "undermines undermining undermined",
    "understand": "understands understanding understood", "uphold": "upholds upholding upheld",
    "weep": "weeps weeping wept", "win": "wins winning won", "withdraw": "withdraws withdrawing withdrew withdrawn",
    "withhold": "withholds withholding withheld", "withstand": "withstands withstanding withstood",
    "write": "writes writing wrote written", "bring": "brings bringing brought", "mourn": "mourns mourning mourned",
    "overrun": "overruns overran overrunning", "foresee": "foresees foresaw foreseen", "creep": "creeps creeping crept",
    "forsake": "forsakes forsaking forsook forsaken", "cling": "clings clinging clung", "sting": "stings stinging stung",
    "betray": "betrays betraying betrayed", "thrive": "thrives thriving thrived throve", "light": "lights lit lighting",
    "shine": "shines shining shone", "sweep": "sweeps sweeping swept", "win_over": "wins_over won_over winning_over",
}  # fmt: skip
# Verbs of two syllables and more whose last consonant is doubled.
DOUBLED = set("commit admit permit compel expel repel rebel excel regret omit submit forbid defer deter infer refer occur recur incur propel control patrol abet acquit allot equip outwit cancel quarrel marvel kidnap worship".split())  # fmt: skip


def with_s(word):
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"


def doubles(word):
    short = re.fullmatch(r"[^aeiou]*(qu)?[aeiou][bdgklmnprtvz]", word) is not None
    return short or word in DOUBLED


def with_ending(word, ending):
    """`ending` is ed or ing, er or est"""
    if ending == "ing" and word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and (ending != "ing" or not re.search(r"(ee|oe|ye)$", word)):
        return word[:-1] + ending
    if ending != "ing" and re.search(r"[^aeiou]y$", word):
        return word[:-1] + "i" + ending
    return word + (word[-1] if doubles(word) else "") + ending


def verb(word):
    if word in IRREGULAR:
        return IRREGULAR[word].split()
    head, _, tail = word.partition("_")
    if tail:
        return [form + "_" + tail for form in verb(head)]
    return [with_s(word), with_ending(word, "ed"), with_ending(word, "ing")]


def adverb(word):
    if word.endswith("ic"):
        return word + "ally"
    if re.search(r"[^aeiou]le$", word):
        return word[:-1] + "y"
    if word.endswith("ll"):
        return word + "y"
    if word.endswith("y") and len(word) > 3:
        return word[:-1] + "ily"
    return word + "ly"


def adjective(word):
    forms = [adverb(word)]
    if len(word) <= 5 or word.endswith("y"):
        forms += [with_ending(word, "er"), with_ending(word, "est")]
    if re.search(r"(ful|less|ous|ish|y|ed)$", word):
        forms.append(word[:-1] + "iness" if word.endswith("y") else word + "ness")
    return forms


def forms(word, kind):
    """pairs (form, True for the word itself); kind is verbs, nouns, adjectives or words"""
    yield word, True
    if kind == "verbs":
        more = verb(word)
    elif kind == "nouns":
        more = [with_s(word)]
    elif kind == "adjectives":
        more = adjective(word)
    elif kind == "words":
        more = []
    else:
        raise SystemExit(f"tone.txt: [{kind}] is not verbs, nouns, adjectives or words")
    for form in more:
        yield form, False
