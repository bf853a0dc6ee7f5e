/* libpq without blocking: every wait is a poll() on its socket with a deadline. */
#include "worker/storage/pg.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/storage/host_list.h"
#include "worker/storage/sqlstate.h"

#define POLL_MS       50   /* how long `idle` may be kept waiting */
#define GRACE_MS      5000 /* beyond the server's own statement time-out */
#define COPY_CHUNK    ((size_t)1 << 16)
#define VALUES_MAX    16
#define COMMAND_BYTES 512

struct pg {
    struct pg_options options;
    PGconn *connection;
    bool prepared[PG_STATEMENTS_MAX];
    bool lost;      /* did not answer in time, or waiting was given up */
    PGresult *kept; /* of a question on its way (pg_step) */
    bool refused;
};

/* ---- faults ---- */

/* How long the first line is: libpq's texts end in a newline, and hints follow. */
static int line_length(const char *text)
{
    return (int)strcspn(text, "\n");
}

static enum status fail(struct pg *pg, const PGresult *result, struct pg_fault *fault)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
    /* The primary message only: the detail would hold values of the row. */
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *said = primary          ? primary
                       : pg->connection ? PQerrorMessage(pg->connection)
                                        : "no memory";
    if (line_length(said) == 0)
        said = "the connection to PostgreSQL was lost";
    enum status status = sqlstate_status(sqlstate, constraint);
    (void)snprintf(fault->sqlstate, sizeof fault->sqlstate, "%s", sqlstate ? sqlstate : "");
    return fault_set(&fault->fault, status, sqlstate_code(status), "%.*s", line_length(said), said);
}

static enum status fail_waiting(struct pg *pg, struct pg_fault *fault, const char *why)
{
    pg->lost = true;
    fault->sqlstate[0] = '\0';
    return fault_set(&fault->fault, STATUS_RETRY, "database-unavailable", "%s", why);
}

/* ---- waiting ---- */

/* Until the socket is ready, for 50 ms at most. False: give up, `fault` says why. */
static bool wait_socket(struct pg *pg, short events, int64_t deadline_ms, struct pg_fault *fault)
{
    int64_t left = deadline_ms - clock_steady_ms();
    if (left <= 0) {
        (void)!fail_waiting(pg, fault, "PostgreSQL did not answer in time");
        return false;
    }
    struct pollfd entry = {.fd = PQsocket(pg->connection), .events = events};
    int ready = poll(&entry, 1, (int)(left < POLL_MS ? left : POLL_MS));
    if (ready < 0 && errno != EINTR) {
        (void)!fail_waiting(pg, fault, "waiting for PostgreSQL failed");
        return false;
    }
    if (pg->options.idle && !pg->options.idle(pg->options.user)) {
        (void)!fail_waiting(pg, fault, "interrupted while waiting for PostgreSQL");
        return false;
    }
    return true;
}

static int64_t statement_deadline(const struct pg *pg)
{
    return clock_steady_ms() + pg->options.statement_ms + GRACE_MS;
}

/* Sends what libpq holds; reads meanwhile, as the server may not read while its answers pile up. */
static enum status flush(struct pg *pg, int64_t deadline_ms, struct pg_fault *fault)
{
    int left;
    while ((left = PQflush(pg->connection)) > 0) {
        if (!wait_socket(pg, POLLIN | POLLOUT, deadline_ms, fault))
            return STATUS_RETRY;
        if (!PQconsumeInput(pg->connection))
            return fail(pg, NULL, fault);
    }
    return left < 0 ? fail(pg, NULL, fault) : STATUS_OK;
}

/* The next result, or NULL at the end of the command. */
static enum status next_result(struct pg *pg, int64_t deadline_ms, PGresult **out,
                               struct pg_fault *fault)
{
    while (PQisBusy(pg->connection)) {
        if (!wait_socket(pg, POLLIN, deadline_ms, fault))
            return STATUS_RETRY;
        if (!PQconsumeInput(pg->connection))
            return fail(pg, NULL, fault);
    }
    *out = PQgetResult(pg->connection);
    return STATUS_OK;
}

/* All the results of a command: keeps the last good one in `out` (may be NULL), reports the first
 * failure. */
