/* Reading training text through the same words, sentences, windows and features as articles. */
#include "worker/analysis/names/training/corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/analysis/stages.h"

#define ARENA_BYTES ((size_t)64 << 20)
#define TABLE_SLOTS ((size_t)1 << 23)
#define NAMES_MAX   4096

struct span {
    uint32_t from, to;
    uint8_t label;
};

void training_die(const char *message, const char *what)
{
    fprintf(stderr, "train_names: %s: %s\n", message, what);
    exit(1);
}

void *training_memory(void *memory, size_t count, size_t size)
{
    memory = realloc(memory, count * size + 1);
    if (!memory)
        training_die("no memory", "");
    return memory;
}

void numbers_add(struct numbers *numbers, uint32_t value)
{
    if (numbers->count == numbers->capacity) {
        numbers->capacity = numbers->capacity ? 2 * numbers->capacity : 1024;
        numbers->items = training_memory(numbers->items, numbers->capacity, sizeof value);
    }
    numbers->items[numbers->count++] = value;
}

static struct corpus_window *push_window(struct corpus *corpus)
{
    if (corpus->window_count == corpus->window_capacity) {
        corpus->window_capacity = corpus->window_capacity ? 2 * corpus->window_capacity : 1024;
        corpus->windows =
            training_memory(corpus->windows, corpus->window_capacity, sizeof *corpus->windows);
    }
    return &corpus->windows[corpus->window_count++];
}

void corpus_new(struct corpus *corpus)
{
    *corpus = (struct corpus){.mask = TABLE_SLOTS - 1};
    corpus->features = training_memory(NULL, TABLE_SLOTS, sizeof *corpus->features);
    corpus->row_of = training_memory(NULL, TABLE_SLOTS, sizeof *corpus->row_of);
    memset(corpus->row_of, 0, TABLE_SLOTS * sizeof *corpus->row_of);
}

static uint32_t row_of(struct corpus *corpus, uint32_t feature)
{
    size_t at = feature & corpus->mask;
    while (corpus->row_of[at] && corpus->features[at] != feature)
        at = (at + 1) & corpus->mask;
    if (!corpus->row_of[at]) {
        if (corpus->row_count > corpus->mask / 2)
            training_die("too many features", "");
        corpus->features[at] = feature;
        corpus->row_of[at] = (uint32_t)++corpus->row_count;
        numbers_add(&corpus->row_features, feature);
        numbers_add(&corpus->row_seen, 0);
    }
    corpus->row_seen.items[corpus->row_of[at] - 1]++;
    return corpus->row_of[at] - 1;
}

/* The label of a word that spans cover; spans are in order. */
static uint8_t label_of(const struct doc_word *word, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word->from < spans[i].to && spans[i].from < word->to - word->tail)
            return (uint8_t)(spans[i].label +
                             (word->from > spans[i].from && spans[i].label != LABEL_OTHER ? 1 : 0));
    return LABEL_OUTSIDE;
}

static void add_window(struct corpus *corpus, const struct doc *doc, const struct window *window,
                       const struct span *spans, size_t span_count)
{
    uint8_t before = LABEL_OUTSIDE;
    *push_window(corpus) = (struct corpus_window){window->end - window->first, corpus->gold.count};
    for (uint32_t i = window->first; i < window->end; i++) {
        uint32_t features[LABELLER_FEATURES_MAX];
        size_t count = labeller_features(window, i - window->first, features);
        uint8_t label = label_of(&doc->words[i], spans, span_count);
        if (!label_may_follow(before, label))
            label--; /* the window begins inside a name */
        before = label;
        for (size_t f = 0; f < count; f++)
            numbers_add(&corpus->rows, row_of(corpus, labeller_mix(features[f])));
        numbers_add(&corpus->gold, label);
        numbers_add(&corpus->ends, (uint32_t)corpus->rows.count);
    }
}

