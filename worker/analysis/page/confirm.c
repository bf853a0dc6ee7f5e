/* The page's own articleBody as a check: a block whose words stand there in the same order belongs
 * to the article, whatever else speaks against it.
 *
 * Blocks and body are compared by their runs of four words (shingles), each a 64-bit hash. */
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/page/metadata.h"

#define SHINGLE_WORDS  4
#define BODY_BYTES_MIN 400 /* shorter ones are summaries */

struct shingles {
    uint64_t *slots; /* open addressing; 0: free */
    size_t mask;
};

/* The last words' hashes, and how many there have been. */
struct window {
    uint64_t words[SHINGLE_WORDS];
    size_t count;
};

/* Reads the next word; false at the end. Markup inside the text is skipped. */
static bool next_word(struct slice text, size_t *at, uint64_t *hash)
{
    bool inside = false;
    *hash = 0xcbf29ce484222325u;
    while (*at < text.len) {
        size_t start = *at;
        UChar32 point = (UChar32)utf8_next(text, at);
        if (point == '<' && !inside) {
            const char *end = memchr(text.data + start, '>', text.len - start);
            *at = end ? (size_t)(end - text.data) + 1 : text.len;
            continue;
        }
        if (u_isalnum(point)) {
            inside = true;
            *hash = (*hash ^ (uint64_t)u_tolower(point)) * 0x100000001b3u;
        } else if (inside) {
            *at = start;
            return true;
        }
    }
    return inside;
}

/* The shingle that ends with the word just read; 0 before there are enough. */
static uint64_t shingle(struct window *window, uint64_t word)
{
    uint64_t hash = 0x9e3779b97f4a7c15u;
    window->words[window->count++ % SHINGLE_WORDS] = word;
    if (window->count < SHINGLE_WORDS)
        return 0;
    for (size_t i = 0; i < SHINGLE_WORDS; i++)
        hash = (hash ^ window->words[(window->count + i) % SHINGLE_WORDS]) * 0xff51afd7ed558ccdu;
    return hash | 1;
}

static bool find(const struct shingles *set, uint64_t hash, size_t *slot)
{
    for (*slot = (hash >> 17) & set->mask; set->slots[*slot]; *slot = (*slot + 1) & set->mask)
        if (set->slots[*slot] == hash)
            return true;
    return false;
}

static bool collect(struct slice body, struct shingles *set, struct arena *arena)
{
    size_t size = 64, slot = 0;
    while (size < body.len) /* a word has two bytes at least: half of the slots stay free */
        size *= 2;
    set->slots = arena_array(arena, size, sizeof *set->slots);
    set->mask = size - 1;
    struct window window = {.count = 0};
    uint64_t word = 0;
    for (size_t at = 0; set->slots && next_word(body, &at, &word);) {
        uint64_t hash = shingle(&window, word);
        if (hash && !find(set, hash, &slot))
            set->slots[slot] = hash;
    }
    return set->slots != NULL;
}

/* Nearly all of a block's shingles, and some at least. */
static bool confirms(const struct shingles *set, struct slice text)
{
    struct window window = {.count = 0};
    size_t all = 0, found = 0, slot = 0;
    uint64_t word = 0;
    for (size_t at = 0; next_word(text, &at, &word);) {
        uint64_t hash = shingle(&window, word);
        all += hash != 0;
        found += hash && find(set, hash, &slot);
    }
    return all >= 5 && found * 10 >= all * 8;
}

void page_confirm(struct page *page, const struct page_facts *facts)
{
    struct shingles set;
    struct slice body = facts->jsonld.body;
    if (facts->jsonld.rank != 1 || body.len < BODY_BYTES_MIN || !collect(body, &set, page->arena))
        return;
    for (size_t i = 0; i < page->block_count; i++) {
        struct page_block *block = &page->blocks[i];
        bool other = block->caption || (block->reason && strcmp(block->reason, "title") == 0);
        if (block->reason && !other && confirms(&set, block->text))
            block->reason = NULL;
    }
}
