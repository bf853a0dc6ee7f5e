/* newsmill trace: the way of one article, from the trails of the newsmill that runs in --data, from
 * log files, from the database, and from ingest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/cli/trace_ask.h"
#include "worker/cli/trace_files.h"
#include "worker/cli/trace_way.h"
#include "worker/storage/dead.h"
#include "worker/storage/traced.h"

#define DEAD_MAX 100

/* ---- the database ---- */

static const char *as_uuid(const struct uuid *uuid, char out[UUID_TEXT_BYTES])
{
    uuid_format(uuid, out);
    return out;
}

/* NULL for what is no text. */
static json_t *text(struct slice value)
{
    return value.data ? json_stringn(value.data, value.len) : json_string("");
}

static void note_key(struct trace_way *way, const char *key)
{
    way->by_key = way->by_key || slice_is(way->name, key);
}

static void on_row(void *user, const struct traced_row *row)
{
    struct trace_way *way = user;
    char article[UUID_TEXT_BYTES], key[UUID_TEXT_BYTES];
    trace_way_article(way, as_uuid(&row->article, article));
    note_key(way, as_uuid(&row->key, key));
    trace_way_add(way, row->received_ms,
                  json_pack("{s:s, s:s, s:s, s:s, s:o}", "role", "database", "message", "received",
                            "article", article, "key", key, "id", text(row->id)));
    if (row->stored_ms != CLOCK_NONE)
        trace_way_add(way, row->stored_ms,
                      json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:o}", "role", "database",
                                "message", "row written", "article", article, "key", key,
                                "revision", row->revision, "shown", row->latest ? "yes" : "no",
                                "analyzer", text(row->analyzer)));
}

static enum status on_dead(void *user, const struct dead_letter *letter, struct fault *fault)
{
    struct trace_way *way = user;
    char article[UUID_TEXT_BYTES], key[UUID_TEXT_BYTES];
    (void)fault;
    trace_way_article(way, as_uuid(&letter->article, article));
    note_key(way, as_uuid(&letter->key, key));
    trace_way_add(way, letter->died_ms,
                  json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:i, s:i}", "role",
                            "database", "message", "dead letter", "article", article, "key", key,
                            "stage", text(letter->stage), "code", text(letter->code), "sqlstate",
                            text(letter->sqlstate), "why", text(letter->message), "attempts",
                            letter->attempts, "retries", letter->retries));
    return STATUS_OK;
}

static enum status ask_database(const char *db, struct trace_way *way, struct fault *fault)
{
    struct dead *dead = NULL;
    const struct dead_filter filter = {
        .since_ms = CLOCK_NONE, .until_ms = CLOCK_NONE, .names = &way->name, .name_count = 1};
    enum status status = traced_find(db, way->name, on_row, way, fault);
    if (status == STATUS_OK)
        status = dead_open(db, &dead, fault);
    if (status == STATUS_OK)
        status = dead_newest(dead, &filter, DEAD_MAX, false, on_dead, way, fault);
    dead_close(dead);
    return status;
}

/* ---- all of it ---- */

static enum status open_logs(const struct options *options, struct trace_files *files,
                             struct fault *fault)
{
    const char *list = options_text(options, "log");
    char path[PATH_MAX];
    (void)trace_files_add_folder(files, options_text(options, "data"));
    while (list && *list) {
        size_t len = strcspn(list, ",");
        if (len >= sizeof path)
            return fault_set(fault, STATUS_REJECT, "bad-value", "a path of --log is too long");
        memcpy(path, list, len);
        path[len] = '\0';
        enum status status = trace_files_add(files, path, fault);
        if (status != STATUS_OK)
            return status;
        list += len + (list[len] == ',');
    }
    return STATUS_OK;
}

/* A database that does not answer leaves what the trails say, and a line on stderr. */
static void look_everywhere(const struct options *options, struct trace_files *files,
                            struct trace_way *way)
{
    struct place place;
    struct fault fault;
    bool known = place_database(options, &place, &fault) == STATUS_OK;
    if (known && ask_database(place.database, way, &fault) != STATUS_OK)
        (void)fprintf(stderr, "newsmill: without what the database knows: %s\n", fault.message);
    trace_files_names(files, way);
    trace_ask(options, way, clock_wall_ms());
    trace_files_events(files, way);
    trace_way_sort(way);
}

static int print(const struct options *options, const struct trace_way *way)
{
    if (!options_flag(options, "json")) {
        trace_way_print(way, clock_wall_ms(), stdout);
        return EXIT_DONE;
    }
    json_t *root = trace_way_json(way);
    int failed = root ? json_dumpf(root, stdout, JSON_COMPACT) : -1;
    json_decref(root);
    (void)putchar('\n');
    return failed ? EXIT_OUTSIDE : EXIT_DONE;
}

static int not_found(const struct options *options, const struct trace_way *way)
{
    (void)fprintf(
        stderr,
        "newsmill: nothing is known of '%.*s' in the trails of %.100s, in --log, in the "
        "database, or by ingest; name an article or a key (UUIDs), or the identifier its producer "
        "gave it\n",
        (int)(way->name.len < 100 ? way->name.len : 100), way->name.data,
        options_text(options, "data"));
    return EXIT_REFUSED;
}

int trace_main(const struct options *options)
{
    struct fault fault = {.status = STATUS_FATAL, .message = "no memory to read with"};
    struct trace_files *files = trace_files_new();
    struct trace_way way;
    trace_way_init(&way, slice_from(options_operand(options, 0)));
    enum status status = files ? open_logs(options, files, &fault) : STATUS_FATAL;
    int code;
    if (status == STATUS_OK) {
        look_everywhere(options, files, &way);
        code = way.count > 0 ? print(options, &way) : not_found(options, &way);
    } else {
        code = command_failed(&fault);
    }
    trace_way_deinit(&way);
    trace_files_free(files);
    return code;
}
