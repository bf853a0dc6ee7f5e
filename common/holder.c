/* /proc/net/tcp names the socket and its user, /proc/PID/fd whose it is. */
#include "common/holder.h"

#include <dirent.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LISTENING 0x0A

/* The listening socket on `port` in one of the kernel's tables. */
static bool find_socket(const char *table, unsigned port, unsigned long *inode, unsigned *user)
{
    char line[512];
    bool found = false;
    FILE *file = fopen(table, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        unsigned here, state;
        found = sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %u %*u %lu", &here, &state,
                       user, inode) == 4 &&
                here == port && state == LISTENING;
    }
    if (file)
        (void)fclose(file);
    return found;
}

static bool has_socket(const char *process, const char *link_wanted)
{
    char path[64], link[64];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", process);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        ssize_t len = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        link[len > 0 ? len : 0] = '\0';
        found = strcmp(link, link_wanted) == 0;
    }
    if (folder)
        (void)closedir(folder);
    return found;
}

/* The process that has the socket; 0 when it cannot be seen. */
static long find_process(unsigned long inode)
{
    char wanted[64];
    long process = 0;
    (void)snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *folder = opendir("/proc");
    for (const struct dirent *entry; folder && process == 0 && (entry = readdir(folder));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && has_socket(entry->d_name, wanted))
            process = strtol(entry->d_name, NULL, 10);
    if (folder)
        (void)closedir(folder);
    return process;
}

static void name_process(long process, char name[32])
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", process);
    FILE *file = fopen(path, "re");
    (void)snprintf(name, 32, "?");
    if (file && fgets(name, 32, file))
        name[strcspn(name, "\n")] = '\0';
    if (file)
        (void)fclose(file);
}

const char *holder_of_port(unsigned port, char text[HOLDER_BYTES])
{
    unsigned long inode = 0;
    unsigned user = 0;
    char name[32], whose[40];
    (void)snprintf(text, HOLDER_BYTES, "another program listens there");
    if (port == 0 || (!find_socket("/proc/self/net/tcp", port, &inode, &user) &&
                      !find_socket("/proc/self/net/tcp6", port, &inode, &user)))
        return text;
    const struct passwd *entry = getpwuid(user);
    if (entry)
        (void)snprintf(whose, sizeof whose, "%.32s", entry->pw_name);
    else
        (void)snprintf(whose, sizeof whose, "%u", user);
    long process = find_process(inode);
    if (process == 0) {
        (void)snprintf(text, HOLDER_BYTES, "a process of user %s listens there", whose);
        return text;
    }
    name_process(process, name);
    (void)snprintf(text, HOLDER_BYTES, "process %ld (%s) of user %s listens there", process, name,
                   whose);
    return text;
}
