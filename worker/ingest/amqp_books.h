/* The books of an ingest node, as a message that the cluster keeps: a queue beside the articles'
 * own holds the newest one, so that who takes the node's place goes on counting where it ended.
 *
 *   "NMB2" | run | accepted stored duplicate dead | n | n ids of articles counted in here
 *
 * `run` is the ingest that wrote it, as in its articles' ids: who finds another one's than its own
 * was not the only one. "NMB1" has none, and is still read (run 0). All are little-endian numbers
 * of 64 bits. The ids are of articles that are done and counted, and whose acknowledgement may not
 * have arrived: one that comes again is not counted again. Pure. */
#ifndef NEWSMILL_INGEST_AMQP_BOOKS_H
#define NEWSMILL_INGEST_AMQP_BOOKS_H

#include "common/buffer.h"
#include "worker/ingest/amqp_id.h"
#include "worker/ingest/backlog.h"

#define AMQP_BOOKS_HEAD 52 /* bytes before the ids */
#define AMQP_BOOKS_ID   16

struct amqp_books {
    uint64_t run;
    struct backlog_books books; /* in_flight is not in the bytes */
    uint64_t count;             /* ids */
    struct slice ids;           /* when read */
};

/* The head; `count` ids follow by amqp_books_add(). */
void amqp_books_begin(struct buffer *out, const struct amqp_books *books);
void amqp_books_add(struct buffer *out, struct amqp_id id);
/* False when these bytes are no books. */
bool amqp_books_read(struct slice bytes, struct amqp_books *out);
struct amqp_id amqp_books_id(const struct amqp_books *books, uint64_t i);

#endif
