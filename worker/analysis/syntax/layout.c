/* Lays out the model's weights for the machine. */
#include "worker/analysis/syntax/layout.h"

#include <stdlib.h>

#define CACHE_LINE 64                 /* bytes; what is read in vectors does not cross one */
#define SPACE_MAX  ((size_t)64 << 20) /* bytes; far more than any model needs */

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

/* As unit_step() wants them: of the gates the half. */
static float *lay_out_halves(struct network *network, const float *from, uint32_t units, float unit)
{
    float *out = network->number_end;
    for (uint32_t o = 0; o < 4 * units; o++)
        out[o] = from[o] * unit * (o < 3 * units ? 0.5f : 1.0f);
    network->number_end += 4 * (size_t)units;
    return out;
}

static void lay_out_lstm(struct network *network, struct layer *out, const struct model_lstm *lstm,
                         bool above)
{
    float unit = above ? 1 / UNIT_ONE : network->model->header->embedding_scale;
    out->input = above ? lay_out_unit(network, &lstm->input)
                       : lay_out(network, &lstm->input, 0, lstm->input.outputs);
    out->recurrent = lay_out_unit(network, &lstm->recurrent);
    uint32_t units = lstm->recurrent.inputs;
    out->scales = lay_out_halves(network, lstm->input.scales, units, unit);
    out->again_scales = lay_out_halves(network, lstm->recurrent.scales, units, 1 / UNIT_ONE);
    out->bias = lay_out_halves(network, lstm->bias, units, 1);
}

static float *lay_out_bias(struct network *network, const float *from, size_t count)
{
    float *out = network->number_end;
    memcpy(out, from, count * sizeof *out);
    network->number_end += count;
    return out;
}

static void leave_out(float *bias, size_t from, size_t to)
{
    for (; from < to; from++)
        bias[from] = SCORE_NONE;
}

/* "root" is the relation to the root and to nothing else. */
static void lay_out_choices(struct network *network)
{
    const struct model *model = network->model;
    float *tags = lay_out_bias(network, model->tag_bias, TAG_WIDTH);
    float *decide = lay_out_bias(network, model->decide_bias, DECIDE_WIDTH);
    leave_out(tags, UPOS_COUNT, TAG_XPOS);
    leave_out(tags, TAG_XPOS + XPOS_COUNT, TAG_WIDTH);
    for (size_t side = DECIDE_LEFT; side < DECIDE_WIDTH; side += DECIDE_RIGHT - DECIDE_LEFT) {
        leave_out(decide, side + REL_ROOT, side + REL_ROOT + 1);
        leave_out(decide, side + RELATION_COUNT, side + DECIDE_RIGHT - DECIDE_LEFT);
    }
    network->tag_bias = tags;
    network->decide_bias = decide;
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
    network->tags_above = lay_out_unit(network, &model->tags_above);
    network->tag_above_scales = lay_out_scales(network, &model->tags_above, 1 / UNIT_ONE);
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
                                              &model->tags_above,
                                              &model->slots,
                                              &model->decide};
    size_t count = 2 * (size_t)model->slots.outputs + model->header->hidden;    /* pads, bias */
    *numbers = 4 * 4 * (size_t)model->header->units + TAG_WIDTH + DECIDE_WIDTH; /* bias */
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        count += (size_t)all[i]->outputs * all[i]->inputs;
        *numbers += all[i]->outputs;
    }
    return count;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Of a layer's input, 4 * units a token; of the tags or shares of a chunk; of what the sentences
 * ask for in a step. */
static size_t sums_room(const struct model_header *h)
{
    return larger(NETWORK_TOKENS * 4 * (size_t)h->units,
                  larger(NETWORK_CHUNK, NETWORK_TOGETHER) * larger(h->hidden, TAG_WIDTH));
}

static bool make_space(struct network *network)
{
    const size_t tokens = NETWORK_TOKENS;
    const struct model_header *h = network->model->header;
    size_t units = h->units, both = 2 * units;
    size_t bytes = network->kernels->unit_bytes;
    struct network_space *space = &network->space;
    struct arena *arena = network->arena = arena_new(SPACE_MAX);
    if (!arena)
        return false;
    space->embedded =
        arena_array(arena, NETWORK_CHUNK, (h->word_width + h->affix_width) * sizeof(int16_t));
    space->forms = arena_array(arena, NETWORK_FORMS, 4 * both * sizeof(int32_t));
    space->lower = arena_array(arena, tokens, both * bytes);
    space->upper = arena_array(arena, tokens, both * bytes);
    space->sums = arena_array(arena, sums_room(h), sizeof(int32_t));
    space->tags = arena_array(arena, tokens, TAG_WIDTH * sizeof(int32_t));
    space->again = arena_array(arena, NETWORK_ABREAST, 2 * both * sizeof(int32_t));
    space->before = arena_array(arena, NETWORK_ABREAST, units * bytes);
    space->cells = arena_array(arena, NETWORK_ABREAST, units * sizeof(float));
    space->shares = arena_array(arena, tokens, SLOT_COUNT * (size_t)h->hidden * sizeof(int16_t));
    space->known = arena_array(arena, tokens, 1);
    space->gathered = arena_array(arena, NETWORK_TOGETHER, both * bytes);
    space->hidden = arena_array(arena, NETWORK_TOGETHER, h->hidden * sizeof(int16_t));
    space->waiting = arena_array(arena, 2 * (size_t)PARSER_WAITING, h->hidden * sizeof(int16_t));
    space->decisions =
        arena_array(arena, PARSER_WAITING, (DECIDE_RIGHT - DECIDE_LEFT) * sizeof(int32_t));
    space->room = arena_array(arena, TRANSITIONS_ROOM(tokens) + 2 * (size_t)NETWORK_TOGETHER,
                              sizeof(uint32_t));
    return forms_new(&network->forms, NETWORK_FORMS, arena) && !arena_exhausted(arena);
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
    if (!make_space(network) || !network->weights || !network->numbers || !network->starts) {
        network_free(network);
        return NULL;
    }
    lay_out_all(network);
    lay_out_choices(network);
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
    arena_free(network->arena);
    free(network);
}

const struct model *network_model(const struct network *network)
{
    return network->model;
}

struct forms *network_forms(struct network *network)
{
    return &network->forms;
}
