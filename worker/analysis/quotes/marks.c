/* Finding what stands in quotation marks. */
#include "worker/analysis/quotes/marks.h"

#include "common/utf8.h"

/* How a language closes what was opened; straight marks close themselves. */
static const struct {
    uint32_t open, close, also_close;
} pairs[] = {
    {0x201c, 0x201d, 0},      /* “ ” */
    {0x201e, 0x201c, 0x201d}, /* „ “ */
    {0x00ab, 0x00bb, 0},      /* « » */
    {0x00bb, 0x00ab, 0},      /* » « */
    {0x300c, 0x300d, 0},      /* 「 」 */
    {0x201d, 0x201d, 0},      /* ” ” */
    {'"', '"', 0x201d},       {0xff02, 0xff02, 0},
};
#define PAIRS (sizeof pairs / sizeof *pairs)

struct scan {
    const struct doc *doc;
    void *items;
    size_t count, capacity;
    unsigned unclosed; /* marks of this paragraph that nothing closes */
    struct arena *arena;
};

/* So many marks without an end are no quotations, and are not looked for any more. */
#define UNCLOSED_MAX 16

/* The first bytes of all that may be a mark. */
static const bool mark_starts[256] = {
    ['"'] = true,  ['\''] = true, ['`'] = true,  /* straight */
    [0xc2] = true, [0xe2] = true, [0xe3] = true, /* « » “ ” „ 「 」 */
    [0xef] = true,                               /* ＂ */
};

#define ONES (UINT64_C(0x0101010101010101))
#define HIGH (0x80 * ONES)

/* The high bits of the bytes that are 0, and maybe of others behind one. */
static inline uint64_t zeros_in(uint64_t eight)
{
    return (eight - ONES) & ~eight & HIGH;
}

/* Eight bytes of ASCII without a straight mark. */
static inline bool eight_are_none(const char *bytes)
{
    uint64_t eight;
    memcpy(&eight, bytes, sizeof eight);
    return ((zeros_in(eight ^ '"' * ONES) | zeros_in(eight ^ '\'' * ONES) |
             zeros_in(eight ^ '`' * ONES) | eight) &
            HIGH) == 0;
}

/* The next place before `limit` where a mark may stand, or `limit`: most of a text is none. */
static size_t next_mark(struct slice text, size_t at, size_t limit)
{
    while (at < limit) {
        size_t end = limit - at < sizeof(uint64_t) ? limit : at + sizeof(uint64_t);
        if (end - at == sizeof(uint64_t) && eight_are_none(text.data + at)) {
            at = end;
            continue;
        }
        for (; at < end; at++)
            if (mark_starts[(unsigned char)text.data[at]])
                return at;
    }
    return limit;
}

static size_t pair_of(uint32_t point)
{
    for (size_t i = 0; i < PAIRS; i++)
        if (pairs[i].open == point)
            return i;
    return PAIRS;
}

/* ''so'' is how wires write double marks. */
static bool is_doubled(struct slice text, size_t at, char mark)
{
    return at + 1 < text.len && text.data[at] == mark && text.data[at + 1] == mark;
}

/* A straight mark opens at the beginning of a word and closes behind one. */
static bool may_open(struct slice text, size_t at, size_t behind)
{
    bool before = at == 0 || strchr(" \n\t([-", text.data[at - 1]) ||
                  (unsigned char)text.data[at - 1] >= 0x80;
    return before && behind < text.len && text.data[behind] != ' ' && text.data[behind] != '\n';
}

static bool keep(struct scan *scan, size_t from, size_t to, bool goes_on)
{
    struct quoted *quoted =
        arena_push(&scan->items, &scan->count, &scan->capacity, sizeof *quoted, scan->arena);
    if (quoted)
        *quoted = (struct quoted){(uint32_t)from, (uint32_t)to, goes_on};
    return quoted != NULL;
}

/* Where the quotation that begins at `from` ends, in its paragraph; `*behind` is after the mark.
 * False when nothing closes it. */
static bool find_close(struct slice text, size_t from, size_t limit, size_t pair, bool doubled,
                       size_t *to, size_t *behind)
{
    unsigned depth = 0;
    for (size_t at = next_mark(text, from, limit); at < limit; at = next_mark(text, at, limit)) {
        size_t start = at;
        uint32_t point = utf8_next(text, &at);
        if (doubled) {
            if (!is_doubled(text, start, '\''))
                continue;
            *to = start;
            *behind = start + 2;
            return true;
        }
        bool closes = point == pairs[pair].close || point == pairs[pair].also_close;
        if (point == pairs[pair].open && pairs[pair].open != pairs[pair].close)
            depth++;
        else if (closes && depth > 0)
            depth--;
        else if (closes) {
            *to = start;
            *behind = at;
            return true;
        }
    }
    return false;
}

/* Whether the next paragraph begins with the same opening mark. */
static bool opens_again(struct slice text, size_t limit, size_t pair)
{
    size_t at = limit + 2;
    return at < text.len && utf8_next(text, &at) == pairs[pair].open;
}

static enum status scan_text(struct scan *scan)
{
    struct slice text = scan->doc->text;
    size_t limit = doc_paragraph_end(text, 0);
    for (size_t at = 0; at < text.len;) {
        if (at >= limit) {
            limit = doc_paragraph_end(text, at + 1 < text.len ? at + 1 : at);
            scan->unclosed = 0;
        }
        size_t start = at = next_mark(text, at, limit);
        if (start == limit)
            continue;
        bool doubled = is_doubled(text, start, '\'') || is_doubled(text, start, '`');
        uint32_t point = utf8_next(text, &at);
        size_t pair = pair_of(point), behind = doubled ? start + 2 : at, to;
        bool straight = point == '"' || doubled;
        if ((pair == PAIRS && !doubled) || (straight && !may_open(text, start, behind)) ||
            scan->unclosed > UNCLOSED_MAX)
            continue;
        if (find_close(text, behind, limit, pair, doubled, &to, &at)) {
            if (to > behind && !keep(scan, behind, to, false))
                return STATUS_REJECT;
        } else if (!doubled && limit < text.len && opens_again(text, limit, pair)) {
            if (!keep(scan, behind, limit, true))
                return STATUS_REJECT;
            at = limit;
        } else {
            scan->unclosed++;
            at = behind;
        }
    }
    return STATUS_OK;
}

enum status quotes_marks(const struct doc *doc, struct quoted **out, size_t *count,
                         struct arena *arena)
{
    struct scan scan = {.doc = doc, .arena = arena};
    enum status status = scan_text(&scan);
    *out = scan.items;
    *count = scan.count;
    return status;
}
