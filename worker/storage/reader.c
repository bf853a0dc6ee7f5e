/* A pool of read-only connections on a loop. A line is one connection and what it is doing; a
 * question waits in a bounded queue until a line is free. */
#include "worker/storage/reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/storage/pg.h"

#define CONNECT_MS    5000  /* for a connection to be made and set up */
#define GRACE_MS      2000  /* beyond the server's own statement time-out */
#define LOOK_EVERY_MS 250   /* at deadlines */
#define IDLE_MS       60000 /* then a connection that nobody wants is closed */
#define BACK_OFF_MS   1000  /* between attempts to connect, after one failed */
#define SET_UP_BYTES  256

struct question {
    const char *statement;
    char *values[READER_VALUES_MAX]; /* owned; NULL is NULL */
    size_t count;
    reader_answer *answer;
    void *user;
    int64_t due_ms; /* waiting ends, or the answer is late */
};

enum line_state { LINE_CLOSED, LINE_CONNECTING, LINE_SETTING_UP, LINE_IDLE, LINE_ASKING };

struct line {
    struct reader *reader;
    enum line_state state;
    struct pg *pg;
    int fd;                   /* watched; -1: none */
    struct question question; /* while ASKING */
    struct pg_fault fault;    /* of the steps so far */
    int64_t due_ms;           /* connecting is late, or idleness is over */
};

struct reader {
    struct loop *loop;
    struct reader_options options;
    struct line lines[READER_CONNECTIONS_MAX];
    struct question *waiting; /* a ring of options.waiting */
    size_t first, count;
    int timer;
    int64_t not_before_ms; /* no attempt to connect earlier */
    struct fault trouble;  /* why the last one failed */
};

static void advance(void *user);
static void serve(struct reader *reader);

/* ---- questions ---- */

static void question_end(struct question *question, enum status status, struct slice text,
                         const struct fault *fault)
{
    for (size_t i = 0; i < question->count; i++)
        free(question->values[i]);
    question->count = 0;
    question->answer(question->user, status, text, fault);
}

static void question_fail(struct question *question, enum status status, const char *code,
                          const char *message)
{
    struct fault fault;
    (void)fault_set(&fault, status, code, "%s", message);
    question_end(question, status, SLICE_NULL, &fault);
}

/* False without memory; nothing is kept then. */
static bool question_init(struct question *question, const char *const *values, size_t count)
{
    for (question->count = 0; question->count < count; question->count++) {
        const char *value = values[question->count];
        char *copy = value ? strdup(value) : NULL;
        question->values[question->count] = copy;
        if (value && !copy)
            return false;
    }
    return true;
}

static struct question take_first(struct reader *reader)
{
    struct question question = reader->waiting[reader->first];
    reader->first = (reader->first + 1) % reader->options.waiting;
    reader->count--;
    return question;
}

/* ---- lines ---- */

static void unwatch(struct line *line)
{
    if (line->fd >= 0)
        loop_unwatch_fd(line->reader->loop, line->fd);
    line->fd = -1;
}

static void watch(struct line *line, bool for_write)
{
    unwatch(line);
    line->fd = pg_socket(line->pg);
    loop_watch_fd(line->reader->loop, line->fd, for_write, advance, line);
}

static void hang_up(struct line *line)
{
    unwatch(line);
    pg_close(&line->pg);
    line->state = LINE_CLOSED;
}

/* The database cannot be had now: whoever waits is told, and it is left alone for a moment. */
static void give_up_connecting(struct line *line)
{
    struct reader *reader = line->reader;
    reader->trouble = line->fault.fault;
    reader->not_before_ms = clock_steady_ms() + BACK_OFF_MS;
    hang_up(line);
    for (size_t left = reader->count; left > 0 && reader->count > 0; left--) {
        struct question question = take_first(reader);
        question_end(&question, reader->trouble.status, SLICE_NULL, &reader->trouble);
    }
}

static void rest(struct line *line)
{
    line->state = LINE_IDLE;
    line->due_ms = clock_steady_ms() + IDLE_MS;
    watch(line, false); /* the server may hang up */
}

