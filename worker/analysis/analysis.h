/* What the rest of newsmill sees of the analysis: an article goes in, its facts come out.
 *
 * `struct analysis` is the read-only word tables plus the tools of ICU that are dear to open. One
 * thread uses it at a time; a process makes one and keeps it. The same article and version give
 * the same facts, always: no clock, no randomness, no I/O, no memory of earlier articles. */
#ifndef NEWSMILL_WORKER_ANALYSIS_ANALYSIS_H
#define NEWSMILL_WORKER_ANALYSIS_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/status.h"
#include "proto/article.h"
#include "proto/envelope.h"
#include "proto/result.h"

/* Stored beside every fact; changes whenever the same article could give other facts. */
#define ANALYSIS_VERSION      "newsmill-0.5"
#define ANALYSIS_VERSION_FAST ANALYSIS_VERSION "-fast" /* of ANALYSIS_FAST */

/* What one article may take: 16 MiB of ordinary prose need about a quarter (test_analysis.c). */
#define ANALYSIS_ARENA_BYTES ((size_t)512 * 1024 * 1024)

/* Room for ANALYSIS_VERSION, what the level adds, and "+" with the hash of the files that the user
 * brings: dictionaries, a lexicon, themes, a gazetteer. */
#define ANALYSIS_VERSION_BYTES 48

struct analysis;

/* How much is found out. FAST leaves out the syntax and what is read from it. */
enum analysis_level { ANALYSIS_FULL, ANALYSIS_FAST };

struct analysis_options {
    enum analysis_level level;
    bool tokens;            /* give them in the result */
    int64_t (*clock)(void); /* measures each stage, in nanoseconds: clock_worked_ns() for its
                             * processor time, clock_steady_ns() for what it took; NULL: none */
    const char *gazetteer;  /* a file of places (places/gazetteer.h) beside ours; NULL: none */
    const char *lexicon;    /* a tone lexicon of the user's own (tone/lexicon_file.h); NULL: ours */
    const char *themes;     /* themes beside ours (themes/themes_file.h); NULL: none */
    /* Dictionaries in PETRARCH's formats (petrarch/petrarch.h), paths with commas between them;
     * what they know is coded by them, the rest by ours. NULL: none. */
    const char *actors, *agents, *verbs;
};

/* Reads --level, "full" or "fast". REJECT: "bad-value". */
enum status analysis_level_from(const char *name, enum analysis_level *out,
                                struct fault *fault) MUST_CHECK;

/* REJECT when the lexicon, themes or gazetteer cannot be used; FATAL without memory, without ICU's
 * data, or when the program's model is damaged. */
enum status analysis_new(const struct analysis_options *options, struct analysis **out,
                         struct fault *fault) MUST_CHECK;
void analysis_free(struct analysis *analysis);

/* What is stored beside every fact of this analysis: its version, level and the user's files. */
const char *analysis_version(const struct analysis *analysis);
/* The same without more than reading those files. REJECT when one cannot be used. */
enum status analysis_version_of(const struct analysis_options *options,
                                char out[ANALYSIS_VERSION_BYTES], struct fault *fault) MUST_CHECK;

/* Analyses one article. Every field of `out` is filled; it borrows from `article`, the arena and
 * static storage. REJECT: "article-too-dense" (the arena's limit), with the stage in the sentence.
 * FATAL: "out-of-memory". */
enum status analysis_run(struct analysis *analysis, const struct envelope *envelope,
                         const struct article *article, struct arena *arena, struct result *out,
                         struct fault *fault) MUST_CHECK;

/* The stages in their order, and the time of each in the last run (0 without a clock). */
struct analysis_timing {
    const char *stage;
    uint64_t ns;
};
size_t analysis_stage_count(void);
struct analysis_timing analysis_timing(const struct analysis *analysis, size_t stage);

#endif
