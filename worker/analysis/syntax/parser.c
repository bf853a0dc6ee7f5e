/* Parses sentences side by side. */
#include "worker/analysis/syntax/parser.h"

#include "worker/analysis/syntax/layout.h"

#define SLOT_BIT(slot) (1u << (slot))
/* Nearly every token is s0 once, and b once. */
#define SLOTS_OF_ALL (SLOT_BIT(SLOT_S0) | SLOT_BIT(SLOT_B0))

_Static_assert(SLOT_COUNT + 1 == SHARES, "the bias is a share too");
_Static_assert(SLOT_COUNT <= 8, "a bit a slot in a byte");

/* A state that needs a decision. */
struct question {
    uint32_t sentence;
    unsigned legal;
    uint32_t slots[SLOT_COUNT]; /* tokens of the sentence */
};

/* Tokens attached to their heads, whose relations are not decided yet. */
struct waiting {
    uint32_t count;
    uint32_t tokens[PARSER_WAITING]; /* of the batch */
    int16_t *hidden;
};

struct parser {
    struct network *network;
    const struct network_batch *batch;
    struct network_token *out;
    struct transitions states[NETWORK_TOGETHER];
    uint32_t active[NETWORK_TOGETHER], active_count; /* sentences not done */
    struct question questions[NETWORK_TOGETHER];
    uint32_t question_count;
    struct waiting left, right;
};

/* The outputs [from, from + count) of a matrix, whole blocks of them. */
static struct kernel_weights part_of(const struct kernel_weights *weights, size_t from,
                                     size_t count)
{
    struct kernel_weights part = *weights;
    part.outputs = count;
    part.wide = weights->wide ? weights->wide + from * weights->inputs : NULL;
    part.narrow = weights->narrow ? weights->narrow + from * weights->inputs : NULL;
    part.starts = weights->starts ? weights->starts + from : NULL;
    return part;
}

/* ---- shares ---- */

static int16_t *share_at(const struct network *network, size_t token, size_t slot)
{
    return network->space.shares + (token * SLOT_COUNT + slot) * network->model->header->hidden;
}

/* Works out one slot's share of up to NETWORK_TOGETHER tokens, whose values lie in `values`, one
 * after the other. */
static void share_out(const struct network *network, size_t slot, const uint8_t *values,
                      const uint32_t *tokens, uint32_t count)
{
    size_t hidden = network->model->header->hidden, from = slot * hidden;
    const struct kernel_weights part = part_of(&network->slots, from, hidden);
    network->kernels->unit_product(network->space.sums, hidden, values, part.inputs, count, &part);
    for (uint32_t i = 0; i < count; i++) {
        network->kernels->scale(share_at(network, tokens[i], slot),
                                network->space.sums + i * hidden, network->slot_scales + from,
                                hidden);
        network->space.known[tokens[i]] |= (uint8_t)SLOT_BIT(slot);
    }
}

static const uint8_t *values_of(const struct network *network, size_t token)
{
    return network->space.upper + token * network->slots.inputs * network->kernels->unit_bytes;
}

static void share_out_all(const struct network *network, uint32_t count)
{
    uint32_t tokens[NETWORK_CHUNK];
    memset(network->space.known, 0, count);
    for (uint32_t from = 0; from < count; from += NETWORK_CHUNK) {
        uint32_t part = count - from < NETWORK_CHUNK ? count - from : NETWORK_CHUNK;
        for (uint32_t i = 0; i < part; i++)
            tokens[i] = from + i;
        for (size_t slot = 0; slot < SLOT_COUNT; slot++)
            if (SLOTS_OF_ALL & SLOT_BIT(slot))
                share_out(network, slot, values_of(network, from), tokens, part);
    }
}

/* The tokens of a slot whose shares the questions look at and are not known. No branch hangs on
 * one: it would be guessed wrong too often. */
static uint32_t find_unknown(const struct parser *parser, size_t slot, uint32_t *tokens)
{
    const uint8_t *known = parser->network->space.known;
    uint32_t count = 0;
    for (uint32_t q = 0; q < parser->question_count; q++) {
        const struct question *question = &parser->questions[q];
        uint32_t start = parser->batch->starts[question->sentence], token = question->slots[slot];
        bool real = token < parser->batch->starts[question->sentence + 1] - start;
        tokens[count] = start + (real ? token : 0);
        count += real & ~(known[tokens[count]] >> slot) & 1;
    }
    return count;
}

static void share_out_asked(const struct parser *parser, size_t slot)
{
    const struct network *network = parser->network;
    size_t bytes = network->slots.inputs * network->kernels->unit_bytes;
    uint32_t tokens[NETWORK_TOGETHER], count = find_unknown(parser, slot, tokens);
    for (uint32_t i = 0; i < count; i++)
        memcpy(network->space.gathered + i * bytes, values_of(network, tokens[i]), bytes);
    if (count > 0)
        share_out(network, slot, network->space.gathered, tokens, count);
}

/* Fills a row of the hidden layer. */
static void look(const struct parser *parser, const struct question *question, int16_t *to)
{
    const struct network *network = parser->network;
    size_t hidden = network->model->header->hidden;
    uint32_t start = parser->batch->starts[question->sentence];
    const int16_t *shares[SHARES] = {network->hidden_bias};
    for (size_t s = 0; s < SLOT_COUNT; s++) {
        uint32_t token = question->slots[s];
        shares[1 + s] = token == TOKEN_NONE ? network->pads + s * hidden
                        : token == parser->states[question->sentence].count
                            ? network->pads + (SLOT_COUNT + s) * hidden
                            : share_at(network, start + token, s);
    }
    network->kernels->hidden(to, shares, hidden);
}

/* ---- relations ---- */

