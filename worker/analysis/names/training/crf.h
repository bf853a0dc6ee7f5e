/* Learning the weights of a linear-chain conditional random field by stochastic gradient descent.
 *
 * AdaGrad (Duchi, Hazan, Singer 2011), one window a step; a Gaussian prior, shared out over the
 * times a feature is seen. Single-threaded and with an exponential of its own, so that the same
 * examples give the same weights everywhere. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_TRAINING_CRF_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_TRAINING_CRF_H

#include <stddef.h>
#include <stdint.h>

#include "worker/analysis/names/labeller.h"

/* A window: its words' features, as rows of the weights, and their labels. */
struct crf_window {
    uint32_t count;
    const uint32_t *ends; /* of each word's features, in `rows` */
    const uint32_t *rows;
    const uint8_t *gold;
    double share; /* what each feature counts */
};

struct crf {
    size_t row_count;
    double (*weights)[LABELS], (*squares)[LABELS];
    double transitions[LABELS][LABELS], transition_squares[LABELS][LABELS];
    const uint32_t *seen; /* how often each row occurs in what is learned from, each epoch */
    double prior;         /* strength of the prior; 0 none */
    double rate;
};

/* One step over one window; returns its negative log-likelihood before. */
double crf_learn(struct crf *crf, const struct crf_window *window);

#endif
