/* Writes the model file. */
#include "worker/analysis/syntax/train/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "worker/analysis/syntax/train/memory.h"

#define CHECKSUM_END 16
#define LEAST_SCALE  1e-9f

struct file {
    char *bytes;
    size_t len, room;
};

/* `len` zeroed bytes at the next multiple of MODEL_ALIGN. */
static void *append(struct file *file, size_t len)
{
    size_t from = (file->len + MODEL_ALIGN - 1) / MODEL_ALIGN * MODEL_ALIGN;
    if (from + len > file->room) {
        size_t room = 2 * (from + len);
        file->bytes = grow(file->bytes, room);
        memset(file->bytes + file->room, 0, room - file->room);
        file->room = room;
    }
    file->len = from + len;
    return file->bytes + from;
}

static float most_of(const float *values, size_t count, size_t step)
{
    float most = LEAST_SCALE;
    for (size_t i = 0; i < count; i++) {
        float size = fabsf(values[i * step]);
        most = size > most ? size : most;
    }
    return most;
}

static int8_t quantize(float value, float scale)
{
    float steps = value / scale;
    steps += steps < 0 ? -0.5f : 0.5f;
    steps = steps > 127 ? 127 : steps < -127 ? -127 : steps;
    return (int8_t)steps;
}

static void write_numbers(struct file *file, const struct parameter *numbers)
{
    size_t bytes = numbers->rows * numbers->columns * sizeof(float);
    memcpy(append(file, bytes), numbers->value, bytes);
}

/* Outputs are columns in training and rows in the file. */
static void write_matrix(struct file *file, const struct parameter *matrix)
{
    size_t outputs = matrix->columns, inputs = matrix->rows;
    int8_t *weights = append(file, outputs * inputs);
    for (size_t o = 0; o < outputs; o++) {
        float scale = most_of(matrix->value + o, inputs, outputs) / 127;
        for (size_t i = 0; i < inputs; i++)
            weights[o * inputs + i] = quantize(matrix->value[i * outputs + o], scale);
    }
    float *scales = append(file, outputs * sizeof *scales);
    for (size_t o = 0; o < outputs; o++)
        scales[o] = most_of(matrix->value + o, inputs, outputs) / 127;
}

static void write_lstm(struct file *file, const struct lstm *lstm)
{
    write_matrix(file, &lstm->input);
    write_matrix(file, &lstm->recurrent);
    write_numbers(file, &lstm->bias);
}

static void write_table(struct file *file, const struct parameter *table, float scale)
{
    size_t count = table->rows * table->columns;
    int8_t *values = append(file, count);
    for (size_t i = 0; i < count; i++)
        values[i] = quantize(table->value[i], scale);
}

static float table_scale(const struct net *net)
{
    float words = most_of(net->words.value, net->words.rows * net->words.columns, 1);
    float affixes = most_of(net->affixes.value, net->affixes.rows * net->affixes.columns, 1);
    return (words > affixes ? words : affixes) / 127;
}

static void write_network(struct file *file, const struct net *net)
{
    float scale = table_scale(net);
    write_table(file, &net->words, scale);
    write_table(file, &net->affixes, scale);
    for (int side = 0; side < 2; side++)
        write_lstm(file, &net->lower[side]);
    for (int side = 0; side < 2; side++)
        write_lstm(file, &net->upper[side]);
    write_matrix(file, &net->tags);
    write_matrix(file, &net->tags_above);
    write_numbers(file, &net->tag_bias);
    write_matrix(file, &net->slots);
    write_numbers(file, &net->pads);
    write_numbers(file, &net->hidden_bias);
    write_matrix(file, &net->decide);
    write_numbers(file, &net->decide_bias);
}

static void write_lemmas(struct file *file, const struct lemma_table *lemmas)
{
    size_t bytes = lemmas->size * sizeof *lemmas->slots;
    memcpy(append(file, bytes), lemmas->slots, bytes);
    memcpy(append(file, lemmas->pool_len), lemmas->pool, lemmas->pool_len);
}

static struct model_header header_of(const struct net *net, const struct vocabulary *vocabulary,
                                     const struct lemma_table *lemmas)
{
    const struct net_settings *s = &net->settings;
    return (struct model_header){.magic = MODEL_MAGIC,
                                 .version = MODEL_VERSION,
                                 .tags_version = SYNTAX_TAGS_VERSION,
                                 .features_version = SYNTAX_FEATURES_VERSION,
                                 .word_slots = vocabulary->table.mask + 1,
                                 .words = s->words,
                                 .buckets = s->buckets,
                                 .word_width = s->word_width,
                                 .affix_width = s->affix_width,
                                 .units = s->units,
                                 .hidden = s->hidden,
                                 .lemma_slots = lemmas->size,
                                 .lemma_bytes = lemmas->pool_len,
                                 .embedding_scale = table_scale(net)};
}

static void save(const char *path, const struct file *file)
{
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(file->bytes, 1, file->len, out) != file->len || fclose(out) != 0)
        stop("%s: cannot be written", path);
}

void export_model(const char *path, const struct net *net, const struct vocabulary *vocabulary,
                  const struct conllu *treebank, const char *wordnet)
{
    struct lemma_table lemmas;
    struct file file = {NULL, 0, 0};
    struct model model = {.words = vocabulary->table};
    lemmas_collect(&model, treebank, wordnet, &lemmas);
    struct model_header header = header_of(net, vocabulary, &lemmas);
    (void)append(&file, sizeof header);
    size_t bytes = header.word_slots * sizeof *vocabulary->slots;
    memcpy(append(&file, bytes), vocabulary->slots, bytes);
    write_network(&file, net);
    write_lemmas(&file, &lemmas);
    header.size = (uint32_t)file.len;
    memcpy(file.bytes, &header, sizeof header);
    header.checksum = XXH3_64bits(file.bytes + CHECKSUM_END, file.len - CHECKSUM_END);
    memcpy(file.bytes, &header, sizeof header);
    save(path, &file);
    free(file.bytes);
    lemmas_free(&lemmas);
}
