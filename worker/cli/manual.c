/* newsmill manual: manual pages made from the tables of commands and options, as --help is. One for
 * the program, one a command, one for the file of options; in the macros of man(7), for groff and
 * mandoc. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "worker/cli/command.h"

#define CONFIG_PAGE "newsmill.conf"
#define PATH_BYTES  1024

/* Text as roff wants it. What begins a line must not be taken for a request. */
static void text(FILE *out, const char *words)
{
    static const char ellipsis[] = "…";
    if (*words == '.' || *words == '\'')
        (void)fputs("\\&", out);
    while (*words) {
        if (strncmp(words, ellipsis, sizeof ellipsis - 1) == 0) {
            (void)fputs("...", out);
            words += sizeof ellipsis - 1;
            continue;
        }
        if (*words == '-' || *words == '\\')
            (void)fputs(*words == '-' ? "\\-" : "\\e", out);
        else
            (void)fputc(*words, out);
        words++;
    }
}

static void line(FILE *out, const char *words)
{
    text(out, words);
    (void)fputc('\n', out);
}

static void begin(FILE *out, const char *title, const char *section, const char *name,
                  const char *what)
{
    (void)fprintf(out, ".\\\" Made by newsmill manual.\n.TH \"");
    text(out, title);
    (void)fprintf(out, "\" %s \"%s\" \"newsmill %s\" \"newsmill\"\n.SH NAME\n", section,
                  NEWSMILL_DATE, NEWSMILL_VERSION);
    text(out, name);
    (void)fputs(" \\- ", out);
    line(out, what);
}

static const char *value_of(const struct option *row)
{
    return row->value ? row->value : "VALUE";
}

static void option_about(FILE *out, const struct option *row)
{
    text(out, row->help);
    (void)fputs(".\n", out);
    if (row->type == OPTION_INT && row->max < INT64_MAX)
        (void)fprintf(out, "From %lld to %lld.\n", (long long)row->min, (long long)row->max);
    if (!row->fallback || row->type == OPTION_FLAG)
        return;
    (void)fputs("Default: \\fB", out);
    text(out, row->fallback);
    (void)fputs("\\fR.\n", out);
}

static void options_of(FILE *out, const struct command *command)
{
    (void)fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *row = &option_table[i];
        if (!(row->commands & (unsigned)command->bit))
            continue;
        (void)fputs(".TP\n\\fB\\-\\-", out);
        text(out, row->name);
        (void)fputs("\\fR", out);
        if (row->type != OPTION_FLAG) {
            (void)fputs(" \\fI", out);
            text(out, value_of(row));
            (void)fputs("\\fR", out);
        }
        (void)fputc('\n', out);
        option_about(out, row);
    }
    (void)fputs(".TP\n\\fB\\-\\-help\\fR\nSay all this in short.\n", out);
}

/* Lines, each with two spaces before it, as they are typed. */
static void examples_of(FILE *out, const struct command *command)
{
    char words[PATH_BYTES];
    (void)fputs(".SH EXAMPLES\n.nf\n", out);
    for (const char *rest = command->examples; *rest;) {
        size_t len = strcspn(rest, "\n");
        const char *from = rest + (strncmp(rest, "  ", 2) == 0 ? 2 : 0);
        (void)snprintf(words, sizeof words, "%.*s", (int)(rest + len - from), from);
        line(out, words);
        rest += len + (rest[len] == '\n');
    }
    (void)fputs(".fi\n", out);
}

static void exit_codes(FILE *out)
{
    static const char *const codes[][2] = {
        {"0", "Done."},
        {"1", "Some items were refused."},
        {"2", "Bad usage or configuration."},
        {"3", "Something outside (socket, database, disk) failed."}};
    (void)fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        (void)fprintf(out, ".TP\n.B %s\n%s\n", codes[i][0], codes[i][1]);
}

static void where_options_come_from(FILE *out)
{
    (void)fputs(".SH ENVIRONMENT\n"
                "Every option is also a variable: \\fB\\-\\-batch\\-rows\\fR is "
                "\\fBNEWSMILL_BATCH_ROWS\\fR.\n"
                "A flag is stronger than a variable, a variable than the file that "
                "\\fB\\-\\-config\\fR names;\nsee \\fBnewsmill.conf\\fR(5).\n",
                out);
}

static void see_also(FILE *out, const char *others)
{
    (void)fprintf(out, ".SH SEE ALSO\n%s\n", others);
}

static void command_page(FILE *out, const struct command *command)
{
    char name[PATH_BYTES];
    (void)snprintf(name, sizeof name, "newsmill-%s", command->name);
    begin(out, name, "1", name, command->help);
    (void)fputs(".SH SYNOPSIS\n\\fBnewsmill ", out);
    text(out, command->name);
    (void)fputs("\\fR ", out);
    line(out, command->usage);
    options_of(out, command);
    if (*command->examples)
        examples_of(out, command);
    where_options_come_from(out);
    exit_codes(out);
    see_also(out, "\\fBnewsmill\\fR(1), \\fBnewsmill.conf\\fR(5)");
}

