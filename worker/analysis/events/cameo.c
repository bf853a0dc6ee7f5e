/* The longest beginning of a code that is known. */
#include "worker/analysis/events/cameo.h"

#include <string.h>

const struct cameo_code *cameo_find(const char *code)
{
    const struct cameo_code *best = NULL;
    size_t best_len = 0;
    for (unsigned i = 0; i < cameo_code_count; i++) {
        size_t len = strlen(cameo_codes[i].code);
        if (len > best_len && strncmp(code, cameo_codes[i].code, len) == 0) {
            best = &cameo_codes[i];
            best_len = len;
        }
    }
    return best;
}
