/* Leases: who works on what. */
#include "worker/ingest/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "worker/ingest/dispatch_state.h"

#define RETRY_BASE_MS  100
#define RETRY_CAP_MS   30000
#define DEATHS_SUSPECT 2 /* there at this many deaths: solo from then on */
#define CHARGES_DEAD   3 /* deaths of its doing that make a dead letter */

/* ---- making and ending ---- */

struct dispatch *dispatch_new(const struct dispatch_options *options)
{
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);
    if (!dispatch)
        return NULL;
    dispatch->options = *options;
    dispatch->entries = calloc(options->window_messages, sizeof *dispatch->entries);
    dispatch->free_entries = calloc(options->window_messages, sizeof *dispatch->free_entries);
    dispatch->ready_analysis = fair_new(options->window_messages, options->salt);
    if (!dispatch->entries || !dispatch->free_entries || !dispatch->ready_analysis) {
        dispatch_free(dispatch);
        return NULL;
    }
    for (uint32_t i = options->window_messages; i > 0; i--)
        dispatch->free_entries[dispatch->free_count++] = &dispatch->entries[i - 1];
    return dispatch;
}

static void entry_release(struct dispatch *dispatch, struct entry *entry)
{
    bus_frame_deinit(&entry->envelope);
    bus_frame_deinit(&entry->article);
    if (entry->has_result)
        bus_frame_deinit(&entry->result);
    free(entry->reason);
    dispatch->article_bytes -= entry->article_bytes;
    dispatch->result_bytes -= entry->result_bytes;
    *entry = (struct entry){.lease = 0};
    dispatch->free_entries[dispatch->free_count++] = entry;
}

void dispatch_free(struct dispatch *dispatch)
{
    if (!dispatch)
        return;
    for (uint32_t i = 0; dispatch->entries && i < dispatch->options.window_messages; i++)
        if (dispatch->entries[i].active)
            entry_release(dispatch, &dispatch->entries[i]);
    free(dispatch->entries);
    free(dispatch->free_entries);
    fair_free(dispatch->ready_analysis);
    free(dispatch);
}

bool dispatch_has_room(const struct dispatch *dispatch)
{
    return dispatch->free_count > 0 && dispatch->article_bytes < dispatch->options.window_bytes / 2;
}

/* ---- readiness ---- */

static void make_ready(struct dispatch *dispatch, struct entry *entry, bool front)
{
    bool solo = entry->deaths >= DEATHS_SUSPECT;
    if (entry->stage == ROLE_ANALYZE && !solo) {
        uint32_t item = (uint32_t)(entry - dispatch->entries);
        (front ? fair_push_front : fair_push)(dispatch->ready_analysis, entry->lane, entry->flow,
                                              item, (uint32_t)entry->article_bytes);
        return;
    }
    struct list *list = solo ? &dispatch->solo[entry->stage] : &dispatch->ready_storage;
    (front ? list_push_front : list_push)(list, entry);
}

static struct slice keep_text(struct reason *reason, size_t *at, struct slice text)
{
    if (!text.data)
        return SLICE_NULL;
    char *to = reason->text + *at;
    if (text.len)
        memcpy(to, text.data, text.len);
    *at += text.len;
    return (struct slice){to, text.len};
}

/* Turns an entry (on no list) into a dead letter for storage. Without memory for the words it keeps
 * the bare fact. */
static void make_dead(struct dispatch *dispatch, struct entry *entry, struct reason words,
                      int64_t wall_ms)
{
    size_t len = words.stage.len + words.code.len + words.sqlstate.len + words.message.len, at = 0;
    struct reason *reason = malloc(sizeof *reason + len + 1);
    if (reason) {
        reason->stage = keep_text(reason, &at, words.stage);
        reason->code = keep_text(reason, &at, words.code);
        reason->sqlstate = keep_text(reason, &at, words.sqlstate);
        reason->message = keep_text(reason, &at, words.message);
        reason->wall_ms = wall_ms;
        reason->attempts = words.attempts;
        free(entry->reason);
        entry->reason = reason;
    }
    if (entry->has_result) {
        bus_frame_deinit(&entry->result);
        dispatch->result_bytes -= entry->result_bytes;
        entry->has_result = false;
        entry->result_bytes = 0;
    }
    entry->stage = ROLE_STORE;
    entry->attempt = entry->failures = entry->deaths = entry->charges = 0;
    backoff_reset(&entry->backoff);
    make_ready(dispatch, entry, false);
}

