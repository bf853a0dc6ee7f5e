/* The versions of the network's arithmetic. */
#include "worker/analysis/syntax/kernels.h"

#include <stdbool.h>
#include <string.h>

#include "worker/analysis/syntax/nonlinear.h"

#define PART       16 /* the numbers of units and of shares are multiples */
#define SCORES_MAX 256
#define INLINE     static inline __attribute__((always_inline))

/* ---- elementwise: one text, compiled for each kind of machine ---- */

/* The nearest whole number to half of it; what is between -2 and 2 becomes -127 to 127. */
INLINE int32_t unit_value(float twice)
{
    return (int32_t)(twice * (UNIT_ONE / 2) + (UNIT_ZERO + 0.5f)) - UNIT_ZERO;
}

/* The sums of n units. What is a power of two is taken out of the products: it changes no bit. */
struct unit_sums {
    size_t n;
    const int32_t *gates, *again;
    const float *scales, *again_scales, *bias;
};

INLINE float unit_sum(const struct unit_sums *of, size_t at)
{
    return (float)of->gates[at] * of->scales[at] + (float)of->again[at] * of->again_scales[at] +
           of->bias[at];
}

/* The open gates of a step, as quotients. */
struct unit_gates {
    _Alignas(64) float above[KERNEL_UNITS_MAX], below[KERNEL_UNITS_MAX];
};

/* Twice the sigmoid of a gate, of whose sum this is the half. */
INLINE struct quotient unit_gate(float half)
{
    struct quotient t = nonlinear_tanh_quotient(half);
    return (struct quotient){t.above + t.below, t.below};
}

/* The new cells, and what the values still lack of them. Two loops, because a quotient takes so
 * long that a machine which looks ahead for other work does not see the next part behind it. Loops
 * of a fixed length become vectors without a rest. */
INLINE void unit_cells(const struct unit_sums *of, float *restrict cell, struct unit_gates *gates)
{
    for (size_t from = 0; from < of->n; from += PART)
        for (size_t i = 0; i < PART; i++) {
            size_t at = from + i;
            struct quotient in = unit_gate(unit_sum(of, at));
            struct quotient forget = unit_gate(unit_sum(of, of->n + at));
            struct quotient open = unit_gate(unit_sum(of, 2 * of->n + at));
            struct quotient fresh = nonlinear_tanh_quotient(unit_sum(of, 3 * of->n + at));
            float below = in.below * fresh.below;
            float above = in.above * fresh.above * forget.below + forget.above * cell[at] * below;
            cell[at] = 0.5f * above / (below * forget.below);
            gates->above[at] = open.above;
            gates->below[at] = open.below;
        }
}

/* Twice the values of a part. */
INLINE void unit_part(const float *cell, const struct unit_gates *gates, size_t from,
                      float *restrict twice)
{
    for (size_t i = 0; i < PART; i++) {
        struct quotient seen = nonlinear_tanh_quotient(cell[from + i]);
        twice[i] = gates->above[from + i] * seen.above / (gates->below[from + i] * seen.below);
    }
}

INLINE void unit_step_wide(const struct unit_sums *of, float *cell, void *out, void *copy)
{
    struct unit_gates gates;
    float twice[PART];
    int16_t *to = out, *too = copy;
    unit_cells(of, cell, &gates);
    for (size_t from = 0; from < of->n; from += PART) {
        unit_part(cell, &gates, from, twice);
        for (size_t i = 0; i < PART; i++)
            to[from + i] = (int16_t)unit_value(twice[i]);
        memcpy(too + from, to + from, PART * sizeof *to);
    }
}

INLINE void unit_step_narrow(const struct unit_sums *of, float *cell, void *out, void *copy)
{
    struct unit_gates gates;
    float twice[PART];
    uint8_t *to = out, *too = copy;
    unit_cells(of, cell, &gates);
    for (size_t from = 0; from < of->n; from += PART) {
        unit_part(cell, &gates, from, twice);
        for (size_t i = 0; i < PART; i++)
            to[from + i] = (uint8_t)(unit_value(twice[i]) + UNIT_ZERO);
        memcpy(too + from, to + from, PART * sizeof *to);
    }
}

INLINE void scale_body(int16_t *to, const int32_t *from, const float *scales, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        float value = (float)from[i] * scales[i];
        value = value < SHARE_MOST ? value : SHARE_MOST;
        to[i] = (int16_t)(int32_t)(value > -SHARE_MOST ? value : -SHARE_MOST);
    }
}

