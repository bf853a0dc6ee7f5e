/* Collecting mentions from the names of a document. */
#include "worker/analysis/places/mentions.h"

#include "worker/analysis/names/find_names.h"
#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/names/spans.h"
#include "worker/analysis/places/candidates.h"

#define GROUP_SLOTS 1024 /* more than ten times PLACE_GROUPS_MAX: most names are then alone */
#define BIG_CITY    5.5  /* the base weight of some 30,000 people: known without company */
#define DOUBTFUL    200  /* margins of the labeller below it */

struct collector {
    const struct doc *doc;
    void *items;
    size_t count, capacity;
    struct place_group *groups;
    size_t group_count;
    uint16_t slots[GROUP_SLOTS]; /* by hash: 1 + group */
    struct arena *arena;
};

static uint32_t bits_of(const struct doc *doc, uint32_t word)
{
    return NAME_BITS(name_look_up(&name_words, doc->words[word].hash));
}

static bool gap_is(const struct doc *doc, uint32_t word, const char *gap)
{
    return slice_is(slice_sub(doc->text, doc->words[word - 1].to, doc->words[word].from), gap);
}

static bool comma_before(const struct doc *doc, uint32_t word)
{
    return word > 0 && word < doc->word_count &&
           (gap_is(doc, word, ", ") || gap_is(doc, word, "., ") || gap_is(doc, word, " , "));
}

/* The group of a name, made when it is new; PLACE_GROUPS_MAX at the limit. */
static uint32_t group_of(struct collector *collector, uint64_t hash)
{
    size_t at = hash % GROUP_SLOTS;
    for (; collector->slots[at]; at = (at + 1) % GROUP_SLOTS)
        if (collector->groups[collector->slots[at] - 1].hash == hash)
            return collector->slots[at] - 1u;
    if (collector->group_count >= PLACE_GROUPS_MAX)
        return PLACE_GROUPS_MAX;
    struct place_candidate found[PLACE_CANDIDATES_MAX];
    size_t count = find_candidates(collector->doc, hash, found);
    struct place_group *group = &collector->groups[collector->group_count];
    *group = (struct place_group){.hash = hash, .candidate_count = count};
    group->candidates = arena_array(collector->arena, count, sizeof *group->candidates);
    if (!group->candidates)
        return PLACE_GROUPS_MAX;
    memcpy(group->candidates, found, count * sizeof *found);
    collector->slots[at] = (uint16_t)++collector->group_count;
    return (uint32_t)collector->group_count - 1;
}

static bool is_area(const struct place_group *group)
{
    for (size_t c = 0; c < group->candidate_count; c++)
        if (group->candidates[c].place->kind == PLACE_COUNTRY ||
            group->candidates[c].place->kind == PLACE_REGION)
            return true;
    return false;
}

static enum status add(struct collector *collector, struct place_mention mention)
{
    struct place_mention *slot = arena_push(&collector->items, &collector->count,
                                            &collector->capacity, sizeof *slot, collector->arena);
    if (!slot)
        return STATUS_REJECT;
    *slot = mention;
    if (mention.group < PLACE_GROUPS_MAX) {
        struct place_group *group = &collector->groups[mention.group];
        group->mentions++;
        group->named |= mention.source == PLACE_NAMED || mention.source == PLACE_BEHIND;
    }
    return STATUS_OK;
}

static struct place_mention mention_of(const struct collector *collector, uint32_t first,
                                       uint32_t end, enum place_source source)
{
    const struct doc *doc = collector->doc;
    return (struct place_mention){.from = doc->words[first].from,
                                  .to = doc->words[end - 1].to - doc->words[end - 1].tail,
                                  .first_word = first,
                                  .word_end = end,
                                  .name = UINT32_MAX,
                                  .group = PLACE_GROUPS_MAX,
                                  .source = source};
}

/* North, greater, downtown, the: what may be taken off the front; County, Province off the back. */
static bool is_typed(const struct doc *doc, uint32_t first, uint32_t end)
{
    return end - first > 1 &&
           (bits_of(doc, end - 1) & (NAME_WORD_PLACE | NAME_WORD_FACILITY) ||
            (bits_of(doc, first) & NAME_WORD_PLACE && doc->words[first].fold_len > 2));
}

