/* RSS and Atom files: each item is an article. */
#include <stdlib.h>

#include "worker/sources/feed.h"
#include "worker/sources/reader.h"

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".rss", ".atom", ".rdf", ".xml", NULL};
    static const char *const beginnings[] = {"<?xml", "<rss", "<feed", "<rdf:RDF", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    for (size_t i = 0; beginnings[i]; i++)
        if (slice_starts_with(reader_beginning(head), slice_from(beginnings[i])))
            return READER_BY_BYTES;
    bool utf16 = slice_starts_with(head, SLICE_LITERAL("\xff\xfe<\0?\0")) ||
                 slice_starts_with(head, SLICE_LITERAL("\xfe\xff\0<\0?"));
    return utf16 ? READER_BY_BYTES : READER_NO;
}

struct feed_file {
    struct feed *feed;
    bool ended;         /* all of the file was pushed */
    struct fault fault; /* how it ended; told behind the last item */
};

/* Pushes some of the file. RETRY: nothing is left, or it cannot be read. */
static enum status push_on(struct input *input, struct feed_file *file, struct fault *fault)
{
    if (file->ended) {
        enum status status = file->fault.status == STATUS_OK ? STATUS_RETRY : file->fault.status;
        *fault = file->fault;
        file->fault.status = STATUS_OK;
        return status;
    }
    file->ended = input_window(input).len == 0 && !input_fill(input, FEED_PUSH_BYTES);
    if (input->trouble)
        return STATUS_RETRY; /* whoever opened the file says what happened */
    struct slice window = input_window(input);
    size_t len = window.len < FEED_PUSH_BYTES ? window.len : FEED_PUSH_BYTES;
    file->ended |=
        feed_push(file->feed, slice_sub(window, 0, len), file->ended, &file->fault) != STATUS_OK;
    input_consume(input, len);
    return STATUS_OK;
}

static enum status open_feed(struct reader_state *state, struct fault *fault)
{
    struct feed_file *file = calloc(1, sizeof *file);
    if (!file)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a feed");
    enum status status = feed_new(SLICE_NULL, &file->feed, fault);
    if (status != STATUS_OK) {
        free(file);
        return status;
    }
    state->own = file;
    return STATUS_OK;
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    struct feed_item item;
    enum status status = state->own ? STATUS_OK : open_feed(state, &reading->fault);
    const struct feed_file *file = state->own;
    reading->line = state->line + 1;
    while (status == STATUS_OK && !feed_next(file->feed, &item))
        status = push_on(state->input, state->own, &reading->fault);
    if (status != STATUS_OK)
        return status;
    state->line++;
    if (!item.language.data)
        item.language = feed_language(file->feed);
    return feed_item_article(&item, feed_title(file->feed), state->out, &reading->fault);
}

static void close_feed(struct reader_state *state)
{
    struct feed_file *file = state->own;
    if (file)
        feed_free(file->feed);
    free(file);
}

const struct reader reader_feed = {"RSS and Atom", matches, next, close_feed};
