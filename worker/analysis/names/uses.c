/* One use for each of the document's kinds of words that has a capital somewhere. */
#include "worker/analysis/names/uses.h"

#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/words/kinds.h"

#define TOPIC_LEAST 2  /* words of a topic that an article about it has, */
#define TOPIC_SHARE 60 /* and one in so many */
#define LOOK_AHEAD  64 /* kinds whose place in the table is fetched before it is needed */

static bool has_capital(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            return true;
    return false;
}

/* eBay, iPhone: small at first, a capital later. */
static bool is_mixed(const struct doc *doc, const struct doc_word *word)
{
    size_t len = word->to - word->from;
    return word->capitals > 0 && word->shape == SHAPE_LOWER && len <= 20 &&
           has_capital(doc->text.data + word->from + 1, len - 1);
}

bool use_is_capital(const struct doc *doc, uint32_t word)
{
    const struct doc_word *it = &doc->words[word];
    return it->shape == SHAPE_CAPITAL || it->shape == SHAPE_UPPER || is_mixed(doc, it);
}

/* Words with capitals get their use, one for all that are alike. */
static void list_capitals(const struct doc *doc, uint32_t *of_kind, struct word_uses *uses)
{
    size_t sentence = 0;
    for (uint32_t i = 0; i < doc->word_count; i++) {
        if (uses->of[i] == USE_NONE)
            continue;
        while (sentence < doc->sentence_count && doc->sentences[sentence].word_end <= i)
            sentence++;
        uint32_t *known = &of_kind[doc->word_kinds[i]];
        if (!*known)
            *known = (uint32_t)++uses->count;
        uses->of[i] = *known - 1;
        bool first = sentence < doc->sentence_count && doc->sentences[sentence].first_word == i;
        struct word_use *use = &uses->items[*known - 1];
        use->count++;
        if (!first && use->inner < UINT16_MAX)
            use->inner++;
    }
}

/* Marks in `of` which words have a capital, and returns how many do. */
static size_t mark_capitals(const struct doc *doc, uint32_t *of)
{
    size_t count = 0;
    for (uint32_t i = 0; i < doc->word_count; i++) {
        bool capital = use_is_capital(doc, i);
        of[i] = capital ? 0 : USE_NONE;
        count += capital;
    }
    return count;
}

static void look_up_kinds(const struct doc *doc, uint32_t *values)
{
    for (size_t i = 0; i < doc->kind_count && i < LOOK_AHEAD; i++)
        name_expect(&name_words, doc->kinds[i].hash);
    for (size_t i = 0; i < doc->kind_count; i++) {
        if (i + LOOK_AHEAD < doc->kind_count)
            name_expect(&name_words, doc->kinds[i + LOOK_AHEAD].hash);
        values[i] = name_look_up(&name_words, doc->kinds[i].hash);
    }
}

/* What the article is about: a topic of which it has enough words. */
static uint32_t topics_of(const struct doc *doc, const uint32_t *values)
{
    uint32_t counts[3] = {0}, topics = 0;
    for (size_t i = 0; i < doc->kind_count; i++) {
        uint32_t bits = values[i] & NAME_WORD_TOPICS;
        for (; bits; bits &= bits - 1)
            counts[(unsigned)__builtin_ctz(bits) - __builtin_ctz(NAME_WORD_SPORT)] +=
                doc->kinds[i].count;
    }
    for (unsigned i = 0; i < 3; i++)
        if (counts[i] >= TOPIC_LEAST && counts[i] * TOPIC_SHARE >= doc->word_count)
            topics |= NAME_WORD_SPORT << i;
    return topics;
}

enum status word_uses_of(const struct doc *doc, struct word_uses *out, struct arena *arena)
{
    *out = (struct word_uses){.of = arena_array(arena, doc->word_count, sizeof *out->of)};
    size_t capitals = out->of ? mark_capitals(doc, out->of) : 0;
    /* 1 + the use, 0 none */
    uint32_t *of_kind = arena_array(arena, doc->kind_count, sizeof *of_kind);
    out->items = arena_array(arena, capitals, sizeof *out->items);
    out->values = arena_array(arena, doc->kind_count, sizeof *out->values);
    if (!out->of || !of_kind || !out->items || !out->values)
        return STATUS_REJECT;
    list_capitals(doc, of_kind, out);
    look_up_kinds(doc, out->values);
    out->topics = topics_of(doc, out->values);
    for (size_t i = 0; i < doc->kind_count; i++)
        if (of_kind[i])
            out->items[of_kind[i] - 1].lower =
                doc->kinds[i].count > out->items[of_kind[i] - 1].count;
    return STATUS_OK;
}
