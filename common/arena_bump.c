/* Arena memory by bumping a pointer through blocks: the implementation that ships. */
#ifndef NEWSMILL_SANITIZED

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena_blocks.h"

/* Big enough that an ordinary article needs one, small enough to keep between messages. */
#define BLOCK_BYTES ((size_t)256 * 1024)
#define ALIGNMENT   _Alignof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t capacity, len;
    _Alignas(max_align_t) char bytes[];
};

static struct arena_block *block_new(size_t capacity)
{
    struct arena_block *block = malloc(sizeof *block + capacity);
    if (block)
        *block = (struct arena_block){.capacity = capacity};
    return block;
}

void *arena_blocks_take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block) - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = arena->blocks;
    if (!block || size > block->capacity - block->len) {
        block = block_new(size > BLOCK_BYTES ? size : BLOCK_BYTES);
        if (!block)
            return NULL;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    char *memory = block->bytes + block->len;
    block->len += size;
    return memset(memory, 0, size);
}

void arena_blocks_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        if (!kept && block->capacity == BLOCK_BYTES)
            kept = block;
        else
            free(block);
    }
    if (kept) {
        kept->next = NULL;
        kept->len = 0;
    }
    arena->blocks = kept;
}

void arena_blocks_free(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}

#endif
