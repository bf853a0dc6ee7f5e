/* What anyone may ask of ingest at the work socket: how things stand; and that workers be told to
 * finish. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/ingest/metrics.h"
#include "worker/ingest/workers_state.h"

#define ASKED_MAX  64  /* articles in one question; each is looked for in the whole window */
#define TRACED_MAX 256 /* places in the answer */

/* ---- status ---- */

static uint64_t stale(const struct ingest *ingest)
{
    return dispatch_counts(ingest->dispatch).stale + ingest->workers->stale;
}

static uint64_t strangers(const struct ingest *ingest)
{
    return ingest->workers->strangers + bus_dropped(ingest->workers->socket);
}

struct link_books workers_books(const struct ingest *ingest)
{
    struct backlog_books books = ingest->backlog.verbs->books(ingest->backlog.self);
    return (struct link_books){
        .node = slice_from(ingest->node),
        .accepted = books.accepted,
        .stored = books.stored,
        .duplicate = books.duplicate,
        .dead = books.dead,
        .in_flight = books.in_flight,
        .refused = ingest->refused,
    };
}

static void describe_worker(const struct ingest *ingest, const struct member *member,
                            struct link_worker *to)
{
    int64_t silent = loop_now_ms(ingest->loop) - member->heard_ms;
    const char *state = member->quiet ? "quiet" : "running";
    if (silent > 2 * (int64_t)ingest->workers->options.heartbeat_ms + member->patience_ms)
        state = "silent";
    *to = (struct link_worker){
        .role = slice_from(workers_role_name(member->role)),
        .host = slice_from(member->host),
        .version = slice_from(member->version),
        .state = slice_from(state),
        .pid = member->pid,
        .outstanding = dispatch_outstanding(member->worker),
        .credit_messages = member->credit_messages,
        .done = member->done,
        .failed = member->failed,
    };
}

static void describe_cluster(const struct backlog_cluster *cluster, struct link_status *status)
{
    status->cluster_node = cluster->node ? slice_from(cluster->node) : SLICE_NULL;
    status->unconfirmed = cluster->unconfirmed;
    status->queued = cluster->waiting;
    status->cluster_lost = cluster->lost;
    status->cluster_again = cluster->again;
    status->cluster_copies = cluster->copies;
}

static void describe_gate(const struct gate_counts *gate, struct link_status *status)
{
    status->connections = gate->connections;
    status->connections_cut = gate->cut;
    status->handshakes_broken = gate->failed;
    status->handshakes_no_keys = gate->keyless;
    status->handshakes_another_server = gate->unknown;
    status->handshakes_unlisted = gate->refused;
}

struct link_status workers_status(struct ingest *ingest)
{
    struct workers *workers = ingest->workers;
    const struct backlog_stats backlog = ingest->backlog.verbs->stats(ingest->backlog.self);
    struct dispatch_counts counts = dispatch_counts(ingest->dispatch);
    struct link_status status = {
        .books = workers_books(ingest),
        .stale = stale(ingest),
        .strangers = strangers(ingest),
        .deaths = counts.deaths,
        .retries = counts.retries,
        .ready_analysis = counts.ready_analysis,
        .ready_storage = counts.ready_storage,
        .paused = counts.waiting,
        .ahead = admission_ahead(ingest),
        .journal_bytes = backlog.disk_bytes,
        .journal_segments = backlog.segments,
        .journal_damaged = backlog.damaged,
        .disk_free = ingest->backlog.verbs->disk_free(ingest->backlog.self),
        .disk = slice_from(watermark_name(ingest->disk.level)),
        .backlog = slice_from(watermark_name(ingest->room.level)),
    };
    const char *refuses = ingest->backlog.verbs->refuses(ingest->backlog.self);
    status.engine = slice_from(ingest->backlog.verbs->engine);
    status.refuses = refuses ? slice_from(refuses) : SLICE_NULL;
    describe_cluster(&backlog.cluster, &status);
    const struct gate_counts gate = gate_counts(ingest->gate);
    describe_gate(&gate, &status);
    int64_t oldest = dispatch_oldest_ms(ingest->dispatch);
    status.oldest_ms = oldest < 0 ? 0 : clock_wall_ms() - oldest;
    status.waiting = status.books.in_flight;
    status.workers.items = arena_array(workers->arena, workers->count, sizeof(struct link_worker));
    for (uint32_t i = 0; status.workers.items && i < WORKERS_BUCKETS; i++)
        for (const struct member *member = workers->buckets[i]; member; member = member->next) {
            describe_worker(ingest, member,
                            field_at(status.workers, struct link_worker, status.workers.count++));
            status.waiting -= dispatch_outstanding(member->worker);
        }
    stages_describe(ingest, &status, workers->arena);
    return status;
}

