/* Who a noun phrase stands for: a country, a body of many states, a group, and the sector it acts
 * for.
 *
 * The code is ISO 3166-1 alpha-3, IGO or NGO; the sector one of PLOVER's (GOV, MIL, REB, …).
 * Countries come from the names found before, sectors from data/event_actors.txt by the head noun
 * or a title; heads of state and government by the date of the article. A person whose country and
 * office were once given keeps them for the rest of the article. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_ACTORS_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_ACTORS_H

#include "worker/analysis/events/own.h"

struct actor {
    uint32_t token;            /* the phrase's head */
    uint32_t from, to;         /* bytes of text: the phrase without what hangs behind the head */
    struct slice code, sector; /* NULL data when unknown */
    bool guessed;              /* the country is that of the sentence's others */
};

struct actors; /* what is known of the names of one document */

/* REJECT at the arena's limit. */
enum status actors_new(const struct tree *tree, struct actors **out,
                       struct arena *arena) MUST_CHECK;

/* What the user's dictionaries say of the document; NULL without any. */
const struct own *actors_own(const struct actors *actors);
/* The actor of the phrase with this head; false when it is nobody: no country, body or sector. */
bool actor_of(struct actors *actors, uint32_t head, struct actor *out);
/* The other actor of "the Turkish and Greek sides"; false when the phrase is of one country. */
bool actor_second(struct actors *actors, const struct actor *first, struct actor *out);
/* The actor that a modifier of the phrase names ("North Korea's demand", "aid for Bosnia"). */
bool actor_inside(struct actors *actors, uint32_t head, struct actor *out);
/* How many persons' offices are known by now: while it stays, so does what actor_of() says. */
size_t actors_known_offices(const struct actors *actors);
/* The first country named in the token's sentence; NULL data. */
struct slice actor_country_of_sentence(struct actors *actors, uint32_t token);

#endif
