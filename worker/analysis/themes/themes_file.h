/* Themes of the user's own, read from a file and counted beside the built-in ones.
 *
 * The file is written like data/themes.txt: a line "[name]" begins a theme; the lines below it are
 * words with blanks between, phrases with "_" between their words, and behind "=" a weight from 0.1
 * to 10 where a word is to count more or less than 1 (`harbour strike_ballot=3`). A plural in s is
 * found by its singular. A name may be a built-in one, which is then extended. A word may speak of
 * several themes. "#" begins a comment. */
#ifndef NEWSMILL_WORKER_ANALYSIS_THEMES_THEMES_FILE_H
#define NEWSMILL_WORKER_ANALYSIS_THEMES_THEMES_FILE_H

#include "common/status.h"
#include "worker/analysis/tables.h"

#define THEMES_FILE_BYTES_MAX (16 * 1024 * 1024) /* of all words together */
#define THEMES_FILE_THEMES    64
#define THEMES_FILE_ROWS_MAX  1000000

struct themes_file;
struct theme_table {
    const struct lexicon *lexicon; /* `value` is an index of rows */
    const struct theme_row *rows;
    const char *const *names;
    unsigned count;
};

/* REJECT: the file cannot be read or a line of it is wrong; the fault names the line. FATAL without
 * memory. */
enum status themes_file_open(const char *path, struct themes_file **out,
                             struct fault *fault) MUST_CHECK;
struct theme_table themes_file_table(const struct themes_file *file);
void themes_file_close(struct themes_file *file);

#endif
