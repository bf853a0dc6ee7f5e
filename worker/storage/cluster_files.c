/* A cluster's programs, folders and configuration. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/storage/cluster_state.h"

#define LOG_BYTES_MAX (1 << 20)
#define TAIL_BYTES    4096

/* ---- programs ---- */

/* The first line a command prints; false when it fails. */
static bool first_line(const char *command, char *out, size_t size)
{
    FILE *pipe = popen(command, "re");
    if (!pipe)
        return false;
    bool read = fgets(out, (int)size, pipe) != NULL;
    out[read ? strcspn(out, "\n") : 0] = '\0';
    return pclose(pipe) == 0 && read;
}

/* The major version of the programs in `folder`, 0 when they are not all there. */
static int version_in(const char *folder)
{
    char path[CLUSTER_PATH], command[CLUSTER_PATH + 32], line[128];
    int major = 0;
    if (strchr(folder, '\'') || snprintf(path, sizeof path, "%s/initdb", folder) >= CLUSTER_PATH ||
        access(path, X_OK) != 0)
        return 0;
    (void)snprintf(command, sizeof command, "'%s/postgres' --version 2>/dev/null", folder);
    if (!first_line(command, line, sizeof line) ||
        sscanf(line, "postgres (PostgreSQL) %d", &major) != 1)
        return 0;
    return major;
}

/* Takes the folder when it suits better than what was found before. */
static void consider(struct cluster *cluster, const char *folder, int wanted)
{
    int major = version_in(folder);
    if (major == 0 || (wanted ? major != wanted : major <= cluster->major))
        return;
    cluster->major = major;
    (void)snprintf(cluster->programs, sizeof cluster->programs, "%s", folder);
}

static void consider_path(struct cluster *cluster, int wanted)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : ""), *rest = NULL;
    for (char *folder = copy ? strtok_r(copy, ":", &rest) : NULL; folder;
         folder = strtok_r(NULL, ":", &rest))
        consider(cluster, folder, wanted);
    free(copy);
}

/* The newest programs, or those of the major version `wanted` (0: any). Debian keeps them out of
 * PATH, one folder a version. */
static enum status find_programs(struct cluster *cluster, int wanted, struct fault *fault)
{
    static const char *const patterns[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"};
    char folder[CLUSTER_PATH];
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        glob_t found = {.gl_pathc = 0};
        if (glob(patterns[i], 0, NULL, &found) == 0)
            for (size_t n = 0; n < found.gl_pathc; n++)
                consider(cluster, found.gl_pathv[n], wanted);
        globfree(&found);
    }
    if (cluster->major == 0 && first_line("pg_config --bindir 2>/dev/null", folder, sizeof folder))
        consider(cluster, folder, wanted);
    if (cluster->major == 0)
        consider_path(cluster, wanted);
    if (cluster->major)
        return STATUS_OK;
    if (wanted)
        return fault_set(fault, STATUS_FATAL, "no-postgresql",
                         "%.120s was made by PostgreSQL %d, which is not here: install "
                         "postgresql-%d",
                         cluster->data, wanted, wanted);
    return fault_set(fault, STATUS_FATAL, "no-postgresql",
                     "there is no PostgreSQL server here: install postgresql, or name a database "
                     "with --db");
}

/* ---- folders ---- */

static int data_version(const struct cluster *cluster)
{
    char path[CLUSTER_PATH + 32];
    int major = 0;
    (void)snprintf(path, sizeof path, "%s/PG_VERSION", cluster->data);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%d", &major) != 1)
        major = 0;
    (void)fclose(file);
    return major;
}

bool cluster_exists(const struct cluster *cluster)
{
    return data_version(cluster) > 0;
}

/* Ourselves, unless we are root: then whoever owns the cluster, for a new one the user postgres. */
static enum status choose_user(struct cluster *cluster, struct fault *fault)
{
    struct stat about;
    bool there = stat(cluster->data, &about) == 0;
    if (geteuid() != 0 && there && about.st_uid != geteuid())
        return fault_set(fault, STATUS_FATAL, "data-folder",
                         "%.150s belongs to another user: run as that user, or choose another "
                         "--data",
                         cluster->data);
    const struct passwd *user = geteuid() != 0 ? getpwuid(geteuid())
                                : there        ? getpwuid(about.st_uid)
                                               : getpwnam("postgres");
    if (!user || user->pw_uid == 0)
        return fault_set(fault, STATUS_FATAL, "no-user",
                         "PostgreSQL does not run as root and there is no user postgres here: "
                         "install postgresql, or run as another user");
    cluster->uid = user->pw_uid;
    cluster->gid = user->pw_gid;
    (void)snprintf(cluster->user, sizeof cluster->user, "%s", user->pw_name);
    return STATUS_OK;
}

