/* The labeller: which words of a window are names, and of what kind.
 *
 * A linear model over sequences: each word has a few dozen features (features.c), each feature a
 * weight for each label, each pair of labels a weight of its own; the best sequence is found with
 * Viterbi's algorithm. The weights were learned by the averaged perceptron (Collins,
 * "Discriminative training methods for hidden Markov models", 2002) and lie in data/names.model;
 * training/README.md says how to make them again. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_LABELLER_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_LABELLER_H

#include "worker/analysis/names/windows.h"

/* Outside, and for each kind the first word of a name and the ones behind it. */
enum name_label {
    LABEL_OUTSIDE,
    LABEL_PERSON,
    LABEL_PERSON_IN,
    LABEL_BODY,
    LABEL_BODY_IN,
    LABEL_PLACE,
    LABEL_PLACE_IN,
    LABEL_OTHER,
    LABEL_OTHER_IN,
    LABELS
};

#define LABELLER_FEATURES_MAX 64

/* One feature: its hash, and the weights of the labels. 16 bytes, four to a cache line. */
struct labeller_row {
    uint32_t feature; /* 0: free */
    int8_t weights[12];
};
struct labeller {
    const struct labeller_row *rows; /* open addressing, linear probing */
    uint32_t mask;
    int16_t transitions[LABELS][LABELS]; /* from, to */
};
extern const struct labeller name_labeller;

/* The hashed features of word `at` of the window (0 its first); returns how many. */
size_t labeller_features(const struct window *window, size_t at,
                         uint32_t out[LABELLER_FEATURES_MAX]);

/* The best labels of the window's words, and for each how much better it is than the next best
 * label there would be alone. */
void labeller_run(const struct labeller *model, const struct window *window,
                  uint8_t labels[WINDOW_WORDS_MAX], int32_t margins[WINDOW_WORDS_MAX]);

/* Viterbi over `scores`, one row a word. Also used by training. */
void labeller_best(const int32_t scores[][LABELS], size_t count,
                   const int32_t transitions[LABELS][LABELS], uint8_t *labels);

static inline bool label_may_follow(unsigned from, unsigned to)
{
    bool inside = to != LABEL_OUTSIDE && to % 2 == 0;
    return !inside || from == to || from + 1 == to;
}

#endif
