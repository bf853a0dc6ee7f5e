/* Mentions of places: where the text names one, and which places that may be.
 *
 * A mention comes from a name of the type place, from a place inside a longer name (Groton Town
 * Council), from the name of a people (Turkish), or from a region behind a comma (Paris, Ky.). All
 * mentions of one name are a group: within an article they are one place. Bounded: groups beyond
 * PLACE_GROUPS_MAX stay without candidates. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_MENTIONS_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_MENTIONS_H

#include "worker/analysis/doc.h"
#include "worker/analysis/places/gazetteer_format.h"

#define PLACE_CANDIDATES_MAX 24
#define PLACE_GROUPS_MAX     64

enum place_source { PLACE_NAMED, PLACE_INSIDE, PLACE_PEOPLE, PLACE_BEHIND };

struct place_candidate {
    const struct gazetteer *gazetteer;
    const struct gazetteer_place *place;
    double base, score, share; /* share: its part of the group's probability */
    double lat, lon;           /* NaN: unknown */
    uint64_t admin;            /* a number for its region of the first level; 0 none */
    uint32_t geonames;
    char country[3];
};

struct place_group {
    uint64_t hash; /* of the name */
    struct place_candidate *candidates;
    size_t candidate_count, best;
    uint32_t mentions;
    bool named; /* at least one mention is not inside another name */
    /* What stands behind its comma somewhere: a country and maybe a region of it. */
    char within_country[3];
    uint64_t within_admin;
};

struct place_mention {
    uint32_t from, to, first_word, word_end;
    uint32_t name; /* index of the name it comes from; UINT32_MAX none */
    enum place_source source;
    int32_t margin;
    uint32_t group; /* index */
    bool partial;   /* only a part of its words is in the gazetteer */
    bool typed;     /* a word of it says that it is a place: County, Street, River */
};

struct place_mentions {
    struct place_mention *items;
    size_t count;
    struct place_group *groups;
    size_t group_count;
};

enum status place_mentions(const struct doc *doc, struct place_mentions *out,
                           struct arena *arena) MUST_CHECK;

/* The best candidate of each group; see choose.c. `country` is the publisher's, or empty. */
void place_choose(struct place_mentions *mentions, const char *country);

#endif
