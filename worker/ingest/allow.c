/* A folder of public keys. */
#include "worker/ingest/allow.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"

struct list {
    struct key *keys; /* by public key */
    size_t count;
};

struct allow {
    char *folder; /* or NULL */
    struct key own;
    struct list list;
    struct timespec changed; /* the folder, when it was read */
    ino_t inode;
    bool failing;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct key *)a)->public_key, ((const struct key *)b)->public_key);
}

static const struct key *find(const struct list *list, const char *public_key)
{
    struct key wanted = {.name = ""};
    (void)memccpy(wanted.public_key, public_key, '\0', sizeof wanted.public_key - 1);
    return list->count ? bsearch(&wanted, list->keys, list->count, sizeof *list->keys, compare)
                       : NULL;
}

static enum status add(struct list *list, const char *folder, const char *name, struct fault *fault)
{
    char path[PATH_MAX];
    if (list->count == ALLOW_KEYS_MAX)
        return fault_set(fault, STATUS_REJECT, "too-many-keys",
                         "%.120s has more than %d keys: give producers of one kind a key together",
                         folder, ALLOW_KEYS_MAX);
    struct key *keys = realloc(list->keys, (list->count + 1) * sizeof *keys);
    if (!keys)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for keys");
    list->keys = keys;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    enum status status = key_read_public(path, &keys[list->count], fault);
    list->count += status == STATUS_OK;
    return status;
}

static bool is_key_name(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".pub") == 0;
}

static enum status read_folder(const char *folder, struct list *out, struct fault *fault)
{
    DIR *entries = opendir(folder);
    enum status status = STATUS_OK;
    *out = (struct list){.count = 0};
    if (!entries)
        return fault_set(fault, STATUS_REJECT, "allow-list",
                         "cannot read the folder of allowed keys %.120s: %s", folder,
                         strerror(errno));
    for (const struct dirent *entry; status == STATUS_OK && (entry = readdir(entries));)
        if (is_key_name(entry->d_name))
            status = add(out, folder, entry->d_name, fault);
    (void)closedir(entries);
    if (status == STATUS_OK && out->count)
        qsort(out->keys, out->count, sizeof *out->keys, compare);
    if (status != STATUS_OK)
        free(out->keys);
    return status;
}

/* When the folder was last changed; before it is read, so that nothing is missed. */
static bool note_change(struct allow *allow)
{
    struct stat about;
    if (stat(allow->folder, &about) != 0)
        return false;
    bool same = about.st_ino == allow->inode && about.st_mtim.tv_sec == allow->changed.tv_sec &&
                about.st_mtim.tv_nsec == allow->changed.tv_nsec;
    allow->inode = about.st_ino;
    allow->changed = about.st_mtim;
    return !same;
}

enum status allow_new(const char *folder, const struct bus_security *own, struct allow **out,
                      struct fault *fault)
{
    struct allow *allow = calloc(1, sizeof *allow);
    if (!allow)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for keys");
    memcpy(allow->own.name, own->name, sizeof allow->own.name);
    memcpy(allow->own.public_key, own->public_key, sizeof allow->own.public_key);
    enum status status = STATUS_OK;
    if (folder && !(allow->folder = strdup(folder)))
        status = fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for keys");
    if (status == STATUS_OK && folder) {
        (void)note_change(allow);
        status = read_folder(folder, &allow->list, fault);
    }
    if (status == STATUS_OK) {
        *out = allow;
        return status;
    }
    allow->list = (struct list){.count = 0};
    allow_free(allow);
    return status;
}

void allow_free(struct allow *allow)
{
    if (!allow)
        return;
    free(allow->folder);
    free(allow->list.keys);
    free(allow);
}

const char *allow_find(const struct allow *allow, const char *public_key)
{
    if (strcmp(allow->own.public_key, public_key) == 0)
        return allow->own.name;
    const struct key *key = find(&allow->list, public_key);
    return key ? key->name : NULL;
}

size_t allow_count(const struct allow *allow)
{
    return allow->list.count;
}

bool allow_look(struct allow *allow)
{
    struct list list;
    struct fault fault;
    if (!allow->folder || !note_change(allow))
        return false;
    if (read_folder(allow->folder, &list, &fault) != STATUS_OK) {
        if (!allow->failing)
            log_error("the list of allowed keys stays as it was", log_text("why", fault.message));
        allow->failing = true;
        allow->inode = 0; /* again in a second */
        return false;
    }
    allow->failing = false;
    bool gone = false;
    for (size_t i = 0; i < allow->list.count; i++)
        gone = gone || !find(&list, allow->list.keys[i].public_key);
    free(allow->list.keys);
    allow->list = list;
    log_info("the list of allowed keys was read again", log_text("folder", allow->folder),
             log_int("keys", (int64_t)list.count), log_text("removed", gone ? "yes" : "no"));
    return gone;
}
