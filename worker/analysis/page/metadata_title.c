/* A page's title without its site's name. */
#include "worker/analysis/page/metadata.h"

#include <strings.h>

#include "proto/envelope.h"

#define HEADINGS_MAX 200 /* looked at */

static const char *const separators[] = {" | ", " - ", " – ", " — ", " :: ", " » ", " « ",
                                         " · ", " • ", " / ", " > ", " ‹ ",  " › ", "｜"};

static size_t count_words(struct slice text)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        bool space = text.data[i] == ' ';
        words += !space && !inside;
        inside = !space;
    }
    return words;
}

static bool same(struct slice a, struct slice b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

/* Letters and digits alone, in lower case: "Sky News" and "skynews.com" have a start in common. */
static size_t squeeze(struct slice text, char *out, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < room; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
            out[len++] = (char)c;
    }
    return len;
}

/* Is `part` the site's name, as the page or its host says it? */
static bool is_site(const struct page *page, const struct page_facts *facts, struct slice part)
{
    char one[128], other[256];
    size_t one_len = squeeze(part, one, sizeof one);
    if (one_len < 2)
        return true;
    size_t len = squeeze(facts->site.text, other, sizeof other);
    if (len >= 3 && (memmem(other, len, one, one_len) || memmem(one, one_len, other, len)))
        return true;
    struct slice url =
        page->doc->article->url.data ? page->doc->article->url : facts->canonical.text;
    if (!url.data)
        return false;
    struct slice site = url_site(url, page->arena);
    len = squeeze(site, other, sizeof other);
    const char *dot = site.data ? memchr(site.data, '.', site.len) : NULL;
    size_t name =
        dot ? squeeze(slice_sub(site, 0, (size_t)(dot - site.data)), other, sizeof other) : len;
    return name >= 3 && (memmem(one, one_len, other, name) || memmem(other, name, one, one_len));
}

/* The place of the last, or first, separator; its length in `*width`. */
static size_t find_separator(struct slice text, bool last, size_t *width)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
        size_t len = strlen(separators[i]);
        for (size_t at = 0; at + len < text.len; at++) {
            if (memcmp(text.data + at, separators[i], len) != 0)
                continue;
            if (found == SIZE_MAX || (last ? at > found : at < found)) {
                found = at;
                *width = len;
            }
        }
    }
    return found;
}

/* Takes names of the site off both ends. `sure`: only what is known to be one. */
static struct slice strip(const struct page *page, const struct page_facts *facts,
                          struct slice title, bool sure)
{
    for (size_t round = 0; round < 4; round++) {
        size_t width = 0, at = find_separator(title, true, &width);
        if (at == SIZE_MAX || at == 0)
            break;
        struct slice head = slice_sub(title, 0, at);
        struct slice tail = slice_sub(title, at + width, title.len);
        if (is_site(page, facts, tail) ||
            (!sure && round == 0 && count_words(tail) <= 4 && count_words(head) >= 4)) {
            title = slice_trim(head);
            continue;
        }
        at = find_separator(title, false, &width);
        head = slice_sub(title, 0, at);
        tail = slice_sub(title, at + width, title.len);
        if (!is_site(page, facts, head) || count_words(head) > 4 || count_words(tail) < 2)
            break;
        title = slice_trim(tail);
    }
    return title;
}

static bool contains(struct slice text, struct slice part)
{
    return part.len >= 4 && text.len >= part.len &&
           memmem(text.data, text.len, part.data, part.len);
}

/* The heading that the document's title holds; else the first of the first rank. */
static void find_heading(struct page *page, struct page_facts *facts)
{
    for (size_t i = 0, left = HEADINGS_MAX; i < page->block_count && left > 0; i++) {
        const struct page_block *block = &page->blocks[i];
        if (!block->level || block->level > 2 || block->points > 300)
            continue;
        left--;
        bool named = contains(facts->document_title.text, block->text) ||
                     contains(facts->title.text, block->text);
        if (named && (block->points >= 15 || block->level == 1))
            fact_offer(&facts->heading, block->text, block->level == 1 ? 1 : 2);
        else if (block->level == 1)
            fact_offer(&facts->heading, block->text, 3);
    }
}

void facts_read_title(struct page *page, struct page_facts *facts)
{
    find_heading(page, facts);
    struct slice title = facts->title.text;
    /* A description in the place of a headline is found out by the document's title. */
    bool jsonld = facts->title.rank == 1 || facts->title.rank == 8;
    if (jsonld && facts->heading.rank == 1 && facts->document_title.text.data &&
        contains(facts->document_title.text, facts->heading.text) &&
        !contains(facts->document_title.text, title) && !contains(title, facts->heading.text))
        title = facts->heading.text;
    if (!title.data && facts->heading.rank > 0 && facts->heading.rank <= 2)
        title = facts->heading.text;
    bool document = !title.data && facts->document_title.text.data;
    if (document)
        title = facts->document_title.text;
    if (!title.data)
        title = facts->heading.text;
    if (!title.data)
        return;
    bool exact = facts->heading.text.data && same(title, facts->heading.text);
    facts->title.text = exact ? title : strip(page, facts, title, !document);
}
