/* From the body to blocks: which lines of plain text make a paragraph, and whether the first is a
 * title. HTML has its own file. */
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/page/html.h"
#include "worker/analysis/stages.h"

/* Wider texts are not wrapped by hand; narrower ones are verse or lists. */
#define WRAP_MAX 120
#define WRAP_MIN 40

struct line {
    struct slice text; /* trimmed; empty: a blank line */
    uint32_t points, first_word;
};

/* The number of bytes of the line end at `at`, 0 when there is none. */
static size_t line_end(struct slice text, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)text.data + at;
    size_t left = text.len - at;
    if (bytes[0] == '\r' && left > 1 && bytes[1] == '\n')
        return 2;
    if (bytes[0] >= '\n' && bytes[0] <= '\r')
        return 1;
    if (bytes[0] == 0xc2 && left > 1 && bytes[1] == 0x85) /* NEL */
        return 2;
    if (bytes[0] == 0xe2 && left > 2 && bytes[1] == 0x80 && (bytes[2] == 0xa8 || bytes[2] == 0xa9))
        return 3; /* LINE SEPARATOR, PARAGRAPH SEPARATOR */
    return 0;
}

static bool begins_line_end(unsigned char byte)
{
    return byte <= '\r' || byte == 0xc2 || byte == 0xe2;
}

static void measure(struct line *line)
{
    line->points = (uint32_t)utf8_length(line->text);
    const char *space = line->text.len ? memchr(line->text.data, ' ', line->text.len) : NULL;
    size_t len = space ? (size_t)(space - line->text.data) : line->text.len;
    line->first_word = (uint32_t)utf8_length(slice_sub(line->text, 0, len));
}

static enum status split_lines(struct slice body, struct line **out, size_t *count,
                               struct arena *arena)
{
    void *items = NULL;
    size_t capacity = 0, start = 0, at = 0;
    while (start < body.len || at < body.len) {
        while (at < body.len && !begins_line_end((unsigned char)body.data[at]))
            at++;
        size_t end = at < body.len ? line_end(body, at) : 1;
        if (end == 0) {
            at++;
            continue;
        }
        struct line *line = arena_push(&items, count, &capacity, sizeof *line, arena);
        if (!line)
            return STATUS_REJECT;
        line->text = slice_trim(slice_sub(body, start, at));
        measure(line);
        start = at = at + end;
        if (start >= body.len)
            break;
    }
    *out = items;
    return STATUS_OK;
}

static bool is_item(struct slice text)
{
    static const char *const bullets[] = {"- ", "* ", "• ", "– ", "— ", "· ", "> "};
    for (size_t i = 0; i < sizeof bullets / sizeof bullets[0]; i++)
        if (slice_starts_with(text, slice_from(bullets[i])))
            return true;
    return false;
}

/* Whoever wraps by hand at `width` breaks a line only when the next word has no room. */
static bool is_soft(const struct line *line, const struct line *next, uint32_t width)
{
    return line->points + 1 + next->first_word + width / 10 > width && !is_item(next->text);
}

/* The width at which the text is wrapped by hand; 0: each line stands for itself. */
static uint32_t wrap_width(const struct line *lines, size_t count)
{
    uint32_t width = 0;
    size_t inner = 0, soft = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].points > width)
            width = lines[i].points;
    if (width < WRAP_MIN || width > WRAP_MAX)
        return 0;
    for (size_t i = 0; i + 1 < count; i++) {
        if (lines[i].text.len == 0 || lines[i + 1].text.len == 0)
            continue;
        inner++;
        soft += is_soft(&lines[i], &lines[i + 1], width);
    }
    return inner >= 2 && soft * 10 >= inner * 6 ? width : 0;
}

/* Han and Kana run on over a line break without a space. */
static bool runs_on(struct slice left, struct slice right)
{
    size_t at = left.len - 1, zero = 0;
    while (at > 0 && ((unsigned char)left.data[at] & 0xc0) == 0x80)
        at--;
    int32_t before = u_getIntPropertyValue((UChar32)utf8_next(left, &at), UCHAR_EAST_ASIAN_WIDTH);
    int32_t after = u_getIntPropertyValue((UChar32)utf8_next(right, &zero), UCHAR_EAST_ASIAN_WIDTH);
    return before == U_EA_WIDE && after == U_EA_WIDE;
}

/* The lines [from, to) as one string. */
static struct slice join(const struct line *lines, size_t from, size_t to, struct arena *arena)
{
    if (to - from == 1)
        return lines[from].text;
    size_t len = 0;
    for (size_t i = from; i < to; i++)
        len += lines[i].text.len + 1;
    char *out = arena_alloc(arena, len + 1);
    if (!out)
        return SLICE_NULL;
    len = 0;
    for (size_t i = from; i < to; i++) {
        if (i > from && !runs_on(lines[i - 1].text, lines[i].text))
            out[len++] = ' ';
        memcpy(out + len, lines[i].text.data, lines[i].text.len);
        len += lines[i].text.len;
    }
    return (struct slice){out, len};
}

static enum status plain_blocks(struct doc *doc, struct arena *arena)
{
    struct line *lines = NULL;
    size_t count = 0, capacity = 0;
    enum status status = split_lines(doc->body, &lines, &count, arena);
    if (status != STATUS_OK)
        return status;
    uint32_t width = wrap_width(lines, count);
    for (size_t from = 0, to; from < count; from = to) {
        to = from + 1;
        if (lines[from].text.len == 0)
            continue;
        while (to < count && lines[to].text.len > 0 && width > 0 &&
               is_soft(&lines[to - 1], &lines[to], width))
            to++;
        struct slice text = join(lines, from, to, arena);
        struct doc_block *block;
        if (!text.data || doc_add_block(doc, &capacity, text, &block, arena) != STATUS_OK)
            return STATUS_REJECT;
    }
    return STATUS_OK;
}

static size_t count_spaces(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == ' ';
    return count;
}

/* A first line is a title when it is short, begins like one, does not end like a sentence, and a
 * longer paragraph follows. It stays in the text as its first heading. */
static bool looks_like_title(const struct doc *doc)
{
    if (doc->block_count < 2)
        return false;
    struct slice first = doc->blocks[0].text;
    size_t words = count_spaces(first) + 1, at = 0, longest = 0;
    UChar32 start = (UChar32)utf8_next(first, &at);
    if (first.len < 8 || utf8_length(first) > 160 || words > 25 || u_islower(start) ||
        strchr(".,;:", first.data[first.len - 1]) || strchr("-*>|#{[<", first.data[0]))
        return false;
    if (slice_find(first, "://") || slice_find(first, "。"))
        return false;
    for (size_t i = 1; i < doc->block_count && i < 6; i++)
        if (doc->blocks[i].text.len > longest)
            longest = doc->blocks[i].text.len;
    return longest >= 100 && longest > first.len;
}

enum status blocks_run(struct doc *doc, struct arena *arena)
{
    if (html_is(doc->article->type))
        return html_blocks(doc, arena);
    enum status status = plain_blocks(doc, arena);
    if (status == STATUS_OK && !doc->result->title.data && looks_like_title(doc)) {
        doc->result->title = doc->blocks[0].text;
        doc->blocks[0].heading = true;
    }
    return status;
}
