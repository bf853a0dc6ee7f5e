/* Names of countries, their capitals, peoples and governments, and of bodies of many states.
 *
 * First all mentions are found: the longest key of the gazetteer at each word whose spelling fits
 * (find_names.c). Then each is judged by what stands around it and by the rest of the article:
 *
 *   a surname (Michael Jordan, Mr. Jordan), a paper or club (Washington Post), a town elsewhere
 *   (Paris, Texas), part of another name (New London), a language ("in English") is dropped, and
 *   so are other mentions of what was a person's name once and has no support;
 *   an unsure one (Georgia, Chad, St. John's) needs support: another, sure name of the same
 *   country anywhere, a preposition of place before it, an office behind it (Jordan's king), or a
 *   supported mention elsewhere. */
#include "worker/analysis/names/find_names.h"
#include "worker/analysis/names/spans.h"

#define SURE         0.95
#define SURE_ACRONYM 0.9
#define SURE_CAPITAL 0.9
#define UNSURE_DROP  0.35 /* what being unsure costs */
#define FIRST_DROP   0.1  /* what a capital that begins the sentence costs */

struct judge {
    const struct doc *doc;
    struct name_mention *mentions;
    size_t count;
    uint8_t *supported; /* by entity */
    bool about_georgia; /* the American one */
};

static const struct doc_word *word_at(const struct doc *doc, size_t index)
{
    return index < doc->word_count ? &doc->words[index] : NULL;
}

static uint32_t flags_of(const struct doc *doc, size_t index)
{
    const struct doc_word *word = word_at(doc, index);
    return word ? lexicon_flags(&words_lexicon, doc_fold(doc, word), word->hash) : 0;
}

/* What stands between a word's end and the next word's start, both in one sentence. */
static bool gap_is(const struct doc *doc, size_t end, size_t start, const char *gap)
{
    return start >= end && slice_is(slice_sub(doc->text, end, start), gap);
}

static bool follows(const struct doc *doc, const struct name_mention *mention, const char *gap)
{
    const struct doc_word *next = word_at(doc, mention->word_end);
    return next && gap_is(doc, mention->to, next->from, gap);
}

/* The flags of the word before, when only a space or ". " lies between. */
static uint32_t flags_before(const struct doc *doc, const struct name_mention *mention)
{
    if (mention->first_word == 0)
        return 0;
    const struct doc_word *before = &doc->words[mention->first_word - 1];
    if (gap_is(doc, before->to, mention->from, " "))
        return flags_of(doc, mention->first_word - 1);
    if (gap_is(doc, before->to, mention->from, ". "))
        return flags_of(doc, mention->first_word - 1) & WORD_PERSON;
    return 0;
}

static bool is_place(const struct name_mention *mention)
{
    return mention->row->kind == GAZETTEER_COUNTRY || mention->row->kind == GAZETTEER_CAPITAL;
}

static bool is_unsure(const struct name_mention *mention)
{
    return mention->row->flags & GAZETTEER_UNSURE;
}

static bool is_capitalised(const struct doc_word *word)
{
    return word && (word->shape == SHAPE_CAPITAL || word->shape == SHAPE_UPPER);
}

/* Michael Jordan, Mr. Jordan; and Jordan Peterson where the name is unsure anyway. */
static bool is_person(const struct judge *judge, const struct name_mention *mention)
{
    const struct doc *doc = judge->doc;
    if (!is_place(mention))
        return false;
    const struct doc_word *before =
        mention->first_word ? &doc->words[mention->first_word - 1] : NULL;
    if (is_capitalised(before) && before->from + 1 < before->to &&
        flags_before(doc, mention) & (WORD_GIVEN | WORD_PERSON))
        return true;
    const struct doc_word *next = word_at(doc, mention->word_end);
    return is_unsure(mention) && follows(doc, mention, " ") && next->shape == SHAPE_CAPITAL &&
           !(flags_of(doc, mention->word_end) & (WORD_OFFICE | WORD_STARTER | WORD_MONTH)) &&
           !(flags_before(doc, mention) & WORD_PLACE);
}

