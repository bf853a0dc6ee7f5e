/* The tables from result to columns, and the streams they fill. */
#include "worker/storage/facts.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/sketch.h"

#define STREAM_BYTES_MAX  ((size_t)1 << 30) /* of one table in one transaction */
#define STREAM_BYTES_KEPT ((size_t)1 << 26)
#define COUNT(array)      (sizeof(array) / sizeof((array)[0]))

enum column_type {
    COLUMN_TEXT,  /* struct slice */
    COLUMN_TERM,  /* the same, cut to what an index takes */
    COLUMN_TEXTS, /* struct field_list of struct slice */
    COLUMN_COUNT, /* uint32_t as integer */
    COLUMN_INDEX, /* int64_t as bigint */
    COLUMN_REAL,  /* double as real */
    COLUMN_DOUBLE,
    COLUMN_BOOL,
    COLUMN_ACTOR, /* first struct result_actor of a field_list: start, end, text, code, sector */
    COLUMN_CODES, /* the codes of such a list */
    COLUMN_SPAN,  /* optional struct result_span: start, end, text */
    COLUMN_PLACED /* int64_t index into the result's places: name, country, lat, lon */
};
#define CODES_MAX 16 /* actors of one side of an event that are kept */

struct column {
    enum column_type type;
    size_t offset;
};
struct kind {
    unsigned statement;
    size_t list; /* offset of the field_list in struct result */
    size_t record_bytes;
    const struct column *columns;
    size_t column_count;
};

#define AT(record, member, type)                                                                   \
    {                                                                                              \
        COLUMN_##type, offsetof(struct result_##record, member)                                    \
    }
#define SPAN_OF(record) AT(record, start, COUNT), AT(record, end, COUNT)

static const struct column name_columns[] = {
    SPAN_OF(name),        AT(name, confidence, REAL), AT(name, text, TEXT), AT(name, type, TERM),
    AT(name, name, TERM), AT(name, key, TEXT),        AT(name, role, TEXT),
};
static const struct column place_columns[] = {
    SPAN_OF(place),          AT(place, confidence, REAL),
    AT(place, text, TEXT),   AT(place, name, TERM),
    AT(place, kind, TERM),   AT(place, country, TERM),
    AT(place, admin1, TEXT), AT(place, lat, DOUBLE),
    AT(place, lon, DOUBLE),  AT(place, geonames, INDEX),
};
static const struct column event_columns[] = {
    SPAN_OF(event),
    AT(event, confidence, REAL),
    AT(event, sentence, COUNT),
    AT(event, type, TERM),
    AT(event, mode, TEXT),
    AT(event, contexts, TEXTS),
    AT(event, cameo, TEXT),
    AT(event, goldstein, REAL),
    AT(event, quad, INDEX),
    AT(event, source, ACTOR),
    AT(event, target, ACTOR),
    AT(event, negated, BOOL),
    AT(event, modality, TEXT),
    AT(event, place, INDEX),
    AT(event, date, TEXT),
    AT(event, source, CODES),
    AT(event, target, CODES),
    AT(event, attributed, SPAN),
    AT(event, mentions, COUNT),
    AT(event, lead, BOOL),
    AT(event, place, PLACED),
};
static const struct column target_columns[] = {
    SPAN_OF(target),
    AT(target, confidence, REAL),
    AT(target, text, TEXT),
    AT(target, tone, REAL),
};
static const struct column quote_columns[] = {
    SPAN_OF(quote),           AT(quote, confidence, REAL), AT(quote, direct, BOOL),
    AT(quote, speaker, SPAN), AT(quote, cue, SPAN),        AT(quote, name, TERM),
    AT(quote, key, TEXT),
};
static const struct column date_columns[] = {
    SPAN_OF(date),         AT(date, confidence, REAL), AT(date, text, TEXT),
    AT(date, value, TEXT), AT(date, grain, TEXT),
};
static const struct column amount_columns[] = {
    SPAN_OF(amount),          AT(amount, confidence, REAL), AT(amount, text, TEXT),
    AT(amount, kind, TEXT),   AT(amount, value, DOUBLE),    AT(amount, unit, TEXT),
    AT(amount, object, TEXT),
};

#define KIND(statement, member, record, columns)                                                   \
    {                                                                                              \
        STATEMENT_COPY_##statement, offsetof(struct result, member), sizeof(struct record),        \
            columns, COUNT(columns)                                                                \
    }
