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
#define LEAST_SHARE  0.02

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

/* The candidates that count in a round, side by side: each is weighed against all of them. */
struct companion {
    uint16_t country;
    uint16_t group;
    bool local;         /* smaller than a region */
    double share, vote; /* vote: of the share, for its country */
    const struct place_candidate *candidate;
};
struct company {
    struct companion items[PLACE_GROUPS_MAX * PLACE_CANDIDATES_MAX];
    size_t count;
    uint16_t publisher; /* its country */
    double all;         /* what the other groups could say for a group that has candidates */
};

/* Two letters as a number; 0 none. */
static uint16_t country_number(const char *country)
{
    uint16_t number;
    memcpy(&number, country, sizeof number);
    return number;
}

static void gather(const struct place_mentions *mentions, struct company *out)
{
    out->count = 0;
    out->all = PUBLISHER;
    for (size_t g = 0, others = 0; g < mentions->group_count; g++) {
        const struct place_group *group = &mentions->groups[g];
        if (group->candidate_count > 0 && others++ > 0)
            out->all += 1; /* one of them is the group itself */
        for (size_t c = 0; c < group->candidate_count; c++) {
            const struct place_candidate *other = &group->candidates[c];
            if (other->share >= LEAST_SHARE && other->country[0] != '\0')
                out->items[out->count++] =
                    (struct companion){.country = country_number(other->country),
                                       .group = (uint16_t)g,
                                       .local = other->place->kind >= PLACE_COUNTY,
                                       .share = other->share,
                                       .vote = other->share * vote_of(other),
                                       .candidate = other};
        }
    }
}

static bool is_near(const struct place_candidate *a, const struct place_candidate *b)
{
    return fabs(a->lat - b->lat) < NEAR_DEGREES &&
           distance_km(a->lat, a->lon, b->lat, b->lon) < NEAR_KM;
}

/* What the other groups say for a candidate, as parts of all they could say. */
static double company_of(const struct company *company, size_t self,
                         const struct place_candidate *candidate)
{
    const uint16_t own = country_number(candidate->country);
    const bool local = candidate->place->kind >= PLACE_COUNTY;
    double country = company->publisher == own ? PUBLISHER : 0, region = 0, near = 0;
    for (size_t i = 0; i < company->count; i++) {
        const struct companion *other = &company->items[i];
        if (other->country != own || other->group == self)
            continue;
        country += other->vote;
        if (candidate->admin != 0 && other->candidate->admin == candidate->admin)
            region += other->share;
        if (local && other->local && is_near(candidate, other->candidate))
            near += other->share;
    }
    double sum = SAME_COUNTRY * country / company->all;
    if (region > 0)
        sum += SAME_REGION * (1 - exp(-region)) * (region + 1) / (company->all + 1);
    return near > 0 ? sum + NEAR * (1 - exp(-near)) : sum;
}

static void score_group(struct place_group *group, size_t index, const struct company *company)
{
    if (group->candidate_count == 1)
        return; /* there is nothing to choose */
    for (size_t c = 0; c < group->candidate_count; c++) {
        struct place_candidate *candidate = &group->candidates[c];
        candidate->score = candidate->base + company_of(company, index, candidate) +
                           (fits(group, candidate) ? BEHIND_COMMA : 0);
    }
}

static void share_out(struct place_group *group)
{
    double sum = 0, most = 0;
    group->best = 0;
    if (group->candidate_count == 1) {
        group->candidates[0].share = 1;
        return;
    }
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
    struct company company;
    company.publisher = country_number(country);
    for (size_t g = 0; g < mentions->group_count; g++) {
        struct place_group *group = &mentions->groups[g];
        for (size_t c = 0; c < group->candidate_count; c++)
            group->candidates[c].score =
                group->candidates[c].base + (fits(group, &group->candidates[c]) ? BEHIND_COMMA : 0);
        share_out(group);
    }
    for (int round = 0; round < ROUNDS; round++) {
        gather(mentions, &company);
        for (size_t g = 0; g < mentions->group_count; g++)
            score_group(&mentions->groups[g], g, &company);
        for (size_t g = 0; g < mentions->group_count; g++)
            share_out(&mentions->groups[g]);
    }
}
