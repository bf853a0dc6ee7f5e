/* The network: embedding, LSTMs, tags, and the shares of the parser's slots. */
#include "worker/analysis/syntax/train/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/nonlinear.h"
#include "worker/analysis/syntax/train/memory.h"

static float *room(size_t width)
{
    return allocate(NET_TOKENS_MAX * width, sizeof(float));
}

static void new_parameters(struct net *net)
{
    const struct net_settings *s = &net->settings;
    size_t both = 2 * s->units, shares = SLOT_COUNT * s->hidden,
           in = s->word_width + s->affix_width;
    struct chance *chance = &net->chance;
    parameter_new_table(&net->words, "words", s->words, s->word_width);
    parameter_new_table(&net->affixes, "affixes", s->buckets, s->affix_width);
    for (int side = 0; side < 2; side++) {
        lstm_new(&net->lower[side], "lower", in, s->units, side, NET_TOKENS_MAX, chance);
        lstm_new(&net->upper[side], "upper", both, s->units, side, NET_TOKENS_MAX, chance);
    }
    parameter_new(&net->tags, "tags", both, TAG_WIDTH, sqrtf(6.0f / (float)both), chance);
    parameter_new(&net->tags_above, "tags above", both, TAG_WIDTH, sqrtf(6.0f / (float)both),
                  chance);
    for (size_t i = 0; i < both; i++) /* and no gradient */
        net->tags_above.value[i * TAG_WIDTH + TAG_START] = 0;
    parameter_new(&net->tag_bias, "tag bias", 1, TAG_WIDTH, 0, chance);
    float limit = sqrtf(6.0f / (float)(4 * both + s->hidden));
    parameter_new(&net->slots, "slots", both, shares, limit, chance);
    parameter_new(&net->pads, "pads", 2, shares, 0.1f, chance);
    parameter_new(&net->hidden_bias, "hidden bias", 1, s->hidden, 0, chance);
    parameter_new(&net->decide, "decide", s->hidden, DECIDE_WIDTH,
                  sqrtf(6.0f / (float)(s->hidden + DECIDE_WIDTH)), chance);
    parameter_new(&net->decide_bias, "decide bias", 1, DECIDE_WIDTH, 0, chance);
}

void net_new(struct net *out, const struct net_settings *settings, uint64_t seed)
{
    size_t in = settings->word_width + settings->affix_width, both = 2 * settings->units;
    size_t shares = SLOT_COUNT * settings->hidden;
    *out = (struct net){.settings = *settings, .chance = {seed * 0x9e3779b97f4a7c15u + 1}};
    new_parameters(out);
    out->input = room(in);
    out->input_mask = room(in);
    out->input_gradient = room(in);
    out->lower_out = room(both);
    out->lower_mask = room(both);
    out->lower_gradient = room(both);
    out->upper_out = room(both);
    out->upper_mask = room(both);
    out->upper_gradient = room(both);
    out->shares = room(shares);
    out->share_gradient = room(shares);
    out->tag_scores = room(TAG_WIDTH);
}

void net_each(struct net *net, void (*visit)(void *user, struct parameter *parameter), void *user)
{
    struct parameter *const all[] = {
        &net->words, &net->affixes, &net->tags,        &net->tags_above, &net->tag_bias,
        &net->slots, &net->pads,    &net->hidden_bias, &net->decide,     &net->decide_bias};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        visit(user, all[i]);
    for (int side = 0; side < 2; side++)
        for (int layer = 0; layer < 2; layer++) {
            struct lstm *lstm = layer ? &net->upper[side] : &net->lower[side];
            visit(user, &lstm->input);
            visit(user, &lstm->recurrent);
            visit(user, &lstm->bias);
        }
}

static void free_one(void *user, struct parameter *parameter)
{
    (void)user;
    parameter_free(parameter);
}

void net_free(struct net *net)
{
    float *const rooms[] = {net->input,     net->input_mask,     net->input_gradient,
                            net->lower_out, net->lower_mask,     net->lower_gradient,
                            net->upper_out, net->upper_mask,     net->upper_gradient,
                            net->shares,    net->share_gradient, net->tag_scores};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
        free(rooms[i]);
    net_each(net, free_one, NULL);
    for (int side = 0; side < 2; side++) {
        lstm_free(&net->lower[side]);
        lstm_free(&net->upper[side]);
    }
}

static void update_one(void *user, struct parameter *parameter)
{
    adam_update(user, parameter);
}

void net_update(struct net *net, struct adam *adam)
{
    adam_step(adam);
    net_each(net, update_one, adam);
}

static void average_one(void *user, struct parameter *parameter)
{
    const float *share = user;
    parameter_average(parameter, *share);
}

