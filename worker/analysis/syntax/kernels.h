/* The arithmetic of the network, in the best version for this machine: products of 16-bit numbers
 * summed in 32 bits, and elementwise functions. Products are exact and the rest is done element by
 * element in one order, so that all versions give the same bits. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_KERNELS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_OUTPUTS 16      /* the number of outputs is a multiple */
#define KERNEL_ONE     8192.0f /* 1 among the values of units */
#define HIDDEN_ONE     1024.0f /* 1 in the hidden layer */
#define HIDDEN_MOST    32767.0f

/* Weights in blocks of KERNEL_OUTPUTS outputs, each block one run of memory with the inputs in
 * pairs: see kernel_weight_at(). */
struct kernel_weights {
    size_t outputs, inputs;
    const int16_t *blocks;
};

static inline size_t kernel_weight_at(size_t inputs, size_t output, size_t input)
{
    size_t block = output / KERNEL_OUTPUTS * inputs * KERNEL_OUTPUTS;
    return block + (input / 2 * KERNEL_OUTPUTS + output % KERNEL_OUTPUTS) * 2 + input % 2;
}

struct kernels {
    const char *name;
    /* to[row * to_stride + output] = sum of from[row * from_stride + input] * weight */
    void (*product)(int32_t *to, size_t to_stride, const int16_t *from, size_t from_stride,
                    size_t rows, const struct kernel_weights *weights);
    /* One step of an LSTM of n units. gates is the product of the token's input, again that of the
     * value before; out the new value in KERNEL_ONE. scales: of gates, of again, bias: 4 n each. */
    void (*unit_step)(size_t n, const int32_t *gates, const int32_t *again, const float *scales,
                      const float *again_scales, const float *bias, float *cell, int16_t *out);
    /* to = from * scales in HIDDEN_ONE */
    void (*scale)(int16_t *to, const int32_t *from, const float *scales, size_t len);
    /* max(0, sum of the shares), both in HIDDEN_ONE */
    void (*hidden)(int16_t *to, const int16_t *const *shares, size_t count, size_t len);
};

/* The best for this machine, and all that it can run, best first (for tests); NULL past the end. */
const struct kernels *kernels_best(void);
const struct kernels *kernels_number(unsigned index);

#endif
