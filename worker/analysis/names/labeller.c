/* Scoring words with the model, and Viterbi's search. */
#include "worker/analysis/names/labeller.h"

#include "common/wide.h"

#define NEVER      (-30000)
#define IMPOSSIBLE (-1000000000)

/* Eight of them at once, in one register where there are such. */
typedef int16_t eight_scores __attribute__((vector_size(16)));
typedef int8_t eight_weights __attribute__((vector_size(8)));
typedef int32_t eight_sums __attribute__((vector_size(32)));
_Static_assert(LABELS == 8 && sizeof(struct labeller_row) == 16, "a row of weights");

WIDE void labeller_expect(const struct labeller *model, const uint32_t *features, size_t count,
                          struct labeller_places *out)
{
    uint32_t moves[LABELLER_FEATURES_MAX];
    for (size_t i = 0; i < count; i++) {
        uint32_t number = labeller_number(features[i], model->mask);
        out->numbers[i] = number;
        out->rows[i] = number * model->row_factor >> (32 - LABELLER_ROW_BITS);
        moves[i] = number * model->move_factor >> (32 - LABELLER_MOVE_BITS);
    }
    for (size_t i = 0; i < count; i++) {
        out->rows[i] ^= model->moves[moves[i]];
        __builtin_prefetch(&model->rows[out->rows[i]]);
    }
    out->count = (uint32_t)count;
}

/* A row of weights as scores: each byte twice, and the copy below is shifted out. */
static inline eight_scores wider(uint64_t row)
{
    typedef int8_t bytes __attribute__((vector_size(16)));
    typedef uint64_t words __attribute__((vector_size(16)));
    bytes weights = (bytes)(words){row, 0};
    return (eight_scores)__builtin_shufflevector(weights, weights, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5,
                                                 5, 6, 6, 7, 7) >>
           8;
}

/* Nothing of it jumps, for nothing of it could be foreseen. */
WIDE void labeller_add(const struct labeller *model, const struct labeller_places *places,
                       int16_t scores[LABELS])
{
    eight_scores sums;
    memcpy(&sums, scores, sizeof sums);
    for (size_t i = 0; i < places->count; i++) {
        const struct labeller_row *row = &model->rows[places->rows[i]];
        uint64_t weights;
        memcpy(&weights, row->weights, sizeof weights);
        sums += wider(weights & -(uint64_t)(row->number == places->numbers[i]));
    }
    memcpy(scores, &sums, sizeof sums);
}

void labeller_steps_of(const int16_t transitions[LABELS][LABELS], struct labeller_steps *out)
{
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++)
            out->of[from][to] = label_may_follow(from, to) ? transitions[from][to] : IMPOSSIBLE;
}

/* One step of the search: the best way to each label of the next word, the first among equals. */
static inline void step(int32_t best[LABELS], const int16_t scores[LABELS],
                        const struct labeller_steps *steps, uint8_t from[LABELS])
{
    eight_sums next = (eight_sums){0} + IMPOSSIBLE * 2, ways = {0};
    eight_scores row;
    for (int32_t label = 0; label < LABELS; label++) {
        eight_sums sums;
        memcpy(&sums, steps->of[label], sizeof sums);
        sums += best[label];
        eight_sums better = sums > next;
        next = (sums & better) | (next & ~better);
        ways = (label & better) | (ways & ~better);
    }
    memcpy(&row, scores, sizeof row);
    next += __builtin_convertvector(row, eight_sums);
    eight_weights narrow = __builtin_convertvector(ways, eight_weights);
    memcpy(best, &next, sizeof next);
    memcpy(from, &narrow, sizeof narrow);
}

WIDE void labeller_best(const int16_t (*scores)[LABELS], size_t count,
                        const struct labeller_steps *steps, uint8_t *labels)
{
    int32_t best[LABELS];
    uint8_t from[WINDOW_WORDS_MAX][LABELS];
    for (unsigned to = 0; to < LABELS; to++)
        best[to] = label_is_inside(to) ? NEVER : scores[0][to];
    for (size_t i = 1; i < count; i++)
        step(best, scores[i], steps, from[i]);
    uint8_t label = 0;
    for (uint8_t to = 1; to < LABELS; to++)
        if (best[to] > best[label])
            label = to;
    for (size_t i = count; i-- > 0; label = i > 0 ? from[i][label] : label)
        labels[i] = label;
}

/* The label of a word of a name of this kind (label_kind()); the first or a later one. */
static unsigned label_in(unsigned kind, bool first)
{
    return kind == 0 ? LABEL_OUTSIDE : 2 * kind - (first || kind == LABEL_OTHER / 2 + 1 ? 1 : 0);
}

int32_t labeller_margin(const int16_t (*scores)[LABELS], const int16_t transitions[LABELS][LABELS],
                        const uint8_t *labels, size_t from, size_t to, size_t count)
{
    unsigned own = label_kind(labels[from]);
    int32_t best = NEVER, mine = 0;
    for (unsigned kind = 0; kind <= label_kind(LABEL_OTHER); kind++) {
        int32_t sum = 0;
        unsigned label = from > 0 ? labels[from - 1] : LABEL_OUTSIDE;
        for (size_t i = from; i < to; i++) {
            unsigned next = label_in(kind, i == from);
            sum += scores[i][next] + (i > 0 ? transitions[label][next] : 0);
            label = next;
        }
        sum += to < count ? transitions[label][labels[to]] : 0;
        if (kind == own)
            mine = sum;
        else if (sum > best)
            best = sum;
    }
    return mine - best;
}
