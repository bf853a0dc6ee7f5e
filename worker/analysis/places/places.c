/* The places of an article: found, resolved, and which country it is about. */
#include <math.h>
#include <stdlib.h>

#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/names/spans.h"
#include "worker/analysis/places/mentions.h"
#include "worker/analysis/stages.h"

#define FOCUS_PLACES 128 /* the first ones say it */
#define FOCUS_LEAST  0.5
#define GUESS        0.3 /* confidence of a place that is only near the article's own */

static const char *kind_name(const struct gazetteer_place *place)
{
    static const char *const names[] = {"other", "country", "region", "region",
                                        "city",  "water",   "island"};
    return names[place->kind <= PLACE_ISLAND ? place->kind : PLACE_OTHER];
}

/* The country of the publisher: that of its domain; "" where that says nothing. */
static void publisher_country(const struct doc *doc, char out[3])
{
    struct slice source = doc->result->source;
    memset(out, 0, 3);
    if (source.len < 4 || source.data[source.len - 3] != '.')
        return;
    for (int i = 0; i < 2; i++) {
        char byte = source.data[source.len - 2 + (size_t)i];
        if (byte < 'a' || byte > 'z')
            return;
        out[i] = (char)(byte - 32);
    }
    if (memcmp(out, "UK", 2) == 0)
        memcpy(out, "GB", 2);
    if (strstr("TV FM IO ME CO AI CC EU", out))
        memset(out, 0, 3);
}

static struct slice admin_name(const struct place_candidate *candidate)
{
    uint16_t admin = candidate->place->admin;
    if (admin == 0 || candidate->place->kind == PLACE_COUNTRY)
        return SLICE_NULL;
    const struct gazetteer *gazetteer = candidate->gazetteer;
    struct slice name = slice_from(gazetteer_text(gazetteer, gazetteer->admins[admin - 1].name));
    return name.len > 0 ? name : SLICE_NULL;
}

static struct slice country_of(const struct place_candidate *candidate)
{
    return candidate->country[0] ? (struct slice){candidate->place->country, 2} : SLICE_NULL;
}

static void fill(struct result_place *out, const struct place_candidate *candidate)
{
    out->country = country_of(candidate);
    out->admin1 = admin_name(candidate);
    out->lat = candidate->lat;
    out->lon = candidate->lon;
}

static double source_confidence(const struct place_mention *mention)
{
    switch (mention->source) {
    case PLACE_PEOPLE:
        return 0.5;
    case PLACE_INSIDE:
        return 0.7;
    default:
        return mention->partial ? 0.8 : 0.97;
    }
}

static struct result_place place_of(const struct doc *doc, const struct place_mentions *mentions,
                                    const struct place_mention *mention,
                                    const struct place_candidate *near)
{
    struct result_place out = {.start = doc_point(doc, mention->from),
                               .end = doc_point(doc, mention->to),
                               .text = slice_sub(doc->text, mention->from, mention->to),
                               .kind = SLICE_LITERAL("other"),
                               .lat = (double)NAN,
                               .lon = (double)NAN,
                               .geonames = FIELD_NONE,
                               .confidence = GUESS};
    out.name = out.text;
    const struct place_group *group =
        mention->group < PLACE_GROUPS_MAX ? &mentions->groups[mention->group] : NULL;
    if (!group || group->candidate_count == 0) {
        if (near)
            fill(&out, near); /* a street, a county: somewhere near */
        if (near && near->place->kind == PLACE_COUNTRY)
            out.lat = out.lon = (double)NAN; /* somewhere in it */
        return out;
    }
    const struct place_candidate *best = &group->candidates[group->best];
    fill(&out, best);
    out.name = slice_from(gazetteer_text(best->gazetteer, best->place->name));
    out.kind = slice_from(kind_name(best->place));
    if (best->geonames)
        out.geonames = best->geonames;
    out.confidence = source_confidence(mention) * best->share;
    return out;
}

/* The place of that kind that is named most, the first of them; NULL when there is none. */
static const struct place_candidate *most_named(const struct place_mentions *mentions,
                                                enum gazetteer_kind kind)
{
    uint32_t counts[PLACE_GROUPS_MAX] = {0}, most = 0;
    const struct place_candidate *found = NULL;
    for (size_t i = mentions->count; i-- > 0;) {
        uint32_t index = mentions->items[i].group;
        const struct place_group *group =
            index < PLACE_GROUPS_MAX ? &mentions->groups[index] : NULL;
        if (!group || group->candidate_count == 0 ||
            group->candidates[group->best].place->kind != kind || ++counts[index] < most)
            continue;
        most = counts[index];
        found = &group->candidates[group->best];
    }
    return found;
}

static enum status give(struct doc *doc, const struct place_mentions *mentions, struct arena *arena)
{
    struct result_place *places = arena_array(arena, mentions->count, sizeof *places);
    if (!places)
        return STATUS_REJECT;
    const struct place_candidate *near = most_named(mentions, PLACE_CITY);
    if (!near)
        near = most_named(mentions, PLACE_REGION);
    if (!near)
        near = most_named(mentions, PLACE_COUNTRY);
    for (size_t i = 0; i < mentions->count; i++)
        places[i] = place_of(doc, mentions, &mentions->items[i], near);
    doc->result->places = (struct field_list){places, mentions->count};
    return STATUS_OK;
}

/* The countries of the first places as numbers; 0 none. Returns how many places those are. */
static size_t read_countries(const struct field_list *list, uint16_t out[FOCUS_PLACES])
{
    const struct result_place *places = list->items;
    size_t count = list->count < FOCUS_PLACES ? list->count : FOCUS_PLACES;
    memset(out, 0, FOCUS_PLACES * sizeof *out);
    for (size_t i = 0; i < count; i++)
        if (places[i].country.data)
            memcpy(&out[i], places[i].country.data, sizeof *out);
    return count;
}

/* The country with the most mentions, a mention weighing what it is sure; none when that is little.
 */
static void find_focus(struct doc *doc)
{
    const struct result_place *places = doc->result->places.items;
    uint16_t countries[FOCUS_PLACES];
    size_t count = read_countries(&doc->result->places, countries);
    double best = 0;
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        const uint16_t country = countries[i];
        for (size_t j = i; country && j < count; j++) {
            if (countries[j] != country)
                continue;
            sum += places[j].confidence;
            countries[j] = 0; /* not again */
        }
        if (sum > best) {
            best = sum;
            doc->result->focus = places[i].country;
        }
    }
    if (best < FOCUS_LEAST)
        doc->result->focus = SLICE_NULL;
}

/* Names whose type the places have corrected. */
static void correct_names(struct doc *doc)
{
    struct result_name *names = (struct result_name *)(uintptr_t)doc->result->names.items;
    for (size_t i = 0; i < doc->name_count; i++)
        if (doc->names[i].type == NAME_PLACE && !slice_is(names[i].type, "place")) {
            names[i].type = SLICE_LITERAL("place");
            names[i].key = SLICE_NULL;
        }
}

enum status places_run(struct doc *doc, struct arena *arena)
{
    struct place_mentions mentions = {0};
    char publisher[3];
    enum status status = place_mentions(doc, &mentions, arena);
    if (status != STATUS_OK)
        return status;
    publisher_country(doc, publisher);
    place_choose(&mentions, publisher);
    correct_names(doc);
    status = give(doc, &mentions, arena);
    if (status == STATUS_OK)
        find_focus(doc);
    return status;
}
