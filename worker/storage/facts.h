/* An analysed article as rows: what of a result goes into which table and column.
 *
 * facts.c has one table row a kind of fact, in the order of the columns that its copy_NAME.sql
 * names. A new fact is a new migration, a new copy statement and a new table row. */
#ifndef NEWSMILL_STORAGE_FACTS_H
#define NEWSMILL_STORAGE_FACTS_H

#include <stdbool.h>

#include "common/buffer.h"
#include "proto/result.h"
#include "worker/storage/batch.h"

#define FACTS_TABLES     9   /* articles, the kinds of facts, sketches */
#define FACTS_TERM_BYTES 256 /* of what is indexed: a name, a code */

/* COPY streams of one transaction, one a table. */
struct facts {
    struct {
        struct buffer rows;
        size_t count;
    } tables[FACTS_TABLES];
    bool with_sketches; /* else the sketches are empty, as of texts without words */
};

/* What is kept of a term: whole characters, at most FACTS_TERM_BYTES. */
struct slice facts_term(struct slice text);
/* The same of a publisher: at most LIMIT_SOURCE_BYTES. */
struct slice facts_source(struct slice source);

void facts_init(struct facts *facts);
void facts_deinit(struct facts *facts);
/* Starts empty streams. */
void facts_begin(struct facts *facts);
/* The article and everything found in it; `row` knows its revision. RETRY without memory. */
enum status facts_add(struct facts *facts, const struct row *row, struct slice original,
                      const struct result *result, struct fault *fault) MUST_CHECK;
void facts_end(struct facts *facts);
/* The statement that takes the stream of `table`; for pg_copy(). */
const struct pg_statement *facts_statement(size_t table);

#endif
