/* How long a message a cluster takes: what it says when one was longer. Pure. */
#ifndef NEWSMILL_INGEST_AMQP_LIMIT_H
#define NEWSMILL_INGEST_AMQP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

/* The limit in "… message size 1200123 is larger than configured max size 1048576", which is how
 * RabbitMQ closes the channel. False when the text is another one, or its numbers make no sense. */
bool amqp_limit_read(struct slice text, uint64_t *limit);

#endif