static void program_page(FILE *out, const struct command *unused)
{
    (void)unused;
    begin(out, "newsmill", "1", "newsmill",
          "news articles in, evidence-backed rows in PostgreSQL out");
    (void)fputs(
        ".SH SYNOPSIS\n\\fBnewsmill\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.br\n"
        "\\fBnewsmill\\fR \\fB\\-\\-help\\fR | \\fB\\-\\-version\\fR\n"
        ".SH DESCRIPTION\n"
        "Producers push articles over ZeroMQ; \\fBnewsmill\\fR keeps them on disk before it "
        "acknowledges them,\nanalyses them, and stores what it read, with the words that say "
        "so, in PostgreSQL.\n"
        "What it has acknowledged it does not lose.\n"
        ".SH COMMANDS\n",
        out);
    for (size_t i = 0; i < command_count; i++) {
        (void)fputs(".TP\n\\fBnewsmill\\-", out);
        text(out, command_table[i].name);
        (void)fputs("\\fR(1)\n", out);
        line(out, command_table[i].help);
    }
    where_options_come_from(out);
    exit_codes(out);
    see_also(out, "\\fBnewsmill.conf\\fR(5), \\fBpsql\\fR(1), \\fBsystemd\\fR(1)");
}

static void option_commands(FILE *out, const struct option *row)
{
    const char *separator = "For ";
    if ((row->commands | COMMAND_CONFIG) == COMMAND_ALL) {
        (void)fputs("For all commands.\n", out);
        return;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (!(row->commands & (unsigned)command_table[i].bit))
            continue;
        (void)fprintf(out, "%s\\fB", separator);
        text(out, command_table[i].name);
        (void)fputs("\\fR", out);
        separator = ", ";
    }
    (void)fputs(".\n", out);
}

static void config_page(FILE *out, const struct command *unused)
{
    (void)unused;
    begin(out, CONFIG_PAGE, "5", CONFIG_PAGE, "a file of options for newsmill");
    (void)fputs(
        ".SH DESCRIPTION\n"
        "Read where \\fB\\-\\-config\\fR \\fIFILE\\fR or \\fBNEWSMILL_CONFIG\\fR names it.\n"
        "A line is \\fIname\\fR \\fB=\\fR \\fIvalue\\fR; empty lines, and lines that begin with "
        "\\fB#\\fR, say nothing.\n"
        "One file may serve all commands: each takes its own options from it.\n"
        "An unknown name, or a value of the wrong form, is an error that names the file and the "
        "line.\n"
        "\\fBnewsmill config\\fR prints a file with every option and its default.\n"
        ".SH OPTIONS\n",
        out);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *row = &option_table[i];
        if (strcmp(row->name, "config") == 0)
            continue;
        (void)fputs(".TP\n\\fB", out);
        text(out, row->name);
        (void)fputs("\\fR = \\fI", out);
        text(out, row->type == OPTION_FLAG ? "yes|no" : value_of(row));
        (void)fputs("\\fR\n", out);
        option_about(out, row);
        option_commands(out, row);
    }
    (void)fputs(".SH FILES\n.TP\n.I /etc/newsmill/newsmill.conf\nThe one that systemd's units "
                "name.\n",
                out);
    see_also(out, "\\fBnewsmill\\fR(1)");
}

typedef void page(FILE *out, const struct command *command);

static enum status make_folder(const char *path, struct fault *fault)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_FATAL, "output", "cannot make the folder %.150s: %s", path,
                         strerror(errno));
    return STATUS_OK;
}

static enum status write_page(const char *folder, const char *name, const char *section,
                              page *write, const struct command *command, struct fault *fault)
{
    char path[PATH_BYTES];
    if ((size_t)snprintf(path, sizeof path, "%s/man%s/%s.%s", folder, section, name, section) >=
        sizeof path)
        return fault_set(fault, STATUS_REJECT, "bad-value", "the path of --output is too long");
    FILE *out = fopen(path, "we");
    if (out) {
        write(out, command);
        bool failed = ferror(out) != 0;
        if (fclose(out) == 0 && !failed)
            return STATUS_OK;
    }
    return fault_set(fault, STATUS_FATAL, "output", "cannot write %.150s: %s", path,
                     strerror(errno));
}

static enum status write_all(const char *folder, struct fault *fault)
{
    char path[PATH_BYTES];
    enum status status = make_folder(folder, fault);
    for (const char *section = "15"; *section && status == STATUS_OK; section++) {
        (void)snprintf(path, sizeof path, "%s/man%c", folder, *section);
        status = make_folder(path, fault);
    }
    if (status == STATUS_OK)
        status = write_page(folder, "newsmill", "1", program_page, NULL, fault);
    if (status == STATUS_OK)
        status = write_page(folder, CONFIG_PAGE, "5", config_page, NULL, fault);
    for (size_t i = 0; i < command_count && status == STATUS_OK; i++) {
        (void)snprintf(path, sizeof path, "newsmill-%s", command_table[i].name);
        status = write_page(folder, path, "1", command_page, &command_table[i], fault);
    }
    return status;
}

static enum status print_one(const char *name, struct fault *fault)
{
    if (!name || strcmp(name, CONFIG_PAGE) == 0) {
        (name ? config_page : program_page)(stdout, NULL);
        return STATUS_OK;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, name) == 0) {
            command_page(stdout, &command_table[i]);
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_REJECT, "bad-value",
                     "there is no page for '%.60s': newsmill --help lists the commands", name);
}

int manual_main(const struct options *options)
{
    struct fault fault;
    const char *folder = options_text(options, "output");
    enum status status =
        folder ? write_all(folder, &fault) : print_one(options_operand(options, 0), &fault);
    return status == STATUS_OK ? EXIT_DONE : command_failed(&fault);
}
