/* Learns the name labeller's weights: train_names MODEL EPOCHS [-t TEST] FILE…
 *
 * Files are what label_ewt.py and label_marked.py print: one document a line, its names behind it.
 * The averaged structured perceptron over windows, in an order shuffled by a fixed generator: the
 * same files give the same weights. A development tool; nothing of it is in newsmill. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/analysis/names/labeller.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/words/words.h"

#define ARENA_BYTES ((size_t)64 << 20)
#define TABLE_SLOTS (1u << 23)
#define NAMES_MAX   4096
#define LEAST_SEEN  2

struct weight {
    uint32_t feature, seen;
    int32_t now[LABELS];
    int64_t summed[LABELS]; /* now times the step it was set at */
};

struct example {
    struct window window;
    uint8_t labels[WINDOW_WORDS_MAX];
};

struct trainer {
    struct weight *weights;
    int32_t transitions[LABELS][LABELS];
    int64_t transitions_summed[LABELS][LABELS];
    int64_t step;
    struct example *examples;
    size_t count, capacity;
};

struct span {
    uint32_t from, to;
    uint8_t label;
};

static void die(const char *message, const char *what)
{
    fprintf(stderr, "train_names: %s: %s\n", message, what);
    exit(1);
}

static struct weight *weight_of(struct trainer *trainer, uint32_t feature)
{
    uint32_t at = feature & (TABLE_SLOTS - 1);
    while (trainer->weights[at].feature && trainer->weights[at].feature != feature)
        at = (at + 1) & (TABLE_SLOTS - 1);
    trainer->weights[at].feature = feature;
    return &trainer->weights[at];
}

static void add_example(struct trainer *trainer, const struct window *window, const uint8_t *labels)
{
    if (trainer->count == trainer->capacity) {
        trainer->capacity = trainer->capacity ? 2 * trainer->capacity : 1024;
        trainer->examples =
            realloc(trainer->examples, trainer->capacity * sizeof *trainer->examples);
        if (!trainer->examples)
            die("no memory for", "examples");
    }
    struct example *example = &trainer->examples[trainer->count++];
    example->window = *window;
    memcpy(example->labels, labels, WINDOW_WORDS_MAX);
}

/* The label of a word that spans cover; spans are in order. */
static uint8_t label_of(const struct doc_word *word, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word->from < spans[i].to && spans[i].from < word->to - word->tail)
            return (uint8_t)(spans[i].label + (word->from > spans[i].from ? 1 : 0));
    return LABEL_OUTSIDE;
}

static void add_document(struct trainer *trainer, const struct doc *doc, const struct span *spans,
                         size_t span_count, struct arena *arena)
{
    struct lower_words *lower = lower_words_of(doc, arena);
    if (!lower)
        die("no memory for", "a document");
    for (size_t s = 0; s < doc->sentence_count; s++) {
        const struct doc_sentence *sentence = &doc->sentences[s];
        struct window window;
        for (uint32_t at = sentence->first_word; window_find(doc, at, sentence->word_end, &window);
             at = window.end) {
            uint8_t labels[WINDOW_WORDS_MAX] = {0};
            window_fill(doc, sentence, lower, &window);
            for (uint32_t i = window.first; i < window.end; i++)
                labels[i - window.first] = label_of(&doc->words[i], spans, span_count);
            for (uint32_t i = 0; i < window.end - window.first; i++)
                if (!label_may_follow(i ? labels[i - 1] : LABEL_OUTSIDE, labels[i]))
                    labels[i]--; /* the window begins inside a name */
            add_example(trainer, &window, labels);
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
            die("no span", cell);
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

static void read_file(struct trainer *trainer, const char *path, struct doc_breaks *breaks)
{
    FILE *file = fopen(path, "r");
    if (!file)
        die("cannot read", path);
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
            die("cannot analyse", path);
        add_document(trainer, &doc, spans, count, arena);
        arena_reset(arena);
    }
    free(line);
    arena_free(arena);
    fclose(file);
}

static void predict(struct trainer *trainer, const struct example *example, uint8_t *labels)
{
    int32_t scores[WINDOW_WORDS_MAX][LABELS] = {{0}};
    size_t count = example->window.end - example->window.first;
    for (size_t i = 0; i < count; i++) {
        uint32_t features[LABELLER_FEATURES_MAX];
        size_t n = labeller_features(&example->window, i, features);
        for (size_t f = 0; f < n; f++) {
            struct weight *weight = weight_of(trainer, features[f]);
            for (unsigned label = 0; weight->seen >= LEAST_SEEN && label < LABELS; label++)
                scores[i][label] += weight->now[label];
        }
    }
    labeller_best((const int32_t(*)[LABELS])scores, count,
                  (const int32_t(*)[LABELS])trainer->transitions, labels);
}

static void move(struct trainer *trainer, const struct example *example, size_t at, unsigned label,
                 int32_t by)
{
    uint32_t features[LABELLER_FEATURES_MAX];
    size_t n = labeller_features(&example->window, at, features);
    for (size_t f = 0; f < n; f++) {
        struct weight *weight = weight_of(trainer, features[f]);
        weight->now[label] += by;
        weight->summed[label] += by * trainer->step;
    }
}

static void move_transition(struct trainer *trainer, unsigned from, unsigned to, int32_t by)
{
    trainer->transitions[from][to] += by;
    trainer->transitions_summed[from][to] += by * trainer->step;
}

static size_t learn(struct trainer *trainer, const struct example *example)
{
    uint8_t labels[WINDOW_WORDS_MAX];
    size_t count = example->window.end - example->window.first, wrong = 0;
    predict(trainer, example, labels);
    trainer->step++;
    for (size_t i = 0; i < count; i++) {
        if (labels[i] != example->labels[i]) {
            wrong++;
            move(trainer, example, i, example->labels[i], 1);
            move(trainer, example, i, labels[i], -1);
        }
        if (i > 0 && (labels[i] != example->labels[i] || labels[i - 1] != example->labels[i - 1])) {
            move_transition(trainer, example->labels[i - 1], example->labels[i], 1);
            move_transition(trainer, labels[i - 1], labels[i], -1);
        }
    }
    return wrong;
}

static void count_features(struct trainer *trainer)
{
    for (size_t e = 0; e < trainer->count; e++) {
        const struct window *window = &trainer->examples[e].window;
        for (size_t i = 0; i < window->end - window->first; i++) {
            uint32_t features[LABELLER_FEATURES_MAX];
            size_t n = labeller_features(window, i, features);
            for (size_t f = 0; f < n; f++)
                weight_of(trainer, features[f])->seen++;
        }
    }
}

static void shuffle(struct trainer *trainer, uint64_t *state)
{
    for (size_t i = trainer->count; i > 1; i--) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        size_t j = (size_t)((*state >> 33) % i);
        struct example swap = trainer->examples[i - 1];
        trainer->examples[i - 1] = trainer->examples[j];
        trainer->examples[j] = swap;
    }
}

/* Precision and recall of whole names, as the examples have them. */
static void test(struct trainer *trainer, const struct example *examples, size_t count)
{
    size_t right = 0, given = 0, wanted = 0;
    for (size_t e = 0; e < count; e++) {
        uint8_t labels[WINDOW_WORDS_MAX];
        const uint8_t *gold = examples[e].labels;
        size_t n = examples[e].window.end - examples[e].window.first;
        predict(trainer, &examples[e], labels);
        for (size_t i = 0; i < n; i++) {
            given += labels[i] % 2 == 1 && labels[i] != LABEL_OTHER;
            wanted += gold[i] % 2 == 1 && gold[i] != LABEL_OTHER;
            if (gold[i] % 2 == 0 || gold[i] != labels[i] || gold[i] == LABEL_OTHER)
                continue;
            size_t a = i + 1, b = i + 1;
            while (a < n && labels[a] == labels[i] + 1)
                a++;
            while (b < n && gold[b] == gold[i] + 1)
                b++;
            right += a == b;
        }
    }
    printf("  P %.4f R %.4f F1 %.4f\n", (double)right / (double)(given ? given : 1),
           (double)right / (double)(wanted ? wanted : 1),
           2.0 * (double)right / (double)(given + wanted ? given + wanted : 1));
}

static void average(struct trainer *trainer)
{
    for (uint32_t at = 0; at < TABLE_SLOTS; at++)
        for (unsigned label = 0; label < LABELS; label++) {
            struct weight *weight = &trainer->weights[at];
            int64_t sum = weight->now[label] * trainer->step - weight->summed[label];
            weight->now[label] =
                weight->seen >= LEAST_SEEN ? (int32_t)(sum * 64 / trainer->step) : 0;
        }
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++)
            trainer->transitions[from][to] =
                (int32_t)((trainer->transitions[from][to] * trainer->step -
                           trainer->transitions_summed[from][to]) *
                          64 / trainer->step);
}

