/* What the journal's newest records are, so that who only asks that need not read them again.
 *
 * While more comes in than workers take, the backlog is looked through for whose turn it is
 * (ahead.h): of each article that is its envelope and where it lies, which were known when it was
 * appended. Remembered are records that stand behind each other, up to a bound; what is not, or
 * was appended before the start, is read from the disk. */
#ifndef NEWSMILL_INGEST_JOURNAL_RECALL_H
#define NEWSMILL_INGEST_JOURNAL_RECALL_H

#include "common/byte_queue.h"
#include "worker/ingest/segment.h"

/* A record, without its article. */
struct recalled {
    uint64_t segment; /* the first sequence of its file */
    uint64_t offset, next;
    enum record_type type;
    uint64_t sequence;
    uint32_t envelope_len, article_len; /* of RECORD_ARTICLE */
};

/* Entries: a record and its envelope. */
struct recall {
    struct byte_queue entries;
};

void recall_init(struct recall *recall);
void recall_deinit(struct recall *recall);
/* Remembers a record that was appended. Past the bound it does not. */
void recall_add(struct recall *recall, const struct recalled *record, struct slice envelope);
/* Takes out the record at `offset` of `segment`, forgetting those in front of it: true when it is
 * remembered. `envelope` points inside, until the next call. */
bool recall_take(struct recall *recall, uint64_t segment, uint64_t offset, struct recalled *record,
                 struct slice *envelope);

#endif
