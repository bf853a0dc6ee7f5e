/* One statement after the other. */
#include "worker/storage/stories.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/near.h"

#define DAY_MS          INT64_C(86400000)
#define HOUR_MS         INT64_C(3600000)
#define PAGE_ROWS       20000 /* of what is loaded at once */
#define SINCE_ROWS      50000 /* more that others did: everything is loaded anew */
#define PAIRS_BYTES     ((size_t)1 << 27)
#define PAIRS_PLENTY    200000 /* in one step; from then on an article has FEW of them */
#define WALK_FEW        4096   /* and is looked for in as many: ingest must hear of us in between */
#define FEW             64
#define BAND_BYTES      12 /* of an array of bigint: the length, and eight */
#define BANDS_AT        20
#define ARRAY_COUNT_AT  12
#define MEMORY_PART(ms) ((ms) + (ms) / 4) /* older articles are let go: some come late */

enum asked { ASKED_NOTHING, ASKED_TAKE, ASKED_LOAD, ASKED_SINCE, ASKED_SPILL, ASKED_LINK };

struct taken {
    struct near_article article;
    bool fresh; /* else of a story that a fresh one was in */
};

struct stories {
    int64_t span_ms;
    size_t most; /* articles in the memory */
    int32_t days;
    enum asked asked;
    /* The memory: NULL, or all articles written before `position` whose keys are of `cover_ms` or
     * later. */
    struct near *near;
    int64_t position, cover_ms, newest_ms;
    bool loading, anew; /* being filled; filled in this step, so that nothing in it is stale */
    /* The step. */
    struct taken *taken;
    size_t count, capacity, fresh;
    int32_t wanted;
    int64_t reached, behind;
    bool known;         /* some of them have a story already */
    bool tabled, leave; /* the table is asked; it need not be from now on */
    int64_t tried_ms;   /* when that was looked at last; 0: never */
    struct buffer ones, others, strays;
};

struct stories *stories_new(int64_t days, size_t memory_bytes)
{
    struct stories *stories = calloc(1, sizeof *stories);
    if (!stories)
        return NULL;
    stories->days = (int32_t)days;
    stories->span_ms = days * DAY_MS;
    stories->most = memory_bytes / NEAR_ARTICLE_BYTES;
    buffer_init(&stories->ones, PAIRS_BYTES);
    buffer_init(&stories->others, PAIRS_BYTES);
    buffer_init(&stories->strays, PAIRS_BYTES);
    return stories;
}

static void drop_memory(struct stories *stories)
{
    near_free(stories->near);
    stories->near = NULL;
    stories->loading = stories->anew = false;
}

void stories_forget(struct stories *stories)
{
    drop_memory(stories);
    stories->asked = ASKED_NOTHING;
}

void stories_free(struct stories *stories)
{
    if (!stories)
        return;
    drop_memory(stories);
    free(stories->taken);
    buffer_deinit(&stories->ones);
    buffer_deinit(&stories->others);
    buffer_deinit(&stories->strays);
    free(stories);
}

static enum status no_memory(struct pg_fault *fault)
{
    fault->sqlstate[0] = '\0';
    return fault_set(&fault->fault, STATUS_RETRY, "out-of-memory", "no memory to find stories");
}

static struct slice key_slice(const struct uuid *key)
{
    return (struct slice){(const char *)key->bytes, sizeof key->bytes};
}

/* The last key before a millisecond. */
static struct uuid key_before(int64_t ms)
{
    struct uuid key;
    memset(&key, 0xff, sizeof key);
    uint64_t before = ms > 0 ? (uint64_t)ms - 1 : 0;
    for (size_t i = 0; i < 6; i++)
        key.bytes[i] = (uint8_t)(before >> (40 - 8 * i));
    return key;
}

static enum status ask(struct stories *stories, struct pg *pg, enum asked asked, unsigned statement,
                       const struct slice *values, size_t count, struct pg_fault *fault)
{
    enum status status = pg_start(pg, &statements[statement], values, count, fault);
    stories->asked = status == STATUS_OK ? asked : ASKED_NOTHING;
    return status;
}

/* Values of numbers, each in eight or four bytes of one buffer. */
struct numbers {
    struct buffer buffers[3];
};

static void numbers_init(struct numbers *numbers)
{
    for (size_t i = 0; i < 3; i++)
        buffer_init(&numbers->buffers[i], sizeof(int64_t));
}

