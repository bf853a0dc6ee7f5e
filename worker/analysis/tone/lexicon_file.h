/* A tone lexicon of the user's own, read from a file in place of the built-in one.
 *
 * One entry a line: a word or phrase, a tab, its weight (1 is an ordinary tonal word, -10 to 10),
 * and, after another tab, flags: ACTIVITY SELF_GROUP NEGATOR CONTRAST BOOSTER DAMPENER SHIFTER. A
 * third column that is no flag ends the line, so that lists with deviations and raw ratings load
 * as they are. Forms are not derived: what is not in the file has no tone. "#" begins a comment
 * line. */
#ifndef NEWSMILL_WORKER_ANALYSIS_TONE_LEXICON_FILE_H
#define NEWSMILL_WORKER_ANALYSIS_TONE_LEXICON_FILE_H

#include "common/status.h"
#include "worker/analysis/lexicon.h"

#define LEXICON_FILE_BYTES_MAX   (64 * 1024 * 1024)
#define LEXICON_FILE_ENTRIES_MAX 1000000

struct lexicon_file;

/* REJECT: the file cannot be read or a line of it is wrong; the fault names the line. FATAL without
 * memory. */
enum status lexicon_file_open(const char *path, struct lexicon_file **out,
                              struct fault *fault) MUST_CHECK;
const struct lexicon *lexicon_file_lexicon(const struct lexicon_file *file);
void lexicon_file_close(struct lexicon_file *file);

#endif
