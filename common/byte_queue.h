/* Bytes that are added at the end and taken from the front, up to a bound. What is in it lies in
 * one piece, and near the beginning of its memory, so that a short queue stays in the near caches.
 * One owner, one thread. */
#ifndef NEWSMILL_COMMON_BYTE_QUEUE_H
#define NEWSMILL_COMMON_BYTE_QUEUE_H

#include "common/buffer.h"

struct byte_queue {
    struct buffer bytes;
    size_t first; /* what is in front of it was taken */
};

void byte_queue_init(struct byte_queue *queue, size_t limit);
void byte_queue_deinit(struct byte_queue *queue);

/* Where to append up to `more` bytes. NULL without memory, and when that would be beyond the limit;
 * what was taken from the front counts against it until it is an eighth. */
struct buffer *byte_queue_room(struct byte_queue *queue, size_t more);
/* What is in it, the oldest first. Valid until the next byte_queue_room(). */
struct slice byte_queue_front(const struct byte_queue *queue);
/* Takes so many bytes, which are there, from the front. */
void byte_queue_take(struct byte_queue *queue, size_t len);

#endif
