/* The network that reads a sentence, and its training.
 *
 *   tokens --> word vector, sum of the vectors of its affixes, shape, readings
 *          --> two layers of LSTMs in both directions
 *   layer 1 --> whether a sentence starts at the token
 *   both    --> tags (UPOS and XPOS)
 *   layer 2 --> for each slot of the parser's state a share of the hidden layer; the sum of the
 *               shares, through max(0, x), decides on the transition and on the relation
 * After Kiperwasser and Goldberg (2016): the parser follows its own choices in training, and a
 * dynamic oracle says which transitions would have been right. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_NET_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_NET_H

#include "worker/analysis/syntax/features.h"
#include "worker/analysis/syntax/model.h"
#include "worker/analysis/syntax/train/conllu.h"
#include "worker/analysis/syntax/train/lstm.h"

#define NET_TOKENS_MAX    4096 /* of a batch */
#define NET_SENTENCES_MAX 256

struct net_settings {
    uint32_t words, buckets; /* rows of the tables */
    uint32_t word_width, affix_width, units, hidden;
    float input_dropout, layer_dropout, hidden_dropout;
};

/* A sentence ready for the network; or several that nothing divides (no stop, no paragraph), to
 * learn from where one ends: these have no heads. */
struct example {
    uint32_t count;
    const struct token_features *features;
    const struct conllu_token *gold;
    const uint32_t *heads; /* projective; NULL: several sentences */
    const bool *starts;    /* the tokens that begin a sentence */
};

/* How well a pass did. */
struct net_score {
    double loss;
    size_t tokens, upos, xpos, heads, relations;
    size_t starts, found_starts, right_starts; /* but for the first token's */
};

struct net {
    struct net_settings settings;
    struct chance chance;
    struct parameter words, affixes;
    struct lstm lower[2], upper[2];              /* forwards, backwards */
    struct parameter tags, tags_above, tag_bias; /* from layer 1, from layer 2 but for the start */
    struct parameter slots;                      /* 2 units x SLOT_COUNT * hidden */
    struct parameter pads; /* 2 x SLOT_COUNT * hidden: an empty slot, the root */
    struct parameter hidden_bias, decide, decide_bias;
    uint32_t starts[NET_SENTENCES_MAX + 1];
    float *input, *lower_out, *upper_out, *shares; /* of the last pass, a row a token */
    float *input_mask, *lower_mask, *upper_mask;
    float *input_gradient, *lower_gradient, *upper_gradient, *share_gradient;
    float *tag_scores;
};

void net_new(struct net *out, const struct net_settings *settings, uint64_t seed);
void net_free(struct net *net);

/* Adds the gradients of a batch. `explore`: the chance to follow the parser's own choice. */
void net_learn(struct net *net, const struct example *batch, size_t count, float explore,
               struct net_score *score);
/* Tags and parses, and counts what is as in the treebank. */
void net_try(struct net *net, const struct example *batch, size_t count, struct net_score *score);
/* Calls `visit` with each set of parameters, in an order that never changes. */
void net_each(struct net *net, void (*visit)(void *user, struct parameter *parameter), void *user);
/* One step along the gradients. */
void net_update(struct net *net, struct adam *adam);
/* Takes the values into their running average, of about 1 / share calls. */
void net_average(struct net *net, float share);
/* Exchanges the values and their average. */
void net_swap(struct net *net);

/* ---- inside: decisions.c ---- */

/* Parses one sentence, whose first token is `start` in the batch; when learning, adds to the
 * gradients of the shares. Returns the loss. */
double decisions_parse(struct net *net, const struct example *example, uint32_t start, bool learn,
                       float explore, struct net_score *score);

#endif
