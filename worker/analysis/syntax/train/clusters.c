/* Finds classes of words by their neighbours. */
#include "worker/analysis/syntax/train/clusters.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/train/kmeans.h"
#include "worker/analysis/syntax/train/memory.h"
#include "worker/analysis/syntax/train/running_text.h"

#define SEEN_MIN 8    /* rarer words get no class */
#define CONTEXTS 1500 /* the commonest words, as neighbours */
#define COARSE   48
#define FINE     20 /* of each coarse class */

/* ---- reading ---- */

static char *read_text(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        stop("%s: cannot be read", path);
    *size = (size_t)ftell(file);
    char *text = allocate(*size + 1, 1);
    rewind(file);
    if (fread(text, 1, *size, file) != *size)
        stop("%s: cannot be read", path);
    (void)fclose(file);
    return text;
}

static int is_text(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not by the user's locale */
}

static void read_folder(struct running_text *text, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_text, by_name);
    if (count <= 0)
        stop("%s: no *.txt there", folder);
    for (int i = 0; i < count; i++) {
        char path[4096];
        size_t size;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        char *plain = read_text(path, &size);
        running_text_add(text, plain, size);
        free(plain);
        free(entries[i]);
    }
    free(entries);
}

/* What stands behind the bar: definitions, and examples in quotation marks. */
static void read_glosses(struct running_text *text, const char *wordnet, const char *part)
{
    char path[4096], *save = NULL;
    size_t size;
    (void)snprintf(path, sizeof path, "%s/data.%s", wordnet, part);
    char *data = read_text(path, &size);
    for (char *line = strtok_r(data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *gloss = strstr(line, " | ");
        if (!gloss || *line == ' ')
            continue;
        running_text_add(text, gloss + 3, strlen(gloss + 3));
        running_text_break(text);
    }
    free(data);
}

static void read_treebank(struct running_text *text, const struct conllu *treebank)
{
    for (size_t s = 0; s < treebank->count; s++) {
        const struct conllu_sentence *sentence = &treebank->sentences[s];
        for (uint32_t i = 0; i < sentence->count; i++)
            running_text_add_word(text, sentence->tokens[i].form, strlen(sentence->tokens[i].form));
        running_text_break(text);
    }
}

/* ---- counting ---- */

static int by_key(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Words from the commonest on, as (seen, number) in one number each. */
static uint64_t *rank_words(const struct running_text *text)
{
    uint64_t *order = allocate(text->word_count, sizeof *order);
    for (uint32_t w = 0; w < text->word_count; w++)
        order[w] = (uint64_t)(UINT32_MAX - text->seen[w]) << 32 | w;
    qsort(order, text->word_count, sizeof *order, by_key);
    return order;
}

/* Base 2, by the number's exponent and a series; the C library's is not the same everywhere. */
static float logarithm(float x)
{
    int exponent;
    float m = frexpf(x, &exponent), t = (m - 0.70710678f) / (m + 0.70710678f), s = t * t;
    float series = t * (1.0f + s * (0.33333333f + s * (0.2f + s * 0.14285714f)));
    return (float)exponent - 0.5f + 2.88539008f * series;
}

struct counting {
    const struct running_text *text;
    uint32_t *context; /* of word n: 1 + its rank among CONTEXTS, or 0 */
    uint32_t *item;    /* of word n: 1 + its number among those that get a class, or 0 */
    uint64_t *pairs;   /* item << 32 | side and context */
    size_t pair_count;
};

static void count_pairs(struct counting *at)
{
    const uint32_t *words = at->text->words;
    for (size_t i = 1; i + 1 < at->text->count; i++) {
        uint64_t item = at->item[words[i]];
        uint32_t left = at->context[words[i - 1]], right = at->context[words[i + 1]];
        if (item && left)
            at->pairs[at->pair_count++] = (item - 1) << 32 | (left - 1);
        if (item && right)
            at->pairs[at->pair_count++] = (item - 1) << 32 | (right - 1 + CONTEXTS);
    }
    qsort(at->pairs, at->pair_count, sizeof *at->pairs, by_key);
}

/* Puts the vectors into `out`, each of length 1. */
static void weigh(const struct counting *at, uint32_t items, struct sparse *out)
{
    float *by_item = allocate(items, sizeof *by_item);
    float *by_context = allocate(2 * CONTEXTS, sizeof *by_context), total = (float)at->pair_count;
    for (size_t i = 0; i < at->pair_count; i++) {
        by_item[at->pairs[i] >> 32]++;
        by_context[(uint32_t)at->pairs[i]]++;
    }
    for (size_t i = 0, next; i < at->pair_count; i = next) {
        for (next = i; next < at->pair_count && at->pairs[next] == at->pairs[i];)
            next++;
        uint32_t item = (uint32_t)(at->pairs[i] >> 32), context = (uint32_t)at->pairs[i];
        float expected = by_item[item] * (by_context[context] / total);
        float weight = logarithm((float)(next - i) / expected);
        if (weight > 0)
            sparse_add(out, item, context, weight);
    }
    free(by_item);
    free(by_context);
}

/* ---- classes ---- */

static void find_classes(const struct sparse *vectors, uint16_t *classes)
{
    uint32_t *members = allocate(vectors->rows, sizeof *members), *coarse, *fine;
    struct chance chance = {0x5eed};
    coarse = allocate(vectors->rows, sizeof *coarse);
    fine = allocate(vectors->rows, sizeof *fine);
    for (uint32_t i = 0; i < vectors->rows; i++)
        members[i] = i;
    kmeans(vectors, members, vectors->rows, COARSE, &chance, coarse);
    for (uint32_t k = 0; k < COARSE; k++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < vectors->rows; i++)
            if (coarse[i] == k)
                members[count++] = i;
        kmeans(vectors, members, count, FINE, &chance, fine);
        for (uint32_t i = 0; i < count; i++)
            classes[members[i]] = (uint16_t)(1 + k * CLASS_FINE + fine[i]);
    }
    free(members);
    free(coarse);
    free(fine);
}

static uint32_t choose_words(struct counting *at, const uint64_t *order)
{
    uint32_t items = 0, word_count = at->text->word_count, contexts = 0;
    for (uint32_t i = 0; i < word_count; i++) {
        uint32_t word = (uint32_t)order[i];
        if (contexts < CONTEXTS) /* the break is one of them */
            at->context[word] = ++contexts;
        if (word != TEXT_BREAK && at->text->seen[word] >= SEEN_MIN)
            at->item[word] = ++items;
    }
    return items;
}

static void classify(const struct running_text *text, struct vocabulary *vocabulary)
{
    struct counting at = {.text = text};
    struct sparse vectors;
    uint64_t *order = rank_words(text);
    at.context = allocate(text->word_count, sizeof *at.context);
    at.item = allocate(text->word_count, sizeof *at.item);
    at.pairs = allocate(2 * text->count, sizeof *at.pairs);
    uint32_t items = choose_words(&at, order);
    count_pairs(&at);
    sparse_new(&vectors, items, 2 * CONTEXTS, at.pair_count);
    weigh(&at, items, &vectors);
    sparse_normalize(&vectors);
    uint16_t *classes = allocate(items, sizeof *classes);
    find_classes(&vectors, classes);
    for (uint32_t word = 1; word < text->word_count; word++)
        if (at.item[word])
            vocabulary_know(vocabulary, text->hashes[word])->class = classes[at.item[word] - 1];
    fprintf(stderr, "classes of %u words from %zu\n", items, text->count);
    free(classes);
    sparse_free(&vectors);
    free(order);
    free(at.context);
    free(at.item);
    free(at.pairs);
}

void clusters_find(const char *folder, const char *wordnet, const struct conllu *treebank,
                   struct vocabulary *vocabulary)
{
    static const char *const parts[] = {"noun", "verb", "adj", "adv"};
    struct running_text text;
    running_text_new(&text);
    running_text_break(&text);
    read_folder(&text, folder);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        read_glosses(&text, wordnet, parts[i]);
    read_treebank(&text, treebank);
    classify(&text, vocabulary);
    running_text_free(&text);
}
