/* Articles that wait in the journal for room in the window: where they lie, and whose turn it is.
 *
 * While the window is full, ingest reads on in the journal and notes here, for each article, where
 * it is and whose it is; when room comes, the flows take turns (fair.h), and the one whose turn it
 * is is read again from its place. So a flood that fills the window many times over does not keep
 * others out of it. The memory is bounded by AHEAD_MAX notes (12 MB at most, taken as they are
 * needed); beyond those the journal's own order holds. Pure; one thread. */
#ifndef NEWSMILL_INGEST_AHEAD_H
#define NEWSMILL_INGEST_AHEAD_H

#include "worker/ingest/fair.h"

#define AHEAD_MAX (1u << 19)

struct ahead;

struct ahead_note {
    uint64_t sequence, place; /* for journal_fetch() */
};

/* NULL without memory. `capacity` is AHEAD_MAX but in tests. */
struct ahead *ahead_new(uint32_t capacity, uint32_t salt);
void ahead_free(struct ahead *ahead);

bool ahead_is_full(const struct ahead *ahead);
uint32_t ahead_count(const struct ahead *ahead);
/* An article of `bytes`. Only while it is not full. */
void ahead_add(struct ahead *ahead, enum lane lane, uint32_t flow, uint32_t bytes,
               struct ahead_note note);
/* The article whose turn it is, taken out; false when there is none. */
bool ahead_take(struct ahead *ahead, struct ahead_note *note);

#endif
