/* What the completions of all shells share: the tables of commands and options, as shells need
 * them. Everything is printed to stdout. */
#ifndef NEWSMILL_WORKER_CLI_COMPLETION_H
#define NEWSMILL_WORKER_CLI_COMPLETION_H

#include <stdbool.h>

#include "worker/cli/command.h"

/* What may stand behind an option. */
enum completion_kind {
    COMPLETION_NONE,
    COMPLETION_WORDS, /* completion_choices() */
    COMPLETION_FILE,
    COMPLETION_FOLDER
};
enum completion_kind completion_kind(const struct option *row);
/* "full|fast" as "full fast". */
void completion_choices(const struct option *row);

/* What a command takes that is no option: words ("list", "show"), files, or nothing. */
bool completion_takes_files(const struct command *command);
bool completion_has_operands(const struct command *command);
void completion_operands(const struct command *command);
/* The names of all commands. */
void completion_commands(void);

/* `words` with a backslash before what is in `special`, and, for shells that want it so, a single
 * quote written as '\''. */
void completion_quoted(const char *words, const char *special, bool close_quotes);

/* Each in a file of its own name. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

#endif
