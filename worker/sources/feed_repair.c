/* Naked ampersands. */
#include "worker/sources/feed_repair.h"

static bool is_name_byte(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80 || strchr("#._:-", c);
}

/* "&name;" or "&#…;" at the beginning. */
static bool is_reference(struct slice text)
{
    size_t at = 1;
    while (at < text.len && at < FEED_REPAIR_LOOK && text.data[at] && is_name_byte(text.data[at]))
        at++;
    return at > 1 && at < text.len && text.data[at] == ';';
}

/* How many bytes, at the beginning of `text`, go over as one step; sets where they lead. */
static size_t step(struct feed_repair *repair, struct slice text)
{
    static const struct {
        enum feed_inside from, to;
        const char *mark;
    } turns[] = {
        {INSIDE_MARKUP, INSIDE_CDATA, "<![CDATA["}, {INSIDE_CDATA, INSIDE_MARKUP, "]]>"},
        {INSIDE_MARKUP, INSIDE_COMMENT, "<!--"},    {INSIDE_COMMENT, INSIDE_MARKUP, "-->"},
        {INSIDE_MARKUP, INSIDE_INSTRUCTION, "<?"},  {INSIDE_INSTRUCTION, INSIDE_MARKUP, "?>"},
    };
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        if (turns[i].from != repair->where || !slice_starts_with(text, slice_from(turns[i].mark)))
            continue;
        repair->where = turns[i].to;
        return strlen(turns[i].mark);
    }
    return 1;
}

static bool is_mark(char c)
{
    return c == '<' || c == '&' || c == ']' || c == '-' || c == '?';
}

/* Repairs as much as can be known; returns how much that was. */
static size_t run(struct feed_repair *repair, struct slice text, bool last, struct buffer *out)
{
    size_t at = 0, plain = 0;
    while (at < text.len) {
        if (!is_mark(text.data[at])) {
            at++;
            continue;
        }
        struct slice rest = slice_sub(text, at, text.len);
        if (rest.len < FEED_REPAIR_LOOK && !last)
            break;
        if (rest.data[0] == '&' && repair->where == INSIDE_MARKUP && !is_reference(rest)) {
            buffer_append_slice(out, slice_sub(text, plain, at));
            buffer_append(out, "&amp;", 5);
            plain = ++at;
            continue;
        }
        at += step(repair, rest);
    }
    buffer_append_slice(out, slice_sub(text, plain, at));
    return at;
}

static void begin(struct feed_repair *repair, struct slice bytes)
{
    if (repair->begun || bytes.len < 2)
        return;
    repair->begun = true;
    repair->off = !bytes.data[0] || !bytes.data[1] ||
                  slice_starts_with(bytes, SLICE_LITERAL("\xff\xfe")) ||
                  slice_starts_with(bytes, SLICE_LITERAL("\xfe\xff"));
}

void feed_repair(struct feed_repair *repair, struct slice bytes, bool last, struct buffer *out)
{
    begin(repair, bytes);
    if (repair->off) {
        buffer_append_slice(out, bytes);
        return;
    }
    /* What was kept, with enough behind it to be known. */
    if (repair->kept_len && (bytes.len || last)) {
        char joined[2 * FEED_REPAIR_LOOK];
        size_t more = bytes.len < FEED_REPAIR_LOOK ? bytes.len : FEED_REPAIR_LOOK;
        memcpy(joined, repair->kept, repair->kept_len);
        memcpy(joined + repair->kept_len, bytes.data, more);
        struct slice text = {joined, repair->kept_len + more};
        size_t done = run(repair, text, last && more == bytes.len, out);
        if (done < repair->kept_len) { /* still too short; all of `bytes` is kept too */
            repair->kept_len = text.len - done;
            memcpy(repair->kept, joined + done, repair->kept_len);
            return;
        }
        bytes = slice_sub(bytes, done - repair->kept_len, bytes.len);
        repair->kept_len = 0;
    }
    size_t done = run(repair, bytes, last, out);
    repair->kept_len = bytes.len - done;
    memcpy(repair->kept, bytes.data + done, repair->kept_len);
}