/* Whether the cluster's user can enter `path`: only a process with its rights can tell. */
static bool can_enter(const struct cluster *cluster, const char *path)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        bool changed = geteuid() != 0 || (setgroups(0, NULL) == 0 && setgid(cluster->gid) == 0 &&
                                          setuid(cluster->uid) == 0);
        _exit(changed && chdir(path) == 0 ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

/* The shortest leading part of `path` that the user cannot enter; `path` itself when it is it. */
static void first_closed(const struct cluster *cluster, char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!can_enter(cluster, path))
            return;
        *slash = '/';
    }
}

static enum status make_root(struct cluster *cluster, struct fault *fault)
{
    if (mkdir(cluster->root, 0700) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_FATAL, "data-folder", "cannot make %.150s: %s",
                         cluster->root, strerror(errno));
    if (geteuid() == 0 && chown(cluster->root, cluster->uid, cluster->gid) != 0)
        return fault_set(fault, STATUS_FATAL, "data-folder", "cannot give %.150s to %s: %s",
                         cluster->root, cluster->user, strerror(errno));
    if (can_enter(cluster, cluster->root))
        return STATUS_OK;
    char closed[CLUSTER_PATH];
    memcpy(closed, cluster->root, sizeof closed);
    first_closed(cluster, closed);
    return fault_set(fault, STATUS_FATAL, "data-folder",
                     "the user %s, who runs PostgreSQL for root, cannot enter %.80s: choose "
                     "another folder, such as --data /var/lib/newsmill, or chmod o+x %.80s",
                     cluster->user, closed, closed);
}

