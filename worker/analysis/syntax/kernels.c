/* The versions of the network's arithmetic. */
#include "worker/analysis/syntax/kernels.h"

#include <string.h>

#include "worker/analysis/syntax/nonlinear.h"

#define UNITS_MAX 256
#define INLINE    static inline __attribute__((always_inline))

/* ---- elementwise: one text, compiled for each kind of machine ---- */

/* The nearest whole number; what is between -1 and 1 becomes -127 to 127. */
INLINE int32_t unit_value(float h)
{
    return (int32_t)(h * UNIT_ONE + (UNIT_ZERO + 0.5f)) - UNIT_ZERO;
}

INLINE void unit_step_body(size_t n, const int32_t *gates, const int32_t *again,
                           const float *scales, const float *again_scales, const float *bias,
                           float *cell, float *out)
{
    float value[4 * UNITS_MAX];
    for (size_t i = 0; i < 4 * n; i++)
        value[i] = (float)gates[i] * scales[i] + (float)again[i] * again_scales[i] + bias[i];
    for (size_t i = 0; i < 3 * n; i++)
        value[i] = nonlinear_sigmoid(value[i]);
    for (size_t i = 3 * n; i < 4 * n; i++)
        value[i] = nonlinear_tanh(value[i]);
    for (size_t i = 0; i < n; i++) {
        cell[i] = value[i] * value[3 * n + i] + value[n + i] * cell[i];
        out[i] = value[2 * n + i] * nonlinear_tanh(cell[i]);
    }
}

INLINE void unit_step_wide(size_t n, const int32_t *gates, const int32_t *again,
                           const float *scales, const float *again_scales, const float *bias,
                           float *cell, void *out)
{
    float h[UNITS_MAX];
    int16_t *to = out;
    unit_step_body(n, gates, again, scales, again_scales, bias, cell, h);
    for (size_t i = 0; i < n; i++)
        to[i] = (int16_t)unit_value(h[i]);
}

INLINE void unit_step_narrow(size_t n, const int32_t *gates, const int32_t *again,
                             const float *scales, const float *again_scales, const float *bias,
                             float *cell, void *out)
{
    float h[UNITS_MAX];
    uint8_t *to = out;
    unit_step_body(n, gates, again, scales, again_scales, bias, cell, h);
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(unit_value(h[i]) + UNIT_ZERO);
}

INLINE void scale_body(int16_t *to, const int32_t *from, const float *scales, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        float value = (float)from[i] * scales[i];
        value = value < SHARE_MOST ? value : SHARE_MOST;
        to[i] = (int16_t)(int32_t)(value > -SHARE_MOST ? value : -SHARE_MOST);
    }
}

INLINE void add_body(int16_t *to, const int8_t *row, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (int16_t)(to[i] + row[i]);
}

INLINE void hidden_body(int16_t *to, const int16_t *const *shares, size_t count, size_t len)
{
    enum { PART = 16 };
    for (size_t from = 0; from < len; from += PART) {
        int16_t sum[PART] = {0};
        for (size_t k = 0; k < count; k++)
            for (size_t i = 0; i < PART; i++)
                sum[i] = (int16_t)(sum[i] + shares[k][from + i]);
        for (size_t i = 0; i < PART; i++)
            to[from + i] = sum[i] > 0 ? sum[i] : 0;
    }
}

#define ELEMENTWISE(suffix, attributes, width)                                                     \
    attributes static void unit_step_##suffix(                                                     \
        size_t n, const int32_t *gates, const int32_t *again, const float *scales,                 \
        const float *again_scales, const float *bias, float *cell, void *out)                      \
    {                                                                                              \
        unit_step_##width(n, gates, again, scales, again_scales, bias, cell, out);                 \
    }                                                                                              \
    attributes static void scale_##suffix(int16_t *to, const int32_t *from, const float *scales,   \
                                          size_t len)                                              \
    {                                                                                              \
        scale_body(to, from, scales, len);                                                         \
    }                                                                                              \
    attributes static void add_##suffix(int16_t *to, const int8_t *row, size_t len)                \
    {                                                                                              \
        add_body(to, row, len);                                                                    \
    }                                                                                              \
    attributes static void hidden_##suffix(int16_t *to, const int16_t *const *shares,              \
                                           size_t count, size_t len)                               \
    {                                                                                              \
        hidden_body(to, shares, count, len);                                                       \
    }

/* ---- products ---- */