static void set_up(struct line *line)
{
    char text[SET_UP_BYTES];
    (void)snprintf(text, sizeof text,
                   "SET ROLE newsmill_reader; SET default_transaction_read_only = on; "
                   "SET statement_timeout = %lld; SET jit = off; SET timezone = 'UTC'",
                   (long long)line->reader->options.statement_ms);
    line->state = LINE_SETTING_UP;
    if (pg_ask(line->pg, text, NULL, 0, &line->fault) == STATUS_OK)
        watch(line, true);
    else
        give_up_connecting(line);
}

static void dial(struct line *line)
{
    const struct reader_options *options = &line->reader->options;
    const struct pg_options how = {.uri = options->db,
                                   .application_name = options->application_name,
                                   .connect_ms = CONNECT_MS,
                                   .statement_ms = options->statement_ms};
    line->state = LINE_CONNECTING;
    line->due_ms = clock_steady_ms() + CONNECT_MS;
    if (pg_dial(&how, &line->pg, &line->fault) == STATUS_OK)
        watch(line, true);
    else
        give_up_connecting(line);
}

static void connect_on(struct line *line)
{
    enum pg_step step = pg_dial_step(line->pg, &line->fault);
    if (step == PG_DONE)
        set_up(line);
    else if (step == PG_FAILED)
        give_up_connecting(line);
    else
        watch(line, step == PG_WRITE);
}

/* The role is missing where the owner could not make it, or is not ours to take. */
static void explain_role(struct line *line)
{
    char said[128];
    if (strcmp(line->fault.sqlstate, "42501") != 0 && strcmp(line->fault.sqlstate, "22023") != 0)
        return;
    (void)snprintf(said, sizeof said, "%.120s", line->fault.fault.message);
    (void)fault_set(&line->fault.fault, STATUS_FATAL, "database-role",
                    "cannot work as newsmill_reader (GRANT newsmill_reader to this user): %s",
                    said);
}

static void set_up_on(struct line *line)
{
    struct pg_result *result = NULL;
    enum pg_step step = pg_step(line->pg, &result, &line->fault);
    pg_result_free(result);
    if (step == PG_DONE) {
        rest(line);
    } else if (step == PG_FAILED) {
        explain_role(line);
        give_up_connecting(line);
    } else {
        watch(line, step == PG_WRITE);
    }
}

/* The line is free, or gone, before the answer is told: that may ask again. */
static void asked_on(struct line *line)
{
    struct pg_result *result = NULL;
    enum pg_step step = pg_step(line->pg, &result, &line->fault);
    if (step == PG_READ || step == PG_WRITE) {
        watch(line, step == PG_WRITE);
        return;
    }
    struct question question = line->question;
    struct fault fault = line->fault.fault;
    if (pg_usable(line->pg))
        rest(line);
    else
        hang_up(line);
    if (step == PG_DONE)
        question_end(&question, STATUS_OK,
                     pg_rows(result) > 0 ? pg_bytes(result, 0, 0) : SLICE_NULL, NULL);
    else
        question_end(&question, fault.status, SLICE_NULL, &fault);
    pg_result_free(result);
}

static void advance(void *user)
{
    struct line *line = user;
    switch (line->state) {
    case LINE_CONNECTING:
        connect_on(line);
        break;
    case LINE_SETTING_UP:
        set_up_on(line);
        break;
    case LINE_ASKING:
        asked_on(line);
        break;
    case LINE_IDLE: /* nothing was asked: it hangs up */
        hang_up(line);
        break;
    case LINE_CLOSED:
        break;
    }
    serve(line->reader);
}

static void ask(struct line *line, struct question question)
{
    line->question = question;
    line->question.due_ms = clock_steady_ms() + line->reader->options.statement_ms + GRACE_MS;
    line->state = LINE_ASKING;
    enum status status = pg_ask(line->pg, question.statement, (const char *const *)question.values,
                                question.count, &line->fault);
    if (status == STATUS_OK) {
        watch(line, true);
        return;
    }
    struct fault fault = line->fault.fault;
    hang_up(line);
    question_end(&question, status, SLICE_NULL, &fault);
}

/* ---- the pool ---- */

static struct line *find(struct reader *reader, enum line_state state)
{
    for (size_t i = 0; i < reader->options.connections; i++)
        if (reader->lines[i].state == state)
            return &reader->lines[i];
    return NULL;
}

