/* The bytes that proto/README.md shows as examples of each message: our decoders read them, and our
 * encoders write the same. tests/check_wire holds them to what the page says that they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/article.h"
#include "proto/bundle.h"
#include "proto/envelope.h"
#include "proto/link.h"
#include "proto/reply.h"

#define PAGE           SOURCE_DIR "/proto/README.md"
#define FRAMES_MAX     4
#define EXAMPLES_LEAST 20

/* ```wire NAME, and a line for each frame: its number, two spaces, hex digits; what begins with
 * three spaces goes on with the frame before, or says in JSON what is in it. */
struct example {
    char name[32];
    struct buffer frames[FRAMES_MAX];
    size_t count;
};

struct reading {
    struct pack_reader reader;
    struct arena *arena;
    struct fault fault;
    struct buffer again;
};

static void reading_init(struct reading *reading)
{
    *reading = (struct reading){.arena = arena_new(1 << 20)};
    assert_non_null(reading->arena);
    pack_reader_init(&reading->reader);
    buffer_init(&reading->again, 1 << 20);
}

static void reading_deinit(struct reading *reading)
{
    buffer_deinit(&reading->again);
    pack_reader_deinit(&reading->reader);
    arena_free(reading->arena);
}

/* ---- the page ---- */

static void append_hex(struct buffer *out, const char *text)
{
    for (unsigned byte; sscanf(text, "%2x", &byte) == 1; text += 2) {
        char one = (char)byte;
        buffer_append(out, &one, 1);
    }
}

static void add_line(struct example *example, const char *line)
{
    if (line[0] != ' ') {
        assert_true(example->count < FRAMES_MAX);
        buffer_init(&example->frames[example->count++], 1 << 16);
    }
    assert_true(example->count > 0);
    if (line[3] != '{' && line[3] != '[')
        append_hex(&example->frames[example->count - 1], line + 3);
}

/* False at the end of the page. */
static bool next_example(FILE *page, struct example *example)
{
    static const char begin[] = "```wire ";
    char line[4096];
    bool inside = false;
    *example = (struct example){.count = 0};
    while (fgets(line, sizeof line, page)) {
        line[strcspn(line, "\n")] = '\0';
        if (inside && strcmp(line, "```") == 0)
            return true;
        if (inside)
            add_line(example, line);
        else if (strncmp(line, begin, sizeof begin - 1) == 0) {
            (void)snprintf(example->name, sizeof example->name, "%.31s", line + sizeof begin - 1);
            inside = true;
        }
    }
    assert_false(inside);
    return false;
}

static void example_free(struct example *example)
{
    for (size_t i = 0; i < example->count; i++)
        buffer_deinit(&example->frames[i]);
}

static struct slice frame(const struct example *example, size_t index)
{
    assert_true(index < example->count);
    return buffer_slice(&example->frames[index]);
}

/* ---- one kind each: read it, write it ---- */

static void write_header(const struct field_table *table, struct slice bytes, struct reading *in)
{
    void *record = calloc(1, table->size);
    assert_non_null(record);
    assert_int_equal(link_header(table, bytes, &in->reader, record, in->arena, &in->fault),
                     STATUS_OK);
    fields_pack(table, record, &in->again);
    free(record);
}

static void write_article(struct slice bytes, struct reading *in)
{
    struct article article;
    assert_int_equal(article_decode(bytes, &in->reader, &article, in->arena, &in->fault),
                     STATUS_OK);
    article_encode(&article, &in->again);
}

static void write_reply(struct slice bytes, struct reading *in)
{
    struct reply reply;
    assert_int_equal(reply_decode(bytes, &in->reader, &reply, in->arena, &in->fault), STATUS_OK);
    reply_encode(&reply, &in->again);
}

static void write_envelope(struct slice bytes, struct reading *in)
{
    struct envelope envelope;
    assert_int_equal(envelope_decode(bytes, &in->reader, &envelope, in->arena, &in->fault),
                     STATUS_OK);
    envelope_encode(&envelope, &in->again);
}

