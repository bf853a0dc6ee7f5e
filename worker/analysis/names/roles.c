/* What persons are, as the article says it beside their name: "U.S. Trade Representative Katherine
 * Tai", "Fumio Kishida, prime minister of Japan".
 *
 * Before a name, a role is a run of words that ends with a title and is written with capitals but
 * for other titles; behind it, what stands between commas and has a title among its first words.
 * Mr. and Dr. are no roles. The role found first holds for all mentions of the person. Each name
 * looks at a bounded stretch. */
#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/names/spans.h"

#include "worker/analysis/names/find_names.h"

#define BEFORE_WORDS_MAX 10
#define BEHIND_WORDS_MAX 12
#define TITLE_WORDS_MAX  4 /* a role behind a name has its title among so many words */

static bool is_one_of(const struct doc *doc, uint32_t word, const char *const *list)
{
    struct slice fold = doc_fold(doc, &doc->words[word]);
    for (; *list; list++)
        if (slice_is(fold, *list))
            return true;
    return false;
}

static uint32_t bits_of(const struct doc *doc, uint32_t word)
{
    return NAME_BITS(name_look_up(&name_words, doc->words[word].hash));
}

static bool is_title(const struct doc *doc, uint32_t word)
{
    static const char *const no_roles[] = {
        "mr",   "mrs",     "ms",      "mx",     "miss",   "mister",  "messrs", "mme",
        "mlle", "madame",  "dr",      "drs",    "sir",    "lady",    "lord",   "dame",
        "st",   "saint",   "father",  "mother", "sr",     "brother", "uncle",  "aunt",
        "late", "herr",    "frau",    "señor",  "señora", "don",     "hajj",   "hon",
        "rev",  "comrade", "citizen", "act",    NULL};
    return bits_of(doc, word) & NAME_WORD_TITLE && !is_one_of(doc, word, no_roles);
}

static struct slice gap_before(const struct doc *doc, uint32_t word)
{
    return slice_sub(doc->text, doc->words[word - 1].to, doc->words[word].from);
}

static bool is_joined(const struct doc *doc, uint32_t word)
{
    struct slice gap = gap_before(doc, word);
    return slice_is(gap, " ") || slice_is(gap, "-") || slice_is(gap, ". ");
}

/* May the word stand in a role before a name? A city does not: "In Paris President Koffi said". */
static bool may_stand_before(const struct doc *doc, uint32_t word)
{
    uint32_t phrase = NAME_BITS(name_look_up(&name_phrases, doc->words[word].hash));
    bool town = phrase & (NAME_PHRASE_CITY | NAME_PHRASE_TOWN) && !(phrase & NAME_PHRASE_COUNTRY);
    bool capital = doc->words[word].shape == SHAPE_CAPITAL || doc->words[word].shape == SHAPE_UPPER;
    uint32_t bits = bits_of(doc, word);
    if (bits & NAME_WORD_TITLE)
        return is_title(doc, word);
    return capital && !town &&
           !(bits & (NAME_WORD_CALENDAR | NAME_WORD_CONNECTOR | NAME_WORD_SPEECH));
}

/* True when the article's sentence begins with the word, whose capital then says little. */
static bool begins_sentence(const struct doc *doc, uint32_t word)
{
    return word == 0 || !is_joined(doc, word);
}

static struct slice role_before(const struct doc *doc, const struct name_span *span)
{
    uint32_t first = span->first_word;
    while (first > 0 && span->first_word - first < BEFORE_WORDS_MAX && is_joined(doc, first) &&
           may_stand_before(doc, first - 1))
        first--;
    while (first < span->first_word && begins_sentence(doc, first) &&
           bits_of(doc, first) & NAME_WORD_COMMON && !is_title(doc, first) &&
           NAME_KIND(name_look_up(&name_words, doc->words[first].hash)) == NAME_KIND_QUALITY)
        first++;
    if (first == span->first_word || !is_title(doc, span->first_word - 1))
        return SLICE_NULL;
    return slice_sub(doc->text, doc->words[first].from, doc->words[span->first_word - 1].to);
}

/* ", a former minister of trade," and the like. */
static struct slice role_behind(const struct doc *doc, const struct name_span *span)
{
    static const char *const articles[] = {"a", "an", "the", NULL};
    static const char *const pronouns[] = {"who", "whose", "which", "said", "says", "told", NULL};
    uint32_t first = span->word_end, end;
    bool title = false;
    if (first >= doc->word_count || !slice_is(gap_before(doc, first), ", "))
        return SLICE_NULL;
    if (is_one_of(doc, first, articles) && first + 1 < doc->word_count &&
        slice_is(gap_before(doc, first + 1), " "))
        first++;
    for (end = first; end < doc->word_count && end - first < BEHIND_WORDS_MAX; end++) {
        if ((end > first && !is_joined(doc, end)) || is_one_of(doc, end, pronouns))
            break;
        title |= end - first < TITLE_WORDS_MAX && doc->words[end].shape != SHAPE_UPPER &&
                 is_title(doc, end);
    }
    bool ends = end >= doc->word_count || !is_joined(doc, end);
    if (!title || !ends || end - first >= BEHIND_WORDS_MAX)
        return SLICE_NULL;
    return slice_sub(doc->text, doc->words[first].from,
                     doc->words[end - 1].to - doc->words[end - 1].tail);
}

static bool is_person(const struct name_span *span)
{
    return span->type == NAME_PERSON && span->first_word != NAME_NO_WORD &&
           span->word_end > span->first_word && span->key.len > 0;
}

struct slot {
    uint64_t key; /* hash; 0 free */
    struct slice role;
};

static struct slot *slot_of(struct slot *slots, uint64_t mask, struct slice key)
{
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, key.data, key.len) | 1;
    uint64_t at = hash >> 8 & mask;
    while (slots[at].key && slots[at].key != hash)
        at = (at + 1) & mask;
    slots[at].key = hash;
    return &slots[at];
}

enum status name_roles(const struct doc *doc, struct name_spans *names, struct arena *arena)
{
    uint64_t size = 16;
    while (size < 2 * (uint64_t)names->count)
        size *= 2;
    struct slot *slots = arena_array(arena, size, sizeof *slots);
    if (!slots)
        return STATUS_REJECT;
    for (int told = 0; told < 2; told++)
        for (size_t i = 0; i < names->count; i++) {
            struct name_span *span = &names->items[i];
            if (!is_person(span))
                continue;
            struct slot *slot = slot_of(slots, size - 1, span->key);
            if (!slot->role.data && !told)
                slot->role = role_before(doc, span);
            if (!slot->role.data && !told)
                slot->role = role_behind(doc, span);
            span->role = slot->role;
        }
    return STATUS_OK;
}
