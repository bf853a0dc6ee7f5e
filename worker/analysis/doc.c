/* What all stages share: code points, clean text, blocks. */
#include "worker/analysis/doc.h"

#include "common/utf8.h"

uint32_t doc_point(const struct doc *doc, size_t at)
{
    if (!doc->marks)
        return (uint32_t)at;
    size_t mark = at / DOC_MARK_BYTES;
    if (doc->marks[mark + 1] - doc->marks[mark] == DOC_MARK_BYTES) /* all ASCII, as most are */
        return doc->marks[mark] + (uint32_t)(at % DOC_MARK_BYTES);
    struct slice rest = slice_sub(doc->text, mark * DOC_MARK_BYTES, at);
    return doc->marks[mark] + (uint32_t)utf8_length(rest);
}

size_t doc_paragraph_end(struct slice text, size_t from)
{
    while (from + 1 < text.len) {
        const char *line = memchr(text.data + from, '\n', text.len - 1 - from);
        if (!line)
            break;
        from = (size_t)(line - text.data);
        if (line[1] == '\n')
            return from;
        from++;
    }
    return text.len;
}

static bool is_ascii(struct slice text)
{
    uint64_t all = 0, word;
    size_t i = 0;
    for (; i + sizeof word <= text.len; i += sizeof word) {
        memcpy(&word, text.data + i, sizeof word);
        all |= word;
    }
    for (; i < text.len; i++)
        all |= (unsigned char)text.data[i];
    return (all & 0x8080808080808080u) == 0;
}

enum status doc_mark(struct doc *doc, struct arena *arena)
{
    doc->marks = NULL;
    if (is_ascii(doc->text))
        return STATUS_OK;
    size_t count = doc->text.len / DOC_MARK_BYTES + 1;
    uint32_t *marks = arena_array(arena, count + 1, sizeof *marks); /* the last one stays 0 */
    if (!marks)
        return STATUS_REJECT;
    for (size_t i = 1; i < count; i++)
        marks[i] = marks[i - 1] + (uint32_t)utf8_length(slice_sub(
                                      doc->text, (i - 1) * DOC_MARK_BYTES, i * DOC_MARK_BYTES));
    doc->marks = marks;
    return STATUS_OK;
}

/* Eight bytes of plain ASCII, with at most an exclamation mark taken for a second space: the answer
 * "no" is looked into byte by byte. */
static bool eight_are_plain(const char *bytes)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t below = (word - 0x20 * ones) & ~word, above = (word + ones) | word;
    uint64_t other = word ^ 0x20 * ones, spaces = (other - ones) & ~other & high;
    return ((below | above) & high) == 0 && (spaces & spaces >> 8) == 0;
}

/* True for text that cleaning would not change: plain ASCII with single spaces. */
static bool is_plain(struct slice text)
{
    unsigned char before = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte != ' ' && i + 8 <= text.len && eight_are_plain(text.data + i)) {
            i += 7;
            before = (unsigned char)text.data[i];
            continue;
        }
        if (byte < 0x20 || byte >= 0x7f || (byte == ' ' && before == ' '))
            return false;
        before = byte;
    }
    return true;
}

enum piece { KEEP, SPACE, DROP };

/* What becomes of a code point in clean text. */
static enum piece piece_of(uint32_t point)
{
    if (point == ' ' || (point >= 0x09 && point <= 0x0d) || point == 0x85 || point == 0xa0)
        return SPACE;
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad)
        return DROP;
    if (point < 0x1680)
        return KEEP;
    if (point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
        point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000)
        return SPACE;
    if (point == 0x200b || point == 0x200e || point == 0x200f || point == 0xfeff ||
        (point >= 0x202a && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
        (point >= 0xfff9 && point <= 0xfffb))
        return DROP;
    return KEEP;
}

struct slice doc_clean(struct slice text, struct arena *arena)
{
    text = slice_trim(text);
    if (is_plain(text))
        return text;
    char *out = arena_alloc(arena, text.len + 1);
    if (!out)
        return SLICE_NULL;
    size_t len = 0;
    bool space = false;
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        if (text.data[at] > ' ' && text.data[at] < 0x7f) { /* most bytes of most texts */
            if (space)
                out[len++] = ' ';
            space = false;
            out[len++] = text.data[at++];
            continue;
        }
        enum piece piece = piece_of(utf8_next(text, &at));
        if (piece == DROP)
            continue;
        if (piece == SPACE) {
            space = len > 0;
            continue;
        }
        if (space)
            out[len++] = ' ';
        space = false;
        memcpy(out + len, text.data + start, at - start);
        len += at - start;
    }
    return (struct slice){out, len};
}

enum status doc_add_block(struct doc *doc, size_t *capacity, struct slice text,
                          struct doc_block **out, struct arena *arena)
{
    struct slice clean = doc_clean(text, arena);
    *out = NULL;
    if (!clean.data)
        return STATUS_REJECT;
    if (clean.len == 0)
        return STATUS_OK;
    void *items = doc->blocks;
    struct doc_block *block = arena_push(&items, &doc->block_count, capacity, sizeof *block, arena);
    doc->blocks = items;
    if (!block)
        return STATUS_REJECT;
    block->text = clean;
    *out = block;
    return STATUS_OK;
}
