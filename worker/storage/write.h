/* Rows into PostgreSQL: one call, one transaction.
 *
 * The writer owns the buffers and the arena the transaction needs, not the connection. One thread.
 */
#ifndef NEWSMILL_STORAGE_WRITE_H
#define NEWSMILL_STORAGE_WRITE_H

#include "proto/link.h"
#include "worker/storage/batch.h"
#include "worker/storage/pg.h"

struct writer;

/* NULL without memory. Without rollups, they are to be made anew later (newsmill rollups rebuild);
 * without sketches, articles are stories by themselves. */
struct writer *writer_new(bool rollups, bool sketches);
void writer_free(struct writer *writer);

/* Reads the envelope of a delivery into `row` (taking the delivery only when OK) and checks that
 * there is a result, which is decoded when it is written, or that the reasons of a dead letter can
 * be. REJECT says what is wrong. */
enum status writer_read(struct writer *writer, struct consumer_delivery *delivery, struct row *row,
                        struct fault *fault) MUST_CHECK;

/* REJECT says what is wrong with the result of a row that is `broken`. */
enum status writer_check_result(struct writer *writer, struct row *row,
                                struct fault *fault) MUST_CHECK;

/* Writes rows in one transaction. When OK it is committed and every row has its fate; else nothing
 * is written as far as is known (a COMMIT whose answer was lost may have happened: writing the same
 * rows again finds them stored). After REJECT rows may be `broken`; when none is, the database
 * refuses one of them. The order of `rows` changes. */
enum status writer_write(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault) MUST_CHECK;

/* Keeps the books of an ingest node. */
enum status writer_books(struct writer *writer, struct pg *pg, const struct link_books *books,
                         struct pg_fault *fault) MUST_CHECK;

/* Whether this database is what the program needs. FATAL names what is wrong; RETRY for a server
 * that takes no writes now. */
enum status writer_check(struct pg *pg, struct pg_fault *fault) MUST_CHECK;

#endif
