/* The stage of the summary: three sentences of the article that stand for the whole.
 *
 * A sentence weighs the mean frequency of its words in the article (Nenkova and Vanderwende,
 * "SumBasic", 2005), more near the beginning, where news tells what matters. Once one is taken, its
 * words count less, so that the next says something else. Headings and fragments are left out; an
 * article of three sentences has no summary. */
#include <math.h>
#include <stdlib.h>

#include "worker/analysis/stages.h"
#include "worker/analysis/words/kinds.h"

#define SENTENCES      3
#define WORDS_MIN      10
#define WORDS_MAX      60
#define SENTENCES_READ 200 /* of a long article: its gist stands before */
#define TAKEN_SHARE    0.4 /* what a word of a sentence already taken still counts */
#define PLACE_DECAY    12.0
#define GRAMMAR_LEN    3 /* words of no more bytes are left out */

/* Of a kind of words: the root of how often else it stands, less once it has been told. Both are 0
 * where it is left out, so that nothing has to be asked when they are summed. */
struct weight {
    double weight, counted;
};
struct weights {
    const struct doc *doc;
    struct weight *kinds;
};

static double weight_of(const struct weights *weights, size_t sentence)
{
    const struct doc_sentence *of = &weights->doc->sentences[sentence];
    size_t words = of->word_end - of->first_word;
    double sum = 0, counted = 0;
    if (words < WORDS_MIN || words > WORDS_MAX)
        return 0;
    for (size_t i = of->first_word; i < of->word_end; i++) {
        const struct weight *weight = &weights->kinds[weights->doc->word_kinds[i]];
        counted += weight->counted;
        sum += weight->weight;
    }
    double place = 1 + exp(-(double)sentence / PLACE_DECAY);
    return counted > 0 ? place * sum / counted : 0;
}

static void take(const struct weights *weights, bool *taken, size_t sentence)
{
    const struct doc_sentence *of = &weights->doc->sentences[sentence];
    for (size_t i = of->first_word; i < of->word_end; i++) {
        uint32_t kind = weights->doc->word_kinds[i];
        weights->kinds[kind].weight *= taken[kind] ? 1 : TAKEN_SHARE;
        taken[kind] = true;
    }
}

/* The sentence that weighs most now; SIZE_MAX none. `most` holds what each weighed when it was last
 * looked at, which words that were told since can only have lessened: what weighs less than the
 * best even so is not weighed again. */
static size_t best_sentence(const struct weights *weights, double *most, size_t count)
{
    size_t best = SIZE_MAX;
    double heaviest = 0;
    for (size_t i = 0; i < count; i++) {
        if (most[i] <= heaviest)
            continue;
        most[i] = weight_of(weights, i);
        if (most[i] > heaviest) {
            heaviest = most[i];
            best = i;
        }
    }
    return best;
}

static enum status fill(struct weights *weights, struct arena *arena)
{
    const struct doc *doc = weights->doc;
    weights->kinds = arena_array(arena, doc->kind_count, sizeof *weights->kinds);
    for (size_t i = 0; weights->kinds && i < doc->kind_count; i++) {
        uint32_t others = doc->kinds[i].count - 1;
        if (doc->words[doc->kinds[i].first].fold_len > GRAMMAR_LEN)
            weights->kinds[i] = (struct weight){others > 0 ? sqrt((double)others) : 0, 1};
    }
    return weights->kinds ? STATUS_OK : STATUS_REJECT;
}

static int by_place(const void *a, const void *b)
{
    size_t one = *(const size_t *)a, other = *(const size_t *)b;
    return one < other ? -1 : one > other;
}

enum status summary_run(struct doc *doc, struct arena *arena)
{
    struct weights weights = {.doc = doc};
    size_t chosen[SENTENCES], count = 0, read = doc->sentence_count;
    double most[SENTENCES_READ];
    if (doc->sentence_count <= SENTENCES)
        return STATUS_OK;
    if (fill(&weights, arena) != STATUS_OK)
        return STATUS_REJECT;
    bool *taken = arena_array(arena, doc->kind_count, sizeof *taken);
    struct result_extent *out = arena_array(arena, SENTENCES, sizeof *out);
    if (!taken || !out)
        return STATUS_REJECT;
    read = read < SENTENCES_READ ? read : SENTENCES_READ;
    for (size_t i = 0; i < read; i++)
        most[i] = (double)INFINITY;
    while (count < SENTENCES) {
        size_t best = best_sentence(&weights, most, read);
        if (best == SIZE_MAX)
            break;
        chosen[count++] = best;
        most[best] = 0; /* not again */
        take(&weights, taken, best);
    }
    qsort(chosen, count, sizeof *chosen, by_place);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct result_extent){doc_point(doc, doc->sentences[chosen[i]].from),
                                        doc_point(doc, doc->sentences[chosen[i]].to)};
    doc->result->summary = (struct field_list){out, count};
    return STATUS_OK;
}