static const struct kind kinds[] = {
    KIND(NAMES, names, result_name, name_columns),
    KIND(PLACES, places, result_place, place_columns),
    KIND(EVENTS, events, result_event, event_columns),
    KIND(TARGETS, targets, result_target, target_columns),
    KIND(QUOTES, quotes, result_quote, quote_columns),
    KIND(DATES, dates, result_date, date_columns),
    KIND(AMOUNTS, amounts, result_amount, amount_columns),
};
_Static_assert(COUNT(kinds) + 2 == FACTS_TABLES, "articles, the kinds, sketches");

#define ARTICLES      0
#define ARTICLE_WIDTH 44
#define SKETCHES      (FACTS_TABLES - 1)
#define SKETCH_WIDTH  7
#define BAND_BITS     48 /* of a band that are kept */

const struct pg_statement *facts_statement(size_t table)
{
    return &statements[table == ARTICLES   ? STATEMENT_COPY_ARTICLES
                       : table == SKETCHES ? STATEMENT_COPY_SKETCHES
                                           : kinds[table - 1].statement];
}

void facts_init(struct facts *facts)
{
    for (size_t i = 0; i < FACTS_TABLES; i++) {
        buffer_init(&facts->tables[i].rows, STREAM_BYTES_MAX);
        facts->tables[i].count = 0;
    }
    facts->with_sketches = true;
}

void facts_deinit(struct facts *facts)
{
    for (size_t i = 0; i < FACTS_TABLES; i++)
        buffer_deinit(&facts->tables[i].rows);
}

void facts_begin(struct facts *facts)
{
    for (size_t i = 0; i < FACTS_TABLES; i++) {
        if (facts->tables[i].rows.capacity > STREAM_BYTES_KEPT) /* one huge batch is no reason */
            buffer_deinit(&facts->tables[i].rows);
        buffer_clear(&facts->tables[i].rows);
        binary_copy_begin(&facts->tables[i].rows);
        facts->tables[i].count = 0;
    }
}

void facts_end(struct facts *facts)
{
    for (size_t i = 0; i < FACTS_TABLES; i++)
        binary_copy_end(&facts->tables[i].rows);
}

/* ---- facts ---- */

static size_t column_width(enum column_type type)
{
    return type == COLUMN_ACTOR ? 5 : type == COLUMN_PLACED ? 4 : type == COLUMN_SPAN ? 3 : 1;
}

static struct slice cut(struct slice text, size_t most)
{
    size_t len = most;
    if (!text.data || text.len <= most)
        return text;
    while (len > 0 && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len--;
    return (struct slice){text.data, len};
}

struct slice facts_term(struct slice text)
{
    return cut(text, FACTS_TERM_BYTES);
}

struct slice facts_source(struct slice source)
{
    return cut(source, LIMIT_SOURCE_BYTES);
}

static void write_actor(struct buffer *out, const struct field_list *actors)
{
    const struct result_actor *actor = actors->items;
    for (size_t i = 0; actors->count == 0 && i < column_width(COLUMN_ACTOR); i++)
        binary_null(out);
    if (actors->count == 0)
        return;
    binary_int4(out, (int32_t)actor->start);
    binary_int4(out, (int32_t)actor->end);
    binary_bytes(out, actor->text);
    binary_bytes(out, facts_term(actor->code));
    binary_bytes(out, actor->sector);
}

static void write_codes(struct buffer *out, const struct field_list *actors)
{
    struct slice codes[CODES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < actors->count && count < CODES_MAX; i++) {
        const struct result_actor *actor = field_at(*actors, struct result_actor, i);
        if (actor->code.data)
            codes[count++] = facts_term(actor->code);
    }
    binary_texts(out, &(struct field_list){codes, count});
}

static void write_span(struct buffer *out, const struct result_span *span)
{
    for (size_t i = 0; !span && i < column_width(COLUMN_SPAN); i++)
        binary_null(out);
    if (!span)
        return;
    binary_int4(out, (int32_t)span->start);
    binary_int4(out, (int32_t)span->end);
    binary_bytes(out, span->text);
}

static void write_placed(struct buffer *out, int64_t index, const struct field_list *places)
{
    bool there = index >= 0 && (uint64_t)index < places->count;
    for (size_t i = 0; !there && i < column_width(COLUMN_PLACED); i++)
        binary_null(out);
    if (!there)
        return;
    const struct result_place *place = field_at(*places, struct result_place, (size_t)index);
    binary_bytes(out, facts_term(place->name));
    binary_bytes(out, facts_term(place->country));
    binary_double(out, place->lat);
    binary_double(out, place->lon);
}

static void write_column(struct buffer *out, enum column_type type, const void *at,
                         const struct result *result)
{
    switch (type) {
    case COLUMN_TEXT:
        binary_bytes(out, *(const struct slice *)at);
        break;
    case COLUMN_TERM:
        binary_bytes(out, facts_term(*(const struct slice *)at));
        break;
    case COLUMN_TEXTS:
        binary_texts(out, at);
        break;
    case COLUMN_COUNT:
        binary_int4(out, (int32_t) * (const uint32_t *)at);
        break;
    case COLUMN_INDEX:
        binary_int8(out, *(const int64_t *)at);
        break;
    case COLUMN_REAL:
        binary_real(out, *(const double *)at);
        break;
    case COLUMN_DOUBLE:
        binary_double(out, *(const double *)at);
        break;
    case COLUMN_BOOL:
        binary_bool(out, *(const bool *)at);
        break;
    case COLUMN_ACTOR:
        write_actor(out, at);
        break;
    case COLUMN_CODES:
        write_codes(out, at);
        break;
    case COLUMN_SPAN:
        write_span(out, *(const struct result_span *const *)at);
        break;
    case COLUMN_PLACED:
        write_placed(out, *(const int64_t *)at, &result->places);
        break;
    }
}

static void add_kind(struct buffer *out, const struct kind *kind, const struct row *row,
                     const struct result *result, const struct field_list *list)
{
    size_t width = 6; /* received, article_key, article, ordinal, latest, analyzer */
    for (size_t i = 0; i < kind->column_count; i++)
        width += column_width(kind->columns[i].type);
    for (size_t i = 0; i < list->count; i++) {
        const char *record = (const char *)list->items + i * kind->record_bytes;
        binary_row(out, width);
        binary_time(out, row->received_ms);
        binary_uuid(out, &row->key);
        binary_uuid(out, &row->article);
        binary_int4(out, (int32_t)i);
        binary_bool(out, row->latest);
        binary_bytes(out, result->analyzer);
        for (size_t c = 0; c < kind->column_count; c++)
            write_column(out, kind->columns[c].type, record + kind->columns[c].offset, result);
    }
}

/* ---- the article ---- */

/* Takes `json`; NULL stands for a lack of memory. */
static void write_json(struct buffer *out, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text)
        binary_jsonb(out, slice_from(text));
    else
        out->failed = true;
    free(text);
    json_decref(json);
}

