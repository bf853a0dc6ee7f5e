#!/usr/bin/python3
"""Makes training text for the name labeller from own_sentences.txt: make_text.py SEED DOCUMENTS > documents

The slots are filled by chance with names made here from Debian's packages (given names and surnames, cities, regions, WordNet), from
data/known_names.txt and from the word lists below, all written by us. The output is that of label_ewt.py.
"""
import os, random, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "data"))
sys.path.insert(0, HERE)
from label_ewt import line_of  # noqa: E402
from lists import read_names  # noqa: E402
from sources import cities, given_and_surnames, regions, wordnet  # noqa: E402

LATIN = re.compile(r"[A-ZÀ-Ž][a-zà-ÿāăąćčďđēęěğįıłńňőœřśşšţťūůűźżž'’]+(-[A-ZÀ-Ž][a-zà-ÿ]+)?")
NUMBERS = "two three four five six seven eight nine ten eleven twelve 13 15 18 20 25 40".split()
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def words(text):
    return [part.strip() for part in text.split("|")] if "|" in text else text.split()


ANIMALS = words(
    "Tigers Lions Bears Eagles Hawks Falcons Wolves Panthers Bulldogs Wildcats Cougars Rams Bulls Broncos Mustangs Colts Huskies Owls "
    "Sharks Dolphins Rockets Comets Stars Giants Knights Warriors Pirates Rangers Royals Senators Chiefs Braves Spartans Trojans Vikings "
    "Raiders Rebels Pioneers Miners Bombers Blazers Flames Thunder Storm Heat Jets Flyers Blues Reds Saints Devils Cardinals Robins "
    "Hornets Wasps Bees Cubs Gulls Ducks Penguins Bison Buffaloes Gophers Beavers Badgers Wolverines Hoosiers Aces Kings Monarchs Barons"
)
THINGS = words(
    "River Moon Star Fire Stone Glass Paper Silver Golden Black White Red Blue Green Broken Silent Electric Velvet Iron Steel Wooden Lost "
    "Hidden Secret Falling Burning Frozen Hollow Crooked Sleeping Dancing Flying Running Sweet Bitter Wild Quiet Distant Northern Endless"
)
NOUNS = words(
    "Heart Garden Horse Mirror House Train Road Bridge City Night Morning Winter Summer Machine Engine Animal Bird Fox Wolf Dream Shadow "
    "Ghost Angel Soldier Sailor Stranger Children Daughters Brothers Sisters Letters Flowers Trees Hills Windows Doors Clocks Radio Cars "
    "Pilots Monkeys Saints Thieves Preachers Lovers Drums Bells Waves Clouds Ashes Bones Roses Thorns Crowns Swords Arrows Keys Maps"
)
BRANDS = words("Al Ax Bel Cor Dan Dex Ed El Fin Gal Hal In Ker Lan Lu Max Mid Neo Nor Om Or Pan Pro Quan Ray Sol Syn Tel Ter Tri Uni Ver Vi Zen")
ENDINGS = words("acom adyne agen alis antra aris atek axis dyne ela eon era exa fix flow gen ica ion ium lux matic mark media nix nova ora pharm polis soft sys tech tek tor tron vance via vox xon")
SUFFIXES = words("Inc. | Inc | Corp. | Corp | Corporation | Ltd | Ltd. | Limited | Co. | Company | LLC | plc | AG | GmbH | S.A. | Group | Holdings | & Co. | & Sons | Industries | International | Enterprises | Partners")
TRADES = words(
    "Systems | Software | Technologies | Networks | Communications | Energy | Power | Gas | Oil | Petroleum | Chemicals | Steel | Mining | Foods | Brewing Company | "
    "Motors | Motor Company | Aircraft | Aviation | Electronics | Instruments | Pharmaceuticals | Laboratories | Insurance | Financial | Capital | Securities | Realty | "
    "Properties | Construction | Engineering | Textiles | Furniture | Toys | Games | Guitars | Bicycles | Shipping | Logistics | Trucking | Lumber | Paper | Rubber | Glass"
)


EAST_ASIAN = words("Kim Park Lee Chen Wang Zhang Liu Nguyen Tran Zhao")
VOWELS = tuple("AEIOUaeiou")
NEAR = ("US", "GB", "CA", "AU", "FR", "DE", "IE", "NZ")  # where most towns of English news are


