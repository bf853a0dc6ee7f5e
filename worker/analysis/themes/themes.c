/* The stage of themes: which of PLOVER's contexts an article speaks of, how often and how much.
 *
 * Every word of data/themes.txt counts for its themes, more at the beginning of the article than at
 * its end, and less when it speaks of several. The score is that weight in 1,000 words, so that
 * articles of different lengths compare; what is said once in passing is left out. English. */
#include <stdlib.h>

#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/kinds.h"

#define THEMES_MAX   64
#define PHRASE_WORDS 3
#define PHRASE_BYTES 120
#define LEAD_WEIGHT  2.0 /* of the first word; the last counts 1 */
#define LEAST_SCORE  2.5
#define SMOOTHING    100 /* words added to each article: short texts say little */

struct sums {
    uint32_t count[THEMES_MAX];
    double weight[THEMES_MAX];
};

/* The longest phrase that begins at `word`, whose entry alone is `single`; `*count` is its length
 * in words. */
static const struct lexicon_entry *match(const struct doc *doc, size_t word,
                                         const struct lexicon_entry *single, size_t *count)
{
    char phrase[PHRASE_BYTES];
    size_t len = 0;
    const struct lexicon_entry *best = NULL;
    if (single->value != LEXICON_PREFIX_ONLY)
        best = single;
    for (size_t n = 0; n < PHRASE_WORDS && n < single->words && word + n < doc->word_count; n++) {
        struct slice next = doc_fold(doc, &doc->words[word + n]);
        if (len + next.len + 1 > sizeof phrase)
            break;
        if (n > 0)
            phrase[len++] = ' ';
        memcpy(phrase + len, next.data, next.len);
        len += next.len;
        const struct lexicon_entry *longer =
            n > 0 ? lexicon_look_up(&theme_lexicon, (struct slice){phrase, len}) : NULL;
        if (longer && longer->value != LEXICON_PREFIX_ONLY) {
            best = longer;
            *count = n + 1;
        }
    }
    return best;
}

static void count_words(const struct doc *doc, const struct lexicon_entry *const *entries,
                        struct sums *sums)
{
    size_t count = 1;
    for (size_t i = 0; i < doc->word_count; i += count) {
        const struct lexicon_entry *entry = entries[doc->word_kinds[i]];
        count = 1;
        if (entry)
            entry = match(doc, i, entry, &count);
        if (!entry)
            continue;
        uint64_t set = theme_sets[entry->value];
        double place = 1 - (double)i / (double)doc->word_count;
        double weight = (1 + (LEAD_WEIGHT - 1) * place) / __builtin_popcountll(set);
        for (unsigned theme = 0; theme < theme_count; theme++) {
            if (!(set >> theme & 1))
                continue;
            sums->count[theme]++;
            sums->weight[theme] += weight;
        }
    }
}

static int by_score(const void *a, const void *b)
{
    double one = ((const struct result_theme *)a)->score;
    double other = ((const struct result_theme *)b)->score;
    return one < other ? 1 : one > other ? -1 : 0;
}

enum status themes_run(struct doc *doc, struct arena *arena)
{
    struct sums sums = {{0}, {0}};
    if (!doc_language_is(doc, "en"))
        return STATUS_OK;
    struct result_theme *out = arena_array(arena, theme_count, sizeof *out);
    const struct lexicon_entry **entries = kinds_entries(doc, &theme_lexicon, arena);
    size_t count = 0;
    if (!out || !entries)
        return STATUS_REJECT;
    count_words(doc, entries, &sums);
    for (unsigned theme = 0; theme < theme_count; theme++) {
        double score = 1000 * sums.weight[theme] / (double)(doc->word_count + SMOOTHING);
        if (score >= LEAST_SCORE)
            out[count++] = (struct result_theme){
                .code = slice_from(theme_names[theme]), .count = sums.count[theme], .score = score};
    }
    if (count > 1)
        qsort(out, count, sizeof *out, by_score);
    doc->result->themes = (struct field_list){out, count};
    return STATUS_OK;
}
