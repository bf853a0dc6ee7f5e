/* A gazetteer in the making: places, regions and names are added in any order, then written.
 *
 * Names are folded as the analysis folds words (words/words.c), so that they meet. One thread. All
 * verbs return REJECT "gazetteer-too-big" beyond a limit of gazetteer_format.h, FATAL without
 * memory. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_DRAFT_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_DRAFT_H

#include "worker/analysis/places/gazetteer_format.h"

struct draft;

enum status draft_new(struct draft **out, struct fault *fault) MUST_CHECK;
void draft_free(struct draft *draft);

struct draft_place {
    struct slice name, country, admin_code; /* admin_code: the first level's, may be empty */
    double lat, lon;                        /* NaN: unknown */
    uint32_t geonames, population;
    enum gazetteer_kind kind;
    uint8_t seat;
};
/* Adds a place with its own name. A region of the first level gives its coordinates to
 * `admin_code`. */
enum status draft_add(struct draft *draft, const struct draft_place *place, uint32_t *index,
                      struct fault *fault) MUST_CHECK;
/* Another name of a place. Names that are no words are left out silently. */
enum status draft_name(struct draft *draft, uint32_t place, struct slice name,
                       struct fault *fault) MUST_CHECK;
/* The name of a region of the first level. */
enum status draft_admin(struct draft *draft, struct slice country, struct slice code,
                        struct slice name, uint32_t geonames, struct fault *fault) MUST_CHECK;
/* The place with this GeoNames number; false when none was added. Only after all places are. */
bool draft_find(struct draft *draft, uint32_t geonames, uint32_t *place);

/* Places without a population take it from those of `known` with the same name within 25 km. */
void draft_fill_populations(struct draft *draft, const struct gazetteer *known);

/* Writes the file: into a temporary one beside it, synced, renamed. */
enum status draft_write(struct draft *draft, const char *path, struct fault *fault) MUST_CHECK;

uint64_t draft_places(const struct draft *draft);
uint64_t draft_names(const struct draft *draft);

#endif
