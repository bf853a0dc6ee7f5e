/* Reads sentences with the network: a tagger and a parser in one. */
#include "worker/analysis/syntax/network.h"

#include <stdlib.h>

#define START_SURE 0.0f /* the logarithm of the odds that a sentence starts here */
#define CACHE_LINE 64   /* bytes; what is read in vectors does not cross one */

struct layer {
    struct kernel_weights input, recurrent;
    float *scales, *again_scales; /* of a sum of `input`, of `recurrent` */
    const float *bias;
};

struct network {
    const struct model *model;
    const struct kernels *kernels;
    struct layer lower[2], upper[2];
    struct kernel_weights tags, slots, decide;
    float *tag_scales, *slot_scales, *decide_scales;
    int16_t *pads, *hidden_bias;   /* in HIDDEN_ONE, as the shares */
    int16_t *weights, *weight_end; /* of all matrices */
    float *numbers, *number_end;   /* of all scales */
    int32_t *starts, *start_end;   /* of all sums of bytes */
};

/* Each for up to `tokens` tokens. */
struct network_space {
    uint32_t tokens;
    int16_t *input;
    uint8_t *lower, *upper; /* values of units, unit_bytes each */
    int32_t *sums;          /* the widest product */
    int32_t *again;         /* 4 * units */
    float *cell;
    int16_t *shares; /* SLOT_COUNT * hidden a token, in HIDDEN_ONE */
    int16_t *hidden;
    int32_t decisions[DECIDE_WIDTH];
    uint32_t *room;
};

/* ---- laying out ---- */

static struct kernel_weights lay_out(struct network *network, const struct model_matrix *matrix,
                                     uint32_t from, uint32_t outputs)
{
    struct kernel_weights out = {
        .outputs = outputs, .inputs = matrix->inputs, .wide = network->weight_end};
    for (uint32_t o = 0; o < outputs; o++)
        for (uint32_t i = 0; i < matrix->inputs; i++)
            network->weight_end[kernel_weight_at(2, matrix->inputs, o, i)] =
                matrix->weights[(size_t)(from + o) * matrix->inputs + i];
    network->weight_end += (size_t)outputs * matrix->inputs;
    return out;
}

/* A matrix over units' values, which are bytes where the machine multiplies bytes. */
static struct kernel_weights lay_out_unit(struct network *network,
                                          const struct model_matrix *matrix)
{
    if (network->kernels->unit_bytes != 1)
        return lay_out(network, matrix, 0, matrix->outputs);
    size_t count = (size_t)matrix->outputs * matrix->inputs;
    int8_t *narrow = (int8_t *)network->weight_end;
    struct kernel_weights out = {.outputs = matrix->outputs,
                                 .inputs = matrix->inputs,
                                 .narrow = narrow,
                                 .starts = network->start_end};
    for (uint32_t o = 0; o < matrix->outputs; o++) {
        const int8_t *row = matrix->weights + (size_t)o * matrix->inputs;
        int32_t sum = 0;
        for (uint32_t i = 0; i < matrix->inputs; i++) {
            narrow[kernel_weight_at(4, matrix->inputs, o, i)] = row[i];
            sum += row[i];
        }
        network->start_end[o] = -UNIT_ZERO * sum;
    }
    network->weight_end += count / sizeof *network->weight_end;
    network->start_end += matrix->outputs;
    return out;
}

static float *lay_out_scales(struct network *network, const struct model_matrix *matrix, float unit)
{
    float *out = network->number_end;
    for (uint32_t o = 0; o < matrix->outputs; o++)
        out[o] = matrix->scales[o] * unit;
    network->number_end += matrix->outputs;
    return out;
}

static void lay_out_lstm(struct network *network, struct layer *out, const struct model_lstm *lstm,
                         bool above)
{
    float unit = above ? 1 / UNIT_ONE : network->model->header->embedding_scale;
    out->input = above ? lay_out_unit(network, &lstm->input)
                       : lay_out(network, &lstm->input, 0, lstm->input.outputs);
    out->recurrent = lay_out_unit(network, &lstm->recurrent);
    out->scales = lay_out_scales(network, &lstm->input, unit);
    out->again_scales = lay_out_scales(network, &lstm->recurrent, 1 / UNIT_ONE);
    out->bias = lstm->bias;
}

