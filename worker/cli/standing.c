/* How things stand: sums, JSON and the table for people. */
#include "worker/cli/standing.h"

#include <inttypes.h>

struct link_books standing_books(const struct standing *standing)
{
    struct link_books sum = {.node = SLICE_NULL};
    for (size_t i = 0; i < standing->node_count; i++) {
        const struct link_books *books = &standing->nodes[i]->books;
        sum.accepted += books->accepted;
        sum.stored += books->stored;
        sum.duplicate += books->duplicate;
        sum.dead += books->dead;
        sum.in_flight += books->in_flight;
        sum.refused += books->refused;
    }
    return sum;
}

bool standing_balances(const struct standing *standing)
{
    for (size_t i = 0; i < standing->node_count; i++) {
        const struct link_books *books = &standing->nodes[i]->books;
        if (books->accepted != books->stored + books->duplicate + books->dead + books->in_flight)
            return false;
    }
    return true;
}

size_t standing_workers(const struct standing *standing, const char *role)
{
    size_t count = 0;
    for (size_t n = 0; n < standing->node_count; n++) {
        const struct field_list *workers = &standing->nodes[n]->workers;
        for (size_t i = 0; i < workers->count; i++) {
            const struct link_worker *worker = field_at(*workers, struct link_worker, i);
            count += slice_is(worker->role, role) && slice_is(worker->state, "running");
        }
    }
    return count;
}

static json_t *text(struct slice slice)
{
    return slice.data ? json_stringn(slice.data, slice.len) : json_null();
}

/* How long the oldest article has been in flight; null when ingest does not say. */
static json_t *age(int64_t ms)
{
    return ms < 0 ? json_null() : json_integer((json_int_t)ms);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Ingest nodes are workers too, which nobody but themselves can tell about. */
static json_t *ingest_worker(const struct link_status *node, int64_t pid)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o}", "role", "ingest", "host",
                     text(node->books.node), "pid", pid ? json_integer(pid) : json_null(), "state",
                     "running", "outstanding", number(node->books.in_flight), "done",
                     number(node->books.accepted - node->books.in_flight));
}

static json_t *worker_json(const struct link_worker *worker)
{
    return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "role", text(worker->role), "host",
                     text(worker->host), "pid", (json_int_t)worker->pid, "state",
                     text(worker->state), "version", text(worker->version), "outstanding",
                     number(worker->outstanding), "done", number(worker->done), "failed",
                     number(worker->failed));
}

static json_t *workers_json(const struct standing *standing)
{
    json_t *list = json_array();
    for (size_t n = 0; n < standing->node_count; n++) {
        const struct link_status *node = standing->nodes[n];
        (void)json_array_append_new(list, ingest_worker(node, standing->pids[n]));
        for (size_t i = 0; i < node->workers.count; i++)
            (void)json_array_append_new(
                list, worker_json(field_at(node->workers, struct link_worker, i)));
    }
    return list;
}

/* null where the backlog is a journal. */
static json_t *cluster_json(const struct link_status *node)
{
    if (!slice_is(node->engine, "amqp"))
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "node", text(node->cluster_node),
                     "unconfirmed", number(node->unconfirmed), "queued", number(node->queued),
                     "lost", number(node->cluster_lost), "again", number(node->cluster_again),
                     "copies", number(node->cluster_copies));
}

/* By the names that the metric has. */
static json_t *handshakes_json(const struct link_status *node)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "broken", number(node->handshakes_broken), "no-keys",
                     number(node->handshakes_no_keys), "another-server",
                     number(node->handshakes_another_server), "unlisted",
                     number(node->handshakes_unlisted));
}

static json_t *nodes_json(const struct standing *standing)
{
    json_t *list = json_array();
    for (size_t i = 0; i < standing->node_count; i++) {
        const struct link_status *node = standing->nodes[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                      "s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                      "node", text(node->books.node), "accepted", number(node->books.accepted),
                      "in_flight", number(node->books.in_flight), "waiting", number(node->waiting),
                      "stale", number(node->stale), "oldest_ms", age(node->oldest_ms),
                      "journal_bytes", number(node->journal_bytes), "journal_segments",
                      number(node->journal_segments), "journal_damaged",
                      number(node->journal_damaged), "disk_free",
                      node->disk_free == UINT64_MAX ? json_null() : number(node->disk_free), "disk",
                      text(node->disk), "backlog", text(node->backlog), "strangers",
                      number(node->strangers), "deaths", number(node->deaths), "retries",
                      number(node->retries), "ready_analysis", number(node->ready_analysis),
                      "ready_storage", number(node->ready_storage), "paused", number(node->paused),
                      "ahead", number(node->ahead), "engine", text(node->engine), "refuses",
                      text(node->refuses), "cluster", cluster_json(node), "connections",
                      number(node->connections), "connections_cut", number(node->connections_cut),
                      "handshakes_failed", handshakes_json(node)));
    }
    return list;
}

