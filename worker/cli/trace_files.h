/* Log files and trails, searched for one article: twice, because the lines that say which article a
 * name means need not come first. */
#ifndef NEWSMILL_WORKER_CLI_TRACE_FILES_H
#define NEWSMILL_WORKER_CLI_TRACE_FILES_H

#include "common/status.h"
#include "worker/cli/trace_way.h"

struct trace_files;

/* NULL without memory. */
struct trace_files *trace_files_new(void);
void trace_files_free(struct trace_files *files);
/* A file, or "-" for standard input. FATAL with a sentence when it cannot be read. */
enum status trace_files_add(struct trace_files *files, const char *path,
                            struct fault *fault) MUST_CHECK;
/* All trails of a data folder; how many there are. Those that vanish meanwhile are passed over. */
size_t trace_files_add_folder(struct trace_files *files, const char *folder);

/* Adds the articles that the way's name means, by what is logged of them. */
void trace_files_names(struct trace_files *files, struct trace_way *way);
/* Adds what is logged of the way's articles. */
void trace_files_events(struct trace_files *files, struct trace_way *way);

#endif
