/* Options: four sources into one row of values a table row, the strongest source last. */
#include "common/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/amqp_uri.h"
#include "common/nearest.h"

#define ENVIRONMENT_PREFIX "NEWSMILL_"
#define NAME_BYTES         64
#define SPELLED_BYTES      192
#define PLACE_BYTES        140
#define CHOICES_BYTES      128
#define HELP_COLUMN        26

struct options {
    const struct option *table;
    size_t count;
    unsigned command;
    char **values;    /* one a table row; NULL: the table's default */
    unsigned *set_by; /* the source that set it, one a table row */
    unsigned source;  /* counts the sources as they are read */
    const char **operands;
    size_t operand_count;
    size_t argument_count; /* room in `operands` */
};

/* Where a value was found, for the sentence when it is wrong. */
struct origin {
    enum { FROM_ARGUMENT, FROM_ENVIRONMENT, FROM_FILE } kind;
    const char *file;
    size_t line;
};

/* The option's name, as it is written there. */
static const char *spell(const struct origin *origin, const char *name, char out[SPELLED_BYTES])
{
    int len = 0;
    if (origin->kind != FROM_ENVIRONMENT) {
        (void)snprintf(out, SPELLED_BYTES, "%s%s", origin->kind == FROM_ARGUMENT ? "--" : "", name);
        return out;
    }
    char variable[NAME_BYTES] = "";
    for (; name[len] && len < NAME_BYTES - 1; len++)
        variable[len] = name[len] == '-' ? '_' : (char)toupper((unsigned char)name[len]);
    (void)snprintf(out, SPELLED_BYTES, "%s (" ENVIRONMENT_PREFIX "%s in the environment)", name,
                   variable);
    return out;
}

/* "" or "FILE line 3: ". */
static const char *place(const struct origin *origin, char out[PLACE_BYTES])
{
    out[0] = '\0';
    if (origin->kind == FROM_FILE)
        (void)snprintf(out, PLACE_BYTES, "%.100s line %zu: ", origin->file, origin->line);
    return out;
}

/* The row of this command; NULL when this command has no such option. */
static const struct option *row_of(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++)
        if ((options->table[i].commands & options->command) &&
            strcmp(options->table[i].name, name) == 0)
            return &options->table[i];
    return NULL;
}

static bool known_anywhere(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++)
        if (strcmp(options->table[i].name, name) == 0)
            return true;
    return false;
}

static enum status unknown(const struct options *options, const struct origin *origin,
                           const char *name, bool any_command, struct fault *fault)
{
    char where[PLACE_BYTES], wrong[SPELLED_BYTES];
    struct nearest nearest;
    nearest_init(&nearest, name);
    for (size_t i = 0; i < options->count; i++)
        if (any_command || (options->table[i].commands & options->command))
            nearest_offer(&nearest, options->table[i].name);
    (void)place(origin, where);
    (void)spell(origin, name, wrong);
    if (nearest.best)
        return fault_set(fault, STATUS_REJECT, "unknown-option",
                         "%sunknown option %.120s; did you mean %s%s?", where, wrong,
                         origin->kind == FROM_ARGUMENT ? "--" : "", nearest.best);
    return fault_set(fault, STATUS_REJECT, "unknown-option",
                     "%sunknown option %.120s; --help lists the options there are", where, wrong);
}

static bool read_int(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return false;
    *value = number;
    return true;
}

/* "yes" and "no" in the forms people write them; NULL when it is neither. */
static const char *read_flag(const char *text)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcmp(text, yes[i]) == 0)
            return "yes";
        if (strcmp(text, no[i]) == 0)
            return "no";
    }
    return NULL;
}

/* Whether [text, text + len) looks like an endpoint; whether it can be used shows later. */
static bool is_endpoint(const char *text, size_t len)
{
    static const char tcp[] = "tcp://", ipc[] = "ipc://";
    size_t prefix = sizeof tcp - 1;
    if (memchr(text, ',', len))
        return false;
    if (len > prefix && strncmp(text, ipc, prefix) == 0)
        return true;
    if (len <= prefix || strncmp(text, tcp, prefix) != 0)
        return false;
    const char *colon = memrchr(text + prefix, ':', len - prefix), *end = text + len;
    if (!colon || colon == text + prefix || colon + 1 == end || end - colon > 6)
        return false;
    int port = 0;
    for (const char *digit = colon + 1; digit < end; digit++) {
        if (!isdigit((unsigned char)*digit))
            return false;
        port = port * 10 + (*digit - '0');
    }
    return port <= 65535;
}