enum status dispatch_admit(struct dispatch *dispatch, const struct dispatch_article *article)
{
    struct entry *entry = dispatch->free_entries[dispatch->free_count - 1];
    *entry = (struct entry){.name = article->name,
                            .sequence = article->sequence,
                            .tag = article->tag,
                            .stage = ROLE_ANALYZE,
                            .lane = article->lane,
                            .flow = article->flow,
                            .replay = article->replay,
                            .received_ms = article->received_ms};
    entry->backoff = (struct backoff){.base_ms = RETRY_BASE_MS, .cap_ms = RETRY_CAP_MS};
    if (bus_frame_copy(&entry->envelope, article->envelope) != STATUS_OK)
        return STATUS_FATAL;
    if (bus_frame_copy(&entry->article, article->article) != STATUS_OK) {
        bus_frame_deinit(&entry->envelope);
        return STATUS_FATAL;
    }
    entry->active = true;
    dispatch->free_count--;
    entry->article_bytes = (int64_t)(article->envelope.len + article->article.len);
    dispatch->article_bytes += entry->article_bytes;
    if (article->refused_code.data)
        make_dead(dispatch, entry,
                  (struct reason){.stage = SLICE_LITERAL("ingest"),
                                  .code = article->refused_code,
                                  .message = article->refused_message},
                  article->received_ms);
    else
        make_ready(dispatch, entry, false);
    return STATUS_OK;
}

/* ---- workers ---- */

static bool has_credit(const struct worker *worker)
{
    return worker->outstanding.count < worker->credit_messages &&
           (worker->outstanding_bytes < worker->credit_bytes || worker->outstanding.count == 0);
}

static int64_t weight(const struct entry *entry)
{
    return entry->article_bytes + entry->result_bytes;
}

/* One that is heavier than the whole window still fits into empty hands. */
static bool has_credit_for(const struct worker *worker, const struct entry *entry)
{
    return worker->outstanding.count == 0 ||
           worker->outstanding_bytes + weight(entry) <= worker->credit_bytes;
}

/* Puts the worker where its credit says: in the queue or out of it. */
static void worker_settle(struct dispatch *dispatch, struct worker *worker)
{
    bool wanted = has_credit(worker) && dispatch->reserved[worker->role] != worker;
    if (wanted && !worker->queued)
        queue_push(&dispatch->available[worker->role], worker);
    else if (!wanted && worker->queued)
        queue_remove(&dispatch->available[worker->role], worker);
}

struct worker *dispatch_join(struct dispatch *dispatch, enum role role, void *user)
{
    (void)dispatch;
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker) {
        worker->role = role;
        worker->user = user;
    }
    return worker;
}

void dispatch_credit(struct dispatch *dispatch, struct worker *worker, uint32_t messages,
                     int64_t bytes)
{
    worker->credit_messages = messages;
    worker->credit_bytes = bytes;
    if (messages == 0 && dispatch->reserved[worker->role] == worker)
        dispatch->reserved[worker->role] = NULL;
    worker_settle(dispatch, worker);
}

uint32_t dispatch_outstanding(const struct worker *worker)
{
    return worker->outstanding.count;
}

void *dispatch_user(const struct worker *worker)
{
    return worker->user;
}

static struct entry *find_lease(struct dispatch *dispatch, uint64_t lease)
{
    uint64_t slot = lease & 0xffffff;
    if (lease == 0 || slot >= dispatch->options.window_messages)
        return NULL;
    struct entry *entry = &dispatch->entries[slot];
    return entry->lease == lease ? entry : NULL;
}

/* Takes a leased entry out of its holder's hands; it is on no list then. */
static void unlease(struct dispatch *dispatch, struct entry *entry)
{
    struct worker *worker = entry->holder;
    list_remove(entry);
    worker->outstanding_bytes -= weight(entry);
    entry->holder = NULL;
    entry->lease = 0;
    worker_settle(dispatch, worker);
}

static void wait_for_retry(struct dispatch *dispatch, struct entry *entry, int64_t now_ms)
{
    entry->due_ms = now_ms + backoff_next(&entry->backoff, backoff_random());
    list_push(&dispatch->waiting, entry);
}

/* Whose doing a death was, as far as is known. */
enum blame { BLAME_NONE, BLAME_UNKNOWN, BLAME_CERTAIN };

