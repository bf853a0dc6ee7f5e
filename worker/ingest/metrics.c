/* The rows of ingest. */
#include "worker/ingest/metrics.h"

#include "worker/ingest/gate.h"

static const char *const stages[] = {"ingest", LINK_ANALYZE, LINK_STORE, NULL};
static const char *const states[] = {"ready", "leased", "retrying", NULL};
static const char *const places[] = {"producers", "ingest",   LINK_ANALYZE,
                                     LINK_STORE,  "database", NULL};
static const char *const roles[] = {LINK_ANALYZE, LINK_STORE, NULL};
static const char *const conditions[] = {"running", "quiet", "silent", NULL};

#define STATES     3
#define CONDITIONS 3

static const char *stage(size_t index)
{
    return stages[index];
}
static const char *stage_in_memory(size_t index)
{
    return stages[index + 1];
}
static const char *state(size_t index)
{
    return states[index];
}
static const char *place(size_t index)
{
    return places[index];
}
static const char *role(size_t index)
{
    return roles[index];
}
static const char *condition(size_t index)
{
    return conditions[index];
}

/* In the order of struct gate_counts. */
static const char *turned_away(size_t index)
{
    static const char *const reasons[] = {"broken", "no-keys", "another-server", "unlisted", NULL};
    return reasons[index];
}

