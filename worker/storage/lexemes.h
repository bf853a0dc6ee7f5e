/* What PostgreSQL made of chunks of text (chunks.h): a bounded memory from (text-search
 * configuration, chunk) to lexemes and their positions. We know no dictionary ourselves: what is
 * not known yet is asked for, a batch at a time.
 *
 *   lexemes_begin  ( lexemes_find lexemes_ask )…  lexemes_learn…  lexemes_read…
 *
 * Two generations: what is found in the old one is carried over into the young one; lexemes_begin()
 * makes the young one old when it is half full, and forgets what was old. So entries stay where
 * they are from one lexemes_begin() to the next, and what is in use stays known. One owner, one
 * thread. */
#ifndef NEWSMILL_STORAGE_LEXEMES_H
#define NEWSMILL_STORAGE_LEXEMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

struct lexemes;
struct lexemes_entry; /* a chunk in a configuration */

/* At most `bytes`, taken as they are needed; NULL without memory. */
struct lexemes *lexemes_new(size_t bytes);
void lexemes_free(struct lexemes *lexemes);
void lexemes_clear(struct lexemes *lexemes);
void lexemes_begin(struct lexemes *lexemes);

/* `config` is a number that changes with whatever the configuration makes of a chunk. NULL when
 * there is no room left in this batch. The entry may be one whose lexemes are not known. */
struct lexemes_entry *lexemes_find(struct lexemes *lexemes, uint64_t config, struct slice chunk);
/* True when it has to be asked for: of an entry that is not known once, until it is learnt. */
bool lexemes_ask(struct lexemes_entry *entry);
struct slice lexemes_chunk(const struct lexemes_entry *entry);

/* What the server answered to " CHUNK PROBE": a tsvector in binary. `probe` is a word that alone
 * makes the one lexeme of the same name, which tells how many positions the chunk takes. An answer
 * that is not as it should be, or too large, is kept as none (lexemes_read()). */
void lexemes_learn(struct lexemes *lexemes, struct lexemes_entry *entry, struct slice vector,
                   struct slice probe);

/* One lexeme of a chunk: its positions count from 1. */
struct lexeme {
    struct slice text;
    const uint8_t *positions;
    uint8_t count;
};
/* Reads what is known of an entry, lexeme by lexeme:
 *     for (bool more = lexemes_read(lexemes, entry, &reader); more && reader.left > 0;)
 *         lexemes_next(&reader, &lexeme);
 * False when nothing may be said of the chunk. */
struct lexemes_reader {
    const uint8_t *at;
    unsigned left;      /* lexemes */
    unsigned positions; /* that the chunk takes, stop words and all */
};
bool lexemes_read(const struct lexemes *lexemes, const struct lexemes_entry *entry,
                  struct lexemes_reader *reader);
void lexemes_next(struct lexemes_reader *reader, struct lexeme *lexeme);

#endif
