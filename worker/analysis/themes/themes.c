/* The stage of themes: which of PLOVER's contexts an article speaks of, how often and how much.
 *
 * Every word of data/themes.txt counts for its themes, more at the beginning of the article than at
 * its end, and less when it speaks of several. The score is that weight in 1,000 words, so that
 * articles of different lengths compare; what is said once in passing is left out. English.
 * The themes of a file of the user's own (themes_file.h) are counted in the same way. */
#include <stdlib.h>

#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/themes/themes_file.h"
#include "worker/analysis/words/kinds.h"

#define THEMES_MAX  THEMES_FILE_THEMES /* of one table */
#define LEAD_WEIGHT 2.0                /* of the first word; the last counts 1 */
#define LEAST_SCORE 2.5
#define SMOOTHING   100 /* words added to each article: short texts say little */

struct sum {
    struct slice code;
    uint32_t count;
    double weight;
};
struct sums {
    struct sum items[2 * THEMES_MAX];
    size_t count;
    size_t of[THEMES_MAX]; /* of the table being counted, where its theme is */
};

/* Makes room for the themes of a table; one that is there already goes on. The built-in ones, which
 * come first, are all different. */
static void begin_table(struct sums *sums, const struct theme_table *table)
{
    const bool first = sums->count == 0;
    for (unsigned i = 0; i < table->count; i++) {
        size_t at = first ? sums->count : 0;
        while (at < sums->count && !slice_is(sums->items[at].code, table->names[i]))
            at++;
        if (at == sums->count)
            sums->items[sums->count++] = (struct sum){.code = slice_from(table->names[i])};
        sums->of[i] = at;
    }
}

static enum status count_words(const struct doc *doc, const struct theme_table *table,
                               struct sums *sums, struct arena *arena)
{
    const struct lexicon_entry **entries = kinds_entries(doc, table->lexicon, arena);
    size_t count = 1;
    begin_table(sums, table);
    for (size_t i = 0; entries && i < doc->word_count; i += count) {
        const struct lexicon_entry *entry = entries[doc->word_kinds[i]];
        count = 1;
        if (entry)
            entry = kinds_phrase(doc, table->lexicon, entry, i, doc->word_count, &count);
        if (!entry)
            continue;
        const struct theme_row *row = &table->rows[entry->value];
        double place = 1 - (double)i / (double)doc->word_count;
        double weight =
            row->weight * (1 + (LEAD_WEIGHT - 1) * place) / __builtin_popcountll(row->themes);
        for (uint64_t left = row->themes; left; left &= left - 1) {
            struct sum *sum = &sums->items[sums->of[__builtin_ctzll(left)]];
            sum->count++;
            sum->weight += weight;
        }
    }
    return entries ? STATUS_OK : STATUS_REJECT;
}

static int by_score(const void *a, const void *b)
{
    double one = ((const struct result_theme *)a)->score;
    double other = ((const struct result_theme *)b)->score;
    return one < other ? 1 : one > other ? -1 : 0;
}

enum status themes_run(struct doc *doc, struct arena *arena)
{
    const struct theme_table built_in = {&theme_lexicon, theme_rows, theme_names, theme_count};
    struct sums sums = {.count = 0};
    if (!doc_language_is(doc, "en"))
        return STATUS_OK;
    struct result_theme *out = arena_array(arena, 2 * THEMES_MAX, sizeof *out);
    size_t count = 0;
    if (!out || count_words(doc, &built_in, &sums, arena) != STATUS_OK ||
        (doc->themes && count_words(doc, doc->themes, &sums, arena) != STATUS_OK))
        return STATUS_REJECT;
    for (size_t i = 0; i < sums.count; i++) {
        double score = 1000 * sums.items[i].weight / (double)(doc->word_count + SMOOTHING);
        if (score >= LEAST_SCORE)
            out[count++] = (struct result_theme){
                .code = sums.items[i].code, .count = sums.items[i].count, .score = score};
    }
    if (count > 1)
        qsort(out, count, sizeof *out, by_score);
    doc->result->themes = (struct field_list){out, count};
    return STATUS_OK;
}