static bool are_endpoints(const char *text, bool several)
{
    for (;;) {
        size_t len = several ? strcspn(text, ",") : strlen(text);
        if (!is_endpoint(text, len))
            return false;
        text += len;
        if (*text == '\0')
            return true;
        text++;
    }
}

/* A copy of `value`, behind what the same source said before where values add up. */
static char *copy_value(const struct options *options, const struct option *row, const char *value)
{
    const char *before = options->values[row - options->table];
    char *copy = NULL;
    bool adds = row->type == OPTION_FILES && before &&
                options->set_by[row - options->table] == options->source;
    if (!adds)
        return strdup(value);
    return asprintf(&copy, "%s,%s", before, value) < 0 ? NULL : copy;
}

/* HOST:PORT, or a word for something else; whether it can be used shows later. */
static bool is_address(const char *text)
{
    if (strcmp(text, "off") == 0 || strcmp(text, "systemd") == 0)
        return true;
    const char *colon = strrchr(text, ':');
    int64_t port;
    return colon && colon != text && read_int(colon + 1, &port) && port >= 0 && port <= 65535;
}

/* One of the words "full|fast", or the refusal that names the nearest. */
static enum status check_choice(const struct option *row, const char *value,
                                const struct origin *origin, struct fault *fault)
{
    char where[PLACE_BYTES], name[SPELLED_BYTES], words[CHOICES_BYTES], *rest = NULL;
    struct nearest nearest;
    nearest_init(&nearest, value);
    (void)snprintf(words, sizeof words, "%s", row->value);
    for (char *word = strtok_r(words, "|", &rest); word; word = strtok_r(NULL, "|", &rest)) {
        if (strcmp(word, value) == 0)
            return STATUS_OK;
        nearest_offer(&nearest, word);
    }
    return fault_set(fault, STATUS_REJECT, "bad-value", "%s%.80s wants %s, not '%.40s'%s%s%s",
                     place(origin, where), spell(origin, row->name, name), row->value, value,
                     nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "",
                     nearest.best ? "?" : "");
}

/* The value may hold a password, and is not repeated. */
static enum status check_backlog(const char *value, const char *where, const char *name,
                                 struct fault *fault)
{
    struct amqp_uri uri;
    struct fault why;
    if (strcmp(value, "journal") == 0 || amqp_uri_parse(value, &uri, &why) == STATUS_OK)
        return STATUS_OK;
    return fault_set(fault, STATUS_REJECT, "bad-value", "%s%.80s %s", where, name, why.message);
}

/* Whether a value has its option's form; a flag becomes "yes" or "no". The refusal names the file
 * and the line, or the variable. */
static enum status check_value(const struct option *row, const char **value,
                               const struct origin *origin, struct fault *fault)
{
    char where[PLACE_BYTES], name[SPELLED_BYTES];
    const char *text = *value;
    int64_t number;
    (void)place(origin, where);
    (void)spell(origin, row->name, name);
    switch (row->type) {
    case OPTION_INT:
        if (read_int(text, &number) && number >= row->min && number <= row->max)
            return STATUS_OK;
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "%s%.100s wants a number from %lld to %lld, not '%.40s'", where, name,
                         (long long)row->min, (long long)row->max, text);
    case OPTION_FLAG:
        if ((*value = read_flag(text)))
            return STATUS_OK;
        return fault_set(fault, STATUS_REJECT, "bad-value", "%s%.100s wants yes or no, not '%.40s'",
                         where, name, text);
    case OPTION_ENDPOINT:
    case OPTION_ENDPOINTS:
        if (are_endpoints(text, row->type == OPTION_ENDPOINTS))
            return STATUS_OK;
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "%s%.80s wants an endpoint such as tcp://127.0.0.1:5552, not '%.60s'",
                         where, name, text);
    case OPTION_ADDRESS:
        if (is_address(text))
            return STATUS_OK;
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "%s%.80s: an address looks like 127.0.0.1:8080, not '%.60s'", where, name,
                         text);
    case OPTION_BACKLOG:
        return check_backlog(text, where, name, fault);
    case OPTION_CHOICE:
        return check_choice(row, text, origin, fault);
    case OPTION_TEXT:
    case OPTION_FILES:
        return STATUS_OK;
    }
    return STATUS_OK;
}

