/* The same words in other letters, as headlines and hasty people write them. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_RECASE_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_RECASE_H

#include "common/slice.h"

enum recase { RECASE_NOT, RECASE_LOWER, RECASE_UPPER, RECASE_TITLE };
#define RECASE_ROOM 256

/* The form in `out`, cut at its size; TITLE gives each word a capital. */
struct slice recase(struct slice form, enum recase how, char out[RECASE_ROOM]);

#endif
