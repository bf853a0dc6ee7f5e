/* Scoring words with the model, and Viterbi's search. */
#include "worker/analysis/names/labeller.h"

#include "common/wide.h"

#define NEVER      (-30000)
#define IMPOSSIBLE (-1000000000)
#define KINDS      (LABEL_OTHER / 2 + 2) /* of names, and none */

/* Eight of them at once, in one register where there are such. */
typedef int16_t eight_scores __attribute__((vector_size(16)));
typedef int8_t eight_weights __attribute__((vector_size(8)));
typedef int32_t eight_sums __attribute__((vector_size(32)));
typedef uint32_t eight_numbers __attribute__((vector_size(32)));
/* Two rows of the model, and the weights of both. */
typedef uint32_t one_row __attribute__((vector_size(16)));
typedef int8_t two_rows __attribute__((vector_size(32)));
typedef int16_t two_scores __attribute__((vector_size(32)));
_Static_assert(LABELS == 8 && sizeof(struct labeller_row) == 16, "a row of weights");
_Static_assert(sizeof(eight_numbers) / sizeof(uint32_t) == LABELLER_STEP, "a step");

/* labeller_number() of eight features, which are mixed first. */
static inline void number_all(eight_numbers *features, uint32_t mask)
{
    eight_numbers hash = (*features ^ *features >> 15) * 0x2c1b3c6du;
    hash ^= hash >> 13;
    eight_numbers upper = hash >> 16;
    upper -= (eight_numbers)(upper == 0); /* true is -1 */
    *features = (hash & mask) | upper << 16;
}

WIDE void labeller_expect(const struct labeller *model, uint32_t features[], size_t count,
                          uint32_t *numbers, uint32_t *places)
{
    uint32_t moves[LABELLER_STEP];
    memset(features + count, 0, LABELLER_STEP * sizeof *features);
    for (size_t i = 0; i < count; i += LABELLER_STEP) {
        eight_numbers eight, row, move;
        memcpy(&eight, features + i, sizeof eight);
        number_all(&eight, model->mask);
        row = eight * model->row_factor >> (32 - LABELLER_ROW_BITS);
        move = eight * model->move_factor >> (32 - LABELLER_MOVE_BITS);
        memcpy(numbers + i, &eight, sizeof eight);
        memcpy(places + i, &row, sizeof row);
        memcpy(moves, &move, sizeof move);
        for (size_t k = i; k < i + LABELLER_STEP; k++) {
            places[k] = (places[k] ^ model->moves[moves[k - i]]) * sizeof(struct labeller_row);
            __builtin_prefetch((const char *)model->rows + places[k]);
        }
    }
    /* What fills the last step finds nothing but rows without weights. */
    memset(numbers + count, 0, LABELLER_STEP * sizeof *numbers);
}

/* Adds the weights of the rows at two places, if they are those of the numbers in the lanes 2 and 6
 * of `wanted`, or else zeros. Each byte is doubled, and the copy below is shifted out. */
static inline void add_two(const char *rows, const uint32_t *places, eight_numbers *wanted,
                           two_scores *sums)
{
    one_row first, second;
    memcpy(&first, rows + places[0], sizeof first);
    memcpy(&second, rows + places[1], sizeof second);
    eight_numbers both = __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7);
    eight_numbers same = (eight_numbers)(both == *wanted);
    two_rows bytes = (two_rows)(both & __builtin_shufflevector(same, same, 2, 2, 2, 2, 6, 6, 6, 6));
    *sums += (two_scores)__builtin_shufflevector(bytes, bytes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
                                                 6, 6, 7, 7, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20,
                                                 21, 21, 22, 22, 23, 23) >>
             8;
}

/* Nothing of it jumps, for nothing of it could be foreseen. */
WIDE void labeller_add(const struct labeller *model, const uint32_t *numbers,
                       const uint32_t *places, size_t count, int16_t scores[LABELS])
{
    const char *rows = (const char *)model->rows;
    two_scores sums = {0};
    eight_scores all;
    for (size_t i = 0; i < count; i += LABELLER_STEP) {
        eight_numbers eight, wanted;
        memcpy(&eight, numbers + i, sizeof eight);
        wanted = __builtin_shufflevector(eight, eight, 0, 0, 0, 0, 1, 1, 1, 1);
        add_two(rows, places + i, &wanted, &sums);
        wanted = __builtin_shufflevector(eight, eight, 2, 2, 2, 2, 3, 3, 3, 3);
        add_two(rows, places + i + 2, &wanted, &sums);
        wanted = __builtin_shufflevector(eight, eight, 4, 4, 4, 4, 5, 5, 5, 5);
        add_two(rows, places + i + 4, &wanted, &sums);
        wanted = __builtin_shufflevector(eight, eight, 6, 6, 6, 6, 7, 7, 7, 7);
        add_two(rows, places + i + 6, &wanted, &sums);
    }
    memcpy(&all, scores, sizeof all);
    all += __builtin_shufflevector(sums, sums, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15);
    memcpy(scores, &all, sizeof all);
}

/* The label of a word of a name of this kind (label_kind()); the first or a later one. */
static unsigned label_in(unsigned kind, bool first)
{
    return kind == 0 ? LABEL_OUTSIDE : 2 * kind - (first || kind == KINDS - 1 ? 1 : 0);
}

void labeller_steps_of(const int16_t transitions[LABELS][LABELS], struct labeller_steps *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++)
            out->of[from][to] = label_may_follow(from, to) ? transitions[from][to] : IMPOSSIBLE;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        unsigned first = label_in(kind, true), later = label_in(kind, false);
        out->inside[0][kind] = transitions[first][later];
        out->inside[1][kind] = transitions[later][later];
        for (unsigned label = 0; label < LABELS; label++) {
            out->into[label][kind] = transitions[label][first];
            out->out[0][label][kind] = transitions[first][label];
            out->out[1][label][kind] = transitions[later][label];
        }
    }
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

static inline void add_step(eight_sums *sums, const int32_t step[LABELS])
{
    eight_sums steps;
    memcpy(&steps, step, sizeof steps);
    *sums += steps;
}

WIDE int32_t labeller_margin(const int16_t (*scores)[LABELS], const struct labeller_steps *steps,
                             const uint8_t *labels, size_t from, size_t to, size_t count)
{
    eight_scores row;
    memcpy(&row, scores[from], sizeof row);
    row = __builtin_shufflevector(row, row, 0, 1, 3, 5, 7, 7, 7, 7); /* of first words, by kind */
    eight_sums sums = __builtin_convertvector(row, eight_sums);
    if (from > 0)
        add_step(&sums, steps->into[labels[from - 1]]);
    for (size_t i = from + 1; i < to; i++) {
        memcpy(&row, scores[i], sizeof row);
        row = __builtin_shufflevector(row, row, 0, 2, 4, 6, 7, 7, 7, 7); /* of later ones */
        sums += __builtin_convertvector(row, eight_sums);
        add_step(&sums, steps->inside[i > from + 1]);
    }
    if (to < count)
        add_step(&sums, steps->out[to - from > 1][labels[to]]);
    unsigned own = label_kind(labels[from]);
    int32_t best = NEVER;
    for (unsigned kind = 0; kind < KINDS; kind++)
        best = kind != own && sums[kind] > best ? sums[kind] : best;
    return sums[own] - best;
}