static enum status set_value(struct options *options, const struct option *row, const char *value,
                             const struct origin *origin, struct fault *fault)
{
    enum status status = check_value(row, &value, origin, fault);
    if (status != STATUS_OK)
        return status;
    char *copy = copy_value(options, row, value);
    if (!copy)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the options");
    char **slot = &options->values[row - options->table];
    free(*slot);
    *slot = copy;
    options->set_by[row - options->table] = options->source;
    return STATUS_OK;
}

/* One assignment from a file or the environment: options of other commands are passed over. */
static enum status assign(struct options *options, const char *name, const char *value,
                          const struct origin *origin, struct fault *fault)
{
    const struct option *row = row_of(options, name);
    if (row)
        return set_value(options, row, value, origin, fault);
    return known_anywhere(options, name) ? STATUS_OK : unknown(options, origin, name, true, fault);
}

/* `entry` is NEWSMILL_BATCH_ROWS=200: splits it into "batch-rows" and "200". */
static bool environment_entry(const char *entry, char name[NAME_BYTES], const char **value)
{
    size_t prefix = strlen(ENVIRONMENT_PREFIX), len = 0;
    if (strncmp(entry, ENVIRONMENT_PREFIX, prefix) != 0)
        return false;
    for (const char *c = entry + prefix; *c && *c != '=' && len < NAME_BYTES - 1; c++)
        name[len++] = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
    name[len] = '\0';
    *value = strchr(entry, '=');
    if (!*value)
        return false;
    (*value)++;
    return true;
}

static enum status read_environment(struct options *options, char *const *environment,
                                    struct fault *fault)
{
    options->source++;
    static const struct origin origin = {.kind = FROM_ENVIRONMENT};
    enum status status = STATUS_OK;
    for (; environment && *environment && status == STATUS_OK; environment++) {
        char name[NAME_BYTES];
        const char *value;
        /* An empty variable is how a shell says "not set". */
        if (environment_entry(*environment, name, &value) && *value)
            status = assign(options, name, value, &origin, fault);
    }
    return status;
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

static enum status read_line(struct options *options, char *line, const struct origin *origin,
                             struct fault *fault)
{
    char *name = trim(line);
    if (*name == '\0' || *name == '#')
        return STATUS_OK;
    char *equals = strchr(name, '=');
    if (!equals)
        return fault_set(fault, STATUS_REJECT, "config-file",
                         "%.150s line %zu: a line looks like name = value", origin->file,
                         origin->line);
    *equals = '\0';
    return assign(options, trim(name), trim(equals + 1), origin, fault);
}

static enum status read_file(struct options *options, const char *path, struct fault *fault)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return fault_set(fault, STATUS_REJECT, "config-file",
                         "cannot read the configuration file %.150s: %s", path, strerror(errno));
    struct origin origin = {.kind = FROM_FILE, .file = path};
    options->source++;
    char *line = NULL;
    size_t capacity = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && getline(&line, &capacity, file) >= 0) {
        origin.line++;
        status = read_line(options, line, &origin, fault);
    }
    if (status == STATUS_OK && ferror(file))
        status = fault_set(fault, STATUS_REJECT, "config-file",
                           "cannot read the configuration file %.150s: %s", path, strerror(errno));
    free(line);
    (void)fclose(file);
    return status;
}

/* `argv[*at]` starts with "--": sets it, and moves `*at` past a value of its own. */
static enum status read_argument(struct options *options, int argc, char *const *argv, int *at,
                                 struct fault *fault)
{
    static const struct origin origin = {.kind = FROM_ARGUMENT};
    char name[NAME_BYTES];
    const char *text = argv[*at] + 2, *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    (void)snprintf(name, sizeof name, "%.*s", (int)(len < NAME_BYTES ? len : NAME_BYTES), text);
    const struct option *row = row_of(options, name);
    if (!row)
        return unknown(options, &origin, name, false, fault);
    if (equals)
        return set_value(options, row, equals + 1, &origin, fault);
    if (row->type == OPTION_FLAG)
        return set_value(options, row, "yes", &origin, fault);
    if (*at + 1 >= argc)
        return fault_set(fault, STATUS_REJECT, "bad-value", "--%s wants a value: --%s %s", name,
                         name, row->value ? row->value : "VALUE");
    return set_value(options, row, argv[++*at], &origin, fault);
}

