/* Titles, names and dates of feeds. */
#include "worker/sources/feed_text.h"

#include <curl/curl.h>
#include <libxml/HTMLparser.h>

#include "common/clock.h"
#include "common/utf8.h"

#define ENTITY_BYTES 32
#define DATE_BYTES   64

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool tag_begins(struct slice text, size_t at)
{
    return at + 1 < text.len && text.data[at] == '<' &&
           (is_letter(text.data[at + 1]) || strchr("/!", text.data[at + 1]));
}

static uint32_t number_of(const char *digits)
{
    bool hex = (digits[0] | 0x20) == 'x';
    uint32_t point = 0;
    for (const char *c = digits + hex; *c; c++) {
        char low = (char)(*c | 0x20);
        int digit = *c >= '0' && *c <= '9'            ? *c - '0'
                    : hex && low >= 'a' && low <= 'f' ? low - 'a' + 10
                                                      : -1;
        if (digit < 0 || point > 0x10ffff)
            return 0;
        point = point * (hex ? 16 : 10) + (uint32_t)digit;
    }
    bool surrogate = point >= 0xd800 && point < 0xe000;
    return surrogate || point > 0x10ffff ? 0 : point;
}

/* The code point of the entity at `at`, and its length; 0 when there is none. */
static uint32_t entity_at(struct slice text, size_t at, size_t *len)
{
    char name[ENTITY_BYTES];
    size_t end = at + 1;
    while (end < text.len && end - at < sizeof name && text.data[end] != ';')
        end++;
    if (end >= text.len || text.data[end] != ';' || end - at - 1 >= sizeof name)
        return 0;
    memcpy(name, text.data + at + 1, end - at - 1);
    name[end - at - 1] = '\0';
    *len = end - at + 1;
    if (name[0] == '#')
        return number_of(name + 1);
    if (strcmp(name, "apos") == 0)
        return '\'';
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
    return entity ? entity->value : 0;
}

/* Appends a character, white space folded. */
static void put(char *out, size_t *len, const char *bytes, size_t count)
{
    if (count == 1 && is_space(bytes[0])) {
        if (*len && out[*len - 1] != ' ')
            out[(*len)++] = ' ';
        return;
    }
    memcpy(out + *len, bytes, count);
    *len += count;
}

static struct slice finish(char *out, size_t len)
{
    while (len && out[len - 1] == ' ')
        len--;
    return (struct slice){out, len};
}

struct slice feed_text_plain(struct slice html, struct arena *arena)
{
    char *out = arena_alloc(arena, html.len + 1);
    size_t len = 0;
    for (size_t at = 0, step; out && at < html.len; at += step) {
        char point[4];
        uint32_t value = html.data[at] == '&' ? entity_at(html, at, &step) : 0;
        const char *close =
            tag_begins(html, at) ? memchr(html.data + at, '>', html.len - at) : NULL;
        if (value == 0xa0)
            value = ' ';
        if (value) {
            put(out, &len, point, utf8_put(value, point));
        } else if (close) {
            step = (size_t)(close - html.data) + 1 - at;
            put(out, &len, " ", 1);
        } else {
            step = 1;
            put(out, &len, html.data + at, 1);
        }
    }
    return out ? finish(out, len) : SLICE_NULL;
}

struct slice feed_text_folded(struct slice text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t at = 0; out && at < text.len; at++)
        put(out, &len, text.data + at, 1);
    return out ? finish(out, len) : SLICE_NULL;
}

bool feed_text_is_html(struct slice text)
{
    size_t len;
    for (size_t at = 0; at < text.len; at++)
        if (tag_begins(text, at) || (text.data[at] == '&' && entity_at(text, at, &len)))
            return true;
    return false;
}

int64_t feed_text_date(struct slice text)
{
    int64_t ms;
    char copy[DATE_BYTES];
    text = slice_trim(text);
    if (clock_parse(text, &ms))
        return ms;
    if (text.len == 0 || text.len >= sizeof copy || memchr(text.data, 0, text.len))
        return CLOCK_NONE;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    time_t seconds = curl_getdate(copy, NULL);
    return seconds == (time_t)-1 ? CLOCK_NONE : (int64_t)seconds * 1000;
}
