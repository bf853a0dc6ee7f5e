/* The data folder: what a running newsmill leaves in it for others to find.
 *
 *   DIR/ingest.json   written by ingest: its process and the endpoints it listens on
 *   DIR/up.json       written by up: its process, the database, the endpoints, the dashboard
 *   DIR/up.lock       locked by up for as long as it runs
 *   DIR/trail/        logs written by up's workers: what happened to each article (common/log.h) */
#ifndef NEWSMILL_WORKER_CLI_FOLDER_H
#define NEWSMILL_WORKER_CLI_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/bus.h"
#include "common/status.h"

#define FOLDER_DATABASE_BYTES 1024

struct folder_ingest {
    int64_t pid;
    char push[BUS_ENDPOINT_BYTES], ingest[BUS_ENDPOINT_BYTES], work[BUS_ENDPOINT_BYTES];
};
/* False when there is no readable DIR/ingest.json with all of that. */
bool folder_read_ingest(const char *folder, struct folder_ingest *out);
/* True when the ingest that wrote DIR/ingest.json is still there: it belongs to an up that was
 * killed, and is about to end. */
bool folder_ingest_lives(const char *folder);
/* Removes a file an earlier run left. */
void folder_forget(const char *folder, const char *name);

/* The database that up wrote down; false when there is none. */
bool folder_read_database(const char *folder, char out[FOLDER_DATABASE_BYTES]);

/* Makes the folder, with the folders above it, and locks it for one up. REJECT-free: everything
 * that can go wrong is outside (FATAL), and the sentence says what. The lock ends with the process.
 */
enum status folder_claim(const char *folder, int *lock_fd, struct fault *fault) MUST_CHECK;
/* The lock's descriptor must not be inherited by children; it is close-on-exec. */

#define FOLDER_TRAIL "trail"
/* Makes DIR/trail; false when it cannot be made. */
bool folder_make_trail(const char *folder);

struct folder_up {
    int64_t pid;
    const char *database, *push, *ingest, *work, *http;
};
/* Writes DIR/up.json, whole or not at all. */
enum status folder_write_up(const char *folder, const struct folder_up *up,
                            struct fault *fault) MUST_CHECK;

/* `uri` without the password it may hold, for lines that people and programs read. A connection
 * string of the form key=value loses its password too. */
void folder_hide_password(const char *uri, char out[FOLDER_DATABASE_BYTES]);

#endif