/* Its worker died with it: free, suspect, charged, or dead. One that was charged waits before it is
 * tried again: solos go first, and it must not kill every worker that comes before the others had
 * one. A dead letter that kills storage stays one, ever more rarely tried; it has nowhere else to
 * go. */
static void returned_by_death(struct dispatch *dispatch, struct entry *entry, enum blame blame,
                              int64_t now_ms, int64_t wall_ms)
{
    static const char *const stages[ROLES] = {"analysis", "storage"};
    bool charged = blame == BLAME_CERTAIN || entry->leased_solo;
    entry->deaths += blame == BLAME_UNKNOWN || charged;
    entry->charges += charged;
    if (charged && entry->deaths < DEATHS_SUSPECT)
        entry->deaths = DEATHS_SUSPECT;
    if (entry->charges >= CHARGES_DEAD && !entry->reason)
        make_dead(dispatch, entry,
                  (struct reason){.stage = slice_from(stages[entry->stage]),
                                  .code = SLICE_LITERAL("worker-crash"),
                                  .attempts = entry->failures + entry->charges,
                                  .message = SLICE_LITERAL("Workers died while working on it.")},
                  wall_ms);
    else if (charged)
        wait_for_retry(dispatch, entry, now_ms);
    else
        make_ready(dispatch, entry, true);
}

void dispatch_working_on(struct worker *worker, uint64_t lease)
{
    worker->working_on = lease;
}

void dispatch_leave(struct dispatch *dispatch, struct worker *worker, bool died, int64_t now_ms,
                    int64_t wall_ms)
{
    worker->credit_messages = 0;
    if (dispatch->reserved[worker->role] == worker)
        dispatch->reserved[worker->role] = NULL;
    worker_settle(dispatch, worker);
    dispatch->deaths += died;
    const struct entry *guilty = find_lease(dispatch, worker->working_on);
    bool known = guilty && guilty->holder == worker;
    /* From the last to the first, each put in front: the order they had. */
    while (worker->outstanding.last) {
        struct entry *entry = worker->outstanding.last;
        unlease(dispatch, entry);
        if (died)
            returned_by_death(dispatch, entry,
                              !known            ? BLAME_UNKNOWN
                              : entry == guilty ? BLAME_CERTAIN
                                                : BLAME_NONE,
                              now_ms, wall_ms);
        else
            make_ready(dispatch, entry, true);
    }
    free(worker);
}

/* ---- handing out ---- */

static void wake_due(struct dispatch *dispatch, int64_t now_ms)
{
    for (struct entry *entry = dispatch->waiting.first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->due_ms <= now_ms) {
            list_remove(entry);
            make_ready(dispatch, entry, false);
        }
    }
}

int64_t dispatch_due_ms(const struct dispatch *dispatch)
{
    int64_t due = -1;
    for (const struct entry *entry = dispatch->waiting.first; entry; entry = entry->next)
        if (due < 0 || entry->due_ms < due)
            due = entry->due_ms;
    return due;
}

/* An idle worker for a solo delivery; while none is idle, one is reserved and runs empty. */
static struct worker *solo_worker(struct dispatch *dispatch, enum role role)
{
    struct worker *worker = dispatch->reserved[role];
    if (!worker) {
        worker = dispatch->available[role].first;
        for (struct worker *other = worker; other; other = other->next)
            if (other->outstanding.count == 0) {
                worker = other;
                break;
            }
        if (!worker)
            return NULL;
        dispatch->reserved[role] = worker;
        worker_settle(dispatch, worker);
    }
    return worker->outstanding.count == 0 ? worker : NULL;
}

static void release_reserved(struct dispatch *dispatch, enum role role)
{
    struct worker *worker = dispatch->reserved[role];
    if (!worker || dispatch->solo[role].count > 0 ||
        (worker->outstanding.first && worker->outstanding.first->leased_solo))
        return;
    dispatch->reserved[role] = NULL;
    worker_settle(dispatch, worker);
}

/* The entry is in no place any more. */
static void lease(struct dispatch *dispatch, struct entry *entry, struct worker *worker, bool solo)
{
    entry->holder = worker;
    entry->attempt++;
    entry->leased_solo = solo;
    entry->leased_ms = dispatch->now_ms;
    /* The slot in the low bits finds the entry again, the serial tells leases of a slot apart. */
    entry->lease = ++dispatch->serial << 24 | (uint64_t)(entry - dispatch->entries);
    list_push(&worker->outstanding, entry);
    worker->outstanding_bytes += weight(entry);
    /* To the back of the queue, so that the next lease goes to the next worker. */
    if (worker->queued)
        queue_remove(&dispatch->available[worker->role], worker);
    worker_settle(dispatch, worker);
}