INLINE void scores_body(float *to, const int32_t *sums, const float *scales, const float *bias,
                        size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (float)sums[i] * scales[i] + bias[i];
}

INLINE void scores_of_two_body(float *to, const int32_t *a, const float *a_scales, const int32_t *b,
                               const float *b_scales, const float *bias, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (float)a[i] * a_scales[i] + (float)b[i] * b_scales[i] + bias[i];
}

/* The position as what is left to SCORES_MAX, so that both loops become vectors. */
INLINE unsigned highest_body(const float *scores, size_t count)
{
    float most = scores[0];
    int32_t left = 0;
    for (size_t i = 0; i < count; i++)
        most = scores[i] > most ? scores[i] : most;
    for (int32_t i = 0; i < (int32_t)count; i++) {
        int32_t here = -(int32_t)(scores[i] == most) & (SCORES_MAX - i);
        left = here > left ? here : left;
    }
    return (unsigned)(SCORES_MAX - left);
}

INLINE void add_body(int16_t *to, const int8_t *row, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = (int16_t)(to[i] + row[i]);
}

/* Each by itself, so that their addresses stay in registers. */
INLINE void hidden_body(int16_t *restrict to, const int16_t *const *shares, size_t len)
{
    _Static_assert(SHARES == 9, "a term each");
    const int16_t *a = shares[0], *b = shares[1], *c = shares[2], *d = shares[3], *e = shares[4];
    const int16_t *f = shares[5], *g = shares[6], *h = shares[7], *i = shares[8];
    for (size_t k = 0; k < len; k++) {
        int16_t sum = (int16_t)(a[k] + b[k] + c[k] + d[k] + e[k] + f[k] + g[k] + h[k] + i[k]);
        to[k] = sum > 0 ? sum : 0;
    }
}

#define ELEMENTWISE(isa, width)                                                                    \
    TARGET_##isa static void unit_step_##isa(                                                      \
        size_t n, const int32_t *gates, const int32_t *again, const float *scales,                 \
        const float *again_scales, const float *bias, float *cell, void *out, void *copy)          \
    {                                                                                              \
        unit_step_##width(&(const struct unit_sums){n, gates, again, scales, again_scales, bias},  \
                          cell, out, copy);                                                        \
    }                                                                                              \
    TARGET_##isa static void scale_##isa(int16_t *to, const int32_t *from, const float *scales,    \
                                         size_t len)                                               \
    {                                                                                              \
        scale_body(to, from, scales, len);                                                         \
    }                                                                                              \
    TARGET_##isa static void scores_##isa(float *to, const int32_t *sums, const float *scales,     \
                                          const float *bias, size_t len)                           \
    {                                                                                              \
        scores_body(to, sums, scales, bias, len);                                                  \
    }                                                                                              \
    TARGET_##isa static void scores_of_two_##isa(                                                  \
        float *to, const int32_t *a, const float *a_scales, const int32_t *b,                      \
        const float *b_scales, const float *bias, size_t len)                                      \
    {                                                                                              \
        scores_of_two_body(to, a, a_scales, b, b_scales, bias, len);                               \
    }                                                                                              \
    TARGET_##isa static unsigned highest_##isa(const float *scores, size_t count)                  \
    {                                                                                              \
        return highest_body(scores, count);                                                        \
    }                                                                                              \
    TARGET_##isa static void add_##isa(int16_t *to, const int8_t *row, size_t len)                 \
    {                                                                                              \
        add_body(to, row, len);                                                                    \
    }                                                                                              \
    TARGET_##isa static void hidden_##isa(int16_t *to, const int16_t *const *shares, size_t len)   \
    {                                                                                              \
        hidden_body(to, shares, len);                                                              \
    }

/* ---- products ---- */

static void product_plain_wide(int32_t *to, size_t to_stride, const int16_t *from,
                               size_t from_stride, size_t rows,
                               const struct kernel_weights *weights)
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

/* A loop over registers, which must not become one over memory. */
#if defined(__clang__)
#define EACH(i, first, count) _Pragma("unroll") for (size_t i = (first); i < (count); i++)
#else
#define EACH(i, first, count) _Pragma("GCC unroll 16") for (size_t i = (first); i < (count); i++)
#endif

