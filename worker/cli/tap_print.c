/* Lines and objects. What strangers wrote is cut, and goes out without control characters. */
#include "worker/cli/tap_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "worker/cli/clean.h"

#define TITLE_SHOWN 80
#define BODY_SHOWN  200 /* bytes */
#define LINE_BODY   60

static struct slice source_of(const struct tap_sample *sample)
{
    if (sample->result && sample->result->source.data)
        return sample->result->source;
    if (sample->article && sample->article->source.data)
        return sample->article->source;
    return sample->article ? sample->article->url : SLICE_NULL;
}

static struct slice title_of(const struct tap_sample *sample)
{
    if (sample->result && sample->result->title.data)
        return sample->result->title;
    return sample->article ? sample->article->title : SLICE_NULL;
}

/* The clean text where there is one, else what the producer sent. */
static struct slice body_of(const struct tap_sample *sample)
{
    if (sample->result)
        return sample->result->text;
    return sample->article ? sample->article->body : SLICE_NULL;
}

/* What the stage did. */
static void deed(const struct tap_sample *sample, struct buffer *out)
{
    const struct link_tapped *header = sample->header;
    const struct result *result = sample->result;
    int64_t received_ms = sample->envelope ? sample->envelope->received_ms : CLOCK_NONE;
    if (header->code.data) {
        buffer_printf(out, "%.*s %.*s: ", (int)header->dead_stage.len,
                      header->dead_stage.data ? header->dead_stage.data : "", (int)header->code.len,
                      header->code.data);
        clean_append(out, header->message, BODY_SHOWN);
        return;
    }
    buffer_printf(out, "%.*s", (int)header->outcome.len,
                  header->outcome.data ? header->outcome.data : "");
    if (sample->envelope && sample->envelope->replay != ENVELOPE_NEW)
        buffer_printf(out, " again");
    else if (!slice_is(header->stage, "ingest") && received_ms != CLOCK_NONE)
        buffer_printf(out, " after %" PRId64 " ms", sample->wall_ms - received_ms);
    if (slice_is(header->stage, "analyze") && result)
        buffer_printf(out, ", %.*s, tone %+.1f, %zu names, %zu events",
                      (int)result->language.code.len,
                      result->language.code.data ? result->language.code.data : "",
                      result->tone.tone, result->names.count, result->events.count);
    if (header->attempt > 1)
        buffer_printf(out, ", attempt %" PRIu32, header->attempt);
}

void tap_print_line(const struct tap_sample *sample, FILE *out)
{
    struct buffer line;
    char now[CLOCK_TEXT_BYTES];
    buffer_init(&line, (size_t)1 << 16);
    clock_format(sample->wall_ms, now);
    buffer_printf(&line, "%.12s  ", now + 11);
    deed(sample, &line);
    buffer_printf(&line, "  %.1f kB  ", (double)sample->header->bytes / 1000);
    clean_append(&line, source_of(sample), TITLE_SHOWN);
    buffer_printf(&line, "  \"");
    clean_append(&line, title_of(sample), TITLE_SHOWN);
    buffer_printf(&line, "\"  ");
    clean_append(&line, body_of(sample), LINE_BODY);
    (void)fwrite(line.data, 1, line.len, out);
    (void)fputc('\n', out);
    (void)fflush(out);
    buffer_deinit(&line);
}

/* Only clean UTF-8 is text; a body may be anything. */
static json_t *text(struct slice slice, size_t limit)
{
    size_t len = slice.len < limit ? slice.len : limit;
    while (len > 0 && len < slice.len && ((unsigned char)slice.data[len] & 0xc0) == 0x80)
        len--;
    if (!slice.data || !utf8_is_clean((struct slice){slice.data, len}))
        return json_null();
    return json_stringn(slice.data, len);
}

static json_t *uuid_of(const struct envelope *envelope, bool key)
{
    char out[UUID_TEXT_BYTES];
    static const struct uuid none;
    if (!envelope || uuid_equal(key ? &envelope->key : &envelope->article, &none))
        return json_null();
    uuid_format(key ? &envelope->key : &envelope->article, out);
    return json_string(out);
}

static json_t *time_of(int64_t ms)
{
    char out[CLOCK_TEXT_BYTES];
    if (ms == CLOCK_NONE)
        return json_null();
    clock_format(ms, out);
    return json_string(out);
}

static void add_result(json_t *root, const struct result *result)
{
    if (!result)
        return;
    (void)json_object_set_new(root, "language", text(result->language.code, SIZE_MAX));
    (void)json_object_set_new(root, "tone", json_real(result->tone.tone));
    (void)json_object_set_new(root, "names", json_integer((json_int_t)result->names.count));
    (void)json_object_set_new(root, "events", json_integer((json_int_t)result->events.count));
}

enum status tap_print_json(const struct tap_sample *sample, FILE *out, struct fault *fault)
{
    const struct link_tapped *header = sample->header;
    const struct article *article = sample->article;
    json_t *root = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "stage",
        text(header->stage, SIZE_MAX), "time", time_of(sample->wall_ms), "key",
        uuid_of(sample->envelope, true), "article", uuid_of(sample->envelope, false), "received",
        time_of(sample->envelope ? sample->envelope->received_ms : CLOCK_NONE), "outcome",
        text(header->outcome, SIZE_MAX), "bytes", (json_int_t)header->bytes, "id",
        text(article ? article->id : SLICE_NULL, SIZE_MAX), "source",
        text(source_of(sample), SIZE_MAX), "title", text(title_of(sample), SIZE_MAX), "body",
        text(body_of(sample), BODY_SHOWN), "code", text(header->code, SIZE_MAX), "message",
        text(header->message, SIZE_MAX), "attempt", (json_int_t)header->attempt, "passed",
        (json_int_t)header->passed, "dropped", (json_int_t)header->dropped);
    if (root)
        add_result(root, sample->result);
    bool good = root && json_dumpf(root, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF &&
                fflush(out) == 0;
    json_decref(root);
    return good ? STATUS_OK
                : fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write to standard output");
}
