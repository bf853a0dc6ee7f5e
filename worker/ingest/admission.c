/* From the backlog into the window: in the backlog's order while there is room, by turns when there
 * is more than fits. */
#include <stdlib.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "worker/ingest/ahead.h"
#include "worker/ingest/ingest_state.h"

/* Read ahead in a turn of the loop: some milliseconds. */
#define SCAN_MESSAGES 256
#define SCAN_BYTES    ((size_t)4 << 20)
/* Of those that the backlog need not read, more than a turn brings: looking must keep up. */
#define PEEK_MESSAGES 2048
#define RECORD_KEPT   ((size_t)1 << 20)
/* An envelope, an article's tree of keys, its repaired strings and its text without white space. */
#define ARENA_BYTES ((size_t)3 * LIMIT_MESSAGE_BYTES)

struct admission {
    struct ahead *ahead;
    struct pack_reader reader, article_reader;
    struct arena *arena;
    struct buffer record, envelope;
};

/* An article of the backlog, and its envelope read. */
struct found {
    struct backlog_found in;
    struct envelope envelope;
    struct article article;
    uint64_t tag; /* for recent.h; 0: it was not read, or cannot be */
};

enum status admission_open(struct ingest *ingest, struct fault *fault)
{
    struct admission *admission = calloc(1, sizeof *admission);
    ingest->admission = admission;
    if (!admission)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the window");
    admission->ahead = ahead_new(AHEAD_MAX, backoff_random());
    admission->arena = arena_new(ARENA_BYTES);
    pack_reader_init(&admission->reader);
    pack_reader_init(&admission->article_reader);
    buffer_init(&admission->record, SIZE_MAX / 2);
    buffer_init(&admission->envelope, LIMIT_LINK_HEADER_BYTES);
    if (!admission->ahead || !admission->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the window");
    return STATUS_OK;
}

void admission_close(struct ingest *ingest)
{
    struct admission *admission = ingest->admission;
    if (!admission)
        return;
    ahead_free(admission->ahead);
    arena_free(admission->arena);
    pack_reader_deinit(&admission->reader);
    pack_reader_deinit(&admission->article_reader);
    buffer_deinit(&admission->record);
    buffer_deinit(&admission->envelope);
    free(admission);
    ingest->admission = NULL;
}

uint32_t admission_ahead(const struct ingest *ingest)
{
    return ahead_count(ingest->admission->ahead);
}

static enum lane lane_of(const struct envelope *envelope)
{
    return slice_is(envelope->lane, ENVELOPE_LANE_LOW) ? LANE_LOW : LANE_NORMAL;
}

/* REJECT: it is given up. Its checksum was right: another release wrote it, and it must not stop
 * the others. */
static enum status read_envelope(struct ingest *ingest, struct found *found)
{
    struct admission *admission = ingest->admission;
    arena_reset(admission->arena);
    found->tag = 0;
    enum status status = envelope_decode(found->in.envelope, &admission->reader, &found->envelope,
                                         admission->arena, &ingest->fault);
    if (status != STATUS_REJECT)
        return status;
    log_error("an article in the backlog cannot be read and is given up",
              log_int("sequence", (int64_t)found->in.sequence),
              log_text("why", ingest->fault.message));
    ingest->backlog.verbs->done(ingest->backlog.self, found->in.sequence, BACKLOG_DEAD);
    return STATUS_REJECT;
}

/* An article that cannot be read has no tag, nor will it get a content: its worker says why. */
static void read_article(struct ingest *ingest, struct found *found)
{
    struct admission *admission = ingest->admission;
    struct fault why;
    if (found->envelope.refused_code.data || !found->in.article.data ||
        article_decode(found->in.article, &admission->article_reader, &found->article,
                       admission->arena, &why) != STATUS_OK)
        return;
    uint64_t identity = copies_identity(&ingest->copies, &found->envelope.article);
    found->tag = copies_tag(&ingest->copies, identity, &found->article);
}

/* Hashes the content, which the entrance left to us: the envelope that goes to the workers. */
static enum status complete(struct ingest *ingest, const struct found *found, struct slice *out)
{
    struct admission *admission = ingest->admission;
    struct envelope whole = found->envelope;
    *out = found->in.envelope;
    if (found->tag == 0)
        return STATUS_OK;
    envelope_complete(&whole, &found->article, admission->arena);
    if (uuid_equal(&whole.content, &found->envelope.content))
        return STATUS_OK;
    buffer_clear(&admission->envelope);
    envelope_encode(&whole, &admission->envelope);
    *out = buffer_slice(&admission->envelope);
    return buffer_failed(&admission->envelope)
               ? fault_set(&ingest->fault, STATUS_FATAL, "out-of-memory", "no memory")
               : STATUS_OK;
}

/* The next of the backlog; `again`: only to be noted. RETRY: there is none; REJECT: it was given
 * up. */
static enum status read_next(struct ingest *ingest, bool again, struct found *found)
{
    const struct backlog *backlog = &ingest->backlog;
    enum status status = backlog->verbs->next(backlog->self, again, &ingest->admission->record,
                                              &found->in, &ingest->fault);
    if (status == STATUS_OK)
        status = read_envelope(ingest, found);
    if (status == STATUS_OK)
        read_article(ingest, found);
    if (status == STATUS_OK && found->tag)
        recent_add(ingest->recent, found->tag); /* after a restart it is not known yet */
    return status;
}

/* The one whose turn it is of those read before. RETRY: there is none; REJECT: it is lost. */
static enum status read_ahead(struct ingest *ingest, struct found *found)
{
    struct ahead_note note;
    if (!ahead_take(ingest->admission->ahead, &note))
        return STATUS_RETRY;
    const struct backlog *backlog = &ingest->backlog;
    found->in = (struct backlog_found){.sequence = note.sequence, .place = note.place};
    enum status status = backlog->verbs->fetch(backlog->self, &ingest->admission->record,
                                               &found->in, &ingest->fault);
    if (status == STATUS_OK)
        status = read_envelope(ingest, found);
    if (status == STATUS_OK)
        read_article(ingest, found);
    return status;
}

/* A replay keeps the time of its first acceptance, and has not waited since then. */
static int64_t waits_since(const struct envelope *envelope)
{
    return envelope->replay == ENVELOPE_NEW ? envelope->received_ms : clock_wall_ms();
}

static enum status admit_found(struct ingest *ingest, const struct found *found)
{
    const struct envelope *envelope = &found->envelope;
    struct slice packed;
    enum status status = complete(ingest, found, &packed);
    if (status != STATUS_OK)
        return status;
    const struct dispatch_article article = {.name = {envelope->key, envelope->article},
                                             .sequence = found->in.sequence,
                                             .tag = found->tag,
                                             .lane = lane_of(envelope),
                                             .flow = envelope->flow,
                                             .replay = envelope->replay != ENVELOPE_NEW,
                                             .envelope = packed,
                                             .article = found->in.article,
                                             .refused_code = envelope->refused_code,
                                             .refused_message = envelope->refused_message,
                                             .received_ms = waits_since(envelope)};
    return dispatch_admit(ingest->dispatch, &article);
}

static enum status fill_window(struct ingest *ingest)
{
    enum status status = STATUS_OK;
    struct found found;
    while ((status == STATUS_OK || status == STATUS_REJECT) &&
           dispatch_has_room(ingest->dispatch)) {
        status = ahead_count(ingest->admission->ahead) > 0 ? read_ahead(ingest, &found)
                                                           : read_next(ingest, false, &found);
        if (status == STATUS_OK)
            status = admit_found(ingest, &found);
    }
    return status;
}

static enum status look_ahead(struct ingest *ingest)
{
    struct admission *admission = ingest->admission;
    enum status status = STATUS_OK;
    struct found found;
    size_t bytes = 0;
    int read = 0, peeked = 0;
    while ((status == STATUS_OK || status == STATUS_REJECT) && read < SCAN_MESSAGES &&
           peeked < PEEK_MESSAGES && bytes < SCAN_BYTES && !ahead_is_full(admission->ahead)) {
        status = read_next(ingest, true, &found);
        bool is_read = status != STATUS_OK || found.in.article.data;
        read += is_read;
        peeked += !is_read;
        if (status != STATUS_OK)
            continue;
        bytes += is_read ? found.in.article.len : 0;
        ahead_add(admission->ahead, lane_of(&found.envelope), found.envelope.flow,
                  (uint32_t)found.in.article.len,
                  (struct ahead_note){found.in.sequence, found.in.place});
    }
    return status;
}

enum status admission_turn(struct ingest *ingest)
{
    struct admission *admission = ingest->admission;
    enum status status = fill_window(ingest);
    if (status != STATUS_FATAL && !dispatch_has_room(ingest->dispatch))
        status = look_ahead(ingest);
    if (admission->record.capacity > RECORD_KEPT)
        buffer_deinit(&admission->record); /* a large article's memory is not kept */
    return status == STATUS_FATAL ? status : STATUS_OK;
}
