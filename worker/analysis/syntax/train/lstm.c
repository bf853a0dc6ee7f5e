/* A long short-term memory and its derivative. */
#include "worker/analysis/syntax/train/lstm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/nonlinear.h"
#include "worker/analysis/syntax/train/memory.h"

void lstm_new(struct lstm *out, const char *name, size_t inputs, size_t units, bool backwards,
              size_t tokens_max, struct chance *chance)
{
    *out = (struct lstm){.inputs = inputs, .units = units, .backwards = backwards};
    float limit = sqrtf(6.0f / (float)(inputs + 2 * units));
    parameter_new(&out->input, name, inputs, 4 * units, limit, chance);
    parameter_new(&out->recurrent, name, units, 4 * units, limit, chance);
    parameter_new(&out->bias, name, 1, 4 * units, 0, chance);
    for (size_t i = units; i < 2 * units; i++)
        out->bias.value[i] = 1; /* remember, at first */
    out->gates = allocate(tokens_max * 4 * units, sizeof(float));
    out->gate_gradient = allocate(tokens_max * 4 * units, sizeof(float));
    out->cells = allocate(tokens_max * units, sizeof(float));
    out->cell_tanh = allocate(tokens_max * units, sizeof(float));
    out->previous = allocate(tokens_max * units, sizeof(float));
}

void lstm_free(struct lstm *lstm)
{
    free(lstm->gates);
    free(lstm->gate_gradient);
    free(lstm->cells);
    free(lstm->cell_tanh);
    free(lstm->previous);
}

/* The token that is read as number `step` of [from, to). */
static size_t token_at(const struct lstm *lstm, size_t from, size_t to, size_t step)
{
    return lstm->backwards ? to - 1 - step : from + step;
}

static void activate(const struct lstm *lstm, size_t token, const float *cell_before, float *out)
{
    size_t n = lstm->units;
    float *gates = lstm->gates + token * 4 * n, *cells = lstm->cells + token * n;
    float *squashed = lstm->cell_tanh + token * n;
    for (size_t i = 0; i < 3 * n; i++)
        gates[i] = nonlinear_sigmoid(gates[i]);
    for (size_t i = 3 * n; i < 4 * n; i++)
        gates[i] = nonlinear_tanh(gates[i]);
    for (size_t i = 0; i < n; i++) {
        cells[i] = gates[i] * gates[3 * n + i] + (cell_before ? gates[n + i] * cell_before[i] : 0);
        squashed[i] = nonlinear_tanh(cells[i]);
        out[i] = gates[2 * n + i] * squashed[i];
    }
}

static void read_sentence(struct lstm *lstm, size_t from, size_t to, float *out, size_t stride)
{
    size_t n = lstm->units;
    const float *cell = NULL, *h = NULL;
    for (size_t step = 0; step < to - from; step++) {
        size_t token = token_at(lstm, from, to, step);
        float *previous = lstm->previous + token * n;
        memset(previous, 0, n * sizeof *previous);
        if (h) {
            memcpy(previous, h, n * sizeof *previous);
            matrix_add_product(matrix_of(lstm->gates + token * 4 * n, 4 * n),
                               matrix_of(previous, n), matrix_of(lstm->recurrent.value, 4 * n), 1,
                               4 * n, n);
        }
        activate(lstm, token, cell, out + token * stride);
        cell = lstm->cells + token * n;
        h = out + token * stride;
    }
}

void lstm_forward(struct lstm *lstm, float *x, const uint32_t *starts, size_t sentences, float *out,
                  size_t stride)
{
    size_t width = 4 * lstm->units, tokens = starts[sentences];
    for (size_t t = 0; t < tokens; t++)
        memcpy(lstm->gates + t * width, lstm->bias.value, width * sizeof(float));
    matrix_add_product(matrix_of(lstm->gates, width), matrix_of(x, lstm->inputs),
                       matrix_of(lstm->input.value, width), tokens, width, lstm->inputs);
    for (size_t s = 0; s < sentences; s++)
        read_sentence(lstm, starts[s], starts[s + 1], out, stride);
}

/* The gradient of the gates of one token, from that of h and of the cell, which becomes that of the
 * cell before. */
static void turn_back(const struct lstm *lstm, size_t token, const float *cell_before,
                      const float *h_gradient, float *cell_gradient)
{
    size_t n = lstm->units;
    const float *gates = lstm->gates + token * 4 * n, *squashed = lstm->cell_tanh + token * n;
    float *gradient = lstm->gate_gradient + token * 4 * n;
    for (size_t i = 0; i < n; i++) {
        float in = gates[i], forget = gates[n + i], open = gates[2 * n + i], g = gates[3 * n + i];
        float cell = cell_gradient[i] + h_gradient[i] * open * (1 - squashed[i] * squashed[i]);
        float before = cell_before ? cell_before[i] : 0;
        gradient[i] = cell * g * in * (1 - in);
        gradient[n + i] = cell * before * forget * (1 - forget);
        gradient[2 * n + i] = h_gradient[i] * squashed[i] * open * (1 - open);
        gradient[3 * n + i] = cell * in * (1 - g * g);
        cell_gradient[i] = cell * forget;
    }
}

static void read_back(struct lstm *lstm, size_t from, size_t to, const float *out_gradient,
                      size_t stride, float *h_gradient, float *cell_gradient)
{
    size_t n = lstm->units;
    memset(h_gradient, 0, n * sizeof(float));
    memset(cell_gradient, 0, n * sizeof(float));
    for (size_t step = to - from; step-- > 0;) {
        size_t token = token_at(lstm, from, to, step);
        const float *before =
            step > 0 ? lstm->cells + token_at(lstm, from, to, step - 1) * n : NULL;
        vector_add(h_gradient, out_gradient + token * stride, n);
        turn_back(lstm, token, before, h_gradient, cell_gradient);
        memset(h_gradient, 0, n * sizeof(float));
        matrix_add_product(matrix_of(h_gradient, n),
                           matrix_of(lstm->gate_gradient + token * 4 * n, 4 * n),
                           matrix_of(lstm->recurrent.turned, n), 1, n, 4 * n);
    }
}

void lstm_backward(struct lstm *lstm, float *x, const uint32_t *starts, size_t sentences,
                   const float *out_gradient, size_t stride, float *x_gradient)
{
    size_t n = lstm->units, width = 4 * n, tokens = starts[sentences], inputs = lstm->inputs;
    float *h_gradient = allocate(2 * n, sizeof(float));
    for (size_t s = 0; s < sentences; s++)
        read_back(lstm, starts[s], starts[s + 1], out_gradient, stride, h_gradient, h_gradient + n);
    free(h_gradient);
    matrix_add_product(matrix_of(lstm->input.gradient, width), matrix_turned(x, inputs),
                       matrix_of(lstm->gate_gradient, width), inputs, width, tokens);
    matrix_add_product(matrix_of(lstm->recurrent.gradient, width), matrix_turned(lstm->previous, n),
                       matrix_of(lstm->gate_gradient, width), n, width, tokens);
    matrix_add_columns(lstm->bias.gradient, lstm->gate_gradient, tokens, width);
    if (x_gradient)
        matrix_add_product(matrix_of(x_gradient, inputs), matrix_of(lstm->gate_gradient, width),
                           matrix_of(lstm->input.turned, inputs), tokens, inputs, width);
}
