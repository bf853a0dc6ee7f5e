/* Counting and telling. */
#include "worker/storage/measure.h"

#include "common/clock.h"
#include "common/log.h"
#include "proto/consumer.h"
#include "proto/envelope.h"

const char *measure_outcome(enum row_fate fate)
{
    return fate == ROW_DUPLICATE ? "duplicate" : fate == ROW_DEAD ? "dead" : "stored";
}

/* A replay keeps the time of its first acceptance, which says nothing now. */
static void observe_latency(struct metrics *metrics, const struct latency *latency,
                            const struct row *row, int64_t wall_ms)
{
    if (row->replay != ENVELOPE_NEW)
        return;
    int64_t took_ms = latency_since(latency, row->received_ms, wall_ms);
    if (took_ms == LATENCY_UNKNOWN)
        metrics_add(metrics, STORE_UNKNOWN_LATENCY, 0, 1);
    else
        metrics_observe(metrics, STORE_ACCEPT_TO_COMMIT, (size_t)row->fate - ROW_STORED,
                        (uint64_t)took_ms * 1000000);
}

void measure_commit(struct metrics *metrics, struct latency *latency, struct row *const *rows,
                    size_t count, int64_t took_ns)
{
    int64_t wall_ms = clock_wall_ms();
    latency_look(latency, wall_ms, clock_steady_ms());
    metrics_observe(metrics, STORE_BATCH, 0, (uint64_t)took_ns);
    metrics_observe(metrics, STORE_BATCH_ARTICLES, 0, count);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = rows[i];
        metrics_add(metrics, STORE_DONE, (size_t)row->fate - ROW_STORED, 1);
        observe_latency(metrics, latency, row, wall_ms);
        log_article(&row->article, "committed", log_uuid("key", &row->key),
                    log_text("outcome", measure_outcome(row->fate)),
                    log_int("lease", (int64_t)row->delivery->lease),
                    log_int("articles", (int64_t)count), log_int("us", took_ns / 1000));
    }
    log_trail_flush();
}
