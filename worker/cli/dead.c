/* newsmill dead list|show|retry|drop: the dead letters of a database, for the people who run it. */
#include "worker/cli/dead.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/cli/command.h"
#include "worker/cli/dead_print.h"

#define LIST_LIMIT 100 /* lines of a list, unless told otherwise */
#define DROP_PAGE  1000

/* ---- list ---- */

struct listing {
    uint64_t limit, shown;
    bool json, more;
};

static enum status list_one(void *user, const struct dead_letter *letter, struct fault *fault)
{
    struct listing *listing = user;
    listing->more = listing->limit > 0 && listing->shown == listing->limit;
    if (listing->more)
        return STATUS_OK;
    if (listing->shown++ == 0 && !listing->json)
        dead_print_heading(stdout);
    if (listing->json)
        return dead_print_json(letter, stdout, fault);
    dead_print_line(letter, stdout);
    return STATUS_OK;
}

static enum status list(const struct dead_request *request, struct dead *dead, int *code,
                        struct fault *fault)
{
    bool json = options_flag(request->options, "json");
    uint64_t limit = request->limit;
    if (!json && !options_given(request->options, "limit"))
        limit = LIST_LIMIT;
    struct listing listing = {.limit = limit, .json = json};
    *code = EXIT_DONE;
    /* One more than is shown, to know whether there are more. */
    enum status status = dead_newest(dead, &request->filter, limit ? limit + 1 : 0, false, list_one,
                                     &listing, fault);
    if (status == STATUS_OK && listing.shown == 0 && !json)
        (void)printf("no dead letters\n");
    if (status == STATUS_OK && listing.more && !json)
        (void)fprintf(stderr, "newsmill dead: only the newest %" PRIu64 "; --limit 0 lists all\n",
                      limit);
    return status;
}

/* ---- show ---- */

struct showing {
    uint64_t shown;
    bool json, original;
};

static enum status show_one(void *user, const struct dead_letter *letter, struct fault *fault)
{
    struct showing *showing = user;
    showing->shown++;
    if (showing->json)
        return dead_print_json(letter, stdout, fault);
    if (!showing->original) {
        if (showing->shown > 1)
            (void)putchar('\n');
        dead_print_all(letter, stdout);
        return STATUS_OK;
    }
    if (fwrite(letter->original.data, 1, letter->original.len, stdout) == letter->original.len)
        return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write to standard output");
}

static enum status show(const struct dead_request *request, struct dead *dead, int *code,
                        struct fault *fault)
{
    struct showing showing = {.json = options_flag(request->options, "json"),
                              .original = options_flag(request->options, "original")};
    if (request->filter.name_count == 0)
        return fault_set(
            fault, STATUS_REJECT, "bad-usage",
            "dead show wants the key, the article or the id of a dead letter; newsmill "
            "dead list shows them");
    enum status status =
        dead_newest(dead, &request->filter, request->limit, true, show_one, &showing, fault);
    if (status == STATUS_OK && showing.shown == 0)
        (void)fprintf(stderr, "newsmill dead: no dead letter is called that\n");
    *code = showing.shown ? EXIT_DONE : EXIT_REFUSED;
    return status;
}

/* ---- drop ---- */

/* The keys are collected first, so that exactly what was counted is dropped. */
struct dropping {
    struct uuid *keys;
    size_t count, capacity;
    FILE *lines; /* where each is listed; NULL: nowhere */
};

static enum status pick_one(void *user, const struct dead_letter *letter, struct fault *fault)
{
    struct dropping *dropping = user;
    if (dropping->count == dropping->capacity) {
        size_t capacity = dropping->capacity ? dropping->capacity * 2 : 256;
        struct uuid *bigger = realloc(dropping->keys, capacity * sizeof *bigger);
        if (!bigger)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for so many");
        dropping->keys = bigger;
        dropping->capacity = capacity;
    }
    dropping->keys[dropping->count++] = letter->key;
    if (dropping->lines)
        dead_print_line(letter, dropping->lines);
    return STATUS_OK;
}

static enum status drop_all(struct dead *dead, const struct dropping *dropping, uint64_t *dropped,
                            struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; at < dropping->count && status == STATUS_OK; at += DROP_PAGE) {
        size_t left = dropping->count - at;
        uint64_t there = 0;
        status = dead_drop(dead, dropping->keys + at, left < DROP_PAGE ? left : DROP_PAGE, &there,
                           fault);
        *dropped += there;
    }
    return status;
}

/* Nobody can be asked when nobody sits there. */
static bool agreed(const struct dead_request *request, size_t count)
{
    char answer[16];
    if (options_flag(request->options, "yes") || !isatty(STDIN_FILENO))
        return true;
    (void)fprintf(stderr, "newsmill dead: drop %zu dead letters for good? [y/N] ", count);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static enum status drop(const struct dead_request *request, struct dead *dead, int *code,
                        struct fault *fault)
{
    bool dry = options_flag(request->options, "dry-run");
    struct dropping dropping = {.lines = dry ? stdout : NULL};
    uint64_t dropped = 0;
    if (!request->picked)
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         "dead drop wants names, a filter such as --code, or --all");
    enum status status =
        dead_newest(dead, &request->filter, request->limit, false, pick_one, &dropping, fault);
    if (status == STATUS_OK && dry)
        (void)fprintf(stderr, "newsmill dead: would drop %zu\n", dropping.count);
    else if (status == STATUS_OK && dropping.count > 0 && !agreed(request, dropping.count))
        (void)fprintf(stderr, "newsmill dead: nothing is dropped\n");
    else if (status == STATUS_OK) {
        status = drop_all(dead, &dropping, &dropped, fault);
        (void)fprintf(stderr, "newsmill dead: dropped %" PRIu64 "\n", dropped);
    }
    *code = dropping.count == 0 && request->filter.name_count > 0 ? EXIT_REFUSED : EXIT_DONE;
    free(dropping.keys);
    return status;
}

/* ---- the command ---- */

static const struct verb {
    const char *name;
    enum status (*run)(const struct dead_request *request, struct dead *dead, int *code,
                       struct fault *fault);
} verbs[] = {
    {"list", list},
    {"show", show},
    {"retry", dead_retry},
    {"drop", drop},
};

static const struct verb *find(const char *name)
{
    for (size_t i = 0; name && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

int dead_main(const struct options *options)
{
    const char *name = options_operand(options, 0);
    const struct verb *verb = find(name);
    struct dead_request request;
    struct dead *dead = NULL;
    struct fault fault;
    int code = EXIT_DONE;
    if (!verb) {
        (void)fprintf(stderr, "newsmill: dead wants list, show, retry or drop%s%.40s%s\n",
                      name ? ", not '" : "", name ? name : "", name ? "'" : "");
        return EXIT_USAGE;
    }
    enum status status = dead_request_init(&request, options, &fault);
    if (status == STATUS_OK)
        status = dead_request_open(&request, &dead, &fault);
    if (status == STATUS_OK)
        status = verb->run(&request, dead, &code, &fault);
    dead_close(dead);
    dead_request_deinit(&request);
    return status == STATUS_OK ? code : command_failed(&fault);
}
