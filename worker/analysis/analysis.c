/* Runs the stages over one article, and fills in what the article itself says. */
#include "worker/analysis/analysis.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "proto/url.h"
#include "worker/analysis/file_hash.h"
#include "worker/analysis/petrarch/petrarch.h"
#include "worker/analysis/places/gazetteer_format.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/syntax/network.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/themes/themes_file.h"
#include "worker/analysis/tone/lexicon_file.h"
#include "worker/analysis/words/words.h"

#define STAGES_MAX 32

struct analysis {
    struct analysis_options options;
    struct doc_breaks *breaks;
    struct lexicon_file *lexicon; /* NULL: the built-in one */
    struct themes_file *themes;   /* NULL: none but the built-in ones */
    struct theme_table theme_table;
    struct petrarch *petrarch; /* NULL: no dictionaries of the user's */
    char version[ANALYSIS_VERSION_BYTES];
    struct model model;
    struct network *network;                      /* NULL at the level "fast" */
    struct gazetteer *gazetteers[DOC_GAZETTEERS]; /* the user's or NULL, the built-in one */
    uint64_t ns[STAGES_MAX];
};

enum status analysis_level_from(const char *name, enum analysis_level *out, struct fault *fault)
{
    bool fast = strcmp(name, "fast") == 0;
    *out = fast ? ANALYSIS_FAST : ANALYSIS_FULL;
    if (fast || strcmp(name, "full") == 0)
        return STATUS_OK;
    return fault_set(fault, STATUS_REJECT, "bad-value", "--level is full or fast, not '%.40s'",
                     name);
}

static enum status open_syntax(struct analysis *analysis, struct fault *fault)
{
    enum status status = model_open(model_embedded(), &analysis->model, fault);
    if (status != STATUS_OK)
        return status;
    analysis->network = network_new(&analysis->model, NULL);
    return analysis->network ? STATUS_OK
                             : fault_set(fault, STATUS_FATAL, "out-of-memory",
                                         "no memory for the parser's network");
}

/* Events, which alone read them, need the syntax. */
static enum status open_dictionaries(const struct analysis_options *options, struct petrarch **out,
                                     struct fault *fault)
{
    const struct petrarch_files files = {options->actors, options->agents, options->verbs};
    bool any = files.actors || files.agents || files.verbs;
    *out = NULL;
    return any && options->level == ANALYSIS_FULL ? petrarch_open(&files, out, fault) : STATUS_OK;
}

/* Continues a hash with a file of the user's; NULL is none. */
static enum status add_file(const char *path, char kind, size_t most, uint64_t *hash,
                            struct fault *fault)
{
    size_t read;
    if (!path)
        return STATUS_OK;
    FILE *in = fopen(path, "re");
    bool good = in && file_hash(in, kind, most, hash, &read);
    if (in)
        (void)fclose(in);
    return good ? STATUS_OK
                : fault_set(fault, STATUS_REJECT, "cannot-read", "cannot read %.150s", path);
}

/* The version and level, and behind "+" eight digits of the files that the user brings. */
static enum status write_version(const struct analysis_options *options,
                                 const struct petrarch *petrarch, char out[ANALYSIS_VERSION_BYTES],
                                 struct fault *fault)
{
    const char *version =
        options->level == ANALYSIS_FAST ? ANALYSIS_VERSION_FAST : ANALYSIS_VERSION;
    uint64_t hash = petrarch ? petrarch_hash(petrarch) : 0;
    bool brought = petrarch || options->lexicon || options->themes || options->gazetteer;
    enum status status = add_file(options->lexicon, 'l', SIZE_MAX, &hash, fault);
    if (status == STATUS_OK)
        status = add_file(options->themes, 't', SIZE_MAX, &hash, fault);
    if (status == STATUS_OK) /* its header has the checksum of what is behind */
        status = add_file(options->gazetteer, 'p', sizeof(struct gazetteer_header), &hash, fault);
    int len = snprintf(out, ANALYSIS_VERSION_BYTES, "%s", version);
    if (brought && len > 0)
        (void)snprintf(out + len, ANALYSIS_VERSION_BYTES - (size_t)len, "+%08x",
                       (unsigned)(hash >> 32));
    return status;
}

enum status analysis_version_of(const struct analysis_options *options,
                                char out[ANALYSIS_VERSION_BYTES], struct fault *fault)
{
    struct petrarch *petrarch;
    enum status status = open_dictionaries(options, &petrarch, fault);
    if (status == STATUS_OK)
        status = write_version(options, petrarch, out, fault);
    petrarch_close(petrarch);
    return status;
}

const char *analysis_version(const struct analysis *analysis)
{
    return analysis->version;
}