/* Takes `item`; NULL stands for a lack of memory. */
static void append(struct buffer *out, json_t *array, json_t *item)
{
    if (json_array_append_new(array, item) != 0)
        out->failed = true;
}

static json_t *json_text(struct slice text)
{
    return text.data ? json_stringn(text.data, text.len) : json_null();
}

static json_t *json_number(double value)
{
    json_t *number = json_real(value); /* NULL when it is not finite */
    return number ? number : json_null();
}

static void write_removed(struct buffer *out, const struct field_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct result_removed *removed = field_at(*list, struct result_removed, i);
        append(out, array,
               json_pack("{s:o,s:o}", "text", json_text(removed->text), "why",
                         json_text(removed->why)));
    }
    write_json(out, array);
}

static void write_passages(struct buffer *out, const struct field_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct result_passage *passage = field_at(*list, struct result_passage, i);
        append(out, array,
               json_pack("{s:I,s:I,s:o,s:o}", "start", (json_int_t)passage->start, "end",
                         (json_int_t)passage->end, "code", json_text(passage->code), "confidence",
                         json_number(passage->confidence)));
    }
    write_json(out, array);
}

static void write_themes(struct buffer *out, const struct field_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct result_theme *theme = field_at(*list, struct result_theme, i);
        append(out, array,
               json_pack("{s:o,s:I,s:o}", "code", json_text(theme->code), "count",
                         (json_int_t)theme->count, "score", json_number(theme->score)));
    }
    write_json(out, array);
}

static void write_keyphrases(struct buffer *out, const struct field_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct result_keyphrase *phrase = field_at(*list, struct result_keyphrase, i);
        append(out, array,
               json_pack("{s:o,s:o}", "text", json_text(phrase->text), "score",
                         json_number(phrase->score)));
    }
    write_json(out, array);
}

static void write_summary(struct buffer *out, const struct field_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct result_extent *extent = field_at(*list, struct result_extent, i);
        append(out, array,
               json_pack("{s:I,s:I}", "start", (json_int_t)extent->start, "end",
                         (json_int_t)extent->end));
    }
    write_json(out, array);
}

/* Three arrays of equal length: starts, ends, tones. */
static void write_sentences(struct buffer *out, const struct field_list *list)
{
    for (int column = 0; column < 3; column++) {
        size_t field = binary_field_begin(out);
        binary_array(out, column < 2 ? BINARY_INT4 : BINARY_REAL, list->count);
        for (size_t i = 0; i < list->count; i++) {
            const struct result_sentence *sentence = field_at(*list, struct result_sentence, i);
            if (column == 2)
                binary_real(out, isfinite(sentence->tone) ? sentence->tone : 0);
            else
                binary_int4(out, (int32_t)(column == 0 ? sentence->start : sentence->end));
        }
        binary_field_end(out, field);
    }
}

