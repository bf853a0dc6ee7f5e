/* One use for each of the document's kinds of words that has a capital somewhere. */
#include "worker/analysis/names/uses.h"

#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/words/kinds.h"

#define TOPICS      3
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

/* True when a name may begin at the word: it has a capital, if only a later one (eBay, iPhone). */
static bool is_capital(const struct doc *doc, const struct doc_word *word)
{
    size_t len = word->to - word->from;
    if (word->shape != SHAPE_LOWER)
        return word->capitals > 0;
    return word->capitals > 0 && len <= 20 && has_capital(doc->text.data + word->from + 1, len - 1);
}

/* Lists which words may be starts, and which are topical. Without a jump, for neither can be
 * foreseen. */
static void list_words(const struct doc *doc, struct word_uses *uses)
{
    size_t starts = 0, topical = 0;
    for (uint32_t i = 0; i < doc->word_count; i++) {
        const struct doc_word *word = &doc->words[i];
        uses->starts[starts] = uses->topical[topical] = i;
        starts += (word->capitals > 0) | word->number;
        topical +=
            (word->shape == SHAPE_LOWER) & ((use_value(doc, uses, i) & NAME_WORD_TOPICS) != 0);
    }
    uses->start_count = starts;
    uses->topical_count = topical;
}

/* Words with capitals get their use, one for all that are alike; the other starts are dropped but
 * for numbers. */
static void list_capitals(const struct doc *doc, uint32_t *of_kind, struct word_uses *uses)
{
    size_t sentence = 0, kept = 0;
    for (size_t i = 0; i < uses->start_count; i++) {
        uint32_t at = uses->starts[i];
        bool capital = is_capital(doc, &doc->words[at]);
        uses->starts[kept] = at;
        kept += capital | doc->words[at].number;
        if (!capital)
            continue;
        while (sentence < doc->sentence_count && doc->sentences[sentence].word_end <= at)
            sentence++;
        uint32_t *known = &of_kind[doc->word_kinds[at]];
        if (!*known) {
            uses->items[uses->count].kind = doc->word_kinds[at];
            *known = (uint32_t)++uses->count;
        }
        uses->of[at] = *known;
        bool first = sentence < doc->sentence_count && doc->sentences[sentence].first_word == at;
        struct word_use *use = &uses->items[*known - 1];
        use->count++;
        use->inner = (uint16_t)(use->inner + (!first && use->inner < UINT16_MAX));
    }
    uses->start_count = kept;
}

/* What the article is about: a topic of which it has enough words. */
static uint32_t topics_of(const struct doc *doc, const uint32_t counts[TOPICS])
{
    uint32_t topics = 0;
    for (unsigned i = 0; i < TOPICS; i++)
        if (counts[i] >= TOPIC_LEAST && counts[i] * TOPIC_SHARE >= doc->word_count)
            topics |= NAME_WORD_SPORT << i;
    return topics;
}

static void look_up_kinds(const struct doc *doc, struct word_uses *uses)
{
    uint32_t counts[TOPICS] = {0};
    for (size_t i = 0; i < doc->kind_count && i < LOOK_AHEAD; i++)
        name_expect(&name_words, doc->kinds[i].hash);
    for (size_t i = 0; i < doc->kind_count; i++) {
        if (i + LOOK_AHEAD < doc->kind_count)
            name_expect(&name_words, doc->kinds[i + LOOK_AHEAD].hash);
        uint32_t value = uses->values[i] = name_look_up(&name_words, doc->kinds[i].hash);
        for (uint32_t bits = value & NAME_WORD_TOPICS; bits; bits &= bits - 1)
            counts[(unsigned)__builtin_ctz(bits) - __builtin_ctz(NAME_WORD_SPORT)] +=
                doc->kinds[i].count;
    }
    uses->topics = topics_of(doc, counts);
}

enum status word_uses_of(const struct doc *doc, struct word_uses *out, struct arena *arena)
{
    *out = (struct word_uses){
        .of = arena_array(arena, doc->word_count, sizeof *out->of),
        .starts = arena_array(arena, doc->word_count, sizeof *out->starts),
        .topical = arena_array(arena, doc->word_count, sizeof *out->topical),
        .values = arena_array(arena, doc->kind_count, sizeof *out->values),
        .items = arena_array(arena, doc->kind_count, sizeof *out->items),
    };
    uint32_t *of_kind = arena_array(arena, doc->kind_count, sizeof *of_kind); /* as `of` */
    if (!out->of || !out->starts || !out->topical || !out->values || !out->items || !of_kind)
        return STATUS_REJECT;
    look_up_kinds(doc, out);
    list_words(doc, out);
    list_capitals(doc, of_kind, out);
    for (size_t i = 0; i < out->count; i++)
        out->items[i].lower = doc->kinds[out->items[i].kind].count > out->items[i].count;
    return STATUS_OK;
}
