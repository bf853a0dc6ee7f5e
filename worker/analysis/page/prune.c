/* Which blocks are no part of the article, and why. */
#include "worker/analysis/page/page.h"

#include "worker/analysis/tables.h"

static bool is_linky(const struct page_block *block)
{
    return block->link_bytes * 10 > block->text.len * 6;
}

static const char *judge(const struct page *page, const struct page_block *block)
{
    const struct page_node *node = &page->nodes[block->node];
    if (node->why)
        return page_hint_reasons[node->why];
    if (!page_node_within(page, block->node, page->main))
        return is_linky(block) ? "navigation" : "outside";
    if (block->caption)
        return "caption";
    if (block->level == 1)
        return "title";
    if (is_linky(block) && !block->quote && !block->sentence)
        return "related";
    return NULL;
}

void page_prune(struct page *page)
{
    for (size_t i = 0; i < page->block_count; i++)
        page->blocks[i].reason = judge(page, &page->blocks[i]);
}
