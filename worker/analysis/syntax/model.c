/* Opens a model file and checks it. */
#include "worker/analysis/syntax/model.h"

#include <math.h>
#include <xxhash.h>

#define CHECKSUM_END 16 /* bytes of magic and checksum */

#define WORDS_MAX  65535
#define WIDTH_MAX  256
#define UNITS_MAX  256
#define HIDDEN_MAX 512

/* model.S */
extern const char newsmill_syntax_model[], newsmill_syntax_model_end[];

struct slice model_embedded(void)
{
    size_t len = (size_t)(newsmill_syntax_model_end - newsmill_syntax_model);
    return (struct slice){newsmill_syntax_model, len};
}

struct cursor {
    struct slice file;
    size_t at;
    bool damaged;
};

static const void *take(struct cursor *cursor, size_t bytes)
{
    size_t from = (cursor->at + MODEL_ALIGN - 1) / MODEL_ALIGN * MODEL_ALIGN;
    if (cursor->damaged || from > cursor->file.len || bytes > cursor->file.len - from) {
        cursor->damaged = true;
        return NULL;
    }
    cursor->at = from + bytes;
    return cursor->file.data + from;
}

static const float *take_numbers(struct cursor *cursor, size_t count)
{
    const float *numbers = take(cursor, count * sizeof *numbers);
    for (size_t i = 0; numbers && i < count; i++)
        if (!(fabsf(numbers[i]) < 1e6f))
            cursor->damaged = true;
    return numbers;
}

static struct model_matrix take_matrix(struct cursor *cursor, uint32_t outputs, uint32_t inputs)
{
    struct model_matrix matrix = {outputs, inputs, NULL, NULL};
    matrix.weights = take(cursor, (size_t)outputs * inputs);
    matrix.scales = take_numbers(cursor, outputs);
    return matrix;
}

static struct model_lstm take_lstm(struct cursor *cursor, uint32_t inputs, uint32_t units)
{
    struct model_lstm lstm;
    lstm.input = take_matrix(cursor, 4 * units, inputs);
    lstm.recurrent = take_matrix(cursor, 4 * units, units);
    lstm.bias = take_numbers(cursor, 4 * (size_t)units);
    return lstm;
}

static void take_sections(struct cursor *cursor, struct model *out)
{
    const struct model_header *h = out->header;
    uint32_t both = 2 * h->units;
    out->words.slots = take(cursor, h->word_slots * sizeof(struct word_slot));
    out->words.mask = h->word_slots - 1;
    out->word_rows = take(cursor, (size_t)h->words * h->word_width);
    out->affix_rows = take(cursor, (size_t)h->buckets * h->affix_width);
    for (int side = 0; side < 2; side++)
        out->lower[side] = take_lstm(cursor, h->word_width + h->affix_width, h->units);
    for (int side = 0; side < 2; side++)
        out->upper[side] = take_lstm(cursor, both, h->units);
    out->tags = take_matrix(cursor, TAG_WIDTH, both);
    out->tags_above = take_matrix(cursor, TAG_WIDTH, both);
    out->tag_bias = take_numbers(cursor, TAG_WIDTH);
    out->slots = take_matrix(cursor, SLOT_COUNT * h->hidden, both);
    out->pads = take_numbers(cursor, 2 * SLOT_COUNT * (size_t)h->hidden);
    out->hidden_bias = take_numbers(cursor, h->hidden);
    out->decide = take_matrix(cursor, DECIDE_WIDTH, h->hidden);
    out->decide_bias = take_numbers(cursor, DECIDE_WIDTH);
    out->lemmas = take(cursor, h->lemma_slots * sizeof(struct lemma_slot));
    out->lemma_pool = take(cursor, h->lemma_bytes);
}

static bool is_power(uint32_t number, uint32_t limit)
{
    return number >= 2 && number <= limit && (number & (number - 1)) == 0;
}

static bool is_width(uint32_t number, uint32_t limit)
{
    return number > 0 && number <= limit && number % 16 == 0;
}

static bool header_is_sane(const struct model_header *h)
{
    return is_power(h->word_slots, 1u << 22) && is_power(h->lemma_slots, 1u << 20) &&
           is_power(h->buckets, 65536) && h->words > 0 && h->words <= WORDS_MAX &&
           is_width(h->word_width, WIDTH_MAX) && is_width(h->affix_width, WIDTH_MAX) &&
           is_width(h->units, UNITS_MAX) && is_width(h->hidden, HIDDEN_MAX) &&
           h->lemma_bytes < 1u << 24 && h->embedding_scale > 0 && h->embedding_scale < 1e3f;
}

/* Looking a word up ends at a free slot, so there must be one. */
static bool words_are_sane(const struct model *model)
{
    uint32_t unused = 0;
    for (uint32_t i = 0; i <= model->words.mask; i++) {
        unused += model->words.slots[i].hash == 0;
        if (model->words.slots[i].row >= model->header->words)
            return false;
    }
    return unused > 0;
}

static bool lemmas_are_sane(const struct model *model)
{
    uint32_t unused = 0, bytes = model->header->lemma_bytes;
    for (uint32_t i = 0; i < model->header->lemma_slots; i++) {
        const struct lemma_slot *slot = &model->lemmas[i];
        unused += slot->hash == 0;
        if (slot->hash && (slot->at == 0 || slot->at > bytes ||
                           (uint8_t)model->lemma_pool[slot->at - 1] > bytes - slot->at))
            return false;
    }
    return unused > 0;
}

static enum status damaged(struct fault *fault)
{
    return fault_set(
        fault, STATUS_FATAL, "model-damaged",
        "the model of the parser is damaged: make it again with newsmill-train-syntax");
}

enum status model_open(struct slice file, struct model *out, struct fault *fault)
{
    struct cursor cursor = {file, sizeof *out->header, false};
    const struct model_header *h = (const void *)file.data;
    *out = (struct model){.header = h};
    static const char magic[sizeof h->magic] = MODEL_MAGIC;
    if (file.len < sizeof *h || memcmp(h->magic, magic, sizeof magic) != 0)
        return damaged(fault);
    if (h->version != MODEL_VERSION || h->tags_version != SYNTAX_TAGS_VERSION ||
        h->features_version != SYNTAX_FEATURES_VERSION)
        return fault_set(fault, STATUS_FATAL, "model-version",
                         "the model of the parser is of another version than the program: make "
                         "it again with newsmill-train-syntax");
    if (h->size != file.len || !header_is_sane(h) ||
        h->checksum != XXH3_64bits(file.data + CHECKSUM_END, file.len - CHECKSUM_END))
        return damaged(fault);
    take_sections(&cursor, out);
    if (cursor.damaged || !words_are_sane(out) || !lemmas_are_sane(out))
        return damaged(fault);
    return STATUS_OK;
}
