/* "Did you mean": the restricted Damerau-Levenshtein distance over short words. */
#include "common/nearest.h"

#include <string.h>

#define WORD_MAX 64 /* option and command names are far shorter; longer words match nothing */

void nearest_init(struct nearest *nearest, const char *word)
{
    size_t len = strlen(word);
    *nearest = (struct nearest){.word = word, .distance = (len < 6 ? 2 : len / 3) + 1};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t d = distance(nearest->word, candidate);
    if (d >= nearest->distance)
        return;
    nearest->distance = d;
    nearest->best = candidate;
}