static int16_t *lay_out_shares(struct network *network, const float *from, size_t count)
{
    int16_t *out = network->weight_end;
    for (size_t i = 0; i < count; i++) {
        float value = from[i] * HIDDEN_ONE;
        value = value < SHARE_MOST ? value : SHARE_MOST;
        out[i] = (int16_t)(value > -SHARE_MOST ? value : -SHARE_MOST);
    }
    network->weight_end += count;
    return out;
}

static void lay_out_all(struct network *network)
{
    const struct model *model = network->model;
    for (int side = 0; side < 2; side++) {
        lay_out_lstm(network, &network->lower[side], &model->lower[side], false);
        lay_out_lstm(network, &network->upper[side], &model->upper[side], true);
    }
    network->tags = lay_out_unit(network, &model->tags);
    network->tag_scales = lay_out_scales(network, &model->tags, 1 / UNIT_ONE);
    network->slots = lay_out_unit(network, &model->slots);
    network->slot_scales = lay_out_scales(network, &model->slots, HIDDEN_ONE / UNIT_ONE);
    network->decide_scales = lay_out_scales(network, &model->decide, 1 / HIDDEN_ONE);
    network->pads = lay_out_shares(network, model->pads, 2 * (size_t)model->slots.outputs);
    network->hidden_bias = lay_out_shares(network, model->hidden_bias, model->header->hidden);
}

/* The transitions and the relations of each side are asked for one at a time. */
static void lay_out_decisions(struct network *network)
{
    const struct model_matrix *decide = &network->model->decide;
    network->decide = lay_out(network, decide, 0, DECIDE_LEFT);
    (void)lay_out(network, decide, DECIDE_LEFT, DECIDE_RIGHT - DECIDE_LEFT);
    (void)lay_out(network, decide, DECIDE_RIGHT, DECIDE_WIDTH - DECIDE_RIGHT);
}

static size_t weight_count(const struct model *model, size_t *numbers)
{
    const struct model_matrix *const all[] = {&model->lower[0].input,
                                              &model->lower[1].input,
                                              &model->upper[0].input,
                                              &model->upper[1].input,
                                              &model->lower[0].recurrent,
                                              &model->lower[1].recurrent,
                                              &model->upper[0].recurrent,
                                              &model->upper[1].recurrent,
                                              &model->tags,
                                              &model->slots,
                                              &model->decide};
    size_t count = 2 * (size_t)model->slots.outputs + model->header->hidden; /* pads, bias */
    *numbers = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        count += (size_t)all[i]->outputs * all[i]->inputs;
        *numbers += all[i]->outputs;
    }
    return count;
}

