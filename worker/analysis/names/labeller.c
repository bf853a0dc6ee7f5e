/* Scoring words with the model, and Viterbi's search. */
#include "worker/analysis/names/labeller.h"

#define NEVER (-(INT32_MAX / 4))

static const struct labeller_row *row_of(const struct labeller *model, uint32_t feature)
{
    uint32_t at = feature & model->mask;
    for (; model->rows[at].feature; at = (at + 1) & model->mask)
        if (model->rows[at].feature == feature)
            return &model->rows[at];
    return NULL;
}

static void score(const struct labeller *model, const struct window *window, size_t at,
                  int32_t out[LABELS])
{
    uint32_t features[LABELLER_FEATURES_MAX];
    size_t count = labeller_features(window, at, features);
    memset(out, 0, LABELS * sizeof *out);
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(&model->rows[features[i] & model->mask]);
    for (size_t i = 0; i < count; i++) {
        const struct labeller_row *row = row_of(model, features[i]);
        for (unsigned label = 0; row && label < LABELS; label++)
            out[label] += row->weights[label];
    }
}

void labeller_best(const int32_t scores[][LABELS], size_t count,
                   const int32_t transitions[LABELS][LABELS], uint8_t *labels)
{
    int32_t best[LABELS];
    uint8_t from[WINDOW_WORDS_MAX][LABELS];
    for (unsigned to = 0; to < LABELS; to++)
        best[to] = label_may_follow(LABEL_OUTSIDE, to) ? scores[0][to] : NEVER;
    for (size_t i = 1; i < count; i++) {
        int32_t next[LABELS];
        for (unsigned to = 0; to < LABELS; to++) {
            next[to] = NEVER;
            from[i][to] = 0;
            for (unsigned label = 0; label < LABELS; label++) {
                int32_t sum = best[label] + transitions[label][to];
                if (label_may_follow(label, to) && sum > next[to]) {
                    next[to] = sum;
                    from[i][to] = (uint8_t)label;
                }
            }
            next[to] = next[to] > NEVER ? next[to] + scores[i][to] : NEVER;
        }
        memcpy(best, next, sizeof best);
    }
    uint8_t label = 0;
    for (uint8_t to = 1; to < LABELS; to++)
        if (best[to] > best[label])
            label = to;
    for (size_t i = count; i-- > 0; label = i > 0 ? from[i][label] : label)
        labels[i] = label;
}

static int32_t margin_of(const int32_t scores[LABELS], unsigned label)
{
    int32_t next = NEVER;
    for (unsigned other = 0; other < LABELS; other++)
        if ((other + 1) / 2 != (label + 1) / 2 && scores[other] > next)
            next = scores[other];
    return scores[label] - next;
}

void labeller_run(const struct labeller *model, const struct window *window,
                  uint8_t labels[WINDOW_WORDS_MAX], int32_t margins[WINDOW_WORDS_MAX])
{
    int32_t scores[WINDOW_WORDS_MAX][LABELS], transitions[LABELS][LABELS];
    size_t count = window->end - window->first;
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++)
            transitions[from][to] = model->transitions[from][to];
    for (size_t i = 0; i < count; i++)
        score(model, window, i, scores[i]);
    labeller_best((const int32_t(*)[LABELS])scores, count, (const int32_t(*)[LABELS])transitions,
                  labels);
    for (size_t i = 0; i < count; i++)
        margins[i] = margin_of(scores[i], labels[i]);
}
