/* Reads treebanks in CoNLL-U (https://universaldependencies.org/format.html). For the trainer: the
 * program ends with a message when a file cannot be read. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_CONLLU_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_CONLLU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/analysis/syntax/tags.h"

struct conllu_token {
    char *form, *lemma;
    enum upos upos;
    enum xpos xpos;
    enum relation relation;
    uint32_t head; /* an index into the sentence; its count is the root */
};

struct conllu_sentence {
    struct conllu_token *tokens;
    uint32_t count;
    bool paragraph; /* begins one */
};

struct conllu {
    struct conllu_sentence *sentences;
    size_t count;
    struct conllu_token *tokens; /* of all sentences */
    size_t token_count;
    char *text; /* the file; forms and lemmas point into it */
};

/* Plain or gzip. Words of a multiword token are read, the token itself and empty nodes are not. */
void conllu_read(const char *path, struct conllu *out);
void conllu_free(struct conllu *treebank);

#endif
