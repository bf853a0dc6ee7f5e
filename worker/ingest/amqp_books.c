/* Books as bytes. */
#include "worker/ingest/amqp_books.h"

#include <string.h>

static const char magic[4] = {'N', 'M', 'B', '2'};
static const char old_magic[4] = {'N', 'M', 'B', '1'}; /* without a run */

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

void amqp_books_begin(struct buffer *out, const struct amqp_books *books)
{
    buffer_append(out, magic, sizeof magic);
    put(out, books->run);
    put(out, books->books.accepted);
    put(out, books->books.stored);
    put(out, books->books.duplicate);
    put(out, books->books.dead);
    put(out, books->count);
}

void amqp_books_add(struct buffer *out, struct amqp_id id)
{
    put(out, id.run);
    put(out, id.number);
}

/* Where the numbers begin that both have; 0: they are no books. */
static size_t head_of(struct slice bytes, uint64_t *run)
{
    *run = 0;
    if (bytes.len >= AMQP_BOOKS_HEAD && memcmp(bytes.data, magic, sizeof magic) == 0) {
        *run = get(bytes.data + 4);
        return 12;
    }
    return bytes.len >= AMQP_BOOKS_HEAD - 8 && memcmp(bytes.data, old_magic, sizeof old_magic) == 0
               ? 4
               : 0;
}

bool amqp_books_read(struct slice bytes, struct amqp_books *out)
{
    *out = (struct amqp_books){.run = 0};
    size_t at = head_of(bytes, &out->run);
    if (at == 0)
        return false;
    out->books = (struct backlog_books){.accepted = get(bytes.data + at),
                                        .stored = get(bytes.data + at + 8),
                                        .duplicate = get(bytes.data + at + 16),
                                        .dead = get(bytes.data + at + 24)};
    out->count = get(bytes.data + at + 32);
    out->ids = slice_sub(bytes, at + 40, bytes.len);
    return out->count == out->ids.len / AMQP_BOOKS_ID && out->ids.len % AMQP_BOOKS_ID == 0;
}

struct amqp_id amqp_books_id(const struct amqp_books *books, uint64_t i)
{
    const char *at = books->ids.data + i * AMQP_BOOKS_ID;
    return (struct amqp_id){get(at), get(at + 8)};
}
