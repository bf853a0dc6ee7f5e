/* One file of the journal: records one behind the other, each with a checksum.
 *
 *   magic u32 | length u32 | crc32c u32 | type u32 | sequence u64 | payload … | zeros to 8 bytes
 *
 * Numbers are little-endian. The checksum covers everything behind it, and the length; it starts
 * from the segment's salt, a random number in the file's name, so that bytes inside an article,
 * however made, are never taken for a record when the next one behind damage is looked for. A
 * record starts on a multiple of 8. The file is preallocated: zeros where the next magic should be
 * are its end. */
#ifndef NEWSMILL_INGEST_SEGMENT_H
#define NEWSMILL_INGEST_SEGMENT_H

#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

enum record_type {
    RECORD_BOOKS = 1, /* first in every segment: the books when it was begun */
    RECORD_ARTICLE,   /* u32 envelope length, envelope, article; the sequence is the article's */
    RECORD_DUPLICATE, /* accepted, and at once known to be a copy */
    RECORD_DONE       /* u64 sequence and u8 outcome, many times */
};

#define RECORD_HEADER_BYTES 24

struct record {
    enum record_type type;
    uint64_t sequence;
    uint64_t offset, next; /* where it starts, and where the next one does */
    struct slice payload;
};

/* Appends a record to `out`, whose start must fall on a multiple of 8 of the file. */
void record_write(struct buffer *out, uint32_t salt, enum record_type type, uint64_t sequence,
                  const struct slice *parts, size_t count);

/* The bytes that a record with this payload takes. */
uint64_t record_size(uint64_t payload_len);

/* Reads the record at `offset` of a whole segment in memory. OK; RETRY where only zeros follow (the
 * end); REJECT where the bytes are no valid record. */
enum status record_parse(struct slice segment, uint32_t salt, uint64_t offset,
                         struct record *record) MUST_CHECK;
/* The offset of the next valid record at or after `offset`; segment.len when there is none. */
uint64_t record_find(struct slice segment, uint32_t salt, uint64_t offset);

/* Reads the record at `offset` of the file `fd` into `out`; the payload points into it. */
enum status record_pread(int fd, uint32_t salt, uint64_t offset, struct buffer *out,
                         struct record *record, struct fault *fault) MUST_CHECK;

void put_le32(char *to, uint32_t value);
void put_le64(char *to, uint64_t value);
uint32_t get_le32(const char *from);
uint64_t get_le64(const char *from);

#endif
