/* Reads sentences with the network, and tags them. */
#include "worker/analysis/syntax/network.h"

#include "worker/analysis/syntax/layout.h"
#include "worker/analysis/syntax/parser.h"

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

void network_fetch(const struct network *network, uint32_t form)
{
    enum { LEVEL = 2, LINE = 16 }; /* of the caches; numbers of 4 bytes */
    size_t width = 2 * network->lower[0].input.outputs;
    for (size_t i = 0; i < width; i += LINE)
        __builtin_prefetch(network->space.forms + form * width + i, 0, LEVEL);
}

/* ---- layers ---- */

/* One layer, one way, over some sentences of which none is longer than the one before. */
struct pass {
    const struct network *network;
    const struct network_batch *batch;
    const struct layer *layer;
    bool backwards, lower;
    uint32_t first, count; /* of the sentences */
    uint8_t *out;
};

static uint32_t length_of(const struct pass *pass, uint32_t sentence)
{
    const uint32_t *start = pass->batch->starts + pass->first + sentence;
    return start[1] - start[0];
}

/* The sums of the input of a token. */
static const int32_t *input_of(const struct pass *pass, size_t token)
{
    size_t width = pass->layer->input.outputs;
    return pass->lower
               ? pass->network->space.forms +
                     (2 * pass->batch->forms[token] + (size_t)pass->backwards) * width
               : pass->network->space.sums + (token - pass->batch->starts[pass->first]) * width;
}

static void read_step(const struct pass *pass, uint32_t sentence, uint32_t step)
{
    const struct kernels *kernels = pass->network->kernels;
    const uint32_t *start = pass->batch->starts + pass->first + sentence;
    const struct network_space *space = &pass->network->space;
    size_t units = pass->layer->recurrent.inputs, bytes = units * kernels->unit_bytes;
    size_t token = pass->backwards ? start[1] - 1 - step : start[0] + step;
    kernels->unit_step(units, input_of(pass, token), space->again + sentence * 4 * units,
                       pass->layer->scales, pass->layer->again_scales, pass->layer->bias,
                       space->cells + sentence * units, space->before + sentence * bytes,
                       pass->out + (2 * token + (size_t)pass->backwards) * bytes);
}

/* The sentences step by step together, so that the weights, which are many, are fetched once a
 * step. */
static void read_one_way(const struct pass *pass)
{
    const struct network_space *space = &pass->network->space;
    const struct kernel_weights *again = &pass->layer->recurrent;
    size_t units = again->inputs;
    uint32_t active = pass->count;
    memset(space->cells, 0, active * units * sizeof *space->cells);
    memset(space->again, 0, active * 4 * units * sizeof *space->again);
    for (uint32_t step = 0;; step++) {
        while (active > 0 && length_of(pass, active - 1) <= step)
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

static uint32_t abreast(const struct network_batch *batch, uint32_t first)
{
    return batch->count - first < NETWORK_ABREAST ? batch->count - first : NETWORK_ABREAST;
}

static void read_lower(struct network *network, const struct network_batch *batch)
{
    for (int side = 0; side < 2; side++)
        for (uint32_t first = 0; first < batch->count; first += NETWORK_ABREAST)
            read_one_way(&(struct pass){network, batch, &network->lower[side], side, true, first,
                                        abreast(batch, first), network->space.lower});
}

static const uint8_t *values_of(const struct network *network, const uint8_t *layer, size_t token)
{
    return layer + token * network->tags.inputs * network->kernels->unit_bytes;
}

static void read_upper(struct network *network, const struct network_batch *batch)
{
    for (int side = 0; side < 2; side++)
        for (uint32_t first = 0; first < batch->count; first += NETWORK_ABREAST) {
            const struct layer *layer = &network->upper[side];
            uint32_t count = abreast(batch, first), token = batch->starts[first];
            network->kernels->unit_product(network->space.sums, layer->input.outputs,
                                           values_of(network, network->space.lower, token),
                                           layer->input.inputs,
                                           batch->starts[first + count] - token, &layer->input);
            read_one_way(&(struct pass){network, batch, layer, side, false, first, count,
                                        network->space.upper});
        }
}

/* ---- tags ---- */

/* The pair of tags that go together whose scores, logarithms of chances, have the greatest sum:
 * mostly the best of each. */
static void choose_tags(const struct kernels *kernels, const float *scores,
                        struct network_token *out)
{
    const float *xpos_scores = scores + TAG_XPOS;
    out->upos = (uint8_t)kernels->highest(scores, TAG_XPOS);
    out->xpos = (uint8_t)kernels->highest(xpos_scores, TAG_WIDTH - TAG_XPOS);
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
    const float *bias = network->tag_bias;
    float scores[TAG_WIDTH];
    network->kernels->unit_product(network->space.sums, TAG_WIDTH,
                                   values_of(network, network->space.upper, from),
                                   network->tags.inputs, count, &network->tags_above);
    for (size_t t = 0; t < count; t++) {
        const int32_t *lower = network->space.tags + (from + t) * TAG_WIDTH;
        const int32_t *upper = network->space.sums + t * TAG_WIDTH;
        network->kernels->scores_of_two(scores, lower, scales, upper, above_scales, bias,
                                        TAG_WIDTH);
        choose_tags(network->kernels, scores, &out[from + t]);
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
    for (uint32_t from = 0; from < tokens; from += NETWORK_CHUNK)
        tag(network, from, tokens - from < NETWORK_CHUNK ? tokens - from : NETWORK_CHUNK, out);
    parser_run(network, batch, out);
}