/* Washington Post; Paris, Texas; New London. */
static bool is_other_name(const struct judge *judge, const struct name_mention *mention)
{
    const struct doc *doc = judge->doc;
    const struct doc_word *next = word_at(doc, mention->word_end);
    if (!is_place(mention) || mention->first_word == NAME_NO_WORD)
        return false;
    uint32_t behind = is_capitalised(next) ? flags_of(doc, mention->word_end) : 0;
    if (behind & WORD_PAPER && follows(doc, mention, " "))
        return true;
    if (behind & WORD_REGION && follows(doc, mention, ", "))
        return true;
    return mention->first_word > 0 && is_capitalised(&doc->words[mention->first_word - 1]) &&
           flags_before(doc, mention) & WORD_OTHER;
}

/* "in English", "speaks Chinese": the language, when nothing of that country follows. */
static bool is_language(const struct judge *judge, const struct name_mention *mention)
{
    static const char *const verbs[] = {"in",    "into",   "speak",    "speaks", "speaking",
                                        "spoke", "fluent", "learning", "learn",  "translated"};
    const struct doc *doc = judge->doc;
    if (mention->row->kind != GAZETTEER_DEMONYM || mention->first_word == 0 ||
        mention->first_word == NAME_NO_WORD)
        return false;
    const struct doc_word *before = &doc->words[mention->first_word - 1];
    bool ends = mention->to >= doc->text.len || doc->text.data[mention->to] != ' ';
    for (size_t i = 0; ends && i < sizeof verbs / sizeof verbs[0]; i++)
        if (slice_is(doc_fold(doc, before), verbs[i]) &&
            gap_is(doc, before->to, mention->from, " "))
            return true;
    return false;
}

/* Signs around an unsure name that the country is meant. */
static bool has_own_support(const struct judge *judge, const struct name_mention *mention)
{
    if (mention->first_word == NAME_NO_WORD)
        return true;
    const struct doc *doc = judge->doc;
    bool possessive = mention->to < doc->text.len && doc->text.data[mention->to] != ' ';
    const struct doc_word *next = word_at(doc, mention->word_end);
    bool office = flags_of(doc, mention->word_end) & WORD_OFFICE && next &&
                  next->from <= mention->to + (possessive ? 5 : 1);
    return office || flags_before(doc, mention) & WORD_PLACE;
}

static bool is_georgia(const struct name_mention *mention)
{
    return mention->row->kind == GAZETTEER_COUNTRY && is_unsure(mention) &&
           strcmp(gazetteer_entities[mention->row->entity].key, "country:GE") == 0;
}

/* Drops what is surely something else and notes which countries have support. */
static void judge_alone(struct judge *judge)
{
    for (size_t i = 0; i < judge->count; i++) {
        struct name_mention *mention = &judge->mentions[i];
        if (mention->row->kind == GAZETTEER_NOT)
            continue;
        mention->person = mention->first_word != NAME_NO_WORD && is_person(judge, mention);
        mention->dropped =
            mention->person || is_other_name(judge, mention) || is_language(judge, mention);
        if (mention->dropped)
            continue;
        bool georgia = judge->about_georgia && is_georgia(mention);
        if (!is_unsure(mention) ||
            (!georgia && is_place(mention) && has_own_support(judge, mention)))
            judge->supported[mention->row->entity] = 1;
    }
}

static double confidence_of(const struct judge *judge, const struct name_mention *mention)
{
    double confidence = SURE;
    if (mention->row->flags & GAZETTEER_EXACT)
        confidence = SURE_ACRONYM;
    else if (mention->row->kind == GAZETTEER_CAPITAL)
        confidence = SURE_CAPITAL;
    if (is_unsure(mention))
        confidence -= UNSURE_DROP;
    else if (mention->first_in_sentence && mention->word_end - mention->first_word == 1)
        confidence -= FIRST_DROP;
    if (mention->short_key) /* two characters of a script without spaces may be part of a word */
        confidence -= FIRST_DROP;
    (void)judge;
    return confidence;
}

/* Drops the unsure without support, and namesakes of persons. Peoples stay: "Indian" is unsure,
 * but is hardly ever nobody. */
static void judge_together(struct judge *judge)
{
    for (size_t i = 0; i < judge->count; i++) {
        struct name_mention *mention = &judge->mentions[i];
        if (mention->dropped || mention->row->kind == GAZETTEER_NOT)
            continue;
        bool needs = is_unsure(mention) && mention->row->kind != GAZETTEER_DEMONYM;
        if (needs && !judge->supported[mention->row->entity])
            mention->dropped = true;
        mention->confidence = confidence_of(judge, mention);
    }
}

