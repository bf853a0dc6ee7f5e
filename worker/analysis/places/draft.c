/* Collecting places and names for a gazetteer. */
#include "worker/analysis/places/draft_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/lexicon.h"
#include "worker/analysis/places/distance.h"
#include "worker/analysis/stages.h"

#define FOLD_ARENA_BYTES ((size_t)4 << 20)
#define SAME_PLACE_KM    25.0

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the gazetteer");
}

static enum status too_big(const char *what, uint64_t limit, struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "gazetteer-too-big",
                     "a gazetteer holds at most %llu %s: import fewer files",
                     (unsigned long long)limit, what);
}

/* Room for one more; the vector doubles. */
static bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? 2 * *capacity : 4096;
    void *larger = realloc(*items, wanted * size);
    if (!larger)
        return false;
    *items = larger;
    *capacity = wanted;
    return true;
}

static enum status pool_add(struct draft *draft, struct slice text, uint32_t *at,
                            struct fault *fault)
{
    if (draft->pool_len + text.len + 1 > GAZETTEER_POOL_MAX)
        return too_big("bytes of names", GAZETTEER_POOL_MAX, fault);
    while (draft->pool_len + text.len + 1 > draft->pool_capacity) {
        size_t wanted = draft->pool_capacity ? 2 * draft->pool_capacity : (size_t)1 << 20;
        char *larger = realloc(draft->pool, wanted);
        if (!larger)
            return no_memory(fault);
        draft->pool = larger;
        draft->pool_capacity = wanted;
    }
    *at = (uint32_t)draft->pool_len;
    memcpy(draft->pool + draft->pool_len, text.data, text.len);
    draft->pool[draft->pool_len + text.len] = '\0';
    draft->pool_len += text.len + 1;
    return STATUS_OK;
}

enum status draft_new(struct draft **out, struct fault *fault)
{
    struct draft *draft = calloc(1, sizeof *draft);
    *out = draft;
    if (!draft || !(draft->arena = arena_new(FOLD_ARENA_BYTES))) {
        draft_free(draft);
        *out = NULL;
        return no_memory(fault);
    }
    uint32_t empty; /* at 0: no name */
    enum status status = words_breaks_new(&draft->breaks, fault);
    if (status == STATUS_OK)
        status = pool_add(draft, SLICE_LITERAL(""), &empty, fault);
    if (status == STATUS_OK)
        return STATUS_OK;
    draft_free(draft);
    *out = NULL;
    return status;
}

void draft_free(struct draft *draft)
{
    if (!draft)
        return;
    words_breaks_free(draft->breaks);
    arena_free(draft->arena);
    free(draft->places);
    free(draft->names);
    free(draft->admins);
    free(draft->pool);
    free(draft->by_number);
    free(draft);
}

static bool admin_is(const struct gazetteer_admin *admin, struct slice country, struct slice code)
{
    return memcmp(admin->country, country.data, 2) == 0 &&
           strnlen(admin->code, sizeof admin->code) == code.len &&
           memcmp(admin->code, code.data, code.len) == 0;
}

/* 1 + the index of a region, made if it is new; 0 when there is no code or no room. */
static uint16_t admin_of(struct draft *draft, struct slice country, struct slice code)
{
    if (country.len != 2 || code.len == 0 || code.len > sizeof draft->admins->admin.code)
        return 0;
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, country.data, country.len);
    size_t at = lexicon_hash(hash, code.data, code.len) % DRAFT_ADMIN_SLOTS;
    for (; draft->admin_slots[at]; at = (at + 1) % DRAFT_ADMIN_SLOTS)
        if (admin_is(&draft->admins[draft->admin_slots[at] - 1].admin, country, code))
            return draft->admin_slots[at];
    void *items = draft->admins;
    if (draft->admin_count >= GAZETTEER_ADMINS_MAX ||
        !grow(&items, draft->admin_count, &draft->admin_capacity, sizeof *draft->admins))
        return 0;
    draft->admins = items;
    struct draft_region *region = &draft->admins[draft->admin_count++];
    memset(region, 0, sizeof *region);
    memcpy(region->admin.country, country.data, 2);
    memcpy(region->admin.code, code.data, code.len);
    draft->admin_slots[at] = (uint16_t)draft->admin_count;
    return (uint16_t)draft->admin_count;
}

static int32_t fixed(double degrees)
{
    return isnan(degrees) ? GAZETTEER_NOWHERE : (int32_t)lround(degrees * 1e5);
}

/* What its cities say of where a region lies, unless it has said so itself. */
static void locate_admin(struct draft *draft, const struct draft_place *place,
                         const struct gazetteer_place *made)
{
    if (made->admin == 0 || isnan(place->lat))
        return;
    struct draft_region *region = &draft->admins[made->admin - 1];
    if (place->kind == PLACE_REGION) {
        region->lat_sum = place->lat;
        region->lon_sum = place->lon;
        region->cities = 1;
        region->located = true;
        region->admin.name = made->name;
    } else if (!region->located) {
        region->lat_sum += place->lat;
        region->lon_sum += place->lon;
        region->cities++;
    }
}

