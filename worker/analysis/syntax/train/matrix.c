/* The products of the trainer's matrices. */
#include "worker/analysis/syntax/train/matrix.h"

#include <math.h>
#include <string.h>

#define LANES 16
#define ROWS  4 /* of a block of the product */
#define WIDTH 2 /* vectors of a block's row */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

static lanes load(const float *from)
{
    lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

static void store_sum(float *to, lanes value)
{
    value += load(to);
    memcpy(to, &value, sizeof value);
}

/* A block of ROWS x WIDTH vectors. */
static void add_block(struct matrix c, struct matrix a, struct matrix b, size_t k)
{
    lanes sums[ROWS][WIDTH] = {0};
    for (size_t i = 0; i < k; i++) {
        const float *row = b.data + i * b.row;
        lanes left = load(row), right = load(row + LANES);
        for (size_t r = 0; r < ROWS; r++) {
            float factor = a.data[r * a.row + i * a.column];
            sums[r][0] += factor * left;
            sums[r][1] += factor * right;
        }
    }
    for (size_t r = 0; r < ROWS; r++) {
        store_sum(c.data + r * c.row, sums[r][0]);
        store_sum(c.data + r * c.row + LANES, sums[r][1]);
    }
}

/* One row, any number of columns. */
static void add_row(float *c, const float *a, size_t a_column, struct matrix b, size_t n, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (a[i * a_column] != 0.0f)
            vector_add_scaled(c, a[i * a_column], b.data + i * b.row, n);
}

void matrix_add_product(struct matrix c, struct matrix a, struct matrix b, size_t m, size_t n,
                        size_t k)
{
    const size_t step = LANES * WIDTH;
    size_t whole = n / step * step, r = 0;
    for (; r + ROWS <= m; r += ROWS) {
        struct matrix a_rows = {a.data + r * a.row, a.row, a.column};
        for (size_t j = 0; j < whole; j += step)
            add_block((struct matrix){c.data + r * c.row + j, c.row, 1}, a_rows,
                      (struct matrix){b.data + j, b.row, 1}, k);
        for (size_t i = r; whole < n && i < r + ROWS; i++)
            add_row(c.data + i * c.row + whole, a.data + i * a.row, a.column,
                    (struct matrix){b.data + whole, b.row, 1}, n - whole, k);
    }
    for (; r < m; r++)
        add_row(c.data + r * c.row, a.data + r * a.row, a.column, b, n, k);
}

void matrix_turn(float *to, const float *from, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            to[j * rows + i] = from[i * columns + j];
}

void matrix_add_columns(float *sums, const float *from, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        vector_add(sums, from + i * columns, columns);
}

float vector_dot(const float *a, const float *b, size_t len)
{
    lanes sums = {0};
    size_t i = 0;
    for (; i + LANES <= len; i += LANES)
        sums += load(a + i) * load(b + i);
    float sum = 0;
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    for (; i < len; i++)
        sum += a[i] * b[i];
    return sum;
}

/* e^x for x <= 0: 2^n by the exponent's bits, the rest by a polynomial (error below 1e-5). */
static float exponential(float x)
{
    x = x < -80.0f ? -80.0f : x;
    float y = x * 1.44269504f;
    int32_t n = (int32_t)(y - 0.5f);
    float f = (y - (float)n) * 0.693147181f;
    float p =
        1.0f + f * (1.0f + f * (0.5f + f * (0.166666667f + f * (0.0416666667f + f * 0.00833333f))));
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

float vector_softmax(float *logits, size_t len)
{
    float most = logits[0], sum = 0;
    for (size_t i = 1; i < len; i++)
        most = logits[i] > most ? logits[i] : most;
    for (size_t i = 0; i < len; i++) {
        logits[i] = exponential(logits[i] - most);
        sum += logits[i];
    }
    for (size_t i = 0; i < len; i++)
        logits[i] /= sum;
    return most +
           logf(sum); /* for messages only: the C library's logf is not the same everywhere */
}

uint32_t chance_next(struct chance *chance)
{
    chance->state ^= chance->state >> 12;
    chance->state ^= chance->state << 25;
    chance->state ^= chance->state >> 27;
    return (uint32_t)((chance->state * 0x2545f4914f6cdd1du) >> 32);
}

float chance_unit(struct chance *chance)
{
    return (float)(chance_next(chance) >> 8) * (1.0f / 16777216.0f);
}

uint32_t chance_below(struct chance *chance, uint32_t limit)
{
    return (uint32_t)(((uint64_t)chance_next(chance) * limit) >> 32);
}

void chance_mask(struct chance *chance, float rate, float *mask, size_t len)
{
    uint32_t limit = (uint32_t)(rate * 65536.0f);
    float kept = 1.0f / (1.0f - rate);
    for (size_t i = 0; i < len; i += 2) {
        uint32_t bits = chance_next(chance);
        mask[i] = (bits & 0xffff) < limit ? 0.0f : kept;
        if (i + 1 < len)
            mask[i + 1] = bits >> 16 < limit ? 0.0f : kept;
    }
}
