/* Two numbers in a sentence. */
#include "worker/ingest/amqp_limit.h"

#include <string.h>

#define DIGITS_MAX 18 /* fit into 64 bits */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next number at or behind `from`, and where it ends. */
static bool next_number(struct slice text, size_t *from, uint64_t *out)
{
    size_t at = *from, begin;
    while (at < text.len && !is_digit(text.data[at]))
        at++;
    *out = 0;
    for (begin = at; at < text.len && is_digit(text.data[at]) && at - begin < DIGITS_MAX; at++)
        *out = *out * 10 + (uint64_t)(text.data[at] - '0');
    *from = at;
    return at > begin;
}

bool amqp_limit_read(struct slice text, uint64_t *limit)
{
    static const char said[] = "message size ";
    uint64_t size;
    const char *found = slice_find(text, said);
    if (!found)
        return false;
    size_t at = (size_t)(found - text.data) + sizeof said - 1;
    return next_number(text, &at, &size) && next_number(text, &at, limit) && *limit > 0 &&
           *limit < size;
}