json_t *standing_json(const struct standing *standing)
{
    struct link_books books = standing_books(standing);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s?, s:o, s:o, s:o, s:o}", "accepted",
                     number(books.accepted), "stored", number(books.stored), "duplicate",
                     number(books.duplicate), "dead", number(books.dead), "in_flight",
                     number(books.in_flight), "refused", number(books.refused), "balanced",
                     standing_balances(standing), "database", standing->database, "bottleneck",
                     standing_bottleneck_json(standing), "stages", standing_stages_json(standing),
                     "workers", workers_json(standing), "nodes", nodes_json(standing));
}

static void print_worker(FILE *out, const struct link_worker *worker)
{
    (void)fprintf(out,
                  "%-8.*s %-20.*s %8" PRId64 "  %-8.*s %8" PRIu32 " %10" PRIu64 " %7" PRIu64 "\n",
                  (int)worker->role.len, worker->role.data, (int)worker->host.len,
                  worker->host.data, worker->pid, (int)worker->state.len, worker->state.data,
                  worker->outstanding, worker->done, worker->failed);
}

static void print_cluster(FILE *out, const struct link_status *node)
{
    const char *none = "no node of the cluster";
    (void)fprintf(
        out,
        "node %.*s: %" PRIu64 " waiting to be tried again, backlog at %.*s: %" PRIu64
        " queued, %" PRIu64 " unconfirmed\n",
        (int)node->books.node.len, node->books.node.data ? node->books.node.data : "",
        node->waiting, node->cluster_node.len ? (int)node->cluster_node.len : (int)strlen(none),
        node->cluster_node.len ? node->cluster_node.data : none, node->queued, node->unconfirmed);
    if (node->refuses.len > 0)
        (void)fprintf(out, "producers are told to wait: %.*s\n", (int)node->refuses.len,
                      node->refuses.data);
}

static void print_journal(FILE *out, const struct link_status *node)
{
    (void)fprintf(out,
                  "node %.*s: %" PRIu64 " waiting to be tried again, journal %.1f MB in %" PRIu64
                  " segments\n",
                  (int)node->books.node.len, node->books.node.data ? node->books.node.data : "",
                  node->waiting, (double)node->journal_bytes / 1e6, node->journal_segments);
}

/* When somebody was turned away: whoever looks for why a producer or worker is not here finds it.
 */
static void print_gate(FILE *out, const struct link_status *node)
{
    uint64_t failed = node->handshakes_broken + node->handshakes_no_keys +
                      node->handshakes_another_server + node->handshakes_unlisted;
    if (failed == 0 && node->connections_cut == 0)
        return;
    (void)fprintf(out,
                  "connections %" PRIu64 "; turned away: %" PRIu64 " broken off or no ZeroMQ, "
                  "%" PRIu64 " without keys, %" PRIu64 " with another server's key, %" PRIu64
                  " on no list, %" PRIu64 " too many\n",
                  node->connections, node->handshakes_broken, node->handshakes_no_keys,
                  node->handshakes_another_server, node->handshakes_unlisted,
                  node->connections_cut);
}

static void print_node(FILE *out, const struct link_status *node)
{
    (slice_is(node->engine, "amqp") ? print_cluster : print_journal)(out, node);
    if (node->journal_damaged > 0)
        (void)fprintf(out,
                      "%" PRIu64 " places of the journal are damaged: newsmill journal verify\n",
                      node->journal_damaged);
    if (!slice_is(node->disk, "fine") || !slice_is(node->backlog, "fine"))
        (void)fprintf(out, "room on the disk: %.*s, for the backlog: %.*s\n", (int)node->disk.len,
                      node->disk.len ? node->disk.data : "", (int)node->backlog.len,
                      node->backlog.len ? node->backlog.data : "");
    print_gate(out, node);
    if (node->workers.count == 0) {
        (void)fprintf(out, "no workers: start newsmill analyze and newsmill store\n");
        return;
    }
    (void)fprintf(out, "%-8s %-20s %8s  %-8s %8s %10s %7s\n", "role", "host", "pid", "state",
                  "holds", "done", "failed");
    for (size_t i = 0; i < node->workers.count; i++)
        print_worker(out, field_at(node->workers, struct link_worker, i));
}

void standing_print(const struct standing *standing, FILE *out)
{
    struct link_books books = standing_books(standing);
    (void)fprintf(out,
                  "accepted %" PRIu64 " = stored %" PRIu64 " + duplicate %" PRIu64
                  " + dead %" PRIu64 " + in flight %" PRIu64 ": the books %s\n",
                  books.accepted, books.stored, books.duplicate, books.dead, books.in_flight,
                  standing_balances(standing) ? "balance" : "DO NOT BALANCE");
    struct standing_bottleneck bottleneck = standing_bottleneck(standing);
    if (bottleneck.stage.data)
        (void)fprintf(out, "bottleneck: %.*s. %.*s\n", (int)bottleneck.stage.len,
                      bottleneck.stage.data, (int)bottleneck.why.len, bottleneck.why.data);
    if (standing->database)
        (void)fprintf(out, "database %s\n", standing->database);
    for (size_t i = 0; i < standing->node_count; i++)
        print_node(out, standing->nodes[i]);
}
