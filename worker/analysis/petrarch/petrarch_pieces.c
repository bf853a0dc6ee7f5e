/* Cutting and folding. */
#include "worker/analysis/petrarch/petrarch_pieces.h"

#include <ctype.h>

#include "worker/analysis/words/words.h"

static bool is_inside(char byte)
{
    return isalnum((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

bool petrarch_next_piece(struct slice text, size_t *at, struct slice *piece)
{
    size_t from = *at;
    while (from < text.len && !is_inside(text.data[from]))
        from++;
    size_t to = from;
    while (to < text.len && is_inside(text.data[to]))
        to++;
    *at = to;
    *piece = slice_sub(text, from, to);
    return to > from;
}

struct slice petrarch_key(struct slice phrase, char out[PETRARCH_KEY_BYTES], size_t *count)
{
    char fold[WORDS_FOLD_BYTES];
    struct slice piece;
    size_t len = 0, at = 0;
    *count = 0;
    while (petrarch_next_piece(phrase, &at, &piece)) {
        size_t folded = words_fold(piece, fold);
        if (len + folded + 1 > PETRARCH_KEY_BYTES || *count == PETRARCH_PIECES_MAX)
            return (struct slice){out, 0};
        if ((*count)++ > 0)
            out[len++] = ' ';
        memcpy(out + len, fold, folded);
        len += folded;
    }
    return (struct slice){out, len};
}
