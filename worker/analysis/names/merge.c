/* One list of names from the gazetteer's and the labeller's.
 *
 * What the labeller sees as one longer name swallows the countries in it (Bank of Japan); of two
 * names for the same words, the gazetteer knows which country it is, and the labeller knows when
 * it is a person (Michael Jordan, Chad Smith). */
#include "worker/analysis/names/find_names.h"
#include "worker/analysis/names/spans.h"

#define SURE_PERSON 150 /* the margin from which the labeller overrules an unsure country */

static bool same_words(const struct name_span *a, const struct name_span *b)
{
    return a->first_word == b->first_word && a->word_end == b->word_end;
}

static bool holds(const struct name_span *outer, const struct name_span *inner)
{
    return outer->from <= inner->from && inner->to <= outer->to;
}

/* Sino-Japanese: each half says a country. */
static bool is_pair(const struct doc *doc, const struct name_span *span)
{
    struct slice text = slice_sub(doc->text, span->from, span->to);
    return span->type == NAME_OTHER && memchr(text.data, '-', text.len) &&
           !memchr(text.data, ' ', text.len);
}

/* Of two names at one place: the one that stays, as it stays. */
static struct name_span better(const struct doc *doc, const struct name_span *country,
                               const struct name_span *labelled)
{
    if (is_pair(doc, labelled) && holds(labelled, country))
        return *country;
    bool unsure = country->row->flags & GAZETTEER_UNSURE;
    bool place = country->type == NAME_PLACE;
    if (same_words(country, labelled) || holds(country, labelled)) {
        if (place && labelled->type == NAME_PERSON && (unsure || labelled->margin > SURE_PERSON))
            return *labelled;
        struct name_span both = *country;
        both.margin = labelled->margin;
        if (both.to < labelled->to)
            both.to = labelled->to; /* U.S. */
        return both;
    }
    return holds(labelled, country) || labelled->to - labelled->from > country->to - country->from
               ? *labelled
               : *country;
}

/* "the Tigris river", "the Hamrin mountains": what kind of place it is belongs to its name, in
 * lower case too. A country is no more the country then, but for its islands. */
static void with_kind_of_place(const struct doc *doc, struct name_span *span)
{
    static const char *const kinds[] = {
        "river", "lake",   "island",    "islands",  "mountain", "mountains",
        "hills", "valley", "peninsula", "strip",    "desert",   "sea",
        "gulf",  "strait", "delta",     "province", "canyon",   "archipelago"};
    if (span->type != NAME_PLACE || span->word_end >= doc->word_count ||
        span->first_word == NAME_NO_WORD)
        return;
    const struct doc_word *next = &doc->words[span->word_end];
    if (next->shape != SHAPE_LOWER || !slice_is(slice_sub(doc->text, span->to, next->from), " "))
        return;
    struct slice fold = doc_fold(doc, next);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!slice_is(fold, kinds[i]) ||
            (span->row && !slice_starts_with(fold, SLICE_LITERAL("island"))))
            continue;
        span->to = next->to - next->tail;
        span->word_end++;
        return;
    }
}

enum status name_merge(const struct doc *doc, const struct name_spans *countries,
                       const struct name_spans *labelled, struct name_spans *out,
                       struct arena *arena)
{
    size_t i = 0, j = 0, count = 0;
    struct name_span *all = arena_array(arena, countries->count + labelled->count + 1, sizeof *all);
    if (!all)
        return STATUS_REJECT;
    while (i < countries->count || j < labelled->count) {
        bool country =
            j >= labelled->count ||
            (i < countries->count && countries->items[i].from <= labelled->items[j].from);
        const struct name_span *next = country ? &countries->items[i++] : &labelled->items[j++];
        struct name_span *last = count > 0 ? &all[count - 1] : NULL;
        if (!last || last->to <= next->from)
            all[count++] = *next;
        else if (last->row && !next->row)
            *last = better(doc, last, next);
        else if (next->row && !last->row)
            *last = better(doc, next, last);
    }
    for (size_t k = 0; k < count; k++)
        with_kind_of_place(doc, &all[k]);
    *out = (struct name_spans){all, count};
    return STATUS_OK;
}
