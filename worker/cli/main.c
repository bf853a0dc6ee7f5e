/* newsmill: one executable, the commands of CONTRACT section 3. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/nearest.h"
#include "worker/cli/command.h"

extern char **environ;

static void help_all(void)
{
    (void)printf("newsmill %s: news articles in, evidence-backed rows in PostgreSQL out\n\n"
                 "usage: newsmill COMMAND [OPTION…] …\n\n",
                 NEWSMILL_VERSION);
    for (size_t i = 0; i < command_count; i++)
        (void)printf("  %-10s %s\n", command_table[i].name, command_table[i].help);
    (void)printf(
        "\nnewsmill COMMAND --help says more. Every option is also a variable\n"
        "(--batch-rows is NEWSMILL_BATCH_ROWS) and a line of the file that --config names.\n"
        "Exit codes: 0 done, 1 some items were refused, 2 bad usage or configuration,\n"
        "3 something outside (socket, database, disk) failed.\n");
}

static void help_one(const struct command *command)
{
    (void)printf("newsmill %s: %s\n\nusage: newsmill %s %s\n\noptions:\n", command->name,
                 command->help, command->name, command->usage);
    options_help(option_table, option_count, command->bit);
    (void)printf("\nexamples:\n%s", command->examples);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}

static int unknown(const char *name)
{
    struct nearest nearest;
    nearest_init(&nearest, name);
    for (size_t i = 0; i < command_count; i++)
        nearest_offer(&nearest, command_table[i].name);
    if (nearest.best)
        (void)fprintf(stderr, "newsmill: there is no command '%.60s'; did you mean %s?\n", name,
                      nearest.best);
    else
        (void)fprintf(stderr, "newsmill: there is no command '%.60s'; newsmill --help lists them\n",
                      name);
    return EXIT_USAGE;
}

/* True when --help is among the options (not behind "--", and not another option's value is too
 * fine a distinction for someone who asks for help). */
static bool wants_help(int argc, char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* Which of the words of its row it is: "debug|info|warn|error". */
static unsigned chosen(const struct options *options, const char *name, const char *const *words)
{
    unsigned index = 0;
    while (words[index + 1] && strcmp(options_text(options, name), words[index]) != 0)
        index++;
    return index;
}

/* Returns an exit code. */
static int start_log(const struct options *options, const struct command *command)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
    static const char *const formats[] = {"text", "json", NULL};
    const unsigned trails = COMMAND_INGEST | COMMAND_ANALYZE | COMMAND_STORE;
    struct fault fault;
    if (command->bit == COMMAND_CONFIG)
        return EXIT_DONE;
    log_init((enum log_level)chosen(options, "log-level", levels), command->name);
    log_set_format((enum log_format)chosen(options, "log-format", formats));
    if ((command->bit & trails) == 0 ||
        log_trail_open(options_text(options, "trail"), options_int(options, "trail-bytes"),
                       &fault) == STATUS_OK)
        return EXIT_DONE;
    return command_failed(&fault);
}

/* "" when the number of operands is right. */
static const char *operands_wrong(const struct command *command, const struct options *options)
{
    size_t count = options_operand_count(options);
    if (count < command->operands_min)
        return command->bit & (COMMAND_PUSH | COMMAND_INSPECT)
                   ? "wants a file, a folder, or - for standard input"
                   : "wants more arguments";
    return count > command->operands_max ? "does not take this argument" : "";
}

static int operands_failed(const struct command *command, const struct options *options,
                           const char *wrong)
{
    const char *extra = options_operand(options, command->operands_max);
    (void)fprintf(stderr, "newsmill: %s %s%s%.60s; newsmill %s --help says more\n", command->name,
                  wrong, extra ? ": " : "", extra ? extra : "", command->name);
    return EXIT_USAGE;
}

static int run(const struct command *command, int argc, char *const *argv)
{
    struct options *options = NULL;
    struct fault fault;
    if (wants_help(argc, argv)) {
        help_one(command);
        return EXIT_DONE;
    }
    if (options_parse(option_table, option_count, command->bit, argc, argv, environ, &options,
                      &fault) != STATUS_OK)
        return command_failed(&fault);
    const char *wrong = operands_wrong(command, options);
    int code = EXIT_USAGE;
    if (*wrong) {
        code = operands_failed(command, options, wrong);
    } else if ((code = start_log(options, command)) == EXIT_DONE) {
        code = command->run(options);
    }
    log_trail_close();
    options_free(options);
    /* What was printed may only now fail to be written: a full disk, a closed pipe. */
    if (fflush(stdout) != 0 && code == EXIT_DONE) {
        (void)fprintf(stderr, "newsmill: cannot write to standard output\n");
        code = EXIT_OUTSIDE;
    }
    return code;
}

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        (void)fprintf(stderr, "newsmill: which command? newsmill --help lists them\n");
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        help_all();
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("newsmill %s\n", NEWSMILL_VERSION);
        return EXIT_DONE;
    }
    const struct command *command = find(argv[1]);
    return command ? run(command, argc - 2, argv + 2) : unknown(argv[1]);
}