static void add_document(struct corpus *corpus, const struct doc *doc, const struct span *spans,
                         size_t span_count, struct arena *arena)
{
    struct word_uses uses;
    struct window window;
    window_begin(&window);
    if (word_uses_of(doc, &uses, arena) != STATUS_OK)
        training_die("no memory for", "a document");
    for (size_t s = 0; s < doc->sentence_count; s++) {
        const struct doc_sentence *sentence = &doc->sentences[s];
        while (window_find(doc, sentence, &uses, &window)) {
            window_fill(doc, &uses, &window);
            add_window(corpus, doc, &window, spans, span_count);
        }
    }
}

static size_t read_spans(char *rest, struct span *spans)
{
    size_t count = 0;
    for (char *cell = strtok(rest, "\t\n"); cell && count < NAMES_MAX;
         cell = strtok(NULL, "\t\n")) {
        char kind;
        if (sscanf(cell, "%" SCNu32 ",%" SCNu32 ",%c", &spans[count].from, &spans[count].to,
                   &kind) != 3)
            training_die("no span", cell);
        spans[count++].label = kind == 'P'   ? LABEL_PERSON
                               : kind == 'O' ? LABEL_BODY
                               : kind == 'L' ? LABEL_PLACE
                                             : LABEL_OTHER;
    }
    return count;
}

/* "\n" becomes a line end in place; spans count bytes of the outcome. */
static size_t unescape(char *text)
{
    size_t out = 0;
    for (size_t i = 0; text[i]; i++) {
        bool line = text[i] == '\\' && text[i + 1] == 'n';
        text[out++] = line ? '\n' : text[i];
        i += line;
    }
    return out;
}

void corpus_read(struct corpus *corpus, const char *path, struct doc_breaks *breaks)
{
    FILE *file = fopen(path, "r");
    if (!file)
        training_die("cannot read", path);
    struct arena *arena = arena_new(ARENA_BYTES);
    static struct span spans[NAMES_MAX];
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0) {
        char *tab = strchr(line, '\t');
        size_t count = tab ? read_spans(tab + 1, spans) : 0;
        line[tab ? (size_t)(tab - line) : strcspn(line, "\n")] = '\0';
        struct result result;
        fields_init(&result_table, &result);
        struct doc doc = {.breaks = breaks, .result = &result, .language = "en"};
        doc.text = (struct slice){line, unescape(line)};
        if (doc_mark(&doc, arena) || words_run(&doc, arena) || sentences_run(&doc, arena))
            training_die("cannot analyse", path);
        add_document(corpus, &doc, spans, count, arena);
        arena_reset(arena);
    }
    free(line);
    arena_free(arena);
    fclose(file);
}

void corpus_prune(struct corpus *corpus, uint32_t least, const bool *keep)
{
    uint32_t *to = training_memory(NULL, corpus->row_count, sizeof *to);
    size_t kept = 0, out = 0, at = 0;
    for (size_t row = 0; row < corpus->row_count; row++) {
        bool stays = corpus->row_seen.items[row] >= least && (!keep || keep[row]);
        to[row] = stays ? (uint32_t)kept : UINT32_MAX;
        if (stays) {
            corpus->row_features.items[kept] = corpus->row_features.items[row];
            corpus->row_seen.items[kept++] = corpus->row_seen.items[row];
        }
    }
    for (size_t word = 0; word < corpus->ends.count; word++) {
        for (; at < corpus->ends.items[word]; at++)
            if (to[corpus->rows.items[at]] != UINT32_MAX)
                corpus->rows.items[out++] = to[corpus->rows.items[at]];
        corpus->ends.items[word] = (uint32_t)out;
    }
    corpus->rows.count = out;
    corpus->row_features.count = corpus->row_seen.count = corpus->row_count = kept;
    memset(corpus->row_of, 0, (corpus->mask + 1) * sizeof *corpus->row_of);
    for (size_t row = 0; row < kept; row++) {
        size_t slot = corpus->row_features.items[row] & corpus->mask;
        while (corpus->row_of[slot])
            slot = (slot + 1) & corpus->mask;
        corpus->features[slot] = corpus->row_features.items[row];
        corpus->row_of[slot] = (uint32_t)row + 1;
    }
    free(to);
}
