/* newsmill inspect: analyses articles without queue or database, and prints what was found. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "proto/envelope.h"
#include "proto/result.h"
#include "worker/analysis/analysis.h"
#include "worker/cli/command.h"
#include "worker/cli/screen.h"
#include "worker/cli/summary.h"
#include "worker/cli/view.h"
#include "worker/sources/articles.h"

#define OUTPUT_BYTES ((size_t)256 * 1024)
#define JSON_FORM    (JSON_COMPACT | JSON_REAL_PRECISION(12))

struct inspect {
    struct articles *articles;
    struct analysis *analysis;
    struct arena *arena; /* one article */
    struct pack_reader reader;
    bool json, tokens, timings;
    bool text, color;   /* for a person: the text with its evidence */
    unsigned columns;   /* of the terminal */
    uint64_t *stage_ns; /* sums, one a stage */
    uint64_t analysed, failed;
};

/* Whoever waits at the other end of a pipe gets what is ready before we wait for input. */
static bool idle(void *user)
{
    (void)user;
    (void)fflush(stdout);
    return false;
}

static enum status print_json(json_t *root, struct fault *fault)
{
    int written = root ? json_dumpf(root, stdout, JSON_FORM) : 0;
    json_decref(root);
    if (!root)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the JSON");
    if (written != 0 || putchar('\n') == EOF)
        return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write to standard output");
    return STATUS_OK;
}

/* The producer's identifier, even when the article is refused for something else. */
static json_t *id_of(struct inspect *inspect, struct slice bytes)
{
    const struct pack_object *root, *id = NULL;
    if (bytes.data && pack_read(&inspect->reader, bytes, &root, NULL) == STATUS_OK &&
        pack_type(root) == PACK_MAP)
        id = pack_find(root, "id");
    return id && pack_type(id) == PACK_STRING ? json_from_pack(id) : json_null();
}

/* One line on stderr as in push; and with --json an object in the article's place. */
static enum status report(struct inspect *inspect, const struct reading *reading,
                          const struct fault *why, struct fault *fault)
{
    inspect->failed++;
    (void)fprintf(stderr, "%s:%" PRIu64 ": %s: %s\n", reading->file, reading->line, why->code,
                  why->message);
    if (!inspect->json)
        return STATUS_OK;
    json_t *id = id_of(inspect, reading->article);
    return print_json(json_pack("{s:o, s:{s:s, s:s}}", "id", id, "error", "code", why->code,
                                "message", why->message),
                      fault);
}

static enum status print_result(struct inspect *inspect, const struct reading *reading,
                                const struct result *result, struct fault *fault)
{
    if (!inspect->json) {
        summary_print(result, reading->file, inspect->color ? inspect->columns : 0, stdout,
                      inspect->arena);
        if (inspect->text)
            view_print(result, inspect->columns, inspect->color, stdout, inspect->arena);
        return STATUS_OK;
    }
    json_t *root = fields_to_json(&result_table, result);
    if (root && !inspect->tokens)
        (void)json_object_del(root, "tokens");
    else if (root && !json_object_get(root, "tokens"))
        (void)json_object_set_new(root, "tokens", json_array());
    return print_json(root, fault);
}

static void add_timings(struct inspect *inspect)
{
    for (size_t i = 0; inspect->timings && i < analysis_stage_count(); i++)
        inspect->stage_ns[i] += analysis_timing(inspect->analysis, i).ns;
}

static enum status inspect_article(struct inspect *inspect, const struct reading *reading,
                                   struct fault *fault)
{
    struct article article;
    struct result result;
    struct envelope envelope = {.refused_code = SLICE_NULL};
    struct fault why = reading->fault;
    enum status status = STATUS_REJECT;
    arena_reset(inspect->arena);
    if (reading->article.data)
        status = article_decode(reading->article, &inspect->reader, &article, inspect->arena, &why);
    if (status == STATUS_OK) {
        envelope_identify(&envelope, &article, inspect->arena);
        status =
            analysis_run(inspect->analysis, &envelope, &article, inspect->arena, &result, &why);
    }
    if (status == STATUS_REJECT)
        return report(inspect, reading, &why, fault);
    if (status != STATUS_OK) {
        *fault = why;
        return STATUS_FATAL;
    }
    inspect->analysed++;
    add_timings(inspect);
    return print_result(inspect, reading, &result, fault);
}

static void print_timings(const struct inspect *inspect)
{
    uint64_t count = inspect->analysed ? inspect->analysed : 1, sum = 0;
    for (size_t i = 0; i < analysis_stage_count(); i++) {
        sum += inspect->stage_ns[i];
        (void)fprintf(stderr, "%-16s %12" PRIu64 " ns an article\n",
                      analysis_timing(inspect->analysis, i).stage, inspect->stage_ns[i] / count);
    }
    (void)fprintf(stderr, "%-16s %12" PRIu64 " ns an article, %" PRIu64 " articles\n", "all stages",
                  sum / count, inspect->analysed);
}

static enum status prepare(struct inspect *inspect, const struct options *options,
                           const char *const *paths, struct fault *fault)
{
    struct analysis_options analysis_options = {.clock = inspect->timings ? clock_worked_ns : NULL,
                                                .tokens = inspect->tokens,
                                                .actors = options_text(options, "actors"),
                                                .agents = options_text(options, "agents"),
                                                .verbs = options_text(options, "verbs"),
                                                .lexicon = options_text(options, "lexicon"),
                                                .themes = options_text(options, "themes"),
                                                .gazetteer = options_text(options, "gazetteer")};
    inspect->arena = arena_new(ANALYSIS_ARENA_BYTES);
    inspect->stage_ns = calloc(analysis_stage_count() + 1, sizeof *inspect->stage_ns);
    if (!paths || !inspect->arena || !inspect->stage_ns)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the analysis");
    enum status status =
        analysis_level_from(options_text(options, "level"), &analysis_options.level, fault);
    if (status == STATUS_OK)
        status = analysis_new(&analysis_options, &inspect->analysis, fault);
    if (status == STATUS_OK)
        status = articles_open(paths, options_operand_count(options), idle, NULL,
                               &inspect->articles, fault);
    return status;
}

int inspect_main(const struct options *options)
{
    struct inspect inspect = {.json = options_flag(options, "json"),
                              .tokens = options_flag(options, "tokens"),
                              .timings = options_flag(options, "timings"),
                              .color = screen_possible()};
    int rows, columns = VIEW_COLUMNS_DEFAULT;
    inspect.text = inspect.color || options_flag(options, "text");
    if (inspect.color)
        screen_size(&rows, &columns);
    inspect.columns = (unsigned)columns;
    struct fault fault = {.status = STATUS_OK};
    struct reading reading;
    const char **paths = command_operands(options);
    (void)setvbuf(stdout, NULL, _IOFBF, OUTPUT_BYTES);
    pack_reader_init(&inspect.reader);
    enum status status = prepare(&inspect, options, paths, &fault);
    while (status == STATUS_OK && articles_next(inspect.articles, &reading))
        status = inspect_article(&inspect, &reading, &fault);
    if (status == STATUS_OK && inspect.timings)
        print_timings(&inspect);
    int code = status != STATUS_OK ? command_failed(&fault)
               : inspect.failed    ? EXIT_REFUSED
                                   : EXIT_DONE;
    articles_close(inspect.articles);
    analysis_free(inspect.analysis);
    pack_reader_deinit(&inspect.reader);
    arena_free(inspect.arena);
    free(inspect.stage_ns);
    free((void *)(uintptr_t)paths);
    return code;
}
