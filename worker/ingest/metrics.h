/* What an ingest node counts: the table, and the rows that come from its status. The supervisor,
 * which asks ingest for its status, shows the same rows. */
#ifndef NEWSMILL_INGEST_METRICS_H
#define NEWSMILL_INGEST_METRICS_H

#include "common/metrics.h"
#include "proto/link.h"

struct gate_counts;

enum ingest_metric {
    INGEST_ACCEPTED,
    INGEST_STORED,
    INGEST_DUPLICATE,
    INGEST_DEAD,
    INGEST_IN_FLIGHT,
    INGEST_REFUSED,
    INGEST_RETRIES,
    INGEST_STAGE_ARTICLES,
    INGEST_STAGE_OLDEST,
    INGEST_AHEAD,
    INGEST_BOTTLENECK,
    INGEST_OVERLOADED,
    INGEST_WORKERS,
    INGEST_DEATHS,
    INGEST_STALE,
    INGEST_STRANGERS,
    INGEST_JOURNAL_BYTES,
    INGEST_JOURNAL_SEGMENTS,
    INGEST_JOURNAL_DAMAGED,
    INGEST_DISK_FREE,
    INGEST_CLUSTER_UP,
    INGEST_CLUSTER_UNCONFIRMED,
    INGEST_CLUSTER_QUEUED,
    INGEST_CLUSTER_LOST,
    INGEST_CLUSTER_AGAIN,
    INGEST_CLUSTER_COPIES,
    INGEST_IN_STATUS, /* the rows before come from the status */
    INGEST_CONNECTIONS = INGEST_IN_STATUS,
    INGEST_CUT,
    INGEST_HANDSHAKES,
    INGEST_SYNC,
    INGEST_SYNC_ARTICLES,
    INGEST_METRICS
};
extern const struct metric_table ingest_metrics;

/* Sets what a node's status says; NULL: it says nothing now. */
void ingest_metrics_set(struct metrics *metrics, const struct link_status *status);
/* Sets and counts what came to the gate; `counted` is what is in the metrics already. */
void ingest_metrics_gate(struct metrics *metrics, struct gate_counts *counted,
                         const struct gate_counts *now);

#endif
