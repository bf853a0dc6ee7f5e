/* Which element holds the article: each block is worth something, each element the worth of what is
 * inside it, and an element must add a good deal to what its best child has to be preferred.
 *
 * Worth rises with length and falls with link density (Kohlschütter et al., "Boilerplate detection
 * using shallow text features", 2010); it is handed up through the tree with a loss, as the
 * readability family does. */
#include "worker/analysis/page/page.h"

#define WORTH_POINTS_MAX 600.0f /* one endless block is no article */
#define LOSS             0.95f  /* of what is handed up to the parent */

static float worth(const struct page *page, const struct page_block *block)
{
    float points = (float)block->points;
    float density = (float)block->link_bytes / (float)block->text.len;
    if (page->nodes[block->node].why || block->level || block->caption)
        return 0;
    if (density > 0.5f)
        return -0.5f * (points < 50 ? points : 50);
    if (points < 60 && !block->sentence)
        return block->links ? -2 : 0;
    if (points < 25)
        return 0;
    return (points < WORTH_POINTS_MAX ? points : WORTH_POINTS_MAX) * (1 - density);
}

/* What the element itself says, as a factor. */
static float trust(const struct page_node *node)
{
    float factor = node->body == 2 ? 1.3f : node->body == 1 ? 1.1f : 1;
    if (node->tag == GUMBO_TAG_ARTICLE)
        factor *= 1.06f;
    return node->why ? factor * 0.1f : factor;
}

void page_choose_main(struct page *page)
{
    for (size_t i = 0; i < page->block_count; i++)
        page->nodes[page->blocks[i].node].score += worth(page, &page->blocks[i]);
    float best = 0;
    page->main = 0;
    for (size_t i = page->node_count; i-- > 0;) {
        struct page_node *node = &page->nodes[i];
        float sum = node->score;
        node->score *= trust(node);
        if (node->score > best) {
            best = node->score;
            page->main = (uint32_t)i;
        }
        if (i > 0 && sum > 0)
            page->nodes[node->parent].score += sum * LOSS;
    }
}
