/* Which of its candidates a name means: the likeliest by itself (a country before a region before a
 * city, by people), moved by the company it keeps: the countries and regions that the other names
 * of the article may be in, what lies near, what stands behind a comma, where the article was
 * published. A few rounds, each with the shares of the one before, settle the names together. */
#include <math.h>
#include <string.h>

#include "worker/analysis/places/distance.h"
#include "worker/analysis/places/mentions.h"

#define ROUNDS       4
#define SAME_COUNTRY 6.0 /* what it is worth when all other names are in the same country */
#define SAME_REGION  7.0
#define NEAR         5.0
#define NEAR_KM      150.0
#define NEAR_DEGREES 1.4 /* of latitude: more are 155 km, whatever the longitude */
#define BEHIND_COMMA 8.0
#define PUBLISHER    0.7 /* names' worth of the publisher's country */
#define COUNTRY_VOTE 0.6 /* a country by name says less of where small places are */

static bool fits(const struct place_group *group, const struct place_candidate *candidate)
{
    if (group->within_country[0] == '\0')
        return false;
    return memcmp(group->within_country, candidate->country, 2) == 0 &&
           (group->within_admin == 0 || candidate->admin == 0 ||
            group->within_admin == candidate->admin);
}

static double vote_of(const struct place_candidate *candidate)
{
    return candidate->place->kind == PLACE_COUNTRY ? COUNTRY_VOTE : 1;
}

/* What the other groups say for a candidate, as parts of all they could say. */
static double company(const struct place_mentions *mentions, size_t self,
                      const struct place_candidate *candidate, const char *publisher)
{
    double country = 0, region = 0, near = 0, all = PUBLISHER;
    if (memcmp(publisher, candidate->country, 2) == 0)
        country += PUBLISHER;
    for (size_t g = 0; g < mentions->group_count; g++) {
        const struct place_group *group = &mentions->groups[g];
        if (g == self || group->candidate_count == 0)
            continue;
        all += 1;
        for (size_t c = 0; c < group->candidate_count; c++) {
            const struct place_candidate *other = &group->candidates[c];
            if (other->share < 0.02 || other->country[0] == '\0' ||
                memcmp(other->country, candidate->country, 2) != 0)
                continue;
            country += other->share * vote_of(other);
            region += candidate->admin != 0 && other->admin == candidate->admin ? other->share : 0;
            if (candidate->place->kind >= PLACE_COUNTY && other->place->kind >= PLACE_COUNTY &&
                fabs(candidate->lat - other->lat) < NEAR_DEGREES &&
                distance_km(candidate->lat, candidate->lon, other->lat, other->lon) < NEAR_KM)
                near += other->share;
        }
    }
    return SAME_COUNTRY * country / all +
           SAME_REGION * (1 - exp(-region)) * (region + 1) / (all + 1) + NEAR * (1 - exp(-near));
}

static void score_group(struct place_mentions *mentions, size_t index, const char *publisher)
{
    struct place_group *group = &mentions->groups[index];
    if (group->candidate_count == 1)
        return; /* there is nothing to choose */
    for (size_t c = 0; c < group->candidate_count; c++) {
        struct place_candidate *candidate = &group->candidates[c];
        candidate->score = candidate->base + company(mentions, index, candidate, publisher) +
                           (fits(group, candidate) ? BEHIND_COMMA : 0);
    }
}

static void share_out(struct place_group *group)
{
    double sum = 0, most = 0;
    group->best = 0;
    for (size_t c = 0; c < group->candidate_count; c++)
        if (group->candidates[c].score > group->candidates[group->best].score)
            group->best = c;
    if (group->candidate_count > 0)
        most = group->candidates[group->best].score;
    for (size_t c = 0; c < group->candidate_count; c++)
        sum += group->candidates[c].share = exp(group->candidates[c].score - most);
    for (size_t c = 0; c < group->candidate_count; c++)
        group->candidates[c].share /= sum;
}

void place_choose(struct place_mentions *mentions, const char *country)
{
    for (size_t g = 0; g < mentions->group_count; g++) {
        struct place_group *group = &mentions->groups[g];
        for (size_t c = 0; c < group->candidate_count; c++)
            group->candidates[c].score =
                group->candidates[c].base + (fits(group, &group->candidates[c]) ? BEHIND_COMMA : 0);
        share_out(group);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t g = 0; g < mentions->group_count; g++)
            score_group(mentions, g, country);
        for (size_t g = 0; g < mentions->group_count; g++)
            share_out(&mentions->groups[g]);
    }
}
