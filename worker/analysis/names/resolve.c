/* Who is who among the names of one article: Katherine Tai, later Tai; International Monetary Fund
 * (IMF), later IMF; Enron Corp., later Enron.
 *
 * Longer names are noted first, wherever they stand, so that a headline's "Tai" finds her too. Then
 * each name that the gazetteer does not know joins one that was noted, or is its own. The work is
 * linear: every question is a look into one hash table. */
#include "worker/analysis/names/spans.h"

#include "worker/analysis/names/find_names.h"
#include "worker/analysis/names/name_tables.h"

#define KIND_BYTES_MAX 13 /* "organization:" */
#define SLUG_BYTES_MAX 80
#define ACRONYM_MAX    8
#define SLOTS_A_NAME   6 /* of which it takes four at most */
/* Below it the labeller gives way to what the article says elsewhere. */
#define DOUBTFUL_MARGIN 200

/* What a hash in the table stands for, mixed into it. */
enum aspect {
    WHOLE = 1,    /* all its words: a spelling */
    FAMILY = 2,   /* a person's last word */
    GIVEN = 3,    /* a person's first word */
    INITIALS = 4, /* an organization's */
    HEAD = 5,     /* an organization's first word */
    EDGES = 6     /* a person's first and last word */
};

struct slot {
    uint64_t hash;
    uint32_t span; /* 1 + its index; the longest one when there are several; or a spelling's */
};

/* All mentions that are written alike. */
struct spelling {
    int32_t votes[NAME_TYPES]; /* how sure the labeller was of each kind */
    uint32_t span;             /* 1 + the one that the others are named after; 0 none yet */
};

struct resolver {
    const struct doc *doc;
    struct name_spans *names;
    struct slot *slots;
    struct spelling *spellings;
    size_t spelling_count;
    uint32_t *spelled; /* the spelling of each name; nothing of those without words */
    uint64_t mask;
    struct arena *arena;
};

