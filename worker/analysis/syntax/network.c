/* Reads sentences with the network: a tagger and a parser in one. */
#include "worker/analysis/syntax/network.h"

#include "worker/analysis/syntax/layout.h"

#define START_SURE 0.0f /* the logarithm of the odds that a sentence starts here */

/* ---- forms ---- */

static void embed(const struct network *network, const struct token_features *features,
                  uint32_t count, int16_t *out)
{
    const struct model *model = network->model;
    size_t words = model->header->word_width, affixes = model->header->affix_width;
    memset(out, 0, count * (words + affixes) * sizeof *out);
    for (uint32_t t = 0; t < count; t++, out += words + affixes) {
        network->kernels->add(out, model->word_rows + features[t].word * words, words);
        for (unsigned f = 0; f < features[t].count; f++)
            network->kernels->add(out + words, model->affix_rows + features[t].rows[f] * affixes,
                                  affixes);
    }
}

void network_look_at(struct network *network, uint32_t first, const struct token_features *features,
                     uint32_t count)
{
    size_t width = network->lower[0].input.outputs;
    for (uint32_t from = 0; from < count; from += NETWORK_CHUNK) {
        uint32_t part = count - from < NETWORK_CHUNK ? count - from : NETWORK_CHUNK;
        int32_t *out = network->space.forms + (first + from) * 2 * width;
        embed(network, features + from, part, network->space.embedded);
        for (size_t side = 0; side < 2; side++) {
            const struct kernel_weights *input = &network->lower[side].input;
            network->kernels->product(out + side * width, 2 * width, network->space.embedded,
                                      input->inputs, part, input);
        }
    }
}

/* ---- layers ---- */

/* One layer, one way, over sentences of which none is longer than the one before. */
struct pass {
    const struct network *network;
    const struct network_batch *batch;
    const struct layer *layer;
    bool backwards, lower;
    uint8_t *out;
};

/* The sums of the input of a token. */
static const int32_t *input_of(const struct pass *pass, size_t token)
{
    size_t width = pass->layer->input.outputs;
    return pass->lower ? pass->network->space.forms +
                             (2 * pass->batch->forms[token] + (size_t)pass->backwards) * width
                       : pass->network->space.sums + token * width;
}

static void read_step(const struct pass *pass, uint32_t sentence, uint32_t step)
{
    const struct kernels *kernels = pass->network->kernels;
    const struct network_batch *batch = pass->batch;
    const struct network_space *space = &pass->network->space;
    size_t units = pass->layer->recurrent.inputs, bytes = units * kernels->unit_bytes;
    size_t token =
        pass->backwards ? batch->starts[sentence + 1] - 1 - step : batch->starts[sentence] + step;
    uint8_t *value = space->before + sentence * bytes;
    kernels->unit_step(units, input_of(pass, token), space->again + sentence * 4 * units,
                       pass->layer->scales, pass->layer->again_scales, pass->layer->bias,
                       space->cells + sentence * units, value);
    memcpy(pass->out + (2 * token + (size_t)pass->backwards) * bytes, value, bytes);
}

/* All sentences step by step together, so that the weights, which are many, are fetched once a
 * step. */
static void read_one_way(const struct pass *pass)
{
    const struct network_batch *batch = pass->batch;
    const struct network_space *space = &pass->network->space;
    const struct kernel_weights *again = &pass->layer->recurrent;
    size_t units = again->inputs;
    uint32_t active = batch->count;
    memset(space->cells, 0, active * units * sizeof *space->cells);
    memset(space->again, 0, active * 4 * units * sizeof *space->again);
    for (uint32_t step = 0;; step++) {
        while (active > 0 && batch->starts[active] - batch->starts[active - 1] <= step)
            active--;
        if (active == 0)
            return;
        if (step > 0)
            pass->network->kernels->unit_product(space->again, 4 * units, space->before, units,
                                                 active, again);
        for (uint32_t s = 0; s < active; s++)
            read_step(pass, s, step);
    }
}

static uint32_t tokens_of(const struct network_batch *batch)
{
    return batch->starts[batch->count];
}

static void read_lower(struct network *network, const struct network_batch *batch)
{
    for (int side = 0; side < 2; side++)
        read_one_way(&(struct pass){network, batch, &network->lower[side], side, true,
                                    network->space.lower});
}

