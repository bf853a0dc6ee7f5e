/* newsmill completion: what bash, zsh and fish need to complete commands, options and their values,
 * made from the tables of commands and options, as --help is. */
#include "worker/cli/completion.h"

#include <stdio.h>
#include <string.h>

#define WORD_BYTES 64

enum completion_kind completion_kind(const struct option *row)
{
    if (row->type == OPTION_CHOICE)
        return COMPLETION_WORDS;
    if (!row->value)
        return COMPLETION_NONE;
    if (strcmp(row->value, "DIR") == 0)
        return COMPLETION_FOLDER;
    return strstr(row->value, "FILE") || strstr(row->value, "GAZETTEER") ? COMPLETION_FILE
                                                                         : COMPLETION_NONE;
}

bool completion_takes_files(const struct command *command)
{
    return strstr(command->usage, "FILE") || strstr(command->usage, "FEEDS");
}

/* Takes the next word off a usage, "list" and "show" of "[OPTION…] list|show [KEY…]"; false when
 * there is none. What is in capitals stands for something else. */
static bool next_operand(const char **usage, char word[WORD_BYTES])
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz.", ends[] = "[]| ";
    while (**usage) {
        size_t begin = strspn(*usage, ends), len = strcspn(*usage + begin, ends);
        const char *at = *usage + begin;
        *usage = at + len;
        if (len == 0 || len >= WORD_BYTES || strspn(at, small) < len)
            continue;
        (void)snprintf(word, WORD_BYTES, "%.*s", (int)len, at);
        return true;
    }
    return false;
}

bool completion_has_operands(const struct command *command)
{
    char word[WORD_BYTES];
    const char *usage = command->usage;
    return strstr(usage, "COMMAND") || next_operand(&usage, word);
}

void completion_commands(void)
{
    for (size_t i = 0; i < command_count; i++)
        (void)printf("%s%s", i ? " " : "", command_table[i].name);
}

void completion_operands(const struct command *command)
{
    char word[WORD_BYTES];
    const char *usage = command->usage, *separator = "";
    if (strstr(usage, "COMMAND")) {
        completion_commands();
        separator = " ";
    }
    while (next_operand(&usage, word)) {
        (void)printf("%s%s", separator, word);
        separator = " ";
    }
}

void completion_choices(const struct option *row)
{
    for (const char *c = row->value; *c; c++)
        (void)putchar(*c == '|' ? ' ' : *c);
}

void completion_quoted(const char *words, const char *special, bool close_quotes)
{
    for (; *words; words++) {
        if (*words == '\'' && close_quotes)
            (void)fputs("'\\'", stdout);
        else if (strchr(special, *words))
            (void)putchar('\\');
        (void)putchar(*words);
    }
}

int completion_main(const struct options *options)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    const char *wanted = options_operand(options, 0);
    struct fault fault;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, wanted) == 0) {
            shells[i].print();
            return EXIT_DONE;
        }
    }
    (void)fault_set(&fault, STATUS_REJECT, "bad-value",
                    "completion wants bash, zsh or fish, not '%.40s'", wanted);
    return command_failed(&fault);
}
