/* The ingest end of the link: who is there, what they hold, what they answer. */
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "proto/limits.h"
#include "worker/ingest/trail.h"
#include "worker/ingest/workers_state.h"

#define RECEIVES_PER_TURN 512
#define LAST_WORDS        65536 /* read before a worker that is gone is taken for dead */
#define WORKERS_MAX       4096
#define ARENA_BYTES       ((size_t)8 << 20)
#define BOOKS_EVERY_MS    1000
#define SEND_QUEUE        4096
#define EPOCH_RANDOM_BITS 20

/* ---- members ---- */

static uint32_t bucket_of(struct slice route)
{
    uint32_t hash = 2166136261u; /* FNV-1a: routing ids are five random bytes */
    for (size_t i = 0; i < route.len; i++)
        hash = (hash ^ (unsigned char)route.data[i]) * 16777619u;
    return hash % WORKERS_BUCKETS;
}

struct slice workers_route(const struct member *member)
{
    return (struct slice){member->route, member->route_len};
}

static struct member *member_find(const struct workers *workers, struct slice route)
{
    struct member *member = workers->buckets[bucket_of(route)];
    while (member && !slice_equal(workers_route(member), route))
        member = member->next;
    return member;
}

static void copy_text(char *to, size_t size, struct slice from)
{
    size_t len = from.len < size - 1 ? from.len : size - 1;
    if (len)
        memcpy(to, from.data, len);
    to[len] = '\0';
}

static struct member *member_add(struct ingest *ingest, struct slice route, enum role role)
{
    struct workers *workers = ingest->workers;
    if (workers->count == WORKERS_MAX || route.len > ROUTE_BYTES_MAX)
        return NULL;
    struct member *member = calloc(1, sizeof *member);
    if (!member)
        return NULL;
    member->worker = dispatch_join(ingest->dispatch, role, member);
    if (!member->worker) {
        free(member);
        return NULL;
    }
    memcpy(member->route, route.data, route.len);
    member->route_len = route.len;
    member->role = role;
    struct member **bucket = &workers->buckets[bucket_of(route)];
    member->next = *bucket;
    *bucket = member;
    workers->count++;
    return member;
}

const char *workers_role_name(enum role role)
{
    return role == ROLE_STORE ? LINK_STORE : LINK_ANALYZE;
}

/* The same process over another connection: then this one is not dead, only its old connection. */
static bool is_back(const struct workers *workers, const struct member *member)
{
    for (uint32_t i = 0; i < WORKERS_BUCKETS; i++)
        for (const struct member *other = workers->buckets[i]; other; other = other->next)
            if (other != member && other->role == member->role && other->pid == member->pid &&
                strcmp(other->host, member->host) == 0)
                return true;
    return false;
}

static void member_remove(struct ingest *ingest, struct member *member, bool died, const char *why)
{
    struct workers *workers = ingest->workers;
    uint32_t held = dispatch_outstanding(member->worker);
    died = died && !is_back(workers, member);
    struct member **at = &workers->buckets[bucket_of(workers_route(member))];
    while (*at != member)
        at = &(*at)->next;
    *at = member->next;
    workers->count--;
    log_write(died ? LOG_WARN : LOG_INFO, why,
              LOG_FIELDS(log_text("role", workers_role_name(member->role)),
                         log_int("pid", member->pid), log_text("host", member->host),
                         log_int("leases_returned", held)));
    trail_left(member, died);
    dispatch_leave(ingest->dispatch, member->worker, died, loop_now_ms(ingest->loop),
                   clock_wall_ms());
    free(member);
}

/* ---- sending ---- */

static enum status begin_message(struct bus_message *message, struct slice route,
                                 enum link_command command)
{
    char signature[LINK_SIGNATURE_BYTES];
    link_signature(command, signature);
    bus_message_init(message);
    enum status status = bus_message_add(message, route);
    if (status == STATUS_OK)
        status = bus_message_add(message, (struct slice){signature, sizeof signature});
    return status;
}

enum status workers_send(struct workers *workers, struct slice route, enum link_command command,
                         const struct field_table *table, const void *header)
{
    struct bus_message message;
    enum status status = begin_message(&message, route, command);
    if (status == STATUS_OK && table) {
        buffer_clear(&workers->header);
        fields_pack(table, header, &workers->header);
        status = buffer_failed(&workers->header)
                     ? STATUS_FATAL
                     : bus_message_add(&message, buffer_slice(&workers->header));
    }
    if (status == STATUS_OK)
        return bus_send(workers->socket, &message);
    bus_message_deinit(&message);
    return status;
}