/* A surname alone, later in the article: "Jordan said" after "Michael Jordan". */
static void drop_namesakes(struct judge *judge)
{
    for (size_t i = 0; i < judge->count; i++) {
        const struct name_mention *person = &judge->mentions[i];
        if (!person->person || judge->supported[person->row->entity])
            continue;
        for (size_t j = i + 1; j < judge->count && j < i + 200; j++)
            if (judge->mentions[j].row == person->row)
                judge->mentions[j].dropped = true;
    }
}

static bool mentions_american_georgia(const struct doc *doc)
{
    for (size_t i = 0; i < doc->word_count; i++)
        if (doc->words[i].shape != SHAPE_LOWER && flags_of(doc, i) & WORD_GEORGIA)
            return true;
    return false;
}

static enum name_type type_of(const struct name_mention *mention)
{
    switch (mention->row->kind) {
    case GAZETTEER_COUNTRY:
    case GAZETTEER_CAPITAL:
        return NAME_PLACE;
    case GAZETTEER_GOVERNMENT:
    case GAZETTEER_ORGANIZATION:
        return NAME_BODY;
    default:
        return NAME_OTHER;
    }
}

/* "Tokyo announced": a capital that speaks or acts is its government. */
static bool is_government(const struct judge *judge, const struct name_mention *mention)
{
    static const char *const verbs[] = {
        "said",     "says",      "announced", "announces", "denied",   "denies",   "condemned",
        "condemns", "warned",    "warns",     "urged",     "urges",    "insisted", "insists",
        "accused",  "accuses",   "rejected",  "rejects",   "vowed",    "vows",     "declared",
        "wants",    "believes",  "welcomed",  "protested", "demanded", "demands",  "pledged",
        "claims",   "claimed",   "argues",    "fears",     "hopes",    "refused",  "refuses",
        "agreed",   "retaliated"};
    const struct doc *doc = judge->doc;
    if (mention->row->kind != GAZETTEER_CAPITAL || mention->first_word == NAME_NO_WORD ||
        !follows(doc, mention, " ") ||
        flags_before(doc, mention) & (WORD_PLACE | WORD_GIVEN | WORD_PERSON))
        return false;
    struct slice next = doc_fold(doc, &doc->words[mention->word_end]);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (slice_is(next, verbs[i]))
            return true;
    return false;
}

static enum status give_spans(const struct judge *judge, struct name_spans *out,
                              struct arena *arena)
{
    out->items = arena_array(arena, judge->count, sizeof *out->items);
    out->count = 0;
    if (!out->items)
        return STATUS_REJECT;
    for (size_t i = 0; i < judge->count; i++) {
        const struct name_mention *mention = &judge->mentions[i];
        if (mention->dropped || mention->row->kind == GAZETTEER_NOT)
            continue;
        const struct gazetteer_entity *entity = &gazetteer_entities[mention->row->entity];
        out->items[out->count++] = (struct name_span){
            .from = mention->from,
            .to = mention->to,
            .first_word = mention->first_word,
            .word_end = mention->word_end,
            .type = is_government(judge, mention) ? NAME_BODY : type_of(mention),
            .row = mention->row,
            .name = slice_from(entity->name),
            .key = slice_from(entity->key),
            .confidence = mention->confidence,
        };
    }
    return STATUS_OK;
}

enum status name_countries(const struct doc *doc, struct name_spans *out, struct arena *arena)
{
    struct judge judge = {.doc = doc};
    judge.supported = arena_alloc(arena, gazetteer_entity_count);
    if (!judge.supported || find_names(doc, &judge.mentions, &judge.count, arena) != STATUS_OK)
        return STATUS_REJECT;
    for (size_t i = 0; i < judge.count && !judge.about_georgia; i++)
        if (is_georgia(&judge.mentions[i]))
            judge.about_georgia = mentions_american_georgia(doc);
    judge_alone(&judge);
    drop_namesakes(&judge);
    judge_together(&judge);
    return give_spans(&judge, out, arena);
}
