/* Words in other letters. */
#include "worker/analysis/syntax/train/recase.h"

#include <unicode/uchar.h>

#include "common/utf8.h"

struct slice recase(struct slice form, enum recase how, char out[RECASE_ROOM])
{
    size_t len = 0;
    if (how == RECASE_NOT)
        return form;
    for (size_t at = 0; at < form.len && len + 8 < RECASE_ROOM;) {
        UChar32 point = (UChar32)utf8_next(form, &at);
        if (how == RECASE_UPPER || (how == RECASE_TITLE && len == 0))
            point = u_toupper(point);
        else if (how == RECASE_LOWER)
            point = u_tolower(point);
        len += utf8_put((uint32_t)point, out + len);
    }
    return (struct slice){out, len};
}