void net_average(struct net *net, float share)
{
    net_each(net, average_one, &share);
}

static void swap_one(void *user, struct parameter *parameter)
{
    (void)user;
    parameter_swap(parameter);
}

void net_swap(struct net *net)
{
    net_each(net, swap_one, NULL);
}

/* ---- forwards ---- */

static void embed(struct net *net, const struct example *batch, size_t count)
{
    size_t width = net->settings.word_width, affix = net->settings.affix_width, t = 0;
    for (size_t s = 0; s < count; s++) {
        net->starts[s] = (uint32_t)t;
        for (uint32_t i = 0; i < batch[s].count; i++, t++) {
            const struct token_features *token = &batch[s].features[i];
            float *x = net->input + t * (width + affix);
            memcpy(x, net->words.value + token->word * width, width * sizeof *x);
            memset(x + width, 0, affix * sizeof *x);
            for (unsigned f = 0; f < token->count; f++)
                vector_add(x + width, net->affixes.value + token->rows[f] * affix, affix);
        }
    }
    net->starts[count] = (uint32_t)t;
}

static void drop(struct net *net, float rate, float *x, float *mask, size_t len)
{
    chance_mask(&net->chance, rate, mask, len);
    for (size_t i = 0; i < len; i++)
        x[i] *= mask[i];
}

static void multiply(float *to, const float *mask, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] *= mask[i];
}

static void add(float *to, const struct parameter *weights, float *from, size_t tokens)
{
    size_t width = weights->columns;
    matrix_add_product(matrix_of(to, width), matrix_of(from, weights->rows),
                       matrix_of(weights->value, width), tokens, width, weights->rows);
}

static void add_biased(float *to, const struct parameter *weights, const float *bias, float *from,
                       size_t tokens)
{
    size_t width = weights->columns;
    for (size_t t = 0; t < tokens; t++) {
        if (bias)
            memcpy(to + t * width, bias, width * sizeof *to);
        else
            memset(to + t * width, 0, width * sizeof *to);
    }
    add(to, weights, from, tokens);
}

static void forward(struct net *net, const struct example *batch, size_t count, bool learn)
{
    const struct net_settings *s = &net->settings;
    size_t both = 2 * s->units, in = s->word_width + s->affix_width;
    embed(net, batch, count);
    size_t tokens = net->starts[count];
    if (learn)
        drop(net, s->input_dropout, net->input, net->input_mask, tokens * in);
    for (int side = 0; side < 2; side++)
        lstm_forward(&net->lower[side], net->input, net->starts, count,
                     net->lower_out + (size_t)side * s->units, both);
    if (learn) /* the LSTM keeps its own copy of h */
        drop(net, s->layer_dropout, net->lower_out, net->lower_mask, tokens * both);
    add_biased(net->tag_scores, &net->tags, net->tag_bias.value, net->lower_out, tokens);
    for (int side = 0; side < 2; side++)
        lstm_forward(&net->upper[side], net->lower_out, net->starts, count,
                     net->upper_out + (size_t)side * s->units, both);
    if (learn)
        drop(net, s->layer_dropout, net->upper_out, net->upper_mask, tokens * both);
    add(net->tag_scores, &net->tags_above, net->upper_out, tokens);
    add_biased(net->shares, &net->slots, NULL, net->upper_out, tokens);
}

/* ---- tags ---- */

static unsigned best_of(const float *scores, unsigned count)
{
    unsigned best = 0;
    for (unsigned i = 1; i < count; i++)
        if (scores[i] > scores[best])
            best = i;
    return best;
}

/* Turns the scores of one set of tags into their gradient; returns the loss. */
static double learn_tag(float *scores, unsigned count, unsigned right)
{
    float logit = scores[right];
    double loss = vector_softmax(scores, count) - logit;
    scores[right] -= 1;
    return loss;
}

/* A sentence's start, by a logistic function; the first token's is no question. */
static void judge_start(float *score, const struct example *example, uint32_t i, bool learn,
                        struct net_score *out)
{
    float p = nonlinear_sigmoid(*score);
    bool start = i > 0 && example->starts[i];
    out->starts += start;
    out->found_starts += i > 0 && p > 0.5f;
    out->right_starts += start && p > 0.5f;
    *score = learn && i > 0 ? p - (start ? 1.0f : 0.0f) : 0;
}

