/* The stage of quotations: direct speech in quotation marks and indirect speech, with who says it
 * and the word that says so.
 *
 * The cue is a verb of saying beside the marks: behind them (“…,” she said), before them (he said:
 * “…”), or that of the quotation before in the same paragraph. Its subject is the speaker. Indirect
 * speech is the clause that such a verb governs. Marks are found in every language; speakers and
 * indirect speech need the tree, which only English texts have. */
#include <stdlib.h>

#include "worker/analysis/quotes/marks.h"
#include "worker/analysis/quotes/speakers.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/syntax/tree.h"

#define CUE_REACH     14 /* tokens from the marks to the verb */
#define SCARE_WORDS   2  /* a single quoted word without a cue is no speech */
#define DEPTH_MAX     60
#define GAP_BYTES_MAX 500 /* between marks and a cue */

static const char *const cues[] = {
    "say",       "tell",    "add",      "ask",      "write",       "declare",  "state",
    "insist",    "argue",   "warn",     "explain",  "announce",    "reply",    "answer",
    "admit",     "claim",   "note",     "recall",   "observe",     "conclude", "continue",
    "shout",     "whisper", "joke",     "complain", "acknowledge", "testify",  "vow",
    "promise",   "call",    "describe", "quote",    "report",      "suggest",  "stress",
    "emphasize", "respond", "comment",  "remark",   "concede",     "confirm",  "deny",
    "believe",   "think",   "tweet",    "post",     "urge",        "predict",  "contend",
    "allege",    "assert",  "maintain", "caution",  "reiterate",   "repeat",   "express",
    "recount",   "lament",  "read",     "mention",  "exclaim",     "agree",    "accuse",
    "praise",    NULL};

struct finder {
    struct doc *doc;
    struct tree tree;
    struct arena *arena;
    void *items; /* of struct spoken */
    size_t count, capacity;
    uint32_t last_cue; /* of the quotation before */
    size_t last_to;    /* its end */
};

static bool is_cue(const struct finder *finder, uint32_t token)
{
    return tree_upos(&finder->tree, token) == UPOS_VERB &&
           tree_lemma_in(&finder->tree, token, cues);
}

