/* The arithmetic of the network, in the best version for this machine: products of small whole
 * numbers summed in 32 bits, and elementwise functions. Products are exact and the rest is done
 * element by element in one order, so that all versions give the same bits. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_KERNELS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_OUTPUTS   16      /* the number of outputs is a multiple */
#define KERNEL_UNITS_MAX 256     /* of an LSTM */
#define UNIT_ONE         127.0f  /* 1 among the values of units, which lie between -1 and 1 */
#define UNIT_ZERO        128     /* 0 among them where they are bytes */
#define HIDDEN_ONE       512.0f  /* 1 in the hidden layer */
#define SHARES           9       /* summed to a hidden layer */
#define SHARE_MOST       3640.0f /* so that the sum of SHARES fits 16 bits */

/* Weights in blocks of KERNEL_OUTPUTS outputs, each block one run of memory, in which `group`
 * inputs of an output lie side by side: see kernel_weight_at(). */
struct kernel_weights {
    size_t outputs, inputs;
    const int16_t *wide;   /* 16 bits, groups of 2 */
    const int8_t *narrow;  /* 8 bits, groups of 4; NULL where `wide` is used */
    const int32_t *starts; /* with `narrow`: what takes UNIT_ZERO out of each output's sum */
};

static inline size_t kernel_weight_at(size_t group, size_t inputs, size_t output, size_t input)
{
    size_t block = output / KERNEL_OUTPUTS * inputs * KERNEL_OUTPUTS;
    return block + (input / group * KERNEL_OUTPUTS + output % KERNEL_OUTPUTS) * group +
           input % group;
}

struct kernels {
    const char *name;
    /* Bytes of a unit's value: 2 (signed), or 1 (UNIT_ZERO and the value) where the machine
     * multiplies bytes. */
    size_t unit_bytes;
    /* to[row * to_stride + output] = sum of from[row * from_stride + input] * weight */
    void (*product)(int32_t *to, size_t to_stride, const int16_t *from, size_t from_stride,
                    size_t rows, const struct kernel_weights *weights);
    /* The same from units' values. */
    void (*unit_product)(int32_t *to, size_t to_stride, const void *from, size_t from_stride,
                         size_t rows, const struct kernel_weights *weights);
    /* One step of an LSTM of n units. gates is the product of the token's input, again that of the
     * value before; `out` and `copy` the new values. scales: of gates, of again, bias: 4 n each,
     * halved but for the new values' (the last n), because a sigmoid is made of the half. */
    void (*unit_step)(size_t n, const int32_t *gates, const int32_t *again, const float *scales,
                      const float *again_scales, const float *bias, float *cell, void *out,
                      void *copy);
    /* to = from * scales in HIDDEN_ONE */
    void (*scale)(int16_t *to, const int32_t *from, const float *scales, size_t len);
    /* to = sums * scales + bias */
    void (*scores)(float *to, const int32_t *sums, const float *scales, const float *bias,
                   size_t len);
    /* to = a * a_scales + b * b_scales + bias */
    void (*scores_of_two)(float *to, const int32_t *a, const float *a_scales, const int32_t *b,
                          const float *b_scales, const float *bias, size_t len);
    /* The first of the highest of `count` scores: a multiple of KERNEL_OUTPUTS, 256 at most. */
    unsigned (*highest)(const float *scores, size_t count);
    /* to += row */
    void (*add)(int16_t *to, const int8_t *row, size_t len);
    /* max(0, sum of SHARES shares), both in HIDDEN_ONE */
    void (*hidden)(int16_t *to, const int16_t *const *shares, size_t len);
};

/* The best for this machine, and all that it can run, best first (for tests); NULL past the end. */
const struct kernels *kernels_best(void);
const struct kernels *kernels_number(unsigned index);

#endif