static void judge_tags(struct net *net, const struct example *batch, size_t count, bool learn,
                       struct net_score *score)
{
    size_t t = 0;
    for (size_t s = 0; s < count; s++)
        for (uint32_t i = 0; i < batch[s].count; i++, t++) {
            const struct conllu_token *gold = &batch[s].gold[i];
            float *scores = net->tag_scores + t * TAG_WIDTH;
            score->upos += best_of(scores, UPOS_COUNT) == (unsigned)gold->upos;
            score->xpos += best_of(scores + TAG_XPOS, XPOS_COUNT) == (unsigned)gold->xpos;
            judge_start(&scores[TAG_START], &batch[s], i, learn, score);
            if (!learn)
                continue;
            score->loss += learn_tag(scores, UPOS_COUNT, gold->upos);
            score->loss += learn_tag(scores + TAG_XPOS, XPOS_COUNT, gold->xpos);
            memset(scores + UPOS_COUNT, 0, (TAG_START - UPOS_COUNT) * sizeof *scores);
            memset(scores + TAG_START + 1, 0, (TAG_XPOS - TAG_START - 1) * sizeof *scores);
            memset(scores + TAG_XPOS + XPOS_COUNT, 0,
                   (TAG_WIDTH - TAG_XPOS - XPOS_COUNT) * sizeof *scores);
        }
    score->tokens += t;
}

/* ---- backwards ---- */

/* Through to = from W + bias. */
static void add_back(struct parameter *weights, struct parameter *bias, float *gradient,
                     float *from, float *from_gradient, size_t tokens)
{
    size_t rows = weights->rows, width = weights->columns;
    matrix_add_product(matrix_of(weights->gradient, width), matrix_turned(from, rows),
                       matrix_of(gradient, width), rows, width, tokens);
    if (bias)
        matrix_add_columns(bias->gradient, gradient, tokens, width);
    matrix_add_product(matrix_of(from_gradient, rows), matrix_of(gradient, width),
                       matrix_of(weights->turned, rows), tokens, rows, width);
}

static void embed_back(struct net *net, const struct example *batch, size_t count)
{
    size_t width = net->settings.word_width, affix = net->settings.affix_width, t = 0;
    for (size_t s = 0; s < count; s++)
        for (uint32_t i = 0; i < batch[s].count; i++, t++) {
            const struct token_features *token = &batch[s].features[i];
            const float *x = net->input_gradient + t * (width + affix);
            vector_add(parameter_use(&net->words, token->word), x, width);
            for (unsigned f = 0; f < token->count; f++)
                vector_add(parameter_use(&net->affixes, token->rows[f]), x + width, affix);
        }
}

static void backward(struct net *net, const struct example *batch, size_t count)
{
    size_t units = net->settings.units, both = 2 * units, tokens = net->starts[count];
    size_t in = net->settings.word_width + net->settings.affix_width;
    memset(net->upper_gradient, 0, tokens * both * sizeof(float));
    memset(net->lower_gradient, 0, tokens * both * sizeof(float));
    memset(net->input_gradient, 0, tokens * in * sizeof(float));
    add_back(&net->tags, &net->tag_bias, net->tag_scores, net->lower_out, net->lower_gradient,
             tokens);
    for (size_t t = 0; t < tokens; t++)
        net->tag_scores[t * TAG_WIDTH + TAG_START] = 0;
    add_back(&net->tags_above, NULL, net->tag_scores, net->upper_out, net->upper_gradient, tokens);
    add_back(&net->slots, NULL, net->share_gradient, net->upper_out, net->upper_gradient, tokens);
    multiply(net->upper_gradient, net->upper_mask, tokens * both);
    for (size_t side = 0; side < 2; side++)
        lstm_backward(&net->upper[side], net->lower_out, net->starts, count,
                      net->upper_gradient + side * units, both, net->lower_gradient);
    multiply(net->lower_gradient, net->lower_mask, tokens * both);
    for (size_t side = 0; side < 2; side++)
        lstm_backward(&net->lower[side], net->input, net->starts, count,
                      net->lower_gradient + side * units, both, net->input_gradient);
    multiply(net->input_gradient, net->input_mask, tokens * in);
    embed_back(net, batch, count);
}

void net_learn(struct net *net, const struct example *batch, size_t count, float explore,
               struct net_score *score)
{
    forward(net, batch, count, true);
    judge_tags(net, batch, count, true, score);
    memset(net->share_gradient, 0, net->starts[count] * net->slots.columns * sizeof(float));
    for (size_t s = 0; s < count; s++)
        if (batch[s].heads)
            score->loss += decisions_parse(net, &batch[s], net->starts[s], true, explore, score);
    backward(net, batch, count);
}

void net_try(struct net *net, const struct example *batch, size_t count, struct net_score *score)
{
    forward(net, batch, count, false);
    judge_tags(net, batch, count, false, score);
    for (size_t s = 0; s < count; s++)
        if (batch[s].heads)
            (void)decisions_parse(net, &batch[s], net->starts[s], false, 1, score);
}
