/* The completion of fish. */
#include <stdio.h>

#include "worker/cli/completion.h"

static const char fish_head[] =
    "# fish completion for newsmill; made by: newsmill completion fish\n"
    "function __newsmill_runs\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -ge 2; and contains -- $words[2] $argv\n"
    "end\n"
    "function __newsmill_runs_nothing\n"
    "    test (count (commandline -opc)) -lt 2\n"
    "end\n"
    "complete -c newsmill -f\n"
    "complete -c newsmill -n __newsmill_runs_nothing -l help -d 'list the commands'\n"
    "complete -c newsmill -n __newsmill_runs_nothing -l version -d 'say which'\n";

static void fish_command(const struct command *command)
{
    (void)printf("complete -c newsmill -n __newsmill_runs_nothing -a %s -d '", command->name);
    completion_quoted(command->help, "\\'", false);
    (void)fputs("'\n", stdout);
    if (completion_has_operands(command)) {
        (void)printf("complete -c newsmill -n '__newsmill_runs %s' -a '", command->name);
        completion_operands(command);
        (void)fputs("'\n", stdout);
    }
    if (completion_takes_files(command))
        (void)printf("complete -c newsmill -n '__newsmill_runs %s' -F\n", command->name);
}

static void fish_option(const struct option *row)
{
    (void)fputs("complete -c newsmill -n '__newsmill_runs", stdout);
    for (size_t i = 0; i < command_count; i++)
        if (row->commands & (unsigned)command_table[i].bit)
            (void)printf(" %s", command_table[i].name);
    (void)printf("' -l %s", row->name);
    enum completion_kind kind = completion_kind(row);
    if (kind == COMPLETION_WORDS) {
        (void)fputs(" -x -a '", stdout);
        completion_choices(row);
        (void)putchar('\'');
    } else if (row->type != OPTION_FLAG) {
        (void)fputs(kind == COMPLETION_FILE     ? " -r -F"
                    : kind == COMPLETION_FOLDER ? " -x -a '(__fish_complete_directories)'"
                                                : " -x",
                    stdout);
    }
    (void)fputs(" -d '", stdout);
    completion_quoted(row->help, "\\'", false);
    (void)fputs("'\n", stdout);
}

void completion_fish(void)
{
    (void)fputs(fish_head, stdout);
    for (size_t i = 0; i < command_count; i++)
        fish_command(&command_table[i]);
    for (size_t i = 0; i < option_count; i++)
        fish_option(&option_table[i]);
}
