/* worker/storage without a database: batches, SQLSTATEs, binary formats, embedded SQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "storage/statements.h"
#include "worker/storage/batch.h"
#include "worker/storage/binary.h"
#include "worker/storage/facts.h"
#include "worker/storage/sketch.h"
#include "worker/storage/sqlstate.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct batch_limits limits = {.rows = 3, .bytes = 1000, .age_ms = 10};

static struct consumer_delivery *some_delivery(void)
{
    static char stands_for_one;
    return (struct consumer_delivery *)(void *)&stands_for_one;
}

static void add(struct batch *batch, size_t bytes, bool solo, int64_t now)
{
    struct row row = {.bytes = bytes, .solo = solo, .delivery = some_delivery()};
    assert_int_equal(batch_add(batch, &row, now), STATUS_OK);
}

static void flushed_by_count_bytes_age_or_solo(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch);
    assert_false(batch_due(&batch, &limits, 1000));
    assert_int_equal(batch_wait_ms(&batch, &limits, 1000), -1);
    add(&batch, 10, false, 1000);
    assert_false(batch_due(&batch, &limits, 1009));
    assert_int_equal(batch_wait_ms(&batch, &limits, 1004), 6);
    assert_true(batch_due(&batch, &limits, 1010));
    assert_int_equal(batch_wait_ms(&batch, &limits, 2000), 0);
    add(&batch, 10, false, 1001);
    assert_false(batch_due(&batch, &limits, 1001));
    add(&batch, 10, false, 1001);
    assert_true(batch_due(&batch, &limits, 1001));
    batch_deinit(&batch);

    add(&batch, 1000, false, 0);
    assert_true(batch_due(&batch, &limits, 0));
    batch_deinit(&batch);

    add(&batch, 1, true, 0);
    assert_true(batch_due(&batch, &limits, 0));
    batch_deinit(&batch);
}

static void takes_no_more_than_a_transaction_should(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch);
    add(&batch, 5000, false, 0); /* alone over the limit: goes alone */
    add(&batch, 600, false, 0);
    add(&batch, 600, false, 0);
    assert_int_equal(batch_take(&batch, &limits), 1);
    batch.rows[0].delivery = NULL;
    batch_compact(&batch, 5);
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.bytes, 1200);
    assert_int_equal(batch.since_ms, 5);
    assert_int_equal(batch_take(&batch, &limits), 1);
    for (size_t i = 0; i < 9; i++)
        add(&batch, 1, false, 0);
    batch.rows[0].delivery = batch.rows[1].delivery = NULL;
    batch_compact(&batch, 5);
    assert_int_equal(batch_take(&batch, &limits), 3);
    batch_deinit(&batch);
}

static struct uuid uuid_of(uint8_t byte)
{
    struct uuid uuid = {{byte}};
    return uuid;
}

struct planned {
    uint8_t key, article, content;
    bool dead;
};

/* Rows and pointers to them. */
static void make(const struct planned *from, size_t count, struct row *rows, struct row **order)
{
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct row){.key = uuid_of(from[i].key),
                               .article = uuid_of(from[i].article),
                               .content = uuid_of(from[i].content),
                               .dead = from[i].dead,
                               .delivery = some_delivery()};
        order[i] = &rows[i];
    }
}

static void copies_in_a_batch_have_one_owner(void **state)
{
    (void)state;
    static const struct planned from[] = {
        {9, 1, 1, false}, {3, 1, 1, false}, {5, 2, 1, false}, {1, 7, 7, true}, {4, 1, 2, false}};
    struct row rows[COUNT(from)], *order[COUNT(from)];
    make(from, COUNT(from), rows, order);
    assert_int_equal(batch_plan(order, COUNT(from)), 4);
    assert_ptr_equal(order[0], &rows[1]); /* the earliest key of its content */
    assert_ptr_equal(order[1], &rows[0]);
    assert_ptr_equal(order[4], &rows[3]); /* dead letters last */
    assert_true(rows[1].first && rows[2].first && rows[4].first);
    assert_false(rows[0].first || rows[3].first);
    assert_int_equal(batch_decide(order, 4), STATUS_RETRY); /* nobody owns anything yet */

    struct uuid other = uuid_of(200);
    for (size_t i = 0; i < 4; i++) {
        struct row *first = batch_find(order, 4, &order[i]->article, &order[i]->content);
        assert_non_null(first);
        assert_true(first->first);
        first->owned = true;
        first->owner = first == &rows[2] ? other : first->key;
    }
    assert_int_equal(batch_decide(order, 4), STATUS_OK);
    assert_int_equal(rows[1].fate, ROW_STORED);
    assert_int_equal(rows[0].fate, ROW_DUPLICATE);
    assert_int_equal(rows[2].fate, ROW_DUPLICATE);
    assert_int_equal(rows[4].fate, ROW_STORED);
    assert_null(batch_find(order, 4, &other, &other));
}

