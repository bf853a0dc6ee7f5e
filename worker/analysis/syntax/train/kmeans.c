/* Spherical k-means. */
#include "worker/analysis/syntax/train/kmeans.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/train/memory.h"

#define ROUNDS 15

void sparse_new(struct sparse *out, uint32_t rows, uint32_t columns, size_t entries_max)
{
    *out = (struct sparse){.rows = rows, .columns = columns};
    out->starts = allocate(rows + 1, sizeof *out->starts);
    out->entry_columns = allocate(entries_max, sizeof *out->entry_columns);
    out->weights = allocate(entries_max, sizeof *out->weights);
}

void sparse_free(struct sparse *sparse)
{
    free(sparse->starts);
    free(sparse->entry_columns);
    free(sparse->weights);
}

void sparse_add(struct sparse *sparse, uint32_t row, uint32_t column, float weight)
{
    sparse->entry_columns[sparse->count] = column;
    sparse->weights[sparse->count++] = weight;
    sparse->starts[row + 1] = sparse->count;
}

void sparse_normalize(struct sparse *sparse)
{
    for (uint32_t r = 0; r < sparse->rows; r++) {
        size_t from = sparse->starts[r];
        if (sparse->starts[r + 1] < from)
            sparse->starts[r + 1] = from; /* an empty row */
        size_t len = sparse->starts[r + 1] - from;
        float length = sqrtf(vector_dot(sparse->weights + from, sparse->weights + from, len));
        for (size_t i = 0; i < len; i++)
            sparse->weights[from + i] /= length;
    }
}

static float closeness(const struct sparse *sparse, uint32_t row, const float *center)
{
    float sum = 0;
    for (size_t i = sparse->starts[row]; i < sparse->starts[row + 1]; i++)
        sum += sparse->weights[i] * center[sparse->entry_columns[i]];
    return sum;
}

static void add_row(const struct sparse *sparse, uint32_t row, float *center)
{
    for (size_t i = sparse->starts[row]; i < sparse->starts[row + 1]; i++)
        center[sparse->entry_columns[i]] += sparse->weights[i];
}

static bool assign(const struct sparse *sparse, const uint32_t *members, uint32_t count,
                   const float *centers, uint32_t k, uint32_t *classes)
{
    bool moved = false;
    for (uint32_t m = 0; m < count; m++) {
        uint32_t best = 0;
        float most = -1;
        for (uint32_t c = 0; c < k; c++) {
            float close = closeness(sparse, members[m], centers + (size_t)c * sparse->columns);
            if (close > most) {
                most = close;
                best = c;
            }
        }
        moved |= classes[m] != best;
        classes[m] = best;
    }
    return moved;
}

static void center(const struct sparse *sparse, const uint32_t *members, uint32_t count,
                   float *centers, uint32_t k, const uint32_t *classes)
{
    memset(centers, 0, (size_t)k * sparse->columns * sizeof *centers);
    for (uint32_t m = 0; m < count; m++)
        add_row(sparse, members[m], centers + (size_t)classes[m] * sparse->columns);
    for (uint32_t c = 0; c < k; c++) {
        float *row = centers + (size_t)c * sparse->columns;
        float length = sqrtf(vector_dot(row, row, sparse->columns));
        for (uint32_t i = 0; length > 0 && i < sparse->columns; i++)
            row[i] /= length;
    }
}

void kmeans(const struct sparse *sparse, const uint32_t *members, uint32_t count, uint32_t k,
            struct chance *chance, uint32_t *classes)
{
    if (count == 0)
        return;
    float *centers = allocate((size_t)k * sparse->columns, sizeof *centers);
    for (uint32_t c = 0; c < k; c++)
        add_row(sparse, members[chance_below(chance, count)],
                centers + (size_t)c * sparse->columns);
    memset(classes, 0xff, count * sizeof *classes);
    for (int round = 0; round < ROUNDS && assign(sparse, members, count, centers, k, classes);
         round++)
        center(sparse, members, count, centers, k, classes);
    free(centers);
}
