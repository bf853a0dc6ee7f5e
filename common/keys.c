/* Key files. */
#include "common/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/secret.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@"
#define Z85_CHARACTERS                                                                             \
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

/* ---- reading ---- */

static bool take(char *to, size_t size, const char *value)
{
    size_t len = strlen(value);
    if (len == 0 || len >= size)
        return false;
    memcpy(to, value, len + 1);
    return true;
}

static bool is_key(const char *text)
{
    return strlen(text) == KEY_TEXT_BYTES - 1 && strspn(text, Z85_CHARACTERS) == KEY_TEXT_BYTES - 1;
}

static bool is_name(const char *text)
{
    return *text && *text != '.' && *text != '-' && strlen(text) < KEY_NAME_BYTES &&
           text[strspn(text, NAME_CHARACTERS)] == '\0';
}

/* One line, ended; false when it means nothing. */
static bool take_line(char *line, struct key *key, bool secret)
{
    char *end = line + strlen(line);
    while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        *--end = '\0';
    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#')
        return true;
    char *equals = strchr(line, '=');
    if (!equals)
        return false;
    char *value = equals + 1 + strspn(equals + 1, " \t");
    while (equals > line && (equals[-1] == ' ' || equals[-1] == '\t'))
        equals--;
    *equals = '\0';
    if (strcmp(line, "name") == 0)
        return is_name(value) && take(key->name, sizeof key->name, value);
    if (strcmp(line, "public") == 0)
        return is_key(value) && take(key->public_key, sizeof key->public_key, value);
    if (strcmp(line, "secret") == 0)
        return is_key(value) && (!secret || take(key->secret_key, sizeof key->secret_key, value));
    return false;
}

static enum status parse(const char *path, bool secret, char *text, struct key *out,
                         struct fault *fault)
{
    unsigned number = 1;
    for (char *line = text, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (!take_line(line, out, secret))
            return fault_set(fault, STATUS_REJECT, "key-file",
                             "%.120s:%u: not a line of a key file (name, public or secret, = and "
                             "its value; a key is 40 characters of Z85)",
                             path, number);
    }
    if (!out->name[0] || !out->public_key[0] || (secret && !out->secret_key[0]))
        return fault_set(
            fault, STATUS_REJECT, "key-file", "%.120s has no line '%s = …'%s", path,
            !out->name[0]         ? "name"
            : !out->public_key[0] ? "public"
                                  : "secret",
            out->name[0] && out->public_key[0] ? ": it is a public key, name the .key file" : "");
    return STATUS_OK;
}

static enum status read_key(const char *path, bool secret, struct key *out, struct fault *fault)
{
    char text[KEY_FILE_BYTES + 1];
    struct stat about;
    *out = (struct key){.name = ""};
    enum status status = secret_load(path, "key file", KEY_FILE_BYTES, text, &about, fault);
    if (status == STATUS_OK)
        status = parse(path, secret, text, out, fault);
    if (status == STATUS_OK && secret)
        status = secret_check(path, "key file", &about, fault);
    explicit_bzero(text, sizeof text);
    if (status != STATUS_OK)
        key_forget(out);
    return status;
}

enum status key_read_secret(const char *path, struct key *out, struct fault *fault)
{
    char derived[KEY_TEXT_BYTES];
    enum status status = read_key(path, true, out, fault);
    if (status != STATUS_OK || (bus_key_public(out->secret_key, derived) == STATUS_OK &&
                                strcmp(derived, out->public_key) == 0))
        return status;
    key_forget(out);
    return fault_set(fault, STATUS_REJECT, "key-file",
                     "%.120s: its public key is not that of its secret key", path);
}

enum status key_read_public(const char *path, struct key *out, struct fault *fault)
{
    return read_key(path, false, out, fault);
}

/* ---- making ---- */

static enum status write_file(const char *path, mode_t mode, const char *text, struct fault *fault)
{
    size_t len = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST)
        return fault_set(fault, STATUS_REJECT, "key-exists",
                         "%.120s is there already; a key is never overwritten, remove it first",
                         path);
    bool good = fd >= 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0)
        good = close(fd) == 0 && good;
    if (good)
        return STATUS_OK;
    if (fd >= 0)
        (void)unlink(path);
    return fault_set(fault, STATUS_FATAL, "key-file", "cannot write %.120s: %s", path,
                     strerror(error));
}

static enum status write_pair(const char *folder, const struct key *key, struct fault *fault)
{
    char path[PATH_MAX], text[KEY_FILE_BYTES];
    if ((size_t)snprintf(path, sizeof path, "%s/%s.key", folder, key->name) >= sizeof path)
        return fault_set(fault, STATUS_REJECT, "bad-value", "the path of the key is too long");
    (void)snprintf(text, sizeof text,
                   "# newsmill: a secret key. Who has it is %s.\n"
                   "name = %s\npublic = %s\nsecret = %s\n",
                   key->name, key->name, key->public_key, key->secret_key);
    enum status status = write_file(path, 0600, text, fault);
    explicit_bzero(text, sizeof text);
    if (status != STATUS_OK)
        return status;
    (void)snprintf(text, sizeof text,
                   "# newsmill: the public key of %s. It may be given to anybody.\n"
                   "name = %s\npublic = %s\n",
                   key->name, key->name, key->public_key);
    char open_path[PATH_MAX + 8];
    (void)snprintf(open_path, sizeof open_path, "%s/%s.pub", folder, key->name);
    status = write_file(open_path, 0644, text, fault);
    if (status != STATUS_OK)
        (void)unlink(path); /* made just now: half a pair is none */
    return status;
}

enum status key_make(const char *folder, const char *name, struct key *out, struct fault *fault)
{
    *out = (struct key){.name = ""};
    if (!is_name(name))
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "'%.70s' cannot be the name of a key: up to %d letters, digits, and "
                         ". _ - @ inside",
                         name, KEY_NAME_BYTES - 1);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_FATAL, "key-file", "cannot make the folder %.120s: %s",
                         folder, strerror(errno));
    memcpy(out->name, name, strlen(name) + 1);
    enum status status = bus_key_make(out->public_key, out->secret_key);
    if (status != STATUS_OK)
        return fault_set(fault, status, "no-curve", "this libzmq was built without CURVE");
    status = write_pair(folder, out, fault);
    if (status != STATUS_OK)
        key_forget(out);
    return status;
}

void key_forget(struct key *key)
{
    explicit_bzero(key, sizeof *key);
}