/* ROWS rows times BLOCKS blocks of outputs from `output`. Each sum is made of SPLIT that are under
 * way at once, because a product of vectors takes several times as long to end as to begin; all
 * stay in registers. `kind` is wide or narrow: the numbers, `group` of which make up 32 bits. */
#define PRODUCT_PART(name, isa, kind, ROWS, BLOCKS, SPLIT)                                         \
    TARGET_##isa static inline void name(int32_t *to, size_t to_stride, const from_##kind *from,   \
                                         size_t from_stride, const struct kernel_weights *weights, \
                                         size_t output)                                            \
    {                                                                                              \
        enum {                                                                                     \
            GROUP = 4 / sizeof *from,                                                              \
            LANES = sizeof(vector_##isa) / 4,                                                      \
            VECTORS = KERNEL_OUTPUTS / LANES                                                       \
        };                                                                                         \
        const size_t step = weights->inputs * KERNEL_OUTPUTS;                                      \
        const weight_##kind *block = weights->kind + output * weights->inputs;                     \
        vector_##isa sums[SPLIT][ROWS][BLOCKS][VECTORS];                                           \
        EACH (s, 0, SPLIT)                                                                         \
            EACH (r, 0, ROWS)                                                                      \
                EACH (b, 0, BLOCKS)                                                                \
                    EACH (v, 0, VECTORS)                                                           \
                        sums[s][r][b][v] =                                                         \
                            s ? ZERO_##isa                                                         \
                              : START_##isa##_##kind(output + b * KERNEL_OUTPUTS + LANES * v);     \
        for (size_t i = 0; i < weights->inputs; i += SPLIT * GROUP)                                \
            EACH (s, 0, SPLIT) {                                                                   \
                EACH (r, 0, ROWS) {                                                                \
                    int32_t some;                                                                  \
                    memcpy(&some, from + r * from_stride + i + s * GROUP, sizeof some);            \
                    EACH (b, 0, BLOCKS)                                                            \
                        EACH (v, 0, VECTORS)                                                       \
                            sums[s][r][b][v] = MULTIPLY_##isa##_##kind(                            \
                                sums[s][r][b][v], SPREAD_##isa(some),                              \
                                LOAD_##isa(block + b * step + GROUP * LANES * v));                 \
                }                                                                                  \
                block += GROUP * KERNEL_OUTPUTS;                                                   \
            }                                                                                      \
        EACH (r, 0, ROWS)                                                                          \
            EACH (b, 0, BLOCKS)                                                                    \
                EACH (v, 0, VECTORS) {                                                             \
                    EACH (s, 1, SPLIT)                                                             \
                        sums[0][r][b][v] = ADD_##isa(sums[0][r][b][v], sums[s][r][b][v]);          \
                    STORE_##isa(to + r * to_stride + output + b * KERNEL_OUTPUTS + LANES * v,      \
                                sums[0][r][b][v]);                                                 \
                }                                                                                  \
    }

/* Up to four rows at once. Few need more sums a row to be under way, wherefore SPLITn. */
#define PRODUCT_ROWS(name, isa, kind, BLOCKS, SPLIT1, SPLIT2)                                      \
    PRODUCT_PART(name##_1_##isa##_##kind, isa, kind, 1, BLOCKS, SPLIT1)                            \
    PRODUCT_PART(name##_2_##isa##_##kind, isa, kind, 2, BLOCKS, SPLIT2)                            \
    PRODUCT_PART(name##_3_##isa##_##kind, isa, kind, 3, BLOCKS, SPLIT2)                            \
    PRODUCT_PART(name##_4_##isa##_##kind, isa, kind, 4, BLOCKS, SPLIT2)                            \
    TARGET_##isa static inline void name##_##isa##_##kind(                                         \
        int32_t *to, size_t to_stride, const from_##kind *from, size_t from_stride,                \
        const struct kernel_weights *weights, size_t output, size_t rows)                          \
    {                                                                                              \
        if (rows == 4)                                                                             \
            name##_4_##isa##_##kind(to, to_stride, from, from_stride, weights, output);            \
        else if (rows == 3)                                                                        \
            name##_3_##isa##_##kind(to, to_stride, from, from_stride, weights, output);            \
        else if (rows == 2)                                                                        \
            name##_2_##isa##_##kind(to, to_stride, from, from_stride, weights, output);            \
        else                                                                                       \
            name##_1_##isa##_##kind(to, to_stride, from, from_stride, weights, output);            \
    }

/* Some blocks' weights are used for all rows before the next ones' are read. */
#define PRODUCT(isa, kind, ROWS, BLOCKS)                                                           \
    TARGET_##isa static void product_##isa##_##kind(                                               \
        int32_t *to, size_t to_stride, const from_##kind *from, size_t from_stride, size_t rows,   \
        const struct kernel_weights *weights)                                                      \
    {                                                                                              \
        const size_t together = BLOCKS * KERNEL_OUTPUTS;                                           \
        size_t o = 0;                                                                              \
        for (; o + together <= weights->outputs; o += together)                                    \
            for (size_t r = 0; r < rows; r += ROWS)                                                \
                tile_##isa##_##kind(to + r * to_stride, to_stride, from + r * from_stride,         \
                                    from_stride, weights, o, rows - r < ROWS ? rows - r : ROWS);   \
        for (; o < weights->outputs; o += KERNEL_OUTPUTS)                                          \
            for (size_t r = 0; r < rows; r += ROWS)                                                \
                strip_##isa##_##kind(to + r * to_stride, to_stride, from + r * from_stride,        \
                                     from_stride, weights, o, rows - r < ROWS ? rows - r : ROWS);  \
    }

