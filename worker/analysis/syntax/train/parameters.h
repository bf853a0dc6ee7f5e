/* The numbers that training finds: each with its gradient and the running moments of Adam
 * (Kingma and Ba, 2015). A table of vectors for words is updated only in the rows that were used.
 * What is exported is a running average of the values, which does better than any one step's
 * (Polyak and Juditsky, 1992). */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_PARAMETERS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/analysis/syntax/train/matrix.h"

struct parameter {
    const char *name;
    size_t rows, columns;
    float *value, *gradient, *mean, *square; /* rows x columns each */
    float *average;                          /* of the values of late steps */
    float *turned;                           /* value turned, kept up to date; NULL for tables */
    uint32_t *used;                          /* tables: rows with a gradient */
    size_t used_count;
    bool *is_used;
};

/* Dense, uniform in +-limit, or a table of zeros. */
void parameter_new(struct parameter *out, const char *name, size_t rows, size_t columns,
                   float limit, struct chance *chance);
void parameter_new_table(struct parameter *out, const char *name, size_t rows, size_t columns);
void parameter_free(struct parameter *parameter);

/* The gradient's row of a table, marked as used. */
float *parameter_use(struct parameter *table, uint32_t row);

struct adam {
    float rate;
    float mean_decay, square_decay; /* beta 1 and beta 2 */
    float mean_power, square_power; /* their powers so far; start at 1 */
};
/* Once a step, before the updates. */
void adam_step(struct adam *adam);
/* Moves the values against the gradient and clears it. */
void adam_update(const struct adam *adam, struct parameter *parameter);

/* Moves the average towards the values: by all of the way (share 1), or a part of it. */
void parameter_average(struct parameter *parameter, float share);
/* Exchanges the values and their average; done twice, all is as before. */
void parameter_swap(struct parameter *parameter);

#endif