static enum status send_delivery(struct workers *workers, const struct member *member,
                                 const struct dispatch_delivery *delivery)
{
    struct link_deliver header = {
        .epoch = workers->epoch,
        .lease = delivery->lease,
        .attempt = delivery->attempt,
        .solo = delivery->solo,
        .dead_ms = delivery->dead ? delivery->dead_ms : CLOCK_NONE,
    };
    if (delivery->dead) {
        header.dead_stage = delivery->dead_stage;
        header.dead_code = delivery->dead_code;
        header.dead_sqlstate = delivery->dead_sqlstate;
        header.dead_message = delivery->dead_message;
        header.dead_attempts = delivery->dead_attempts;
    }
    struct bus_message message;
    enum status status = begin_message(&message, workers_route(member), LINK_DELIVER);
    buffer_clear(&workers->header);
    fields_pack(&link_deliver_table, &header, &workers->header);
    if (status == STATUS_OK && !buffer_failed(&workers->header))
        status = bus_message_add(&message, buffer_slice(&workers->header));
    if (status == STATUS_OK)
        status = bus_message_share(&message, delivery->envelope);
    if (status == STATUS_OK)
        status = bus_message_share(&message, delivery->article);
    if (status == STATUS_OK && delivery->result)
        status = bus_message_share(&message, delivery->result);
    if (status == STATUS_OK)
        return bus_send(workers->socket, &message);
    bus_message_deinit(&message);
    return STATUS_RETRY;
}

static void bury_missed(struct ingest *ingest);

/* Gets nothing more; bury_missed() ends it. */
static void miss(struct ingest *ingest, struct member *member)
{
    member->missed = ingest->workers->missing = true;
    dispatch_credit(ingest->dispatch, member->worker, 0, 0);
}

void workers_deliver(struct ingest *ingest)
{
    struct dispatch_delivery delivery;
    int64_t now = loop_now_ms(ingest->loop);
    /* Bounded by the workers' credit. */
    while (dispatch_next(ingest->dispatch, now, &delivery)) {
        struct member *member = dispatch_user(delivery.worker);
        enum status status = send_delivery(ingest->workers, member, &delivery);
        if (status == STATUS_OK) {
            trail_delivered(member, &delivery);
            continue;
        }
        dispatch_undo(ingest->dispatch, delivery.lease);
        if (status == STATUS_RETRY)
            break; /* its queue is full in spite of the credit: next turn */
        miss(ingest, member);
    }
    bury_missed(ingest);
}

/* ---- receiving ---- */

void workers_count_stranger(struct ingest *ingest, const struct fault *fault)
{
    struct workers *workers = ingest->workers;
    int64_t now = loop_now_ms(ingest->loop);
    workers->strangers++;
    if (workers->stranger_logged_ms != 0 && now - workers->stranger_logged_ms < 1000)
        return;
    workers->stranger_logged_ms = now;
    log_warn("a stranger at the work socket", log_text("code", fault->code),
             log_text("why", fault->message), log_int("strangers", (int64_t)workers->strangers));
}

static void take_hello(struct ingest *ingest, struct member *member, struct slice route,
                       struct slice frame)
{
    struct workers *workers = ingest->workers;
    struct link_hello hello;
    if (link_header(&link_hello_table, frame, &workers->reader, &hello, workers->arena,
                    &ingest->fault) != STATUS_OK ||
        !(slice_is(hello.role, LINK_ANALYZE) || slice_is(hello.role, LINK_STORE))) {
        workers_count_stranger(ingest, &(struct fault){.code = "bad-hello",
                                                       .message = "A HELLO cannot be understood."});
        return;
    }
    bool is_new = !member;
    if (is_new)
        member =
            member_add(ingest, route, slice_is(hello.role, LINK_STORE) ? ROLE_STORE : ROLE_ANALYZE);
    if (!member) {
        log_warn("a worker was turned away", log_int("workers", workers->count));
        return;
    }
    copy_text(member->host, sizeof member->host, hello.host);
    copy_text(member->version, sizeof member->version, hello.version);
    member->pid = hello.pid;
    member->heard_ms = loop_now_ms(ingest->loop);
    member->credit_messages = hello.credit_messages;
    member->quiet = hello.credit_messages == 0;
    dispatch_credit(ingest->dispatch, member->worker, hello.credit_messages, hello.credit_bytes);
    if (is_new && member->role == ROLE_STORE)
        workers->told.accepted = UINT64_MAX; /* the one who was told may have died with it */
    if (is_new)
        log_info("a worker is here", log_text("role", workers_role_name(member->role)),
                 log_int("pid", member->pid), log_text("host", member->host));
    struct link_welcome welcome = {workers->epoch, slice_from(ingest->node),
                                   workers->options.heartbeat_ms, workers->options.silence_ms};
    (void)!workers_send(workers, workers_route(member), LINK_WELCOME, &link_welcome_table,
                        &welcome);
}

