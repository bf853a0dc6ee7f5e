/* The insides of a draft: shared by draft.c, which collects, and draft_write.c, which writes. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_DRAFT_INSIDE_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_DRAFT_INSIDE_H

#include "common/arena.h"
#include "worker/analysis/places/draft.h"
#include "worker/analysis/words/words.h"

#define DRAFT_ADMIN_SLOTS ((size_t)1 << 17) /* more than twice GAZETTEER_ADMINS_MAX */

struct draft_entry {
    uint64_t hash, first_hash;
    uint32_t posting;
    uint8_t words;
};
struct draft_region {
    struct gazetteer_admin admin;
    uint32_t geonames, cities;
    double lat_sum, lon_sum;
    bool located; /* by itself, not by its cities */
};
struct draft_number {
    uint32_t geonames, place;
};

struct draft {
    struct gazetteer_place *places;
    size_t place_count, place_capacity;
    struct draft_entry *names;
    size_t name_count, name_capacity;
    struct draft_region *admins;
    size_t admin_count, admin_capacity;
    uint16_t admin_slots[DRAFT_ADMIN_SLOTS]; /* by country and code: 1 + index */
    char *pool;
    size_t pool_len, pool_capacity;
    struct draft_number *by_number; /* sorted; made when first asked for */
    size_t number_count;
    struct doc_breaks *breaks;
    struct arena *arena; /* for one name */
};

#endif
