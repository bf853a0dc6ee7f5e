/* Looking names up in the gazetteers of a document, the user's first. */
#include "worker/analysis/places/candidates.h"

#include <math.h>

#include "worker/analysis/lexicon.h"
#include "worker/analysis/names/find_names.h"
#include "worker/analysis/names/spans.h"
#include "worker/analysis/places/distance.h"

#define SAME_CITY_KM   30.0
#define NAMES_EXPECTED 256

uint64_t name_hash(const struct doc *doc, uint32_t first, uint32_t end)
{
    uint64_t hash = doc->words[first].hash;
    for (uint32_t i = first + 1; i < end; i++) {
        struct slice word = doc_fold(doc, &doc->words[i]);
        hash = lexicon_hash(lexicon_hash(hash, " ", 1), word.data, word.len);
    }
    return hash;
}

/* One step for all names before the next for any: the slots, then the postings, then the places. */
static void expect_in(const struct gazetteer *gazetteer, const uint64_t *hashes, size_t count)
{
    const uint32_t *postings[NAMES_EXPECTED];
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(&gazetteer->slots[(uint32_t)hashes[i] & gazetteer->header->slot_mask]);
    for (size_t i = 0; i < count; i++) {
        const struct gazetteer_slot *slot = gazetteer_find(gazetteer, hashes[i]);
        if (slot && slot->count > 0)
            __builtin_prefetch(postings[found++] = &gazetteer->postings[slot->first]);
    }
    for (size_t i = 0; i < found; i++)
        __builtin_prefetch(&gazetteer->places[POSTING_PLACE(*postings[i])]);
}

void names_expect(const struct doc *doc)
{
    uint64_t hashes[NAMES_EXPECTED];
    size_t count = 0;
    for (size_t i = 0; i < doc->name_count && count + 2 <= NAMES_EXPECTED; i++) {
        const struct name_span *name = &doc->names[i];
        if (name->first_word == NAME_NO_WORD || name->word_end <= name->first_word)
            continue;
        hashes[count++] = doc->words[name->first_word].hash;
        if (name->word_end - name->first_word > 1)
            hashes[count++] = name_hash(doc, name->first_word, name->word_end);
    }
    for (size_t g = 0; g < DOC_GAZETTEERS; g++)
        if (doc->gazetteers[g])
            expect_in(doc->gazetteers[g], hashes, count);
}

static bool is_known(const struct doc *doc, uint64_t hash)
{
    for (size_t g = 0; g < DOC_GAZETTEERS; g++) {
        const struct gazetteer_slot *slot =
            doc->gazetteers[g] ? gazetteer_find(doc->gazetteers[g], hash) : NULL;
        if (slot && slot->count > 0)
            return true;
    }
    return false;
}

uint32_t longest_name(const struct doc *doc, uint32_t first, uint32_t end)
{
    uint32_t longest = 0, found = 0;
    for (size_t g = 0; g < DOC_GAZETTEERS; g++) {
        const struct gazetteer_slot *slot =
            doc->gazetteers[g] ? gazetteer_find(doc->gazetteers[g], doc->words[first].hash) : NULL;
        if (slot && slot->longest > longest)
            longest = slot->longest;
    }
    for (uint32_t n = 1; n <= longest && first + n <= end; n++)
        if (is_known(doc, name_hash(doc, first, first + n)))
            found = n;
    return found;
}

static double degrees(int32_t fixed)
{
    return fixed == GAZETTEER_NOWHERE ? (double)NAN : fixed / 1e5;
}

static uint64_t admin_of(const struct gazetteer *gazetteer, const struct gazetteer_place *place)
{
    if (place->admin == 0)
        return 0;
    const char *name = gazetteer_text(gazetteer, gazetteer->admins[place->admin - 1].name);
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, place->country, 2);
    return lexicon_hash(hash, name, strlen(name)) | 1;
}

static bool is_area(const struct gazetteer_place *place)
{
    return place->kind == PLACE_COUNTRY || place->kind == PLACE_REGION;
}

/* Two entries for one place: of one country, and both areas of one kind, or near each other. */
static bool same(const struct place_candidate *a, const struct place_candidate *b)
{
    if (memcmp(a->country, b->country, 2) != 0)
        return false;
    if (is_area(a->place) || is_area(b->place))
        return a->place->kind == b->place->kind;
    return distance_km(a->lat, a->lon, b->lat, b->lon) < SAME_CITY_KM &&
           (a->place->kind == b->place->kind || a->place->kind == PLACE_OTHER ||
            b->place->kind == PLACE_OTHER);
}

/* The entry found first keeps its numbers; each gives what the other lacks. The built-in one, which
 * comes second, knows better where the middle of an area is. */
static void join(struct place_candidate *kept, const struct place_candidate *more)
{
    if (more->base > kept->base)
        kept->base = more->base;
    if (is_area(kept->place) && !isnan(more->lat) && kept->gazetteer != more->gazetteer) {
        kept->lat = more->lat;
        kept->lon = more->lon;
    }
    if (kept->admin == 0)
        kept->admin = more->admin;
}

static size_t add(struct place_candidate *out, size_t count, const struct place_candidate *made)
{
    for (size_t i = 0; i < count; i++)
        if (same(&out[i], made)) {
            join(&out[i], made);
            return count;
        }
    if (count < PLACE_CANDIDATES_MAX)
        out[count++] = *made;
    return count;
}

size_t find_candidates(const struct doc *doc, uint64_t hash,
                       struct place_candidate out[PLACE_CANDIDATES_MAX])
{
    size_t count = 0;
    for (size_t g = 0; g < DOC_GAZETTEERS; g++) {
        const struct gazetteer *gazetteer = doc->gazetteers[g];
        const struct gazetteer_slot *slot = gazetteer ? gazetteer_find(gazetteer, hash) : NULL;
        for (uint32_t i = 0; slot && i < slot->count && i < PLACE_CANDIDATES_MAX; i++) {
            uint32_t posting = gazetteer->postings[slot->first + i];
            const struct gazetteer_place *place = &gazetteer->places[POSTING_PLACE(posting)];
            struct place_candidate made = {
                .gazetteer = gazetteer,
                .place = place,
                .base = gazetteer_weight(place, posting),
                .lat = degrees(place->lat),
                .lon = degrees(place->lon),
                .admin = admin_of(gazetteer, place),
                .geonames = place->geonames,
                .country = {place->country[0], place->country[1], '\0'},
            };
            count = add(out, count, &made);
        }
    }
    return count;
}
