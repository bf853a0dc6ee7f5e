/* The network's non-linear functions, the same in training and use: plain additions, products and
 * one quotient, so that they give the same bits on every machine (the C library's need not) and
 * compilers make vector code of them. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_NONLINEAR_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_NONLINEAR_H

/* Lambert's continued fraction, cut where it reaches 1; the error is below 2e-4. */
static inline float nonlinear_tanh(float x)
{
    x = x > 4.97f ? 4.97f : x;
    x = x < -4.97f ? -4.97f : x;
    float y = x * x;
    float above = x * (135135.0f + y * (17325.0f + y * (378.0f + y)));
    return above / (135135.0f + y * (62370.0f + y * (3150.0f + y * 28.0f)));
}

static inline float nonlinear_sigmoid(float x)
{
    return 0.5f + 0.5f * nonlinear_tanh(0.5f * x);
}

#endif