static enum status finish(struct pg *pg, int64_t deadline_ms, PGresult **out,
                          struct pg_fault *fault)
{
    enum status verdict = STATUS_OK;
    PGresult *kept = NULL, *result = NULL;
    for (;;) {
        struct pg_fault ignored;
        enum status status =
            next_result(pg, deadline_ms, &result, verdict == STATUS_OK ? fault : &ignored);
        if (status != STATUS_OK) {
            verdict = verdict == STATUS_OK ? status : verdict;
            break;
        }
        if (!result)
            break;
        ExecStatusType kind = PQresultStatus(result);
        if (kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK) {
            PQclear(kept);
            kept = result;
            continue;
        }
        if (verdict == STATUS_OK)
            verdict = fail(pg, result, fault);
        PQclear(result);
        if (PQstatus(pg->connection) == CONNECTION_BAD || kind == PGRES_COPY_IN)
            break; /* a COPY that is not ours to feed: the caller's bug, the connection is done */
    }
    if (out && verdict == STATUS_OK)
        *out = kept;
    else
        PQclear(kept);
    return verdict;
}

/* ---- the connection ---- */

static void on_notice(void *user, const PGresult *result)
{
    const struct pg *pg = user;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (pg->options.notice && severity && message && strcmp(severity, "WARNING") == 0)
        pg->options.notice(pg->options.user, message);
}

/* libpq gives no SQLSTATE for a failed connection: its text is all there is. */
static enum status fail_connecting(struct pg *pg, struct pg_fault *fault)
{
    const char *said = pg->connection ? PQerrorMessage(pg->connection) : "no memory";
    enum status status = sqlstate_connecting(said);
    fault->sqlstate[0] = '\0';
    return fault_set(&fault->fault, status, sqlstate_code(status), "%.*s", line_length(said), said);
}

static enum status connect_wait(struct pg *pg, struct pg_fault *fault)
{
    int64_t deadline = clock_steady_ms() + pg->options.connect_ms;
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED)
            return fail_connecting(pg, fault);
        /* Poll before PQconnectPoll: it may be called only when the socket is ready. */
        struct pollfd entry = {.fd = PQsocket(pg->connection),
                               .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        int ready = poll(&entry, 1, POLL_MS);
        if (ready > 0)
            state = PQconnectPoll(pg->connection);
        if (pg->options.idle && !pg->options.idle(pg->options.user))
            return fail_waiting(pg, fault, "interrupted while connecting to PostgreSQL");
        if (state != PGRES_POLLING_OK && clock_steady_ms() > deadline)
            return fail_waiting(pg, fault, "PostgreSQL did not accept a connection in time");
    }
    return STATUS_OK;
}

/* What every connection of ours works with. The server notices within seconds that we, our host or
 * the way to it are gone (its own patience is two hours), and lets go of the locks that others wait
 * for; in a statement from version 14 on. A COMMIT that is answered is on its disk, whatever the
 * database was set to: what we hear of it, ingest forgets. */
static enum status set_up(struct pg *pg, struct pg_fault *fault)
{
    char command[COMMAND_BYTES];
    int version = PQserverVersion(pg->connection);
    (void)snprintf(command, sizeof command,
                   "SET statement_timeout = %lld; SET datestyle = ISO; "
                   "SELECT set_config('synchronous_commit', 'on', false) "
                   "WHERE current_setting('synchronous_commit') = 'off'"
                   "; SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 2"
                   "; SET tcp_keepalives_count = 3%s%s",
                   (long long)pg->options.statement_ms,
                   version >= 120000 ? "; SET tcp_user_timeout = 8000" : "",
                   version >= 140000 ? "; SET client_connection_check_interval = 5000" : "");
    if (PQsetnonblocking(pg->connection, 1) != 0 || !PQsendQuery(pg->connection, command))
        return fail(pg, NULL, fault);
    int64_t deadline = statement_deadline(pg);
    enum status status = flush(pg, deadline, fault);
    return status == STATUS_OK ? finish(pg, deadline, NULL, fault) : status;
}

/* ---- several hosts ---- */

/* libpq goes through the hosts of a URI by itself, but stays with one that accepts a connection and
 * then says nothing (a stopped process, a full disk) for as long as we wait. So each host is a
 * connection of its own here, with its own time. */
#define HOSTS_MAX 16

struct hosts {
    PQconninfoOption *parsed;           /* of the URI; owns the lists */
    const char *host, *hostaddr, *port; /* lists with commas; NULL when absent */
    size_t count;                       /* 0: not several */
};

