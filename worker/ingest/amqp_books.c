/* Books as bytes. */
#include "worker/ingest/amqp_books.h"

#include <string.h>

static const char magic[4] = {'N', 'M', 'B', '1'};

static void put(struct buffer *out, uint64_t value)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(value >> (8 * i));
    buffer_append(out, bytes, sizeof bytes);
}

static uint64_t get(const char *bytes)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

void amqp_books_begin(struct buffer *out, const struct backlog_books *books, uint64_t count)
{
    buffer_append(out, magic, sizeof magic);
    put(out, books->accepted);
    put(out, books->stored);
    put(out, books->duplicate);
    put(out, books->dead);
    put(out, count);
}

void amqp_books_add(struct buffer *out, struct amqp_id id)
{
    put(out, id.run);
    put(out, id.number);
}

bool amqp_books_read(struct slice bytes, struct backlog_books *books, uint64_t *count)
{
    if (bytes.len < AMQP_BOOKS_HEAD || memcmp(bytes.data, magic, sizeof magic) != 0)
        return false;
    *books = (struct backlog_books){.accepted = get(bytes.data + 4),
                                    .stored = get(bytes.data + 12),
                                    .duplicate = get(bytes.data + 20),
                                    .dead = get(bytes.data + 28)};
    *count = get(bytes.data + 36);
    return *count == (bytes.len - AMQP_BOOKS_HEAD) / AMQP_BOOKS_ID &&
           (bytes.len - AMQP_BOOKS_HEAD) % AMQP_BOOKS_ID == 0;
}

struct amqp_id amqp_books_id(struct slice bytes, uint64_t i)
{
    const char *at = bytes.data + AMQP_BOOKS_HEAD + i * AMQP_BOOKS_ID;
    return (struct amqp_id){get(at), get(at + 8)};
}
