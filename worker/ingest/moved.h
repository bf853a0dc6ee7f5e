/* Articles that were written again in the journal while somebody works on them. He knows each by
 * its first sequence, however often it is moved; the journal meets it under its present one. The
 * table finds it by either, in O(1), and grows as it is needed, up to MOVED_MAX. Pure; one thread.
 */
#ifndef NEWSMILL_INGEST_MOVED_H
#define NEWSMILL_INGEST_MOVED_H

#include <stdbool.h>
#include <stdint.h>

/* As many as ingest can have read from the journal at once, and more (ahead.h, the window); 40
 * bytes each. */
#define MOVED_MAX (1u << 20)

struct moved {
    uint64_t from, to; /* its first sequence, and its present one */
    uint64_t place;    /* of the present record in its file */
};

struct moved_table;

/* NULL without memory. */
struct moved_table *moved_new(void);
/* NULL is fine. */
void moved_free(struct moved_table *table);

/* Makes room for one more; false without memory, or when there are MOVED_MAX of them. */
bool moved_reserve(struct moved_table *table);
/* The article that stood under `moved.from`, its first sequence or one it was moved to before,
 * stands under `moved.to` now. Only after moved_reserve(). */
void moved_put(struct moved_table *table, struct moved moved);
/* By its first sequence; NULL: it was not moved. Until the next call of moved_put(). */
const struct moved *moved_find(const struct moved_table *table, uint64_t from);
/* Whether an article stands under `to` that was moved there. */
bool moved_is_to(const struct moved_table *table, uint64_t to);
/* Forgets that the article was moved; the sequence under which it stands. */
uint64_t moved_take(struct moved_table *table, uint64_t from);
uint32_t moved_count(const struct moved_table *table);

#endif
