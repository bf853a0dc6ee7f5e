/* Training text as the labeller sees it: windows, each word's features and label. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_TRAINING_CORPUS_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_TRAINING_CORPUS_H

#include "worker/analysis/doc.h"
#include "worker/analysis/names/training/crf.h"

/* A growing array of numbers. */
struct numbers {
    uint32_t *items;
    size_t count, capacity;
};

struct corpus_window {
    uint32_t count; /* words */
    size_t word;    /* of the first of them, in `gold` and `ends` */
};

struct corpus {
    struct corpus_window *windows;
    size_t window_count, window_capacity;
    struct numbers gold;
    struct numbers ends; /* of each word's rows, in `rows` */
    struct numbers rows;
    /* from features to rows */
    uint32_t *features, *row_of;
    size_t mask, row_count;
    struct numbers row_features, row_seen;
};

void corpus_new(struct corpus *corpus);
/* Adds the documents of a file that label_ewt.py or label_marked.py made; ends the program when it
 * cannot. */
void corpus_read(struct corpus *corpus, const char *path, struct doc_breaks *breaks);
/* Forgets rows seen less often than `least`, or not marked in `keep` (NULL: all are). */
void corpus_prune(struct corpus *corpus, uint32_t least, const bool *keep);

void numbers_add(struct numbers *numbers, uint32_t value);
void *training_memory(void *memory, size_t count, size_t size);
_Noreturn void training_die(const char *message, const char *what);

#endif
