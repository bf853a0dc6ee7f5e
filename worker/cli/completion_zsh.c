/* The completion of zsh. */
#include <stdio.h>

#include "worker/cli/completion.h"

static void zsh_option(const struct option *row)
{
    static const char *const actions[] = {
        [COMPLETION_FILE] = "_files", [COMPLETION_FOLDER] = "_files -/"};
    enum completion_kind kind = completion_kind(row);
    (void)printf("                '%s--%s%s[", row->type == OPTION_FILES ? "*" : "", row->name,
                 row->type == OPTION_FLAG ? "" : "=");
    completion_quoted(row->help, "[]\\", true);
    (void)putchar(']');
    if (row->type != OPTION_FLAG) {
        (void)putchar(':');
        completion_quoted(kind == COMPLETION_WORDS || !row->value ? "value" : row->value, ":\\",
                          true);
        (void)putchar(':');
        if (kind == COMPLETION_WORDS) {
            (void)putchar('(');
            completion_choices(row);
            (void)putchar(')');
        } else if (kind != COMPLETION_NONE) {
            (void)fputs(actions[kind], stdout);
        }
    }
    (void)fputs("' \\\n", stdout);
}

static void zsh_command(const struct command *command)
{
    (void)printf("        %s)\n            _arguments \\\n", command->name);
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].commands & (unsigned)command->bit)
            zsh_option(&option_table[i]);
    if (completion_has_operands(command)) {
        (void)fputs("                '*:operand:(", stdout);
        completion_operands(command);
        (void)fputs(")' \\\n", stdout);
    } else if (completion_takes_files(command)) {
        (void)fputs("                '*:file:_files' \\\n", stdout);
    }
    (void)fputs("                '--help[say all this in short]'\n            ;;\n", stdout);
}

void completion_zsh(void)
{
    (void)fputs("#compdef newsmill\n"
                "# zsh completion for newsmill; made by: newsmill completion zsh\n"
                "_newsmill()\n"
                "{\n"
                "    local context state state_descr line\n"
                "    local -A opt_args\n"
                "    local -a commands\n"
                "    commands=(\n",
                stdout);
    for (size_t i = 0; i < command_count; i++) {
        (void)printf("        '%s:", command_table[i].name);
        completion_quoted(command_table[i].help, "\\:", true);
        (void)fputs("'\n", stdout);
    }
    (void)fputs(
        "    )\n"
        "    _arguments -C '(- *)--help[list the commands]' '(- *)--version[say which]' \\\n"
        "        '1:command:->command' '*::argument:->argument'\n"
        "    case $state in\n"
        "    command) _describe -t commands 'newsmill command' commands ;;\n"
        "    argument)\n"
        "        case $words[1] in\n",
        stdout);
    for (size_t i = 0; i < command_count; i++)
        zsh_command(&command_table[i]);
    (void)fputs("        esac\n        ;;\n    esac\n}\n"
                "if [[ $funcstack[1] == _newsmill ]]; then _newsmill \"$@\"; "
                "else compdef _newsmill newsmill; fi\n",
                stdout);
}
