/* The private PostgreSQL of `newsmill up`: a cluster of its own under DIR/postgres.
 *
 *   DIR/postgres/data     the cluster; owned by whoever runs it: us, or the user postgres when we
 *                         are root (PostgreSQL refuses root)
 *   DIR/postgres/log      what the server and initdb say
 *   DIR/postgres/socket   names the folder of its unix socket, which must be short and reachable
 *
 * It listens on that socket only, lets in who runs it and root, and is a child of this process: it
 * shuts down when we die. Clusters of the system are never touched. Call from the thread that lives
 * as long as the process; one caller a DIR (`up` holds a lock). */
#ifndef NEWSMILL_STORAGE_CLUSTER_H
#define NEWSMILL_STORAGE_CLUSTER_H

#include <stdbool.h>

#include "common/status.h"

struct cluster;

/* Makes the cluster when it is missing, starts it, waits until it answers (after a crash: until it
 * has recovered), and makes the database `newsmill`. Blocks; SIGINT and SIGTERM that wait, blocked,
 * end the wait with RETRY. FATAL names what is missing: PostgreSQL's programs, a folder that the
 * user postgres can reach, the server's own last word. */
enum status cluster_start(const char *folder, struct cluster **out, struct fault *fault) MUST_CHECK;

/* libpq URI of the database; lives as long as the cluster. */
const char *cluster_uri(const struct cluster *cluster);

/* Starts the server again, without waiting for it, when it has died; true when it had. To be called
 * now and then. */
bool cluster_keep(struct cluster *cluster);

/* Fast shutdown; after 30 s an immediate one, which loses nothing that was committed. NULL is fine;
 * sets it to NULL. */
void cluster_stop(struct cluster **cluster);

#endif