static enum status read_arguments(struct options *options, int argc, char *const *argv,
                                  struct fault *fault)
{
    bool only_operands = false;
    options->source++;
    enum status status = STATUS_OK;
    for (int at = 0; at < argc && status == STATUS_OK; at++) {
        const char *text = argv[at];
        if (only_operands || text[0] != '-' || strcmp(text, "-") == 0)
            options->operands[options->operand_count++] = text;
        else if (strcmp(text, "--") == 0)
            only_operands = true;
        else if (strncmp(text, "--", 2) == 0)
            status = read_argument(options, argc, argv, &at, fault);
        else
            status = fault_set(fault, STATUS_REJECT, "unknown-option",
                               "unknown option %.60s; options are words behind two dashes, and "
                               "--help lists them",
                               text);
    }
    return status;
}

/* The weakest source is read first and overwritten by stronger ones; but which file to read is said
 * by the stronger ones, so they are read twice. */
static enum status read_sources(struct options *options, int argc, char *const *argv,
                                char *const *environment, struct fault *fault)
{
    enum status status = read_environment(options, environment, fault);
    if (status == STATUS_OK)
        status = read_arguments(options, argc, argv, fault);
    const struct option *row = row_of(options, "config");
    const char *named = row ? options->values[row - options->table] : NULL;
    if (status != STATUS_OK || !named)
        return status;
    char *path = strdup(named);
    if (!path)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the options");
    options->operand_count = 0;
    status = read_file(options, path, fault);
    free(path);
    if (status == STATUS_OK)
        status = read_environment(options, environment, fault);
    if (status == STATUS_OK)
        status = read_arguments(options, argc, argv, fault);
    return status;
}

enum status options_parse(const struct option *table, size_t count, unsigned command, int argc,
                          char *const *argv, char *const *environment, struct options **out,
                          struct fault *fault)
{
    struct options *options = calloc(1, sizeof *options);
    if (!options)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the options");
    *options = (struct options){.table = table, .count = count, .command = command};
    options->values = calloc(count + 1, sizeof *options->values);
    options->set_by = calloc(count + 1, sizeof *options->set_by);
    options->operands = calloc((size_t)argc + 1, sizeof *options->operands);
    enum status status =
        options->values && options->set_by && options->operands
            ? read_sources(options, argc, argv, environment, fault)
            : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the options");
    if (status != STATUS_OK) {
        options_free(options);
        return status;
    }
    *out = options;
    return STATUS_OK;
}

void options_free(struct options *options)
{
    if (!options)
        return;
    for (size_t i = 0; options->values && i < options->count; i++)
        free(options->values[i]);
    free(options->values);
    free(options->set_by);
    free((void *)(uintptr_t)options->operands);
    free(options);
}

static const struct option *must_have(const struct options *options, const char *name)
{
    const struct option *row = row_of(options, name);
    assert(row && "an option that the table does not have for this command");
    return row;
}

const char *options_text(const struct options *options, const char *name)
{
    const struct option *row = must_have(options, name);
    const char *value = options->values[row - options->table];
    return value ? value : row->fallback;
}

int64_t options_int(const struct options *options, const char *name)
{
    int64_t value = 0;
    const char *text = options_text(options, name);
    bool read = text && read_int(text, &value);
    assert(read && "a number without a default: ask options_given first");
    (void)read;
    return value;
}

bool options_flag(const struct options *options, const char *name)
{
    const char *text = options_text(options, name);
    return text && strcmp(text, "yes") == 0;
}

bool options_given(const struct options *options, const char *name)
{
    return options->values[must_have(options, name) - options->table] != NULL;
}

size_t options_operand_count(const struct options *options)
{
    return options->operand_count;
}

const char *options_operand(const struct options *options, size_t index)
{
    return index < options->operand_count ? options->operands[index] : NULL;
}

static void help_row(const struct option *row)
{
    char left[NAME_BYTES];
    int len =
        snprintf(left, sizeof left, "  --%s%s%s", row->name, row->type == OPTION_FLAG ? "" : " ",
                 row->type == OPTION_FLAG ? "" : (row->value ? row->value : "VALUE"));
    if (len >= HELP_COLUMN)
        (void)printf("%s\n%*s", left, HELP_COLUMN, "");
    else
        (void)printf("%-*s", HELP_COLUMN, left);
    (void)printf("%s", row->help);
    if (row->fallback && row->type != OPTION_FLAG)
        (void)printf(" [%s]", row->fallback);
    (void)printf("\n");
}

void options_help(const struct option *table, size_t count, unsigned command)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].commands & command)
            help_row(&table[i]);
}
