/* The part of an arena that its two implementations do differently: getting memory for one
 * allocation. Private to arena.c, arena_bump.c and arena_exact.c. */
#ifndef NEWSMILL_COMMON_ARENA_BLOCKS_H
#define NEWSMILL_COMMON_ARENA_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

/* used <= limit always; `exhausted` stays true until the next reset. */
struct arena {
    struct arena_block *blocks, *spare; /* spare: empty, kept between messages */
    size_t limit, used;
    bool exhausted;
};

/* `size` bytes aligned for any type, the limit already checked; NULL without memory. */
void *arena_blocks_take(struct arena *arena, size_t size);
/* Gives everything back; may keep a few blocks for the next message. */
void arena_blocks_reset(struct arena *arena);
void arena_blocks_free(struct arena *arena);

#endif