static enum backlog_outcome outcome_of(struct slice word)
{
    if (slice_is(word, "duplicate"))
        return BACKLOG_DUPLICATE;
    return slice_is(word, "dead") ? BACKLOG_DEAD : BACKLOG_STORED;
}

/* For those who watch; NULL: none. */
static const char *stage_passed(enum dispatch_verdict verdict, const struct dispatch_end *end)
{
    if (verdict == DISPATCH_STALE)
        return NULL;
    if (verdict == DISPATCH_GOING_ON)
        return LINK_ANALYZE;
    return slice_is(end->outcome, "dead") ? "dead" : LINK_STORE;
}

static void take_outcome(struct ingest *ingest, struct member *member,
                         const struct link_outcome *outcome, const struct bus_frame *result)
{
    struct dispatch_end end;
    taps_prepare(ingest, outcome, result);
    enum dispatch_verdict verdict =
        dispatch_done(ingest->dispatch, member->worker, outcome, result, &end);
    taps_finish(ingest, stage_passed(verdict, &end));
    if (verdict == DISPATCH_STALE)
        return;
    member->done++;
    if (verdict != DISPATCH_FINISHED)
        return;
    trail_finished(&end);
    if (end.replay)
        replays_finished(ingest);
    enum backlog_outcome how = outcome_of(end.outcome);
    if (how == BACKLOG_DEAD && end.tag)
        recent_remove(ingest->recent, end.tag);
    ingest->backlog.verbs->done(ingest->backlog.self, end.sequence, how);
}

/* An answer that cannot be read would leave its leases out for ever: the worker is taken for dead,
 * and told to start again. */
static void member_garbled(struct ingest *ingest, struct member *member, const char *code)
{
    char route[ROUTE_BYTES_MAX];
    size_t len = member->route_len;
    memcpy(route, member->route, len);
    log_error("a worker's answer cannot be read", log_text("code", code),
              log_int("pid", member->pid));
    member_remove(ingest, member, true, "a worker is garbled, taken for dead");
    (void)!workers_send(ingest->workers, (struct slice){route, len}, LINK_WHO, NULL, NULL);
}

static void take_done(struct ingest *ingest, struct member *member,
                      const struct bus_message *message)
{
    struct workers *workers = ingest->workers;
    struct link_done done;
    if (link_header(&link_done_table, bus_message_frame(message, 2), &workers->reader, &done,
                    workers->arena, &ingest->fault) != STATUS_OK) {
        member_garbled(ingest, member, ingest->fault.code);
        return;
    }
    if (done.epoch != workers->epoch) {
        workers->stale += done.outcomes.count;
        return;
    }
    /* One result is the result of one lease. */
    const struct bus_frame *result =
        message->count > 3 && done.outcomes.count == 1 ? &message->frames[3] : NULL;
    for (size_t i = 0; i < done.outcomes.count; i++)
        take_outcome(ingest, member, field_at(done.outcomes, struct link_outcome, i), result);
}