static int32_t clip(int32_t value)
{
    return value > 127 ? 127 : value < -127 ? -127 : value;
}

/* Weights are written in 1/`scale`: what is left of small ones is nothing. */
static void write_model(const struct trainer *trainer, const char *path, int32_t scale)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        die("cannot write", path);
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++) {
            int16_t value = (int16_t)(trainer->transitions[from][to] / scale);
            fwrite(&value, sizeof value, 1, file);
        }
    size_t rows = 0;
    for (uint32_t at = 0; at < TABLE_SLOTS; at++) {
        int8_t values[LABELS];
        int32_t largest = 0;
        for (unsigned label = 0; label < LABELS; label++) {
            int32_t value = trainer->weights[at].now[label];
            values[label] = (int8_t)clip((value + (value > 0 ? scale / 2 : -scale / 2)) / scale);
            largest = largest > abs(values[label]) ? largest : abs(values[label]);
        }
        if (largest < 2)
            continue;
        fwrite(&trainer->weights[at].feature, sizeof(uint32_t), 1, file);
        fwrite(values, sizeof values, 1, file);
        rows++;
    }
    if (fclose(file) != 0)
        die("cannot write", path);
    printf("%zu rows\n", rows);
}

int main(int count, char **arguments)
{
    struct trainer trainer = {.weights = calloc(TABLE_SLOTS, sizeof *trainer.weights)}, tests = {0};
    struct doc_breaks *breaks;
    struct fault fault;
    if (count < 4 || !trainer.weights || words_breaks_new(&breaks, &fault) != STATUS_OK)
        die("usage", "train_names MODEL EPOCHS [-t TEST] FILE...");
    int first = 3;
    if (strcmp(arguments[3], "-t") == 0) {
        read_file(&tests, arguments[4], breaks);
        first = 5;
    }
    for (int i = first; i < count; i++)
        read_file(&trainer, arguments[i], breaks);
    count_features(&trainer);
    uint64_t state = 42;
    for (long epoch = 1; epoch <= atol(arguments[2]); epoch++) {
        size_t wrong = 0;
        shuffle(&trainer, &state);
        for (size_t e = 0; e < trainer.count; e++)
            wrong += learn(&trainer, &trainer.examples[e]);
        printf("epoch %ld: %zu windows, %zu words wrong\n", epoch, trainer.count, wrong);
    }
    average(&trainer);
    test(&trainer, tests.examples, tests.count);
    write_model(&trainer, arguments[1], 8);
    words_breaks_free(breaks);
    free(trainer.examples);
    free(tests.examples);
    free(trainer.weights);
    return 0;
}
