/* Outcomes as JSON. */
#include "worker/sources/front/outcome.h"

#include <jansson.h>
#include <stdlib.h>

static const char *const names[] = {"accepted", "duplicate", "rejected", "retry", NULL};

const char *outcome_name(size_t index)
{
    return names[index];
}

enum outcome outcome_of(const struct reply *reply)
{
    if (reply->ok)
        return reply->duplicate ? OUTCOME_DUPLICATE : OUTCOME_ACCEPTED;
    return reply->retry ? OUTCOME_RETRY : OUTCOME_REJECTED;
}

static void put(json_t *object, const char *key, struct slice text)
{
    if (text.data)
        (void)json_object_set_new(object, key, json_stringn(text.data, text.len));
}

static void put_number(json_t *object, const char *key, uint64_t number)
{
    if (number)
        (void)json_object_set_new(object, key, json_integer((json_int_t)number));
}

/* Takes `object`; without memory nothing is written, and the answer is no JSON: a 500. */
static void write(json_t *object, struct buffer *out)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (text)
        buffer_append_slice(out, slice_from(text));
    else
        out->failed = true;
    free(text);
    json_decref(object);
}

void outcome_write_reply(const struct reply *reply, struct buffer *out)
{
    json_t *object = json_object();
    char article[UUID_TEXT_BYTES];
    put(object, "status", slice_from(names[outcome_of(reply) - OUTCOME_ACCEPTED]));
    put(object, "id", reply->id);
    if (reply->ok) {
        uuid_format(&reply->article, article);
        put(object, "article", slice_from(article));
    } else {
        put(object, "error", reply->error);
        put(object, "message", reply->message);
    }
    write(object, out);
}

void outcome_write_refusal(const struct intake_item *item, struct buffer *out)
{
    json_t *object = json_object();
    put(object, "status", slice_from("rejected"));
    put(object, "error", slice_from(item->fault->code));
    put(object, "message", slice_from(item->fault->message));
    put_number(object, "line", item->line);
    put_number(object, "byte", item->byte);
    write(object, out);
}

void outcome_write_fault(const char *code, const char *message, uint64_t line, uint64_t byte,
                         struct buffer *out)
{
    json_t *object = json_object();
    put(object, "error", slice_from(code));
    put(object, "message", slice_from(message));
    put_number(object, "line", line);
    put_number(object, "byte", byte);
    write(object, out);
    buffer_append_slice(out, SLICE_LITERAL("\n"));
}