static void numbers_deinit(struct numbers *numbers)
{
    for (size_t i = 0; i < 3; i++)
        buffer_deinit(&numbers->buffers[i]);
}

/* ---- what is new ---- */

enum status stories_begin(struct stories *stories, struct pg *pg, int32_t most,
                          struct pg_fault *fault)
{
    struct buffer scratch;
    buffer_init(&scratch, sizeof most);
    stories->wanted = most;
    stories->leave = stories->anew = false;
    const struct slice value = binary_int4_value(&scratch, most);
    enum status status = ask(stories, pg, ASKED_TAKE, STATEMENT_STORIES_TAKE, &value, 1, fault);
    buffer_deinit(&scratch);
    return status;
}

/* Binary bigint[]: dimensions, flags, type, count and lower bound, then each with its length. */
static void read_article(const struct pg_result *result, size_t row, struct near_article *out)
{
    struct slice bands = pg_bytes(result, row, 1);
    out->key = pg_uuid(result, row, 0);
    out->count = 0;
    if (bands.len < BANDS_AT)
        return;
    uint32_t count = (uint8_t)bands.data[ARRAY_COUNT_AT + 3]; /* eight at most */
    for (size_t at = BANDS_AT; out->count < count && out->count < SKETCH_BANDS; at += BAND_BYTES) {
        if (bands.len < at + BAND_BYTES)
            return;
        out->bands[out->count++] = (uint64_t)binary_read_int8(
            slice_sub(bands, at + BAND_BYTES - sizeof(int64_t), at + BAND_BYTES));
    }
}

static int by_key(const void *a, const void *b)
{
    const struct taken *one = a, *other = b;
    return memcmp(&one->article.key, &other->article.key, sizeof one->article.key);
}

static enum status keep_taken(struct stories *stories, const struct pg_result *result,
                              struct pg_fault *fault)
{
    size_t rows = pg_rows(result);
    if (rows > stories->capacity) {
        struct taken *moved = realloc(stories->taken, rows * sizeof *moved);
        if (!moved)
            return no_memory(fault);
        stories->taken = moved;
        stories->capacity = rows;
    }
    stories->count = stories->fresh = 0;
    for (size_t row = 1; row < rows; row++) {
        struct taken *taken = &stories->taken[stories->count++];
        read_article(result, row, &taken->article);
        taken->fresh = pg_bool(result, row, 2);
        stories->fresh += taken->fresh;
    }
    if (stories->count > 0)
        qsort(stories->taken, stories->count, sizeof *stories->taken, by_key);
    return STATUS_OK;
}

/* A clock that was wrong does not make the rest old. */
static int64_t plausible(int64_t ms)
{
    int64_t most = clock_wall_ms() + HOUR_MS;
    return ms < most ? ms : most;
}

/* ---- the memory ---- */

static enum status load(struct stories *stories, struct pg *pg, const struct uuid *behind,
                        struct pg_fault *fault)
{
    struct numbers numbers;
    numbers_init(&numbers);
    const struct slice values[] = {key_slice(behind),
                                   binary_int8_value(&numbers.buffers[0], stories->reached),
                                   binary_int4_value(&numbers.buffers[1], PAGE_ROWS)};
    enum status status = ask(stories, pg, ASKED_LOAD, STATEMENT_STORIES_LOAD, values, 3, fault);
    numbers_deinit(&numbers);
    return status;
}

static enum status load_anew(struct stories *stories, struct pg *pg, struct pg_fault *fault)
{
    drop_memory(stories);
    stories->near = near_new(stories->tabled ? stories->most / 2 : stories->most);
    if (!stories->near)
        return no_memory(fault);
    stories->loading = stories->anew = true;
    stories->cover_ms = stories->newest_ms - MEMORY_PART(stories->span_ms);
    const struct uuid behind = key_before(stories->cover_ms);
    return load(stories, pg, &behind, fault);
}

static enum status load_since(struct stories *stories, struct pg *pg, struct pg_fault *fault)
{
    struct numbers numbers;
    numbers_init(&numbers);
    const struct uuid behind = key_before(stories->cover_ms);
    const struct slice values[] = {key_slice(&behind),
                                   binary_int8_value(&numbers.buffers[0], stories->reached),
                                   binary_int8_value(&numbers.buffers[1], stories->position),
                                   binary_int4_value(&numbers.buffers[2], SINCE_ROWS)};
    enum status status = ask(stories, pg, ASKED_SINCE, STATEMENT_STORIES_SINCE, values, 4, fault);
    numbers_deinit(&numbers);
    return status;
}