static const struct metric rows[INGEST_METRICS] = {
    [INGEST_ACCEPTED] = {.name = "newsmill_articles_accepted",
                         .kind = METRIC_COUNTER,
                         .help = "Articles written to the backlog. In every scrape accepted = "
                                 "stored + duplicate + dead + in flight."},
    [INGEST_STORED] = {.name = "newsmill_articles_stored",
                       .kind = METRIC_COUNTER,
                       .help = "Articles committed to PostgreSQL."},
    [INGEST_DUPLICATE] = {.name = "newsmill_articles_duplicate",
                          .kind = METRIC_COUNTER,
                          .help = "Articles that were known already."},
    [INGEST_DEAD] = {.name = "newsmill_articles_dead",
                     .kind = METRIC_COUNTER,
                     .help = "Articles that could not be processed: newsmill dead list."},
    [INGEST_IN_FLIGHT] = {.name = "newsmill_articles_in_flight",
                          .kind = METRIC_GAUGE,
                          .help = "Articles accepted and not yet done."},
    [INGEST_REFUSED] = {.name = "newsmill_messages_refused",
                        .kind = METRIC_COUNTER,
                        .help = "Messages refused at the sockets, never accepted."},
    [INGEST_RETRIES] = {.name = "newsmill_retries",
                        .kind = METRIC_COUNTER,
                        .help = "Times that an article was put back to be tried again."},
    [INGEST_STAGE_ARTICLES] = {.name = "newsmill_stage_articles",
                               .kind = METRIC_GAUGE,
                               .help = "Articles at a stage: in its queue, in a worker's hands, or "
                                       "before another try.",
                               .labels = {{"stage", stage}, {"state", state}}},
    [INGEST_STAGE_OLDEST] = {.name = "newsmill_stage_oldest_seconds",
                             .kind = METRIC_GAUGE,
                             .unit = METRIC_SECONDS,
                             .help = "Age of the oldest article at a stage; 0 without one.",
                             .labels = {{"stage", stage_in_memory}}},
    [INGEST_AHEAD] = {.name = "newsmill_ahead_articles",
                      .kind = METRIC_GAUGE,
                      .help = "Articles read from the backlog that wait for room in memory."},
    [INGEST_BOTTLENECK] = {.name = "newsmill_bottleneck",
                           .kind = METRIC_GAUGE,
                           .help = "1 where the pipeline is held up, by the judgement of newsmill "
                                   "status; 0 everywhere when nothing is in flight.",
                           .labels = {{"stage", place}}},
    [INGEST_OVERLOADED] = {.name = "newsmill_overloaded",
                           .kind = METRIC_GAUGE,
                           .help = "1 while producers hear that it is overloaded: the backlog or "
                                   "its disk is full, or its cluster takes nothing."},
    [INGEST_WORKERS] = {.name = "newsmill_workers",
                        .kind = METRIC_GAUGE,
                        .help = "Workers that are connected.",
                        .labels = {{"role", role}, {"state", condition}}},
    [INGEST_DEATHS] = {.name = "newsmill_worker_deaths",
                       .kind = METRIC_COUNTER,
                       .help = "Workers that died or fell silent."},
    [INGEST_STALE] = {.name = "newsmill_stale_answers",
                      .kind = METRIC_COUNTER,
                      .help = "Answers of workers whose lease had ended."},
    [INGEST_STRANGERS] = {.name = "newsmill_strangers",
                          .kind = METRIC_COUNTER,
                          .help = "Messages at the work socket that are not ours."},
    [INGEST_JOURNAL_BYTES] = {.name = "newsmill_journal_bytes",
                              .kind = METRIC_GAUGE,
                              .unit = METRIC_BYTES,
                              .help = "Disk that the journal takes."},
    [INGEST_JOURNAL_SEGMENTS] = {.name = "newsmill_journal_segments",
                                 .kind = METRIC_GAUGE,
                                 .help = "Files of the journal."},
    [INGEST_JOURNAL_DAMAGED] = {.name = "newsmill_journal_damaged_records",
                                .kind = METRIC_COUNTER,
                                .help = "Records of the journal that could not be read: newsmill "
                                        "journal verify."},
    [INGEST_DISK_FREE] = {.name = "newsmill_journal_disk_free_bytes",
                          .kind = METRIC_GAUGE,
                          .unit = METRIC_BYTES,
                          .help = "Room on the journal's disk."},
    [INGEST_CLUSTER_UP] = {.name = "newsmill_cluster_connected",
                           .kind = METRIC_GAUGE,
                           .help = "With --backlog: 1 while a node of the cluster takes "
                                   "articles."},
    [INGEST_CLUSTER_UNCONFIRMED] = {.name = "newsmill_cluster_unconfirmed_articles",
                                    .kind = METRIC_GAUGE,
                                    .help = "With --backlog: articles sent to the cluster and not "
                                            "yet confirmed."},
    [INGEST_CLUSTER_QUEUED] = {.name = "newsmill_cluster_queued_articles",
                               .kind = METRIC_GAUGE,
                               .help = "With --backlog: articles in the cluster's queue that are "
                                       "not yet here."},
    [INGEST_CLUSTER_LOST] = {.name = "newsmill_cluster_connections_lost",
                             .kind = METRIC_COUNTER,
                             .help = "With --backlog: connections to the cluster that ended."},
    [INGEST_CLUSTER_AGAIN] = {.name = "newsmill_cluster_sent_again",
                              .kind = METRIC_COUNTER,
                              .help = "With --backlog: articles sent again after a connection "
                                      "ended."},
    [INGEST_CLUSTER_COPIES] = {.name = "newsmill_cluster_copies",
                               .kind = METRIC_COUNTER,
                               .help = "With --backlog: articles that came out of the queue twice, "
                                       "and were dropped."},
    [INGEST_CONNECTIONS] = {.name = "newsmill_connections",
                            .kind = METRIC_GAUGE,
                            .help = "Connections to the sockets."},
    [INGEST_CUT] = {.name = "newsmill_connections_cut",
                    .kind = METRIC_COUNTER,
                    .help = "Connections cut because there were too many, or one address came too "
                            "fast."},
    [INGEST_HANDSHAKES] = {.name = "newsmill_handshakes_failed",
                           .kind = METRIC_COUNTER,
                           .help = "Connections that were not let in: broken off or no ZeroMQ, one "
                                   "side without keys, a peer that takes this ingest for another, "
                                   "a key that is on no list.",
                           .labels = {{"why", turned_away}}},
    [INGEST_SYNC] = {.name = "newsmill_ingest_sync_seconds",
                     .kind = METRIC_HISTOGRAM,
                     .unit = METRIC_SECONDS,
                     .help = "Time until articles are durable: the journal's write and "
                             "fdatasync, or with --backlog the cluster's confirm.",
                     .bounds = metric_work_bounds},
    [INGEST_SYNC_ARTICLES] = {.name = "newsmill_ingest_sync_articles",
                              .kind = METRIC_HISTOGRAM,
                              .help = "Articles that one group commit made durable, where there "
                                      "were any.",
                              .bounds = metric_many_bounds},
};
const struct metric_table ingest_metrics = {"Ingest", rows, INGEST_METRICS};

static size_t index_of(const char *const *list, struct slice name)
{
    size_t i = 0;
    while (list[i] && !slice_is(name, list[i]))
        i++;
    return i;
}

static void set_books(struct metrics *metrics, const struct link_books *books)
{
    metrics_set(metrics, INGEST_ACCEPTED, 0, books->accepted);
    metrics_set(metrics, INGEST_STORED, 0, books->stored);
    metrics_set(metrics, INGEST_DUPLICATE, 0, books->duplicate);
    metrics_set(metrics, INGEST_DEAD, 0, books->dead);
    metrics_set(metrics, INGEST_IN_FLIGHT, 0, books->in_flight);
    metrics_set(metrics, INGEST_REFUSED, 0, books->refused);
}

