/* From a page to blocks: the steps, in their order. */
#include "worker/analysis/page/html.h"

#include <strings.h>

#include "worker/analysis/page/metadata.h"

#define POINTS_FEW 250

bool html_is(struct slice type)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t len = strlen(types[i]);
        if (type.len >= len && strncasecmp(type.data, types[i], len) == 0 &&
            (type.len == len || type.data[len] == ';' || type.data[len] == ' '))
            return true;
    }
    return false;
}

struct slice html_charset(struct slice page)
{
    struct slice head = slice_sub(page, 0, page.len < 1024 ? page.len : 1024);
    for (size_t at = 0; at + 8 < head.len; at++) {
        if (strncasecmp(head.data + at, "charset=", 8) != 0)
            continue;
        size_t start = at + 8;
        start += head.data[start] == '"' || head.data[start] == '\'';
        size_t end = start;
        while (end < head.len && !strchr("\"' ;/>", head.data[end]))
            end++;
        return end > start && end - start < 40 ? slice_sub(head, start, end) : SLICE_NULL;
    }
    return SLICE_NULL;
}

static enum status give_blocks(const struct page *page)
{
    size_t capacity = 0;
    for (size_t i = 0; i < page->block_count; i++) {
        const struct page_block *from = &page->blocks[i];
        struct doc_block *block = NULL;
        if (doc_add_block(page->doc, &capacity, from->text, &block, page->arena) != STATUS_OK)
            return STATUS_REJECT;
        if (!block)
            continue;
        block->reason = from->reason;
        block->heading = from->level > 0;
    }
    return STATUS_OK;
}

/* Code points of whole paragraphs that stay. */
static uint32_t kept_points(const struct page *page)
{
    uint32_t points = 0;
    for (size_t i = 0; i < page->block_count; i++)
        if (!page->blocks[i].reason && page->blocks[i].points >= 60)
            points += page->blocks[i].points;
    return points;
}

/* Where nearly nothing is left, names of classes have been misleading: more is believed without
 * them, if there is a good deal more. */
static void select_blocks(struct page *page, const struct page_facts *facts)
{
    page_prune(page, facts);
    page_confirm(page, facts);
    uint32_t strict = kept_points(page);
    if (strict >= POINTS_FEW)
        return;
    page_read_hints(page, true);
    page_choose_main(page);
    page_prune(page, facts);
    page_confirm(page, facts);
    if (kept_points(page) >= 3 * strict + POINTS_FEW / 2)
        return;
    page_read_hints(page, false);
    page_choose_main(page);
    page_prune(page, facts);
    page_confirm(page, facts);
}

enum status html_blocks(struct doc *doc, struct arena *arena)
{
    struct page page;
    struct page_facts facts;
    enum status status = page_open(doc, arena, &page);
    if (status == STATUS_OK) {
        page_read_hints(&page, false);
        page_choose_main(&page);
        status = page_read_metadata(&page, &facts);
    }
    if (status == STATUS_OK) {
        select_blocks(&page, &facts);
        status = give_blocks(&page);
    }
    page_close(&page);
    return status;
}
