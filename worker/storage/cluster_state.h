/* What cluster.c (the server) and cluster_files.c (its programs, folders and configuration) share.
 * Private to the two. */
#ifndef NEWSMILL_STORAGE_CLUSTER_STATE_H
#define NEWSMILL_STORAGE_CLUSTER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/status.h"

#define CLUSTER_PATH 4096
#define CLUSTER_USER 64
#define CLUSTER_ROLE "newsmill" /* the superuser, and the database */

struct cluster {
    char root[CLUSTER_PATH], data[CLUSTER_PATH + 16], log[CLUSTER_PATH + 16];
    char programs[CLUSTER_PATH]; /* the folder of initdb and postgres */
    char socket[64];             /* the folder of the unix socket */
    char uri[192];
    char user[CLUSTER_USER]; /* who runs the server */
    uid_t uid;
    gid_t gid;
    int major; /* of the programs */
    pid_t pid; /* the server; 0 when it does not run */
    int64_t started_ms;
};

/* Fills paths, user and programs, and makes DIR/postgres reachable for that user. */
enum status cluster_place(struct cluster *cluster, const char *folder,
                          struct fault *fault) MUST_CHECK;
/* True when a complete cluster is there. */
bool cluster_exists(const struct cluster *cluster);
/* Makes room for initdb in DIR/postgres/data.new; what an interrupted one left is removed. */
enum status cluster_clear_new(const struct cluster *cluster, struct fault *fault) MUST_CHECK;
/* Puts data.new in its place. */
enum status cluster_adopt_new(const struct cluster *cluster, struct fault *fault) MUST_CHECK;
/* Writes who may log in. */
enum status cluster_configure(const struct cluster *cluster, struct fault *fault) MUST_CHECK;
/* Makes the socket's folder, the same as last time where that is possible, and the URI. */
enum status cluster_make_socket(struct cluster *cluster, struct fault *fault) MUST_CHECK;
/* A process of an earlier run that still serves this cluster, or 0. Removes a pid file that names a
 * process of somebody else's. */
pid_t cluster_survivor(const struct cluster *cluster);
/* Opens the log for a child's output; empties it when it has grown. -1 with errno. */
int cluster_open_log(const struct cluster *cluster);
/* The last complaint in the log, without article text (the server logs no values). */
void cluster_last_words(const struct cluster *cluster, char *out, size_t size);

#endif
