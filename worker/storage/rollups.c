/* The keys and sums of each rollup. */
#include "worker/storage/rollups.h"

#include <math.h>

#include "common/clock.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/facts.h"

#define STREAM_BYTES_MAX ((size_t)1 << 28)
#define KEY_BYTES_MAX    ((size_t)1 << 24)
#define HOUR_MS          INT64_C(3600000)
#define DAY_MS           (24 * HOUR_MS)
#define DELAY_MS_MAX     (7 * DAY_MS) /* published longer ago: an archive, no delay */
#define LAG_MS_MAX       DAY_MS       /* stored later: a retried dead letter, a replay */
#define MILLIONTHS_MAX   1e9

#define FIELDS_MAX 6

/* In the order of enum rollup: what its COPY takes. */
static const struct {
    unsigned statement;
    size_t sums, fields;
    enum binary_type types[FIELDS_MAX];
} shapes[ROLLUPS] = {
    {STATEMENT_COPY_BATCHES_HOURS, 11, 4, {BINARY_TIME, BINARY_TEXT, BINARY_TEXT, BINARY_TEXT}},
    {STATEMENT_COPY_BATCHES_PAIRS,
     8,
     5,
     {BINARY_DATE, BINARY_TEXT, BINARY_TEXT, BINARY_TEXT, BINARY_BOOL}},
    {STATEMENT_COPY_BATCHES_TERMS, 2, 3, {BINARY_DATE, BINARY_TEXT, BINARY_TEXT}},
    {STATEMENT_COPY_BATCHES_PLACES,
     2,
     6,
     {BINARY_DATE, BINARY_TEXT, BINARY_TEXT, BINARY_TEXT, BINARY_DOUBLE, BINARY_DOUBLE}},
};

void rollups_init(struct rollups *rollups)
{
    for (int i = 0; i < ROLLUPS; i++) {
        tally_init(&rollups->tallies[i]);
        buffer_init(&rollups->streams[i], STREAM_BYTES_MAX);
    }
    buffer_init(&rollups->key, KEY_BYTES_MAX);
    rollups->visit = 0;
    rollups->failed = false;
}

void rollups_deinit(struct rollups *rollups)
{
    for (int i = 0; i < ROLLUPS; i++) {
        tally_deinit(&rollups->tallies[i]);
        buffer_deinit(&rollups->streams[i]);
    }
    buffer_deinit(&rollups->key);
}

void rollups_begin(struct rollups *rollups)
{
    for (int i = 0; i < ROLLUPS; i++) {
        tally_clear(&rollups->tallies[i]);
        buffer_clear(&rollups->streams[i]);
    }
    rollups->visit = 0;
    rollups->failed = false;
}

int64_t rollups_millionths(double value)
{
    const double kept = (double)(float)value;
    return fabs(kept) <= MILLIONTHS_MAX ? llrint(kept * 1e6) : 0; /* NaN: 0 */
}

static struct buffer *new_key(struct rollups *rollups)
{
    buffer_clear(&rollups->key);
    return &rollups->key;
}

/* The entry of the scratch key; NULL without memory. */
static struct tally_entry *entry_of(struct rollups *rollups, enum rollup rollup)
{
    rollups->failed = rollups->failed || buffer_failed(&rollups->key);
    return rollups->failed ? NULL
                           : tally_at(&rollups->tallies[rollup], buffer_slice(&rollups->key));
}

static void add(struct rollups *rollups, enum rollup rollup, const int64_t *sums)
{
    struct tally_entry *entry = entry_of(rollups, rollup);
    for (size_t i = 0; entry && i < shapes[rollup].sums; i++)
        entry->sums[i] += sums[i];
}

/* Where the sums are articles and mentions: an article counts once an entry. */
static void add_mentions(struct rollups *rollups, enum rollup rollup, int64_t mentions)
{
    struct tally_entry *entry = entry_of(rollups, rollup);
    if (!entry)
        return;
    entry->sums[0] += entry->visit != rollups->visit;
    entry->sums[1] += mentions;
    entry->visit = rollups->visit;
}

/* ---- hours ---- */

static int64_t floor_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

/* 0 and not counted when it is not known or not in range. */
static int64_t between(int64_t from_ms, int64_t to_ms, int64_t most, int64_t *counted)
{
    *counted =
        from_ms != CLOCK_NONE && to_ms != CLOCK_NONE && from_ms <= to_ms && from_ms >= to_ms - most;
    return *counted ? to_ms - from_ms : 0;
}

