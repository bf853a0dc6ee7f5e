/* Who did it and to whom: the actors around a trigger. Pure, but that persons' offices are
 * remembered (actors.h). */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_ROLES_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_ROLES_H

#include "worker/analysis/events/actors.h"

#define ROLE_ACTORS_MAX 4 /* of one side: coordinated ones beyond are left out */

struct role {
    struct actor items[ROLE_ACTORS_MAX];
    size_t count;
};

struct roles {
    struct role source, target;
};

/* Of a verb: subjects, agents and governors' subjects; objects, obliques, what lies in complements.
 * `skip_objects`: the object is a means ("moved troops"), not the target. */
void roles_of_verb(struct actors *actors, const struct tree *tree, uint32_t verb, bool skip_objects,
                   struct roles *out);
/* Of a noun: possessors and "by …"; "of …", "against …", "on …". `verb` is the verb it is the
 * object of when that only carries it ("launched an attack"), or TREE_NONE. `of_is_source`: "the
 * visit of …" is somebody's deed, "the killing of …" is not. */
void roles_of_noun(struct actors *actors, const struct tree *tree, uint32_t noun, uint32_t verb,
                   bool of_is_source, struct roles *out);
/* Actors without a country take the other side's, or the first that their sentence names. */
void roles_guess_countries(struct actors *actors, struct roles *roles);
/* Whose words a text is that somebody makes or speaks in: of "resolution" in "parliament passed a
 * resolution condemning Serbia", parliament. TREE_NONE when `text` is none, or nobody is told. */
uint32_t role_author(const struct tree *tree, uint32_t text);
/* `head` and what is coordinated with it, appended to `role`. */
void role_add(struct actors *actors, const struct tree *tree, uint32_t head, struct role *role);

#endif
