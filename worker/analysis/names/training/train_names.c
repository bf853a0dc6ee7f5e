/* Learns the name labeller's weights: train_names MODEL EPOCHS PRIOR FILE…
 *
 * Files are what label_ewt.py and label_marked.py print: one document a line, its names behind it.
 * Weights are learned for all features; those of the largest, as many as the model's buckets hold,
 * are kept and learn on without the others. A development tool; nothing of it is in newsmill. */
#include <stdio.h>
#include <stdlib.h>

#include "worker/analysis/names/training/corpus.h"
#include "worker/analysis/words/words.h"

#define LEAST_SEEN  2
#define BUCKETS     (1u << 14)
#define BUCKET      8 /* a model holds no more features that share the lower bits of their hash */
#define ROWS_MAX    72000u
#define UNITS       40 /* a weight of one is written as this */
#define FIRST_RATE  0.1
#define TUNE_EPOCHS 3
#define TAKES       32
#define DROPPED     30 /* of a hundred features, at each step */

struct trainer {
    struct corpus corpus;
    uint16_t (*tags)[BUCKET]; /* the buckets of the model, as far as they are filled */
    struct crf crf;
    uint32_t *order; /* of the windows */
    uint64_t random;
};

static uint64_t next_random(struct trainer *trainer)
{
    trainer->random = trainer->random * 6364136223846793005u + 1442695040888963407u;
    return trainer->random >> 33;
}

static void crf_begin(struct crf *crf, size_t rows, const uint32_t *seen, double prior)
{
    size_t bytes = rows * LABELS * sizeof(double);
    *crf = (struct crf){.row_count = rows, .seen = seen, .prior = prior, .rate = FIRST_RATE};
    crf->weights = memset(training_memory(NULL, rows, sizeof *crf->weights), 0, bytes);
    crf->squares = memset(training_memory(NULL, rows, sizeof *crf->squares), 0, bytes);
}

/* Window `index` as the learner takes it; `gold` has room for its labels, `ends` for its words. */
struct view {
    struct crf_window window;
    uint8_t gold[WINDOW_WORDS_MAX];
    uint32_t ends[WINDOW_WORDS_MAX];
};

static void view_window(const struct corpus *corpus, size_t index, struct view *view)
{
    const struct corpus_window *window = &corpus->windows[index];
    uint32_t start = window->word > 0 ? corpus->ends.items[window->word - 1] : 0;
    for (uint32_t i = 0; i < window->count; i++) {
        view->gold[i] = (uint8_t)corpus->gold.items[window->word + i];
        view->ends[i] = corpus->ends.items[window->word + i] - start;
    }
    view->window =
        (struct crf_window){window->count, view->ends, corpus->rows.items + start, view->gold, 1};
}

/* Leaves out features by chance, so that each learns to do without the others (Wang and Manning,
 * "Fast dropout training", 2013); those that stay count as much more. `rows` has room for them. */
static void drop(struct trainer *trainer, struct view *view, uint32_t *rows)
{
    uint32_t at = 0, kept = 0;
    for (uint32_t i = 0; i < view->window.count; i++) {
        for (; at < view->window.ends[i]; at++)
            if (next_random(trainer) % 100 >= DROPPED)
                rows[kept++] = view->window.rows[at];
        view->ends[i] = kept;
    }
    view->window.rows = rows;
    view->window.share = 100.0 / (100 - DROPPED);
}

static void shuffle(struct trainer *trainer)
{
    for (size_t i = trainer->corpus.window_count; i > 1; i--) {
        size_t j = (size_t)(next_random(trainer) % i);
        uint32_t swap = trainer->order[i - 1];
        trainer->order[i - 1] = trainer->order[j];
        trainer->order[j] = swap;
    }
}

/* The mean of the weights at `taken` times. */
struct average {
    double (*sums)[LABELS];
    double transitions[LABELS][LABELS];
    unsigned taken;
};

static void take(struct average *average, const struct crf *crf)
{
    for (size_t row = 0; row < crf->row_count; row++)
        for (unsigned label = 0; label < LABELS; label++)
            average->sums[row][label] += crf->weights[row][label];
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++)
            average->transitions[from][to] += crf->transitions[from][to];
    average->taken++;
}

static void put(const struct average *average, struct crf *crf)
{
    for (size_t row = 0; row < crf->row_count; row++)
        for (unsigned label = 0; label < LABELS; label++)
            crf->weights[row][label] = average->sums[row][label] / average->taken;
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++)
            crf->transitions[from][to] = average->transitions[from][to] / average->taken;
}

/* Epochs over all windows; notes the weights TAKES times in each in `average`, if there is one. */
static void learn(struct trainer *trainer, long epochs, struct average *average)
{
    size_t count = trainer->corpus.window_count;
    for (long epoch = 1; epoch <= epochs; epoch++) {
        double loss = 0;
        shuffle(trainer);
        for (size_t i = 0; i < count; i++) {
            struct view view;
            uint32_t rows[WINDOW_WORDS_MAX * LABELLER_FEATURES_MAX];
            view_window(&trainer->corpus, trainer->order[i], &view);
            drop(trainer, &view, rows);
            loss += crf_learn(&trainer->crf, &view.window);
            if (average && i % (count / TAKES + 1) == count / TAKES)
                take(average, &trainer->crf);
        }
        printf("epoch %ld: %zu windows, loss %.4f\n", epoch, count, loss / (double)count);
        fflush(stdout);
    }
}

static int32_t units_of(double weight)
{
    double value = weight * UNITS;
    int32_t whole = (int32_t)(value < 0 ? value - 0.5 : value + 0.5);
    return whole > 127 ? 127 : whole < -127 ? -127 : whole;
}