/* The first token that begins at or behind byte `at`. */
static uint32_t token_at(const struct doc *doc, size_t at)
{
    size_t low = 0, high = doc->token_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (doc->tokens[middle].from < at)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* A paragraph ends between the two, or they are too far apart to belong together. */
static bool is_break(const struct doc *doc, size_t from, size_t to)
{
    return to - from > GAP_BYTES_MAX || doc_paragraph_end(slice_sub(doc->text, 0, to), from) < to;
}

static bool is_opening(const struct doc *doc, uint32_t token)
{
    struct slice text = slice_sub(doc->text, doc->tokens[token].from, doc->tokens[token].to);
    return slice_is(text, "“") || slice_is(text, "\"") || slice_is(text, "``") ||
           slice_is(text, "''");
}

/* Behind the marks, before the sentence or another quotation's mark ends it. */
static uint32_t cue_behind(const struct finder *finder, const struct quoted *quoted)
{
    const struct doc *doc = finder->doc;
    uint32_t first = token_at(doc, quoted->to);
    for (uint32_t i = first; i < doc->token_count && i < first + CUE_REACH; i++) {
        if (is_break(doc, quoted->to, doc->tokens[i].from))
            return TREE_NONE;
        struct slice text = slice_sub(doc->text, doc->tokens[i].from, doc->tokens[i].to);
        if (i > first && (slice_is(text, ".") || is_opening(doc, i)))
            return TREE_NONE;
        if (is_cue(finder, i))
            return i;
    }
    return TREE_NONE;
}

/* Before the marks, in the same sentence. */
static uint32_t cue_before(const struct finder *finder, const struct quoted *quoted)
{
    const struct doc *doc = finder->doc;
    uint32_t end = token_at(doc, quoted->from);
    for (uint32_t i = end; i-- > 0 && i + CUE_REACH >= end;) {
        if (is_break(doc, doc->tokens[i].to, quoted->from))
            return TREE_NONE;
        struct slice text = slice_sub(doc->text, doc->tokens[i].from, doc->tokens[i].to);
        if (slice_is(text, "."))
            return TREE_NONE;
        if (is_cue(finder, i))
            return i;
    }
    return TREE_NONE;
}

/* A comma, a question or an exclamation leads on to the cue; a full stop does not, and a fragment
 * is part of the sentence that its cue began. */
static bool leads_on(const struct doc *doc, const struct quoted *quoted)
{
    return strchr(",?!", doc->text.data[quoted->to - 1]) != NULL;
}

static uint32_t cue_of(struct finder *finder, const struct quoted *quoted)
{
    bool stopped = finder->doc->text.data[quoted->to - 1] == '.';
    uint32_t cue = leads_on(finder->doc, quoted) ? cue_behind(finder, quoted) : TREE_NONE;
    if (cue == TREE_NONE)
        cue = cue_before(finder, quoted);
    if (cue == TREE_NONE && !stopped)
        cue = cue_behind(finder, quoted);
    bool follows = finder->last_cue != TREE_NONE && finder->last_to <= quoted->from &&
                   !is_break(finder->doc, finder->last_to, quoted->from);
    return cue == TREE_NONE && follows ? finder->last_cue : cue;
}

static void extend(const struct tree *tree, uint32_t token, unsigned depth, uint32_t *from,
                   uint32_t *to)
{
    if (tree->tokens[token].from < *from)
        *from = tree->tokens[token].from;
    if (tree->tokens[token].to > *to)
        *to = tree->tokens[token].to;
    for (uint32_t c = tree->first_child[token]; c != TREE_NONE && depth < DEPTH_MAX;
         c = tree->next_sibling[c])
        extend(tree, c, depth + 1, from, to);
}

static struct result_span *span(struct finder *finder, uint32_t from, uint32_t to)
{
    struct result_span *out = arena_alloc(finder->arena, sizeof *out);
    if (out)
        *out = (struct result_span){.start = doc_point(finder->doc, from),
                                    .end = doc_point(finder->doc, to),
                                    .text = slice_sub(finder->doc->text, from, to)};
    return out;
}

static bool is_name_part(enum relation relation)
{
    return relation == REL_FLAT || relation == REL_COMPOUND || relation == REL_AMOD ||
           relation == REL_NMOD_DESC || relation == REL_NMOD_POSS || relation == REL_DET;
}

/* The speaker's phrase without what hangs behind it. */
static struct result_span *speaker_of(struct finder *finder, uint32_t doer)
{
    const struct tree *tree = &finder->tree;
    if (doer == TREE_NONE)
        return NULL;
    uint32_t from = tree->tokens[doer].from, to = tree->tokens[doer].to;
    for (uint32_t c = tree->first_child[doer]; c != TREE_NONE; c = tree->next_sibling[c])
        if (is_name_part(tree_relation(tree, c)))
            extend(tree, c, DEPTH_MAX - 2, &from, &to);
    return span(finder, from, to);
}

static enum status give(struct finder *finder, size_t from, size_t to, bool direct, uint32_t cue,
                        double confidence)
{
    const struct doc *doc = finder->doc;
    struct spoken *out =
        arena_push(&finder->items, &finder->count, &finder->capacity, sizeof *out, finder->arena);
    if (!out)
        return STATUS_REJECT;
    out->speaker = cue == TREE_NONE ? TREE_NONE : tree_doer(&finder->tree, cue);
    out->quote = (struct result_quote){.start = doc_point(doc, from),
                                       .end = doc_point(doc, to),
                                       .direct = direct,
                                       .speaker = speaker_of(finder, out->speaker),
                                       .confidence = confidence};
    if (cue != TREE_NONE)
        out->quote.cue = span(finder, doc->tokens[cue].from, doc->tokens[cue].to);
    return STATUS_OK;
}

static size_t words_in(const struct doc *doc, size_t from, size_t to)
{
    size_t words = 0;
    for (size_t i = from; i < to; i++)
        words += doc->text.data[i] == ' ';
    return words + 1;
}

static enum status give_direct(struct finder *finder, const struct quoted *quoted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t from = quoted[i].from;
        uint32_t cue = finder->tree.count ? cue_of(finder, &quoted[i]) : TREE_NONE;
        while (i + 1 < count && quoted[i].goes_on)
            i++; /* one quotation over several paragraphs: the cue is beside its first or last */
        if (cue == TREE_NONE && finder->tree.count)
            cue = cue_of(finder, &quoted[i]);
        bool speech = (cue != TREE_NONE && tree_doer(&finder->tree, cue) != TREE_NONE) ||
                      words_in(finder->doc, from, quoted[i].to) >= SCARE_WORDS;
        finder->last_cue = cue;
        finder->last_to = quoted[i].to;
        if (speech &&
            give(finder, from, quoted[i].to, true, cue, cue == TREE_NONE ? 0.5 : 0.85) != STATUS_OK)
            return STATUS_REJECT;
    }
    return STATUS_OK;
}