#define PRODUCTS(isa, kind, ROWS, BLOCKS)                                                          \
    PRODUCT_ROWS(tile, isa, kind, BLOCKS, 2, 1)                                                    \
    PRODUCT_ROWS(strip, isa, kind, 1, 4, 2)                                                        \
    PRODUCT(isa, kind, ROWS, BLOCKS)

/* Units' values, which are of the kind that the machine multiplies best. */
#define UNIT_PRODUCT(isa, kind)                                                                    \
    static void unit_product_##isa(int32_t *to, size_t to_stride, const void *from,                \
                                   size_t from_stride, size_t rows,                                \
                                   const struct kernel_weights *weights)                           \
    {                                                                                              \
        product_##isa##_##kind(to, to_stride, from, from_stride, rows, weights);                   \
    }

#define KERNELS(isa, bytes)                                                                        \
    {                                                                                              \
        .name = #isa, .unit_bytes = (bytes), .product = product_##isa##_wide,                      \
        .unit_product = unit_product_##isa, .unit_step = unit_step_##isa, .scale = scale_##isa,    \
        .scores = scores_##isa, .scores_of_two = scores_of_two_##isa, .highest = highest_##isa,    \
        .add = add_##isa, .hidden = hidden_##isa                                                   \
    }

#define TARGET_plain
ELEMENTWISE(plain, wide)
UNIT_PRODUCT(plain, wide)

#if defined(__x86_64__)
#include <immintrin.h>

typedef int16_t from_wide, weight_wide;
typedef uint8_t from_narrow;
typedef int8_t weight_narrow;

#if defined(__clang__)
#define WHOLE_512    ""
#define HAS_AVX_VNNI false /* a builtin that it cannot ask for */
#else
#define WHOLE_512    ",prefer-vector-width=512" /* or GCC works in halves */
#define HAS_AVX_VNNI __builtin_cpu_supports("avxvnni")
#endif
#define TARGET_sse2
#define TARGET_avx2        __attribute__((target("avx2")))
#define TARGET_avx_vnni    __attribute__((target("avx2,avxvnni")))
#define TARGET_avx512      __attribute__((target("avx512f,avx512bw" WHOLE_512)))
#define TARGET_avx512_vnni __attribute__((target("avx512f,avx512bw,avx512vnni" WHOLE_512)))

typedef __m128i vector_sse2;
typedef __m256i vector_avx2, vector_avx_vnni;
typedef __m512i vector_avx512, vector_avx512_vnni;

#define LOAD_sse2(from)             _mm_loadu_si128((const void *)(from))
#define STORE_sse2(to, v)           _mm_storeu_si128((void *)(to), v)
#define SPREAD_sse2(number)         _mm_set1_epi32(number)
#define ADD_sse2(a, b)              _mm_add_epi32(a, b)
#define ZERO_sse2                   _mm_setzero_si128()
#define START_sse2_wide(at)         ZERO_sse2
#define MULTIPLY_sse2_wide(s, a, b) _mm_add_epi32(s, _mm_madd_epi16(a, b))

