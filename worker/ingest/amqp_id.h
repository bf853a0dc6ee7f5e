/* What a message is called, so that one that comes out twice is known: who sent it, a random number
 * of each run, and which one it was in that run. */
#ifndef NEWSMILL_INGEST_AMQP_ID_H
#define NEWSMILL_INGEST_AMQP_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

struct amqp_id {
    uint64_t run, number;
};
#define AMQP_ID_TEXT 33 /* 32 hexadecimal digits and a NUL */

void amqp_id_format(struct amqp_id id, char out[AMQP_ID_TEXT]);
/* False when the text is none of ours. */
bool amqp_id_parse(struct slice text, struct amqp_id *id);
/* 64 bits of it, never 0; different for every message of a run. */
uint64_t amqp_id_hash(struct amqp_id id);

static inline bool amqp_id_equal(struct amqp_id a, struct amqp_id b)
{
    return a.run == b.run && a.number == b.number;
}

#endif