/* Names that begin with another place's and are not there: a street, a county of no gazetteer. */
static bool is_elsewhere(const struct doc *doc, uint32_t last)
{
    static const char *const words[] = {
        "street", "st",      "avenue", "ave",  "road",   "rd",    "boulevard", "blvd",
        "lane",   "drive",   "square", "way",  "court",  "plaza", "county",    "parish",
        "river",  "creek",   "lake",   "park", "bridge", "hotel", "township",  "twp",
        "trail",  "highway", "co",     "hwy",  "circle", "place", "mountain",  "island"};
    struct slice fold = doc_fold(doc, &doc->words[last]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_is(fold, words[i]))
            return true;
    return false;
}

/* May one word be a place inside a longer name? Not when it is an ordinary word or somebody's name.
 */
static bool tells_little(const struct doc *doc, uint32_t first, uint32_t n)
{
    uint32_t bits = bits_of(doc, first);
    uint32_t phrase = NAME_BITS(name_look_up(&name_phrases, doc->words[first].hash));
    if (n > 1 || phrase & (NAME_PHRASE_COUNTRY | NAME_PHRASE_CITY))
        return false;
    return bits & (NAME_WORD_COMMON | NAME_WORD_HEAD | NAME_WORD_GRAND | NAME_WORD_PLACE |
                   NAME_WORD_GIVEN | NAME_WORD_PERSON | NAME_WORD_TITLE);
}

/* The first known name that begins the words, or stands behind "of", "the" or a hyphen in them. */
static uint64_t inner_name(const struct doc *doc, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        if (i > first && !gap_is(doc, i, "-") && doc->words[i - 1].shape != SHAPE_LOWER)
            continue;
        uint32_t n = doc->words[i].shape == SHAPE_LOWER ? 0 : longest_name(doc, i, end);
        if (n > 0 && !tells_little(doc, i, n))
            return name_hash(doc, i, i + n);
    }
    return 0;
}

/* The known name in the words of a place: all of them, or without a word of type at either end, or
 * a place it is in. */
static uint64_t known_part(const struct doc *doc, uint32_t first, uint32_t end, bool *partial)
{
    *partial = false;
    if (longest_name(doc, first, end) == end - first)
        return name_hash(doc, first, end);
    *partial = true;
    if (end - first > 1 && bits_of(doc, first) & (NAME_WORD_PLACE | NAME_WORD_CONNECTOR) &&
        longest_name(doc, first + 1, end) == end - first - 1)
        return name_hash(doc, first + 1, end);
    static const char *const wider[] = {"province", "region",   "state",        "governorate",
                                        "district", "republic", "city",         "city's",
                                        "oblast",   "area",     "metropolitan", "peninsula"};
    struct slice last = doc_fold(doc, &doc->words[end - 1]);
    for (size_t i = 0; end - first > 1 && i < sizeof wider / sizeof *wider; i++)
        if (slice_is(last, wider[i]) && longest_name(doc, first, end - 1) == end - first - 1)
            return name_hash(doc, first, end - 1);
    return end - first > 1 && !is_elsewhere(doc, end - 1) ? inner_name(doc, first, end) : 0;
}

/* A region or country behind the comma at `word`: its words, 0 none. It qualifies `group`. */
static uint32_t area_behind(struct collector *collector, uint32_t word, uint32_t *found)
{
    const struct doc *doc = collector->doc;
    if (!comma_before(doc, word) || doc->words[word].shape == SHAPE_LOWER)
        return 0;
    uint32_t most = (uint32_t)doc->word_count - word < 5 ? (uint32_t)doc->word_count : word + 5;
    uint32_t n = longest_name(doc, word, most);
    if (n == 0 || (doc->words[word].fold_len <= 2 && doc->words[word].shape != SHAPE_UPPER &&
                   doc->text.data[doc->words[word].to] != '.'))
        return 0;
    *found = group_of(collector, name_hash(doc, word, word + n));
    return *found < PLACE_GROUPS_MAX && is_area(&collector->groups[*found]) ? n : 0;
}

