/* Where the text links to, and URLs of a page made absolute. */
#include "worker/analysis/page/metadata.h"

#include <curl/curl.h>
#include <stdlib.h>

#define LINKS_MAX      200
#define LINK_BYTES_MAX 2000
#define TRIES_MAX      2000

struct slice facts_absolute(const struct page *page, const struct page_facts *facts,
                            struct slice reference)
{
    struct slice base = page->doc->article->url, out = SLICE_NULL;
    if (!base.data)
        base = facts->canonical.text;
    CURLU *url = reference.len > 0 && reference.len <= LINK_BYTES_MAX ? curl_url() : NULL;
    struct slice base_copy = base.data ? arena_copy(base, page->arena) : SLICE_NULL;
    struct slice copy = url ? arena_copy(reference, page->arena) : SLICE_NULL;
    char *text = NULL;
    if (url && base_copy.data)
        (void)curl_url_set(url, CURLUPART_URL, base_copy.data, 0);
    if (copy.data && curl_url_set(url, CURLUPART_URL, copy.data, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK && strncmp(text, "http", 4) == 0)
        out = arena_copy(slice_from(text), page->arena);
    curl_free(text);
    curl_url_cleanup(url);
    return out;
}

static bool is_new(const struct slice *links, size_t count, struct slice link)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(links[i], link))
            return false;
    return true;
}

enum status facts_read_links(struct page *page, const struct page_facts *facts)
{
    struct slice *links = arena_array(page->arena, LINKS_MAX, sizeof *links);
    size_t count = 0, tries = 0;
    if (!links)
        return STATUS_REJECT;
    const struct page_node *main = &page->nodes[page->main];
    for (uint32_t i = page->main; i < main->end && count < LINKS_MAX && tries < TRIES_MAX; i++) {
        const struct page_node *node = &page->nodes[i];
        const char *href =
            node->tag == GUMBO_TAG_A && !node->why ? page_attribute(node, "href") : NULL;
        if (!href || *href == '#')
            continue;
        tries++;
        struct slice link = facts_absolute(page, facts, slice_from(href));
        if (link.data && is_new(links, count, link))
            links[count++] = link;
    }
    page->doc->result->links = (struct field_list){count ? links : NULL, count};
    return STATUS_OK;
}
