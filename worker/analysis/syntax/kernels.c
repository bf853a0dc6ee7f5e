/* The versions of the network's arithmetic. */
#include "worker/analysis/syntax/kernels.h"

#include <string.h>

#include "worker/analysis/syntax/nonlinear.h"

#define UNITS_MAX 256
#define INLINE    static inline __attribute__((always_inline))

/* ---- elementwise: one text, compiled for each kind of machine ---- */

INLINE void unit_step_body(size_t n, const int32_t *gates, const int32_t *again,
                           const float *scales, const float *again_scales, const float *bias,
                           float *cell, int16_t *out)
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
        float h = value[2 * n + i] * nonlinear_tanh(cell[i]) * KERNEL_ONE;
        out[i] = (int16_t)(int32_t)h;
    }
}

INLINE void scale_body(int16_t *to, const int32_t *from, const float *scales, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        float value = (float)from[i] * scales[i];
        value = value < HIDDEN_MOST ? value : HIDDEN_MOST;
        to[i] = (int16_t)(int32_t)(value > -HIDDEN_MOST ? value : -HIDDEN_MOST);
    }
}

INLINE void hidden_body(int16_t *to, const int16_t *const *shares, size_t count, size_t len)
{
    enum { PART = 16, MOST = (int32_t)HIDDEN_MOST };
    for (size_t from = 0; from < len; from += PART) {
        int32_t sum[PART] = {0};
        for (size_t k = 0; k < count; k++)
            for (size_t i = 0; i < PART; i++)
                sum[i] += shares[k][from + i];
        for (size_t i = 0; i < PART; i++) {
            int32_t most = sum[i] < MOST ? sum[i] : MOST;
            to[from + i] = (int16_t)(most > 0 ? most : 0);
        }
    }
}

#define ELEMENTWISE(suffix, attributes)                                                            \
    attributes static void unit_step_##suffix(                                                     \
        size_t n, const int32_t *gates, const int32_t *again, const float *scales,                 \
        const float *again_scales, const float *bias, float *cell, int16_t *out)                   \
    {                                                                                              \
        unit_step_body(n, gates, again, scales, again_scales, bias, cell, out);                    \
    }                                                                                              \
    attributes static void scale_##suffix(int16_t *to, const int32_t *from, const float *scales,   \
                                          size_t len)                                              \
    {                                                                                              \
        scale_body(to, from, scales, len);                                                         \
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
                const int16_t *w = weights->blocks + kernel_weight_at(weights->inputs, o, i);
                for (size_t k = 0; k < KERNEL_OUTPUTS; k++)
                    sums[k] += a * w[2 * k] + b * w[2 * k + 1];
            }
        }
}

/* ROWS rows times BLOCKS blocks of outputs from `output`, the sums in registers. */
#define PRODUCT_PART(name, attributes, vector, lanes, load, store, spread, multiply_add, ROWS,     \
                     BLOCKS)                                                                       \
    attributes static inline void name(int32_t *to, size_t to_stride, const int16_t *from,         \
                                       size_t from_stride, const struct kernel_weights *weights,   \
                                       size_t output)                                              \
    {                                                                                              \
        enum { VECTORS = KERNEL_OUTPUTS / lanes };                                                 \
        const size_t step = weights->inputs * KERNEL_OUTPUTS;                                      \
        const int16_t *block = weights->blocks + output * weights->inputs;                         \
        vector sums[ROWS][BLOCKS][VECTORS];                                                        \
        memset(sums, 0, sizeof sums);                                                              \
        for (size_t i = 0; i < weights->inputs; i += 2, block += 2 * KERNEL_OUTPUTS)               \
            for (size_t b = 0; b < BLOCKS; b++)                                                    \
                for (size_t r = 0; r < ROWS; r++) {                                                \
                    int32_t two;                                                                   \
                    memcpy(&two, from + r * from_stride + i, sizeof two);                          \
                    for (size_t v = 0; v < VECTORS; v++)                                           \
                        sums[r][b][v] =                                                            \
                            multiply_add(sums[r][b][v], spread(two),                               \
                                         load((const void *)(block + b * step + 2 * lanes * v)));  \
                }                                                                                  \
        for (size_t r = 0; r < ROWS; r++)                                                          \
            for (size_t b = 0; b < BLOCKS; b++)                                                    \
                for (size_t v = 0; v < VECTORS; v++)                                               \
                    store((void *)(to + r * to_stride + output + b * KERNEL_OUTPUTS + lanes * v),  \
                          sums[r][b][v]);                                                          \
    }

