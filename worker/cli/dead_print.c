/* Showing dead letters. What strangers wrote goes out without control characters. */
#include "worker/cli/dead_print.h"

#include <inttypes.h>
#include <jansson.h>

#include "common/clock.h"
#include "proto/base64.h"
#include "worker/cli/clean.h"

#define ID_SHOWN       40
#define TEXT_SHOWN     1000
#define ORIGINAL_SHOWN 4096

/* "2026-11-27 13:35:04", UTC. */
static const char *short_time(int64_t ms, char out[CLOCK_TEXT_BYTES])
{
    if (ms == CLOCK_NONE)
        return "";
    clock_format(ms, out);
    out[10] = ' ';
    out[19] = '\0';
    return out;
}

void dead_print_heading(FILE *out)
{
    (void)fprintf(out, "%-36s  %-19s  %-8s  %-20s %5s %7s  %s\n", "key", "died", "stage", "code",
                  "tries", "retries", "id");
}

void dead_print_line(const struct dead_letter *letter, FILE *out)
{
    char key[UUID_TEXT_BYTES], died[CLOCK_TEXT_BYTES];
    uuid_format(&letter->key, key);
    (void)fprintf(out, "%s  %-19s  %-8.*s  %-20.*s %5" PRId32 " %7" PRId32 "  ", key,
                  short_time(letter->died_ms, died), (int)letter->stage.len, letter->stage.data,
                  (int)letter->code.len, letter->code.data, letter->attempts, letter->retries);
    clean_print(out, letter->id, ID_SHOWN);
    (void)fputc('\n', out);
}

static void text_row(FILE *out, const char *name, struct slice text)
{
    if (!text.data)
        return;
    (void)fprintf(out, "%-11s ", name);
    clean_print(out, text, TEXT_SHOWN);
    (void)fputc('\n', out);
}

static void time_row(FILE *out, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_BYTES];
    if (ms == CLOCK_NONE)
        return;
    clock_format(ms, text);
    (void)fprintf(out, "%-11s %s\n", name, text);
}

static void original_rows(FILE *out, struct slice original)
{
    struct slice shown = original;
    if (shown.len > ORIGINAL_SHOWN)
        shown.len = ORIGINAL_SHOWN;
    (void)fprintf(out, "%-11s %zu bytes\n", "original", original.len);
    clean_print_bytes(out, shown);
    if (shown.len < original.len)
        (void)fprintf(out, "… %zu more: --original writes them all", original.len - shown.len);
    (void)fputc('\n', out);
}

void dead_print_all(const struct dead_letter *letter, FILE *out)
{
    char key[UUID_TEXT_BYTES], article[UUID_TEXT_BYTES];
    uuid_format(&letter->key, key);
    uuid_format(&letter->article, article);
    (void)fprintf(out, "%-11s %s\n%-11s %s\n", "key", key, "article", article);
    text_row(out, "id", letter->id);
    text_row(out, "source", letter->source);
    text_row(out, "stage", letter->stage);
    text_row(out, "code", letter->code);
    text_row(out, "sqlstate", letter->sqlstate);
    text_row(out, "message", letter->message);
    (void)fprintf(out, "%-11s %" PRId32 "\n%-11s %" PRId32 "\n", "attempts", letter->attempts,
                  "retries", letter->retries);
    time_row(out, "last retry", letter->last_retry_ms);
    time_row(out, "received", letter->received_ms);
    time_row(out, "died", letter->died_ms);
    original_rows(out, letter->original);
}

static json_t *text(struct slice slice)
{
    return slice.data ? json_stringn(slice.data, slice.len) : json_null();
}

static json_t *time_of(int64_t ms)
{
    char out[CLOCK_TEXT_BYTES];
    if (ms == CLOCK_NONE)
        return json_null();
    clock_format(ms, out);
    return json_string(out);
}

static json_t *to_json(const struct dead_letter *letter)
{
    char key[UUID_TEXT_BYTES], article[UUID_TEXT_BYTES];
    uuid_format(&letter->key, key);
    uuid_format(&letter->article, article);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:I}",
                     "key", key, "article", article, "id", text(letter->id), "source",
                     text(letter->source), "stage", text(letter->stage), "code", text(letter->code),
                     "sqlstate", text(letter->sqlstate), "message", text(letter->message),
                     "attempts", (int)letter->attempts, "retries", (int)letter->retries,
                     "last_retry", time_of(letter->last_retry_ms), "received",
                     time_of(letter->received_ms), "died", time_of(letter->died_ms),
                     "original_bytes", (json_int_t)letter->original_bytes);
}

enum status dead_print_json(const struct dead_letter *letter, FILE *out, struct fault *fault)
{
    json_t *root = to_json(letter);
    bool good = root != NULL;
    if (good && letter->original.data)
        good = json_object_set_new(root, "original", json_base64(letter->original)) == 0;
    good = good && json_dumpf(root, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return good ? STATUS_OK
                : fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write to standard output");
}