static void set_stage(struct metrics *metrics, const struct link_stage *from)
{
    size_t at = index_of(stages, from->stage);
    const uint32_t depths[STATES] = {from->ready, from->leased, from->waiting};
    if (!stages[at])
        return;
    for (size_t i = 0; i < STATES; i++)
        metrics_set(metrics, INGEST_STAGE_ARTICLES, at * STATES + i, depths[i]);
    uint64_t ms = from->oldest_ms > 0 ? (uint64_t)from->oldest_ms : 0; /* FIELD_NONE is below 0 */
    if (at > 0) /* of what lies in the journal only, the age is not known */
        metrics_set(metrics, INGEST_STAGE_OLDEST, at - 1, ms * 1000000);
}

static void count_worker(struct metrics *metrics, const struct link_worker *worker)
{
    size_t who = index_of(roles, worker->role), how = index_of(conditions, worker->state);
    if (roles[who] && conditions[how])
        metrics_add(metrics, INGEST_WORKERS, who * CONDITIONS + how, 1);
}

static void set_journal(struct metrics *metrics, const struct link_status *status)
{
    metrics_set(metrics, INGEST_JOURNAL_BYTES, 0, status->journal_bytes);
    metrics_set(metrics, INGEST_JOURNAL_SEGMENTS, 0, status->journal_segments);
    metrics_set(metrics, INGEST_JOURNAL_DAMAGED, 0, status->journal_damaged);
    metrics_set(metrics, INGEST_DISK_FREE, 0, status->disk_free);
}

static void set_cluster(struct metrics *metrics, const struct link_status *status)
{
    metrics_set(metrics, INGEST_CLUSTER_UP, 0, status->cluster_node.len > 0);
    metrics_set(metrics, INGEST_CLUSTER_UNCONFIRMED, 0, status->unconfirmed);
    metrics_set(metrics, INGEST_CLUSTER_QUEUED, 0, status->queued);
    metrics_set(metrics, INGEST_CLUSTER_LOST, 0, status->cluster_lost);
    metrics_set(metrics, INGEST_CLUSTER_AGAIN, 0, status->cluster_again);
    metrics_set(metrics, INGEST_CLUSTER_COPIES, 0, status->cluster_copies);
}

static void set_gauges(struct metrics *metrics, const struct link_status *status)
{
    for (size_t i = 0; roles[i]; i++)
        for (size_t k = 0; k < CONDITIONS; k++)
            metrics_set(metrics, INGEST_WORKERS, i * CONDITIONS + k, 0);
    for (size_t i = 0; i < status->workers.count; i++)
        count_worker(metrics, field_at(status->workers, struct link_worker, i));
    for (size_t i = 0; i < status->stages.count; i++)
        set_stage(metrics, field_at(status->stages, struct link_stage, i));
    for (size_t i = 0; places[i]; i++)
        metrics_set(metrics, INGEST_BOTTLENECK, i, slice_is(status->bottleneck, places[i]));
    metrics_set(metrics, INGEST_OVERLOADED, 0,
                slice_is(status->disk, "stop") || slice_is(status->backlog, "stop") ||
                    status->refuses.len > 0);
    metrics_set(metrics, INGEST_AHEAD, 0, status->ahead);
    if (slice_is(status->engine, "amqp"))
        set_cluster(metrics, status);
    else
        set_journal(metrics, status);
}

void ingest_metrics_set(struct metrics *metrics, const struct link_status *status)
{
    metrics_forget(metrics, INGEST_IN_STATUS);
    if (!status)
        return;
    set_books(metrics, &status->books);
    set_gauges(metrics, status);
    metrics_set(metrics, INGEST_RETRIES, 0, status->retries);
    metrics_set(metrics, INGEST_DEATHS, 0, status->deaths);
    metrics_set(metrics, INGEST_STALE, 0, status->stale);
    metrics_set(metrics, INGEST_STRANGERS, 0, status->strangers);
}

void ingest_metrics_gate(struct metrics *metrics, struct gate_counts *counted,
                         const struct gate_counts *now)
{
    metrics_set(metrics, INGEST_CONNECTIONS, 0, now->connections);
    metrics_catch_up(metrics, INGEST_CUT, 0, &counted->cut, now->cut);
    metrics_catch_up(metrics, INGEST_HANDSHAKES, 0, &counted->failed, now->failed);
    metrics_catch_up(metrics, INGEST_HANDSHAKES, 1, &counted->keyless, now->keyless);
    metrics_catch_up(metrics, INGEST_HANDSHAKES, 2, &counted->unknown, now->unknown);
    metrics_catch_up(metrics, INGEST_HANDSHAKES, 3, &counted->refused, now->refused);
}