struct network *network_new(const struct model *model, const struct kernels *kernels)
{
    size_t numbers, weights = weight_count(model, &numbers);
    struct network *network = calloc(1, sizeof *network);
    if (!network)
        return NULL;
    network->model = model;
    network->kernels = kernels ? kernels : kernels_best();
    weights = (weights * sizeof(int16_t) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    network->weights = network->weight_end = aligned_alloc(CACHE_LINE, weights);
    network->numbers = network->number_end = malloc(numbers * sizeof *network->numbers);
    network->starts = network->start_end = malloc(numbers * sizeof *network->starts);
    if (!network->weights || !network->numbers || !network->starts) {
        network_free(network);
        return NULL;
    }
    lay_out_all(network);
    lay_out_decisions(network);
    return network;
}

void network_free(struct network *network)
{
    if (!network)
        return;
    free(network->weights);
    free(network->numbers);
    free(network->starts);
    free(network);
}

const struct model *network_model(const struct network *network)
{
    return network->model;
}

struct network_space *network_space_new(const struct network *network, uint32_t tokens,
                                        struct arena *arena)
{
    const struct model_header *h = network->model->header;
    size_t both = 2 * (size_t)h->units, shares = SLOT_COUNT * (size_t)h->hidden;
    size_t widest = shares > 2 * both ? shares : 2 * both;
    struct network_space *space = arena_alloc(arena, sizeof *space);
    if (!space)
        return NULL;
    space->tokens = tokens;
    space->input = arena_array(arena, tokens, (h->word_width + h->affix_width) * sizeof(int16_t));
    space->lower = arena_array(arena, tokens, both * network->kernels->unit_bytes);
    space->upper = arena_array(arena, tokens, both * network->kernels->unit_bytes);
    space->sums = arena_array(arena, tokens, widest * sizeof(int32_t));
    space->shares = arena_array(arena, tokens, shares * sizeof(int16_t));
    space->again = arena_array(arena, 2 * both, sizeof(int32_t));
    space->cell = arena_array(arena, h->units, sizeof(float));
    space->hidden = arena_array(arena, h->hidden, sizeof(int16_t));
    space->room = arena_array(arena, TRANSITIONS_ROOM(tokens), sizeof(uint32_t));
    return arena_exhausted(arena) ? NULL : space;
}

/* ---- reading ---- */

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

/* space->sums holds the products of the input. */
static void read_one_way(const struct network *network, struct network_space *space,
                         const struct layer *layer, uint32_t count, bool backwards, uint8_t *out)
{
    const struct kernels *kernels = network->kernels;
    size_t units = layer->recurrent.inputs, stride = 2 * units, width = 4 * units;
    const uint8_t *before = NULL;
    memset(space->cell, 0, units * sizeof *space->cell);
    memset(space->again, 0, width * sizeof *space->again);
    for (uint32_t step = 0; step < count; step++) {
        size_t t = backwards ? count - 1 - step : step;
        uint8_t *now = out + (t * stride + (backwards ? units : 0)) * kernels->unit_bytes;
        if (before)
            kernels->unit_product(space->again, width, before, stride, 1, &layer->recurrent);
        kernels->unit_step(units, space->sums + t * width, space->again, layer->scales,
                           layer->again_scales, layer->bias, space->cell, now);
        before = now;
    }
}

static void read_input(const struct network *network, struct network_space *space, uint32_t count)
{
    for (int side = 0; side < 2; side++) {
        const struct layer *layer = &network->lower[side];
        network->kernels->product(space->sums, layer->input.outputs, space->input,
                                  layer->input.inputs, count, &layer->input);
        read_one_way(network, space, layer, count, side, space->lower);
    }
}

static void read_lower(const struct network *network, struct network_space *space, uint32_t count)
{
    for (int side = 0; side < 2; side++) {
        const struct layer *layer = &network->upper[side];
        network->kernels->unit_product(space->sums, layer->input.outputs, space->lower,
                                       layer->input.inputs, count, &layer->input);
        read_one_way(network, space, layer, count, side, space->upper);
    }
}

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

/* The pair of tags that go together whose scores, logarithms of chances, have the greatest sum. */
static void choose_tags(const float *scores, struct network_token *out)
{
    float most = 0;
    for (unsigned x = 0; x < XPOS_COUNT; x++)
        for (uint32_t left = xpos_allows((enum xpos)x); left; left &= left - 1) {
            unsigned u = (unsigned)__builtin_ctz(left);
            float score = scores[u] + scores[TAG_XPOS + x];
            if (x == 0 || score > most) {
                most = score;
                out->upos = (uint8_t)u;
                out->xpos = (uint8_t)x;
            }
        }
}

static void tag(const struct network *network, struct network_space *space, uint32_t count,
                struct network_token *out)
{
    const float *scales = network->tag_scales, *bias = network->model->tag_bias;
    float scores[TAG_WIDTH];
    network->kernels->unit_product(space->sums, TAG_WIDTH, space->lower, network->tags.inputs,
                                   count, &network->tags);
    for (uint32_t t = 0; t < count; t++) {
        const int32_t *sums = space->sums + (size_t)t * TAG_WIDTH;
        for (size_t i = 0; i < TAG_WIDTH; i++)
            scores[i] = (float)sums[i] * scales[i] + bias[i];
        choose_tags(scores, &out[t]);
        out[t].starts = scores[TAG_START] > START_SURE;
    }
}

static void share_out(const struct network *network, struct network_space *space, uint32_t count)
{
    size_t width = network->slots.outputs;
    network->kernels->unit_product(space->sums, width, space->upper, network->slots.inputs, count,
                                   &network->slots);
    for (uint32_t t = 0; t < count; t++)
        network->kernels->scale(space->shares + t * width, space->sums + t * width,
                                network->slot_scales, width);
}

/* Fills the hidden layer for a state. */
static void look(const struct network *network, struct network_space *space,
                 const struct transitions *state)
{
    const struct model *model = network->model;
    size_t hidden = model->header->hidden, width = SLOT_COUNT * hidden;
    uint32_t slots[SLOT_COUNT];
    const int16_t *shares[SLOT_COUNT + 1];
    transitions_slots(state, slots);
    shares[0] = network->hidden_bias;
    for (size_t s = 0; s < SLOT_COUNT; s++)
        shares[1 + s] = (slots[s] == TOKEN_NONE     ? network->pads
                         : slots[s] == state->count ? network->pads + width
                                                    : space->shares + slots[s] * width) +
                        s * hidden;
    _Static_assert(SLOT_COUNT + 1 <= SHARES_MAX, "the bias is a share too");
    network->kernels->hidden(space->hidden, shares, SLOT_COUNT + 1, hidden);
}

/* The outputs [from, from + count), which were laid out together, to space->decisions. */
static void ask(const struct network *network, struct network_space *space, size_t from,
                size_t count)
{
    struct kernel_weights part = {.outputs = count,
                                  .inputs = network->decide.inputs,
                                  .wide = network->decide.wide + from * network->decide.inputs};
    network->kernels->product(space->decisions, DECIDE_WIDTH, space->hidden, 0, 1, &part);
}

static enum transition best_transition(const struct network *network, struct network_space *space,
                                       unsigned legal)
{
    const float *scales = network->decide_scales, *bias = network->model->decide_bias;
    if ((legal & (legal - 1)) == 0)
        return (enum transition)__builtin_ctz(legal);
    int best = -1;
    float most = 0;
    ask(network, space, 0, DECIDE_LEFT);
    for (int t = 0; t < TRANSITION_COUNT; t++) {
        float score = (float)space->decisions[t] * scales[t] + bias[t];
        if (legal & TRANSITION_BIT(t) && (best < 0 || score > most)) {
            best = t;
            most = score;
        }
    }
    return (enum transition)best;
}

/* "root" is the relation to the root and to nothing else. */
static enum relation best_relation(const struct network *network, struct network_space *space,
                                   const struct transitions *state, enum transition transition)
{
    if (transition == TRANSITION_LEFT && state->buffer == state->count)
        return REL_ROOT;
    unsigned from = transition == TRANSITION_LEFT ? DECIDE_LEFT : DECIDE_RIGHT;
    ask(network, space, from, DECIDE_RIGHT - DECIDE_LEFT);
    space->decisions[REL_ROOT] = -1000000000;
    return (enum relation)best_of(space->decisions, network->decide_scales + from,
                                  network->model->decide_bias + from, RELATION_COUNT);
}

static void parse(const struct network *network, struct network_space *space, uint32_t count,
                  struct network_token *out)
{
    struct transitions state;
    transitions_start(&state, count, space->room);
    while (!transitions_done(&state)) {
        unsigned legal = transitions_legal(&state);
        if (legal != TRANSITION_BIT(TRANSITION_SHIFT))
            look(network, space, &state);
        enum transition transition = best_transition(network, space, legal);
        enum relation relation = transition == TRANSITION_SHIFT
                                     ? REL_DEP
                                     : best_relation(network, space, &state, transition);
        uint32_t token = transitions_apply(&state, transition);
        if (token != TOKEN_NONE) {
            out[token].relation = (uint8_t)relation;
            out[token].head = state.heads[token];
        }
    }
}

void network_tag(const struct network *network, struct network_space *space,
                 const struct token_features *features, uint32_t count, struct network_token *out)
{
    embed(network, features, count, space->input);
    read_input(network, space, count);
    tag(network, space, count, out);
}

void network_parse(const struct network *network, struct network_space *space, uint32_t count,
                   struct network_token *out)
{
    read_lower(network, space, count);
    share_out(network, space, count);
    parse(network, space, count, out);
}
