/* Bodies of requests, read by the readers of files. */
#include "worker/sources/front/intake.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/utf8.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/gunzip.h"
#include "worker/sources/http_message.h"
#include "worker/sources/page_url.h"
#include "worker/sources/reader.h"

#define ARENA_BYTES   ((size_t)256 * 1024) /* URLs */
#define ENCODED_BYTES ((size_t)LIMIT_MESSAGE_BYTES + 64 * 1024)
/* Numbers, and ill-formed bytes that are replaced, take more room as MessagePack, but not more. */
#define PACKED_TIMES 3

struct intake_format {
    const char *type;
    const struct reader *reader; /* NULL: a document */
    bool whole;                  /* malformed in one place, it is malformed everywhere */
};

static const struct intake_format formats[] = {
    {"application/json", &reader_json, true},
    {"application/x-ndjson", &reader_json_lines, false},
    {"application/ndjson", &reader_json_lines, false},
    {"application/jsonl", &reader_json_lines, false},
    {"application/msgpack", &reader_messagepack, true},
    {"application/vnd.msgpack", &reader_messagepack, true},
    {"text/html", NULL, false},
    {"application/xhtml+xml", NULL, false},
    {"text/plain", NULL, false},
};
#define FORMATS (sizeof formats / sizeof *formats)

const struct intake_format *intake_format_of(const char *content_type)
{
    struct slice type = http_media_type(slice_from(content_type));
    for (size_t i = 0; i < FORMATS; i++)
        if (type.data && http_is(type, formats[i].type))
            return &formats[i];
    return NULL;
}

bool intake_is_document(const struct intake_format *format)
{
    return format->reader == NULL;
}

const char *intake_formats(void)
{
    return "application/json, application/x-ndjson, application/msgpack, text/html, text/plain";
}

/* ---- the body as an input ---- */

struct source {
    struct slice left;
    struct input memory, unpacked;
    struct gunzip gunzip;
    bool gzip, too_much;
    uint64_t unpacked_max;
};

static ssize_t read_memory(void *from, char *to, size_t room, const char **trouble)
{
    struct source *source = from;
    size_t len = source->left.len < room ? source->left.len : room;
    (void)trouble;
    memcpy(to, source->left.data, len);
    source->left = slice_sub(source->left, len, source->left.len);
    return (ssize_t)len;
}

static ssize_t read_gzip(void *from, char *to, size_t room, const char **trouble)
{
    struct source *source = from;
    if (source->unpacked.read_bytes <= source->unpacked_max)
        return gunzip_read(&source->gunzip, to, room, trouble);
    source->too_much = true;
    *trouble = "it unpacks to too much";
    return -1;
}

static enum status source_open(struct source *source, struct slice body, bool gzip,
                               uint64_t unpacked_max, struct fault *fault)
{
    *source = (struct source){
        .left = body.data ? body : SLICE_LITERAL(""), .gzip = gzip, .unpacked_max = unpacked_max};
    input_layer(&source->memory, read_memory, source);
    if (!gzip)
        return STATUS_OK;
    input_layer(&source->unpacked, read_gzip, source);
    return gunzip_open(&source->gunzip, &source->memory, fault);
}

static struct input *source_input(struct source *source)
{
    return source->gzip ? &source->unpacked : &source->memory;
}

static void source_close(struct source *source)
{
    if (source->gzip) {
        gunzip_close(&source->gunzip);
        input_close(&source->unpacked);
    }
    input_close(&source->memory);
}

static enum status check_source(struct source *source, struct fault *fault)
{
    const char *trouble = source_input(source)->trouble;
    if (source->too_much)
        return fault_set(fault, STATUS_REJECT, "body-too-long",
                         "The body unpacks to more than %" PRIu64
                         " bytes: send its articles in several requests.",
                         source->unpacked_max);
    if (trouble || (source->gzip && source->gunzip.damaged))
        return fault_set(fault, STATUS_REJECT, "damaged-body", "The body cannot be read: %.100s.",
                         trouble ? trouble : "the gzip data is damaged");
    return STATUS_OK;
}

/* ---- items ---- */

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "out-of-memory", "There is no memory for this request.");
}