/* The relations of all that wait; `from` is where theirs begin among the outputs. */
static void decide_relations(struct parser *parser, struct waiting *waiting, size_t from)
{
    const struct network *network = parser->network;
    const struct kernel_weights part = part_of(&network->decide, from, DECIDE_RIGHT - DECIDE_LEFT);
    network->kernels->product(network->space.decisions, part.outputs, waiting->hidden, part.inputs,
                              waiting->count, &part);
    for (uint32_t i = 0; i < waiting->count; i++) {
        const int32_t *sums = network->space.decisions + i * part.outputs;
        float scores[DECIDE_RIGHT - DECIDE_LEFT];
        network->kernels->scores(scores, sums, network->decide_scales + from,
                                 network->decide_bias + from, part.outputs);
        parser->out[waiting->tokens[i]].relation =
            (uint8_t)network->kernels->highest(scores, part.outputs);
    }
    waiting->count = 0;
}

static void wait_for_relation(struct parser *parser, uint32_t token, const int16_t *hidden,
                              enum transition transition)
{
    bool left = transition == TRANSITION_LEFT;
    struct waiting *waiting = left ? &parser->left : &parser->right;
    size_t width = parser->network->model->header->hidden;
    memcpy(waiting->hidden + waiting->count * width, hidden, width * sizeof *hidden);
    waiting->tokens[waiting->count++] = token;
    if (waiting->count == PARSER_WAITING)
        decide_relations(parser, waiting, left ? DECIDE_LEFT : DECIDE_RIGHT);
}

/* ---- transitions ---- */

static uint32_t apply(struct parser *parser, uint32_t sentence, enum transition transition)
{
    struct transitions *state = &parser->states[sentence];
    uint32_t start = parser->batch->starts[sentence], token = transitions_apply(state, transition);
    if (token == TOKEN_NONE)
        return TOKEN_NONE;
    parser->out[start + token].head = state->heads[token];
    return start + token;
}

/* Takes the steps that need no decision; false at the sentence's end. */
static bool go_on(struct parser *parser, uint32_t sentence)
{
    const struct transitions *state = &parser->states[sentence];
    while (transitions_legal(state) == TRANSITION_BIT(TRANSITION_SHIFT))
        (void)apply(parser, sentence, TRANSITION_SHIFT);
    if (state->buffer == state->count && state->depth == 1)
        parser->out[apply(parser, sentence, TRANSITION_LEFT)].relation = REL_ROOT;
    return !transitions_done(state);
}

/* The next question of each sentence that is not done. */
static void pose_questions(struct parser *parser)
{
    uint32_t active = 0;
    parser->question_count = 0;
    for (uint32_t i = 0; i < parser->active_count; i++) {
        uint32_t sentence = parser->active[i];
        if (!go_on(parser, sentence))
            continue;
        struct question *question = &parser->questions[parser->question_count++];
        question->sentence = sentence;
        question->legal = transitions_legal(&parser->states[sentence]);
        transitions_slots(&parser->states[sentence], question->slots);
        parser->active[active++] = sentence;
    }
    parser->active_count = active;
}

static enum transition best_transition(const struct network *network, const int32_t *sums,
                                       unsigned legal)
{
    const float *scales = network->decide_scales, *bias = network->decide_bias;
    int best = -1;
    float most = 0;
    for (int t = 0; t < TRANSITION_COUNT; t++) {
        float score = (float)sums[t] * scales[t] + bias[t];
        if (legal & TRANSITION_BIT(t) && (best < 0 || score > most)) {
            best = t;
            most = score;
        }
    }
    return (enum transition)best;
}

static void answer_questions(struct parser *parser)
{
    const struct network *network = parser->network;
    const struct network_space *space = &network->space;
    const struct kernel_weights part = part_of(&network->decide, 0, DECIDE_LEFT);
    for (size_t slot = 0; slot < SLOT_COUNT; slot++)
        if (!(SLOTS_OF_ALL & SLOT_BIT(slot)))
            share_out_asked(parser, slot);
    for (uint32_t q = 0; q < parser->question_count; q++)
        look(parser, &parser->questions[q], space->hidden + q * part.inputs);
    network->kernels->product(space->sums, part.outputs, space->hidden, part.inputs,
                              parser->question_count, &part);
    for (uint32_t q = 0; q < parser->question_count; q++) {
        const struct question *question = &parser->questions[q];
        enum transition transition =
            best_transition(network, space->sums + q * part.outputs, question->legal);
        uint32_t token = apply(parser, question->sentence, transition);
        if (token != TOKEN_NONE)
            wait_for_relation(parser, token, space->hidden + q * part.inputs, transition);
    }
}

static void start(struct parser *parser)
{
    const struct network_batch *batch = parser->batch;
    uint32_t *room = parser->network->space.room;
    for (uint32_t s = 0; s < batch->count; s++) {
        uint32_t count = batch->starts[s + 1] - batch->starts[s];
        transitions_start(&parser->states[s], count, room);
        room += TRANSITIONS_ROOM(count);
        parser->active[s] = s;
    }
    parser->active_count = batch->count;
}

void parser_run(struct network *network, const struct network_batch *batch,
                struct network_token *out)
{
    struct parser parser;
    size_t hidden = network->model->header->hidden;
    parser.network = network;
    parser.batch = batch;
    parser.out = out;
    parser.left = (struct waiting){.hidden = network->space.waiting};
    parser.right = (struct waiting){.hidden = network->space.waiting + PARSER_WAITING * hidden};
    share_out_all(network, batch->starts[batch->count]);
    start(&parser);
    for (pose_questions(&parser); parser.question_count > 0; pose_questions(&parser))
        answer_questions(&parser);
    decide_relations(&parser, &parser.left, DECIDE_LEFT);
    decide_relations(&parser, &parser.right, DECIDE_RIGHT);
}