static enum status spill(struct stories *stories, struct pg *pg, struct pg_fault *fault)
{
    struct buffer scratch;
    buffer_init(&scratch, sizeof(int64_t));
    const struct uuid low = key_before(stories->cover_ms);
    const struct slice values[] = {binary_int8_value(&scratch, stories->reached), key_slice(&low)};
    drop_memory(stories);
    enum status status = ask(stories, pg, ASKED_SPILL, STATEMENT_STORIES_SPILL, values, 2, fault);
    buffer_deinit(&scratch);
    return status;
}

static void remember(struct stories *stories, const struct near_article *article, bool *fits)
{
    int64_t ms = near_ms(&article->key);
    if (ms < stories->cover_ms)
        return;
    *fits = *fits && near_add(stories->near, article);
    ms = plausible(ms);
    stories->newest_ms = ms > stories->newest_ms ? ms : stories->newest_ms;
}

static bool remember_rows(struct stories *stories, const struct pg_result *result)
{
    struct near_article article;
    bool fits = true;
    for (size_t row = 0; row < pg_rows(result); row++) {
        read_article(result, row, &article);
        remember(stories, &article, &fits);
    }
    return fits;
}

static bool remember_fresh(struct stories *stories)
{
    bool fits = true;
    for (size_t i = 0; i < stories->count; i++)
        if (stories->taken[i].fresh)
            remember(stories, &stories->taken[i].article, &fits);
    return fits;
}

static void let_go(struct stories *stories)
{
    int64_t since_ms = stories->newest_ms - MEMORY_PART(stories->span_ms);
    if (!stories->near || near_quarter_ms(stories->near) >= since_ms)
        return;
    near_evict(stories->near, since_ms);
    stories->cover_ms = since_ms;
}

/* ---- the links ---- */

static void begin_array(struct buffer *array)
{
    buffer_clear(array);
    binary_array(array, BINARY_UUID, 1); /* how many is known in the end */
}

static void end_array(struct buffer *array, size_t count)
{
    if (count == 0) {
        buffer_clear(array);
        binary_array(array, BINARY_UUID, 0);
    }
    for (size_t i = 0; i < 4 && count > 0 && !buffer_failed(array); i++)
        array->data[ARRAY_COUNT_AT + i] = (char)(uint8_t)(count >> (24 - 8 * i));
}

static void find(struct stories *stories)
{
    struct uuid found[NEAR_MOST];
    size_t pairs = 0, strays = 0;
    for (size_t i = 0; i < stories->count && stories->near; i++) {
        const struct near_article *article = &stories->taken[i].article;
        if (near_ms(&article->key) - stories->span_ms < stories->cover_ms) {
            binary_uuid(&stories->strays, &article->key);
            strays++;
            continue;
        }
        size_t count = near_find(stories->near, article, stories->span_ms,
                                 pairs > PAIRS_PLENTY ? WALK_FEW : NEAR_WALK, found);
        if (pairs > PAIRS_PLENTY && count > FEW) { /* of both ends, as near_find has walked */
            memmove(found + FEW / 2, found + count - (FEW - FEW / 2),
                    (FEW - FEW / 2) * sizeof *found);
            count = FEW;
        }
        for (size_t k = 0; k < count; k++) {
            binary_uuid(&stories->ones, &article->key);
            binary_uuid(&stories->others, &found[k]);
        }
        pairs += count;
    }
    end_array(&stories->ones, pairs);
    end_array(&stories->others, pairs);
    end_array(&stories->strays, strays);
}

static enum status link(struct stories *stories, struct pg *pg, struct pg_fault *fault)
{
    begin_array(&stories->ones);
    begin_array(&stories->others);
    begin_array(&stories->strays);
    find(stories);
    if (buffer_failed(&stories->ones) || buffer_failed(&stories->others) ||
        buffer_failed(&stories->strays))
        return no_memory(fault);
    struct numbers numbers;
    numbers_init(&numbers);
    const struct slice values[] = {binary_int8_value(&numbers.buffers[0], stories->reached),
                                   binary_int8_value(&numbers.buffers[1], stories->behind),
                                   binary_int4_value(&numbers.buffers[2], stories->days),
                                   buffer_slice(&stories->ones),
                                   buffer_slice(&stories->others),
                                   buffer_slice(&stories->strays),
                                   {stories->leave ? "\1" : "\0", 1},
                                   {stories->known ? "\1" : "\0", 1}};
    enum status status = ask(stories, pg, ASKED_LINK, STATEMENT_STORIES_LINK, values, 8, fault);
    numbers_deinit(&numbers);
    return status;
}

