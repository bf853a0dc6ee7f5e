/* The search vector of an article, made of what is known of its chunks (lexemes.h): byte for byte
 * what
 *
 *     setweight(to_tsvector(config, title), 'A') || to_tsvector(config, body)
 *
 * sends. After PostgreSQL's make_tsvector() and tsvector_concat(): lexemes in the order of their
 * bytes; positions end at 16383, of each lexeme the first 255 are kept, 256 of both together; the
 * body's positions count from the highest that is kept of the title. Pure. */
#ifndef NEWSMILL_STORAGE_VECTOR_H
#define NEWSMILL_STORAGE_VECTOR_H

#include "common/buffer.h"
#include "worker/storage/lexemes.h"

/* Room to work in, kept from article to article. */
struct vector {
    struct vector_word *words, *scratch;
    size_t capacity;
};
void vector_init(struct vector *vector);
void vector_deinit(struct vector *vector);

/* Chunks in the order of the text. */
struct vector_chunks {
    struct lexemes_entry *const *entries;
    size_t count;
};
/* Appends the vector, a field of its own (binary.h). False, and nothing is appended, when something
 * of it is not known, the vector would be too large for PostgreSQL, or memory is short. */
bool vector_make(struct vector *vector, const struct lexemes *lexemes,
                 const struct vector_chunks *title, const struct vector_chunks *body,
                 struct buffer *out);

#endif
