/* Which blocks are no part of the article, and why. */
#include <ctype.h>

#include "worker/analysis/page/metadata.h"

#include "worker/analysis/tables.h"

#define STANDFIRST_LINES 12 /* between the headline and the text, at most */

static bool is_linky(const struct page_block *block)
{
    return block->link_bytes * 10 > block->text.len * 6;
}

/* The words of both but for case and punctuation; one may be a part of the other. */
static bool same_words(struct slice a, struct slice b)
{
    size_t i = 0, j = 0;
    while (i < a.len && j < b.len) {
        unsigned char one = (unsigned char)a.data[i], other = (unsigned char)b.data[j];
        bool one_counts = one >= 0x80 || isalnum(one),
             other_counts = other >= 0x80 || isalnum(other);
        if (one_counts && other_counts && tolower(one) != tolower(other))
            return false;
        i += one_counts == other_counts || !one_counts;
        j += one_counts == other_counts || !other_counts;
    }
    return i * 3 >= a.len * 2 && j * 3 >= b.len * 2;
}

/* The headline again: it is the title, and no part of the text. */
static bool is_title(const struct page *page, const struct page_facts *facts,
                     const struct page_block *block)
{
    (void)page;
    if (!block->level || block->level > 2)
        return false;
    return same_words(block->text, facts->title.text) ||
           (facts->heading.rank <= 3 && block->text.data == facts->heading.text.data);
}

/* Nothing but a date and perhaps a time of day. */
static bool is_date_line(const struct page_facts *facts, const struct page_block *block)
{
    struct page_date date;
    size_t from = 0, to = 0;
    return block->points <= 60 && !block->cell && !block->sentence &&
           date_in_text(block->text, &facts->style, &date, &from, &to) &&
           (to - from) * 2 > block->text.len;
}

static const char *judge(const struct page *page, const struct page_facts *facts,
                         const struct page_block *block)
{
    const struct page_node *node = &page->nodes[block->node];
    if (is_title(page, facts, block))
        return "title";
    if (node->why)
        return page_hint_reasons[node->why];
    if (!page_node_within(page, block->node, page->main))
        return is_linky(block) ? "navigation" : "outside";
    if (block->caption)
        return "caption";
    if (is_date_line(facts, block))
        return "byline";
    if (is_linky(block) && !block->quote && !block->sentence)
        return "related";
    return NULL;
}

static bool is_prose(const struct page_block *block)
{
    return !block->reason && block->points > 80 && !block->links;
}

/* A list at the end in which every item is or has a link, and what heads it: there the page says
 * goodbye. */
static void judge_tail(struct page *page)
{
    size_t end = page->block_count;
    while (end > 0 &&
           (page->blocks[end - 1].reason || !page->blocks[end - 1].item ||
            !page->blocks[end - 1].links) &&
           (page->blocks[end - 1].reason))
        end--;
    size_t from = end, items = 0;
    while (from > 0 && !is_prose(&page->blocks[from - 1]) &&
           (page->blocks[from - 1].reason ||
            (page->blocks[from - 1].item && page->blocks[from - 1].links > 0))) {
        items += !page->blocks[from - 1].reason;
        from--;
    }
    if (items < 3)
        return;
    if (from > 0 && !page->blocks[from - 1].reason &&
        (page->blocks[from - 1].level || page->blocks[from - 1].points < 40))
        from--;
    for (size_t i = from; i < end; i++)
        if (!page->blocks[i].reason)
            page->blocks[i].reason = "related";
}

/* Between the headline and the text there may be a standfirst, outside of what holds the text. */
static void keep_standfirst(struct page *page)
{
    uint32_t first = page->nodes[page->main].first, heading = first;
    for (uint32_t i = first; i > 0 && first - i < STANDFIRST_LINES; i--)
        if (page->blocks[i - 1].level == 1) {
            heading = i - 1;
            break;
        }
    for (uint32_t i = heading + 1; i < first; i++) {
        struct page_block *block = &page->blocks[i];
        if (block->reason && strcmp(block->reason, "outside") == 0 && block->sentence &&
            block->points >= 60 && block->points <= 600 && !block->links)
            block->reason = NULL;
    }
}

void page_prune(struct page *page, const struct page_facts *facts)
{
    for (size_t i = 0; i < page->block_count; i++)
        page->blocks[i].reason = judge(page, facts, &page->blocks[i]);
    judge_tail(page);
    keep_standfirst(page);
}
