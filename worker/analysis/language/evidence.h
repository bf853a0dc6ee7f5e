/* What the commonest words of a text, and its Cyrillic letters, say about its language: a second
 * opinion beside CLD2's n-grams, for short texts and close relatives. Plain data; pure.
 *
 * Each common word of a language counts the more, the fewer languages share it (naive Bayes with
 * one likelihood for all words of a list); a word with a letter that the language does not have
 * counts against it. Lists: data/languages.txt. */
#ifndef NEWSMILL_WORKER_ANALYSIS_LANGUAGE_EVIDENCE_H
#define NEWSMILL_WORKER_ANALYSIS_LANGUAGE_EVIDENCE_H

#include <stdbool.h>

#include "common/slice.h"
#include "worker/analysis/tables.h"

struct evidence {
    float score[LANGUAGES_MAX];    /* by number of language; natural logarithms */
    uint16_t known[LANGUAGES_MAX]; /* words of the text that are common in it */
    unsigned words;                /* words in Latin or Cyrillic letters */
    unsigned others;               /* letters of other scripts */
    unsigned kana;                 /* those that only Japanese has */
};

/* Takes in clean `text`, of a few thousand bytes at most. */
void evidence_gather(struct evidence *evidence, struct slice text);
/* Takes in one word: its entry of languages_lexicon, NULL for none. */
void evidence_take(struct evidence *evidence, const struct lexicon_entry *entry);

/* By how much a word can bring any other language ahead of `language` at most: its weight where it
 * is not common in it, less than nothing where it is common in no other. */
float evidence_against(const struct lexicon_entry *entry, int language);

/* The number of a language, -1 when it has no list. */
int evidence_language(struct slice code);
/* The number of the language with the highest score, and of the next; `except` is left out. */
int evidence_best(const struct evidence *evidence, int except);
/* Its score; 0 for -1. */
float evidence_score(const struct evidence *evidence, int language);

#endif
