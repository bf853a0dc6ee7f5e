/* Without control characters. */
#include "worker/cli/clean.h"

#include "common/utf8.h"

/* What of `text` may be shown. */
static struct slice cut(struct slice text, size_t limit)
{
    if (text.len <= limit)
        return text;
    while (limit > 0 && ((unsigned char)text.data[limit] & 0xc0) == 0x80)
        limit--;
    return (struct slice){text.data, limit};
}

/* A C1 control character is two bytes. */
static bool is_c1(struct slice text, size_t at)
{
    unsigned char c = (unsigned char)text.data[at];
    unsigned char next = at + 1 < text.len ? (unsigned char)text.data[at + 1] : 0;
    return c == 0xc2 && next >= 0x80 && next < 0xa0;
}

void clean_append(struct buffer *out, struct slice text, size_t limit)
{
    struct slice shown = cut(text, limit);
    for (size_t i = 0; i < shown.len; i++) {
        unsigned char c = (unsigned char)shown.data[i];
        bool c1 = is_c1(shown, i);
        buffer_append(out, c < ' ' || c == 0x7f || c1 ? " " : shown.data + i, 1);
        i += c1;
    }
    if (shown.len < text.len)
        buffer_append_slice(out, SLICE_LITERAL("…"));
}

void clean_print(FILE *out, struct slice text, size_t limit)
{
    struct buffer clean;
    buffer_init(&clean, SIZE_MAX / 2);
    clean_append(&clean, text, limit);
    (void)fwrite(clean.data, 1, clean.len, out);
    buffer_deinit(&clean);
}

/* The length of the printable character that begins at `at`; 0 when there is none. */
static size_t printable(struct slice bytes, size_t at)
{
    unsigned char c = (unsigned char)bytes.data[at];
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c < ' ' || c == 0x7f || c == '\\' || is_c1(bytes, at) || at + len > bytes.len)
        return 0;
    return utf8_is_clean(slice_sub(bytes, at, at + len)) ? len : 0;
}

void clean_print_bytes(FILE *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len;) {
        size_t len = printable(bytes, i);
        if (len)
            (void)fwrite(bytes.data + i, 1, len, out);
        else
            (void)fprintf(out, "\\x%02x", (unsigned char)bytes.data[i]);
        i += len ? len : 1;
    }
}
