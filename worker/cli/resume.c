/* What a push remembers. */
#include "worker/cli/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION 1

static const char *const outcome_names[RESUME_OUTCOMES] = {"acknowledged", "known", "refused"};

struct entry {
    struct articles_position position; /* behind this article */
    bool done;
};

struct resume {
    const char *path;
    struct articles_position start; /* behind the article before the prefix: where to go on */
    uint64_t prefix, next;          /* articles before the prefix are done; `next` is read next */
    struct entry *entries;          /* of the articles from the prefix on, by number */
    uint64_t counts[RESUME_OUTCOMES];
    bool all_read, changed;
    int64_t saved_ms;
};

static struct entry *entry_of(const struct resume *resume, uint64_t number)
{
    return &resume->entries[number % RESUME_AHEAD];
}

uint64_t resume_count(const struct resume *resume, enum resume_outcome outcome)
{
    return resume->counts[outcome];
}

/* ---- reading ---- */

static enum status bad_file(const char *path, struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "bad-resume-file",
                     "%.100s is no file that push --resume wrote: name another, or remove it",
                     path);
}

/* [[from, to], …]: numbers of done articles, counted from the prefix. */
static bool read_beyond(struct resume *resume, const json_t *beyond)
{
    size_t index;
    json_t *pair;
    json_array_foreach((json_t *)(uintptr_t)beyond, index, pair)
    {
        json_int_t from = json_integer_value(json_array_get(pair, 0)),
                   to = json_integer_value(json_array_get(pair, 1));
        if (from < 0 || to < from || to > RESUME_AHEAD)
            return false;
        for (json_int_t i = from; i < to; i++)
            resume->entries[i].done = true;
    }
    return true;
}

static bool read_state(struct resume *resume, const json_t *root)
{
    const char *walked = json_string_value(json_object_get(root, "walked"));
    json_int_t items = json_integer_value(json_object_get(root, "items"));
    if (json_integer_value(json_object_get(root, "newsmill_push_resume")) != VERSION || items < 0 ||
        !walked || !uuid_parse(slice_from(walked), &resume->start.walked))
        return false;
    resume->start.items = (uint64_t)items;
    resume->all_read = json_is_true(json_object_get(root, "complete"));
    for (int i = 0; i < RESUME_OUTCOMES; i++) {
        json_int_t count = json_integer_value(json_object_get(root, outcome_names[i]));
        resume->counts[i] = count > 0 ? (uint64_t)count : 0;
    }
    return read_beyond(resume, json_object_get(root, "beyond"));
}

enum status resume_open(const char *path, struct resume **out, struct fault *fault)
{
    struct resume *resume = calloc(1, sizeof *resume);
    if (!resume)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for --resume");
    resume->path = path;
    resume->entries = calloc(RESUME_AHEAD, sizeof *resume->entries);
    if (!resume->entries) {
        resume_free(resume);
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for --resume");
    }
    if (access(path, F_OK) == 0) {
        json_t *root = json_load_file(path, 0, NULL);
        bool good = root && read_state(resume, root);
        json_decref(root);
        if (!good) {
            resume_free(resume);
            return bad_file(path, fault);
        }
    }
    *out = resume;
    return STATUS_OK;
}

void resume_free(struct resume *resume)
{
    if (!resume)
        return;
    free(resume->entries);
    free(resume);
}

/* ---- going on ---- */

enum status resume_begin(struct resume *resume, struct articles *articles, struct fault *fault)
{
    enum status status = STATUS_OK;
    if (resume->all_read || resume->start.items > 0)
        status = articles_go_to(articles, &resume->start, resume->all_read, fault);
    if (status == STATUS_REJECT)
        return fault_set(fault, STATUS_REJECT, "resume-mismatch",
                         "%.100s was written for other files, or they have changed since: remove "
                         "it to begin again (copies are found)",
                         resume->path);
    resume->changed = true;
    return status == STATUS_OK ? resume_save(resume, 0, true, fault) : status;
}

/* Moves the prefix over what is done. */
static void advance(struct resume *resume)
{
    while (resume->prefix < resume->next && entry_of(resume, resume->prefix)->done) {
        struct entry *entry = entry_of(resume, resume->prefix++);
        resume->start = entry->position;
        entry->done = false;
    }
    resume->changed = true;
}

bool resume_take(struct resume *resume, const struct articles *articles, uint64_t *number)
{
    struct entry *entry = entry_of(resume, resume->next);
    entry->position = articles_position(articles);
    *number = resume->next++;
    if (!entry->done)
        return true;
    advance(resume);
    return false;
}

void resume_done(struct resume *resume, uint64_t number, enum resume_outcome outcome)
{
    entry_of(resume, number)->done = true;
    resume->counts[outcome]++;
    advance(resume);
}

bool resume_is_full(const struct resume *resume)
{
    return resume->next - resume->prefix >= RESUME_AHEAD;
}

void resume_all_read(struct resume *resume, const struct articles *articles)
{
    resume->all_read = resume->prefix == resume->next;
    if (resume->all_read)
        resume->start = articles_position(articles);
    resume->changed = true;
}

/* ---- writing ---- */

static json_t *write_beyond(const struct resume *resume)
{
    json_t *beyond = json_array();
    for (int i = 0; i < RESUME_AHEAD; i++) {
        int from = i;
        while (i < RESUME_AHEAD && entry_of(resume, resume->prefix + (uint64_t)i)->done)
            i++;
        if (i > from)
            (void)json_array_append_new(beyond, json_pack("[i, i]", from, i));
    }
    return beyond;
}

static json_t *write_state(const struct resume *resume)
{
    char walked[UUID_TEXT_BYTES];
    uuid_format(&resume->start.walked, walked);
    json_t *root = json_pack("{s:i, s:s, s:I, s:o, s:b}", "newsmill_push_resume", VERSION, "walked",
                             walked, "items", (json_int_t)resume->start.items, "beyond",
                             write_beyond(resume), "complete", resume->all_read);
    for (int i = 0; root && i < RESUME_OUTCOMES; i++)
        (void)json_object_set_new(root, outcome_names[i],
                                  json_integer((json_int_t)resume->counts[i]));
    return root;
}

/* The new name of a file is durable when its folder is. */
static bool sync_folder(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* Beside the old one, synced, then in its place. */
static bool replace(const char *path, const json_t *root)
{
    char other[PATH_MAX];
    if (!root || snprintf(other, sizeof other, "%s.new", path) >= (int)sizeof other)
        return false;
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool good =
        json_dumpfd(root, fd, JSON_COMPACT) == 0 && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    return good && rename(other, path) == 0 && sync_folder(path);
}

enum status resume_save(struct resume *resume, int64_t steady_ms, bool now, struct fault *fault)
{
    if (!resume->changed || (!now && steady_ms - resume->saved_ms < RESUME_SAVE_EVERY_MS))
        return STATUS_OK;
    errno = 0;
    json_t *root = write_state(resume);
    bool good = replace(resume->path, root);
    json_decref(root);
    resume->changed = false;
    resume->saved_ms = steady_ms;
    if (good)
        return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write %.100s: %s", resume->path,
                     errno ? strerror(errno) : "no memory");
}