/* A block's weights are used for all rows before the next block's are read; a single row takes
 * several blocks at once, so that there are enough sums under way. */
#define PRODUCT(suffix, attributes, ROWS, BLOCKS)                                                  \
    attributes static void product_##suffix(int32_t *to, size_t to_stride, const int16_t *from,    \
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
            const int16_t *x = from + row * from_stride;                                           \
            size_t o = 0;                                                                          \
            for (; o + BLOCKS * KERNEL_OUTPUTS <= outputs; o += BLOCKS * KERNEL_OUTPUTS)           \
                part_wide_##suffix(sums, to_stride, x, from_stride, weights, o);                   \
            for (; o < outputs; o += KERNEL_OUTPUTS)                                               \
                part_one_##suffix(sums, to_stride, x, from_stride, weights, o);                    \
        }                                                                                          \
    }

#define KERNELS(suffix)                                                                            \
    {                                                                                              \
#suffix, product_##suffix, unit_step_##suffix, scale_##suffix, hidden_##suffix             \
    }

ELEMENTWISE(plain, )

#if defined(__x86_64__)
#include <immintrin.h>

#define SSE2
#define AVX2        __attribute__((target("avx2")))
#define AVX512      __attribute__((target("avx512f,avx512bw")))
#define AVX512_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))

#define ADD_128(sum, a, b) _mm_add_epi32(sum, _mm_madd_epi16(a, b))
#define ADD_256(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define ADD_512(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))

#define PRODUCTS(suffix, attributes, vector, lanes, load, store, spread, add, ROWS, BLOCKS)        \
    PRODUCT_PART(part_rows_##suffix, attributes, vector, lanes, load, store, spread, add, ROWS, 1) \
    PRODUCT_PART(part_wide_##suffix, attributes, vector, lanes, load, store, spread, add, 1,       \
                 BLOCKS)                                                                           \
    PRODUCT_PART(part_one_##suffix, attributes, vector, lanes, load, store, spread, add, 1, 1)     \
    PRODUCT(suffix, attributes, ROWS, BLOCKS)

PRODUCTS(sse2, SSE2, __m128i, 4, _mm_loadu_si128, _mm_storeu_si128, _mm_set1_epi32, ADD_128, 2, 2)
PRODUCTS(avx2, AVX2, __m256i, 8, _mm256_loadu_si256, _mm256_storeu_si256, _mm256_set1_epi32,
         ADD_256, 4, 4)
PRODUCTS(avx512, AVX512, __m512i, 16, _mm512_loadu_si512, _mm512_storeu_si512, _mm512_set1_epi32,
         ADD_512, 8, 8)
PRODUCTS(avx512_vnni, AVX512_VNNI, __m512i, 16, _mm512_loadu_si512, _mm512_storeu_si512,
         _mm512_set1_epi32, _mm512_dpwssd_epi32, 8, 8)
ELEMENTWISE(sse2, SSE2)
ELEMENTWISE(avx2, AVX2)
ELEMENTWISE(avx512, AVX512)
ELEMENTWISE(avx512_vnni, AVX512_VNNI)

static const struct kernels all[] = {KERNELS(avx512_vnni), KERNELS(avx512), KERNELS(avx2),
                                     KERNELS(sse2), KERNELS(plain)};

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
static const struct kernels all[] = {KERNELS(plain)};

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
