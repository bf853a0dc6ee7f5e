/* newsmill journal stats|verify|repair. */
#include "worker/ingest/journal_command.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "worker/ingest/journal.h"

#define PATH_BYTES 1024

static int failed(const struct fault *fault)
{
    (void)fprintf(stderr, "newsmill journal: %s\n", fault->message);
    return EXIT_OUTSIDE;
}

static void print_json(const struct backlog_books *books, const struct journal_stats *stats)
{
    json_t *json =
        json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "accepted", (json_int_t)books->accepted,
                  "stored", (json_int_t)books->stored, "duplicate", (json_int_t)books->duplicate,
                  "dead", (json_int_t)books->dead, "in_flight", (json_int_t)books->in_flight,
                  "segments", (json_int_t)stats->segments, "bytes", (json_int_t)stats->bytes,
                  "damaged", (json_int_t)stats->damaged, "torn", (json_int_t)stats->torn);
    (void)json_dumpf(json, stdout, JSON_COMPACT);
    (void)printf("\n");
    json_decref(json);
}

static void print_text(const struct backlog_books *books, const struct journal_stats *stats)
{
    (void)printf("accepted %" PRIu64 " = stored %" PRIu64 " + duplicate %" PRIu64 " + dead %" PRIu64
                 " + in flight %" PRIu64 "\n",
                 books->accepted, books->stored, books->duplicate, books->dead, books->in_flight);
    (void)printf("%" PRIu64 " segments, %.1f MB on disk, %" PRIu64 " damaged places, %" PRIu64
                 " torn ends\n",
                 stats->segments, (double)stats->bytes / 1e6, stats->damaged, stats->torn);
}

/* `stats` and `verify` read only, whether or not an ingest runs there. */
static int look(const char *path, bool json, bool verify)
{
    struct journal *journal;
    struct fault fault;
    if (journal_look(path, &journal, &fault) != STATUS_OK)
        return failed(&fault);
    struct backlog_books books = journal_books(journal);
    struct journal_stats stats = journal_stats(journal);
    journal_close(journal);
    if (json)
        print_json(&books, &stats);
    else
        print_text(&books, &stats);
    return verify && stats.damaged > 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int repair(const char *path, uint64_t segment_bytes, bool json)
{
    struct journal_options options = {.directory = path, .segment_bytes = segment_bytes};
    struct journal *journal;
    struct fault fault;
    uint64_t set_aside;
    if (journal_open(&options, &journal, &fault) != STATUS_OK)
        return failed(&fault);
    enum status status = journal_repair(journal, &set_aside, &fault);
    struct backlog_books books = journal_books(journal);
    struct journal_stats stats = journal_stats(journal);
    journal_close(journal);
    if (status != STATUS_OK)
        return failed(&fault);
    if (json)
        print_json(&books, &stats);
    else
        print_text(&books, &stats);
    (void)fprintf(stderr, "newsmill journal: %" PRIu64 " damaged segments set aside\n", set_aside);
    return EXIT_DONE;
}

int journal_main(const struct options *options)
{
    const char *what = options_operand(options, 0);
    char path[PATH_BYTES];
    bool json = options_flag(options, "json");
    (void)snprintf(path, sizeof path, "%s/journal", options_text(options, "data"));
    if (strcmp(what, "stats") == 0 || strcmp(what, "verify") == 0)
        return look(path, json, what[0] == 'v');
    if (strcmp(what, "repair") == 0)
        return repair(path, (uint64_t)options_int(options, "segment-bytes"), json);
    (void)fprintf(stderr, "newsmill journal: wants stats, verify or repair, not '%.40s'\n", what);
    return EXIT_USAGE;
}
