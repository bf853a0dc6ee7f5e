/* What dictionaries of the user's own (petrarch.h) say of one document: which words are actors and
 * agents, and which verbs say that something was done. Time is linear in the text for given
 * dictionaries. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_OWN_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_OWN_H

#include "worker/analysis/petrarch/petrarch.h"
#include "worker/analysis/syntax/tree.h"

struct own;

/* NULL in `*out` when there are no dictionaries. REJECT at the arena's limit. */
enum status own_new(const struct tree *tree, struct own **out, struct arena *arena) MUST_CHECK;

/* Who the words around the token are on the article's day (INT64_MIN: unknown); false when they are
 * nobody's name. `own` may be NULL. */
bool own_actor(const struct own *own, uint32_t token, int64_t day, struct petrarch_role *out);
/* The sector of those the word speaks of; NULL data. `own` may be NULL. */
struct slice own_sector(const struct own *own, uint32_t token);

/* Asked for "$", "+", "^" and "%": whether the token is the head of somebody's phrase. */
struct own_judge {
    bool (*is_actor)(void *user, uint32_t token);
    void *user;
};

struct own_match {
    struct event_pattern forward, backward; /* as in petrarch.h */
    uint32_t source, target;                /* as the pattern says, TREE_NONE */
    unsigned words;                         /* that the pattern wants, the verb's among them */
};

/* Whether the verb is in a dictionary, and the longest pattern that holds. `own` may be NULL. */
bool own_verb(const struct own *own, uint32_t verb, const struct own_judge *judge,
              struct own_match *out);

#endif