enum status cluster_place(struct cluster *cluster, const char *folder, struct fault *fault)
{
    char absolute[PATH_MAX];
    if (!realpath(folder, absolute))
        return fault_set(fault, STATUS_FATAL, "data-folder", "cannot open the folder %.150s: %s",
                         folder, strerror(errno));
    if (snprintf(cluster->root, sizeof cluster->root, "%s/postgres", absolute) >= CLUSTER_PATH)
        return fault_set(fault, STATUS_FATAL, "data-folder", "the path of --data is too long");
    (void)snprintf(cluster->data, sizeof cluster->data, "%s/data", cluster->root);
    (void)snprintf(cluster->log, sizeof cluster->log, "%s/log", cluster->root);
    enum status status = choose_user(cluster, fault);
    if (status == STATUS_OK)
        status = make_root(cluster, fault);
    return status == STATUS_OK ? find_programs(cluster, data_version(cluster), fault) : status;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

enum status cluster_clear_new(const struct cluster *cluster, struct fault *fault)
{
    char path[CLUSTER_PATH + 32];
    (void)snprintf(path, sizeof path, "%s.new", cluster->data);
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return fault_set(fault, STATUS_FATAL, "data-folder", "cannot remove %.150s: %s", path,
                         strerror(errno));
    return STATUS_OK;
}

enum status cluster_adopt_new(const struct cluster *cluster, struct fault *fault)
{
    char path[CLUSTER_PATH + 32];
    (void)snprintf(path, sizeof path, "%s.new", cluster->data);
    int root = open(cluster->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = root >= 0 && rename(path, cluster->data) == 0 && fsync(root) == 0;
    int reason = errno;
    if (root >= 0)
        (void)close(root);
    return done ? STATUS_OK
                : fault_set(fault, STATUS_FATAL, "data-folder", "cannot make %.150s: %s",
                            cluster->data, strerror(reason));
}

/* ---- configuration ---- */

static enum status write_file(const struct cluster *cluster, const char *path, const char *text,
                              struct fault *fault)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    size_t len = strlen(text);
    bool written = file >= 0 && write(file, text, len) == (ssize_t)len &&
                   (geteuid() != 0 || fchown(file, cluster->uid, cluster->gid) == 0);
    int reason = errno;
    if (file >= 0 && close(file) != 0)
        written = false;
    return written ? STATUS_OK
                   : fault_set(fault, STATUS_FATAL, "data-folder", "cannot write %.150s: %s", path,
                               strerror(reason));
}

enum status cluster_configure(const struct cluster *cluster, struct fault *fault)
{
    char path[CLUSTER_PATH + 32], text[512];
    (void)snprintf(path, sizeof path, "%s/pg_hba.conf", cluster->data);
    enum status status = write_file(cluster, path,
                                    "# Written by newsmill up at every start. Unix socket only.\n"
                                    "local all " CLUSTER_ROLE " peer map=" CLUSTER_ROLE "\n"
                                    "local all all peer\n",
                                    fault);
    if (status != STATUS_OK)
        return status;
    (void)snprintf(path, sizeof path, "%s/pg_ident.conf", cluster->data);
    (void)snprintf(text, sizeof text,
                   "# Written by newsmill up at every start: who may be " CLUSTER_ROLE
                   ".\n" CLUSTER_ROLE " root " CLUSTER_ROLE "\n" CLUSTER_ROLE
                   " \"%s\" " CLUSTER_ROLE "\n",
                   cluster->user);
    return write_file(cluster, path, text, fault);
}

/* ---- the socket's folder ---- */

/* Ours alone to write to: in a folder that all may write to, somebody may have been there first. */
static bool is_safe(const struct cluster *cluster, const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == cluster->uid &&
           (about.st_mode & 022) == 0;
}

static bool own(const struct cluster *cluster, const char *path)
{
    return (geteuid() != 0 || lchown(path, cluster->uid, cluster->gid) == 0) &&
           chmod(path, 0711) == 0 && is_safe(cluster, path);
}

/* The folder of last time, so that the URI stays the same. */
static bool reuse_socket(struct cluster *cluster, const char *record)
{
    FILE *file = fopen(record, "re");
    bool read = file && fgets(cluster->socket, sizeof cluster->socket, file) != NULL;
    if (file)
        (void)fclose(file);
    if (!read)
        return false;
    cluster->socket[strcspn(cluster->socket, "\n")] = '\0';
    if (cluster->socket[0] != '/' || strpbrk(cluster->socket, "?&% "))
        return false;
    if (mkdir(cluster->socket, 0711) == 0)
        return own(cluster, cluster->socket);
    return errno == EEXIST && is_safe(cluster, cluster->socket);
}

static enum status new_socket(struct cluster *cluster, const char *record, struct fault *fault)
{
    const char *parent = geteuid() == 0 && access("/run", W_OK) == 0 ? "/run" : "/tmp";
    (void)snprintf(cluster->socket, sizeof cluster->socket, "%s/newsmill-XXXXXX", parent);
    if (!mkdtemp(cluster->socket) || !own(cluster, cluster->socket))
        return fault_set(fault, STATUS_FATAL, "socket-folder",
                         "cannot make a folder for the database's socket in %s: %s", parent,
                         strerror(errno));
    return write_file(cluster, record, cluster->socket, fault);
}

enum status cluster_make_socket(struct cluster *cluster, struct fault *fault)
{
    char record[CLUSTER_PATH + 32];
    (void)snprintf(record, sizeof record, "%s/socket", cluster->root);
    enum status status =
        reuse_socket(cluster, record) ? STATUS_OK : new_socket(cluster, record, fault);
    (void)snprintf(cluster->uri, sizeof cluster->uri,
                   "postgresql://" CLUSTER_ROLE "@/" CLUSTER_ROLE "?host=%s&port=5432",
                   cluster->socket);
    return status;
}

/* ---- what an earlier run left ---- */

pid_t cluster_survivor(const struct cluster *cluster)
{
    char path[CLUSTER_PATH + 32], link[64], at[CLUSTER_PATH + 16];
    long pid = 0;
    (void)snprintf(path, sizeof path, "%s/postmaster.pid", cluster->data);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%ld", &pid) != 1)
        pid = 0;
    (void)fclose(file);
    if (pid <= 1 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
        return 0; /* PostgreSQL itself sees that the file is stale */
    (void)snprintf(link, sizeof link, "/proc/%ld/cwd", pid);
    ssize_t len = readlink(link, at, sizeof at - 1);
    at[len > 0 ? len : 0] = '\0';
    if (strcmp(at, cluster->data) == 0)
        return (pid_t)pid;
    (void)unlink(path); /* the number was given to another process since */
    return 0;
}

int cluster_open_log(const struct cluster *cluster)
{
    struct stat about;
    int log = open(cluster->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log >= 0 && fstat(log, &about) == 0 && about.st_size > LOG_BYTES_MAX &&
        ftruncate(log, 0) != 0)
        return log; /* a long log is no reason not to start */
    return log;
}

void cluster_last_words(const struct cluster *cluster, char *out, size_t size)
{
    static const char *const marks[] = {"FATAL:", "PANIC:", "error:", "ERROR:"};
    char tail[TAIL_BYTES];
    (void)snprintf(out, size, "see %s", cluster->log);
    int log = open(cluster->log, O_RDONLY | O_CLOEXEC);
    if (log < 0)
        return;
    off_t end = lseek(log, 0, SEEK_END);
    ssize_t len =
        pread(log, tail, sizeof tail - 1, end > TAIL_BYTES - 1 ? end - TAIL_BYTES + 1 : 0);
    (void)close(log);
    tail[len > 0 ? len : 0] = '\0';
    const char *last = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        for (const char *at = strstr(tail, marks[i]); at; at = strstr(at + 1, marks[i]))
            if (!last || at > last)
                last = at;
    if (last)
        (void)snprintf(out, size, "%.*s", (int)strcspn(last, "\n"), last);
}
