/* Arena memory by bumping a pointer through blocks: the implementation that ships. */
#ifndef NEWSMILL_SANITIZED

#include <stdint.h>
#include <stdlib.h>

#include "common/arena_blocks.h"

/* An ordinary article needs a few: so many are kept between messages, which saves the system's work
 * of giving and taking pages. */
#define BLOCK_BYTES ((size_t)256 * 1024)
#define SPARE_MAX   16
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

/* A block with room for `size` at the head of the arena's. */
static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = size <= BLOCK_BYTES ? arena->spare : NULL;
    if (block)
        arena->spare = block->next;
    else
        block = block_new(size > BLOCK_BYTES ? size : BLOCK_BYTES);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_blocks_take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block) - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *block = arena->blocks;
    if (!block || size > block->capacity - block->len)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    char *memory = block->bytes + block->len;
    block->len += size;
    return memory;
}

static void free_all(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_blocks_reset(struct arena *arena)
{
    size_t spare = 0;
    for (const struct arena_block *block = arena->spare; block; block = block->next)
        spare++;
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        if (spare == SPARE_MAX || block->capacity != BLOCK_BYTES) {
            free(block);
            continue;
        }
        block->len = 0;
        block->next = arena->spare;
        arena->spare = block;
        spare++;
    }
    arena->blocks = NULL;
}

void arena_blocks_free(struct arena *arena)
{
    free_all(arena->blocks);
    free_all(arena->spare);
    arena->blocks = arena->spare = NULL;
}

#endif
