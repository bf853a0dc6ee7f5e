/* newsmill keys: makes pairs of keys for ZeroMQ's CURVE, and lists those of a folder. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/keys.h"
#include "worker/cli/command.h"

#define FILES_MAX 10000 /* that are listed of a folder */

static int make_all(const struct options *options)
{
    const char *folder = options_text(options, "keys");
    int code = EXIT_DONE;
    for (size_t i = 1; i < options_operand_count(options); i++) {
        struct key key;
        struct fault fault;
        if (key_make(folder, options_operand(options, i), &key, &fault) != STATUS_OK) {
            int failed = command_failed(&fault);
            code = failed > code ? failed : code;
            continue;
        }
        (void)printf("made %s/%s.key (secret) and %s/%s.pub, public key %s\n", folder, key.name,
                     folder, key.name, key.public_key);
        key_forget(&key);
    }
    return code;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* One file as a line, or as an object in `rows`. Of a secret one, whether it could be used. */
static enum status list_file(const char *path, bool secret, json_t *rows, struct fault *fault)
{
    struct key key;
    enum status status =
        secret ? key_read_secret(path, &key, fault) : key_read_public(path, &key, fault);
    if (status != STATUS_OK)
        return status;
    const char *kind = secret ? "secret" : "public";
    if (!rows)
        (void)printf("%-24s %s  %s  %s\n", key.name, kind, key.public_key, path);
    else if (json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:s}", "name", key.name, "kind",
                                                   kind, "public", key.public_key, "file", path)) !=
             0)
        status = fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the list");
    key_forget(&key);
    return status;
}

static int list_entries(const char *folder, struct dirent **entries, int count, json_t *rows)
{
    int code = EXIT_DONE;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct fault fault;
        const char *name = entries[i]->d_name;
        bool secret = ends_with(name, ".key");
        if (!secret && !ends_with(name, ".pub"))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        if (list_file(path, secret, rows, &fault) == STATUS_OK)
            continue;
        (void)command_failed(&fault);
        code = EXIT_REFUSED;
    }
    return code;
}

static int list(const struct options *options)
{
    const char *folder = options_text(options, "keys");
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0 || count > FILES_MAX) {
        (void)fprintf(stderr, "newsmill: cannot list the folder %.200s: %s; --keys names another\n",
                      folder, count < 0 ? strerror(errno) : "too many files");
        return EXIT_USAGE;
    }
    json_t *rows = options_flag(options, "json") ? json_array() : NULL;
    int code = list_entries(folder, entries, count, rows);
    if (rows && (json_dumpf(rows, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF))
        code = EXIT_OUTSIDE;
    json_decref(rows);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return code;
}

int keys_main(const struct options *options)
{
    const char *action = options_operand(options, 0);
    size_t names = options_operand_count(options) - 1;
    if (strcmp(action, "make") == 0 && names > 0)
        return make_all(options);
    if (strcmp(action, "list") == 0 && names == 0)
        return list(options);
    (void)fprintf(stderr, "newsmill: keys wants 'make NAME…' or 'list'; newsmill keys --help says "
                          "more\n");
    return EXIT_USAGE;
}