/* ---- what comes next ---- */

/* More than the memory holds: it may be that much of it is stale; if not, the table is needed. */
static enum status overflow(struct stories *stories, struct pg *pg, struct pg_fault *fault)
{
    if (stories->tabled) { /* it still is */
        drop_memory(stories);
        return link(stories, pg, fault);
    }
    return stories->anew ? spill(stories, pg, fault) : load_anew(stories, pg, fault);
}

/* The memory is as it was when the step ran last. */
static enum status remembered(struct stories *stories, struct pg *pg, struct pg_fault *fault)
{
    stories->loading = false;
    stories->position = stories->reached;
    if (!remember_fresh(stories))
        return overflow(stories, pg, fault);
    stories->leave = stories->tabled;
    return link(stories, pg, fault);
}

static enum status taken(struct stories *stories, struct pg *pg, const struct pg_result *result,
                         struct pg_fault *fault)
{
    stories->reached = binary_read_int8(pg_bytes(result, 0, 3));
    stories->behind = binary_read_int8(pg_bytes(result, 0, 4));
    stories->known = pg_bool(result, 0, 2);
    stories->tabled = pg_bool(result, 0, 5);
    enum status status = keep_taken(stories, result, fault);
    if (status != STATUS_OK)
        return status;
    if (stories->tabled) {
        int64_t now_ms = clock_steady_ms();
        drop_memory(stories);
        if (stories->tried_ms > 0 && now_ms - stories->tried_ms < HOUR_MS)
            return link(stories, pg, fault);
        stories->tried_ms = now_ms;
    }
    if (stories->near && stories->position == stories->reached)
        return remembered(stories, pg, fault);
    if (stories->near && stories->position < stories->reached)
        return load_since(stories, pg, fault);
    struct uuid newest = pg_uuid(result, 0, 6);
    if (!pg_bytes(result, 0, 6).data && stories->count > 0)
        newest = stories->taken[0].article.key;
    stories->newest_ms = plausible(near_ms(&newest));
    return load_anew(stories, pg, fault);
}

static enum status loaded(struct stories *stories, struct pg *pg, const struct pg_result *result,
                          struct pg_fault *fault)
{
    size_t rows = pg_rows(result);
    if (!remember_rows(stories, result))
        return overflow(stories, pg, fault);
    if (rows < PAGE_ROWS)
        return remembered(stories, pg, fault);
    const struct uuid last = pg_uuid(result, rows - 1, 0);
    return load(stories, pg, &last, fault);
}

static enum status loaded_since(struct stories *stories, struct pg *pg,
                                const struct pg_result *result, struct pg_fault *fault)
{
    if (pg_rows(result) == SINCE_ROWS || !remember_rows(stories, result))
        return load_anew(stories, pg, fault);
    return remembered(stories, pg, fault);
}

static void linked(struct stories *stories, int32_t count)
{
    if (count >= 0)
        stories->position = stories->behind;
    let_go(stories);
}

enum status stories_go_on(struct stories *stories, struct pg *pg, const struct pg_result *result,
                          bool *done, int32_t *count, struct pg_fault *fault)
{
    enum asked asked = stories->asked;
    stories->asked = ASKED_NOTHING;
    *done = false;
    *count = -1;
    switch (asked) {
    case ASKED_TAKE:
        if (pg_rows(result) > 0 && pg_bytes(result, 0, 4).data)
            return taken(stories, pg, result, fault);
        *count = pg_rows(result) > 0 ? 0 : -1;
        break;
    case ASKED_LOAD:
        return loaded(stories, pg, result, fault);
    case ASKED_SINCE:
        return loaded_since(stories, pg, result, fault);
    case ASKED_SPILL:
        *count = stories->wanted; /* at once again, with the table */
        break;
    case ASKED_LINK:
        *count = pg_rows(result) > 0 ? pg_int4(result, 0, 0) : -1;
        linked(stories, *count);
        break;
    case ASKED_NOTHING:
        break;
    }
    *done = true;
    return STATUS_OK;
}
