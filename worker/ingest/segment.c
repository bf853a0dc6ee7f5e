/* The journal's record format. */
#include "worker/ingest/segment.h"

#include <errno.h>
#include <isa-l/crc.h>
#include <string.h>
#include <unistd.h>

#include "common/fetch.h"
#include "proto/limits.h"

#define MAGIC 0x314a4d4eu /* "NMJ1" */

/* An article, its envelope, and what is around them. */
#define PAYLOAD_MAX ((uint64_t)LIMIT_MESSAGE_BYTES + LIMIT_LINK_HEADER_BYTES + 1024)

void put_le32(char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(value >> (8 * i) & 0xff);
}

void put_le64(char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (char)(value >> (8 * i) & 0xff);
}

uint32_t get_le32(const char *from)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)(unsigned char)from[i] << (8 * i);
    return value;
}

uint64_t get_le64(const char *from)
{
    return get_le32(from) | (uint64_t)get_le32(from + 4) << 32;
}

/* Read ahead that much. */
#define WINDOW_BYTES ((size_t)1 << 20)
/* What a disk fails in. */
#define BLOCK_BYTES ((size_t)4096)

/* CRC32C over the length and everything behind the checksum. ISA-L's crc32_iscsi neither inverts
 * its start nor its end; the usual CRC32C does both. */
static uint32_t record_crc(const char *header, uint32_t salt, struct slice payload)
{
    uint32_t crc = 0xffffffffu ^ salt;
    crc = crc32_iscsi((unsigned char *)(uintptr_t)(header + 4), 4, crc);
    crc = crc32_iscsi((unsigned char *)(uintptr_t)(header + 12), 12, crc);
    if (payload.len)
        crc = crc32_iscsi((unsigned char *)(uintptr_t)payload.data, (int)payload.len, crc);
    return ~crc;
}

static uint64_t padded(uint64_t len)
{
    return (len + 7) / 8 * 8;
}

uint64_t record_size(uint64_t payload_len)
{
    return RECORD_HEADER_BYTES + padded(payload_len);
}

void record_write(struct buffer *out, uint32_t salt, enum record_type type, uint64_t sequence,
                  const struct slice *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *header = buffer_extend(out, (size_t)record_size(len));
    if (!header)
        return;
    memset(header, 0, RECORD_HEADER_BYTES);
    char *payload = header + RECORD_HEADER_BYTES;
    for (size_t i = 0, at = 0; i < count; at += parts[i].len, i++)
        if (parts[i].len)
            memcpy(payload + at, parts[i].data, parts[i].len);
    memset(payload + len, 0, (size_t)padded(len) - len);
    put_le32(header, MAGIC);
    put_le32(header + 4, (uint32_t)len);
    put_le32(header + 12, (uint32_t)type);
    put_le64(header + 16, sequence);
    put_le32(header + 8, record_crc(header, salt, (struct slice){payload, len}));
    /* The next record will be about as long. */
    size_t next = (size_t)record_size(len), left = out->capacity - out->len;
    fetch_to_write(out->data + out->len, next < left ? next : left);
}

/* Checks a header and fills what it says; the payload is still to be checked. */
static bool header_read(const char *header, struct record *record, uint32_t *len)
{
    uint32_t type = get_le32(header + 12);
    *len = get_le32(header + 4);
    if (get_le32(header) != MAGIC || *len > PAYLOAD_MAX || type < RECORD_BOOKS ||
        type > RECORD_MOVED)
        return false;
    record->type = (enum record_type)type;
    record->sequence = get_le64(header + 16);
    return true;
}

void segment_reader_init(struct segment_reader *reader, int fd, uint32_t salt, uint64_t size)
{
    *reader = (struct segment_reader){.fd = fd, .salt = salt, .size = size};
    buffer_init(&reader->window, WINDOW_BYTES + RECORD_HEADER_BYTES + PAYLOAD_MAX);
}

void segment_reader_deinit(struct segment_reader *reader)
{
    buffer_deinit(&reader->window);
}

/* Fills the window; blocks that cannot be read stay zeros. */
static void window_load(struct segment_reader *reader, char *to, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t part = len - at;
        ssize_t got = pread(reader->fd, to + at, part, (off_t)(reader->window_at + at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0) {
            at += (size_t)got;
            continue;
        }
        if (got < 0)
            reader->unreadable = true;
        size_t block = BLOCK_BYTES - (size_t)((reader->window_at + at) % BLOCK_BYTES);
        if (block > part)
            block = part;
        memset(to + at, 0, block);
        at += block;
    }
}

