/* Who wrote a page: names from its facts, and from the line below the headline. */
#include "worker/analysis/page/metadata.h"

#include <strings.h>

#include "common/utf8.h"
#include "worker/analysis/tables.h"

#define AUTHOR_BYTES_MAX 120

static const char *const prefixes[] = {
    "by ",      "By ",        "BY ",        "von ",  "Von ",    "par ",        "Par ",
    "por ",     "Por ",       "di ",        "door ", "Door ",   "Written by ", "written by ",
    "Author: ", "Posted by ", "posted by ", "By: ",  "Author ", "Text: ",      "Автор: ",
    "Autor: ",  "Autore: ",   "Auteur: ",   "Av ",   "Af "};
static const char *const links[] = {" and ", " und ",  " et ",  " y ", " e ", " en ",
                                    " & ",   ", ",     " og ",  "; ",  " | ", " / ",
                                    " • ",   " with ", " och ", " и "};

static bool is_url(struct slice text)
{
    return slice_find(text, "://") || slice_find(text, "www.") || slice_find(text, "@");
}

/* MA, MD, PhD: degrees behind a comma are nobody. */
static bool is_degree(struct slice name)
{
    bool vowels = false, small = false;
    for (size_t i = 0; i < name.len; i++) {
        vowels |= strchr("aeiouy", name.data[i]) != NULL;
        small |= name.data[i] >= 'a' && name.data[i] <= 'z';
    }
    return name.len <= 4 && !(small && vowels);
}

static void add(struct page_facts *facts, struct slice name)
{
    name = slice_trim(name);
    if (facts->author_count > 0 && is_degree(name))
        return;
    while (name.len > 0 && strchr(",;:.|-", name.data[name.len - 1]) &&
           !(name.len > 2 && name.data[name.len - 1] == '.' && name.data[name.len - 3] == ' '))
        name.len--;
    if (name.len < 2 || name.len > AUTHOR_BYTES_MAX || is_url(name) ||
        facts->author_count == FACT_AUTHORS_MAX)
        return;
    for (size_t i = 0; i < facts->author_count; i++)
        if (facts->authors[i].len == name.len &&
            strncasecmp(facts->authors[i].data, name.data, name.len) == 0)
            return;
    facts->authors[facts->author_count++] = name;
}

static struct slice without_prefix(struct slice text)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (slice_starts_with(text, slice_from(prefixes[i])))
            return slice_trim(slice_sub(text, strlen(prefixes[i]), text.len));
    return text;
}

/* The next place where one name ends and another begins. */
static size_t next_link(struct slice text, size_t *width)
{
    size_t best = text.len;
    *width = 0;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        const char *found = slice_find(text, links[i]);
        if (found && (size_t)(found - text.data) < best) {
            best = (size_t)(found - text.data);
            *width = strlen(links[i]);
        }
    }
    return best;
}

void facts_add_authors(struct page_facts *facts, struct slice text, uint8_t rank,
                       struct arena *arena)
{
    if (!text.data || text.len == 0 || text.len > FACT_BYTES_MAX ||
        (facts->author_rank && facts->author_rank < rank))
        return;
    if (facts->author_rank > rank)
        facts->author_count = 0;
    size_t before = facts->author_count;
    struct slice rest = without_prefix(jsonld_unescape(text, arena));
    while (rest.len > 0) {
        size_t width = 0, end = next_link(rest, &width);
        add(facts, slice_sub(rest, 0, end));
        rest = slice_sub(rest, end + width, rest.len);
    }
    if (facts->author_count > before || facts->author_rank > rank)
        facts->author_rank = facts->author_count ? rank : 0;
}

static bool names_author(const struct page_node *node)
{
    return page_attribute_has(node, "rel", "author") ||
           page_attribute_has(node, "itemprop", "author");
}

static bool is_byline(const struct page_node *node)
{
    return page_attribute_has(node, "class", "byline") ||
           page_attribute_has(node, "id", "byline") ||
           page_attribute_has(node, "class", "author") || page_attribute_has(node, "id", "author");
}

static bool elsewhere(const struct page_node *node)
{
    const char *reason = page_hint_reasons[node->why];
    return reason && (strcmp(reason, "comments") == 0 || strcmp(reason, "related") == 0 ||
                      strcmp(reason, "advertisement") == 0);
}

/* Words in small letters that names have inside. */
static bool is_particle(struct slice word)
{
    static const char *const particles[] = {"de",  "la",  "le",  "van",  "von", "der", "den", "da",
                                            "di",  "del", "dos", "du",   "bin", "al",  "el",  "ten",
                                            "ter", "zu",  "y",   "e",    "and", "und", "et",  "by",
                                            "og",  "och", "en",  "with", "i",   "ben", "ibn", "do"};
    for (size_t i = 0; i < sizeof particles / sizeof particles[0]; i++)
        if (slice_is(word, particles[i]))
            return true;
    return false;
}

/* Up to the first word that begins small and is no particle: "Ann Lee for the Gazette". */
static struct slice cut_words(struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        const char *space = memchr(text.data + at, ' ', text.len - at);
        size_t end = space ? (size_t)(space - text.data) : text.len;
        struct slice word = slice_sub(text, at, end);
        if (at > 0 && word.len > 0 && word.data[0] >= 'a' && word.data[0] <= 'z' &&
            !is_particle(word))
            return slice_sub(text, 0, at);
        at = end + 1;
    }
    return text;
}

/* Text of a byline up to what is no name: a date, a role. */
static struct slice cut_line(struct page_facts *facts, struct slice text)
{
    struct page_date date;
    size_t from = 0, to = 0;
    if (date_in_text(text, &facts->style, &date, &from, &to))
        text = slice_sub(text, 0, from);
    return slice_trim(cut_words(without_prefix(text)));
}

void facts_read_authors(struct page *page, struct page_facts *facts)
{
    for (size_t i = 0; i < page->node_count && facts->author_rank != 1; i++) {
        const struct page_node *node = &page->nodes[i];
        bool named = node->tag != GUMBO_TAG_META && names_author(node);
        uint8_t rank = named ? 4 : 5;
        if ((!named && !is_byline(node)) || elsewhere(node) ||
            (facts->author_rank && facts->author_rank <= rank))
            continue;
        struct slice text = page_text(page, node, 2 * AUTHOR_BYTES_MAX);
        if (text.len > 0 && utf8_length(text) < AUTHOR_BYTES_MAX)
            facts_add_authors(facts, cut_line(facts, text), rank, page->arena);
    }
}
