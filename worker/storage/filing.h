/* Filing articles for search: the step of follow.h that takes several statements.
 *
 *   BEGIN, search_take:   the next articles, with their texts; one worker at a time
 *   (search_lexemes:      what the dictionaries say of chunks that are not known yet)
 *   search_file, COMMIT:  their vectors
 *
 * Vectors are what newsmill_data.search_vector() would make, which does make them where a text
 * cannot be cut into chunks (chunks.h), a configuration has dictionaries that look at several
 * words, there are more texts at once than is good for our memory, or the last filing failed. What
 * is known is forgotten when the connection ends; of a configuration that was altered, at once. One
 * thread, the loop's.
 */
#ifndef NEWSMILL_STORAGE_FILING_H
#define NEWSMILL_STORAGE_FILING_H

#include "worker/storage/pg.h"

struct filing;

/* NULL without memory. */
struct filing *filing_new(void);
void filing_free(struct filing *filing);
/* The connection is gone. */
void filing_reset(struct filing *filing);

/* Begins with the next `most` articles: sends the first statement. */
enum status filing_start(struct filing *filing, struct pg *pg, int32_t most,
                         struct pg_fault *fault) MUST_CHECK;
/* The last statement was answered: `result` is taken. Sends the next one, or says `done` and how
 * many articles there were, -1 when another worker is at it. */
enum status filing_go_on(struct filing *filing, struct pg *pg, struct pg_result **result,
                         bool *done, int32_t *count, struct pg_fault *fault) MUST_CHECK;

#endif
