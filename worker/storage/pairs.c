/* Sign after sign, each with the one behind it. */
#include "worker/storage/pairs.h"

#include <stdint.h>

#include "common/utf8.h"

#define POINTS_MAX 50000

/* Thai, Lao, Tibetan, Burmese, Khmer, kana, and Chinese characters. */
static bool is_sign(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x0E00, 0x109F}, {0x1780, 0x17FF}, {0x3040, 0x30FF},
                  {0x3400, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && code >= ranges[i].first; i++)
        if (code <= ranges[i].last)
            return true;
    return false;
}

void pairs_write(struct slice text, struct buffer *out)
{
    size_t at = 0, behind = 0;
    bool sign = text.len > 0 && is_sign(utf8_next(text, &behind));
    for (size_t points = 0; at < text.len && points < POINTS_MAX; points++) {
        size_t begin = at, end = behind;
        bool pair = false;
        at = behind;
        if (behind < text.len && points + 1 < POINTS_MAX)
            pair = is_sign(utf8_next(text, &behind));
        buffer_append(out, text.data + begin, (sign && pair ? behind : end) - begin);
        if (sign)
            buffer_append(out, " ", 1);
        sign = pair;
    }
}