static struct intake_item *add_item(struct intake *intake)
{
    if (intake->count == intake->capacity) {
        size_t capacity = intake->capacity * 2 + 4;
        struct intake_item *items = realloc(intake->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        intake->items = items;
        intake->capacity = capacity;
    }
    struct intake_item *item = &intake->items[intake->count++];
    *item = (struct intake_item){.at = intake->packed.len};
    return item;
}

static enum status add_article(struct intake *intake, struct slice article,
                               const struct reading *reading, struct fault *fault)
{
    struct intake_item *item = add_item(intake);
    if (!item)
        return no_memory(fault);
    item->len = article.len;
    item->line = reading->line;
    buffer_append_slice(&intake->packed, article);
    if (buffer_failed(&intake->packed))
        return fault_set(fault, STATUS_REJECT, "body-too-long",
                         "The articles of this body take too much room together.");
    return STATUS_OK;
}

static enum status add_refusal(struct intake *intake, const struct reading *reading,
                               struct fault *fault)
{
    struct intake_item *item = add_item(intake);
    struct fault *why = item ? malloc(sizeof *why) : NULL;
    if (!why)
        return no_memory(fault);
    *why = reading->fault;
    item->fault = why;
    item->line = reading->line;
    return STATUS_OK;
}

/* ---- reading ---- */

static bool is_malformed(const struct fault *fault)
{
    return strcmp(fault->code, "not-json") == 0 || strcmp(fault->code, "truncated") == 0 ||
           strcmp(fault->code, "not-messagepack") == 0;
}

/* The reader counts from where the value begins; whoever sent the body wants to find it there. */
static void say_where(struct reading *reading)
{
    if (strcmp(reading->fault.code, "not-json") == 0 &&
        !strstr(reading->fault.message, "ends too early"))
        (void)fault_set(&reading->fault, STATUS_REJECT, "not-json",
                        "This is not JSON, from byte %" PRIu64 " of the body on.", reading->byte);
}

static enum status take(struct intake *intake, const struct intake_format *format,
                        struct reader_state *state, struct reading *reading, enum status read,
                        size_t articles_max, struct fault *fault)
{
    if (intake->count == articles_max)
        return fault_set(fault, STATUS_REJECT, "too-many-articles",
                         "More than %zu articles in one request: send them in several.",
                         articles_max);
    if (read == STATUS_OK && buffer_failed(state->out))
        read = fault_set(&reading->fault, STATUS_REJECT, "message-too-long",
                         "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    if (read == STATUS_OK)
        return add_article(intake, buffer_slice(state->out), reading, fault);
    bool malformed = is_malformed(&reading->fault);
    if (malformed)
        say_where(reading);
    intake->malformed |= malformed;
    if (malformed && format->whole) {
        intake->line = reading->line;
        intake->byte = reading->byte;
        *fault = reading->fault;
        return STATUS_REJECT;
    }
    enum status status = add_refusal(intake, reading, fault);
    if (status == STATUS_OK && malformed)
        intake->items[intake->count - 1].byte = reading->byte;
    return status;
}

static enum status read_all(struct intake *intake, const struct intake_format *format,
                            struct reader_state *state, size_t articles_max, struct fault *fault)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !state->done) {
        struct reading reading = {.line = 1, .fault = {.status = STATUS_OK}};
        buffer_clear(state->out);
        arena_reset(state->arena);
        enum status read = format->reader->next(state, &reading);
        if (read == STATUS_RETRY)
            break;
        if (read == STATUS_FATAL)
            return no_memory(fault);
        status = take(intake, format, state, &reading, read, articles_max, fault);
    }
    if (status != STATUS_OK || !state->in_array)
        return status;
    intake->line = state->line;
    intake->byte = state->input->read_bytes;
    intake->malformed = true;
    return fault_set(fault, STATUS_REJECT, "not-json", "The JSON text ends too early.");
}

/* A body that is the article's own. */
static enum status read_document(struct intake *intake, const struct intake_format *format,
                                 struct reader_state *state, const struct intake_about *about,
                                 struct fault *fault)
{
    const struct reading reading = {.line = 1};
    bool text = strcmp(format->type, "text/plain") == 0;
    struct slice body;
    if (!input_all(state->input, LIMIT_BODY_BYTES, &body))
        return reader_body_too_long(fault);
    if (body.len == 0)
        return STATUS_OK;
    struct slice charset = http_charset(slice_from(about->content_type));
    bool clean = text && utf8_is_clean(body);
    const struct article article = {
        .version = 1,
        .id = about->id,
        .url = text ? about->url : page_url(body, about->url, state->arena),
        .source = about->source,
        .title = about->title,
        .language = about->language,
        .lane = about->lane,
        .type = text ? SLICE_LITERAL("text/plain") : SLICE_LITERAL("text/html"),
        .charset = clean ? SLICE_NULL : charset,
        .published_ms = CLOCK_NONE,
        .body = body,
        .body_is_binary = !clean};
    article_encode(&article, state->out);
    if (buffer_failed(state->out))
        return reader_body_too_long(fault);
    return add_article(intake, buffer_slice(state->out), &reading, fault);
}

static enum status read_source(struct intake *intake, const struct intake_format *format,
                               struct source *source, const struct intake_about *about,
                               size_t articles_max, struct fault *fault)
{
    struct buffer out, scratch;
    buffer_init(&out, ENCODED_BYTES);
    buffer_init(&scratch, LIMIT_BODY_BYTES);
    struct arena *arena = arena_new(ARENA_BYTES);
    struct reader_state state = {
        .input = source_input(source), .out = &out, .scratch = &scratch, .arena = arena};
    enum status status = arena ? STATUS_OK : no_memory(fault);
    if (status == STATUS_OK)
        status = intake_is_document(format) ? read_document(intake, format, &state, about, fault)
                                            : read_all(intake, format, &state, articles_max, fault);
    if (!intake_is_document(format) && format->reader->close)
        format->reader->close(&state);
    arena_free(arena);
    buffer_deinit(&scratch);
    buffer_deinit(&out);
    return status;
}

enum status intake_read(const struct intake_format *format, struct slice body,
                        const struct intake_about *about, const struct intake_limits *limits,
                        struct intake *out, struct fault *fault)
{
    struct source source;
    *out = (struct intake){.items = NULL};
    buffer_init(&out->packed, (size_t)PACKED_TIMES * LIMIT_MESSAGE_BYTES);
    enum status status = source_open(&source, body, about->gzip, limits->unpacked_bytes, fault);
    if (status == STATUS_OK) {
        status = read_source(out, format, &source, about, limits->articles, fault);
        struct fault damage;
        if (status != STATUS_FATAL && check_source(&source, &damage) != STATUS_OK) {
            *fault = damage;
            out->malformed = true;
            status = STATUS_REJECT;
        }
    }
    source_close(&source);
    if (status == STATUS_OK && out->count == 0) {
        out->malformed = true;
        return fault_set(fault, STATUS_REJECT, "no-article", "There is no article in the body.");
    }
    return status;
}

void intake_deinit(struct intake *intake)
{
    for (size_t i = 0; i < intake->count; i++)
        free(intake->items[i].fault);
    free(intake->items);
    buffer_deinit(&intake->packed);
    *intake = (struct intake){.items = NULL};
}
