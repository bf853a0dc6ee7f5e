/* Everything the user named, article by article: files, folders, standard input, what is packed. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "proto/limits.h"
#include "worker/sources/layers.h"
#include "worker/sources/reader.h"

/* An article's JSON text or body, encoded, is hardly longer than the message itself. */
#define ARENA_BYTES   ((size_t)256 * 1024) /* URLs */
#define ENCODED_BYTES ((size_t)LIMIT_MESSAGE_BYTES + 64 * 1024)

struct articles {
    const char *const *paths;
    size_t count, at; /* `at`: the path to open next */
    FTS *folder;      /* being walked, or NULL */
    bool open;        /* `layers` are open on `file` */
    struct layers layers;
    const struct reader *reader; /* of the document on top of them; NULL: the next is to be found */
    struct reader_state state;
    struct buffer out, scratch;
    struct arena *arena;
    char *file;
    struct articles_position position;
    articles_idle *idle;
    void *idle_user;
    bool found, passing;            /* the file to open is in `file`; what is read is not wanted */
    uint64_t closed_bytes, skipped; /* of files and documents closed by now */
};

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *walk(const char *path)
{
    char *const roots[] = {(char *)(uintptr_t)path, NULL};
    return fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
}

static bool is_folder(const char *path)
{
    struct stat about;
    return strcmp(path, "-") != 0 && stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Hidden files and folders are not articles; the folder the user named may well be "." itself. */
static bool is_hidden(const FTSENT *entry)
{
    return entry->fts_level > 0 && entry->fts_name[0] == '.';
}

/* The next regular file of a folder; NULL at the end. What cannot be read is left to opening it. */
static FTSENT *next_in_folder(FTS *folder)
{
    FTSENT *entry;
    while ((entry = fts_read(folder))) {
        if (is_hidden(entry)) {
            (void)fts_set(folder, entry, FTS_SKIP);
            continue;
        }
        if (entry->fts_info == FTS_F || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS)
            return entry;
    }
    return NULL;
}

enum status articles_open(const char *const *paths, size_t count, articles_idle *idle,
                          void *idle_user, struct articles **out, struct fault *fault)
{
    struct articles *articles = calloc(1, sizeof *articles);
    if (!articles)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for reading files");
    articles->paths = paths;
    articles->count = count;
    articles->idle = idle;
    articles->idle_user = idle_user;
    buffer_init(&articles->out, ENCODED_BYTES);
    buffer_init(&articles->scratch, LIMIT_BODY_BYTES);
    articles->arena = arena_new(ARENA_BYTES);
    if (!articles->arena) {
        articles_close(articles);
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for reading files");
    }
    *out = articles;
    return STATUS_OK;
}

static void close_document(struct articles *articles)
{
    if (articles->reader && articles->reader->close)
        articles->reader->close(&articles->state);
    if (articles->reader)
        articles->skipped += articles->state.skipped;
    articles->reader = NULL;
}

static void close_file(struct articles *articles)
{
    close_document(articles);
    articles->closed_bytes += layers_read_bytes(&articles->layers);
    layers_close(&articles->layers);
    articles->open = false;
}

void articles_close(struct articles *articles)
{
    if (!articles)
        return;
    if (articles->open)
        close_file(articles);
    if (articles->folder)
        (void)fts_close(articles->folder);
    buffer_deinit(&articles->out);
    buffer_deinit(&articles->scratch);
    arena_free(articles->arena);
    free(articles->file);
    free(articles);
}

/* Files are told apart by name, size and time; pipes by their name only. */
static void count_file(struct articles *articles)
{
    struct stat about;
    int64_t facts[2] = {0, 0};
    if (strcmp(articles->file, "-") != 0 && stat(articles->file, &about) == 0 &&
        S_ISREG(about.st_mode)) {
        facts[0] = about.st_size;
        facts[1] = about.st_mtim.tv_sec * INT64_C(1000000000) + about.st_mtim.tv_nsec;
    }
    struct slice parts[] = {
        {(const char *)articles->position.walked.bytes, sizeof articles->position.walked.bytes},
        slice_from(articles->file),
        {(const char *)facts, sizeof facts}};
    articles->position.walked = uuid_hash(parts, sizeof parts / sizeof *parts);
    articles->position.items = 0;
}

/* The name of the next file in `articles->file`; false when there is none. */
static bool next_file(struct articles *articles)
{
    for (;;) {
        const char *path = NULL;
        if (articles->folder) {
            const FTSENT *entry = next_in_folder(articles->folder);
            if (entry) {
                path = entry->fts_path;
            } else {
                (void)fts_close(articles->folder);
                articles->folder = NULL;
            }
        } else if (articles->at == articles->count) {
            return false;
        } else {
            path = articles->paths[articles->at++];
            if (is_folder(path) && (articles->folder = walk(path)))
                path = NULL;
        }
        if (!path)
            continue;
        free(articles->file);
        articles->file = strdup(path);
        if (articles->file)
            count_file(articles);
        return articles->file != NULL;
    }
}

static bool refused(struct reading *reading)
{
    reading->article = SLICE_NULL;
    if (reading->line == 0)
        reading->line = 1;
    return true;
}

/* Chooses the reader of the document that is on top. */
static void open_document(struct articles *articles)
{
    struct input *input = layers_input(&articles->layers);
    articles->reader = reader_for(layers_plain_name(&articles->layers), input_window(input));
    articles->state = (struct reader_state){.input = input,
                                            .out = &articles->out,
                                            .scratch = &articles->scratch,
                                            .arena = articles->arena,
                                            .passing = articles->passing};
}

/* Makes sure that a document is open. RETRY: there is nothing more. REJECT: something was refused
 * on the way there. */
static enum status find_document(struct articles *articles, struct reading *reading)
{
    while (!articles->reader) {
        enum status status;
        if (!articles->open) {
            if (!articles->found && !next_file(articles))
                return STATUS_RETRY;
            articles->found = false;
            reading->file = articles->file;
            status = layers_open(&articles->layers, articles->file, articles->idle,
                                 articles->idle_user, &reading->fault);
            if (status != STATUS_OK)
                return STATUS_REJECT;
            articles->open = true;
        }
        status = layers_next(&articles->layers, &reading->fault);
        reading->file = layers_name(&articles->layers);
        if (status == STATUS_RETRY)
            close_file(articles);
        else if (status == STATUS_OK)
            open_document(articles);
        else
            return status;
    }
    return STATUS_OK;
}

/* The next article of the open document; RETRY at its end. */
static enum status next_in_document(struct articles *articles, struct reading *reading)
{
    *reading = (struct reading){.file = layers_name(&articles->layers)};
    buffer_clear(&articles->out);
    arena_reset(articles->arena);
    if (articles->state.done)
        return STATUS_RETRY;
    enum status status = articles->reader->next(&articles->state, reading);
    if (status == STATUS_OK && buffer_failed(&articles->out))
        status = fault_set(&reading->fault, STATUS_REJECT, "message-too-long",
                           "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                           LIMIT_MESSAGE_BYTES);
    return status;
}

static bool next_reading(struct articles *articles, struct reading *reading)
{
    for (;;) {
        *reading = (struct reading){.line = 1};
        enum status status = find_document(articles, reading);
        if (status == STATUS_RETRY)
            return false;
        if (status != STATUS_OK)
            return refused(reading);
        status = next_in_document(articles, reading);
        if (status == STATUS_RETRY) {
            close_document(articles);
            continue;
        }
        if (status != STATUS_OK)
            return refused(reading);
        reading->article = buffer_slice(&articles->out);
        return true;
    }
}

bool articles_next(struct articles *articles, struct reading *reading)
{
    bool more = next_reading(articles, reading);
    articles->position.items += more;
    return more;
}

struct articles_position articles_position(const struct articles *articles)
{
    return articles->position;
}

/* The document that is open was opened while passing over. */
static void stop_passing(struct articles *articles)
{
    articles->passing = articles->state.passing = false;
}

enum status articles_go_to(struct articles *articles, const struct articles_position *position,
                           bool at_end, struct fault *fault)
{
    struct reading reading;
    bool found = false;
    while (!found && next_file(articles))
        found = !at_end && uuid_equal(&articles->position.walked, &position->walked);
    if (at_end)
        found = uuid_equal(&articles->position.walked, &position->walked);
    articles->found = found && !at_end;
    articles->passing = articles->found;
    for (uint64_t i = 0; found && !at_end && i < position->items; i++)
        found = articles_next(articles, &reading) &&
                uuid_equal(&articles->position.walked, &position->walked);
    stop_passing(articles);
    return found ? STATUS_OK
                 : fault_set(fault, STATUS_REJECT, "other-files",
                             "These are not the files that were read before.");
}

uint64_t articles_skipped(const struct articles *articles)
{
    return articles->skipped + (articles->reader ? articles->state.skipped : 0);
}

uint64_t articles_read_bytes(const struct articles *articles)
{
    return articles->closed_bytes + (articles->open ? layers_read_bytes(&articles->layers) : 0);
}

static uint64_t folder_bytes(const char *path)
{
    uint64_t total = 0;
    FTS *folder = walk(path);
    const FTSENT *entry;
    while (folder && (entry = next_in_folder(folder)))
        if (entry->fts_info == FTS_F)
            total += (uint64_t)entry->fts_statp->st_size;
    if (folder)
        (void)fts_close(folder);
    return total;
}

uint64_t articles_total_bytes(const char *const *paths, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat about;
        if (strcmp(paths[i], "-") == 0)
            return 0;
        if (stat(paths[i], &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode))
            total += folder_bytes(paths[i]);
        else if (S_ISREG(about.st_mode))
            total += (uint64_t)about.st_size;
        else
            return 0;
    }
    return total;
}
