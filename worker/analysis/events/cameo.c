/* The longest beginning of a code that is known. */
#include "worker/analysis/events/cameo.h"

#include <stddef.h>

/* The length of `beginning` when `code` begins with it, or 0. */
static size_t matched(const char *beginning, const char *code)
{
    size_t len = 0;
    while (beginning[len] && beginning[len] == code[len])
        len++;
    return beginning[len] ? 0 : len;
}

const struct cameo_code *cameo_find(const char *code)
{
    const struct cameo_code *best = NULL;
    size_t best_len = 0;
    for (unsigned i = 0; i < cameo_code_count; i++) {
        size_t len = matched(cameo_codes[i].code, code);
        if (len > best_len) {
            best = &cameo_codes[i];
            best_len = len;
        }
    }
    return best;
}
