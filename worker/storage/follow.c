/* The steps, one after the other, each when it is due. */
#include "worker/storage/follow.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/filing.h"
#include "worker/storage/pg.h"
#include "worker/storage/stories.h"

#define CONNECT_MS   10000
#define STATEMENT_MS 60000
#define EVERY_MS     1000 /* when nothing was said, or another worker is at it */
#define SOON_MS      20   /* behind a commit: others come in the meantime */
#define BACKOFF_MS   200
#define BACKOFF_CAP  30000
#define NO_TIMER     (-1)
#define NO_STEP      (-1)
#define NEVER        INT64_MAX

/* A statement without rows of its own: how many articles at most, and the days of options->; it
 * returns how many it took. Or the first one of stories.h. */
struct step {
    unsigned statement;
    int32_t most;
    int32_t rest;     /* under load: times as long as it took */
    int64_t every_ms; /* not more often, unless it took all it may */
    unsigned part;    /* of enum follow_part; 0: always done */
};
static const struct step steps[] = {
    {STATEMENT_ALERTS_STEP, 500, 1, 0, 0},
    {STATEMENT_STORIES_TAKE, 4000, 3, 0, FOLLOW_STORIES}, /* stories.h */
    {STATEMENT_SEARCH_TAKE, 40, 6, 0, FOLLOW_SEARCH},     /* filing.h */
    {STATEMENT_ROLLUPS_FOLD, 100000, 2, 1000, 0},
};
#define STEPS (sizeof steps / sizeof *steps)

struct follow {
    struct follow_options options;
    struct pg *pg;
    struct stories *stories;
    int watched; /* the connection's socket; -1 when there is none */
    int timer;
    int running; /* index of the step under way */
    struct filing *filing;
    int64_t since_ms;
    unsigned commits;                        /* since then */
    int64_t due_ms[STEPS], rested_ms[STEPS]; /* when to run it next; not before */
    int32_t most[STEPS];                     /* fewer after a failure */
    struct backoff backoff;
    uint64_t failures;
    char complaint[256]; /* logged last; empty when all is well */
};

static void turn(void *user);

struct follow *follow_new(const struct follow_options *options)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (!follow)
        return NULL;
    follow->options = *options;
    follow->stories = stories_new(options->story_days, options->story_bytes);
    follow->filing = filing_new();
    if (!follow->stories || !follow->filing) {
        stories_free(follow->stories);
        filing_free(follow->filing);
        free(follow);
        return NULL;
    }
    follow->watched = -1;
    follow->timer = NO_TIMER;
    follow->running = NO_STEP;
    follow->backoff = (struct backoff){.base_ms = BACKOFF_MS, .cap_ms = BACKOFF_CAP};
    for (size_t i = 0; i < STEPS; i++) {
        follow->due_ms[i] = steps[i].part & options->left_out ? NEVER : 0;
        follow->most[i] = steps[i].most;
    }
    return follow;
}

static void disconnect(struct follow *follow)
{
    if (follow->watched >= 0)
        loop_unwatch_fd(follow->options.loop, follow->watched);
    follow->watched = -1;
    follow->running = NO_STEP;
    stories_forget(follow->stories);
    filing_reset(follow->filing);
    pg_close(&follow->pg);
}

void follow_free(struct follow *follow)
{
    if (!follow)
        return;
    disconnect(follow);
    loop_cancel(follow->options.loop, follow->timer);
    stories_free(follow->stories);
    filing_free(follow->filing);
    free(follow);
}

uint64_t follow_failures(const struct follow *follow)
{
    return follow->failures;
}

/* ---- when ---- */

static int next_step(const struct follow *follow)
{
    int next = 0;
    for (int i = 1; i < (int)STEPS; i++)
        if (follow->due_ms[i] < follow->due_ms[next])
            next = i;
    return next;
}

static void turn_in(struct follow *follow, int64_t after_ms)
{
    loop_cancel(follow->options.loop, follow->timer);
    follow->timer = loop_once(follow->options.loop, after_ms > 0 ? after_ms : 0, turn, follow);
}

static void turn_when_due(struct follow *follow)
{
    turn_in(follow, follow->due_ms[next_step(follow)] - clock_steady_ms());
}

void follow_up(struct follow *follow)
{
    int64_t soon = clock_steady_ms() + SOON_MS;
    follow->commits++;
    for (size_t i = 0; i < STEPS; i++) {
        if (follow->due_ms[i] == NEVER)
            continue;
        int64_t at = soon > follow->rested_ms[i] ? soon : follow->rested_ms[i];
        if (follow->due_ms[i] == 0 || follow->due_ms[i] > at)
            follow->due_ms[i] = at;
    }
    if (follow->running == NO_STEP && follow->backoff.failures == 0)
        turn_when_due(follow);
}

/* ---- what ---- */