static bool overlaps(const struct finder *finder, size_t direct, uint32_t start, uint32_t end)
{
    const struct spoken *spoken = finder->items;
    size_t low = 0, high = direct;
    while (low < high) { /* the direct ones are in the order of the text */
        size_t middle = (low + high) / 2;
        if (spoken[middle].quote.end <= start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < direct && spoken[low].quote.start < end;
}

/* "She said that …": the clause, unless it is quoted. */
static enum status give_indirect(struct finder *finder)
{
    const struct doc *doc = finder->doc;
    size_t direct = finder->count;
    for (uint32_t i = 0; i < finder->tree.count; i++) {
        uint32_t clause = tree_ccomp(&finder->tree, i);
        if (clause == TREE_NONE || clause < i || !is_cue(finder, i) || is_cue(finder, clause) ||
            tree_doer(&finder->tree, i) == TREE_NONE)
            continue;
        uint32_t from = UINT32_MAX, to = 0;
        extend(&finder->tree, clause, 0, &from, &to);
        if (from < doc->tokens[i].to ||
            overlaps(finder, direct, doc_point(doc, from), doc_point(doc, to)))
            continue;
        if (give(finder, from, to, false, i, 0.6) != STATUS_OK)
            return STATUS_REJECT;
    }
    return STATUS_OK;
}

static int by_start(const void *a, const void *b)
{
    uint32_t one = ((const struct spoken *)a)->quote.start;
    uint32_t other = ((const struct spoken *)b)->quote.start;
    return one < other ? -1 : one > other;
}

static enum status give_result(struct finder *finder)
{
    const struct spoken *spoken = finder->items;
    struct result_quote *out = arena_array(finder->arena, finder->count, sizeof *out);
    if (!out ||
        speakers_name(finder->doc, finder->items, finder->count, finder->arena) != STATUS_OK)
        return STATUS_REJECT;
    for (size_t i = 0; i < finder->count; i++)
        out[i] = spoken[i].quote;
    finder->doc->result->quotes = (struct field_list){out, finder->count};
    return STATUS_OK;
}

enum status quotes_run(struct doc *doc, struct arena *arena)
{
    struct finder finder = {
        .doc = doc, .tree = tree_of(doc), .arena = arena, .last_cue = TREE_NONE};
    struct quoted *quoted;
    size_t count;
    if (quotes_marks(doc, &quoted, &count, arena) != STATUS_OK ||
        give_direct(&finder, quoted, count) != STATUS_OK || give_indirect(&finder) != STATUS_OK)
        return STATUS_REJECT;
    if (finder.count > 1)
        qsort(finder.items, finder.count, sizeof(struct spoken), by_start);
    return give_result(&finder);
}