static void hosts_init(struct hosts *hosts, const char *uri)
{
    *hosts = (struct hosts){.parsed = uri ? PQconninfoParse(uri, NULL) : NULL};
    for (const PQconninfoOption *option = hosts->parsed; option && option->keyword; option++) {
        if (strcmp(option->keyword, "host") == 0)
            hosts->host = option->val;
        else if (strcmp(option->keyword, "hostaddr") == 0)
            hosts->hostaddr = option->val;
        else if (strcmp(option->keyword, "port") == 0)
            hosts->port = option->val;
    }
    size_t count = host_list_count(hosts->hostaddr ? hosts->hostaddr : hosts->host);
    if (count > 1 && count <= HOSTS_MAX)
        hosts->count = count;
}

/* Host `index` of `hosts`, or all there are when they are not several. */
static PGconn *connect_start(const struct pg_options *options, const struct hosts *hosts,
                             size_t index)
{
    char host[256], hostaddr[64], port[16];
    bool one = hosts->count > 0;
    /* Before dbname: what the URI says wins; behind it: what we say. tcp_user_timeout lets a host
     * that swallows everything fail soon. A NULL value is as if it were not named. */
    static const char *const names[] = {"fallback_application_name",
                                        "tcp_user_timeout",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "dbname",
                                        "client_encoding",
                                        "host",
                                        "hostaddr",
                                        "port",
                                        NULL};
    const char *const values[] = {
        options->application_name,
        "4000",
        "10",
        "5",
        "3",
        options->uri ? options->uri : "",
        "UTF8",
        one ? host_list_item(hosts->host, index, host, sizeof host) : NULL,
        one ? host_list_item(hosts->hostaddr, index, hostaddr, sizeof hostaddr) : NULL,
        one ? host_list_item(hosts->port, index, port, sizeof port) : NULL,
        NULL};
    return PQconnectStartParams(names, values, 1);
}

static enum status begin_host(const struct pg_options *options, const struct hosts *hosts,
                              size_t index, struct pg **out, struct pg_fault *fault)
{
    struct pg *pg = *out = calloc(1, sizeof *pg);
    fault->sqlstate[0] = '\0';
    if (!pg)
        return fault_set(&fault->fault, STATUS_RETRY, "out-of-memory", "no memory to connect");
    pg->options = *options;
    pg->options.uri = NULL; /* borrowed for the call only */
    pg->connection = connect_start(options, hosts, index);
    if (pg->connection && PQstatus(pg->connection) != CONNECTION_BAD)
        return STATUS_OK;
    enum status status = fail_connecting(pg, fault);
    pg_close(out);
    return status;
}

static enum status open_host(const struct pg_options *options, const struct hosts *hosts,
                             size_t index, struct pg **out, struct pg_fault *fault)
{
    enum status status = begin_host(options, hosts, index, out, fault);
    if (status != STATUS_OK)
        return status;
    struct pg *pg = *out;
    status = connect_wait(pg, fault);
    if (status == STATUS_OK) {
        (void)PQsetNoticeReceiver(pg->connection, on_notice, pg);
        status = set_up(pg, fault);
    }
    if (status != STATUS_OK)
        pg_close(&pg);
    *out = pg;
    return status;
}

/* One after the other; that one of them is not set up as it should be is said rather than that
 * another does not answer. */
enum status pg_open(const struct pg_options *options, struct pg **out, struct pg_fault *fault)
{
    struct hosts hosts;
    hosts_init(&hosts, options->uri);
    enum status status = open_host(options, &hosts, 0, out, fault);
    for (size_t i = 1; i < hosts.count && status != STATUS_OK; i++) {
        struct pg_fault other;
        if (options->idle && !options->idle(options->user))
            break;
        enum status next = open_host(options, &hosts, i, out, &other);
        if (next == STATUS_OK || (next == STATUS_FATAL && status != STATUS_FATAL)) {
            status = next;
            *fault = other;
        }
    }
    PQconninfoFree(hosts.parsed);
    return status;
}

void pg_close(struct pg **pg)
{
    if (!*pg)
        return;
    PQclear((*pg)->kept);
    PQfinish((*pg)->connection);
    free(*pg);
    *pg = NULL;
}

bool pg_usable(const struct pg *pg)
{
    return pg && !pg->lost && PQstatus(pg->connection) == CONNECTION_OK;
}

