/* newsmill config: the sample configuration, made from the table of options. */
#include <stdio.h>
#include <string.h>

#include "worker/cli/command.h"

static void print_commands(unsigned commands)
{
    const char *separator = "";
    if ((commands | COMMAND_CONFIG) == COMMAND_ALL) {
        (void)printf("all commands");
        return;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (!(commands & (unsigned)command_table[i].bit))
            continue;
        (void)printf("%s%s", separator, command_table[i].name);
        separator = ", ";
    }
}

static void print_row(const struct option *row)
{
    (void)printf("\n# %s%s%s (", row->help, row->type == OPTION_CHOICE ? "; one of " : "",
                 row->type == OPTION_CHOICE ? row->value : "");
    print_commands(row->commands);
    (void)printf(")\n");
    if (row->fallback)
        (void)printf("#%s = %s\n", row->name, row->fallback);
    else
        (void)printf("#%s =\n", row->name);
}

int config_main(const struct options *options)
{
    (void)options;
    (void)printf(
        "# newsmill: every option, with its default. Remove the # to change one.\n"
        "# Read with --config FILE or NEWSMILL_CONFIG=FILE. A flag (--batch-rows 200) and a\n"
        "# variable (NEWSMILL_BATCH_ROWS=200) are stronger than this file.\n"
        "# Printed by `newsmill config`.\n");
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(option_table[i].name, "config") != 0)
            print_row(&option_table[i]);
    return EXIT_DONE;
}
