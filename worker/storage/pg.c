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
#include "worker/storage/sqlstate.h"

#define POLL_MS       50   /* how long `idle` may be kept waiting */
#define GRACE_MS      5000 /* beyond the server's own statement time-out */
#define COPY_CHUNK    ((size_t)1 << 16)
#define VALUES_MAX    16
#define COMMAND_BYTES 160

struct pg {
    struct pg_options options;
    PGconn *connection;
    bool prepared[PG_STATEMENTS_MAX];
    bool lost; /* did not answer in time, or waiting was given up */
};

/* ---- faults ---- */

/* The first line, without libpq's trailing newline and hints. */
static void copy_line(char *out, size_t size, const char *text)
{
    size_t len = strcspn(text, "\n");
    (void)snprintf(out, size, "%.*s", (int)len, text);
}

static enum status fail(struct pg *pg, const PGresult *result, struct pg_fault *fault)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
    /* The primary message only: the detail would hold values of the row. */
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char message[sizeof fault->fault.message];
    copy_line(message, sizeof message,
              primary          ? primary
              : pg->connection ? PQerrorMessage(pg->connection)
                               : "no memory");
    enum status status = sqlstate_status(sqlstate, constraint);
    (void)snprintf(fault->sqlstate, sizeof fault->sqlstate, "%s", sqlstate ? sqlstate : "");
    return fault_set(&fault->fault, status, sqlstate_code(status), "%s",
                     message[0] ? message : "the connection to PostgreSQL was lost");
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

/* libpq gives no SQLSTATE for a failed connection: its text is all there is. What an administrator
 * has to mend is told apart from what passes by the server having answered with FATAL. */
static enum status fail_connecting(struct pg *pg, struct pg_fault *fault)
{
    static const char *const lasting[] = {"password authentication failed",
                                          "Peer authentication failed",
                                          "no pg_hba.conf entry",
                                          "does not exist",
                                          "invalid URI",
                                          "missing \"=\"",
                                          "invalid connection option",
                                          "permission denied for database",
                                          "no password supplied"};
    const char *said = pg->connection ? PQerrorMessage(pg->connection) : "no memory";
    enum status status = STATUS_RETRY;
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
        if (strstr(said, lasting[i]))
            status = STATUS_FATAL;
    fault->sqlstate[0] = '\0';
    char message[sizeof fault->fault.message];
    copy_line(message, sizeof message, said);
    return fault_set(&fault->fault, status, sqlstate_code(status), "%s", message);
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

/* What every connection of ours works with. The server notices within seconds that we are gone and
 * lets go of the locks of an unfinished statement (from version 14). */
static enum status set_up(struct pg *pg, struct pg_fault *fault)
{
    char command[COMMAND_BYTES];
    (void)snprintf(command, sizeof command, "SET statement_timeout = %lld; SET datestyle = ISO%s",
                   (long long)pg->options.statement_ms,
                   PQserverVersion(pg->connection) >= 140000
                       ? "; SET client_connection_check_interval = 5000"
                       : "");
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

static size_t count_items(const char *list)
{
    size_t count = list && *list ? 1 : 0;
    for (; list && *list; list++)
        count += *list == ',';
    return count;
}

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
    size_t count = count_items(hosts->hostaddr ? hosts->hostaddr : hosts->host);
    if (count > 1 && count <= HOSTS_MAX)
        hosts->count = count;
}

/* Item `index` of a list, or its only one; NULL for an absent list. */
static const char *list_item(const char *list, size_t index, char *out, size_t size)
{
    if (!list)
        return NULL;
    for (const char *comma; index > 0 && (comma = strchr(list, ',')); index--)
        list = comma + 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(list, ","), list);
    return out;
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
    const char *const values[] = {options->application_name,
                                  "4000",
                                  "10",
                                  "5",
                                  "3",
                                  options->uri ? options->uri : "",
                                  "UTF8",
                                  one ? list_item(hosts->host, index, host, sizeof host) : NULL,
                                  one ? list_item(hosts->hostaddr, index, hostaddr, sizeof hostaddr)
                                      : NULL,
                                  one ? list_item(hosts->port, index, port, sizeof port) : NULL,
                                  NULL};
    return PQconnectStartParams(names, values, 1);
}

static enum status open_host(const struct pg_options *options, const struct hosts *hosts,
                             size_t index, struct pg **out, struct pg_fault *fault)
{
    *out = NULL;
    struct pg *pg = calloc(1, sizeof *pg);
    if (!pg) {
        fault->sqlstate[0] = '\0';
        return fault_set(&fault->fault, STATUS_RETRY, "out-of-memory", "no memory to connect");
    }
    pg->options = *options;
    pg->options.uri = NULL; /* borrowed for the call only */
    pg->connection = connect_start(options, hosts, index);
    enum status status = !pg->connection || PQstatus(pg->connection) == CONNECTION_BAD
                             ? fail_connecting(pg, fault)
                             : connect_wait(pg, fault);
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
    PQfinish((*pg)->connection);
    free(*pg);
    *pg = NULL;
}

bool pg_usable(const struct pg *pg)
{
    return pg && !pg->lost && PQstatus(pg->connection) == CONNECTION_OK;
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

int32_t pg_int4(const struct pg_result *result, size_t row, int column)
{
    struct slice bytes = pg_bytes(result, row, column);
    if (bytes.len != 4)
        return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)bytes.data[i];
    return (int32_t)value;
}

bool pg_bool(const struct pg_result *result, size_t row, int column)
{
    struct slice bytes = pg_bytes(result, row, column);
    return bytes.len == 1 && bytes.data[0] != 0;
}

struct uuid pg_uuid(const struct pg_result *result, size_t row, int column)
{
    struct slice bytes = pg_bytes(result, row, column);
    struct uuid uuid = {{0}};
    if (bytes.len == sizeof uuid.bytes)
        memcpy(uuid.bytes, bytes.data, sizeof uuid.bytes);
    return uuid;
}
