/* Text as a row of word numbers, for counting. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_RUNNING_TEXT_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_RUNNING_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_BREAK 0 /* the number of the end of a sentence or piece */

struct running_text {
    uint32_t *words; /* numbers of words, TEXT_BREAK between pieces */
    size_t count, room;
    uint32_t *hashes; /* of word n: features_word_hash(); hashes[TEXT_BREAK] is 0 */
    uint32_t *seen;   /* how often */
    uint32_t word_count;
    uint32_t *slots; /* open addressing: numbers of words */
    uint32_t mask;
};

void running_text_new(struct running_text *out);
void running_text_free(struct running_text *text);

void running_text_add_word(struct running_text *text, const char *word, size_t len);
void running_text_break(struct running_text *text);
/* Cuts plain text: words, the 's and n't of English, marks; a piece ends at . ! ? ; and line ends.
 */
void running_text_add(struct running_text *text, const char *plain, size_t len);

#endif