static void take_refusal(struct ingest *ingest, struct member *member, struct slice frame)
{
    struct workers *workers = ingest->workers;
    struct link_refuse refusal;
    if (link_header(&link_refuse_table, frame, &workers->reader, &refusal, workers->arena,
                    &ingest->fault) != STATUS_OK) {
        member_garbled(ingest, member, ingest->fault.code);
        return;
    }
    if (refusal.epoch != workers->epoch) {
        workers->stale++;
        return;
    }
    struct dispatch_delivery held;
    bool known = dispatch_peek(ingest->dispatch, refusal.lease, &held);
    const struct dispatch_name name = known ? *held.name : (struct dispatch_name){{{0}}, {{0}}};
    if (dispatch_refused(ingest->dispatch, member->worker, &refusal, loop_now_ms(ingest->loop),
                         clock_wall_ms()) == DISPATCH_STALE)
        return;
    member->failed++;
    trail_refused(member, &name, &refusal);
    if (!refusal.retry)
        log_warn("an article ends as a dead letter", log_uuid("article", &name.article),
                 log_slice("stage", refusal.stage), log_slice("code", refusal.code),
                 log_slice("sqlstate", refusal.sqlstate));
}

static void take_beat(struct ingest *ingest, struct member *member, struct slice frame)
{
    struct workers *workers = ingest->workers;
    struct link_beat beat;
    if (link_header(&link_beat_table, frame, &workers->reader, &beat, workers->arena,
                    &ingest->fault) != STATUS_OK)
        return;
    bool busy = beat.lease != 0 && beat.epoch == workers->epoch;
    dispatch_working_on(member->worker, busy ? beat.lease : 0);
    member->patience_ms = busy ? beat.busy_ms : 0;
}

/* ---- messages ---- */

static void take_known(struct ingest *ingest, struct member *member, enum link_command command,
                       const struct bus_message *message)
{
    member->heard_ms = loop_now_ms(ingest->loop);
    member->patience_ms = 0;
    switch (command) {
    case LINK_DONE:
        take_done(ingest, member, message);
        break;
    case LINK_REFUSE:
        take_refusal(ingest, member, bus_message_frame(message, 2));
        break;
    case LINK_BEAT:
        take_beat(ingest, member, bus_message_frame(message, 2));
        break;
    case LINK_BYE:
        member_remove(ingest, member, false, "a worker said goodbye");
        break;
    default: /* what only ingest says */
        break;
    }
}

static void take_message(struct ingest *ingest, const struct bus_message *message)
{
    struct workers *workers = ingest->workers;
    struct slice route = bus_message_frame(message, 0);
    enum link_command command;
    arena_reset(workers->arena);
    if (link_command_of(bus_message_frame(message, 1), &command, &ingest->fault) != STATUS_OK) {
        workers_count_stranger(ingest, &ingest->fault);
        return;
    }
    gate_heard(ingest->gate, message);
    struct member *member = member_find(workers, route);
    if (command == LINK_HELLO)
        take_hello(ingest, member, route, bus_message_frame(message, 2));
    else if (command == LINK_STATUS)
        workers_answer_status(ingest, route, bus_message_frame(message, 2));
    else if (command == LINK_QUIET || command == LINK_TERMINATE)
        workers_order(ingest, route, command, bus_message_frame(message, 2));
    else if (command == LINK_REPLAY)
        replays_take(ingest, message);
    else if (command == LINK_TAP)
        taps_take(ingest, message);
    else if (member)
        take_known(ingest, member, command, message);
    else if (command != LINK_BYE)
        (void)!workers_send(workers, route, LINK_WHO, NULL, NULL);
}

/* Takes what waits, `most` messages of it. */
static void take_messages(struct ingest *ingest, int most)
{
    struct bus_message message;
    for (int i = 0; i < most; i++) {
        if (bus_receive(ingest->workers->socket, &message) != STATUS_OK)
            return;
        take_message(ingest, &message);
        bus_message_deinit(&message);
    }
}

static void on_work(void *user)
{
    take_messages(user, RECEIVES_PER_TURN);
}

/* A connection that is closed cannot be sent to, but what came over it waits to be read: results,
 * and a goodbye perhaps. Who said none has died. */
static void bury_missed(struct ingest *ingest)
{
    struct workers *workers = ingest->workers;
    if (!workers->missing)
        return;
    workers->missing = false;
    take_messages(ingest, LAST_WORDS);
    for (uint32_t i = 0; i < WORKERS_BUCKETS; i++) {
        for (struct member *member = workers->buckets[i], *next; member; member = next) {
            next = member->next;
            if (member->missed)
                member_remove(ingest, member, true, "a worker is gone");
        }
    }
}

/* ---- timers ---- */