static void the_highest_fresh_revision_is_the_latest(void **state)
{
    (void)state;
    static const struct planned from[] = {
        {1, 1, 9, false}, {2, 1, 5, false}, {3, 1, 7, false}, {4, 2, 1, false}, {5, 2, 2, false}};
    static const int32_t revisions[] = {4, 5, 6, 1, 0};
    struct row rows[COUNT(from)], *order[COUNT(from)];
    make(from, COUNT(from), rows, order);
    (void)batch_plan(order, COUNT(from));
    for (size_t i = 0; i < COUNT(from); i++) {
        rows[i].owned = true;
        rows[i].owner = rows[i].key;
        rows[i].fresh = revisions[i] > 0;
        rows[i].revision = revisions[i];
    }
    assert_int_equal(batch_decide(order, COUNT(from)), STATUS_OK);
    assert_false(rows[0].latest || rows[1].latest || rows[4].latest);
    assert_true(rows[2].latest && rows[3].latest);
    batch_sort_by_key(order, COUNT(from));
    for (size_t i = 0; i < COUNT(from); i++)
        assert_ptr_equal(order[i], &rows[i]);
}

static void sqlstates_mean_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate, *constraint;
        enum status status;
    } cases[] = {
        {NULL, NULL, STATUS_RETRY},     {"", NULL, STATUS_RETRY},
        {"08006", NULL, STATUS_RETRY},  {"57P01", NULL, STATUS_RETRY},
        {"57P03", NULL, STATUS_RETRY},  {"57014", NULL, STATUS_RETRY},
        {"53100", NULL, STATUS_RETRY},  {"53300", NULL, STATUS_RETRY},
        {"55P03", NULL, STATUS_RETRY},  {"25006", NULL, STATUS_RETRY},
        {"40001", NULL, STATUS_RETRY},  {"40P01", NULL, STATUS_RETRY},
        {"58030", NULL, STATUS_RETRY},  {"XX001", NULL, STATUS_RETRY},
        {"99999", NULL, STATUS_RETRY},  {"22021", NULL, STATUS_REJECT},
        {"22P02", NULL, STATUS_REJECT}, {"23502", NULL, STATUS_REJECT},
        {"23514", "x", STATUS_REJECT},  {"23505", "articles_key", STATUS_REJECT},
        {"23505", NULL, STATUS_REJECT}, {"21000", NULL, STATUS_REJECT},
        {"54000", NULL, STATUS_REJECT}, {"23505", "ledger_revision", STATUS_RETRY},
        {"42P01", NULL, STATUS_FATAL},  {"42501", NULL, STATUS_FATAL},
        {"3F000", NULL, STATUS_FATAL},  {"28P01", NULL, STATUS_FATAL},
        {"3D000", NULL, STATUS_FATAL},  {"P0001", NULL, STATUS_FATAL},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(sqlstate_status(cases[i].sqlstate, cases[i].constraint), cases[i].status);
    assert_string_equal(sqlstate_code(STATUS_REJECT), "database-refused");
    assert_string_equal(sqlstate_code(STATUS_FATAL), "database-schema");
    assert_string_equal(sqlstate_code(STATUS_RETRY), "database-unavailable");
}

static void assert_bytes(struct buffer *buffer, const char *expected, size_t len)
{
    assert_false(buffer_failed(buffer));
    assert_int_equal(buffer->len, len);
    assert_memory_equal(buffer->data, expected, len);
    buffer_clear(buffer);
}
#define ASSERT_BYTES(buffer, literal) assert_bytes(buffer, literal, sizeof(literal) - 1)

static void binary_formats_are_postgresqls(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1000);
    binary_int4(&out, -2);
    ASSERT_BYTES(&out, "\0\0\0\4\xff\xff\xff\xfe");
    binary_int8(&out, FIELD_NONE);
    ASSERT_BYTES(&out, "\xff\xff\xff\xff");
    binary_real(&out, 1.5);
    ASSERT_BYTES(&out, "\0\0\0\4\x3f\xc0\0\0");
    binary_double(&out, -0.0 / 0.0);
    ASSERT_BYTES(&out, "\xff\xff\xff\xff");
    binary_bytes(&out, SLICE_LITERAL(""));
    ASSERT_BYTES(&out, "\0\0\0\0");
    binary_bytes(&out, SLICE_NULL);
    ASSERT_BYTES(&out, "\xff\xff\xff\xff");
    binary_jsonb(&out, SLICE_LITERAL("{}"));
    ASSERT_BYTES(&out, "\0\0\0\3\1{}");
    binary_time(&out, INT64_C(946684800001)); /* a millisecond into 2000 */
    ASSERT_BYTES(&out, "\0\0\0\x08\0\0\0\0\0\0\x03\xe8");
    binary_time(&out, CLOCK_NONE);
    ASSERT_BYTES(&out, "\xff\xff\xff\xff");
    binary_time(&out, INT64_MAX);
    ASSERT_BYTES(&out, "\xff\xff\xff\xff");
    binary_array(&out, BINARY_UUID, 0);
    ASSERT_BYTES(&out, "\0\0\0\0\0\0\0\0\0\0\x0b\x86");
    struct slice texts[] = {SLICE_LITERAL("a"), SLICE_NULL};
    binary_texts(&out, &(struct field_list){texts, 2});
    ASSERT_BYTES(&out, "\0\0\0\x1d\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\1a\0\0\0\0");
    binary_copy_begin(&out);
    binary_row(&out, 2);
    binary_copy_end(&out);
    ASSERT_BYTES(&out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0\0\2\xff\xff");
    buffer_deinit(&out);
}