static void add_hours(struct rollups *rollups, const struct row *row, const struct result *result)
{
    const struct result_tone *tone = &result->tone;
    int64_t delayed, lagged;
    int64_t delay_ms = between(result->published_ms, row->received_ms, DELAY_MS_MAX, &delayed);
    int64_t lag_ms = between(row->received_ms, row->stored_ms, LAG_MS_MAX, &lagged);
    struct buffer *key = new_key(rollups);
    binary_time(key, floor_to(row->received_ms, HOUR_MS));
    binary_bytes(key, facts_term(result->focus));
    binary_bytes(key, facts_source(result->source));
    binary_bytes(key, facts_term(result->language.code));
    add(rollups, ROLLUP_HOURS,
        (const int64_t[]){1, (int32_t)tone->words, !isnan(tone->tone),
                          rollups_millionths(tone->tone), rollups_millionths(tone->positive),
                          rollups_millionths(tone->negative), rollups_millionths(tone->polarity),
                          delayed, delay_ms, lagged, lag_ms});
}

/* ---- days ---- */

static void add_pairs(struct rollups *rollups, int32_t day, const struct field_list *events)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct result_event *event = field_at(*events, struct result_event, i);
        const struct result_actor *source = event->source.items, *target = event->target.items;
        struct buffer *key = new_key(rollups);
        binary_date(key, day);
        binary_bytes(key, event->source.count ? facts_term(source->code) : SLICE_NULL);
        binary_bytes(key, event->target.count ? facts_term(target->code) : SLICE_NULL);
        binary_bytes(key, facts_term(event->type));
        binary_bool(key, slice_is(event->modality, "actual") && !event->negated);
        add(rollups, ROLLUP_PAIRS,
            (const int64_t[]){1, (int32_t)event->mentions, !isnan(event->goldstein),
                              rollups_millionths(event->goldstein), event->quad == 1,
                              event->quad == 2, event->quad == 3, event->quad == 4});
    }
}

static void add_term(struct rollups *rollups, int32_t day, struct slice type, struct slice term,
                     int64_t mentions)
{
    struct buffer *key = new_key(rollups);
    binary_date(key, day);
    binary_bytes(key, type);
    binary_bytes(key, term);
    add_mentions(rollups, ROLLUP_TERMS, mentions);
}

static void add_terms(struct rollups *rollups, int32_t day, const struct result *result)
{
    for (size_t i = 0; i < result->names.count; i++) {
        const struct result_name *name = field_at(result->names, struct result_name, i);
        if (name->name.data)
            add_term(rollups, day,
                     name->type.data ? facts_term(name->type) : SLICE_LITERAL("other"),
                     facts_term(name->name), 1);
    }
    for (size_t i = 0; i < result->themes.count; i++) {
        const struct result_theme *theme = field_at(result->themes, struct result_theme, i);
        if (theme->code.data && theme->code.len <= FACTS_TERM_BYTES)
            add_term(rollups, day, SLICE_LITERAL("theme"), theme->code, (int64_t)theme->count);
    }
}

static void add_places(struct rollups *rollups, int32_t day, const struct field_list *places)
{
    for (size_t i = 0; i < places->count; i++) {
        const struct result_place *place = field_at(*places, struct result_place, i);
        if (isnan(place->lat) || isnan(place->lon))
            continue;
        struct buffer *key = new_key(rollups);
        binary_date(key, day);
        binary_bytes(key, facts_term(place->country));
        binary_bytes(key, facts_term(place->name));
        binary_bytes(key, facts_term(place->kind));
        binary_double(key, place->lat);
        binary_double(key, place->lon);
        add_mentions(rollups, ROLLUP_PLACES, 1);
    }
}

void rollups_add(struct rollups *rollups, const struct row *row, const struct result *result)
{
    if (!row->latest)
        return;
    const int32_t day = (int32_t)(floor_to(row->received_ms, DAY_MS) / DAY_MS);
    rollups->visit++;
    add_hours(rollups, row, result);
    add_pairs(rollups, day, &result->events);
    add_terms(rollups, day, result);
    add_places(rollups, day, &result->places);
}

/* ---- streams ---- */

enum status rollups_end(struct rollups *rollups, struct fault *fault)
{
    bool failed = rollups->failed;
    for (int i = 0; i < ROLLUPS; i++) {
        const struct tally *tally = &rollups->tallies[i];
        failed = failed || tally_failed(tally);
        if (tally->count == 0)
            continue;
        binary_copy_begin(&rollups->streams[i]);
        tally_write(tally, shapes[i].types, shapes[i].fields, shapes[i].sums, &rollups->streams[i]);
        binary_copy_end(&rollups->streams[i]);
        failed = failed || buffer_failed(&rollups->streams[i]);
    }
    return failed ? fault_set(fault, STATUS_RETRY, "out-of-memory",
                              "no memory for the rollups of a batch")
                  : STATUS_OK;
}

struct slice rollups_stream(const struct rollups *rollups, enum rollup rollup)
{
    return buffer_slice(&rollups->streams[rollup]);
}

const struct pg_statement *rollups_statement(enum rollup rollup)
{
    return &statements[shapes[rollup].statement];
}
