/* The parser's decisions in training: which transition, which relation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/train/memory.h"
#include "worker/analysis/syntax/train/net.h"
#include "worker/analysis/syntax/transitions.h"

struct decision {
    struct net *net;
    const struct example *example;
    size_t start; /* of the sentence in the batch */
    struct transitions state;
    uint32_t slots[SLOT_COUNT];
    float *hidden, *mask, *gradient; /* net->settings.hidden each */
    float scores[DECIDE_WIDTH];
};

/* A slot's share of the hidden layer, or its gradient. */
static float *share_of(const struct decision *at, unsigned slot, bool gradient)
{
    struct net *net = at->net;
    size_t column = slot * net->settings.hidden, width = net->slots.columns;
    uint32_t token = at->slots[slot];
    if (token == TOKEN_NONE || token == at->state.count) {
        float *pads = gradient ? net->pads.gradient : net->pads.value;
        return pads + (token == TOKEN_NONE ? 0 : width) + column;
    }
    return (gradient ? net->share_gradient : net->shares) + (at->start + token) * width + column;
}

static void look(struct decision *at, bool learn)
{
    struct net *net = at->net;
    size_t len = net->settings.hidden;
    transitions_slots(&at->state, at->slots);
    memcpy(at->hidden, net->hidden_bias.value, len * sizeof(float));
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++)
        vector_add(at->hidden, share_of(at, slot, false), len);
    if (learn)
        chance_mask(&net->chance, net->settings.hidden_dropout, at->mask, len);
    for (size_t i = 0; i < len; i++)
        at->hidden[i] = at->hidden[i] > 0 ? at->hidden[i] * (learn ? at->mask[i] : 1) : 0;
    memset(at->gradient, 0, len * sizeof(float));
}

static void score(struct decision *at, unsigned from, unsigned count)
{
    const struct parameter *decide = &at->net->decide;
    for (unsigned i = from; i < from + count; i++)
        at->scores[i] = vector_dot(at->hidden, decide->turned + i * decide->rows, decide->rows) +
                        at->net->decide_bias.value[i];
}

/* The scores from `from` have become their gradient: on to the weights and the hidden layer. */
static void score_back(struct decision *at, unsigned from, unsigned count)
{
    struct parameter *decide = &at->net->decide;
    for (size_t h = 0; h < decide->rows; h++)
        if (at->hidden[h] > 0)
            vector_add_scaled(decide->gradient + h * decide->columns + from, at->hidden[h],
                              at->scores + from, count);
    for (unsigned i = from; i < from + count; i++) {
        at->net->decide_bias.gradient[i] += at->scores[i];
        vector_add_scaled(at->gradient, at->scores[i], decide->turned + i * decide->rows,
                          decide->rows);
    }
}

static void look_back(struct decision *at)
{
    size_t len = at->net->settings.hidden;
    for (size_t i = 0; i < len; i++)
        at->gradient[i] = at->hidden[i] > 0 ? at->gradient[i] * at->mask[i] : 0;
    vector_add(at->net->hidden_bias.gradient, at->gradient, len);
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++)
        vector_add(share_of(at, slot, true), at->gradient, len);
}

static unsigned relations_of(enum transition transition)
{
    return transition == TRANSITION_LEFT ? DECIDE_LEFT : DECIDE_RIGHT;
}

static enum transition best_of(const struct decision *at, unsigned allowed)
{
    int best = -1;
    for (int t = 0; t < TRANSITION_COUNT; t++)
        if (allowed & TRANSITION_BIT(t) && (best < 0 || at->scores[t] > at->scores[best]))
            best = t;
    return (enum transition)best;
}

