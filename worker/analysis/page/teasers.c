/* Lists of teasers: several elements in a row that look alike, each of them a link with a few words
 * of text. Whatever its classes are called, such a list leads away from the article. */
#include "worker/analysis/page/page.h"

#define CARDS_MIN       3
#define CARD_POINTS_MAX 450
#define CARD_BLOCKS_MAX 12

/* A card's head is a link, or begins with one where no article is known to be. */
static bool is_title(const struct page_block *block, bool in_body)
{
    uint64_t share = block->link_bytes * 100ull / block->text.len;
    return block->points >= 12 && (share > 60 || (!in_body && block->link_first && share > 15));
}

static uint64_t points_in(const struct page *page, const struct page_node *node)
{
    if (node->last == node->first)
        return 0;
    const struct page_block *first = &page->blocks[node->first],
                            *last = &page->blocks[node->last - 1];
    return last->points_before + last->points - first->points_before;
}

static bool is_card(const struct page *page, const struct page_node *node)
{
    uint32_t prose = 0;
    bool title = false;
    if (node->tag != GUMBO_TAG_DIV && node->tag != GUMBO_TAG_LI && node->tag != GUMBO_TAG_ARTICLE &&
        node->tag != GUMBO_TAG_SECTION && node->tag != GUMBO_TAG_A)
        return false;
    if (node->last - node->first > CARD_BLOCKS_MAX)
        return false;
    for (uint32_t i = node->first; i < node->last; i++) {
        bool head = is_title(&page->blocks[i], node->in_body);
        title |= head;
        prose += !head && page->blocks[i].points > 60;
    }
    return title && prose <= 2 && points_in(page, node) <= CARD_POINTS_MAX;
}

/* The first names of their classes are the same but for digits: "post-1 odd", "post-2 even". */
static bool looks_like(const struct page_node *a, const struct page_node *b)
{
    const char *one = page_attribute(a, "class"), *other = page_attribute(b, "class");
    if (a->tag != b->tag || !one || !other)
        return a->tag == b->tag && !one && !other;
    for (;;) {
        one += strspn(one, "0123456789");
        other += strspn(other, "0123456789");
        bool ends = *one == 0 || *one == ' ', other_ends = *other == 0 || *other == ' ';
        if (ends || other_ends || *one != *other)
            return ends && other_ends;
        one++;
        other++;
    }
}

/* Marks the children of `parent` when cards are most of what is there. */
static void judge_children(struct page *page, uint32_t parent, uint8_t why)
{
    const struct page_node *node = &page->nodes[parent];
    uint32_t cards = 0, first = 0;
    uint64_t card_points = 0, other_points = 0;
    for (uint32_t i = parent + 1; i < node->end; i = page->nodes[i].end) {
        const struct page_node *child = &page->nodes[i];
        if (is_card(page, child) && (!cards || looks_like(&page->nodes[first], child))) {
            first = cards++ ? first : i;
            card_points += points_in(page, child);
        } else {
            other_points += points_in(page, child);
        }
    }
    if (cards < CARDS_MIN || other_points * 2 > card_points)
        return;
    for (uint32_t i = parent + 1; i < node->end; i++)
        page->nodes[i].why = page->nodes[i].why ? page->nodes[i].why : why;
}

void page_find_teasers(struct page *page, uint8_t why)
{
    for (uint32_t i = 0; i < page->node_count; i++) {
        uint16_t tag = page->nodes[i].tag;
        if (!page->nodes[i].why && tag != GUMBO_TAG_P && tag != GUMBO_TAG_TR)
            judge_children(page, i, why);
    }
}
