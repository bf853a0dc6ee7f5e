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

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

enum record_type {
    RECORD_BOOKS = 1, /* first in every segment: the books when it was begun */
    RECORD_ARTICLE,   /* u32 envelope length, envelope, article; the sequence is the article's */
    RECORD_DUPLICATE, /* accepted, and at once known to be a copy */
    RECORD_DONE,      /* u64 sequence and u8 outcome, many times */
    RECORD_MOVED      /* u64 its old sequence, then as RECORD_ARTICLE: it was written again */
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

/* Reads a segment's records through a window of memory, so that a file of any size costs little.
 * What the disk cannot give back reads as zeros: to the checksum it is damage like any other. The
 * file descriptor is borrowed. */
struct segment_reader {
    int fd;
    uint32_t salt;
    uint64_t size; /* up to where there may be records */
    struct buffer window;
    uint64_t window_at;
    bool unreadable; /* the disk refused some of it */
};

void segment_reader_init(struct segment_reader *reader, int fd, uint32_t salt, uint64_t size);
void segment_reader_deinit(struct segment_reader *reader);
/* Reads the record at `offset`; its payload points into the window, until the next call. OK; RETRY
 * where only zeros follow (the end); REJECT where the bytes are no valid record; FATAL without
 * memory. */
enum status segment_read(struct segment_reader *reader, uint64_t offset,
                         struct record *record) MUST_CHECK;
/* The offset of the next valid record at or after `offset`; the size when there is none. */
uint64_t segment_find(struct segment_reader *reader, uint64_t offset);

/* Reads the record at `offset` of the file `fd` into `out`; the payload points into it. */
enum status record_pread(int fd, uint32_t salt, uint64_t offset, struct buffer *out,
                         struct record *record, struct fault *fault) MUST_CHECK;

/* The parts of an article's record, moved or not; false for other types and when its inside is not
 * what it should be. */
bool record_article(const struct record *record, struct slice *envelope, struct slice *article);

/* ---- the files of a folder ---- */

#define SEGMENT_NAME_BYTES 64
struct segment_file {
    uint64_t first; /* sequence */
    uint32_t salt;
    bool damaged; /* set aside: NAME.damaged */
};
void segment_name(struct segment_file file, char out[SEGMENT_NAME_BYTES]);

struct segment_names {
    struct segment_file *items;
    size_t count, capacity;
};
/* The segments in `folder`, oldest first, those that were set aside too if `damaged`; other files
 * are passed over. Free `items`. FATAL with a sentence. */
enum status segment_names_list(const char *folder, bool damaged, struct segment_names *names,
                               struct fault *fault) MUST_CHECK;

void put_le32(char *to, uint32_t value);
void put_le64(char *to, uint64_t value);
uint32_t get_le32(const char *from);
uint64_t get_le64(const char *from);

#endif