/* `len` bytes at `offset`, which are inside the file; NULL without memory. */
static const char *window_get(struct segment_reader *reader, uint64_t offset, size_t len)
{
    uint64_t behind = offset - reader->window_at;
    if (offset >= reader->window_at && behind <= reader->window.len &&
        len <= reader->window.len - behind)
        return reader->window.data + behind;
    uint64_t left = reader->size - offset;
    size_t wanted = len > WINDOW_BYTES ? len : WINDOW_BYTES;
    if (wanted > left)
        wanted = (size_t)left;
    buffer_clear(&reader->window);
    reader->window_at = offset;
    char *to = buffer_extend(&reader->window, wanted);
    if (to)
        window_load(reader, to, wanted);
    return to;
}

enum status segment_read(struct segment_reader *reader, uint64_t offset, struct record *record)
{
    static const char zeros[RECORD_HEADER_BYTES];
    uint64_t left = offset < reader->size ? reader->size - offset : 0;
    size_t head = left < sizeof zeros ? (size_t)left : sizeof zeros;
    if (left == 0)
        return STATUS_RETRY;
    const char *header = window_get(reader, offset, head);
    uint32_t len;
    if (!header)
        return STATUS_FATAL;
    if (memcmp(header, zeros, head) == 0)
        return STATUS_RETRY;
    if (left < RECORD_HEADER_BYTES || !header_read(header, record, &len) ||
        len > left - RECORD_HEADER_BYTES)
        return STATUS_REJECT;
    header = window_get(reader, offset, RECORD_HEADER_BYTES + len);
    if (!header)
        return STATUS_FATAL;
    record->payload = (struct slice){header + RECORD_HEADER_BYTES, len};
    record->offset = offset;
    record->next = offset + record_size(len);
    if (record->next > reader->size)
        record->next = reader->size; /* the padding was cut, the record is whole */
    return get_le32(header + 8) == record_crc(header, reader->salt, record->payload)
               ? STATUS_OK
               : STATUS_REJECT;
}

uint64_t segment_find(struct segment_reader *reader, uint64_t offset)
{
    struct record record;
    for (uint64_t at = padded(offset); at + RECORD_HEADER_BYTES <= reader->size; at += 8) {
        const char *bytes = window_get(reader, at, RECORD_HEADER_BYTES);
        if (bytes && get_le32(bytes) == MAGIC && segment_read(reader, at, &record) == STATUS_OK)
            return at;
    }
    return reader->size;
}

bool record_article(const struct record *record, struct slice *envelope, struct slice *article)
{
    struct slice rest = record->payload;
    if (record->type == RECORD_MOVED && rest.len >= 8)
        rest = slice_sub(rest, 8, rest.len);
    else if (record->type != RECORD_ARTICLE)
        return false;
    if (rest.len < 4 || get_le32(rest.data) > rest.len - 4)
        return false;
    size_t len = get_le32(rest.data);
    *envelope = slice_sub(rest, 4, 4 + len);
    *article = slice_sub(rest, 4 + len, rest.len);
    return true;
}

/* Reads exactly `len` bytes at `offset`. */
static bool pread_all(int fd, char *to, size_t len, uint64_t offset)
{
    while (len > 0) {
        ssize_t got = pread(fd, to, len, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return true;
}

enum status record_pread(int fd, uint32_t salt, uint64_t offset, struct buffer *out,
                         struct record *record, struct fault *fault)
{
    char header[RECORD_HEADER_BYTES];
    uint32_t len;
    buffer_clear(out);
    if (!pread_all(fd, header, sizeof header, offset) || !header_read(header, record, &len))
        return fault_set(fault, STATUS_REJECT, "journal-damaged", "a journal record is damaged");
    char *payload = buffer_extend(out, len ? len : 1);
    if (!payload)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to read the journal");
    record->payload = (struct slice){payload, len};
    record->offset = offset;
    record->next = offset + record_size(len);
    if (!pread_all(fd, payload, len, offset + RECORD_HEADER_BYTES) ||
        get_le32(header + 8) != record_crc(header, salt, record->payload))
        return fault_set(fault, STATUS_REJECT, "journal-damaged", "a journal record is damaged");
    return STATUS_OK;
}