static void read_upper(struct network *network, const struct network_batch *batch)
{
    for (int side = 0; side < 2; side++) {
        const struct layer *layer = &network->upper[side];
        network->kernels->unit_product(network->space.sums, layer->input.outputs,
                                       network->space.lower, layer->input.inputs, tokens_of(batch),
                                       &layer->input);
        read_one_way(&(struct pass){network, batch, layer, side, false, network->space.upper});
    }
}

/* ---- tags ---- */

static unsigned best_of(const int32_t *sums, const float *scales, const float *bias, unsigned count)
{
    unsigned best = 0;
    float most = 0;
    for (unsigned i = 0; i < count; i++) {
        float score = (float)sums[i] * scales[i] + bias[i];
        if (i == 0 || score > most) {
            best = i;
            most = score;
        }
    }
    return best;
}

static unsigned highest(const float *scores, unsigned count)
{
    unsigned best = 0;
    for (unsigned i = 1; i < count; i++)
        best = scores[i] > scores[best] ? i : best;
    return best;
}

/* The pair of tags that go together whose scores, logarithms of chances, have the greatest sum:
 * mostly the best of each. */
static void choose_tags(const float *scores, struct network_token *out)
{
    const float *xpos_scores = scores + TAG_XPOS;
    out->upos = (uint8_t)highest(scores, UPOS_COUNT);
    out->xpos = (uint8_t)highest(xpos_scores, XPOS_COUNT);
    if (xpos_allows((enum xpos)out->xpos) >> out->upos & 1)
        return;
    float most = 0;
    for (unsigned x = 0; x < XPOS_COUNT; x++)
        for (uint32_t left = xpos_allows((enum xpos)x); left; left &= left - 1) {
            unsigned u = (unsigned)__builtin_ctz(left);
            float score = scores[u] + xpos_scores[x];
            if (x == 0 || score > most) {
                most = score;
                out->upos = (uint8_t)u;
                out->xpos = (uint8_t)x;
            }
        }
}

static const uint8_t *values_of(const struct network *network, const uint8_t *layer, size_t token)
{
    return layer + token * network->tags.inputs * network->kernels->unit_bytes;
}

static void find_starts(struct network *network, uint32_t count, struct network_token *out)
{
    float scale = network->tag_scales[TAG_START], bias = network->model->tag_bias[TAG_START];
    network->kernels->unit_product(network->space.tags, TAG_WIDTH, network->space.lower,
                                   network->tags.inputs, count, &network->tags);
    for (size_t t = 0; t < count; t++)
        out[t].starts =
            (float)network->space.tags[t * TAG_WIDTH + TAG_START] * scale + bias > START_SURE;
}

static void tag(struct network *network, size_t from, uint32_t count, struct network_token *out)
{
    const float *scales = network->tag_scales, *above_scales = network->tag_above_scales;
    const float *bias = network->model->tag_bias;
    float scores[TAG_WIDTH];
    network->kernels->unit_product(network->space.sums, TAG_WIDTH,
                                   values_of(network, network->space.upper, from),
                                   network->tags.inputs, count, &network->tags_above);
    for (size_t t = 0; t < count; t++) {
        const int32_t *lower = network->space.tags + (from + t) * TAG_WIDTH;
        const int32_t *upper = network->space.sums + t * TAG_WIDTH;
        for (size_t i = 0; i < TAG_WIDTH; i++)
            scores[i] = (float)lower[i] * scales[i] + (float)upper[i] * above_scales[i] + bias[i];
        choose_tags(scores, &out[from + t]);
    }
}

/* ---- the parser ---- */

static void share_out(struct network *network, size_t from, uint32_t count)
{
    size_t width = network->slots.outputs;
    int16_t *shares = network->space.shares + from * width;
    network->kernels->unit_product(network->space.sums, width,
                                   values_of(network, network->space.upper, from),
                                   network->slots.inputs, count, &network->slots);
    for (uint32_t t = 0; t < count; t++)
        network->kernels->scale(shares + t * width, network->space.sums + t * width,
                                network->slot_scales, width);
}

