/* Everything the user named, article by article: files, folders, standard input. */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "proto/limits.h"
#include "worker/cli/reader.h"

/* An article's JSON text or body, encoded, is hardly longer than the message itself. */
#define ENCODED_BYTES ((size_t)LIMIT_MESSAGE_BYTES + 64 * 1024)

struct articles {
    const char *const *paths;
    size_t count, at; /* `at`: the path to open next */
    FTS *folder;      /* being walked, or NULL */
    bool open;        /* `input` is open */
    struct input input;
    const struct reader *reader;
    struct reader_state state;
    struct buffer out;
    char *file; /* the name of the open file, for as long as it is the current one */
    input_idle *idle;
    void *idle_user;
    uint64_t closed_bytes; /* read from files closed by now */
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

enum status articles_open(const char *const *paths, size_t count, input_idle *idle, void *idle_user,
                          struct articles **out, struct fault *fault)
{
    struct articles *articles = calloc(1, sizeof *articles);
    if (!articles)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for reading files");
    articles->paths = paths;
    articles->count = count;
    articles->idle = idle;
    articles->idle_user = idle_user;
    buffer_init(&articles->out, ENCODED_BYTES);
    *out = articles;
    return STATUS_OK;
}

static void close_file(struct articles *articles)
{
    articles->closed_bytes += articles->input.read_bytes;
    input_close(&articles->input);
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
    free(articles->file);
    free(articles);
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
        return articles->file != NULL;
    }
}

/* Opens `articles->file` and chooses its reader by its name and what the first read brings. */
static enum status open_file(struct articles *articles, struct fault *fault)
{
    enum status status =
        input_open(&articles->input, articles->file, articles->idle, articles->idle_user, fault);
    if (status != STATUS_OK)
        return status;
    bool filled = input_fill(&articles->input, LIMIT_MESSAGE_BYTES);
    struct slice head = filled ? input_window(&articles->input) : SLICE_LITERAL("");
    articles->reader = reader_for(articles->file, head);
    articles->state = (struct reader_state){.input = &articles->input, .out = &articles->out};
    articles->open = true;
    return STATUS_OK;
}

static bool refused(struct reading *reading)
{
    reading->article = SLICE_NULL;
    if (reading->line == 0)
        reading->line = 1;
    return true;
}

/* The reader found the end: of the file, or of what the disk would give. */
static bool file_failed(struct articles *articles, struct reading *reading)
{
    int error = articles->input.error;
    close_file(articles);
    if (!error)
        return false;
    (void)fault_set(&reading->fault, STATUS_REJECT, "cannot-read",
                    "The file cannot be read to its end: %s.", strerror(error));
    return refused(reading);
}

bool articles_next(struct articles *articles, struct reading *reading)
{
    for (;;) {
        if (!articles->open) {
            if (!next_file(articles))
                return false;
            *reading = (struct reading){.file = articles->file, .line = 1};
            if (open_file(articles, &reading->fault) != STATUS_OK)
                return refused(reading);
        }
        *reading = (struct reading){.file = articles->file};
        buffer_clear(&articles->out);
        enum status status =
            articles->state.done ? STATUS_RETRY : articles->reader->next(&articles->state, reading);
        if (status == STATUS_RETRY) {
            if (file_failed(articles, reading))
                return true;
            continue;
        }
        if (status == STATUS_OK && buffer_failed(&articles->out))
            status = fault_set(&reading->fault, STATUS_REJECT, "message-too-long",
                               "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                               LIMIT_MESSAGE_BYTES);
        if (status != STATUS_OK)
            return refused(reading);
        reading->article = buffer_slice(&articles->out);
        return true;
    }
}

uint64_t articles_read_bytes(const struct articles *articles)
{
    return articles->closed_bytes + (articles->open ? articles->input.read_bytes : 0);
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