/* Notes that `group` lies within the likeliest area of `within`, if it has a candidate there. */
static void qualify(struct collector *collector, uint32_t group, uint32_t within)
{
    if (group >= PLACE_GROUPS_MAX || group == within)
        return;
    struct place_group *inner = &collector->groups[group];
    const struct place_group *outer = &collector->groups[within];
    for (size_t o = 0; o < outer->candidate_count; o++) {
        const struct place_candidate *area = &outer->candidates[o];
        if (area->place->kind != PLACE_COUNTRY && area->place->kind != PLACE_REGION)
            continue;
        uint64_t admin = area->place->kind == PLACE_REGION ? area->admin : 0;
        for (size_t i = 0; i < inner->candidate_count; i++) {
            const struct place_candidate *candidate = &inner->candidates[i];
            if (candidate->place == area->place ||
                memcmp(candidate->country, area->country, 2) != 0 ||
                (admin && candidate->admin && candidate->admin != admin))
                continue;
            memcpy(inner->within_country, area->country, sizeof inner->within_country);
            inner->within_admin = admin;
            return;
        }
    }
}

/* A place, and the areas behind it: "Springfield, Ill.", "Paris, Lamar County, Texas". */
static enum status add_place(struct collector *collector, struct place_mention mention,
                             bool next_is_named)
{
    const struct doc *doc = collector->doc;
    uint64_t hash = known_part(doc, mention.first_word, mention.word_end, &mention.partial);
    mention.typed = is_typed(doc, mention.first_word, mention.word_end);
    mention.group = hash ? group_of(collector, hash) : PLACE_GROUPS_MAX;
    enum status status = add(collector, mention);
    uint32_t within = 0, n = area_behind(collector, mention.word_end, &within);
    if (status != STATUS_OK || n == 0)
        return status;
    qualify(collector, mention.group, within);
    if (next_is_named)
        return STATUS_OK;
    struct place_mention behind =
        mention_of(collector, mention.word_end, mention.word_end + n, PLACE_BEHIND);
    behind.group = within;
    return add(collector, behind);
}

/* Places in the words of another name: at its beginning, and behind "of" and hyphens. */
static enum status add_inside(struct collector *collector, const struct name_span *span,
                              uint32_t name)
{
    const struct doc *doc = collector->doc;
    enum status status = STATUS_OK;
    for (uint32_t i = span->first_word; i < span->word_end && status == STATUS_OK;) {
        bool begins = i == span->first_word || gap_is(doc, i, "-") || doc->words[i - 1].tail > 0 ||
                      slice_is(doc_fold(doc, &doc->words[i - 1]), "of") ||
                      slice_is(doc_fold(doc, &doc->words[i - 1]), "the");
        uint32_t n =
            begins && doc->words[i].shape != SHAPE_LOWER ? longest_name(doc, i, span->word_end) : 0;
        if (n == 0 || n == span->word_end - span->first_word ||
            bits_of(doc, i + n - 1) & NAME_WORD_PEOPLE) {
            i++;
            continue;
        }
        struct place_mention mention = mention_of(collector, i, i + n, PLACE_INSIDE);
        mention.name = name;
        mention.group = group_of(collector, name_hash(doc, i, i + n));
        if (mention.group < PLACE_GROUPS_MAX)
            status = add(collector, mention);
        i += n;
    }
    return status;
}

/* A people, or a country in another language: the country. */
static enum status add_country(struct collector *collector, const struct name_span *span,
                               uint32_t name, enum place_source source)
{
    struct slice country = span->name;
    struct place_mention mention = {.from = span->from,
                                    .to = span->to,
                                    .first_word = span->first_word,
                                    .word_end = span->word_end,
                                    .source = source};
    uint64_t hash = LEXICON_HASH_START;
    for (size_t i = 0; i < country.len; i++) {
        char lower = (char)(country.data[i] >= 'A' && country.data[i] <= 'Z' ? country.data[i] + 32
                                                                             : country.data[i]);
        hash = lexicon_hash(hash, &lower, 1);
    }
    mention.name = name;
    mention.group = group_of(collector, hash);
    return mention.group < PLACE_GROUPS_MAX && collector->groups[mention.group].candidate_count > 0
               ? add(collector, mention)
               : STATUS_OK;
}

/* A lone word taken for a person, with nobody of that name in the article, in a place for places.
 */
