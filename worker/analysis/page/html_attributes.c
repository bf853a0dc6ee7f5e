/* The attributes that the rules about pages read; a page's others are left out before it is parsed,
 * which is cheaper, and keeps what somebody wrote megabytes of data into from mattering. */
#include <strings.h>

#include "worker/analysis/page/html.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static const char *const wanted[] = {
    "class",    "id",          "href",    "rel",       "itemprop",   "itemtype",
    "property", "name",        "content", "datetime",  "pubdate",    "role",
    "hidden",   "aria-hidden", "lang",    "data-time", "http-equiv", "data-datetime",
    "title",    "data-date",   "style",   "charset",   "type",       "data-timestamp"};

/* The attribute's bit, 0 when nobody asks for it. Of a style only that it hides. */
static uint32_t bit_of(struct slice name, struct slice value)
{
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (name.len != strlen(wanted[i]) || strncasecmp(name.data, wanted[i], name.len) != 0)
            continue;
        bool hides = slice_find(value, "none") || slice_find(value, "hidden");
        return strcmp(wanted[i], "style") != 0 || hides ? 1u << i : 0;
    }
    return 0;
}

static void append(struct slice name, struct slice value, struct buffer *out)
{
    const char *quote = value.len > 0 && memchr(value.data, '"', value.len) ? "'" : "\"";
    if (*quote == '\'' && memchr(value.data, '\'', value.len))
        return;
    buffer_append(out, " ", 1);
    buffer_append_slice(out, name);
    buffer_append(out, "=", 1);
    buffer_append(out, quote, 1);
    buffer_append_slice(out, value);
    buffer_append(out, quote, 1);
}

/* The value behind an equals sign, moving `*at` behind it. */
static struct slice read_value(struct slice text, size_t *at)
{
    while (*at < text.len && is_space(text.data[*at]))
        ++*at;
    char quote = *at < text.len ? text.data[*at] : 0;
    size_t start = *at;
    if (quote == '"' || quote == '\'') {
        const char *end = memchr(text.data + start + 1, quote, text.len - start - 1);
        *at = end ? (size_t)(end - text.data) + 1 : text.len;
        return slice_sub(text, start + 1, end ? *at - 1 : *at);
    }
    while (*at < text.len && !is_space(text.data[*at]))
        ++*at;
    return slice_sub(text, start, *at);
}

void html_keep_attributes(struct slice attributes, struct buffer *out)
{
    size_t start_len = out->len;
    uint32_t seen = 0; /* the first of a name counts, as for browsers */
    for (size_t at = 0; at < attributes.len;) {
        size_t start = at;
        while (at < attributes.len && !is_space(attributes.data[at]) &&
               attributes.data[at] != '=' && attributes.data[at] != '/')
            at++;
        struct slice name = slice_sub(attributes, start, at), value = SLICE_LITERAL("");
        size_t ahead = at;
        while (ahead < attributes.len && is_space(attributes.data[ahead]))
            ahead++;
        if (name.len > 0 && ahead < attributes.len && attributes.data[ahead] == '=') {
            at = ahead + 1;
            value = read_value(attributes, &at);
        } else if (name.len == 0) {
            at++;
        }
        uint32_t bit =
            name.len > 0 && value.len <= HTML_ATTRIBUTE_BYTES_MAX ? bit_of(name, value) : 0;
        if (bit && !(seen & bit) && out->len - start_len + value.len < HTML_ATTRIBUTES_BYTES_MAX)
            append(name, value, out);
        seen |= bit;
    }
}
