/* What the network is told of one token: the row of its word, and the rows of its affixes, its
 * shape and what the dictionary knows of it, in one hashed table.
 *
 * The trainer and the analysis share this file: a change needs a new model
 * (SYNTAX_FEATURES_VERSION). Pure; at most SYNTAX_FORM_MAX bytes of a form are looked at. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_FEATURES_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_FEATURES_H

#include <stdint.h>

#include "common/slice.h"

#define SYNTAX_FEATURES_VERSION 2
#define SYNTAX_FORM_MAX         64
#define FEATURES_MAX            16

/* What WordNet knows of a form: how it may be read, and the lexicographer's file of the first sense
 * of its noun (bits 16 to 20) and of its verb (bits 21 to 24), counted from 1. */
#define LEXICAL_NOUN         0x0001u
#define LEXICAL_PLURAL       0x0002u
#define LEXICAL_VERB         0x0004u
#define LEXICAL_THIRD        0x0008u /* third person singular */
#define LEXICAL_PAST         0x0010u
#define LEXICAL_PARTICIPLE   0x0020u
#define LEXICAL_ING          0x0040u
#define LEXICAL_ADJECTIVE    0x0080u
#define LEXICAL_COMPARATIVE  0x0100u
#define LEXICAL_SUPERLATIVE  0x0200u
#define LEXICAL_ADVERB       0x0400u
#define LEXICAL_PROPER       0x0800u /* written with a capital */
#define LEXICAL_READINGS     0xffffu
#define LEXICAL_NOUN_FILE(n) ((uint32_t)(n) << 16)
#define LEXICAL_VERB_FILE(n) ((uint32_t)(n) << 21)

/* Classes are numbered from 1, CLASS_FINE to a coarse one. */
#define CLASS_FINE 32
static inline uint32_t class_coarse(uint32_t class)
{
    return (class + CLASS_FINE - 1) / CLASS_FINE;
}

/* One known word: by the hash of its folded form. A slot whose hash is 0 is free. */
struct word_slot {
    uint32_t hash;
    uint32_t lexical; /* LEXICAL_*; 0 when in no dictionary */
    uint16_t row;     /* of the word vectors; 0: a word without a vector of its own */
    uint16_t class;   /* of words in like places; 0 none. Its coarse class: class_coarse() */
};

struct word_table {
    const struct word_slot *slots; /* open addressing, linear probing, at least one free */
    uint32_t mask;                 /* slots - 1, a power of two */
};

struct token_features {
    uint16_t word; /* row; 0 unknown */
    uint8_t count;
    uint16_t rows[FEATURES_MAX]; /* of the hashed table, below `buckets` */
};

/* `buckets` is a power of two, at most 65,536. */
void features_of(struct slice form, const struct word_table *words, uint32_t buckets,
                 struct token_features *out);

/* The hash of the folded form (lower case, digits as 0, ’ as '), never 0. */
uint32_t features_word_hash(struct slice form);

#endif