void dispatch_describe(const struct entry *entry, struct dispatch_delivery *delivery)
{
    *delivery = (struct dispatch_delivery){
        .name = &entry->name,
        .worker = entry->holder,
        .lease = entry->lease,
        .attempt = entry->attempt,
        .solo = entry->leased_solo,
        .envelope = &entry->envelope,
        .article = &entry->article,
        .result = entry->has_result ? &entry->result : NULL,
        .dead = entry->stage == ROLE_STORE && !entry->has_result,
        .dead_stage = SLICE_LITERAL("ingest"),
        .dead_code = SLICE_LITERAL("out-of-memory"),
    };
    const struct reason *reason = entry->reason;
    if (!reason)
        return;
    delivery->dead_stage = reason->stage;
    delivery->dead_code = reason->code;
    delivery->dead_sqlstate = reason->sqlstate;
    delivery->dead_message = reason->message;
    delivery->dead_ms = reason->wall_ms;
    delivery->dead_attempts = reason->attempts;
}

/* The one whose turn it is; NULL when none is ready. */
static struct entry *next_ready(const struct dispatch *dispatch, enum role role)
{
    uint32_t item;
    if (role == ROLE_STORE)
        return dispatch->ready_storage.first;
    return fair_peek(dispatch->ready_analysis, &item) ? &dispatch->entries[item] : NULL;
}

static bool next_of_role(struct dispatch *dispatch, enum role role,
                         struct dispatch_delivery *delivery)
{
    if (dispatch->solo[role].count > 0) {
        struct worker *worker = solo_worker(dispatch, role);
        if (worker) {
            struct entry *entry = dispatch->solo[role].first;
            list_remove(entry);
            lease(dispatch, entry, worker, true);
            dispatch_describe(entry, delivery);
            return true;
        }
    }
    struct entry *entry = next_ready(dispatch, role);
    struct worker *worker = dispatch->available[role].first;
    while (entry && worker && !has_credit_for(worker, entry))
        worker = worker->next;
    if (!entry || !worker)
        return false;
    if (role == ROLE_STORE)
        list_remove(entry);
    else
        fair_pop(dispatch->ready_analysis);
    lease(dispatch, entry, worker, false);
    dispatch_describe(entry, delivery);
    return true;
}

bool dispatch_next(struct dispatch *dispatch, int64_t now_ms, struct dispatch_delivery *delivery)
{
    dispatch->now_ms = now_ms;
    if (dispatch->waiting.first)
        wake_due(dispatch, now_ms);
    for (int role = 0; role < ROLES; role++)
        release_reserved(dispatch, (enum role)role);
    /* Storage first: it frees memory. Analysis only while its results have room. */
    if (next_of_role(dispatch, ROLE_STORE, delivery))
        return true;
    return dispatch->result_bytes < dispatch->options.window_bytes / 2 &&
           next_of_role(dispatch, ROLE_ANALYZE, delivery);
}

bool dispatch_peek(struct dispatch *dispatch, uint64_t lease, struct dispatch_delivery *delivery)
{
    const struct entry *entry = find_lease(dispatch, lease);
    if (entry)
        dispatch_describe(entry, delivery);
    return entry != NULL;
}

void dispatch_each_held(const struct worker *worker, dispatch_call *call, void *user)
{
    struct dispatch_delivery delivery;
    for (const struct entry *entry = worker->outstanding.first; entry; entry = entry->next) {
        dispatch_describe(entry, &delivery);
        call(user, &delivery);
    }
}

void dispatch_undo(struct dispatch *dispatch, uint64_t lease)
{
    struct entry *entry = find_lease(dispatch, lease);
    if (!entry)
        return;
    unlease(dispatch, entry);
    entry->attempt--;
    make_ready(dispatch, entry, true);
}

/* ---- answers ---- */

/* The entry of an answer; NULL, counted, when it is stale. */
static struct entry *answered(struct dispatch *dispatch, const struct worker *worker,
                              uint64_t lease, uint32_t attempt)
{
    struct entry *entry = find_lease(dispatch, lease);
    if (entry && entry->holder == worker && entry->attempt == attempt)
        return entry;
    dispatch->stale++;
    return NULL;
}