/* Fills the hidden layer for a state of the sentence that begins with token `start`. */
static void look(struct network *network, const struct transitions *state, uint32_t start)
{
    const struct model *model = network->model;
    size_t hidden = model->header->hidden, width = SLOT_COUNT * hidden;
    uint32_t slots[SLOT_COUNT];
    const int16_t *shares[SLOT_COUNT + 1];
    transitions_slots(state, slots);
    shares[0] = network->hidden_bias;
    for (size_t s = 0; s < SLOT_COUNT; s++)
        shares[1 + s] =
            (slots[s] == TOKEN_NONE     ? network->pads
             : slots[s] == state->count ? network->pads + width
                                        : network->space.shares + (start + slots[s]) * width) +
            s * hidden;
    _Static_assert(SLOT_COUNT + 1 <= SHARES_MAX, "the bias is a share too");
    network->kernels->hidden(network->space.hidden, shares, SLOT_COUNT + 1, hidden);
}

/* The outputs [from, from + count), which were laid out together, to network->space.decisions. */
static void ask(struct network *network, size_t from, size_t count)
{
    struct kernel_weights part = {.outputs = count,
                                  .inputs = network->decide.inputs,
                                  .wide = network->decide.wide + from * network->decide.inputs};
    network->kernels->product(network->space.decisions, DECIDE_WIDTH, network->space.hidden, 0, 1,
                              &part);
}

static enum transition best_transition(struct network *network, unsigned legal)
{
    const float *scales = network->decide_scales, *bias = network->model->decide_bias;
    if ((legal & (legal - 1)) == 0)
        return (enum transition)__builtin_ctz(legal);
    int best = -1;
    float most = 0;
    ask(network, 0, DECIDE_LEFT);
    for (int t = 0; t < TRANSITION_COUNT; t++) {
        float score = (float)network->space.decisions[t] * scales[t] + bias[t];
        if (legal & TRANSITION_BIT(t) && (best < 0 || score > most)) {
            best = t;
            most = score;
        }
    }
    return (enum transition)best;
}

/* "root" is the relation to the root and to nothing else. */
static enum relation best_relation(struct network *network, const struct transitions *state,
                                   enum transition transition)
{
    if (transition == TRANSITION_LEFT && state->buffer == state->count)
        return REL_ROOT;
    unsigned from = transition == TRANSITION_LEFT ? DECIDE_LEFT : DECIDE_RIGHT;
    ask(network, from, DECIDE_RIGHT - DECIDE_LEFT);
    network->space.decisions[REL_ROOT] = -1000000000;
    return (enum relation)best_of(network->space.decisions, network->decide_scales + from,
                                  network->model->decide_bias + from, RELATION_COUNT);
}

static void parse(struct network *network, uint32_t start, uint32_t count,
                  struct network_token *out)
{
    struct transitions state;
    transitions_start(&state, count, network->space.room);
    while (!transitions_done(&state)) {
        unsigned legal = transitions_legal(&state);
        if (legal != TRANSITION_BIT(TRANSITION_SHIFT))
            look(network, &state, start);
        enum transition transition = best_transition(network, legal);
        enum relation relation =
            transition == TRANSITION_SHIFT ? REL_DEP : best_relation(network, &state, transition);
        uint32_t token = transitions_apply(&state, transition);
        if (token != TOKEN_NONE) {
            out[token].relation = (uint8_t)relation;
            out[token].head = state.heads[token];
        }
    }
}

void network_read(struct network *network, const struct network_batch *batch,
                  struct network_token *out)
{
    read_lower(network, batch);
    find_starts(network, tokens_of(batch), out);
}

void network_parse(struct network *network, const struct network_batch *batch,
                   struct network_token *out)
{
    uint32_t tokens = tokens_of(batch);
    read_upper(network, batch);
    for (uint32_t from = 0; from < tokens; from += NETWORK_CHUNK) {
        uint32_t part = tokens - from < NETWORK_CHUNK ? tokens - from : NETWORK_CHUNK;
        tag(network, from, part, out);
        share_out(network, from, part);
    }
    for (uint32_t s = 0; s < batch->count; s++)
        parse(network, batch->starts[s], batch->starts[s + 1] - batch->starts[s],
              out + batch->starts[s]);
}
