/* The stage of the summary: three sentences of the article that stand for the whole.
 *
 * A sentence weighs the mean frequency of its words in the article (Nenkova and Vanderwende,
 * "SumBasic", 2005), more near the beginning, where news tells what matters. Once one is taken, its
 * words count less, so that the next says something else. Headings and fragments are left out; an
 * article of three sentences has no summary. */
#include <math.h>
#include <stdlib.h>

#include "worker/analysis/gist/frequencies.h"
#include "worker/analysis/stages.h"

#define SENTENCES      3
#define WORDS_MIN      10
#define WORDS_MAX      60
#define SENTENCES_READ 200 /* of a long article: its gist stands before */
#define TAKEN_SHARE    0.4 /* what a word of a sentence already taken still counts */
#define PLACE_DECAY    12.0

static double weight_of(const struct doc *doc, const struct frequencies *frequencies,
                        const bool *taken, size_t sentence)
{
    const struct doc_sentence *of = &doc->sentences[sentence];
    size_t words = of->word_end - of->first_word, counted = 0;
    double sum = 0;
    if (words < WORDS_MIN || words > WORDS_MAX)
        return 0;
    for (size_t i = of->first_word; i < of->word_end; i++) {
        const struct frequency *frequency = frequency_of(frequencies, doc->words[i].hash);
        if (!frequency)
            continue;
        counted++;
        double share = taken[frequency - frequencies->slots] ? TAKEN_SHARE : 1;
        sum += share * sqrt((double)(frequency->count - 1));
    }
    double place = 1 + exp(-(double)sentence / PLACE_DECAY);
    return counted ? place * sum / (double)counted : 0;
}

static void take(const struct doc *doc, const struct frequencies *frequencies, bool *taken,
                 size_t sentence)
{
    const struct doc_sentence *of = &doc->sentences[sentence];
    for (size_t i = of->first_word; i < of->word_end; i++) {
        const struct frequency *frequency = frequency_of(frequencies, doc->words[i].hash);
        if (frequency)
            taken[frequency - frequencies->slots] = true;
    }
}

static size_t best_sentence(const struct doc *doc, const struct frequencies *frequencies,
                            const bool *taken, const size_t *chosen, size_t count)
{
    size_t best = SIZE_MAX;
    double most = 0;
    size_t sentences = doc->sentence_count < SENTENCES_READ ? doc->sentence_count : SENTENCES_READ;
    for (size_t i = 0; i < sentences; i++) {
        bool again = false;
        for (size_t j = 0; j < count; j++)
            again = again || chosen[j] == i;
        double weight = again ? 0 : weight_of(doc, frequencies, taken, i);
        if (weight > most) {
            most = weight;
            best = i;
        }
    }
    return best;
}

static int by_place(const void *a, const void *b)
{
    size_t one = *(const size_t *)a, other = *(const size_t *)b;
    return one < other ? -1 : one > other;
}

enum status summary_run(struct doc *doc, struct arena *arena)
{
    struct frequencies frequencies;
    size_t chosen[SENTENCES], count = 0;
    if (doc->sentence_count <= SENTENCES)
        return STATUS_OK;
    if (frequencies_count(doc, &frequencies, arena) != STATUS_OK)
        return STATUS_REJECT;
    bool *taken = arena_array(arena, frequencies.mask + 1, sizeof *taken);
    struct result_extent *out = arena_array(arena, SENTENCES, sizeof *out);
    if (!taken || !out)
        return STATUS_REJECT;
    memset(taken, 0, (frequencies.mask + 1) * sizeof *taken);
    while (count < SENTENCES) {
        size_t best = best_sentence(doc, &frequencies, taken, chosen, count);
        if (best == SIZE_MAX)
            break;
        chosen[count++] = best;
        take(doc, &frequencies, taken, best);
    }
    qsort(chosen, count, sizeof *chosen, by_place);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct result_extent){doc_point(doc, doc->sentences[chosen[i]].from),
                                        doc_point(doc, doc->sentences[chosen[i]].to)};
    doc->result->summary = (struct field_list){out, count};
    return STATUS_OK;
}