static enum dispatch_verdict analyzed(struct dispatch *dispatch, struct entry *entry,
                                      const struct bus_frame *result)
{
    unlease(dispatch, entry);
    bus_frame_keep(&entry->result, result);
    entry->has_result = true;
    entry->result_bytes = (int64_t)bus_frame_slice(result).len;
    dispatch->result_bytes += entry->result_bytes;
    dispatch->analyzed++;
    entry->stage = ROLE_STORE;
    entry->attempt = entry->failures = entry->deaths = entry->charges = 0;
    backoff_reset(&entry->backoff);
    make_ready(dispatch, entry, false);
    return DISPATCH_GOING_ON;
}

/* A word that does not fit is a worker's bug; taking it for "stored" would lose the article. */
static bool outcome_fits(const struct entry *entry, struct slice outcome,
                         const struct bus_frame *result)
{
    if (entry->stage == ROLE_ANALYZE)
        return result && slice_is(outcome, "analyzed");
    return slice_is(outcome, "stored") || slice_is(outcome, "duplicate") ||
           slice_is(outcome, "dead");
}

enum dispatch_verdict dispatch_done(struct dispatch *dispatch, struct worker *worker,
                                    const struct link_outcome *outcome,
                                    const struct bus_frame *result, struct dispatch_end *end)
{
    struct entry *entry = answered(dispatch, worker, outcome->lease, outcome->attempt);
    if (!entry)
        return DISPATCH_STALE;
    if (!outcome_fits(entry, outcome->outcome, result)) {
        dispatch->stale++;
        return DISPATCH_STALE;
    }
    if (entry->stage == ROLE_ANALYZE)
        return analyzed(dispatch, entry, result);
    unlease(dispatch, entry);
    end->name = entry->name;
    end->sequence = entry->sequence;
    end->tag = entry->tag;
    end->replay = entry->replay;
    /* However storage calls it when it has that dead letter already. */
    end->outcome = entry->has_result ? outcome->outcome : SLICE_LITERAL("dead");
    entry_release(dispatch, entry);
    return DISPATCH_FINISHED;
}

enum dispatch_verdict dispatch_refused(struct dispatch *dispatch, struct worker *worker,
                                       const struct link_refuse *refusal, int64_t now_ms,
                                       int64_t wall_ms)
{
    struct entry *entry = answered(dispatch, worker, refusal->lease, refusal->attempt);
    if (!entry)
        return DISPATCH_STALE;
    unlease(dispatch, entry);
    /* Not looked at: the worker had no room for it. That is not the article's doing. */
    bool unseen = refusal->retry && slice_is(refusal->stage, LINK_STAGE);
    bool used_up = !unseen && entry->stage == ROLE_ANALYZE &&
                   entry->failures + 1 >= dispatch->options.attempts;
    /* A dead letter has nowhere else to go, and a database that is away keeps everything waiting.
     */
    if (entry->reason || (refusal->retry && !used_up)) {
        dispatch->retries++;
        entry->failures += !unseen;
        wait_for_retry(dispatch, entry, now_ms);
    } else {
        make_dead(dispatch, entry,
                  (struct reason){.stage = refusal->stage,
                                  .code = refusal->code,
                                  .sqlstate = refusal->sqlstate,
                                  .attempts = entry->failures + entry->charges + 1,
                                  .message = refusal->message},
                  wall_ms);
    }
    return DISPATCH_GOING_ON;
}

int64_t dispatch_oldest_ms(const struct dispatch *dispatch)
{
    const struct entry *oldest = NULL;
    for (uint32_t i = 0; i < dispatch->options.window_messages; i++) {
        const struct entry *entry = &dispatch->entries[i];
        if (entry->active && (!oldest || entry->sequence < oldest->sequence))
            oldest = entry;
    }
    return oldest ? oldest->received_ms : -1;
}

struct dispatch_counts dispatch_counts(const struct dispatch *dispatch)
{
    return (struct dispatch_counts){
        .active = dispatch->options.window_messages - dispatch->free_count,
        .ready_analysis = fair_count(dispatch->ready_analysis) + dispatch->solo[ROLE_ANALYZE].count,
        .ready_storage = dispatch->ready_storage.count + dispatch->solo[ROLE_STORE].count,
        .waiting = dispatch->waiting.count,
        .article_bytes = dispatch->article_bytes,
        .result_bytes = dispatch->result_bytes,
        .retries = dispatch->retries,
        .deaths = dispatch->deaths,
        .stale = dispatch->stale,
        .analyzed = dispatch->analyzed,
    };
}
