/* The labeller: which words of a window are names, and of what kind.
 *
 * A linear-chain conditional random field (Lafferty, McCallum, Pereira, "Conditional random
 * fields", 2001): each word has a few dozen features (features.c), each feature a weight for each
 * label, each pair of labels a weight of its own; the best sequence is found with Viterbi's
 * algorithm. The weights lie in data/names.model; training/README.md says how to make them again.
 */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_LABELLER_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_LABELLER_H

#include "worker/analysis/names/windows.h"

/* Outside, and for each kind the first word of a name and the ones behind it; of others, which are
 * told apart by nothing, one label is enough, so that a row of weights is eight bytes. */
enum name_label {
    LABEL_OUTSIDE,
    LABEL_PERSON,
    LABEL_PERSON_IN,
    LABEL_BODY,
    LABEL_BODY_IN,
    LABEL_PLACE,
    LABEL_PLACE_IN,
    LABEL_OTHER,
    LABELS
};

#define LABELLER_FEATURES_MAX 80

/* What is held of a feature. Rows are found by hashing that moves each bucket of features to where
 * all its rows are free (F. Belazzougui and others, "Hash, displace, and compress", 2009), made at
 * build time: one row is looked at, and its number says whether it is the feature's. */
struct labeller_row {
    int8_t weights[LABELS]; /* for the labels */
    uint32_t number;        /* labeller_number(), 0 free */
    uint32_t unused;        /* a row does not cross the lines of a cache */
};
#define LABELLER_ROW_BITS  17
#define LABELLER_MOVE_BITS 14
struct labeller {
    const struct labeller_row *rows;
    const uint16_t *moves;
    uint32_t row_factor, move_factor;
    uint32_t mask;                       /* of a feature: the lower bits that are looked at */
    int16_t transitions[LABELS][LABELS]; /* from, to */
};
extern const struct labeller name_labeller;

/* A feature in the model: some lower bits of its hash, and the upper half, which is never 0. What a
 * model says of a feature it does not hold is wrong once in ten thousand times. */
static inline uint32_t labeller_number(uint32_t feature, uint32_t mask)
{
    uint32_t upper = feature >> 16;
    return (feature & mask) | (upper ? upper : 1) << 16;
}

/* The features of word `at` of the window (0 its first), at most LABELLER_FEATURES_MAX, not mixed
 * yet; returns how many. */
size_t labeller_features(const struct window *window, size_t at, uint32_t *out);
/* One feature: template number and what it found, put together, and then mixed to its hash. */
static inline uint32_t labeller_feature(uint32_t template, uint32_t a, uint32_t b)
{
    return a * 0x9e3779b1u + b * 0x85ebca6bu + template * 0xc2b2ae35u;
}
static inline uint32_t labeller_mix(uint32_t feature)
{
    uint32_t hash = (feature ^ feature >> 15) * 0x2c1b3c6du;
    return hash ^ hash >> 13;
}

/* Features are looked up so many at once: arrays of what is said of features have room for so many
 * more, and those of one word take whole steps. */
#define LABELLER_STEP 8
static inline size_t labeller_whole(size_t count)
{
    return (count + LABELLER_STEP - 1) / LABELLER_STEP * LABELLER_STEP;
}

/* Finds where the features of a word, which are not mixed, are looked for in the model: as bytes
 * behind its first row. Has the rows fetched: the model is larger than the near caches. */
void labeller_expect(const struct labeller *model, uint32_t features[], size_t count,
                     uint32_t *numbers, uint32_t *places);
/* Adds the weights of the features at these places to the scores of the word's labels. */
void labeller_add(const struct labeller *model, const uint32_t *numbers, const uint32_t *places,
                  size_t count, int16_t scores[LABELS]);

/* The transitions as they are asked for. In the search one that may not be is worth less than any
 * way; the others are of all kinds (label_kind()) at once, for a name of one word and more. */
struct labeller_steps {
    int32_t of[LABELS][LABELS];     /* from, to */
    int32_t into[LABELS][LABELS];   /* from a label to a kind's first word */
    int32_t inside[2][LABELS];      /* to a kind's later word, from its first one, from a later */
    int32_t out[2][LABELS][LABELS]; /* from a kind's first word, from a later, to a label */
};
void labeller_steps_of(const int16_t transitions[LABELS][LABELS], struct labeller_steps *out);

/* The best labels for `scores`, one row a word, at most WINDOW_WORDS_MAX. */
void labeller_best(const int16_t (*scores)[LABELS], size_t count,
                   const struct labeller_steps *steps, uint8_t *labels);

/* How much better the kind that words [from, to) were given is than the next best kind for them, or
 * none; `labels` are those of all `count` words. */
int32_t labeller_margin(const int16_t (*scores)[LABELS], const struct labeller_steps *steps,
                        const uint8_t *labels, size_t from, size_t to, size_t count);

static inline bool label_is_inside(unsigned label)
{
    return label != LABEL_OUTSIDE && label % 2 == 0;
}
/* 0 outside, then 1 + enum name_type. */
static inline unsigned label_kind(unsigned label)
{
    return (label + 1) / 2;
}
static inline bool label_may_follow(unsigned from, unsigned to)
{
    return !label_is_inside(to) || from == to || from + 1 == to;
}
/* True when `to` is no new name but more of the one that `from` is in. */
static inline bool label_goes_on(unsigned from, unsigned to)
{
    return label_is_inside(to) || (to == LABEL_OTHER && from == LABEL_OTHER);
}

#endif