static bool is_town(struct collector *collector, const struct name_span *span)
{
    static const char *const before[] = {"in",      "near",   "at",     "from",
                                         "outside", "toward", "towards"};
    const struct doc *doc = collector->doc;
    bool alone = slice_equal(span->name, slice_sub(doc->text, span->from, span->to));
    uint32_t within;
    bool person = span->type == NAME_PERSON;
    bool body = span->type == NAME_BODY && !span->row && span->margin < DOUBTFUL;
    if ((!person && !body) || !alone ||
        longest_name(doc, span->first_word, span->word_end) != span->word_end - span->first_word)
        return false;
    if (area_behind(collector, span->word_end, &within) > 0)
        return true;
    if (span->first_word == 0 || span->word_end - span->first_word > 1)
        return false;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (slice_is(doc_fold(doc, &doc->words[span->first_word - 1]), before[i]))
            return gap_is(doc, span->first_word, " ");
    return body && slice_is(doc_fold(doc, &doc->words[span->first_word - 1]), "of");
}

static bool is_known(const struct doc *doc, const struct name_span *span)
{
    return span->first_word != NAME_NO_WORD && span->word_end > span->first_word &&
           longest_name(doc, span->first_word, span->word_end) == span->word_end - span->first_word;
}

static enum status add_name(struct collector *collector, uint32_t index)
{
    const struct doc *doc = collector->doc;
    struct name_span *span = &doc->names[index];
    if (span->row && span->row->kind == GAZETTEER_DEMONYM)
        return add_country(collector, span, index, PLACE_PEOPLE);
    if (span->row && span->type == NAME_PLACE && !is_known(doc, span))
        return add_country(collector, span, index, PLACE_NAMED);
    if (span->first_word == NAME_NO_WORD || span->word_end <= span->first_word)
        return STATUS_OK;
    if (is_town(collector, span))
        span->type = NAME_PLACE;
    if (span->type != NAME_PLACE)
        return span->word_end - span->first_word > 1 && span->type != NAME_PERSON
                   ? add_inside(collector, span, index)
                   : STATUS_OK;
    uint32_t first = span->first_word;
    if (span->word_end - first > 1 && doc->words[first].fold_len <= 3 &&
        gap_is(doc, first + 1, "-") && longest_name(doc, first, span->word_end) == 0)
        first++; /* R-Elbow Lake, DFL-Chisholm: the party is no place */
    struct place_mention mention = mention_of(collector, first, span->word_end, PLACE_NAMED);
    mention.to = span->to;
    mention.name = index;
    mention.margin = span->margin;
    bool next_is_named =
        index + 1 < doc->name_count && doc->names[index + 1].first_word == span->word_end;
    return add_place(collector, mention, next_is_named);
}

/* Places inside names stay when they are known well, or named by themselves elsewhere. */
static void drop_unlikely(struct collector *collector)
{
    struct place_mention *items = collector->items;
    size_t kept = 0;
    for (size_t i = 0; i < collector->count; i++) {
        const struct place_mention *mention = &items[i];
        const struct place_group *group =
            mention->group < PLACE_GROUPS_MAX ? &collector->groups[mention->group] : NULL;
        bool known = group && group->candidate_count > 0;
        bool stays = known || mention->typed || mention->margin >= DOUBTFUL;
        if (mention->source == PLACE_INSIDE)
            stays =
                known && (group->named || (group->candidates[0].base >= BIG_CITY &&
                                           !tells_little(collector->doc, mention->first_word,
                                                         mention->word_end - mention->first_word)));
        if (stays)
            items[kept++] = *mention;
    }
    collector->count = kept;
}

enum status place_mentions(const struct doc *doc, struct place_mentions *out, struct arena *arena)
{
    struct collector *collector = arena_alloc(arena, sizeof *collector);
    if (!collector)
        return STATUS_REJECT;
    collector->doc = doc;
    collector->arena = arena;
    collector->groups = arena_array(arena, PLACE_GROUPS_MAX, sizeof *collector->groups);
    enum status status = collector->groups ? STATUS_OK : STATUS_REJECT;
    names_expect(doc);
    for (uint32_t i = 0; i < doc->name_count && status == STATUS_OK; i++)
        status = add_name(collector, i);
    drop_unlikely(collector);
    *out = (struct place_mentions){collector->items, collector->count, collector->groups,
                                   collector->group_count};
    return status;
}
