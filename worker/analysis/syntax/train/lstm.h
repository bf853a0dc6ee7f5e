/* One direction of a long short-term memory over sentences laid end to end, with its derivative.
 *
 *   (i, f, o, g) = x Wx + h' Wh + b;  c = s(f) c' + s(i) t(g);  h = s(o) t(c)
 * Hochreiter and Schmidhuber (1997) with forget gates. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_LSTM_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_LSTM_H

#include "worker/analysis/syntax/train/parameters.h"

struct lstm {
    size_t inputs, units;
    bool backwards;
    struct parameter input, recurrent, bias; /* inputs x 4 units, units x 4 units, 1 x 4 units */
    float *gates;                            /* of the last pass: tokens x 4 units */
    float *gate_gradient;
    float *cells, *cell_tanh; /* tokens x units */
    float *previous;          /* the h' of each token */
};

void lstm_new(struct lstm *out, const char *name, size_t inputs, size_t units, bool backwards,
              size_t tokens_max, struct chance *chance);
/* All but the parameters. */
void lstm_free(struct lstm *lstm);

/* `x` is tokens x inputs; h goes to out[token * stride ...]. `starts` are the sentences' first
 * tokens and behind them the number of tokens. */
void lstm_forward(struct lstm *lstm, float *x, const uint32_t *starts, size_t sentences, float *out,
                  size_t stride);
/* Adds to the parameters' gradients and to x_gradient, from the gradient of h. */
void lstm_backward(struct lstm *lstm, float *x, const uint32_t *starts, size_t sentences,
                   const float *out_gradient, size_t stride, float *x_gradient);

#endif
