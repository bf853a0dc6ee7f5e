/* Files in the data folder. */
#include "worker/cli/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *load(const char *folder, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    return len < (int)sizeof path ? json_load_file(path, 0, NULL) : NULL;
}

static bool copy_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= size)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

bool folder_read_ingest(const char *folder, struct folder_ingest *out)
{
    json_t *root = load(folder, "ingest.json");
    bool read = copy_text(root, "push", out->push, sizeof out->push) &&
                copy_text(root, "ingest", out->ingest, sizeof out->ingest) &&
                copy_text(root, "work", out->work, sizeof out->work);
    out->pid = json_integer_value(json_object_get(root, "pid"));
    json_decref(root);
    return read;
}

bool folder_ingest_lives(const char *folder)
{
    struct folder_ingest ingest;
    return folder_read_ingest(folder, &ingest) && ingest.pid > 1 &&
           (kill((pid_t)ingest.pid, 0) == 0 || errno == EPERM);
}

void folder_forget(const char *folder, const char *name)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
        (void)unlink(path);
}

bool folder_read_database(const char *folder, char out[FOLDER_DATABASE_BYTES])
{
    json_t *root = load(folder, "up.json");
    bool read = copy_text(root, "database", out, FOLDER_DATABASE_BYTES);
    json_decref(root);
    return read;
}

/* mkdir -p. */
static bool make_folders(const char *folder)
{
    char path[PATH_MAX];
    if (strlen(folder) >= sizeof path || *folder == '\0') {
        errno = ENAMETOOLONG;
        return false;
    }
    (void)snprintf(path, sizeof path, "%s", folder);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

bool folder_make_trail(const char *folder)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/" FOLDER_TRAIL, folder);
    return len > 0 && (size_t)len < sizeof path && (mkdir(path, 0750) == 0 || errno == EEXIST);
}

enum status folder_claim(const char *folder, int *lock_fd, struct fault *fault)
{
    char path[PATH_MAX];
    *lock_fd = -1;
    if (!make_folders(folder))
        return fault_set(fault, STATUS_FATAL, "folder",
                         "cannot make the folder %.120s: %s; choose another with --data", folder,
                         strerror(errno));
    if (snprintf(path, sizeof path, "%s/up.lock", folder) < (int)sizeof path)
        *lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (*lock_fd < 0)
        return fault_set(fault, STATUS_FATAL, "folder",
                         "cannot write in the folder %.120s: %s; choose another with --data",
                         folder, strerror(errno));
    if (flock(*lock_fd, LOCK_EX | LOCK_NB) == 0)
        return STATUS_OK;
    (void)close(*lock_fd);
    *lock_fd = -1;
    return fault_set(fault, STATUS_FATAL, "folder-in-use",
                     "another newsmill up runs in %.120s; stop it, or choose another folder with "
                     "--data",
                     folder);
}

/* Writes beside and renames, so that a reader never sees half a file. */
static bool replace_file(const char *folder, const char *name, const json_t *root)
{
    char path[PATH_MAX], beside[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path ||
        snprintf(beside, sizeof beside, "%s/%s.new", folder, name) >= (int)sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    return json_dump_file(root, beside, JSON_INDENT(2)) == 0 && rename(beside, path) == 0;
}

enum status folder_write_up(const char *folder, const struct folder_up *up, struct fault *fault)
{
    json_t *root = json_pack("{s:I, s:s?, s:s?, s:s?, s:s?, s:s?}", "pid", (json_int_t)up->pid,
                             "database", up->database, "push", up->push, "ingest", up->ingest,
                             "work", up->work, "http", up->http);
    enum status status = STATUS_OK;
    if (!root || !replace_file(folder, "up.json", root))
        status = fault_set(fault, STATUS_FATAL, "folder", "cannot write %.120s/up.json: %s", folder,
                           root ? strerror(errno) : "no memory, or a name that is not UTF-8");
    json_decref(root);
    return status;
}

/* Copies `from` up to `to`, then goes on; false when the output is full. */
static bool append(char *out, const char *from, const char *to)
{
    size_t have = strlen(out), len = (size_t)(to - from);
    if (have + len >= FOLDER_DATABASE_BYTES)
        return false;
    memcpy(out + have, from, len);
    out[have + len] = '\0';
    return true;
}

/* scheme://user:password@host… loses ":password". Returns where the rest begins. */
static const char *without_userinfo_password(const char *uri, char *out)
{
    const char *authority = strstr(uri, "://");
    if (!authority)
        return uri;
    authority += 3;
    size_t len = strcspn(authority, "/?#");
    const char *at = memchr(authority, '@', len);
    const char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    if (!colon)
        return uri;
    (void)append(out, uri, colon);
    return at;
}

void folder_hide_password(const char *uri, char out[FOLDER_DATABASE_BYTES])
{
    static const char key[] = "password=";
    out[0] = '\0';
    const char *rest = without_userinfo_password(uri, out), *found;
    while ((found = strstr(rest, key))) {
        const char *end = found + sizeof key - 1;
        if (*end == '\'')
            end += 1 + strcspn(end + 1, "'");
        else
            end += strcspn(end, "& ");
        if (*end == '\'')
            end++;
        if (!append(out, rest, found))
            return;
        rest = end;
    }
    (void)append(out, rest, rest + strlen(rest));
}
