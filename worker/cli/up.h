/* newsmill up: the supervisor's state, shared by the file that runs it and the file that shows it
 * over HTTP. One process, one loop; everything here belongs to it. */
#ifndef NEWSMILL_WORKER_CLI_UP_H
#define NEWSMILL_WORKER_CLI_UP_H

#include "common/http.h"
#include "common/loop.h"
#include "common/service.h"
#include "worker/cli/ask.h"
#include "worker/cli/child.h"
#include "worker/cli/folder.h"
#include "worker/cli/standing.h"
#include "worker/dashboard/dashboard.h"
#include "worker/storage/cluster.h"

#define UP_CHILDREN_MAX                                                                            \
    (1 + 256 + 64 + 1)   /* ingest, analyzers, stores: the ranges of the options; the HTTP front */
#define UP_FRESH_MS 3000 /* an answer of ingest that is older counts no more */

/* In this order; each begins when the one before has what it waits for. */
enum up_phase {
    UP_MIGRATE, /* the schema is brought up to date */
    UP_CLEAR,   /* an ingest that a killed up left behind ends by itself */
    UP_INGEST,  /* ingest starts and says where it listens */
    UP_WORKERS, /* one of each kind has said hello */
    UP_READY,
    UP_DRAIN, /* ingest takes nothing more, and finishes what it has */
    UP_END    /* the workers go */
};

struct up {
    const struct options *options;
    const char *folder;
    struct loop *loop;
    struct bus *bus;
    struct http *http;
    struct service *service;                    /* once everything is ready */
    struct dashboard *dashboard;                /* once it is known where the database is */
    struct cluster *cluster;                    /* NULL when the database is somebody else's */
    const char *database;                       /* with its password; for workers */
    char shown_database[FOLDER_DATABASE_BYTES]; /* without */
    struct folder_ingest endpoints;             /* once ingest has said */
    enum up_phase phase;
    int exit_code;
    int lock_fd;
    bool trails;      /* there is a folder for them */
    unsigned signals; /* asked to stop, this often */
    int64_t phase_since_ms;
    struct child migrate;
    struct child children[UP_CHILDREN_MAX]; /* ingest is the first */
    size_t child_count;
    struct ask *ask; /* once there is an endpoint */
    int64_t answered_ms;
};

/* Asks ingest, and waits a moment for its answer: what is shown is as of now. */
void up_refresh(struct up *up);
/* How things stand by ingest's last answer, if that is fresh. */
struct standing up_standing(const struct up *up);
/* NULL when ready; else what is missing. */
const char *up_missing(const struct up *up);

/* Answers one HTTP request; up_web.c. */
void up_answer(void *user, const struct http_request *request, struct http_reply *reply);

#endif
