/* Reading lines. */
#include "worker/cli/trace_files.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "worker/cli/folder.h"
#include "worker/cli/trace_line.h"

#define LINE_BYTES                                                                                 \
    ((size_t)16 * 1024) /* with what a collector adds; longer ones are passed over                 \
                         */

struct trace_files {
    FILE **open;
    size_t count;
    char line[LINE_BYTES];
};

struct trace_files *trace_files_new(void)
{
    return calloc(1, sizeof(struct trace_files));
}

void trace_files_free(struct trace_files *files)
{
    if (!files)
        return;
    for (size_t i = 0; i < files->count; i++)
        (void)fclose(files->open[i]);
    free(files->open);
    free(files);
}

/* Standard input is read once: a copy can be searched twice. */
static FILE *copy_of_input(char *piece, size_t size)
{
    FILE *copy = tmpfile();
    size_t got;
    while (copy && (got = fread(piece, 1, size, stdin)) > 0)
        if (fwrite(piece, 1, got, copy) != got) {
            (void)fclose(copy);
            return NULL;
        }
    return copy;
}

static bool take(struct trace_files *files, FILE *file)
{
    FILE **bigger = file ? realloc(files->open, (files->count + 1) * sizeof *bigger) : NULL;
    if (!bigger) {
        if (file)
            (void)fclose(file);
        return false;
    }
    files->open = bigger;
    files->open[files->count++] = file;
    return true;
}

enum status trace_files_add(struct trace_files *files, const char *path, struct fault *fault)
{
    FILE *file =
        strcmp(path, "-") == 0 ? copy_of_input(files->line, sizeof files->line) : fopen(path, "re");
    if (take(files, file))
        return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "log", "cannot read the log %.150s: %s", path,
                     strerror(errno));
}

size_t trace_files_add_folder(struct trace_files *files, const char *folder)
{
    static const char *const endings[] = {".log.1", ".log"};
    char pattern[PATH_MAX];
    size_t before = files->count;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        glob_t found;
        (void)snprintf(pattern, sizeof pattern, "%s/" FOLDER_TRAIL "/*%s", folder, endings[i]);
        if (glob(pattern, 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++)
            (void)take(files, fopen(found.gl_pathv[k], "re"));
        globfree(&found);
    }
    return files->count - before;
}

/* The next line that is not too long; false at the end. */
static bool next_line(struct trace_files *files, FILE *file, struct slice *line)
{
    bool whole = true;
    while (fgets(files->line, (int)sizeof files->line, file)) {
        size_t len = strlen(files->line);
        bool ends = len > 0 && files->line[len - 1] == '\n';
        if (ends && whole) {
            *line = (struct slice){files->line, len};
            return true;
        }
        whole = ends;
    }
    return false;
}

static bool holds(struct slice line, struct slice part)
{
    return memmem(line.data, line.len, part.data, part.len) != NULL;
}

typedef void line_call(struct trace_way *way, struct slice line);

static void each_line(struct trace_files *files, struct trace_way *way, line_call *call)
{
    struct slice line;
    for (size_t i = 0; i < files->count; i++) {
        rewind(files->open[i]);
        while (next_line(files, files->open[i], &line))
            call(way, line);
    }
}

static bool is_named(const struct trace_way *way, const struct trace_line *line, const char *field)
{
    const char *value = trace_line_text(line, field);
    return value && slice_is(way->name, value);
}

static void take_name(struct trace_way *way, struct slice text)
{
    struct trace_line line;
    if (!holds(text, way->name) || !trace_line_read(text, &line))
        return;
    const char *article = trace_line_text(&line, "article");
    bool by_key = is_named(way, &line, "key");
    if (article && (by_key || is_named(way, &line, "id") || is_named(way, &line, "article")))
        trace_way_article(way, article);
    way->by_key = way->by_key || by_key;
    json_decref(line.fields);
}

void trace_files_names(struct trace_files *files, struct trace_way *way)
{
    each_line(files, way, take_name);
}

static void take_event(struct trace_way *way, struct slice text)
{
    struct trace_line line;
    bool mentioned = false;
    for (size_t i = 0; i < way->article_count && !mentioned; i++)
        mentioned = holds(text, slice_from(way->articles[i]));
    if (!mentioned || !trace_line_read(text, &line))
        return;
    const char *article = trace_line_text(&line, "article");
    if (article && trace_way_has(way, article))
        trace_way_add(way, line.time_ms, line.fields);
    else
        json_decref(line.fields);
}

void trace_files_events(struct trace_files *files, struct trace_way *way)
{
    each_line(files, way, take_event);
}
