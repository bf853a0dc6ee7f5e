/* Names on their way to the result: where they stand, of what kind they are, whose name it is.
 *
 *   name_countries   countries, capitals, peoples, governments and known bodies, from the
 * gazetteer; every language (countries.c) name_labelled    persons, organizations, places and
 * others, by the labeller; English (labelled.c) name_again       what is written like them
 * elsewhere (again.c) name_merge       one list out of all, in the order of the text, none
 * overlapping (merge.c) name_resolve     who is who: short forms, acronyms, canonical names
 * (resolve.c) name_roles       what persons are: titles and offices beside their names (roles.c)
 *
 * Lists live in the document's arena. All of them return REJECT at the arena's limit. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_SPANS_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_SPANS_H

#include "worker/analysis/doc.h"
#include "worker/analysis/names/uses.h"
#include "worker/analysis/tables.h"

enum name_type { NAME_PERSON, NAME_BODY, NAME_PLACE, NAME_OTHER, NAME_TYPES };

struct name_span {
    uint32_t from, to;             /* bytes of text */
    uint32_t first_word, word_end; /* words of the document, or NAME_NO_WORD (find_names.h) */
    enum name_type type;
    const struct gazetteer_row *row; /* NULL: not from the gazetteer of countries */
    int32_t margin;                  /* the labeller's, a word; 0 without one */
    struct slice name, key;          /* canonical; empty until resolved */
    struct slice role;               /* of a person, as the text has it; SLICE_NULL: none is told */
    double confidence;
};

struct name_spans {
    struct name_span *items;
    size_t count;
};

enum status name_countries(const struct doc *doc, struct name_spans *out,
                           struct arena *arena) MUST_CHECK;
enum status name_labelled(const struct doc *doc, const struct word_uses *uses,
                          struct name_spans *out, struct arena *arena) MUST_CHECK;
enum status name_again(const struct doc *doc, const struct word_uses *uses,
                       struct name_spans *names, struct arena *arena) MUST_CHECK;
enum status name_merge(const struct doc *doc, const struct name_spans *countries,
                       const struct name_spans *labelled, struct name_spans *out,
                       struct arena *arena) MUST_CHECK;
enum status name_resolve(const struct doc *doc, struct name_spans *names,
                         struct arena *arena) MUST_CHECK;

enum status name_roles(const struct doc *doc, struct name_spans *names,
                       struct arena *arena) MUST_CHECK;

#endif
