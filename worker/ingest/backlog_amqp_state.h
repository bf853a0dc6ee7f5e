/* What the parts of the replicated backlog share. backlog_amqp.c has the verbs, amqp_publish.c what
 * goes in, amqp_consume.c what comes out and is acknowledged. */
#ifndef NEWSMILL_INGEST_BACKLOG_AMQP_STATE_H
#define NEWSMILL_INGEST_BACKLOG_AMQP_STATE_H

#include "worker/ingest/amqp_books.h"
#include "worker/ingest/amqp_broker.h"
#include "worker/ingest/amqp_deliveries.h"
#include "worker/ingest/backlog_amqp.h"

#define UNCONFIRMED_ARTICLES 8192u
#define UNCONFIRMED_BYTES    ((size_t)64 << 20)
#define MOVES_MAX            2048u /* beside them, of articles that are moved */
#define RING                 (UNCONFIRMED_ARTICLES + MOVES_MAX)
#define CONSUMER             32 /* bytes of a consumer's name */
#define RECORD_HEAD          4  /* the envelope's length, before it and the article */

/* An article that the cluster has not confirmed. */
struct unconfirmed {
    uint64_t number, ticket; /* of its id; which append it was */
    struct amqp_id moved;    /* its id when it was in the queue before; run 0: it was not */
    uint64_t tag;            /* on this connection; 0: not sent over it */
    char *record;
    size_t len;
    int64_t appended_ms, sent_ns;
    bool confirmed; /* those before it are not; or it was taken out */
    bool counted;   /* in the books */
};

struct publish {
    struct broker *broker;
    int step;   /* of what is asked for first */
    bool ready; /* it takes articles */
    bool blocked;
    int64_t lost_ms;    /* since when it is not ready */
    int64_t refused_ms; /* since when the queue refuses articles; 0: it takes them */
    struct unconfirmed *ring;
    uint32_t first, count;
    size_t bytes;
    uint64_t next_number, next_tag, again;
    uint32_t moves; /* of the ring */
    size_t move_bytes;
    uint64_t limit; /* bytes of a record that the cluster takes; 0: not known */
};

struct consume {
    struct broker *broker;
    int step;
    bool ready;
    bool known;         /* the books were read: from then on they are ours, unless others wrote */
    bool had_lock;      /* this process, once, and nobody else since */
    int64_t alone_ms;   /* since when we go on without the lock; 0: we do not */
    int64_t locked_ms;  /* since when another connection has the lock; 0: none has */
    int64_t asked_ms;   /* how long the queue is; 0: answered */
    int64_t arrived_ms; /* an article came last */
    uint64_t waiting;   /* in the queue, as last heard */
    uint64_t depth;     /* at the beginning */
    uint64_t copies;
    uint32_t prefetch;          /* of the consumer that there is, or was last */
    uint64_t consumers;         /* that there were */
    char name[CONSUMER];        /* its */
    uint64_t mean;              /* bytes of an article, of those that came lately; 0: none came */
    uint64_t moved, moved_said; /* articles; as last logged */
    /* The message that comes in. */
    enum { NO_MESSAGE, ARTICLE, BOOKS } what;
    struct amqp_id id;
    bool has_id;
    uint64_t tag, before; /* how often it came */
    char *body;
    size_t len, want;
    struct deliveries *deliveries;
    size_t held_max; /* bytes, beyond which no more is wanted; twice, and nothing is read */
};

struct amqp {
    struct loop *loop;
    struct amqp_uri uri;
    struct stream_trust *trust;
    struct metrics *metrics;
    uint64_t run, run_before; /* ours; who wrote the books that we went on with */
    bool named;               /* the cluster has had books of ours since */
    bool ending;              /* the goodbyes are said */
    char books_queue[AMQP_URI_WORD + 8], lock_queue[AMQP_URI_WORD + 8];
    struct publish publish;
    struct consume consume;
    uint64_t appended, synced; /* articles and copies; of them, up to the last sync */
    uint64_t fresh_bytes;      /* appended since */
    struct backlog_books books;
    struct backlog_books batch_books; /* when the batch began, and before what ended since */
    uint64_t unseen;                  /* in flight, and not come out yet */
    uint64_t measured_articles, measured_bytes; /* that came out lately */
    bool books_changed;                         /* since they were last written */
    bool books_out;          /* written and not confirmed; a batch waits for it */
    uint64_t books_tag;      /* theirs */
    int64_t books_ms;        /* when they were written */
    int64_t batch_ms;        /* since when the batch waits */
    struct buffer record;    /* they, as bytes */
    struct buffer lately[2]; /* ids acknowledged in this stretch of time, and in the one before */
    int64_t lately_ms;
};

/* ---- amqp_publish.c ---- */

enum status publish_open(struct amqp *amqp, struct fault *fault) MUST_CHECK;
void publish_close(struct amqp *amqp);
enum status publish_append(struct amqp *amqp, struct slice envelope, struct slice article,
                           struct fault *fault) MUST_CHECK;
/* Articles that move are so many that no more should come out. */
bool publish_is_crowded(const struct amqp *amqp);
/* The number of the next move; 0: a record so long cannot be moved now. */
uint64_t publish_next_move(const struct amqp *amqp, size_t len);
/* Publishes an article again under its id. Takes the record, which is malloc'd. */
void publish_move(struct amqp *amqp, struct amqp_id id, char *record, size_t len);
/* A message for the books' queue; false when it cannot be sent now. */
bool publish_books(struct amqp *amqp, struct slice record, uint64_t *tag);
/* The article of that number, while it is unconfirmed. */
struct unconfirmed *publish_find(struct amqp *amqp, uint64_t number);
void publish_look(struct amqp *amqp);

/* ---- amqp_consume.c ---- */

enum status consume_open(struct amqp *amqp, uint32_t prefetch, struct fault *fault) MUST_CHECK;
void consume_close(struct amqp *amqp);
void consume_look(struct amqp *amqp);
/* The article that was published again by that move is with the cluster. */
void consume_moved(struct amqp *amqp, struct amqp_id id, uint64_t move);
/* Reads on or pauses, by what is held and what moves. */
void consume_pace(struct amqp *amqp);

/* ---- amqp_settle.c: books, then acknowledgements ---- */

void settle_count(struct amqp *amqp);
/* Writes the books when something in them changed, and acknowledges what they count. */
void settle(struct amqp *amqp);
/* The books with that tag are with the cluster. */
void settle_confirmed(struct amqp *amqp, uint64_t tag, bool multiple);
/* What the books' queue had when we took over, or had the queue again: ours go on, unless another
 * run wrote there. */
void settle_begin(struct amqp *amqp, struct slice record, uint64_t depth);
/* Another run wrote these. */
bool settle_is_other(const struct amqp *amqp, struct slice record);
/* Books that were under way are lost. */
void settle_lost(struct amqp *amqp);

#endif