/* Where the articles are that somebody asks about. */
struct tracing {
    struct ingest *ingest;
    struct field_list *out; /* with room for TRACED_MAX */
};

static void trace_one(void *user, const struct dispatch_place *place)
{
    struct tracing *tracing = user;
    const struct dispatch_delivery *delivery = &place->delivery;
    const struct member *member = delivery->worker ? dispatch_user(delivery->worker) : NULL;
    if (tracing->out->count == TRACED_MAX)
        return;
    *field_at(*tracing->out, struct link_traced, tracing->out->count++) = (struct link_traced){
        .article = delivery->name->article,
        .key = delivery->name->key,
        .stage = slice_from(workers_role_name(place->stage)),
        .state = slice_from(member           ? "leased"
                            : place->waiting ? "waiting"
                                             : "ready"),
        .host = member ? slice_from(member->host) : SLICE_NULL,
        .pid = member ? member->pid : FIELD_NONE,
        .held_ms = member ? loop_now_ms(tracing->ingest->loop) - place->leased_ms : FIELD_NONE,
        .attempt = delivery->attempt,
        .dead = delivery->dead ? delivery->dead_code : SLICE_NULL,
    };
}

static void trace_asked(struct ingest *ingest, struct slice frame, struct link_status *status)
{
    struct workers *workers = ingest->workers;
    struct link_ask ask;
    struct tracing tracing = {ingest, &status->traced};
    status->traced.items = arena_array(workers->arena, TRACED_MAX, sizeof(struct link_traced));
    if (!status->traced.items || link_header(&link_ask_table, frame, &workers->reader, &ask,
                                             workers->arena, &ingest->fault) != STATUS_OK)
        return;
    for (size_t i = 0; i < ask.articles.count && i < ASKED_MAX; i++)
        dispatch_find(ingest->dispatch, &field_at(ask.articles, struct link_asked, i)->uuid,
                      trace_one, &tracing);
}

void workers_answer_status(struct ingest *ingest, struct slice route, struct slice frame)
{
    struct link_status status = workers_status(ingest);
    if (frame.len > 0)
        trace_asked(ingest, frame, &status);
    log_trail_flush(); /* who hears that an article is done finds its end in the trail */
    (void)!workers_send(ingest->workers, route, LINK_STATUS, &link_status_table, &status);
}

void workers_measure(struct ingest *ingest)
{
    arena_reset(ingest->workers->arena);
    const struct link_status status = workers_status(ingest);
    ingest_metrics_set(ingest->metrics, &status);
}

/* ---- orders ---- */

static bool is_meant(const struct member *member, const struct link_order *order)
{
    return (!order->role.data || slice_is(order->role, workers_role_name(member->role))) &&
           (!order->host.data || slice_is(order->host, member->host)) &&
           (order->pid == FIELD_NONE || order->pid == member->pid);
}

void workers_order(struct ingest *ingest, struct slice route, enum link_command command,
                   struct slice frame)
{
    struct workers *workers = ingest->workers;
    struct link_order order;
    if (link_header(&link_order_table, frame, &workers->reader, &order, workers->arena,
                    &ingest->fault) != STATUS_OK) {
        workers_count_stranger(ingest, &ingest->fault);
        return;
    }
    order.workers = 0;
    for (uint32_t i = 0; i < WORKERS_BUCKETS; i++)
        for (const struct member *member = workers->buckets[i]; member; member = member->next)
            if (is_meant(member, &order) &&
                workers_send(workers, workers_route(member), command, NULL, NULL) == STATUS_OK)
                order.workers++;
    log_info(command == LINK_QUIET ? "workers are told to be quiet" : "workers are told to end",
             log_slice("role", order.role), log_slice("host", order.host),
             log_int("pid", order.pid == FIELD_NONE ? 0 : order.pid),
             log_int("workers", order.workers));
    (void)!workers_send(workers, route, command, &link_order_table, &order);
}