/* Beats go out; who cannot be reached or has been silent for too long is dead. */
static void on_beat(void *user)
{
    struct ingest *ingest = user;
    struct workers *workers = ingest->workers;
    struct link_beat beat = {.epoch = workers->epoch};
    int64_t now = loop_now_ms(ingest->loop);
    for (uint32_t i = 0; i < WORKERS_BUCKETS; i++) {
        for (struct member *member = workers->buckets[i], *next; member; member = next) {
            next = member->next;
            if (now - member->heard_ms > workers->options.silence_ms + member->patience_ms)
                member_remove(ingest, member, true, "a worker is silent, taken for dead");
            else if (workers_send(workers, workers_route(member), LINK_BEAT, &link_beat_table,
                                  &beat) == STATUS_REJECT)
                miss(ingest, member);
        }
    }
    bury_missed(ingest);
}

static bool books_equal(const struct link_books *a, const struct link_books *b)
{
    return a->accepted == b->accepted && a->stored == b->stored && a->duplicate == b->duplicate &&
           a->dead == b->dead && a->refused == b->refused;
}

/* One storage worker, whichever is found first, keeps this node's books in PostgreSQL. */
static void on_books(void *user)
{
    struct ingest *ingest = user;
    struct workers *workers = ingest->workers;
    struct link_books books = workers_books(ingest);
    if (books_equal(&books, &workers->told))
        return;
    for (uint32_t i = 0; i < WORKERS_BUCKETS; i++) {
        for (struct member *member = workers->buckets[i]; member; member = member->next) {
            if (member->role != ROLE_STORE || member->quiet)
                continue;
            if (workers_send(workers, workers_route(member), LINK_BOOKS, &link_books_table,
                             &books) == STATUS_OK)
                workers->told = books;
            return;
        }
    }
}

/* ---- opening ---- */

enum status workers_open(struct ingest *ingest, const struct workers_options *options,
                         struct fault *fault)
{
    struct workers *workers = calloc(1, sizeof *workers);
    ingest->workers = workers;
    if (workers)
        workers->arena = arena_new(ARENA_BYTES);
    if (!workers || !workers->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the link");
    workers->options = *options;
    /* Another one whatever the clock says: leases count from one again. */
    workers->epoch = (uint64_t)clock_wall_ms() << EPOCH_RANDOM_BITS |
                     (backoff_random() & ((1u << EPOCH_RANDOM_BITS) - 1));
    workers->told.accepted = UINT64_MAX;
    pack_reader_init(&workers->reader);
    buffer_init(&workers->header, (size_t)LIMIT_LINK_HEADER_BYTES * 8);
    struct bus_options bus = {.high_water_messages = SEND_QUEUE,
                              .message_bytes_max = LIMIT_RESULT_BYTES,
                              .linger_ms = 500};
    enum status status = bus_open(ingest->bus, BUS_ROUTER, bus, &workers->socket, fault);
    /* libzmq's own pings: its thread answers while the worker's is busy with a long article. */
    if (status == STATUS_OK)
        status = bus_heartbeat(workers->socket, options->heartbeat_ms, options->silence_ms, fault);
    if (status == STATUS_OK)
        status = gate_guard(ingest->gate, workers->socket, GATE_WORK, fault);
    if (status == STATUS_OK)
        status = bus_bind(workers->socket, options->work, fault);
    if (status != STATUS_OK)
        return status;
    loop_watch_socket(ingest->loop, workers->socket, on_work, ingest);
    (void)loop_every(ingest->loop, options->heartbeat_ms, on_beat, ingest);
    (void)loop_every(ingest->loop, BOOKS_EVERY_MS, on_books, ingest);
    return STATUS_OK;
}

void workers_close(struct ingest *ingest)
{
    struct workers *workers = ingest->workers;
    if (!workers)
        return;
    for (uint32_t i = 0; i < WORKERS_BUCKETS; i++)
        while (workers->buckets[i])
            /* It takes itself out of the bucket. NOLINTNEXTLINE */
            member_remove(ingest, workers->buckets[i], false, "a worker is left behind");
    bus_close(&workers->socket);
    buffer_deinit(&workers->header);
    pack_reader_deinit(&workers->reader);
    arena_free(workers->arena);
    free(workers);
    ingest->workers = NULL;
}

const char *workers_endpoint(const struct ingest *ingest)
{
    return bus_endpoint(ingest->workers->socket);
}

struct bus_socket *workers_socket(const struct ingest *ingest)
{
    return ingest->workers->socket;
}
