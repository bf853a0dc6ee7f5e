/* The different words that were met, numbered as they come: much of what the network does with a
 * token depends on how it is written alone, and most tokens are written as one before, in this text
 * or in another.
 *
 * Holds up to `limit` forms, then wants to be emptied. One owner, one thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_FORMS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_FORMS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"

#define FORMS_TEXT_MAX 31 /* bytes; a longer form is a new one each time */

struct form {
    uint8_t len;
    char text[FORMS_TEXT_MAX];
};

struct forms {
    uint32_t count, limit;
    uint32_t mask;      /* slots - 1, a power of two; never more than half are taken */
    uint32_t *slots;    /* a form's number + 1, by hash; 0 free */
    struct form *texts; /* by number */
};

/* False at the arena's limit. */
bool forms_new(struct forms *out, uint32_t limit, struct arena *arena);
void forms_clear(struct forms *forms);
/* The number of a form, which is `count` before the call when it is new; below `limit` forms. */
uint32_t forms_number(struct forms *forms, struct slice text);

#endif