/* The gradient of -log of the summed probability of `optimal` among `legal`; returns the loss. */
static double learn_transition(struct decision *at, unsigned legal, unsigned optimal)
{
    float probability[TRANSITION_COUNT], good = 0;
    for (int t = 0; t < TRANSITION_COUNT; t++)
        probability[t] = legal & TRANSITION_BIT(t) ? at->scores[t] : -1e9f;
    (void)vector_softmax(probability, TRANSITION_COUNT);
    for (int t = 0; t < TRANSITION_COUNT; t++)
        good += optimal & TRANSITION_BIT(t) ? probability[t] : 0;
    good = good < 1e-6f ? 1e-6f : good;
    for (int t = 0; t < TRANSITION_COUNT; t++)
        at->scores[t] = probability[t] - (optimal & TRANSITION_BIT(t) ? probability[t] / good : 0);
    score_back(at, 0, TRANSITION_COUNT);
    return -logf(good);
}

static double learn_relation(struct decision *at, enum transition transition, uint32_t token)
{
    unsigned from = relations_of(transition), gold = at->example->gold[token].relation;
    score(at, from, RELATION_COUNT);
    float logit = at->scores[from + gold];
    double loss = vector_softmax(at->scores + from, RELATION_COUNT) - logit;
    at->scores[from + gold] -= 1;
    score_back(at, from, RELATION_COUNT);
    return loss;
}

/* Learns from a state; returns the transition to follow. */
static enum transition learn(struct decision *at, float explore, double *loss)
{
    unsigned legal = transitions_legal(&at->state);
    unsigned optimal = transitions_optimal(&at->state, at->example->heads);
    enum transition own = best_of(at, legal), right = best_of(at, optimal);
    uint32_t s0 = transitions_stack(&at->state, 0);
    *loss += learn_transition(at, legal, optimal);
    if (s0 != TOKEN_NONE) {
        uint32_t head = at->example->heads[s0];
        if (head == at->state.buffer && optimal & TRANSITION_BIT(TRANSITION_LEFT))
            *loss += learn_relation(at, TRANSITION_LEFT, s0);
        else if (head == transitions_stack(&at->state, 1) &&
                 optimal & TRANSITION_BIT(TRANSITION_RIGHT))
            *loss += learn_relation(at, TRANSITION_RIGHT, s0);
    }
    look_back(at);
    return chance_unit(&at->net->chance) < explore ? own : right;
}

static unsigned best_relation(struct decision *at, enum transition transition)
{
    unsigned from = relations_of(transition), best = 0;
    score(at, from, RELATION_COUNT);
    for (unsigned i = 1; i < RELATION_COUNT; i++)
        if (at->scores[from + i] > at->scores[from + best])
            best = i;
    return best;
}

static bool same_relation(enum relation a, enum relation b)
{
    const char *x = relation_name(a), *y = relation_name(b);
    size_t len = strcspn(x, ":");
    return len == strcspn(y, ":") && memcmp(x, y, len) == 0;
}

static void judge(struct decision *at, enum transition transition, struct net_score *out)
{
    unsigned relation = transition == TRANSITION_SHIFT ? 0 : best_relation(at, transition);
    uint32_t token = transitions_apply(&at->state, transition);
    if (token == TOKEN_NONE || at->state.heads[token] != at->example->gold[token].head)
        return;
    out->heads++;
    out->relations += same_relation(relation, at->example->gold[token].relation);
}

double decisions_parse(struct net *net, const struct example *example, uint32_t start,
                       bool learning, float explore, struct net_score *out)
{
    size_t len = net->settings.hidden;
    double loss = 0;
    uint32_t *room = allocate(TRANSITIONS_ROOM(example->count), sizeof *room);
    float *vectors = allocate(3 * len, sizeof *vectors);
    struct decision at = {.net = net,
                          .example = example,
                          .start = start,
                          .hidden = vectors,
                          .mask = vectors + len,
                          .gradient = vectors + 2 * len};
    transitions_start(&at.state, example->count, room);
    while (!transitions_done(&at.state)) {
        look(&at, learning);
        score(&at, 0, TRANSITION_COUNT);
        if (learning)
            (void)transitions_apply(&at.state, learn(&at, explore, &loss));
        else
            judge(&at, best_of(&at, transitions_legal(&at.state)), out);
    }
    free(room);
    free(vectors);
    return loss;
}
