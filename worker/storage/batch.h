/* A batch: the rows one transaction will write, and the decisions that need no database. Pure.
 *
 *   batch_add … batch_due → batch_plan → (ledger answers) → rows to write, fates to report
 *
 * The batch owns its array, not the deliveries; one thread. */
#ifndef NEWSMILL_STORAGE_BATCH_H
#define NEWSMILL_STORAGE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"
#include "common/uuid.h"

struct consumer_delivery;

enum row_fate {
    ROW_HELD, /* nothing is decided, or nothing is committed */
    ROW_STORED,
    ROW_DUPLICATE, /* the same content of the same article is stored under another key */
    ROW_DEAD
};

struct row {
    struct uuid key, article, content; /* of its envelope */
    int64_t received_ms;
    struct consumer_delivery *delivery; /* NULL once it is settled */
    size_t bytes;
    bool dead; /* a dead letter */
    bool solo;
    bool broken;     /* its result cannot be read, as the transaction found: it is to be refused */
    uint32_t replay; /* of its envelope */
    /* Filled by the transaction. */
    bool first;        /* of those with its article and content: goes to the ledger */
    bool owned;        /* when first: the ledger said under which key the content is stored */
    struct uuid owner; /* when owned */
    bool fresh;        /* the ledger took it: to be written */
    bool latest;       /* when fresh: the last of its article's; when rewritten: as it was */
    bool rewritten;    /* a replay of what is stored under its key: written anew in its place */
    int32_t revision;  /* when fresh or rewritten */
    int64_t stored_ms; /* when it was first written; CLOCK_NONE: not known */
    enum row_fate fate;
};

struct batch_limits {
    size_t rows, bytes;
    int64_t age_ms;
};

struct batch {
    struct row *rows;
    size_t count, capacity, bytes;
    bool solo;
    int64_t since_ms; /* when the oldest row came */
};

void batch_init(struct batch *batch);
void batch_deinit(struct batch *batch);
/* FATAL without memory. */
enum status batch_add(struct batch *batch, const struct row *row, int64_t now_ms) MUST_CHECK;
/* True when it should be written now: full, old, or the row that came is alone. */
bool batch_due(const struct batch *batch, const struct batch_limits *limits, int64_t now_ms);
/* Milliseconds until age makes it due; -1 when it is empty. */
int64_t batch_wait_ms(const struct batch *batch, const struct batch_limits *limits, int64_t now_ms);
/* How many of its first rows one transaction may take: at most limits->rows, and no more bytes than
 * limits->bytes unless the first row alone is larger. */
size_t batch_take(const struct batch *batch, const struct batch_limits *limits);
/* Forgets rows without a delivery (settled); the age of what is left counts from `now_ms`. */
void batch_compact(struct batch *batch, int64_t now_ms);

/* Orders rows by (article, content, key), dead letters last, resets what a transaction filled in,
 * and marks the first of each content. Returns how many are not dead letters. */
size_t batch_plan(struct row **rows, size_t count);
/* The first row of (article, content) among the `count` planned ones; NULL when there is none. */
struct row *batch_find(struct row **rows, size_t count, const struct uuid *article,
                       const struct uuid *content);
/* Once every first row is owned: decides the fates of all living rows and which fresh revision of
 * an article is its latest. RETRY when a row has no owner. */
enum status batch_decide(struct row **rows, size_t count) MUST_CHECK;
/* The order facts are written in: by key. */
void batch_sort_by_key(struct row **rows, size_t count);

#endif
