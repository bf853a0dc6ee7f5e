/* The completion of bash. */
#include <stdio.h>

#include "worker/cli/completion.h"

static const char bash_head[] =
    "# bash completion for newsmill; made by: newsmill completion bash\n"
    "_newsmill()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command=${COMP_WORDS[1]} options= operands= files=no\n"
    "    COMPREPLY=()\n"
    "    # --name=value comes as three words.\n"
    "    [[ $word == = ]] && word=\n"
    "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n";
static const char bash_tail[] =
    "    esac\n"
    "    [[ $word == -* ]] && operands= files=no\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$options $operands\" -- \"$word\"\n"
    "        [[ $files == yes ]] && compgen -f -- \"$word\")\n"
    "    [[ $files == yes ]] && compopt -o filenames 2>/dev/null\n"
    "    return 0\n"
    "}\n"
    "complete -F _newsmill newsmill\n";

static void bash_command(const struct command *command)
{
    (void)printf("    %s)\n        options=\"--help", command->name);
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].commands & (unsigned)command->bit)
            (void)printf(" --%s", option_table[i].name);
    (void)printf("\"\n        operands=\"");
    completion_operands(command);
    (void)printf("\"%s\n        ;;\n",
                 completion_takes_files(command) ? "\n        files=yes" : "");
}

static void bash_option(const struct option *row)
{
    const char *separator = "    ";
    if (row->type == OPTION_FLAG)
        return;
    for (size_t i = 0; i < command_count; i++) {
        if (!(row->commands & (unsigned)command_table[i].bit))
            continue;
        (void)printf("%s%s:--%s", separator, command_table[i].name, row->name);
        separator = "|";
    }
    (void)printf(")\n");
    enum completion_kind kind = completion_kind(row);
    if (kind == COMPLETION_WORDS) {
        (void)printf("        mapfile -t COMPREPLY < <(compgen -W \"");
        completion_choices(row);
        (void)printf("\" -- \"$word\")\n");
    } else if (kind != COMPLETION_NONE) {
        (void)printf("        mapfile -t COMPREPLY < <(compgen -%c -- \"$word\")\n"
                     "        compopt -o filenames 2>/dev/null\n",
                     kind == COMPLETION_FILE ? 'f' : 'd');
    }
    (void)printf("        return 0\n        ;;\n");
}

void completion_bash(void)
{
    (void)fputs(bash_head, stdout);
    (void)printf("    if ((COMP_CWORD == 1)); then\n"
                 "        mapfile -t COMPREPLY < <(compgen -W \"--help --version ");
    completion_commands();
    (void)printf("\" -- \"$word\")\n        return 0\n    fi\n    case $command:$before in\n");
    for (size_t i = 0; i < option_count; i++)
        bash_option(&option_table[i]);
    (void)printf("    esac\n    case $command in\n");
    for (size_t i = 0; i < command_count; i++)
        bash_command(&command_table[i]);
    (void)fputs(bash_tail, stdout);
}