static void failed(struct follow *follow, const struct pg_fault *fault)
{
    follow->failures++;
    if (strcmp(follow->complaint, fault->fault.message) != 0 && follow->backoff.failures > 0) {
        (void)memcpy(follow->complaint, fault->fault.message, sizeof follow->complaint);
        log_warn("articles are stored, what follows waits", log_text("why", fault->fault.message),
                 log_text("sqlstate", fault->sqlstate));
    }
    if (follow->running != NO_STEP) {
        /* The others have their turn before it is tried again, with fewer: what takes too long at
         * once does not fail for ever. */
        follow->due_ms[follow->running] = clock_steady_ms() + EVERY_MS;
        follow->most[follow->running] = (follow->most[follow->running] + 1) / 2;
    }
    disconnect(follow);
    turn_in(follow, backoff_next(&follow->backoff, backoff_random()));
}

/* By a sixteenth of the whole: not the whole at once, which has failed. */
static int32_t more_again(const struct step *step, int32_t most)
{
    int32_t more = step->most / 16 + 1;
    return most < step->most - more ? most + more : step->most;
}

/* `count` is -1 when another worker is at it. More is waiting when it is all that the step may take
 * at once. */
static void ended(struct follow *follow, int index, int32_t count)
{
    const struct step *step = &steps[index];
    const int32_t most = follow->most[index];
    int64_t now = clock_steady_ms(), took = now - follow->since_ms;
    int64_t rest = count < 0 ? EVERY_MS : follow->commits > 0 ? took * step->rest : 0;
    follow->running = NO_STEP;
    follow->rested_ms[index] = now + rest;
    if (count < most && follow->rested_ms[index] < now + step->every_ms)
        follow->rested_ms[index] = now + step->every_ms;
    follow->due_ms[index] = count >= most ? now + rest : now + EVERY_MS;
    if (count > 0)
        follow->most[index] = more_again(step, most);
    backoff_reset(&follow->backoff);
    follow->complaint[0] = '\0';
    turn_when_due(follow);
}

static bool is_stories(int index)
{
    return steps[index].statement == STATEMENT_STORIES_TAKE;
}

static bool is_filing(int index)
{
    return steps[index].statement == STATEMENT_SEARCH_TAKE;
}

/* The last statement of the step, or of several, was answered. */
static enum status answered(struct follow *follow, struct pg_result **result,
                            struct pg_fault *fault)
{
    bool done = true;
    int32_t count = 0;
    enum status status = STATUS_OK;
    if (is_stories(follow->running))
        status = stories_go_on(follow->stories, follow->pg, *result, &done, &count, fault);
    else if (is_filing(follow->running))
        status = filing_go_on(follow->filing, follow->pg, result, &done, &count, fault);
    else if (*result && pg_rows(*result))
        count = pg_int4(*result, 0, 0);
    if (status == STATUS_OK && done)
        ended(follow, follow->running, count);
    return status;
}

static void on_readable(void *user)
{
    struct follow *follow = user;
    struct pg_fault fault;
    struct pg_result *result = NULL;
    bool done;
    enum status status = pg_receive(follow->pg, &done, &result, &fault);
    if (status == STATUS_OK && done && follow->running != NO_STEP)
        status = answered(follow, &result, &fault);
    pg_result_free(result);
    if (status != STATUS_OK)
        failed(follow, &fault);
}

static enum status connect_to(struct follow *follow, struct pg_fault *fault)
{
    const struct pg_options options = {.uri = follow->options.db,
                                       .application_name = "newsmill-follow",
                                       .connect_ms = CONNECT_MS,
                                       .statement_ms = STATEMENT_MS,
                                       .idle = follow->options.idle,
                                       .user = follow->options.user};
    enum status status = pg_open(&options, &follow->pg, fault);
    if (status != STATUS_OK)
        return status;
    follow->watched = pg_socket(follow->pg);
    loop_watch_fd(follow->options.loop, follow->watched, false, on_readable, follow);
    return STATUS_OK;
}

static enum status start(struct follow *follow, int index, struct pg_fault *fault)
{
    struct buffer scratch[2];
    for (size_t i = 0; i < 2; i++)
        buffer_init(&scratch[i], 64);
    const struct slice values[] = {
        binary_int4_value(&scratch[0], follow->most[index]),
        binary_int4_value(&scratch[1], (int32_t)follow->options.story_days),
    };
    follow->since_ms = clock_steady_ms();
    follow->commits = 0;
    enum status status =
        is_stories(index) ? stories_begin(follow->stories, follow->pg, follow->most[index], fault)
        : is_filing(index)
            ? filing_start(follow->filing, follow->pg, follow->most[index], fault)
            : pg_start(follow->pg, &statements[steps[index].statement], values, 2, fault);
    for (size_t i = 0; i < 2; i++)
        buffer_deinit(&scratch[i]);
    if (status == STATUS_OK)
        follow->running = index;
    return status;
}

static void turn(void *user)
{
    struct follow *follow = user;
    struct pg_fault fault = {.sqlstate = ""};
    enum status status = STATUS_OK;
    follow->timer = NO_TIMER;
    if (follow->running != NO_STEP)
        return;
    if (!follow->pg)
        status = connect_to(follow, &fault);
    if (status == STATUS_OK)
        status = start(follow, next_step(follow), &fault);
    if (status != STATUS_OK)
        failed(follow, &fault);
}
