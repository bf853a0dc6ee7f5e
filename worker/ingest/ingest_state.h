/* What the parts of ingest share. producers.c has the sockets articles come in by, workers.c the
 * link, admission.c the way from the backlog into the window; ingest.c holds them together. */
#ifndef NEWSMILL_INGEST_STATE_H
#define NEWSMILL_INGEST_STATE_H

#include "common/arena.h"
#include "common/bus.h"
#include "common/loop.h"
#include "common/probe.h"
#include "common/service.h"
#include "common/uuid.h"
#include "proto/article.h"
#include "proto/envelope.h"
#include "proto/reply.h"
#include "worker/ingest/backlog.h"
#include "worker/ingest/copies.h"
#include "worker/ingest/dispatch.h"
#include "worker/ingest/gate.h"
#include "worker/ingest/rates.h"
#include "worker/ingest/recent.h"
#include "worker/ingest/watermark.h"

#define INGEST_NAME_BYTES 256

struct admission;
struct producers;
struct workers;
struct replays;
struct taps;

struct ingest {
    const char *node;
    char own_name[INGEST_NAME_BYTES]; /* of the node, when none was given */
    struct loop *loop;
    struct bus *bus;
    struct gate *gate;
    struct backlog backlog;
    struct dispatch *dispatch;
    struct recent *recent;
    struct copies copies;
    struct admission *admission;
    struct producers *producers;
    struct workers *workers;
    struct replays *replays;
    struct taps *taps;
    uint64_t backlog_bytes;      /* that the backlog may take */
    struct watermark disk, room; /* free bytes where it is; what is left of backlog_bytes */
    struct rates rates;
    uint64_t refused; /* articles answered with an error that were never accepted */
    struct metrics *metrics;
    struct gate_counts counted; /* that are in the metrics */
    struct probe *probe;
    struct service *service;
    int64_t drain_ms;
    bool stopping;
    int exit_code;
    struct fault fault; /* for the calls of one turn */
};

/* True when producers are to be told "overloaded". */
bool ingest_overloaded(const struct ingest *ingest);

/* ---- producers.c: the acknowledged and the unacknowledged socket ---- */

struct producers_options {
    const char *push, *ingest; /* endpoints */
    uint32_t rate; /* articles a second of one producer at the acknowledged socket; 0: any */
};
enum status producers_open(struct ingest *ingest, const struct producers_options *options,
                           struct fault *fault) MUST_CHECK;
void producers_close(struct ingest *ingest);
/* After a sync: the replies to what is durable. */
void producers_reply(struct ingest *ingest);
/* Reads on or pauses, as the backlog allows. */
void producers_pace(struct ingest *ingest);
const char *producers_push_endpoint(const struct ingest *ingest);
const char *producers_ingest_endpoint(const struct ingest *ingest);

/* ---- admission.c: from the backlog into the window ---- */

enum status admission_open(struct ingest *ingest, struct fault *fault) MUST_CHECK;
void admission_close(struct ingest *ingest);
/* Fills the window, and reads on in the backlog when it is full. FATAL with ingest->fault. */
enum status admission_turn(struct ingest *ingest) MUST_CHECK;
/* Articles that were read and wait for room. */
uint32_t admission_ahead(const struct ingest *ingest);

/* ---- workers.c: the link ---- */

struct workers_options {
    const char *work; /* endpoint */
    uint32_t heartbeat_ms, silence_ms;
};
enum status workers_open(struct ingest *ingest, const struct workers_options *options,
                         struct fault *fault) MUST_CHECK;
void workers_close(struct ingest *ingest);
/* Delivers what can be delivered. */
void workers_deliver(struct ingest *ingest);
/* Sets the metrics that its status says. Between two messages only. */
void workers_measure(struct ingest *ingest);
const char *workers_endpoint(const struct ingest *ingest);
struct bus_socket *workers_socket(const struct ingest *ingest);

/* Bytes that the backlog can never take: a REJECT. */
enum status ingest_check_length(const struct ingest *ingest, size_t bytes,
                                struct fault *fault) MUST_CHECK;

/* ---- stages.c: what is where, and what holds it up ---- */

/* Adds to a status whose books and workers are known; in the arena. */
void stages_describe(struct ingest *ingest, struct link_status *status, struct arena *arena);
/* Once a second. */
void stages_look(struct ingest *ingest);

/* ---- taps.c: watchers see some of what passes ---- */

enum status taps_open(struct ingest *ingest, struct fault *fault) MUST_CHECK;
void taps_close(struct ingest *ingest);
/* A TAP came: frame 0 is its route. */
void taps_take(struct ingest *ingest, const struct bus_message *message);
/* Ends those whose watcher is silent: call it every second. */
void taps_look(struct ingest *ingest);
/* Whether somebody sees what taps_accepted() is told. */
bool taps_watch_entrance(const struct ingest *ingest);
/* An article was accepted, as new or as a duplicate. */
void taps_accepted(struct ingest *ingest, const struct envelope *envelope, struct slice article,
                   bool duplicate);
/* Before an outcome is judged, which may end the article: keeps what would be shown. */
void taps_prepare(struct ingest *ingest, const struct link_outcome *outcome,
                  const struct bus_frame *result);
/* After: which stage it has passed; NULL none. */
void taps_finish(struct ingest *ingest, const char *stage);

/* ---- replays.c: articles that come again, through the work socket ---- */

enum status replays_open(struct ingest *ingest, uint32_t in_flight_max,
                         struct fault *fault) MUST_CHECK;
void replays_close(struct ingest *ingest);
/* A REPLAY came: frame 0 is its route. */
void replays_take(struct ingest *ingest, const struct bus_message *message);
/* One of them is done. */
void replays_finished(struct ingest *ingest);
/* After a sync: the answers to what is durable. */
void replays_reply(struct ingest *ingest);

#endif
