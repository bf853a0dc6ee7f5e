/* PostgreSQL behind one door: the only file that includes <libpq-fe.h> is pg.c.
 *
 * One connection, one thread. Calls wait for the server, but never for longer than their time-out,
 * and call `idle` meanwhile; when that says false they give up. A failed call says with its status
 * what to do (sqlstate.h); after RETRY ask pg_usable(): a connection that was lost, or that did not
 * answer in time, is only good for pg_close(). */
#ifndef NEWSMILL_STORAGE_PG_H
#define NEWSMILL_STORAGE_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

#define PG_SQLSTATE_BYTES 6
#define PG_STATEMENTS_MAX 128

struct pg;
struct pg_result;

struct pg_options {
    const char *uri; /* NULL or empty: libpq's environment; may name several hosts */
    const char *application_name;
    int64_t connect_ms;       /* to be connected; of several hosts, for each */
    int64_t statement_ms;     /* for one statement; the server cancels it then */
    bool (*idle)(void *user); /* called at least every 50 ms while waiting; may be NULL */
    void *user;
    void (*notice)(void *user, const char *message); /* what the server warns of; may be NULL */
};

/* A failure with the server's code; `sqlstate` is empty when the server did not say one. */
struct pg_fault {
    struct fault fault;
    char sqlstate[PG_SQLSTATE_BYTES];
};

/* A statement of sql/, embedded at build time; prepared when first used on a connection. */
struct pg_statement {
    unsigned number; /* < PG_STATEMENTS_MAX */
    const char *name, *text;
};

/* RETRY when no server answers, or this worker may not log in now; FATAL for a wrong URI, user or
 * database. */
enum status pg_open(const struct pg_options *options, struct pg **out,
                    struct pg_fault *fault) MUST_CHECK;
void pg_close(struct pg **pg);
bool pg_usable(const struct pg *pg);
/* Calls `idle`, as while waiting: between two pieces of work that are long without the server. */
void pg_idle(const struct pg *pg);
/* The server's version, 150020 for 15.20. */
int pg_server_version(const struct pg *pg);

enum status pg_begin(struct pg *pg, struct pg_fault *fault) MUST_CHECK;
enum status pg_commit(struct pg *pg, struct pg_fault *fault) MUST_CHECK;
/* Ends a transaction after a failure; a connection that cannot is no longer usable. */
void pg_rollback(struct pg *pg);

/* Runs one statement. Values are in PostgreSQL's binary format (binary.h; that of text is its
 * bytes), NULL data is NULL; at most 16. `result` may be NULL; else it is the caller's, in binary
 * too. */
enum status pg_execute(struct pg *pg, const struct pg_statement *statement,
                       const struct slice *values, size_t count, struct pg_result **result,
                       struct pg_fault *fault) MUST_CHECK;
/* The same without waiting for the answer: pg_socket() is readable when there is news, and
 * pg_receive() then says whether it is `done`. Until it is, the connection does nothing else. */
enum status pg_start(struct pg *pg, const struct pg_statement *statement,
                     const struct slice *values, size_t count, struct pg_fault *fault) MUST_CHECK;
enum status pg_receive(struct pg *pg, bool *done, struct pg_result **result,
                       struct pg_fault *fault) MUST_CHECK;
int pg_socket(const struct pg *pg);
/* Runs text of any number of statements, without parameters and without the statement time-out
 * (migrations). */
enum status pg_script(struct pg *pg, const char *text, struct pg_fault *fault) MUST_CHECK;
/* COPY … FROM STDIN (FORMAT binary): `rows` is the whole stream (binary_copy_begin and _end). */
enum status pg_copy(struct pg *pg, const struct pg_statement *statement, struct slice rows,
                    struct pg_fault *fault) MUST_CHECK;

/* Without waiting, for a process that turns a loop: the socket is watched for what the last step
 * said, then comes the next step. The socket may be another one after each step of connecting.
 *
 *   pg_dial  pg_dial_step…PG_DONE  ( pg_ask  pg_step…PG_DONE|PG_FAILED )…  pg_close */
enum pg_step { PG_READ, PG_WRITE, PG_DONE, PG_FAILED };
enum status pg_dial(const struct pg_options *options, struct pg **out,
                    struct pg_fault *fault) MUST_CHECK;
enum pg_step pg_dial_step(struct pg *pg, struct pg_fault *fault);
/* Sends one statement with its values as text (NULL is NULL); without values several. */
enum status pg_ask(struct pg *pg, const char *text, const char *const *values, size_t count,
                   struct pg_fault *fault) MUST_CHECK;
/* `result` is set at the end, then it is the caller's, and NULL without one; in text. After
 * PG_FAILED ask pg_usable(). A failure that an earlier step met is in the `fault` of that step:
 * give all steps the same one. */
enum pg_step pg_step(struct pg *pg, struct pg_result **result, struct pg_fault *fault);

void pg_result_free(struct pg_result *result);
size_t pg_rows(const struct pg_result *result);
/* The bytes of a column; NULL data for NULL. They live as long as the result. */
struct slice pg_bytes(const struct pg_result *result, size_t row, int column);
int32_t pg_int4(const struct pg_result *result, size_t row, int column); /* 0 for NULL */
bool pg_bool(const struct pg_result *result, size_t row, int column);    /* false for NULL */
struct uuid pg_uuid(const struct pg_result *result, size_t row, int column);

#endif
