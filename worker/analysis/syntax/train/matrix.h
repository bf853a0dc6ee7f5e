/* Matrices of the trainer, in rows, and the few products that training needs.
 *
 * Every sum is made in a fixed order that does not depend on how wide the machine's vectors are,
 * and products are not fused with sums (-ffp-contract=off): the same seed gives the same bits. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_MATRIX_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_MATRIX_H

#include <stddef.h>
#include <stdint.h>

/* A borrowed matrix: element (i, j) is data[i * row + j * column]. */
struct matrix {
    float *data;
    size_t row, column;
};

static inline struct matrix matrix_of(float *data, size_t width)
{
    return (struct matrix){data, width, 1};
}

static inline struct matrix matrix_turned(float *data, size_t width)
{
    return (struct matrix){data, 1, width};
}

/* c += a b, where c is m x n, a m x k, b k x n; b and c have their columns side by side. */
void matrix_add_product(struct matrix c, struct matrix a, struct matrix b, size_t m, size_t n,
                        size_t k);
/* to (columns x rows) = from (rows x columns) turned. */
void matrix_turn(float *to, const float *from, size_t rows, size_t columns);
/* sums[j] += the sum of column j. */
void matrix_add_columns(float *sums, const float *from, size_t rows, size_t columns);

static inline void vector_add(float *to, const float *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] += from[i];
}

static inline void vector_add_scaled(float *to, float scale, const float *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] += scale * from[i];
}

float vector_dot(const float *a, const float *b, size_t len);

/* Turns `logits` into probabilities in place and returns the logarithm of what they were divided
 * by, so that log p = logit - that. */
float vector_softmax(float *logits, size_t len);

/* A seeded generator (xorshift64*). */
struct chance {
    uint64_t state;
};
uint32_t chance_next(struct chance *chance);
/* In [0, 1). */
float chance_unit(struct chance *chance);
uint32_t chance_below(struct chance *chance, uint32_t limit);

/* A mask of dropout: each of `len` is 0 with probability `rate`, else 1 / (1 - rate). */
void chance_mask(struct chance *chance, float rate, float *mask, size_t len);

#endif