static void product_plain(int32_t *to, size_t to_stride, const int16_t *from, size_t from_stride,
                          size_t rows, const struct kernel_weights *weights)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t o = 0; o < weights->outputs; o += KERNEL_OUTPUTS) {
            int32_t *sums = to + row * to_stride + o;
            memset(sums, 0, KERNEL_OUTPUTS * sizeof *sums);
            for (size_t i = 0; i < weights->inputs; i += 2) {
                int32_t a = from[row * from_stride + i], b = from[row * from_stride + i + 1];
                const int16_t *w = weights->wide + kernel_weight_at(2, weights->inputs, o, i);
                for (size_t k = 0; k < KERNEL_OUTPUTS; k++)
                    sums[k] += a * w[2 * k] + b * w[2 * k + 1];
            }
        }
}

/* ROWS rows times BLOCKS blocks of outputs from `output`, the sums in registers. `type` are the
 * numbers, `group` of which make up 32 bits. */
#define PRODUCT_PART(name, attributes, vector, lanes, load, store, spread, multiply_add, type,     \
                     weight, group, field, start, ROWS, BLOCKS)                                    \
    attributes static inline void name(int32_t *to, size_t to_stride, const type *from,            \
                                       size_t from_stride, const struct kernel_weights *weights,   \
                                       size_t output)                                              \
    {                                                                                              \
        enum { VECTORS = KERNEL_OUTPUTS / lanes };                                                 \
        const size_t step = weights->inputs * KERNEL_OUTPUTS;                                      \
        const weight *block = weights->field + output * weights->inputs;                           \
        vector sums[ROWS][BLOCKS][VECTORS];                                                        \
        for (size_t r = 0; r < ROWS; r++)                                                          \
            for (size_t b = 0; b < BLOCKS; b++)                                                    \
                for (size_t v = 0; v < VECTORS; v++)                                               \
                    sums[r][b][v] = start(weights, output + b * KERNEL_OUTPUTS + lanes * v);       \
        for (size_t i = 0; i < weights->inputs; i += group, block += group * KERNEL_OUTPUTS)       \
            for (size_t b = 0; b < BLOCKS; b++)                                                    \
                for (size_t r = 0; r < ROWS; r++) {                                                \
                    int32_t some;                                                                  \
                    memcpy(&some, from + r * from_stride + i, sizeof some);                        \
                    for (size_t v = 0; v < VECTORS; v++)                                           \
                        sums[r][b][v] = multiply_add(                                              \
                            sums[r][b][v], spread(some),                                           \
                            load((const void *)(block + b * step + group * lanes * v)));           \
                }                                                                                  \
        for (size_t r = 0; r < ROWS; r++)                                                          \
            for (size_t b = 0; b < BLOCKS; b++)                                                    \
                for (size_t v = 0; v < VECTORS; v++)                                               \
                    store((void *)(to + r * to_stride + output + b * KERNEL_OUTPUTS + lanes * v),  \
                          sums[r][b][v]);                                                          \
    }

/* A block's weights are used for all rows before the next block's are read; a single row takes
 * several blocks at once, so that there are enough sums under way. */
#define PRODUCT(suffix, attributes, type, ROWS, BLOCKS)                                            \
    attributes static void product_##suffix(int32_t *to, size_t to_stride, const type *from,       \
                                            size_t from_stride, size_t rows,                       \
                                            const struct kernel_weights *weights)                  \
    {                                                                                              \
        size_t whole = rows / ROWS * ROWS, outputs = weights->outputs;                             \
        for (size_t o = 0; o < outputs; o += KERNEL_OUTPUTS)                                       \
            for (size_t row = 0; row < whole; row += ROWS)                                         \
                part_rows_##suffix(to + row * to_stride, to_stride, from + row * from_stride,      \
                                   from_stride, weights, o);                                       \
        for (size_t row = whole; row < rows; row++) {                                              \
            int32_t *sums = to + row * to_stride;                                                  \
            const type *x = from + row * from_stride;                                              \
            size_t o = 0;                                                                          \
            for (; o + BLOCKS * KERNEL_OUTPUTS <= outputs; o += BLOCKS * KERNEL_OUTPUTS)           \
                part_wide_##suffix(sums, to_stride, x, from_stride, weights, o);                   \
            for (; o < outputs; o += KERNEL_OUTPUTS)                                               \
                part_one_##suffix(sums, to_stride, x, from_stride, weights, o);                    \
        }                                                                                          \
    }