static void check_same(const char *name, struct slice bytes, const struct reading *in)
{
    struct slice again = buffer_slice(&in->again);
    if (!slice_equal(bytes, again))
        fail_msg("%s: %zu bytes are written as %zu others", name, bytes.len, again.len);
}

static void check_payload(const struct example *example, size_t index,
                          void (*write)(struct slice bytes, struct reading *in))
{
    struct reading in;
    reading_init(&in);
    write(frame(example, index), &in);
    check_same(example->name, frame(example, index), &in);
    reading_deinit(&in);
}

static void check_bundle(const struct example *example,
                         void (*write)(struct slice bytes, struct reading *in))
{
    struct bundle bundle;
    struct reading in;
    reading_init(&in);
    assert_true(bundle_is(frame(example, 0)));
    assert_int_equal(bundle_split(frame(example, 0), &bundle, &in.fault), STATUS_OK);
    pack_write_array(&in.again, bundle.count);
    for (size_t i = 0; i < bundle.count; i++)
        write(bundle.maps[i], &in);
    check_same(example->name, frame(example, 0), &in);
    reading_deinit(&in);
}

/* NULL: a message without a header. */
static const struct field_table *header_of(const char *name)
{
    static const struct {
        const char *name;
        const struct field_table *table;
    } rows[] = {{"HELLO", &link_hello_table},      {"WELCOME", &link_welcome_table},
                {"DELIVER", &link_deliver_table},  {"DONE", &link_done_table},
                {"REFUSE", &link_refuse_table},    {"BEAT", &link_beat_table},
                {"QUIET", &link_order_table},      {"TERMINATE", &link_order_table},
                {"STATUS-ask", &link_ask_table},   {"BOOKS", &link_books_table},
                {"REPLAY", &link_replay_table},    {"TAP", &link_tap_table},
                {"TAP-sample", &link_tapped_table}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].table;
    return NULL;
}

static void check_link(const struct example *example, uint32_t *seen)
{
    enum link_command command;
    struct reading in;
    char signature[LINK_SIGNATURE_BYTES];
    reading_init(&in);
    assert_int_equal(link_command_of(frame(example, 0), &command, &in.fault), STATUS_OK);
    link_signature(command, signature);
    assert_memory_equal(frame(example, 0).data, signature, sizeof signature);
    *seen |= 1u << command;
    const struct field_table *table = header_of(example->name);
    if (table) {
        write_header(table, frame(example, 1), &in);
        check_same(example->name, frame(example, 1), &in);
    } else {
        assert_int_equal(example->count, 1);
    }
    reading_deinit(&in);
    if (command == LINK_REPLAY) {
        check_payload(example, 2, write_envelope);
        check_payload(example, 3, write_article);
    }
}

static void the_examples_are_what_we_speak(void **state)
{
    (void)state;
    FILE *page = fopen(PAGE, "re");
    struct example example;
    uint32_t seen = 0;
    size_t count = 0;
    assert_non_null(page);
    for (; next_example(page, &example); count++) {
        if (strcmp(example.name, "ARTICLE") == 0)
            check_payload(&example, 0, write_article);
        else if (strcmp(example.name, "BUNDLE") == 0)
            check_bundle(&example, write_article);
        else if (strcmp(example.name, "REPLIES") == 0)
            check_bundle(&example, write_reply);
        else if (strncmp(example.name, "REPLY", 5) == 0)
            check_payload(&example, 0, write_reply);
        else if (strcmp(example.name, "ENVELOPE") == 0)
            check_payload(&example, 0, write_envelope);
        else
            check_link(&example, &seen);
        example_free(&example);
    }
    (void)fclose(page);
    assert_true(count >= EXAMPLES_LEAST);
    assert_int_equal(seen, (1u << (LINK_LAST + 1)) - 2); /* every command */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_examples_are_what_we_speak)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
