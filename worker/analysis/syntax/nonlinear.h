/* The network's non-linear functions, the same in training and use: a few additions and products
 * and one quotient, so that they give the same bits on every machine (the C library's need not) and
 * compilers make vector code of them. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_NONLINEAR_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_NONLINEAR_H

/* A quotient, so that what multiplies several divides once. */
struct quotient {
    float above, below;
};

/* Lambert's continued fraction, cut where it reaches 1; the error is below 2e-4. */
static inline struct quotient nonlinear_tanh_quotient(float x)
{
    x = x > 4.97f ? 4.97f : x;
    x = x < -4.97f ? -4.97f : x;
    float y = x * x;
    return (struct quotient){x * (135135.0f + y * (17325.0f + y * (378.0f + y))),
                             135135.0f + y * (62370.0f + y * (3150.0f + y * 28.0f))};
}

/* 1 / (1 + e^-x) as (1 + tanh(x / 2)) / 2. */
static inline struct quotient nonlinear_sigmoid_quotient(float x)
{
    struct quotient t = nonlinear_tanh_quotient(0.5f * x);
    return (struct quotient){0.5f * (t.above + t.below), t.below};
}

static inline float nonlinear_tanh(float x)
{
    struct quotient t = nonlinear_tanh_quotient(x);
    return t.above / t.below;
}

static inline float nonlinear_sigmoid(float x)
{
    return 0.5f + 0.5f * nonlinear_tanh(0.5f * x);
}

#endif