enum status draft_add(struct draft *draft, const struct draft_place *place, uint32_t *index,
                      struct fault *fault)
{
    if (draft->place_count >= GAZETTEER_PLACES_MAX)
        return too_big("places", GAZETTEER_PLACES_MAX, fault);
    void *items = draft->places;
    if (!grow(&items, draft->place_count, &draft->place_capacity, sizeof *draft->places))
        return no_memory(fault);
    draft->places = items;
    struct gazetteer_place made = {
        .lat = fixed(place->lat),
        .lon = place->lat == place->lat ? fixed(place->lon) : GAZETTEER_NOWHERE,
        .geonames = place->geonames,
        .population = place->population,
        .admin = admin_of(draft, place->country, place->admin_code),
        .kind = (uint8_t)place->kind,
        .seat = place->seat,
    };
    if (place->country.len == 2)
        memcpy(made.country, place->country.data, 2);
    enum status status = pool_add(draft, place->name, &made.name, fault);
    if (status != STATUS_OK)
        return status;
    locate_admin(draft, place, &made);
    *index = (uint32_t)draft->place_count;
    draft->places[draft->place_count++] = made;
    return draft_name(draft, *index, place->name, fault);
}

/* Folds a name in the arena; false when it has no words, or too many. */
static bool fold(struct draft *draft, struct slice name, struct draft_entry *out)
{
    arena_reset(draft->arena);
    struct doc doc = {.breaks = draft->breaks, .language = "en", .text = name};
    if (name.len == 0 || name.len > 200 || words_run(&doc, draft->arena) != STATUS_OK)
        return false;
    if (doc.word_count == 0 || doc.word_count > GAZETTEER_WORDS_MAX)
        return false;
    uint64_t hash = doc.words[0].hash;
    for (size_t i = 1; i < doc.word_count; i++) {
        struct slice word = doc_fold(&doc, &doc.words[i]);
        hash = lexicon_hash(lexicon_hash(hash, " ", 1), word.data, word.len);
    }
    out->hash = hash;
    out->first_hash = doc.words[0].hash;
    out->words = (uint8_t)doc.word_count;
    return !(doc.word_count == 1 && doc.words[0].number);
}

enum status draft_name(struct draft *draft, uint32_t place, struct slice name, struct fault *fault)
{
    struct draft_entry entry = {.posting = place};
    const struct gazetteer_place *its = &draft->places[place];
    if (!fold(draft, name, &entry))
        return STATUS_OK;
    if (!slice_is(name, draft->pool + its->name))
        entry.posting |= POSTING_OTHER_NAME;
    if (draft->name_count >= GAZETTEER_NAMES_MAX)
        return too_big("names", GAZETTEER_NAMES_MAX, fault);
    void *items = draft->names;
    if (!grow(&items, draft->name_count, &draft->name_capacity, sizeof *draft->names))
        return no_memory(fault);
    draft->names = items;
    draft->names[draft->name_count++] = entry;
    return STATUS_OK;
}

enum status draft_admin(struct draft *draft, struct slice country, struct slice code,
                        struct slice name, uint32_t geonames, struct fault *fault)
{
    uint16_t admin = admin_of(draft, country, code);
    if (admin == 0)
        return STATUS_OK;
    draft->admins[admin - 1].geonames = geonames;
    return pool_add(draft, name, &draft->admins[admin - 1].admin.name, fault);
}

static int by_number(const void *left, const void *right)
{
    const struct draft_number *a = left, *b = right;
    return a->geonames < b->geonames ? -1 : a->geonames > b->geonames;
}

bool draft_find(struct draft *draft, uint32_t geonames, uint32_t *place)
{
    if (!draft->by_number) {
        draft->by_number = malloc((draft->place_count + 1) * sizeof *draft->by_number);
        if (!draft->by_number)
            return false;
        draft->number_count = draft->place_count;
        for (uint32_t i = 0; i < draft->place_count; i++)
            draft->by_number[i] = (struct draft_number){draft->places[i].geonames, i};
        qsort(draft->by_number, draft->number_count, sizeof *draft->by_number, by_number);
    }
    struct draft_number wanted = {geonames, 0};
    const struct draft_number *found =
        bsearch(&wanted, draft->by_number, draft->number_count, sizeof wanted, by_number);
    if (found)
        *place = found->place;
    return found != NULL && geonames != 0;
}

static bool same_place(const struct gazetteer_place *a, const struct gazetteer_place *b)
{
    return a->kind == PLACE_CITY && memcmp(a->country, b->country, 2) == 0 &&
           a->lat != GAZETTEER_NOWHERE &&
           distance_km(a->lat / 1e5, a->lon / 1e5, b->lat / 1e5, b->lon / 1e5) < SAME_PLACE_KM;
}

void draft_fill_populations(struct draft *draft, const struct gazetteer *known)
{
    for (size_t i = 0; i < draft->name_count; i++) {
        struct gazetteer_place *place = &draft->places[POSTING_PLACE(draft->names[i].posting)];
        if (place->population > 0 || place->kind != PLACE_CITY || place->lat == GAZETTEER_NOWHERE)
            continue;
        const struct gazetteer_slot *slot = gazetteer_find(known, draft->names[i].hash);
        for (uint32_t k = 0; slot && k < slot->count; k++) {
            const struct gazetteer_place *other =
                &known->places[POSTING_PLACE(known->postings[slot->first + k])];
            if (other->population > place->population && same_place(other, place)) {
                place->population = other->population;
                if (place->seat == 0)
                    place->seat = other->seat;
            }
        }
    }
}

uint64_t draft_places(const struct draft *draft)
{
    return draft->place_count;
}

uint64_t draft_names(const struct draft *draft)
{
    return draft->name_count;
}