#define PRODUCTS(suffix, attributes, vector, lanes, load, store, spread, add, type, weight, group, \
                 field, start, ROWS, BLOCKS)                                                       \
    PRODUCT_PART(part_rows_##suffix, attributes, vector, lanes, load, store, spread, add, type,    \
                 weight, group, field, start, ROWS, 1)                                             \
    PRODUCT_PART(part_wide_##suffix, attributes, vector, lanes, load, store, spread, add, type,    \
                 weight, group, field, start, 1, BLOCKS)                                           \
    PRODUCT_PART(part_one_##suffix, attributes, vector, lanes, load, store, spread, add, type,     \
                 weight, group, field, start, 1, 1)                                                \
    PRODUCT(suffix, attributes, type, ROWS, BLOCKS)

/* Units' values of 16 bits are multiplied as any others. */
#define UNIT_PRODUCT(suffix)                                                                       \
    static void unit_product_##suffix(int32_t *to, size_t to_stride, const void *from,             \
                                      size_t from_stride, size_t rows,                             \
                                      const struct kernel_weights *weights)                        \
    {                                                                                              \
        product_##suffix(to, to_stride, from, from_stride, rows, weights);                         \
    }

#define KERNELS(suffix, bytes)                                                                     \
    {                                                                                              \
#suffix, bytes, product_##suffix, unit_product_##suffix, unit_step_##suffix,               \
            scale_##suffix, add_##suffix, hidden_##suffix                                          \
    }

ELEMENTWISE(plain, , wide)
UNIT_PRODUCT(plain)

#if defined(__x86_64__)
#include <immintrin.h>

#define SSE2
#define AVX2        __attribute__((target("avx2")))
#define AVX512      __attribute__((target("avx512f,avx512bw")))
#define AVX512_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))

#define ADD_128(sum, a, b) _mm_add_epi32(sum, _mm_madd_epi16(a, b))
#define ADD_256(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define ADD_512(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))

#define ZERO_128(weights, output)  _mm_setzero_si128()
#define ZERO_256(weights, output)  _mm256_setzero_si256()
#define ZERO_512(weights, output)  _mm512_setzero_si512()
#define START_512(weights, output) _mm512_loadu_si512((weights)->starts + (output))

PRODUCTS(sse2, SSE2, __m128i, 4, _mm_loadu_si128, _mm_storeu_si128, _mm_set1_epi32, ADD_128,
         int16_t, int16_t, 2, wide, ZERO_128, 2, 2)
PRODUCTS(avx2, AVX2, __m256i, 8, _mm256_loadu_si256, _mm256_storeu_si256, _mm256_set1_epi32,
         ADD_256, int16_t, int16_t, 2, wide, ZERO_256, 4, 4)
PRODUCTS(avx512, AVX512, __m512i, 16, _mm512_loadu_si512, _mm512_storeu_si512, _mm512_set1_epi32,
         ADD_512, int16_t, int16_t, 2, wide, ZERO_512, 8, 8)
PRODUCTS(avx512_vnni, AVX512_VNNI, __m512i, 16, _mm512_loadu_si512, _mm512_storeu_si512,
         _mm512_set1_epi32, _mm512_dpwssd_epi32, int16_t, int16_t, 2, wide, ZERO_512, 8, 8)
PRODUCTS(bytes, AVX512_VNNI, __m512i, 16, _mm512_loadu_si512, _mm512_storeu_si512,
         _mm512_set1_epi32, _mm512_dpbusd_epi32, uint8_t, int8_t, 4, narrow, START_512, 8, 16)
UNIT_PRODUCT(sse2)
UNIT_PRODUCT(avx2)
UNIT_PRODUCT(avx512)

static void unit_product_avx512_vnni(int32_t *to, size_t to_stride, const void *from,
                                     size_t from_stride, size_t rows,
                                     const struct kernel_weights *weights)
{
    product_bytes(to, to_stride, from, from_stride, rows, weights);
}

ELEMENTWISE(sse2, SSE2, wide)
ELEMENTWISE(avx2, AVX2, wide)
ELEMENTWISE(avx512, AVX512, wide)
ELEMENTWISE(avx512_vnni, AVX512_VNNI, narrow)

static const struct kernels all[] = {KERNELS(avx512_vnni, 1), KERNELS(avx512, 2), KERNELS(avx2, 2),
                                     KERNELS(sse2, 2), KERNELS(plain, 2)};

static unsigned best_here(void)
{
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2"))
        return 3;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw"))
        return 2;
    return __builtin_cpu_supports("avx512vnni") ? 0 : 1;
}
#else
static const struct kernels all[] = {KERNELS(plain, 2)};

static unsigned best_here(void)
{
    return 0;
}
#endif

const struct kernels *kernels_number(unsigned index)
{
    size_t at = index + best_here();
    return at < sizeof all / sizeof all[0] ? &all[at] : NULL;
}

const struct kernels *kernels_best(void)
{
    return kernels_number(0);
}
