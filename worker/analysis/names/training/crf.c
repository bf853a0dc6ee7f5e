/* Forward and backward sums, and the gradient they give. */
#include "worker/analysis/names/training/crf.h"

#include <math.h>

#define NEVER (-1e9)

/* e to the x by halving and the power series; x <= 0 in all uses. */
static double exponential(double x)
{
    if (x < -60)
        return 0;
    double y = x / 1024, sum = 1, term = 1;
    for (int n = 1; n < 8; n++)
        sum += term *= y / n;
    for (int i = 0; i < 10; i++)
        sum *= sum;
    return sum;
}

/* The natural logarithm, by Newton's steps. */
static double logarithm(double x)
{
    int power;
    double part = frexp(x, &power), y = part - 1;
    for (int i = 0; i < 6; i++)
        y += 2 * (part - exponential(y)) / (part + exponential(y));
    return y + power * 0.69314718055994530942;
}

static double log_sum(const double values[LABELS])
{
    double most = NEVER, sum = 0;
    for (unsigned i = 0; i < LABELS; i++)
        most = values[i] > most ? values[i] : most;
    if (most <= NEVER / 2)
        return NEVER;
    for (unsigned i = 0; i < LABELS; i++)
        sum += exponential(values[i] - most);
    return most + logarithm(sum);
}

static void score(const struct crf *crf, const struct crf_window *window, double (*scores)[LABELS])
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < window->count; i++) {
        for (unsigned label = 0; label < LABELS; label++)
            scores[i][label] = 0;
        for (; at < window->ends[i]; at++)
            for (unsigned label = 0; label < LABELS; label++)
                scores[i][label] += window->share * crf->weights[window->rows[at]][label];
    }
}

struct sums {
    double scores[WINDOW_WORDS_MAX][LABELS];
    double forward[WINDOW_WORDS_MAX][LABELS], backward[WINDOW_WORDS_MAX][LABELS];
    double all;
};

static void run_forward(const struct crf *crf, uint32_t count, struct sums *sums)
{
    for (unsigned to = 0; to < LABELS; to++)
        sums->forward[0][to] = label_is_inside(to) ? NEVER : sums->scores[0][to];
    for (uint32_t i = 1; i < count; i++)
        for (unsigned to = 0; to < LABELS; to++) {
            double ways[LABELS];
            for (unsigned from = 0; from < LABELS; from++)
                ways[from] = label_may_follow(from, to)
                                 ? sums->forward[i - 1][from] + crf->transitions[from][to]
                                 : NEVER;
            sums->forward[i][to] = log_sum(ways) + sums->scores[i][to];
        }
    sums->all = log_sum(sums->forward[count - 1]);
}

static void run_backward(const struct crf *crf, uint32_t count, struct sums *sums)
{
    for (unsigned from = 0; from < LABELS; from++)
        sums->backward[count - 1][from] = 0;
    for (uint32_t i = count - 1; i-- > 0;)
        for (unsigned from = 0; from < LABELS; from++) {
            double ways[LABELS];
            for (unsigned to = 0; to < LABELS; to++)
                ways[to] = label_may_follow(from, to)
                               ? crf->transitions[from][to] + sums->scores[i + 1][to] +
                                     sums->backward[i + 1][to]
                               : NEVER;
            sums->backward[i][from] = log_sum(ways);
        }
}

/* The square root is exact to the last bit on every machine (IEEE 754). */
static void move(double *weight, double *square, double gradient, double rate)
{
    *square += gradient * gradient;
    if (gradient != 0)
        *weight -= rate * gradient / sqrt(*square + 1e-6);
}

static void learn_words(struct crf *crf, const struct crf_window *window, const struct sums *sums)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < window->count; i++) {
        double gradient[LABELS];
        for (unsigned label = 0; label < LABELS; label++)
            gradient[label] =
                exponential(sums->forward[i][label] + sums->backward[i][label] - sums->all) -
                (window->gold[i] == label);
        for (; at < window->ends[i]; at++) {
            uint32_t row = window->rows[at];
            double prior = crf->prior / crf->seen[row];
            for (unsigned label = 0; label < LABELS; label++)
                move(&crf->weights[row][label], &crf->squares[row][label],
                     window->share * gradient[label] + prior * crf->weights[row][label], crf->rate);
        }
    }
}

static void learn_transitions(struct crf *crf, const struct crf_window *window,
                              const struct sums *sums)
{
    double gradient[LABELS][LABELS] = {{0}};
    for (uint32_t i = 1; i < window->count; i++) {
        for (unsigned from = 0; from < LABELS; from++)
            for (unsigned to = 0; to < LABELS; to++)
                if (label_may_follow(from, to))
                    gradient[from][to] +=
                        exponential(sums->forward[i - 1][from] + crf->transitions[from][to] +
                                    sums->scores[i][to] + sums->backward[i][to] - sums->all);
        gradient[window->gold[i - 1]][window->gold[i]] -= 1;
    }
    for (unsigned from = 0; from < LABELS && window->count > 1; from++)
        for (unsigned to = 0; to < LABELS; to++)
            move(&crf->transitions[from][to], &crf->transition_squares[from][to],
                 gradient[from][to], crf->rate);
}

double crf_learn(struct crf *crf, const struct crf_window *window)
{
    struct sums sums;
    if (window->count == 0)
        return 0;
    score(crf, window, sums.scores);
    run_forward(crf, window->count, &sums);
    run_backward(crf, window->count, &sums);
    double right = sums.scores[0][window->gold[0]];
    for (uint32_t i = 1; i < window->count; i++)
        right += sums.scores[i][window->gold[i]] +
                 crf->transitions[window->gold[i - 1]][window->gold[i]];
    learn_words(crf, window, &sums);
    learn_transitions(crf, window, &sums);
    return sums.all - right;
}