#define LOAD_avx2(from)             _mm256_loadu_si256((const void *)(from))
#define STORE_avx2(to, v)           _mm256_storeu_si256((void *)(to), v)
#define SPREAD_avx2(number)         _mm256_set1_epi32(number)
#define ADD_avx2(a, b)              _mm256_add_epi32(a, b)
#define ZERO_avx2                   _mm256_setzero_si256()
#define START_avx2_wide(at)         ZERO_avx2
#define MULTIPLY_avx2_wide(s, a, b) _mm256_add_epi32(s, _mm256_madd_epi16(a, b))

#define LOAD_avx_vnni                     LOAD_avx2
#define STORE_avx_vnni                    STORE_avx2
#define SPREAD_avx_vnni                   SPREAD_avx2
#define ADD_avx_vnni                      ADD_avx2
#define ZERO_avx_vnni                     ZERO_avx2
#define START_avx_vnni_wide(at)           ZERO_avx2
#define START_avx_vnni_narrow(at)         LOAD_avx2(weights->starts + (at))
#define MULTIPLY_avx_vnni_wide(s, a, b)   _mm256_dpwssd_avx_epi32(s, a, b)
#define MULTIPLY_avx_vnni_narrow(s, a, b) _mm256_dpbusd_avx_epi32(s, a, b)

#define LOAD_avx512(from)             _mm512_loadu_si512(from)
#define STORE_avx512(to, v)           _mm512_storeu_si512(to, v)
#define SPREAD_avx512(number)         _mm512_set1_epi32(number)
#define ADD_avx512(a, b)              _mm512_add_epi32(a, b)
#define ZERO_avx512                   _mm512_setzero_si512()
#define START_avx512_wide(at)         ZERO_avx512
#define MULTIPLY_avx512_wide(s, a, b) _mm512_add_epi32(s, _mm512_madd_epi16(a, b))

#define LOAD_avx512_vnni                     LOAD_avx512
#define STORE_avx512_vnni                    STORE_avx512
#define SPREAD_avx512_vnni                   SPREAD_avx512
#define ADD_avx512_vnni                      ADD_avx512
#define ZERO_avx512_vnni                     ZERO_avx512
#define START_avx512_vnni_wide(at)           ZERO_avx512
#define START_avx512_vnni_narrow(at)         LOAD_avx512(weights->starts + (at))
#define MULTIPLY_avx512_vnni_wide(s, a, b)   _mm512_dpwssd_epi32(s, a, b)
#define MULTIPLY_avx512_vnni_narrow(s, a, b) _mm512_dpbusd_epi32(s, a, b)

PRODUCTS(sse2, wide, 2, 1)
PRODUCTS(avx2, wide, 4, 1)
PRODUCTS(avx_vnni, wide, 4, 1)
PRODUCTS(avx_vnni, narrow, 4, 1)
PRODUCTS(avx512, wide, 4, 4)
PRODUCTS(avx512_vnni, wide, 4, 4)
PRODUCTS(avx512_vnni, narrow, 4, 4)

UNIT_PRODUCT(sse2, wide)
UNIT_PRODUCT(avx2, wide)
UNIT_PRODUCT(avx_vnni, narrow)
UNIT_PRODUCT(avx512, wide)
UNIT_PRODUCT(avx512_vnni, narrow)

ELEMENTWISE(sse2, wide)
ELEMENTWISE(avx2, wide)
ELEMENTWISE(avx_vnni, narrow)
ELEMENTWISE(avx512, wide)
ELEMENTWISE(avx512_vnni, narrow)

static const struct kernels all[] = {KERNELS(avx512_vnni, 1), KERNELS(avx_vnni, 1),
                                     KERNELS(avx512, 2),      KERNELS(avx2, 2),
                                     KERNELS(sse2, 2),        KERNELS(plain, 2)};

/* Whether this machine runs all[index]. */
static bool runs(size_t index)
{
    bool avx2 = __builtin_cpu_supports("avx2");
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    const bool can[] = {avx512 && __builtin_cpu_supports("avx512vnni"), avx2 && HAS_AVX_VNNI,
                        avx512, avx2};
    return index >= sizeof can || can[index];
}
#else
static const struct kernels all[] = {KERNELS(plain, 2)};

static bool runs(size_t index)
{
    (void)index;
    return true;
}
#endif

const struct kernels *kernels_number(unsigned index)
{
    for (size_t at = 0; at < sizeof all / sizeof all[0]; at++)
        if (runs(at) && index-- == 0)
            return &all[at];
    return NULL;
}

const struct kernels *kernels_best(void)
{
    return kernels_number(0);
}
