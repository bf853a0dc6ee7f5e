/* The network's non-linear functions, the same in training and use: a few additions and products
 * and one quotient, so that they give the same bits on every machine (the C library's need not) and
 * compilers make vector code of them. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_NONLINEAR_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_NONLINEAR_H

/* A quotient, so that what multiplies several divides once. */
struct quotient {
    float above, below;
};

/* The shape of tanh: Lambert's continued fraction, cut where it reaches 1 with no slope. It is off
 * by up to 0.024, but smooth, which is all that training asks for. */
static inline struct quotient nonlinear_tanh_quotient(float x)
{
    x = x > 3.0f ? 3.0f : x;
    x = x < -3.0f ? -3.0f : x;
    float y = x * x;
    return (struct quotient){x * (27.0f + y), 27.0f + 9.0f * y};
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
    struct quotient t = nonlinear_sigmoid_quotient(x);
    return t.above / t.below;
}

#endif