void pg_idle(const struct pg *pg)
{
    if (pg->options.idle)
        (void)pg->options.idle(pg->options.user);
}

int pg_server_version(const struct pg *pg)
{
    return PQserverVersion(pg->connection);
}

/* ---- commands ---- */

static enum status simple(struct pg *pg, const char *text, int64_t deadline_ms,
                          struct pg_fault *fault)
{
    if (!PQsendQuery(pg->connection, text))
        return fail(pg, NULL, fault);
    enum status status = flush(pg, deadline_ms, fault);
    return status == STATUS_OK ? finish(pg, deadline_ms, NULL, fault) : status;
}

enum status pg_begin(struct pg *pg, struct pg_fault *fault)
{
    return simple(pg, "BEGIN", statement_deadline(pg), fault);
}

enum status pg_commit(struct pg *pg, struct pg_fault *fault)
{
    return simple(pg, "COMMIT", statement_deadline(pg), fault);
}

void pg_rollback(struct pg *pg)
{
    struct pg_fault fault;
    if (!pg_usable(pg))
        return;
    PGTransactionStatusType state = PQtransactionStatus(pg->connection);
    if (state == PQTRANS_IDLE)
        return;
    if (state == PQTRANS_ACTIVE || state == PQTRANS_UNKNOWN ||
        simple(pg, "ROLLBACK", statement_deadline(pg), &fault) != STATUS_OK)
        pg->lost = true;
}

enum status pg_script(struct pg *pg, const char *text, struct pg_fault *fault)
{
    enum status status =
        simple(pg, "SET LOCAL statement_timeout = 0", statement_deadline(pg), fault);
    return status == STATUS_OK ? simple(pg, text, INT64_MAX, fault) : status;
}

static enum status prepare(struct pg *pg, const struct pg_statement *statement, int64_t deadline,
                           struct pg_fault *fault)
{
    if (pg->prepared[statement->number])
        return STATUS_OK;
    if (!PQsendPrepare(pg->connection, statement->name, statement->text, 0, NULL))
        return fail(pg, NULL, fault);
    enum status status = flush(pg, deadline, fault);
    if (status == STATUS_OK)
        status = finish(pg, deadline, NULL, fault);
    pg->prepared[statement->number] = status == STATUS_OK;
    return status;
}

enum status pg_start(struct pg *pg, const struct pg_statement *statement,
                     const struct slice *values, size_t count, struct pg_fault *fault)
{
    const char *data[VALUES_MAX];
    int lengths[VALUES_MAX], formats[VALUES_MAX];
    int64_t deadline = statement_deadline(pg);
    enum status status = prepare(pg, statement, deadline, fault);
    if (status != STATUS_OK)
        return status;
    assert(count <= VALUES_MAX);
    for (size_t i = 0; i < count; i++) {
        data[i] = values[i].data;
        lengths[i] = (int)values[i].len;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(pg->connection, statement->name, (int)count, data, lengths, formats,
                             1))
        return fail(pg, NULL, fault);
    return flush(pg, deadline, fault);
}

enum status pg_receive(struct pg *pg, bool *done, struct pg_result **result, struct pg_fault *fault)
{
    PGresult *kept = NULL;
    *result = NULL;
    *done = false;
    if (!PQconsumeInput(pg->connection))
        return fail(pg, NULL, fault);
    if (PQisBusy(pg->connection))
        return STATUS_OK;
    *done = true;
    enum status status = finish(pg, statement_deadline(pg), &kept, fault);
    *result = (struct pg_result *)kept;
    return status;
}

int pg_socket(const struct pg *pg)
{
    return PQsocket(pg->connection);
}

enum status pg_execute(struct pg *pg, const struct pg_statement *statement,
                       const struct slice *values, size_t count, struct pg_result **result,
                       struct pg_fault *fault)
{
    PGresult *kept = NULL;
    if (result)
        *result = NULL;
    enum status status = pg_start(pg, statement, values, count, fault);
    if (status == STATUS_OK)
        status = finish(pg, statement_deadline(pg), &kept, fault);
    if (result)
        *result = (struct pg_result *)kept;
    else
        PQclear(kept);
    return status;
}