class Maker:
    """one document's names: the same slot gives the same name"""

    def __init__(self, seed):
        self.random = random.Random(seed)
        given, surnames = given_and_surnames()
        self.given = sorted(n for n in given if LATIN.fullmatch(n) and len(n) > 2)
        self.surnames = sorted(n for n in surnames if LATIN.fullmatch(n) and len(n) > 2)
        near = [sorted(n for n in names if LATIN.fullmatch(n) and len(n) > 2) for names in given_and_surnames(locales="en_[UGCA]*")]
        self.near_given, self.near_surnames = near
        towns = {c.name for c in cities() if re.fullmatch(r"[A-ZÀ-Ž][\w'’]+([ -][A-ZÀ-Ž][\w'’]+)*", c.name)}
        self.towns = sorted(towns)
        self.near_towns = sorted({c.name for c in cities() if c.country in NEAR} & towns)
        self.near_regions = sorted(regions(countries=("US", "CA", "AU", "GB", "DE", "IN")))
        self.cities = sorted({c.name for c in cities() if c.population > 400000 and c.name in towns})
        self.regions = sorted(regions())
        self.known = read_names("known_names.txt")
        self.features = {}
        for lexicographer, synset, pointers, gloss in wordnet("noun"):
            if lexicographer in (15, 17) and any(s == "@i" for s, _ in pointers):
                for kind in ("river", "lake", "mountain", "island", "sea"):
                    if re.search(rf"\b{kind}\b", gloss.split(";")[0]):
                        self.features.setdefault(kind, []).extend(n for n in synset[:2] if n[0].isupper())
        self.demonyms, self.plurals, self.countries = read_countries()
        self.slots = {}

    # ---- parts ----
    def one(self, items):
        return items[int(self.random.random() * len(items))]

    def chance(self, share):
        return self.random.random() < share

    def family(self):
        name = self.one(self.near_surnames if self.chance(0.55) else self.surnames)
        if self.chance(0.05):
            name = self.one(["van ", "de ", "von ", "Van ", "De ", "al-", "El ", "Mac", "O'", "St. ", "Di ", "da ", "Al-", "bin "]) + name
        return name

    def first(self):
        return self.one(self.near_given if self.chance(0.65) else self.given)

    def new_person(self):
        if self.chance(0.08):
            return self.one(self.known["person"])
        first, last, draw = self.first(), self.family(), self.random.random()
        letter = lambda: chr(65 + int(self.random.random() * 26))  # noqa: E731
        if draw < 0.1:
            return f"{first} {letter()}. {last}"
        if draw < 0.15:
            return f"{letter()}. {letter()}. {last}" if self.chance(0.7) else f"{letter()}.{letter()}. {last}"
        if draw < 0.18:
            return f"{letter()}. {last}"
        if draw < 0.21:
            return f'{first} "{self.one(NOUNS)}" {last}' if self.chance(0.5) else f"{first} '{self.first()}' {last}"
        if draw < 0.25:
            return f"{first} {self.first()} {last}"
        if draw < 0.28:
            return f"{first} {last}{self.one([', Jr.', ' Jr.', ' Jr', ' III', ' II', ' Sr.'])}"
        if draw < 0.31:
            return f"{first} {last}-{self.one(self.surnames)}"
        if draw < 0.34:
            joint = self.one(["-", " ", ""])
            parts = self.one(["Jong", "Min", "Xiao", "Wei", "Yong", "Van", "Sung", "Zhi", "Hai", "Duc"]), self.one(["su", "ho", "ping", "ming", "il", "jin", "wu"])
            return f"{self.one(EAST_ASIAN)} {parts[0]}{joint}{parts[1].capitalize() if joint == ' ' else parts[1]}"
        return f"{first} {last}"

    def brand(self):
        return self.one(BRANDS) + self.one(ENDINGS)

    def adjective_noun(self):
        return f"{self.one(THINGS)} {self.one(NOUNS)}"

    def title(self):
        return self.one(
            [
                lambda: self.adjective_noun(),
                lambda: f"The {self.adjective_noun()}",
                lambda: f"{self.one(NOUNS)} of the {self.one(NOUNS)}",
                lambda: f"The {self.one(NOUNS)} and the {self.one(NOUNS)}",
                lambda: f"{self.one(NOUNS)} in {self.one(self.cities)}",
                lambda: f"A {self.one(NOUNS)} for {self.first()}",
                lambda: self.one(NOUNS),
                lambda: f"{self.one(['Leaving', 'Waiting for', 'Goodbye', 'Return to', 'Songs from', 'Letters to'])} {self.one([self.one(self.towns), 'the ' + self.one(NOUNS)])}",
            ]
        )()

    def town(self):
        draw = self.random.random()
        if draw < 0.2:
            return self.one(self.surnames) + self.one(["ton", "ville", "burg", "field", " Hill", " Mills", " Falls", " Springs", " Green", "ham", "by", "wick", " Creek", "au", "ovo", "abad", "pur"])
        if draw < 0.26:
            return self.one(["St. ", "Saint-", "San ", "Santa ", "Port ", "Fort ", "New ", "North ", "West ", "East ", "Little ", "Great ", "Upper ", "Al-", "Tal ", "El ", "La "]) + self.one(self.surnames + self.towns)
        return self.one(self.near_towns if self.chance(0.6) else self.towns)

    def acronym(self, sizes=(3, 3, 3, 4, 4, 5)):
        return "".join(self.one("ABCDEFGHIKLMNOPRSTUW") for _ in range(self.one(sizes)))

    # ---- kinds; each gives a name, or a name and how it is called later ----
    def organization(self, *forms):
        form = self.one(forms)
        return re.sub(r"(?<=[a-z])ss(?= |$)", "s", name) if (name := re.sub(r"<(\w+)>", lambda m: getattr(self, m[1])(), form)) and "<noun>s" in form else name

    def place(self):
        return self.one([self.town, self.state, lambda: self.one(self.countries)])()

    def people(self):
        return self.one(self.demonyms)

    def noun(self):
        return self.one(NOUNS)

    def thing(self):
        return self.one(THINGS)

    def trade(self):
        return self.one(TRADES)

    def suffix(self):
        return self.one(SUFFIXES)

    def animals(self):
        return self.one(ANIMALS)

    def state(self):
        return self.one(self.near_regions if self.chance(0.75) else self.regions)

    def subject(self):
        return self.one(words("Agriculture | Health | Defence | Defense | Education | Energy | Finance | Foreign Affairs | Justice | Labour | Labor | Trade | Transport | Tourism | Culture | "
                              "the Interior | Information | Science | Public Works | Fisheries | Mines | Environment | Human Rights | Nuclear Safety | Water | Statistics | Aviation | Immigration"))  # fmt: skip

    def cause(self):
        return self.one(words("Liberation | Democratic | Socialist | Communist | Islamic | National | Revolutionary | People's | Workers' | Progressive | Patriotic | Republican | Liberal | Christian | Green | United | Radical | Justice | Freedom | Unity"))

    def known_or(self, section, share, *forms):
        return self.one(self.known[section]) if self.chance(share) else self.organization(*forms)

    def company(self):
        return self.known_or("company", 0.35, "<family> <suffix>", "<family> <trade>", "<brand>", "<brand> <suffix>", "<brand> <trade>", "<family> & <family>", "<family> Brothers",
                             "<family>, <family> & <family>", "<town> <trade>", "<people> <trade>", "<thing> <noun> <trade>", "<acronym>", "<brand> <trade> <suffix>", "<family>'s", "<first> <family>",
                             "<brand>, Inc.", "National <trade>", "General <trade>", "<family> <trade> <suffix>", "<family>-<family>", "<noun> <trade>", "<brand>")  # fmt: skip

    def store(self):
        return self.known_or("company", 0.2, "<family>'s", "<family>", "<family> & <family>", "<family> Brothers", "<brand>", "<town> Mall", "<noun> Mart", "<first>'s", "<family> Fair", "<town> Town Center")

    def shop(self):
        return self.organization("<first>'s", "<family>'s", "<first>'s <trade>", "<town> Dental", "<family> Auto Repair", "<noun> Cafe", "<town> Tire", "<family> Insurance", "<thing> <noun> Grill", "The <thing> <noun>",
                                 "<town> Animal Hospital", "<family> Plumbing", "<family> & Sons", "<brand>", "<town> Pizza", "<family> Chiropractic", "<town> Cleaners", "Cafe <first>", "<family> Florist", "<noun> Salon")  # fmt: skip

    def bank(self):
        return self.organization("Bank of <place>", "<town> Bank", "<family> Bank", "First National Bank of <town>", "<people> National Bank", "<family> Capital", "<family> Securities", "Banco <family>", "<family> Savings", "<family> Financial Group", "<family> Brothers", "<town> Savings & Loan", "<family> <family>")

    def airline(self):
        return self.organization("<people> Airlines", "Air <place>", "<town> Airways", "<brand> Air", "<people> Airways", "<thing>Jet", "<brand> Airlines")

    def band(self):
        return self.known_or("band", 0.2, "The <noun>s", "<thing> <noun>", "The <thing> <noun>s", "<noun>", "<family>", "<first> and the <noun>s", "The <family> Band", "<noun> of <noun>", "<thing> <noun>s", "<town>", "<town> <noun> Orchestra",
                             "<number> <noun>s", "The <first> <family> Quartet", "<first> <family> Trio", "<brand>", "<noun> and the <noun>", "DJ <first>", "The <family> Brothers")  # fmt: skip

    def number(self):
        return self.one("Seven Three Nine Ten Twenty Hundred 4 11 99 Third".split())

    def label(self):
        return self.known_or("media", 0.1, "<noun> Records", "<thing> <noun> Records", "<family> Records", "<brand> Records", "<town> Records", "<noun>house", "<brand> Music", "<brand>", "<thing> Noise")

    def team(self):
        return self.known_or("team", 0.3, "<town> United", "<town> City", "<town> Town", "<town> Rovers", "<town> Wanderers", "<town> FC", "FC <town>", "<town> Athletic", "Sporting <town>", "Dynamo <town>", "Real <town>", "<town>", "SC <town>", "<town> Albion",
                             "AS <town>", "<town> County", "Racing <town>", "<town> Rangers", "<town> Harriers", "1. FC <town>", "<town> <animals>", "<town> RFC", "<town> Cricket Club", "CD <town>", "SV <town>", "Lokomotiv <town>", "Union <town>")  # fmt: skip

    def usteam(self):
        return self.known_or("team", 0.25, "<town> <animals>", "<town> <animals>", "<state> <animals>", "<town> <thing> <animals>", "<town> <noun>s")

    def nickteam(self):
        return self.one(ANIMALS)

    def ucity(self):
        return self.one(self.cities if self.chance(0.6) else self.towns)

    def carteam(self):
        return self.organization("<family>", "<family> Racing", "Team <family>", "<brand>", "<family> Motorsport", "<family>-<brand>", "<brand> Racing", "Scuderia <family>")

    def league(self):
        return self.organization("<state> League", "<people> League", "National League", "<thing> Valley League", "<people> Football League", "<state> Conference", "<people> Premier Division", "<town> and District League", "Northern Premier League",
                                 "<people> Hockey League", "<people> Super League", "Division One", "Major League Baseball", "National Football League", "<acronym>", "Mid-<state> Conference", "<state>-<state> League", "Premier League", "NBA", "NFL", "NHL")  # fmt: skip

    def seriesx(self):
        return self.organization("Formula One", "Formula Three", "Formula Two", "Formula Renault", "NASCAR", "<acronym>", "<people> Formula Three", "Indy Racing League", "GP2")

    def university(self):
        return self.known_or("school", 0.2, "University of <place>", "<town> University", "<state> University", "<state> State University", "University of <state>", "<family> University", "<town> College", "<family> College", "<town> Institute of Technology",
                             "University of <town>-<town>", "<town> State", "Technical University of <town>", "<state> State", "<town> Polytechnic", "<people> University", "University College <town>", "Université de <town>")  # fmt: skip

    def school(self):
        return self.organization("<town> High School", "<family> High School", "St. <first>'s School", "<town> Grammar School", "<family> Academy", "<town> Conservatory", "Royal Academy of Music", "<family> School of Law", "<town> Art School", "<town> School of Music",
                                 "<family> Elementary School", "St. <first> High School", "Our Lady of <town> Academy", "<family> Memorial High School", "<town> Seminary", "Royal <town> College of Art")  # fmt: skip

    def department(self):
        return self.organization("Department of <subject>", "School of <subject>", "Faculty of <subject>", "<family> School of Business", "Institute of <subject>", "Center for <people> Studies")

    def lib(self):
        return self.organization("<family> Library", "<town> Public Library", "<family> Library")

    def agency(self):
        return self.known_or("agency", 0.45, "National <subject> Agency", "<people> <subject> Authority", "Office of <subject>", "Bureau of <subject>", "<state> Department of <subject>", "<acronym>", "Federal <subject> Commission", "<subject> Board", "<acronym>",
                             "<state> <subject> Commission", "National Institute of <subject>", "<people> <subject> Agency", "Department of <subject>", "<subject> Department", "<acronym>", "<place> Port Authority")  # fmt: skip

    def agency0(self):
        return self.one(words("Reuters | AP | AFP | Associated Press | Xinhua | Interfax | UPI | dpa | Bloomberg | Kyodo News"))

    def ministry(self):
        return self.organization("Ministry of <subject>", "<people> Ministry of <subject>", "<subject> Ministry", "<people> <subject> Ministry", "Foreign Ministry", "Department of <subject>", "Foreign Office", "Defence Ministry")

    def committee(self):
        return self.organization("Committee on <subject>", "<subject> Committee", "Senate <subject> Committee", "House <subject> Committee", "Judiciary Committee", "Ways and Means Committee", "<family> Commission")

    def parliament(self):
        return self.organization("Legislative Assembly", "Chamber of Deputies", "National Assembly", "<people> Parliament", "<people> Senate", "House of Commons", "<state> House of Representatives", "Parliament of <place>", "<state> Senate", "<state> Legislature",
                                 "House of Assembly", "Parliament", "Supreme Soviet", "Federal Diet")  # fmt: skip

    def chamber(self):
        return self.one(["Senate", "House", "House of Representatives", "U.S. Senate"])

    def whitehouse(self):
        return self.one(["White House", "Pentagon", "Justice Department", "State Department", "CIA", "Treasury"])

    def court(self):
        return self.organization("Supreme Court", "High Court", "<people> Supreme Court", "<state> Supreme Court", "Court of Appeal", "<town> District Court", "Constitutional Court", "<town> Crown Court", "U.S. Court of Appeals", "Federal Court of <place>", "<state> Court of Appeals")

    def council(self):
        return self.organization("<town> City Council", "City of <town>", "<town> Borough Council", "<state> County Council", "<town> Historical Society", "<town> Development Corporation", "National Trust")

    def police(self):
        return self.organization("<town> Police Department", "<town> Police", "<state> Police", "<people> National Police", "<state> Highway Patrol", "<state> State Police", "<town> County Sheriff's Office", "Metropolitan Police", "FBI")

    def party(self):
        return self.known_or("party", 0.4, "<people> <cause> Party", "<cause> Party", "<cause> Party of <place>", "Party of <cause> <noun>s", "<cause> Union", "<cause> Alliance", "<acronym>", "<cause> Front", "<people> National Congress", "<cause> Movement", "Union for <place>")

    def militia(self):
        return self.known_or("party", 0.4, "<cause> Front", "<place> Liberation Army", "<people> <cause> Front", "Army of <place>", "Jaish al-<family>", "Ansar al-<family>", "<cause> Army of <place>", "<place> Liberation Front", "<acronym>", "<family> Brigade", "Harakat <family>",
                             "<first> Brigades", "<people> National Army", "Movement for <cause> <place>", "Front for the Liberation of <place>", "Lashkar-e-<family>", "Katibat <family>", "Al-<family> Brigades", "<thing> <noun> Army")  # fmt: skip

    def org(self):
        return self.one(words("United Nations | UN | U.N. | European Union | EU | NATO | African Union | Arab League | Security Council | OSCE | U.N. Security Council | International Atomic Energy Agency | IAEA | World Bank | IMF | OPEC | G7 | ASEAN | UNHCR | Council of Europe | WTO"))

    def ngo(self):
        return self.organization("<family> Foundation", "Friends of the <noun>", "<people> Red Cross", "<place> Watch", "<people> Council of Churches", "Center for <subject>", "<family> Trust", "Save the <noun>s", "<acronym>", "<people> Medical Association", "Association of <place> Farmers",
                                 "Institute for <subject> Policy", "Campaign for <cause> <noun>s", "<people> Civil Liberties Union", "Committee to Protect <noun>s", "Society for the Study of <subject>", "<people> Red Crescent", "Mothers Against <noun>s")  # fmt: skip

    def union(self):
        return self.organization("<people> Federation of Labor", "United <noun> Workers", "<trade> Workers Union", "National Union of <noun>workers", "<acronym>", "Teamsters", "<people> Teachers' Union", "Brotherhood of <noun> Men")

    def unit(self):
        n = str(1 + int(self.random.random() * 180))
        n += "th" if n[-2:] in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(n[-1], "th")
        return self.organization(n + " <arm>", n + " <arm>", n + " <people> <arm>", n + " <state> <arm>", "<people> <arm>", "<family>'s <arm>", "Army of <place>", "<town> <arm>", "Task Force <noun>", "<people> Republican Guard", "Joint Operations Command", "<place> Command")

    def arm(self):
        return self.one(words("Infantry Division | Air Division | Fighter Squadron | Bomb Wing | Armored Brigade | Regiment | Cavalry | Infantry | Brigade | Artillery | Engineer Battalion | Air Wing | Airborne Division | Marine Regiment | Fleet | Army | Division | Air Force | Guards | Rifles | Fusiliers"))

    def force(self):
        return self.organization("<people> Army", "United States Air Force", "<people> Navy", "Royal <people> Air Force", "Union Army", "United States Army Air Forces", "<people> Air Force", "Continental Army", "Imperial <people> Army", "Royal Navy", "Strategic Air Command")

    def newspaper(self):
        return self.known_or("media", 0.35, "<town> Times", "<town> Herald", "<town> Gazette", "<town> Post", "Daily <noun>", "<town> Tribune", "<state> Star", "<people> Times", "<town> Daily News", "<town> Chronicle", "Al-<family>", "<noun> Daily", "Evening <noun>", "<place> Observer")

    def magazine(self):
        return self.known_or("media", 0.25, "<noun>", "<thing> <noun>", "<noun> Magazine", "<noun> Weekly", "<brand>", "<people> Review", "<subject> Today", "<noun>!", "The <noun>", "<town> Quarterly")

    def tv(self):
        return self.known_or("media", 0.35, "<people> Television", "<brand> TV", "<acronym>", "Channel 9", "<town> News", "TV<acronym>", "Radio <place>", "<people> Broadcasting Corporation", "<acronym> News", "Al-<family>")

    def station(self):
        return self.one("WK") + "".join(self.one("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(3)) + self.one(["", "", "-FM", "-TV", "-AM"])

    def network(self):
        return self.one(words("ABC | CBS | NBC | Fox | Fox Sports Radio | NPR | ABC Radio | Citadel Broadcasting | Salem Communications | Premiere Radio Networks | CBC | Mutual Broadcasting System"))

    def publisher(self):
        return self.organization("<family> & <family>", "<family> Press", "<town> University Press", "<noun> Books", "<family>", "<family> Verlag", "<noun> House", "<family> and Sons", "<brand> Publishing", "Éditions <family>")

    def studio(self):
        return self.organization("<family> Pictures", "<noun> Films", "<brand> Studios", "<town> Film Company", "Universal Pictures", "<brand> Entertainment", "<family> Productions", "<thing> <noun> Films")

    def academy(self):
        return self.organization("<people> Academy of Sciences", "Royal Society", "Royal <people> Academy", "National Academy of Sciences", "Royal Society of <place>", "<people> Academy of Arts", "<subject> Society", "<people> Geographical Society")

    def institute(self):
        return self.organization("<family> Institute", "<people> Institute of <subject>", "Institute for <people> Studies", "<family> Center", "<people> Museum of Natural History", "Max Planck Institute for <subject>", "<town> Observatory", "<family> Laboratory", "Center for <subject> Research", "<people> Enterprise Institute")

    def hospital(self):
        return self.organization("<town> Hospital", "St. <first>'s Hospital", "<family> Memorial Hospital", "<town> General Hospital", "<town> Medical Center", "<family> Clinic", "University Hospital <town>")

    def museum(self):
        return self.organization("<town> Museum", "<family> Museum", "<town> Museum of Art", "National Museum of <place>", "<family> Gallery", "<town> Science Museum", "<people> National Gallery")

    def church(self):
        return self.organization("<people> Orthodox Church", "Church of <place>", "Diocese of <town>", "Archdiocese of <town>", "United <noun> Church", "<people> Evangelical Church", "<people> Catholic Church", "Order of <first>", "Episcopal Church", "Anglican Church of <place>", "Society of Jesus", "First Baptist Church")

    def railway(self):
        return self.organization("<town> and <town> Railroad", "<state> Railway", "<town>, <town> and <town> Railroad", "<people> Railways", "Great <thing> Railway", "<town> Valley Railroad", "<state> Central Railroad", "<people> National Railways", "<town> Transit Authority", "<town> & <town> Railway")

    def lawfirm(self):
        return self.organization("<family> & <family>", "<family>, <family> & <family>", "<family> <family> LLP", "<family> Chambers")

    def exchange(self):
        return self.one(words("NYSE | NASDAQ | Nasdaq | New York Stock Exchange | London Stock Exchange | Tokyo Stock Exchange | LSE | Euronext | Frankfurt Stock Exchange"))

    def prison(self):
        return self.organization("<town> Prison", "<town> State Prison", "<town> County Jail", "<family> Correctional Facility", "HM Prison <town>", "Camp <noun>")

    # places
    def country(self):
        return self.one(self.countries)

    def region(self):
        return self.state() if self.chance(0.5) else self.one(self.known["place"]) if self.chance(0.4) else self.organization("<town> Province", "<town> Governorate", "<thing> Valley", "Northern <place>", "Western <place>", "Upper <town>", "<town> Peninsula", "Central <place>", "<town> Region", "<place>")

    def county(self):
        return self.organization("<family> County", "<town>shire", "<town> County", "County <family>", "<state>", "<state>")

    def district(self):
        return self.organization("<town>", "<family>", "<thing> Hill", "<town>")

    def river(self):
        return self.one(self.features["river"]) if self.chance(0.4) else self.organization("<family> River", "River <family>", "<town> River", "<noun> Creek", "<thing> Fork", "Rio <family>", "<family> Brook", "<family>")

    def lake(self):
        return self.one(self.features["lake"]) if self.chance(0.3) else self.organization("Lake <family>", "<family> Lake", "<noun> Lake", "<town> Reservoir", "Loch <family>")

    def mountain(self):
        return self.one(self.features["mountain"]) if self.chance(0.3) else self.organization("Mount <family>", "<family> Peak", "<noun> Mountain", "Mt. <family>", "Piz <family>", "Ben <family>")

    def mountains(self):
        return self.organization("<family> Mountains", "<thing> Mountains", "<people> Alps", "<family> Range", "<noun> Hills", "<town> Hills")

    def island(self):
        return self.one(self.features["island"]) if self.chance(0.4) else self.organization("<family> Island", "Isle of <family>", "<noun> Island", "<family> Islands", "<family>")

    def islands(self):
        return self.organization("<family> Islands", "<town> Islands", "<people> Islands", "<thing> Islands", "<noun> Archipelago", "<town> and <town> Islands", "<family> Isles")

    def strait(self):
        return self.organization("Strait of <town>", "<town> Strait", "<family> Strait", "<place> Channel", "Gulf of <place>", "<family> Passage")

    def peninsula(self):
        return self.organization("<town> Peninsula", "<people> Peninsula", "<family> Peninsula", "Cape <family>")

    def sea(self):
        return self.one(words("North Sea | Baltic Sea | Black Sea | Red Sea | Caribbean Sea | Adriatic | Aegean Sea | Pacific Ocean | Atlantic Ocean | Atlantic | Pacific | Indian Ocean | Mediterranean | Sea of Okhotsk | Coral Sea | Gulf of Finland | Persian Gulf | Bay of Bengal"))

    def street(self):
        return self.organization("<family> Street", "<noun> Road", "<town> Road", "<family> Avenue", "Main Street", "<number> Street", "Highway 9", "Interstate 81", "Route 40", "<family> Boulevard", "<noun> Lane", "Rue <family>", "<family>straße", "Via <family>", "West 42nd Street", "<family> Ave.", "<noun> St.", "<thing> Square", "US 60")

    def park(self):
        return self.organization("<family> Park", "<thing> National Park", "<family> National Forest", "<noun> Gardens", "<town> State Park", "<family> Zoo", "<thing> Hill Nature Reserve", "<family> Playfield", "<town> Green")

    def stadium(self):
        return self.organization("<family> Stadium", "<family> Park", "<noun> Road", "<town> Arena", "<family> Field", "<town> Coliseum", "Estadio <family>", "<family> Gym", "<town> Dome", "The <noun>", "<family> Center", "<brand> Arena", "Stade <family>")

    def airport(self):
        return self.organization("<town> Airport", "<town> International Airport", "<family> International Airport", "<family> Field", "<town> Regional Airport", "Charles de Gaulle", "Heathrow", "JFK")

    def building(self):
        return self.organization("<family> Hall", "<family> Building", "<thing> House", "<town> Castle", "<family> Tower", "<town> Palace", "<family> House", "<noun> Theatre", "<town> Studios", "<town> Cathedral", "<family> Plaza", "<town> Raceway", "<family> Center", "<town> Opera House", "<noun> Club", "<town> Tower", "<family> Mill")

    def church0(self):
        return self.organization("St. <first>'s Church", "<town> Cathedral", "Church of St. <first>", "St <first>'s", "<thing> Mosque", "Temple of <first>", "<town> Abbey", "Our Lady of <town>")

    def pub(self):
        return self.organization("<thing> Lion", "<noun> and <noun>", "<thing> <noun>", "<family> Arms", "King's Head")

    def hotel(self):
        return self.organization("Hotel <family>", "<town> Inn", "<family> Hotel", "Grand Hotel <town>", "<thing> <noun> Resort", "<brand> Suites", "Holiday Inn", "Super 9", "Days Inn")

    def base(self):
        return self.organization("<family> Air Force Base", "<family> AFB", "Camp <family>", "Fort <family>", "RAF <town>", "<town> Army Airfield", "<town> Air Base", "Naval Station <town>", "<family> Field", "<town> Barracks")

    def place0(self):
        return self.place()

    def country0(self):
        return self.country()

    def city(self):
        return self.one(self.cities if self.chance(0.8) else self.towns)

    # others
    def lang(self):
        return self.one(self.demonyms + words("Latin Sanskrit Arabic Hebrew Persian Welsh Gaelic Basque Yiddish Mandarin Cantonese Tamil Urdu Swahili Quechua") + ["Old Norse", "Ancient Greek", "Serbian Cyrillic"])

    def peoples_(self):
        return self.one(self.plurals + words("Jews Christians Muslims Kurds Arabs Shiites Sunnis Hindus Sikhs Buddhists Catholics Protestants Serbs Croats Tutsis Hutus Pashtuns Tamils Basques Gypsies Zulus Apaches Europeans Africans Asians"))

    def religion_(self):
        return self.one(words("Catholic Jewish Muslim Shiite Sunni Hindu Buddhist Protestant Methodist Baptist Lutheran Anglican Presbyterian Islamic Christian Orthodox") + ["Roman Catholic"])

    def law(self):
        return self.organization("<subject> Act", "<family> Act", "<family>-<family> Act", "<subject> Reform Bill", "Freedom of <noun> Act", "Civil Rights Act")

    def treaty(self):
        return self.organization("Treaty of <town>", "<town> Accords", "<town> Agreement", "<town> Protocol", "Convention on <subject>", "Non-Proliferation Treaty")

    def award(self):
        return self.organization("<family> Prize", "<family> Medal", "<noun> Award", "Order of the <noun>", "Nobel Prize", "Grammy Award", "Academy Award", "<thing> <noun> Award", "Distinguished Service Cross", "<noun> Cross", "Pulitzer Prize")

    def cup(self):
        return self.organization("<people> Cup", "<town> Cup", "<people> Open", "World Cup", "<town> Masters", "<family> Trophy", "<people> Championship", "<town> Classic", "Champions League", "Super Bowl", "<state> Derby", "<noun> Bowl")

    def war(self):
        return self.organization("World War II", "World War I", "<people> Civil War", "<people> War", "War of <people> Independence", "Korean War", "<people> Revolution", "First World War", "Crimean War")

    def festival(self):
        return self.organization("<town> Film Festival", "<town> Festival", "<town> Biennale", "<people> Film Festival")

    def storm(self):
        return self.organization("Hurricane <first>", "Typhoon <first>", "Tropical Storm <first>", "Cyclone <first>")

    def product(self):
        return self.organization("<brand> <digits>", "<family> <digits>", "<noun> <digits>", "Windows <digits>", "<brand>", "<thing> <noun>", "<noun> Quest", "Super <noun>", "<acronym>-<digits>", "<brand> <noun>", "<animals> <digits>")

    def digits(self):
        return str(self.one([2, 3, 4, 5, 7, 64, 300, 360, 500, 2000, 747]))

    def ship(self):
        return self.organization("<noun>", "<town>", "<thing> <noun>", "<state>")

    def hall(self):
        return self.organization("<state> Sports Hall of Fame", "<people> Hall of Fame", "Hall of Fame", "College Football Hall of Fame")

    def nick(self):
        return self.one(NOUNS)

    # ---- slots ----
    PERSONS = {"person"}
    ORGANIZATIONS = set(
        "company store shop bank airline band label team usteam nickteam ucity carteam league seriesx university school department lib agency agency0 ministry "
        "committee parliament chamber whitehouse court council police party militia org ngo union unit force newspaper magazine tv station network publisher "
        "studio academy institute hospital museum church railway lawfirm exchange hall".split()
    )
    PLACES = set(
        "town city country region county district river lake mountain mountains island islands sea strait peninsula street park stadium airport building church0 pub hotel base place0 "
        "country0 state prison".split()
    )
    OTHERS = set("people peoples lang religion law treaty award cup war festival storm product ship album song book film".split())

    def plain(self, kind):
        """what is no name"""
        year = str(1850 + int(self.random.random() * 172))
        date = f"{1 + int(self.random.random() * 28)} {self.one(MONTHS)} {year}"
        american = f"{self.one(MONTHS)} {1 + int(self.random.random() * 28)}, {year}"
        return {
            "year": year, "date": self.one([date, american]), "month": self.one(MONTHS), "weekday": self.one(DAYS), "small": self.one(NUMBERS),
            "big": str(100 + int(self.random.random() * 9000)), "a": "a", "ordinal": self.one(["2nd", "9th", "14th", "fourth", "first"]),
            "stateabbr": self.one("Calif. Mass. N.Y. Pa. Ill. Ohio Tex. Fla. Ariz. Wash. CA TX NY".split()), "ticker": self.acronym(),
            "foreign": self.one(["Лесково", "Σταυρός", "Ново Село", "الحمام", "Mała Wieś"]), "surname0": self.one(self.surnames),
        }.get(kind)  # fmt: skip

    def make(self, kind):
        if kind in self.PERSONS:
            return self.new_person()
        if kind in ("album", "song", "book", "film"):
            return self.title()
        if kind in ("peoples", "religion"):
            return getattr(self, kind + "_")()
        return getattr(self, kind)()

    def later(self, name, kind):
        """how it is called when it comes again"""
        if kind == "person":
            return re.sub(r",? (Jr\.?|Sr\.?|II|III)$", "", name).split(" ")[-1] if name.split(" ")[0] not in EAST_ASIAN else name.split(" ")[0]
        parts = name.split(" ")
        if kind == "usteam":
            return parts[-1] if self.chance(0.7) or len(parts) == 1 else " ".join(parts[:-1])
        if kind in ("university", "team", "store", "company", "bank", "airline", "studio", "railway", "tv") and len(parts) > 1:
            if parts[0] in ("University", "Bank", "The", "First", "National", "General", "FC", "AS", "SC", "Sporting", "Real", "Université", "Technical", "Federal", "New", "San", "St.", "Los", "Air"):
                return name
            if kind == "team" and len(parts) == 2 and parts[-1] in ("City", "United", "Rangers", "Rovers", "Wanderers", "Albion"):
                return self.one([parts[0], parts[0], parts[1]])
            return parts[0].rstrip(",") if self.chance(0.8) else name
        if kind in ("agency", "party", "militia", "ngo", "academy", "ministry", "union", "unit", "network") and len(parts) > 2 and self.chance(0.6):
            return "".join(p[0] for p in parts if p[0].isupper())
        if kind in ("town", "city"):
            return name
        return name

    def fill(self, slot):
        """(text, kind of name or None) of a slot"""
        base, _, form = slot.partition(".")
        kind = base.rstrip("0123456789") if not base.endswith("0") else base
        kind = kind.lower() if kind == "CITY" else kind
        plain = self.plain(kind)
        if plain is not None:
            return plain, None
        key = base.lower()
        if key not in self.slots or not base[-1].isdigit() or base.endswith("0"):
            self.slots[key] = self.make(kind)
            self.slots.pop(key + ".short", None)
        name = self.slots[key]
        if base.startswith("CITY"):
            name = name.upper()
        if form in ("short", "last"):
            name = self.slots.setdefault(key + "." + form, self.later(name, kind))
        elif form == "first":
            name = name.split(" ")[0] if "." not in name.split(" ")[0] else self.slots.setdefault(key + ".first", self.first())
        mark = "P" if kind in self.PERSONS else "O" if kind in self.ORGANIZATIONS else "L" if kind in self.PLACES else "M"
        return name, mark

    def sentence(self, text):
        pieces = re.split(r"\{([\w.]+)\}", text)
        filled = [self.fill(slot) for slot in pieces[1::2]]
        out, names = pieces[0], []
        for at, (name, mark) in enumerate(filled):
            if name == "a" and at + 1 < len(filled) and pieces[2 * at + 2] == " " and filled[at + 1][0].startswith(VOWELS):
                name = "an"
            if mark and name.startswith("The ") and re.search(r"\b[Tt]he $", out):
                name = name[4:]
            if mark:
                start = len(out) + (4 if name.startswith("The ") and mark == "O" and self.chance(0.3) else 0)
                names.append((start, len(out) + len(name), mark))
            behind = pieces[2 * at + 2]
            out += name + (behind[1:] if name.endswith(".") and behind.startswith(".") else behind)
        return out, names

    def document(self, begin, others, size):
        self.slots = {}
        chosen = [self.one(begin)] + self.random.sample(others, min(size, len(others)))
        text, names = "", []
        for line in chosen:
            piece, found = self.sentence(line)
            text += ("" if not text else "\n\n" if self.chance(0.25) else " ")
            names += [(a + len(text), b + len(text), kind) for a, b, kind in found]
            text += piece
        return text, names


def read_countries():
    """(adjectives, plurals, countries) of data/countries.txt"""
    from lists import read

    adjectives, plurals, countries = [], [], []
    for line in read("countries.txt"):
        cells = [c.strip() for c in line.split("|")] + [""] * 3
        countries += [n.strip(" ?!-") for n in cells[1].split(",") if n.strip(" ?!-")]
        people = [n.strip(" ?!") for n in cells[3].split(",") if n.strip(" ?!") and not n.strip().endswith("-")]
        adjectives += people[:1]
        plurals += [p + "s" for p in people[:1] if p[-1] in "ni"] + people[1:]
    return adjectives, plurals, countries


def read_domains():
    """[(weight, lines that begin, other lines)]"""
    domains = []
    with open(os.path.join(HERE, "own_sentences.txt"), encoding="utf-8") as lines:
        for line in lines:
            line = line.strip()
            if line.startswith("=="):
                domains.append((int(line.split()[2]), [], []))
            elif line and line[0] != "#":
                domains[-1][1 if line[0] == "!" else 2].append(line.lstrip("! "))
    return domains


def main():
    maker, domains = Maker(int(sys.argv[1])), read_domains()
    weights = [weight for weight, _, _ in domains]
    for _ in range(int(sys.argv[2])):
        _, begin, others = maker.random.choices(domains, weights)[0]
        print(line_of(*maker.document(begin, others, 4 + int(maker.random.random() * 8))))


if __name__ == "__main__":
    main()
