/* The longest beginning of a code that is known. */
#include "worker/analysis/events/cameo.h"

#include <stddef.h>
#include <string.h>

/* The row of the first `len` bytes of `code`; NULL when there is none. */
static const struct cameo_code *find(const char *code, size_t len)
{
    size_t low = 0, high = cameo_code_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(cameo_codes[middle].code, code, len);
        if (order == 0 && cameo_codes[middle].code[len] == '\0')
            return &cameo_codes[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct cameo_code *cameo_find(const char *code)
{
    for (size_t len = strlen(code); len > 0; len--) {
        const struct cameo_code *found = find(code, len);
        if (found)
            return found;
    }
    return NULL;
}