/* Until the server asks for the rows. */
static enum status copy_begin(struct pg *pg, const char *text, int64_t deadline,
                              struct pg_fault *fault)
{
    PGresult *result = NULL;
    if (!PQsendQuery(pg->connection, text))
        return fail(pg, NULL, fault);
    enum status status = flush(pg, deadline, fault);
    if (status == STATUS_OK)
        status = next_result(pg, deadline, &result, fault);
    if (status != STATUS_OK)
        return status;
    if (result && PQresultStatus(result) == PGRES_COPY_IN) {
        PQclear(result);
        return STATUS_OK;
    }
    struct pg_fault ignored;
    status = fail(pg, result, fault);
    PQclear(result);
    (void)!finish(pg, deadline, NULL, &ignored);
    return status == STATUS_OK ? STATUS_RETRY : status;
}

enum status pg_copy(struct pg *pg, const struct pg_statement *statement, struct slice rows,
                    struct pg_fault *fault)
{
    int64_t deadline = statement_deadline(pg);
    enum status status = copy_begin(pg, statement->text, deadline, fault);
    for (size_t at = 0; status == STATUS_OK && at < rows.len;) {
        size_t len = rows.len - at < COPY_CHUNK ? rows.len - at : COPY_CHUNK;
        int put = PQputCopyData(pg->connection, rows.data + at, (int)len);
        if (put < 0)
            return fail(pg, NULL, fault);
        if (put > 0)
            at += len;
        status = flush(pg, deadline, fault);
    }
    if (status != STATUS_OK)
        return status;
    int ended;
    while ((ended = PQputCopyEnd(pg->connection, NULL)) == 0) {
        status = flush(pg, deadline, fault);
        if (status != STATUS_OK)
            return status;
    }
    if (ended < 0)
        return fail(pg, NULL, fault);
    status = flush(pg, deadline, fault);
    return status == STATUS_OK ? finish(pg, deadline, NULL, fault) : status;
}

/* ---- without waiting ---- */

enum status pg_dial(const struct pg_options *options, struct pg **out, struct pg_fault *fault)
{
    const struct hosts all = {.count = 0}; /* libpq goes through them by itself */
    return begin_host(options, &all, 0, out, fault);
}

enum pg_step pg_dial_step(struct pg *pg, struct pg_fault *fault)
{
    PostgresPollingStatusType state = PQconnectPoll(pg->connection);
    if (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING)
        return state == PGRES_POLLING_READING ? PG_READ : PG_WRITE;
    if (state == PGRES_POLLING_OK && PQsetnonblocking(pg->connection, 1) == 0)
        return PG_DONE;
    (void)!fail_connecting(pg, fault);
    return PG_FAILED;
}

enum status pg_ask(struct pg *pg, const char *text, const char *const *values, size_t count,
                   struct pg_fault *fault)
{
    pg->refused = false;
    int sent = count == 0 ? PQsendQuery(pg->connection, text)
                          : PQsendQueryParams(pg->connection, text, (int)count, NULL, values, NULL,
                                              NULL, 0);
    return sent ? STATUS_OK : fail(pg, NULL, fault);
}

enum pg_step pg_step(struct pg *pg, struct pg_result **result, struct pg_fault *fault)
{
    int unsent = PQflush(pg->connection);
    if (unsent < 0 || !PQconsumeInput(pg->connection)) {
        (void)!fail(pg, NULL, fault);
        return PG_FAILED;
    }
    while (!PQisBusy(pg->connection)) {
        PGresult *next = PQgetResult(pg->connection);
        if (!next) {
            *result = (struct pg_result *)pg->kept;
            pg->kept = NULL;
            return pg->refused ? PG_FAILED : PG_DONE;
        }
        ExecStatusType kind = PQresultStatus(next);
        if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && !pg->refused) {
            (void)!fail(pg, next, fault);
            pg->refused = true;
        }
        PQclear(pg->kept);
        pg->kept = next;
    }
    return unsent ? PG_WRITE : PG_READ;
}

/* ---- results: struct pg_result is libpq's under our name ---- */

void pg_result_free(struct pg_result *result)
{
    PQclear((PGresult *)result);
}

size_t pg_rows(const struct pg_result *result)
{
    return (size_t)PQntuples((const PGresult *)result);
}

struct slice pg_bytes(const struct pg_result *result, size_t row, int column)
{
    const PGresult *from = (const PGresult *)result;
    if (PQgetisnull(from, (int)row, column))
        return SLICE_NULL;
    return (struct slice){PQgetvalue(from, (int)row, column),
                          (size_t)PQgetlength(from, (int)row, column)};
}
