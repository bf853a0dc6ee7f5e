/* Arena memory with one malloc an allocation, for sanitizer builds: AddressSanitizer then sees
 * every overflow between neighbours and every use after a reset. */
#ifdef NEWSMILL_SANITIZED

#include <stdint.h>
#include <stdlib.h>

#include "common/arena_blocks.h"

/* The list is kept apart from the memory, so that the memory's own borders are its allocation's. */
struct arena_block {
    struct arena_block *next;
    void *memory;
};

void *arena_blocks_take(struct arena *arena, size_t size)
{
    struct arena_block *block = malloc(sizeof *block);
    void *memory = block ? malloc(size) : NULL;
    if (!memory) {
        free(block);
        return NULL;
    }
    *block = (struct arena_block){arena->blocks, memory};
    arena->blocks = block;
    return memory;
}

void arena_blocks_free(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block->memory);
        free(block);
    }
    arena->blocks = NULL;
}

void arena_blocks_reset(struct arena *arena)
{
    arena_blocks_free(arena);
}

#endif
