/* The stage of key phrases: noun phrases that an article is about.
 *
 * Runs of adjectives and nouns that end in a noun; a phrase weighs how often it and its words
 * occur, more when it stands early and when it has several words (Rose et al., "RAKE", 2010, on
 * phrases cut by grammar instead of a stop list). English, from the tags. */
#include <math.h>

#include "worker/analysis/lexicon.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/syntax/tags.h"

#define PHRASES_GIVEN 10
#define PHRASES_READ  2000 /* of an article */
#define PHRASE_TOKENS 4
#define SCORE_LEAST   1.5
#define PLACE_MOST    2.0

struct phrase {
    uint64_t hash;
    uint32_t first, end, count; /* tokens, where it stands first */
    double score;
};

struct collector {
    const struct doc *doc;
    struct phrase *items;
    size_t count;
    uint32_t *slots; /* 1 + index, by hash */
    size_t mask;
};

static uint64_t hash_of(const struct doc *doc, uint32_t first, uint32_t end)
{
    uint64_t hash = LEXICON_HASH_START;
    for (uint32_t i = first; i < end; i++) {
        struct slice lemma = doc->tokens[i].lemma;
        hash = lexicon_hash(hash, " ", 1);
        for (size_t j = 0; j < lemma.len; j++) {
            char lower = (char)(lemma.data[j] >= 'A' && lemma.data[j] <= 'Z' ? lemma.data[j] | 0x20
                                                                             : lemma.data[j]);
            hash = lexicon_hash(hash, &lower, 1);
        }
    }
    return hash;
}

static void note(struct collector *collector, uint32_t first, uint32_t end)
{
    uint64_t hash = hash_of(collector->doc, first, end);
    size_t at = (size_t)hash & collector->mask;
    while (collector->slots[at] && collector->items[collector->slots[at] - 1].hash != hash)
        at = (at + 1) & collector->mask;
    if (collector->slots[at]) {
        collector->items[collector->slots[at] - 1].count++;
    } else if (collector->count < PHRASES_READ) {
        collector->items[collector->count] = (struct phrase){hash, first, end, 1, 0};
        collector->slots[at] = (uint32_t)++collector->count;
    }
}

static bool is_noun(const struct doc_token *token)
{
    return token->upos == UPOS_NOUN || token->upos == UPOS_PROPN;
}

static void collect(struct collector *collector)
{
    const struct doc *doc = collector->doc;
    for (uint32_t i = 0, end; i<doc->token_count; i = end> i ? end : i + 1) {
        uint32_t last = i;
        for (end = i; end < doc->token_count && end - i < PHRASE_TOKENS &&
                      doc->tokens[end].sentence == doc->tokens[i].sentence &&
                      (is_noun(&doc->tokens[end]) || doc->tokens[end].upos == UPOS_ADJ);
             end++)
            if (is_noun(&doc->tokens[end]))
                last = end + 1;
        if (last > i && doc->tokens[last - 1].to - doc->tokens[i].from > 3)
            note(collector, i, last);
    }
}

/* Frequency of the phrase, a little of its length, and how early it stands. */
static void weigh(struct collector *collector)
{
    for (size_t i = 0; i < collector->count; i++) {
        struct phrase *phrase = &collector->items[i];
        double words = phrase->end - phrase->first;
        double weight = words > 1 ? 1 + 0.5 * (words - 1) : 0.6;
        if (PLACE_MOST * phrase->count * weight < SCORE_LEAST)
            continue; /* wherever it stands */
        double place = 1 + exp(-(double)phrase->first / 100.0);
        phrase->score = place * phrase->count * weight;
    }
}

static bool is_before(const struct phrase *one, const struct phrase *other)
{
    if (one->score > other->score || one->score < other->score)
        return one->score > other->score;
    return one->first < other->first;
}

/* Keeps the phrases of the best scores in `best`, in their order; returns how many there are. */
static size_t choose(const struct collector *collector, const struct phrase *best[PHRASES_GIVEN])
{
    size_t count = 0;
    for (size_t i = 0; i < collector->count; i++) {
        const struct phrase *phrase = &collector->items[i];
        if (phrase->score < SCORE_LEAST ||
            (count == PHRASES_GIVEN && !is_before(phrase, best[count - 1])))
            continue;
        size_t at = count < PHRASES_GIVEN ? count++ : count - 1;
        for (; at > 0 && is_before(phrase, best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = phrase;
    }
    return count;
}

static enum status give(struct collector *collector, struct arena *arena)
{
    const struct doc *doc = collector->doc;
    const struct phrase *best[PHRASES_GIVEN];
    struct result_keyphrase *out = arena_array(arena, PHRASES_GIVEN, sizeof *out);
    size_t count = choose(collector, best);
    if (!out)
        return STATUS_REJECT;
    for (size_t i = 0; i < count; i++)
        out[i] =
            (struct result_keyphrase){.text = slice_sub(doc->text, doc->tokens[best[i]->first].from,
                                                        doc->tokens[best[i]->end - 1].to),
                                      .score = best[i]->score};
    doc->result->keyphrases = (struct field_list){out, count};
    return STATUS_OK;
}

enum status keyphrases_run(struct doc *doc, struct arena *arena)
{
    struct collector collector = {.doc = doc, .mask = 15};
    size_t room = doc->token_count < PHRASES_READ ? doc->token_count : PHRASES_READ;
    if (doc->token_count == 0)
        return STATUS_OK;
    while (collector.mask < 2 * room)
        collector.mask = 2 * collector.mask + 1;
    collector.items = arena_array(arena, room, sizeof *collector.items);
    collector.slots = arena_array(arena, collector.mask + 1, sizeof *collector.slots);
    if (!collector.items || !collector.slots)
        return STATUS_REJECT;
    collect(&collector);
    weigh(&collector);
    return give(&collector, arena);
}