static uint64_t mix(uint64_t hash, enum aspect aspect)
{
    return (hash ^ (uint64_t)aspect * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu | 1;
}

static struct slot *slot_of(const struct resolver *resolver, uint64_t hash)
{
    uint64_t at = hash >> 20 & resolver->mask;
    while (resolver->slots[at].span && resolver->slots[at].hash != hash)
        at = (at + 1) & resolver->mask;
    return &resolver->slots[at];
}

static bool has_words(const struct name_span *span)
{
    return span->first_word != NAME_NO_WORD && span->word_end > span->first_word;
}

static uint32_t size_of(const struct name_span *span)
{
    return span->word_end - span->first_word;
}

static uint64_t hash_words(const struct doc *doc, const struct name_span *span)
{
    uint64_t hash = LEXICON_HASH_START;
    for (uint32_t i = span->first_word; i < span->word_end; i++)
        hash = (hash ^ doc->words[i].hash) * 0x100000001b3u;
    return hash;
}

static uint64_t word_hash(const struct resolver *resolver, uint32_t word)
{
    return resolver->doc->words[word].hash;
}

/* The first letters of the words written with a capital; 0 when there are too few or too many. */
static uint64_t hash_initials(const struct doc *doc, const struct name_span *span)
{
    char initials[ACRONYM_MAX];
    size_t count = 0;
    for (uint32_t i = span->first_word; i < span->word_end; i++) {
        if (doc->words[i].shape == SHAPE_LOWER)
            continue;
        struct slice fold = doc_fold(doc, &doc->words[i]);
        if (count == ACRONYM_MAX || fold.len == 0 || (unsigned char)fold.data[0] >= 0x80)
            return 0;
        initials[count++] = fold.data[0];
    }
    return count < 2 ? 0 : lexicon_hash(LEXICON_HASH_START, initials, count);
}

/* Notes `span` under `hash`, unless a name is there that has as many words. */
static void note(struct resolver *resolver, uint64_t hash, uint32_t span)
{
    struct slot *slot = slot_of(resolver, hash);
    const struct name_span *items = resolver->names->items;
    if (slot->span && size_of(&items[slot->span - 1]) >= size_of(&items[span]))
        return;
    *slot = (struct slot){hash, span + 1};
}

static bool is_telling(const struct resolver *resolver, uint32_t word)
{
    uint32_t bits = NAME_BITS(name_look_up(&name_words, word_hash(resolver, word)));
    return !(bits & (NAME_WORD_COMMON | NAME_WORD_HEAD | NAME_WORD_GRAND | NAME_WORD_PLACE |
                     NAME_WORD_PEOPLE)) &&
           !NAME_BITS(name_look_up(&name_phrases, word_hash(resolver, word)));
}

static void note_person(struct resolver *resolver, uint32_t index)
{
    const struct name_span *span = &resolver->names->items[index];
    uint64_t first = word_hash(resolver, span->first_word);
    uint64_t last = word_hash(resolver, span->word_end - 1);
    note(resolver, mix(last, FAMILY), index);
    note(resolver, mix(first, GIVEN), index);
    note(resolver, mix(first * 31 ^ last, EDGES), index);
}

static void note_longer(struct resolver *resolver)
{
    for (uint32_t i = 0; i < resolver->names->count; i++) {
        const struct name_span *span = &resolver->names->items[i];
        if (!has_words(span) || size_of(span) < 2)
            continue;
        if (span->type == NAME_PERSON && !span->row)
            note_person(resolver, i);
        if (span->type == NAME_BODY || span->type == NAME_PLACE) {
            uint64_t initials = hash_initials(resolver->doc, span);
            if (initials)
                note(resolver, mix(initials, INITIALS), i);
        }
        if (span->type == NAME_BODY && !span->row && is_telling(resolver, span->first_word))
            note(resolver, mix(word_hash(resolver, span->first_word), HEAD), i);
    }
}

static const struct name_span *noted(const struct resolver *resolver, uint64_t hash,
                                     enum aspect aspect)
{
    uint32_t span = slot_of(resolver, mix(hash, aspect))->span;
    return span ? &resolver->names->items[span - 1] : NULL;
}

/* The longer name that one word stands for. A doubtful label gives way to it. */
static const struct name_span *longer_of_word(struct resolver *resolver, struct name_span *span)
{
    uint64_t hash = word_hash(resolver, span->first_word);
    bool doubtful = span->margin < DOUBTFUL_MARGIN;
    bool acronym = resolver->doc->words[span->first_word].shape == SHAPE_UPPER;
    const struct name_span *longer = NULL;
    if (span->type == NAME_PERSON || doubtful)
        longer = noted(resolver, hash, FAMILY);
    if (!longer && acronym)
        longer = noted(resolver, hash, INITIALS);
    if (!longer && span->type == NAME_PERSON)
        longer = noted(resolver, hash, GIVEN);
    if (!longer && (span->type == NAME_BODY || doubtful))
        longer = noted(resolver, hash, HEAD);
    return longer;
}

static const struct name_span *longer_of(struct resolver *resolver, struct name_span *span)
{
    if (size_of(span) == 1)
        return longer_of_word(resolver, span);
    if (span->type != NAME_PERSON)
        return NULL;
    uint64_t first = word_hash(resolver, span->first_word);
    uint64_t last = word_hash(resolver, span->word_end - 1);
    return noted(resolver, first * 31 ^ last, EDGES);
}

/* "person:katherine-tai": the words of the name in lower case; SLICE_NULL at the arena's limit. */
static struct slice key_of(const struct resolver *resolver, const struct name_span *span)
{
    static const struct slice kinds[] = {{"person:", 7}, {"organization:", 13}};
    const struct slice kind = kinds[span->type];
    char key[KIND_BYTES_MAX + SLUG_BYTES_MAX];
    size_t len = kind.len;
    memcpy(key, kind.data, kind.len);
    for (uint32_t i = span->first_word; i < span->word_end; i++) {
        struct slice fold = doc_fold(resolver->doc, &resolver->doc->words[i]);
        if (len - kind.len + 1 + fold.len > SLUG_BYTES_MAX)
            break;
        if (len > kind.len)
            key[len++] = '-';
        memcpy(key + len, fold.data, fold.len);
        len += fold.len;
    }
    return arena_copy((struct slice){key, len}, resolver->arena);
}

static enum status name_itself(struct resolver *resolver, struct name_span *span)
{
    span->name = slice_sub(resolver->doc->text, span->from, span->to);
    if (!has_words(span) || (span->type != NAME_PERSON && span->type != NAME_BODY))
        return STATUS_OK;
    span->key = key_of(resolver, span);
    return span->key.data ? STATUS_OK : STATUS_REJECT;
}

static bool may_vote(const struct name_span *span)
{
    return !span->row && has_words(span);
}

/* Finds what is written alike. */
static void spell(struct resolver *resolver)
{
    for (size_t i = 0; i < resolver->names->count; i++) {
        const struct name_span *span = &resolver->names->items[i];
        if (!has_words(span))
            continue;
        uint64_t hash = mix(hash_words(resolver->doc, span), WHOLE);
        struct slot *slot = slot_of(resolver, hash);
        if (!slot->span)
            *slot = (struct slot){hash, (uint32_t)++resolver->spelling_count};
        resolver->spelled[i] = slot->span - 1;
    }
}

/* One mention says little, many more: what is written alike is of the kind that has most votes. */
static void vote(struct resolver *resolver)
{
    struct name_spans *names = resolver->names;
    for (size_t i = 0; i < names->count; i++) {
        const struct name_span *span = &names->items[i];
        if (may_vote(span))
            resolver->spellings[resolver->spelled[i]].votes[span->type] +=
                span->margin > 0 ? 1 + span->margin : 1;
    }
    for (size_t i = 0; i < names->count; i++) {
        struct name_span *span = &names->items[i];
        if (!may_vote(span) || span->margin >= DOUBTFUL_MARGIN)
            continue;
        const int32_t *votes = resolver->spellings[resolver->spelled[i]].votes;
        for (int type = 0; type < NAME_TYPES; type++)
            if (votes[type] > votes[span->type])
                span->type = (enum name_type)type;
    }
}

/* Names the span after what it stands for; longer names first. */
static enum status resolve(struct resolver *resolver, struct name_span *span)
{
    if (span->name.data)
        return STATUS_OK;
    if (!has_words(span))
        return name_itself(resolver, span);
    const struct name_span *longer = longer_of(resolver, span);
    if (longer && longer != span && longer->name.data) {
        span->type = longer->type;
        span->name = longer->name;
        span->key = longer->key;
        return STATUS_OK;
    }
    size_t index = (size_t)(span - resolver->names->items);
    struct spelling *spelling = &resolver->spellings[resolver->spelled[index]];
    if (!spelling->span) {
        spelling->span = (uint32_t)index + 1;
        return name_itself(resolver, span);
    }
    const struct name_span *before = &resolver->names->items[spelling->span - 1];
    if (before->type != span->type)
        return name_itself(resolver, span);
    span->name = before->name;
    span->key = before->key;
    return STATUS_OK;
}

enum status name_resolve(const struct doc *doc, struct name_spans *names, struct arena *arena)
{
    struct resolver resolver = {.doc = doc, .names = names, .arena = arena};
    uint64_t size = 64;
    while (size < SLOTS_A_NAME * (uint64_t)names->count)
        size *= 2;
    resolver.slots = arena_array(arena, size, sizeof *resolver.slots);
    resolver.spellings = arena_array(arena, names->count, sizeof *resolver.spellings);
    resolver.spelled = arena_array(arena, names->count, sizeof *resolver.spelled);
    resolver.mask = size - 1;
    if (!resolver.slots || !resolver.spellings || !resolver.spelled)
        return STATUS_REJECT;
    spell(&resolver);
    vote(&resolver);
    note_longer(&resolver);
    enum status status = STATUS_OK;
    for (int words = 1; words >= 0; words--) /* names of several words, then of one */
        for (size_t i = 0; i < names->count && status == STATUS_OK; i++) {
            struct name_span *span = &names->items[i];
            if (words == (has_words(span) && size_of(span) > 1))
                status = resolve(&resolver, span);
        }
    return status;
}
