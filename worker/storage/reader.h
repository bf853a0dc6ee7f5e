/* Questions of dashboards: SELECTs asked over a few read-only connections, from a process that
 * turns a loop and never waits.
 *
 * Connections are made when they are wanted, work as the role newsmill_reader in read-only
 * transactions, and are closed when nobody asks. Everything is bounded: connections, questions that
 * wait, and the time each may take; one slow question holds up one connection. Belongs to the
 * thread of its loop. */
#ifndef NEWSMILL_STORAGE_READER_H
#define NEWSMILL_STORAGE_READER_H

#include <stdint.h>

#include "common/loop.h"
#include "common/slice.h"
#include "common/status.h"

#define READER_CONNECTIONS_MAX 16
#define READER_VALUES_MAX      16

struct reader;

struct reader_options {
    const char *db;               /* libpq URI, NULL: libpq's environment; outlives the reader */
    const char *application_name; /* static storage */
    size_t connections;           /* at most, 1 to READER_CONNECTIONS_MAX */
    size_t waiting;               /* questions that wait for one, at most */
    int64_t statement_ms;         /* for one question, once it is asked */
    int64_t patience_ms;          /* for a question to wait for a connection */
};

/* The answer: `text` is the first column of the first row (NULL data without one), as long as the
 * call lasts. Else RETRY: no database, too busy, took too long; REJECT: a value is not what the
 * statement takes; FATAL: schema, rights or role are not as they should be. */
typedef void reader_answer(void *user, enum status status, struct slice text,
                           const struct fault *fault);

enum status reader_new(struct loop *loop, const struct reader_options *options, struct reader **out,
                       struct fault *fault) MUST_CHECK;
/* Answers every question that is open with RETRY. NULL is fine. */
void reader_free(struct reader *reader);

/* Asks: `statement` is static storage, one SELECT of at most `count` parameters; `values` are text
 * or NULL, and copied. `answer` is called exactly once, and may be before this returns. */
void reader_ask(struct reader *reader, const char *statement, const char *const *values,
                size_t count, reader_answer *answer, void *user);

#endif
