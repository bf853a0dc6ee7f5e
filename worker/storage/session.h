/* A connection to the database for a command that people run: opened, its schema's version
 * compared, and what goes wrong put into a sentence that says what to do. */
#ifndef NEWSMILL_STORAGE_SESSION_H
#define NEWSMILL_STORAGE_SESSION_H

#include "worker/storage/pg.h"

/* Connects without looking at the schema. `db` is a libpq URI, or NULL for libpq's environment;
 * what the server warns of is logged. */
enum status session_connect(const char *db, const char *application_name, int64_t statement_ms,
                            struct pg **out, struct pg_fault *fault) MUST_CHECK;
/* The schema's version; 0 when there is none yet. */
enum status session_version(struct pg *pg, int *version, struct pg_fault *fault) MUST_CHECK;

/* Connects to a database that has exactly this program's schema. FATAL "database-schema" when it
 * has not. */
enum status session_open(const char *db, const char *application_name, struct pg **out,
                         struct fault *fault) MUST_CHECK;

/* The same with another time for a statement than a minute. */
enum status session_open_for(const char *db, const char *application_name, int64_t statement_ms,
                             struct pg **out, struct fault *fault) MUST_CHECK;

/* `from` for a person: adds what to do about it where the server's words do not. RETRY or FATAL.
 */
enum status session_explain(const struct pg_fault *from, struct fault *fault);

#endif
