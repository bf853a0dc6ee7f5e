/* A buffer whose beginning is used again. */
#include "common/byte_queue.h"

#define CLOSE_UP_BYTES ((size_t)32 * 1024) /* less is not worth moving the rest for */

void byte_queue_init(struct byte_queue *queue, size_t limit)
{
    buffer_init(&queue->bytes, limit);
    queue->first = 0;
}

void byte_queue_deinit(struct byte_queue *queue)
{
    buffer_deinit(&queue->bytes);
    queue->first = 0;
}

/* Moves what is left to the beginning, once as much was taken, or an eighth of the limit where room
 * is short: a byte is moved a few times at most. */
static void close_up(struct byte_queue *queue, size_t more)
{
    struct buffer *bytes = &queue->bytes;
    size_t left = bytes->len - queue->first;
    bool half = queue->first >= left && (left == 0 || queue->first >= CLOSE_UP_BYTES);
    bool short_of_room = more > bytes->limit - bytes->len && queue->first >= bytes->limit / 8;
    if (queue->first == 0 || !(half || short_of_room))
        return;
    if (left > 0)
        memmove(bytes->data, bytes->data + queue->first, left);
    bytes->len = left;
    queue->first = 0;
}

struct buffer *byte_queue_room(struct byte_queue *queue, size_t more)
{
    struct buffer *bytes = &queue->bytes;
    close_up(queue, more);
    size_t len = bytes->len;
    bool room = buffer_extend(bytes, more) != NULL;
    bytes->len = len;
    bytes->failed = false;
    return room ? bytes : NULL;
}

struct slice byte_queue_front(const struct byte_queue *queue)
{
    return slice_sub(buffer_slice(&queue->bytes), queue->first, queue->bytes.len);
}

void byte_queue_take(struct byte_queue *queue, size_t len)
{
    queue->first += len;
}
