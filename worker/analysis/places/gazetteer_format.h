/* How a gazetteer lies in its file, and looking into it. Everything is in the byte order of the
 * machine that made it; another order has another magic number and is refused.
 *
 *   header | places | admins | slots | postings | pool
 *
 * Names are found through `slots`, a hash table without its keys (name_tables.h says what that
 * means): the hash of a folded name, words joined by one space, leads to a run of `postings`,
 * places by their weight, the likeliest first. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_GAZETTEER_FORMAT_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_GAZETTEER_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/analysis/places/gazetteer.h"

#define GAZETTEER_MAGIC   UINT64_C(0x315a47414d4e0a0d) /* "\r\nNMGAZ1", little-endian */
#define GAZETTEER_VERSION 1

#define GAZETTEER_PLACES_MAX 16000000u
#define GAZETTEER_NAMES_MAX  64000000u
#define GAZETTEER_ADMINS_MAX 60000u
#define GAZETTEER_POOL_MAX   1000000000u
#define GAZETTEER_WORDS_MAX  10 /* of one name */

enum gazetteer_kind {
    PLACE_OTHER,
    PLACE_COUNTRY,
    PLACE_REGION,
    PLACE_COUNTY, /* second level; a region to the outside */
    PLACE_CITY,
    PLACE_WATER,
    PLACE_ISLAND
};

struct gazetteer_header {
    uint64_t magic;
    uint32_t version, reserved;
    uint64_t checksum; /* XXH3 of all behind the header */
    uint64_t bytes;    /* of the whole file */
    uint32_t place_count, admin_count, slot_mask, posting_count;
    uint64_t pool_bytes;
};

struct gazetteer_place {
    int32_t lat, lon; /* 1e-5 degrees; GAZETTEER_NOWHERE: unknown */
    uint32_t name;    /* in the pool, NUL-terminated */
    uint32_t geonames;
    uint32_t population;
    uint16_t admin;  /* 1 + index of its region of the first level; 0 none */
    char country[2]; /* ISO 3166-1 alpha-2, zeros none */
    uint8_t kind;    /* enum gazetteer_kind */
    uint8_t seat; /* 1 capital, 2 seat of a first-level region, 3 of a second-level one, 0 none */
    uint16_t reserved;
};
#define GAZETTEER_NOWHERE INT32_MAX

struct gazetteer_admin {
    uint32_t name; /* in the pool */
    char country[2];
    char code[6]; /* GeoNames' */
    int32_t lat, lon;
};

struct gazetteer_slot {
    uint32_t tag;    /* upper half of the hash */
    uint32_t first;  /* posting */
    uint16_t count;  /* postings; 0 with longest > 0: the word only begins names */
    uint8_t longest; /* words of the longest name that begins with this word */
    uint8_t used;
};

/* A posting: a place, and whether this is the name it goes by or another one. */
#define POSTING_PLACE(posting) ((posting)&0x7fffffffu)
#define POSTING_OTHER_NAME     0x80000000u

struct gazetteer {
    const struct gazetteer_header *header;
    const struct gazetteer_place *places;
    const struct gazetteer_admin *admins;
    const struct gazetteer_slot *slots;
    const uint32_t *postings;
    const char *pool;
    void *mapped;
    size_t mapped_bytes;
};

/* Sets the pointers for a gazetteer at `data` and checks that everything lies inside. */
enum status gazetteer_lay(const void *data, size_t bytes, bool checksum, struct gazetteer *out,
                          struct fault *fault) MUST_CHECK;

/* The slot of a name; NULL when no name has this hash. */
const struct gazetteer_slot *gazetteer_find(const struct gazetteer *gazetteer, uint64_t hash);

/* How likely a name without more is this place: countries, then regions, then by people. */
double gazetteer_weight(const struct gazetteer_place *place, uint32_t posting);

static inline const char *gazetteer_text(const struct gazetteer *gazetteer, uint32_t at)
{
    return gazetteer->pool + at;
}

#endif