static void sql_is_embedded(void **state)
{
    (void)state;
    assert_true(MIGRATION_COUNT >= 2);
    for (int i = 0; i < MIGRATION_COUNT; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, SOURCE_DIR "/migrations/%04d_%s.sql", i + 1,
                       migrations[i].name);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(migrations[i].version, i + 1);
        assert_true(strlen(migrations[i].text) > 100);
    }
    assert_non_null(strstr(migration_grants, "newsmill_reader"));
    assert_true(STATEMENT_COUNT <= PG_STATEMENTS_MAX);
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        assert_int_equal(statements[i].number, i);
        assert_true(strlen(statements[i].text) > 10);
    }
    assert_string_equal(facts_statement(0)->name, "copy_articles");
}

/* The stream must hold as many fields as the statement names columns. */
static uint64_t big_endian(const char *data, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (uint8_t)data[i];
    return value;
}

/* Where the next row of a COPY stream begins. */
static size_t behind_row(const char *data, size_t at, size_t columns)
{
    assert_int_equal(big_endian(data + at, 2), columns);
    at += 2;
    for (size_t i = 0; i < columns; i++) {
        uint64_t len = big_endian(data + at, 4);
        at += 4 + (len == UINT32_MAX ? 0 : len);
    }
    return at;
}

static void rows_are_as_wide_as_their_statements(void **state)
{
    (void)state;
    struct result_name name = {.end = 1, .text = SLICE_LITERAL("x")};
    struct result_event event = {.end = 1};
    struct result_quote quote = {.end = 1};
    struct result_place place = {.end = 1};
    struct result_target target = {.end = 1};
    struct result_date date = {.end = 1};
    struct result_amount amount = {.end = 1};
    struct result result = {.text = SLICE_LITERAL("the ferry left"),
                            .names = {&name, 1},
                            .events = {&event, 1},
                            .quotes = {&quote, 1},
                            .places = {&place, 1},
                            .targets = {&target, 1},
                            .dates = {&date, 1},
                            .amounts = {&amount, 1}};
    struct row row = {.revision = 1};
    struct facts facts;
    struct fault fault;
    facts_init(&facts);
    facts_begin(&facts);
    assert_int_equal(facts_add(&facts, &row, SLICE_LITERAL("original"), &result, &fault),
                     STATUS_OK);
    facts_end(&facts);
    for (size_t i = 0; i < FACTS_TABLES; i++) {
        const struct buffer *rows = &facts.tables[i].rows;
        size_t columns = 1;
        const char *text = facts_statement(i)->text;
        for (const char *at = strchr(text, '('); *at != ')'; at++)
            columns += *at == ',';
        size_t at = 19;
        for (size_t n = 0; n < facts.tables[i].count; n++)
            at = behind_row(rows->data, at, columns);
        assert_int_equal(at + 2, rows->len);
        assert_int_equal(facts.tables[i].count, 1);
    }
    facts_deinit(&facts);
}

/* Bands begin with the time of the key, which the days of story_near_bands count on. */
static void bands_begin_with_the_time(void **state)
{
    (void)state;
    struct result result = {.text = SLICE_LITERAL("the ferry left the harbour at noon")};
    struct row row = {.key.bytes = {0x12, 0x35}, .revision = 1};
    struct facts facts;
    struct fault fault;
    facts_init(&facts);
    facts_begin(&facts);
    assert_int_equal(facts_add(&facts, &row, SLICE_LITERAL(""), &result, &fault), STATUS_OK);
    const struct buffer *rows = &facts.tables[FACTS_TABLES - 1].rows;
    for (size_t i = 1; i <= SKETCH_BANDS; i++)
        assert_int_equal(big_endian(rows->data + rows->len - i * 12 + 4, 8) >> 48, 0x1235 >> 1);
    const size_t len = rows->len;
    facts.with_sketches = false;
    facts_begin(&facts);
    assert_int_equal(facts_add(&facts, &row, SLICE_LITERAL(""), &result, &fault), STATUS_OK);
    assert_true(rows->len < len - SKETCH_BANDS * 12);
    facts_deinit(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flushed_by_count_bytes_age_or_solo),
        cmocka_unit_test(takes_no_more_than_a_transaction_should),
        cmocka_unit_test(copies_in_a_batch_have_one_owner),
        cmocka_unit_test(the_highest_fresh_revision_is_the_latest),
        cmocka_unit_test(sqlstates_mean_what_to_do),
        cmocka_unit_test(binary_formats_are_postgresqls),
        cmocka_unit_test(sql_is_embedded),
        cmocka_unit_test(rows_are_as_wide_as_their_statements),
        cmocka_unit_test(bands_begin_with_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