enum status analysis_new(const struct analysis_options *options, struct analysis **out,
                         struct fault *fault)
{
    struct analysis *analysis = calloc(1, sizeof *analysis);
    *out = analysis;
    if (!analysis)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the analysis");
    analysis->options = *options;
    enum status status = words_breaks_new(&analysis->breaks, fault);
    if (status == STATUS_OK && options->lexicon)
        status = lexicon_file_open(options->lexicon, &analysis->lexicon, fault);
    if (status == STATUS_OK && options->themes)
        status = themes_file_open(options->themes, &analysis->themes, fault);
    if (analysis->themes)
        analysis->theme_table = themes_file_table(analysis->themes);
    if (status == STATUS_OK)
        status = open_dictionaries(options, &analysis->petrarch, fault);
    if (status == STATUS_OK)
        status = write_version(options, analysis->petrarch, analysis->version, fault);
    if (status == STATUS_OK && options->level == ANALYSIS_FULL)
        status = open_syntax(analysis, fault);
    if (status == STATUS_OK && options->gazetteer)
        status = gazetteer_open(options->gazetteer, &analysis->gazetteers[0], fault);
    if (status == STATUS_OK)
        status = gazetteer_builtin(&analysis->gazetteers[1], fault);
    if (status != STATUS_OK) {
        analysis_free(analysis);
        *out = NULL;
    }
    return status;
}

void analysis_free(struct analysis *analysis)
{
    if (!analysis)
        return;
    network_free(analysis->network);
    words_breaks_free(analysis->breaks);
    lexicon_file_close(analysis->lexicon);
    themes_file_close(analysis->themes);
    petrarch_close(analysis->petrarch);
    for (size_t i = 0; i < DOC_GAZETTEERS; i++)
        gazetteer_close(analysis->gazetteers[i]);
    free(analysis);
}

size_t analysis_stage_count(void)
{
    return stage_count;
}

struct analysis_timing analysis_timing(const struct analysis *analysis, size_t stage)
{
    return (struct analysis_timing){stages[stage].name, analysis->ns[stage]};
}

/* The free-form meta as JSON text, for a JSONB column. */
static enum status fill_meta(const struct article *article, struct arena *arena, struct result *out)
{
    if (!article->meta)
        return STATUS_OK;
    json_t *json = json_from_pack(article->meta);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    out->meta = text ? arena_copy(slice_from(text), arena) : SLICE_NULL;
    free(text);
    json_decref(json);
    return out->meta.data ? STATUS_OK : STATUS_REJECT;
}

static enum status fill_given(const struct envelope *envelope, const struct article *article,
                              const char *version, struct arena *arena, struct result *out)
{
    fields_init(&result_table, out);
    out->id = article->id;
    out->article = envelope->article;
    out->url = article->url;
    out->source = article->source;
    if (!out->source.data && article->url.data)
        out->source = url_site(article->url, arena);
    if (slice_trim(article->title).len > 0)
        out->title = doc_clean(article->title, arena);
    out->authors = (struct field_list){article->authors, article->author_count};
    out->published_ms = article->published_ms;
    if (article->published_ms != CLOCK_NONE)
        out->published_from = SLICE_LITERAL("given");
    out->analyzer = slice_from(version);
    out->unknown_keys = (uint32_t)article->unknown_keys;
    return fill_meta(article, arena, out);
}

static enum status give_up(enum status status, const char *stage, struct arena *arena,
                           struct fault *fault)
{
    if (status == STATUS_REJECT && arena_exhausted(arena))
        return fault_set(fault, STATUS_REJECT, "article-too-dense",
                         "stage %s needs more memory than an article may take: send it in parts",
                         stage);
    return fault_set(fault, STATUS_FATAL, "analysis-failed", "stage %s failed (out of memory?)",
                     stage);
}

static int64_t read_clock(const struct analysis *analysis)
{
    return analysis->options.clock ? analysis->options.clock() : 0;
}

enum status analysis_run(struct analysis *analysis, const struct envelope *envelope,
                         const struct article *article, struct arena *arena, struct result *out,
                         struct fault *fault)
{
    struct doc doc = {.article = article,
                      .breaks = analysis->breaks,
                      .network = analysis->network,
                      .petrarch = analysis->petrarch,
                      .give_tokens = analysis->options.tokens,
                      .received_ms = envelope->received_ms,
                      .themes = analysis->themes ? &analysis->theme_table : NULL,
                      .tone_lexicon = analysis->lexicon ? lexicon_file_lexicon(analysis->lexicon)
                                                        : &tone_lexicon,
                      .gazetteers = {analysis->gazetteers[0], analysis->gazetteers[1]},
                      .result = out,
                      .language = "und"};
    enum status status = fill_given(envelope, article, analysis->version, arena, out);
    if (status != STATUS_OK)
        return give_up(status, "article", arena, fault);
    int64_t before = read_clock(analysis), now;
    for (size_t i = 0; i < stage_count; i++, before = now) {
        status = stages[i].run(&doc, arena);
        if (status != STATUS_OK)
            return give_up(status, stages[i].name, arena, fault);
        now = read_clock(analysis);
        analysis->ns[i] = (uint64_t)(now - before);
    }
    return STATUS_OK;
}
