/* Spherical k-means over sparse vectors. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_KMEANS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_KMEANS_H

#include "worker/analysis/syntax/train/matrix.h"

/* Rows of (column, weight); row r has the entries [starts[r], starts[r + 1]). */
struct sparse {
    uint32_t rows, columns;
    size_t *starts;
    uint32_t *entry_columns;
    float *weights;
    size_t count;
};

void sparse_new(struct sparse *out, uint32_t rows, uint32_t columns, size_t entries_max);
void sparse_free(struct sparse *sparse);
/* Entries come in the order of their rows. */
void sparse_add(struct sparse *sparse, uint32_t row, uint32_t column, float weight);
/* After the last entry: gives each row the length 1. */
void sparse_normalize(struct sparse *sparse);

/* Sorts `count` rows into `k` classes: classes[i] is that of members[i]. Starts from rows chosen by
 * chance. */
void kmeans(const struct sparse *sparse, const uint32_t *members, uint32_t count, uint32_t k,
            struct chance *chance, uint32_t *classes);

#endif
