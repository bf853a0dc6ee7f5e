/* The books of an ingest node, as a message that the cluster keeps: a queue beside the articles'
 * own holds the newest one, so that who takes the node's place goes on counting where it ended.
 *
 *   "NMB1" | accepted stored duplicate dead | n | n ids of articles counted in here
 *
 * All are little-endian numbers of 64 bits. The ids are of articles that are done and counted, and
 * whose acknowledgement may not have arrived: one that comes again is not counted again. Pure. */
#ifndef NEWSMILL_INGEST_AMQP_BOOKS_H
#define NEWSMILL_INGEST_AMQP_BOOKS_H

#include "common/buffer.h"
#include "worker/ingest/amqp_id.h"
#include "worker/ingest/backlog.h"

#define AMQP_BOOKS_HEAD 44 /* bytes before the ids */
#define AMQP_BOOKS_ID   16

/* The head; `count` ids follow by amqp_books_add(). */
void amqp_books_begin(struct buffer *out, const struct backlog_books *books, uint64_t count);
void amqp_books_add(struct buffer *out, struct amqp_id id);
/* False when these bytes are no books; in_flight is not in there. */
bool amqp_books_read(struct slice bytes, struct backlog_books *books, uint64_t *count);
struct amqp_id amqp_books_id(struct slice bytes, uint64_t i);

#endif