static double size_of(const double weights[LABELS])
{
    double most = 0;
    for (unsigned label = 0; label < LABELS; label++)
        most = weights[label] > most    ? weights[label]
               : -weights[label] > most ? -weights[label]
                                        : most;
    return most;
}

struct ranked {
    double size;
    uint32_t row;
};

static int by_size(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->size != b->size)
        return a->size < b->size ? 1 : -1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* Takes one of the first `room` places in the bucket of a feature; false when there is none, or
 * another feature has the same tag. */
static bool take_place(struct trainer *trainer, uint32_t feature, unsigned room)
{
    uint32_t number = labeller_number(feature, BUCKETS - 1);
    uint16_t *tags = trainer->tags[number % BUCKETS], tag = (uint16_t)(number >> 16);
    unsigned place = 0;
    while (place < room && tags[place] && tags[place] != tag)
        place++;
    if (place == room || tags[place])
        return false;
    tags[place] = tag;
    return true;
}

/* Chooses the largest rows, as many as the buckets have room for. */
static bool *choose_rows(struct trainer *trainer)
{
    const struct corpus *corpus = &trainer->corpus;
    const struct crf *crf = &trainer->crf;
    struct ranked *ranked = training_memory(NULL, crf->row_count, sizeof *ranked);
    bool *keep = memset(training_memory(NULL, crf->row_count, 1), 0, crf->row_count);
    size_t kept = 0;
    for (size_t row = 0; row < crf->row_count; row++)
        ranked[row] = (struct ranked){size_of(crf->weights[row]), (uint32_t)row};
    qsort(ranked, crf->row_count, sizeof *ranked, by_size);
    for (size_t i = 0; i < crf->row_count && kept < ROWS_MAX && ranked[i].size * UNITS >= 1; i++)
        kept += keep[ranked[i].row] =
            take_place(trainer, corpus->row_features.items[ranked[i].row], BUCKET);
    printf("%zu of %zu rows\n", kept, crf->row_count);
    free(ranked);
    return keep;
}

/* Prunes rows, moves the weights of those that stay, and lets them settle; what is written is the
 * mean of the way there. */
static void tune(struct trainer *trainer)
{
    struct crf *crf = &trainer->crf;
    bool *keep = choose_rows(trainer);
    size_t kept = 0;
    for (size_t row = 0; row < crf->row_count; row++) {
        if (!keep[row])
            continue;
        memcpy(crf->weights[kept], crf->weights[row], sizeof *crf->weights);
        memcpy(crf->squares[kept++], crf->squares[row], sizeof *crf->squares);
    }
    corpus_prune(&trainer->corpus, 0, keep);
    crf->row_count = kept;
    crf->seen = trainer->corpus.row_seen.items;
    size_t bytes = kept * sizeof *crf->weights;
    struct average average = {.sums = memset(training_memory(NULL, bytes, 1), 0, bytes)};
    learn(trainer, TUNE_EPOCHS, &average);
    put(&average, crf);
    free(average.sums);
    free(keep);
}

static void write_row(FILE *file, uint32_t feature, const double weights[LABELS])
{
    int8_t values[LABELS];
    bool some = false;
    for (unsigned label = 0; label < LABELS; label++) {
        values[label] = (int8_t)units_of(weights[label]);
        some |= values[label] != 0;
    }
    if (!some)
        return;
    fwrite(&feature, sizeof feature, 1, file);
    fwrite(values, sizeof values, 1, file);
}

static void write_model(const struct trainer *trainer, const char *path)
{
    const struct crf *crf = &trainer->crf;
    FILE *file = fopen(path, "wb");
    uint32_t buckets = BUCKETS;
    if (!file)
        training_die("cannot write", path);
    fwrite(&buckets, sizeof buckets, 1, file);
    for (unsigned from = 0; from < LABELS; from++)
        for (unsigned to = 0; to < LABELS; to++) {
            double weight = crf->transitions[from][to] * UNITS;
            int16_t value = (int16_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
            fwrite(&value, sizeof value, 1, file);
        }
    for (size_t row = 0; row < crf->row_count; row++)
        write_row(file, trainer->corpus.row_features.items[row], crf->weights[row]);
    if (fclose(file) != 0)
        training_die("cannot write", path);
}

int main(int count, char **arguments)
{
    static struct trainer trainer = {.random = 42};
    struct doc_breaks *breaks;
    struct fault fault;
    if (count < 5 || words_breaks_new(&breaks, &fault) != STATUS_OK)
        training_die("usage", "train_names MODEL EPOCHS PRIOR FILE...");
    trainer.tags = memset(training_memory(NULL, BUCKETS, sizeof *trainer.tags), 0,
                          BUCKETS * sizeof *trainer.tags);
    corpus_new(&trainer.corpus);
    for (int i = 4; i < count; i++)
        corpus_read(&trainer.corpus, arguments[i], breaks);
    corpus_prune(&trainer.corpus, LEAST_SEEN, NULL);
    trainer.order = training_memory(NULL, trainer.corpus.window_count, sizeof *trainer.order);
    for (size_t w = 0; w < trainer.corpus.window_count; w++)
        trainer.order[w] = (uint32_t)w;
    crf_begin(&trainer.crf, trainer.corpus.row_count, trainer.corpus.row_seen.items,
              strtod(arguments[3], NULL));
    learn(&trainer, atol(arguments[2]), NULL);
    tune(&trainer);
    write_model(&trainer, arguments[1]);
    words_breaks_free(breaks);
    return 0;
}
