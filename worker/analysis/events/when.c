/* The date nearest to the trigger in its sentence, the place behind "in", "at" or "near". */
#include "worker/analysis/events/when.h"

#include <stdlib.h>

#include "common/clock.h"

#define YEAR_MS           INT64_C(31556952000)
#define HISTORY_MIN_YEARS 2 /* that a year must lie back to be history */

static int64_t published_year(const struct doc *doc)
{
    int64_t ms = doc->result->published_ms;
    return ms == CLOCK_NONE ? INT64_MIN : 1970 + (ms >= 0 ? ms : ms - YEAR_MS) / YEAR_MS;
}

static bool tells_a_day(const struct result_date *date)
{
    return date->value.len >= 4 && date->value.data[0] >= '0' && date->value.data[0] <= '9' &&
           !slice_is(date->grain, "duration");
}

/* The date expression of the sentence that stands nearest to the trigger; NULL. */
static const struct result_date *nearest(const struct doc *doc, uint32_t trigger, uint32_t sentence)
{
    const struct field_list *dates = &doc->result->dates;
    const struct result_sentence *in =
        field_at(doc->result->sentences, struct result_sentence, sentence);
    const struct result_date *best = NULL;
    long best_distance = 0;
    for (size_t i = 0; i < dates->count; i++) {
        const struct result_date *date = field_at(*dates, struct result_date, i);
        if (date->start < in->start || date->end > in->end || !tells_a_day(date))
            continue;
        long distance = labs((long)date->start - (long)trigger);
        if (!best || distance < best_distance) {
            best = date;
            best_distance = distance;
        }
    }
    return best;
}

/* "1945" is history for an article of 2022, and for one without a date when it lies far back. */
static bool is_history(const struct doc *doc, struct slice value)
{
    int64_t year = 0, now = published_year(doc);
    for (size_t i = 0; i < 4; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
        year = year * 10 + (value.data[i] - '0');
    }
    return year > 0 && (now == INT64_MIN ? year < 1990 : year + HISTORY_MIN_YEARS <= now);
}

static int64_t place_at(const struct doc *doc, const struct doc_token *token)
{
    const struct field_list *places = &doc->result->places;
    uint32_t start = doc_point(doc, token->from);
    for (size_t i = 0; i < places->count; i++) {
        const struct result_place *place = field_at(*places, struct result_place, i);
        if (place->start <= start && start < place->end)
            return (int64_t)i;
    }
    return FIELD_NONE;
}

static int64_t place_of(const struct tree *tree, uint32_t trigger)
{
    static const char *const prepositions[] = {"in", "at", "near", "outside", "around", NULL};
    for (const char *const *p = prepositions; *p; p++) {
        uint32_t phrase = tree_oblique(tree, trigger, *p);
        int64_t found =
            phrase == TREE_NONE ? FIELD_NONE : place_at(tree->doc, &tree->tokens[phrase]);
        if (found != FIELD_NONE)
            return found;
    }
    return FIELD_NONE;
}

struct when when_of(const struct tree *tree, uint32_t trigger, const struct standing *standing,
                    struct slice today)
{
    const struct doc *doc = tree->doc;
    const struct doc_token *token = &tree->tokens[trigger];
    const struct result_date *date = nearest(doc, doc_point(doc, token->from), token->sentence);
    struct when out = {
        .date = SLICE_NULL, .place = place_of(tree, trigger), .modality = standing->modality};
    if (date)
        out.date = date->value;
    else if (standing->past && standing->modality == MODALITY_ACTUAL)
        out.date = today;
    if (out.modality == MODALITY_ACTUAL && date && is_history(doc, date->value))
        out.modality = MODALITY_HISTORICAL;
    return out;
}