/* Gives the questions that wait to free lines; opens one more when there is none. */
static void serve(struct reader *reader)
{
    struct line *line;
    while (reader->count > 0 && (line = find(reader, LINE_IDLE)))
        ask(line, take_first(reader));
    if (reader->count > 0 && !find(reader, LINE_CONNECTING) && !find(reader, LINE_SETTING_UP) &&
        (line = find(reader, LINE_CLOSED)))
        dial(line);
}

static void line_late(struct line *line, int64_t now)
{
    bool opening = line->state == LINE_CONNECTING || line->state == LINE_SETTING_UP;
    if (opening && line->due_ms <= now) {
        (void)fault_set(&line->fault.fault, STATUS_RETRY, "database-unavailable",
                        "PostgreSQL did not accept a connection in time");
        give_up_connecting(line);
    } else if (line->state == LINE_IDLE && line->due_ms <= now) {
        hang_up(line);
    } else if (line->state == LINE_ASKING && line->question.due_ms <= now) {
        struct question question = line->question;
        hang_up(line);
        question_fail(&question, STATUS_RETRY, "database-unavailable",
                      "PostgreSQL did not answer in time");
    }
}

static void look(void *user)
{
    struct reader *reader = user;
    int64_t now = clock_steady_ms();
    for (size_t i = 0; i < reader->options.connections; i++)
        line_late(&reader->lines[i], now);
    while (reader->count > 0 && reader->waiting[reader->first].due_ms <= now) {
        struct question question = take_first(reader);
        question_fail(&question, STATUS_RETRY, "busy",
                      "too many questions at a time; try again in a moment");
    }
    serve(reader);
}

enum status reader_new(struct loop *loop, const struct reader_options *options, struct reader **out,
                       struct fault *fault)
{
    assert(options->connections >= 1 && options->connections <= READER_CONNECTIONS_MAX);
    assert(options->waiting >= 1);
    struct reader *reader = *out = calloc(1, sizeof *reader);
    if (reader)
        reader->waiting = calloc(options->waiting, sizeof *reader->waiting);
    if (!reader || !reader->waiting) {
        free(reader);
        *out = NULL;
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a reader");
    }
    reader->loop = loop;
    reader->options = *options;
    for (size_t i = 0; i < READER_CONNECTIONS_MAX; i++)
        reader->lines[i] = (struct line){.reader = reader, .fd = -1};
    reader->timer = loop_every(loop, LOOK_EVERY_MS, look, reader);
    return STATUS_OK;
}

void reader_free(struct reader *reader)
{
    static const char stopping[] = "newsmill is stopping";
    if (!reader)
        return;
    loop_cancel(reader->loop, reader->timer);
    for (size_t i = 0; i < reader->options.connections; i++) {
        struct line *line = &reader->lines[i];
        bool asking = line->state == LINE_ASKING;
        hang_up(line);
        if (asking)
            question_fail(&line->question, STATUS_RETRY, "stopping", stopping);
    }
    while (reader->count > 0) {
        struct question question = take_first(reader);
        question_fail(&question, STATUS_RETRY, "stopping", stopping);
    }
    free(reader->waiting);
    free(reader);
}

void reader_ask(struct reader *reader, const char *statement, const char *const *values,
                size_t count, reader_answer *answer, void *user)
{
    struct question question = {.statement = statement, .answer = answer, .user = user};
    int64_t now = clock_steady_ms();
    assert(count <= READER_VALUES_MAX);
    if (!question_init(&question, values, count)) {
        question_fail(&question, STATUS_RETRY, "out-of-memory", "no memory for a question");
    } else if (reader->count == reader->options.waiting) {
        question_fail(&question, STATUS_RETRY, "busy",
                      "too many questions at a time; try again in a moment");
    } else if (now < reader->not_before_ms && !find(reader, LINE_IDLE) &&
               !find(reader, LINE_ASKING)) {
        question_end(&question, reader->trouble.status, SLICE_NULL, &reader->trouble);
    } else {
        question.due_ms = now + reader->options.patience_ms;
        reader->waiting[(reader->first + reader->count++) % reader->options.waiting] = question;
        serve(reader);
    }
}