/* In the order of copy_articles.sql. */
static void add_article(struct buffer *out, const struct row *row, struct slice original,
                        const struct result *result)
{
    const struct result_tone *tone = &result->tone;
    binary_row(out, ARTICLE_WIDTH);
    binary_uuid(out, &row->key);
    binary_uuid(out, &row->article);
    binary_int4(out, row->revision);
    binary_bool(out, row->latest);
    binary_time(out, row->received_ms);
    binary_time(out, result->published_ms);
    binary_bytes(out, result->published_from);
    binary_bytes(out, result->id);
    binary_bytes(out, result->url);
    binary_bytes(out, facts_source(result->source));
    binary_bytes(out, result->title);
    binary_texts(out, &result->authors);
    binary_bytes(out, facts_term(result->language.code));
    binary_real(out, result->language.confidence);
    binary_bytes(out, result->genre);
    binary_bytes(out, result->text);
    write_removed(out, &result->removed);
    write_sentences(out, &result->sentences);
    const double tones[] = {tone->tone,     tone->positive, tone->negative,
                            tone->polarity, tone->activity, tone->self_group};
    for (size_t i = 0; i < COUNT(tones); i++)
        binary_real(out, tones[i]);
    binary_int4(out, (int32_t)tone->words);
    write_themes(out, &result->themes);
    write_keyphrases(out, &result->keyphrases);
    write_summary(out, &result->summary);
    buffer_be32(out, 8); /* any 64 bits are a fingerprint, FIELD_NONE's too */
    buffer_be64(out, result->fingerprint);
    binary_bytes(out, result->analyzer);
    binary_jsonb(out, result->meta);
    binary_int4(out, (int32_t)result->repaired);
    binary_int4(out, (int32_t)result->unknown_keys);
    binary_bytes(out, original);
    binary_bytes(out, result->site);
    binary_bytes(out, result->section);
    binary_bytes(out, result->image);
    binary_bytes(out, result->canonical);
    binary_texts(out, &result->links);
    write_passages(out, &result->languages);
    binary_bytes(out, facts_term(result->focus));
    binary_time(out, row->stored_ms);
}

/* Above 48 bits of the band stand the highest 15 of the key, its time to 99 days: what is new goes
 * to one end of the index, and what is far away in time is not found (story_near_bands). */
static uint64_t band_value(const struct uuid *key, uint64_t band)
{
    uint64_t time = ((uint64_t)key->bytes[0] << 8 | key->bytes[1]) >> 1;
    return time << BAND_BITS | (band & ((UINT64_C(1) << BAND_BITS) - 1));
}

/* In the order of copy_sketches.sql. */
static void add_sketch(struct facts *facts, const struct row *row, const struct result *result)
{
    struct buffer *out = &facts->tables[SKETCHES].rows;
    struct sketch sketch = {.empty = true};
    if (facts->with_sketches)
        sketch_make(result->title, result->text, &sketch);
    size_t bands = sketch.empty ? 0 : SKETCH_BANDS;
    binary_row(out, SKETCH_WIDTH);
    binary_uuid(out, &row->key);
    binary_time(out, row->received_ms);
    binary_uuid(out, &row->article);
    binary_int4(out, row->revision);
    binary_bytes(out, result->source);
    if (sketch.empty)
        binary_null(out);
    else
        binary_bits(out, sketch.bits, SKETCH_BITS);
    size_t field = binary_field_begin(out);
    binary_array(out, BINARY_INT8, bands);
    for (size_t i = 0; i < bands; i++)
        binary_int8(out, (int64_t)band_value(&row->key, sketch.bands[i]));
    binary_field_end(out, field);
    facts->tables[SKETCHES].count++;
}

enum status facts_add(struct facts *facts, const struct row *row, struct slice original,
                      const struct result *result, struct fault *fault)
{
    bool failed = false;
    add_article(&facts->tables[ARTICLES].rows, row, original, result);
    facts->tables[ARTICLES].count++;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct field_list *list =
            (const struct field_list *)(const void *)((const char *)result + kinds[i].list);
        add_kind(&facts->tables[i + 1].rows, &kinds[i], row, result, list);
        facts->tables[i + 1].count += list->count;
    }
    add_sketch(facts, row, result);
    for (size_t i = 0; i < FACTS_TABLES; i++)
        failed = failed || buffer_failed(&facts->tables[i].rows);
    return failed ? fault_set(fault, STATUS_RETRY, "out-of-memory",
                              "no memory for the rows of a batch")
                  : STATUS_OK;
}
