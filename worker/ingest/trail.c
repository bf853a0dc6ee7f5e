/* A function for each thing that happens. */
#include "worker/ingest/trail.h"

#include "common/log.h"

void trail_accepted(const struct envelope *envelope, const struct article *article, size_t bytes,
                    bool duplicate)
{
    struct slice id = article ? article->id : SLICE_NULL;
    struct slice source = article ? article->source : SLICE_NULL;
    if (!log_follows_articles())
        return;
    if (duplicate)
        log_article(&envelope->article, "duplicate", log_slice("id", id),
                    log_int("bytes", (int64_t)bytes));
    else
        log_article(&envelope->article, envelope->replay ? "accepted again" : "accepted",
                    log_uuid("key", &envelope->key), log_slice("id", id),
                    log_slice("source", source), log_int("bytes", (int64_t)bytes));
}

void trail_delivered(const struct member *member, const struct dispatch_delivery *delivery)
{
    if (!log_follows_articles())
        return;
    log_article(&delivery->name->article, "delivered", log_uuid("key", &delivery->name->key),
                log_text("to", workers_role_name(member->role)), log_int("pid", member->pid),
                log_text("host", member->host), log_int("attempt", delivery->attempt),
                log_int("lease", (int64_t)delivery->lease),
                log_slice("dead", delivery->dead ? delivery->dead_code : SLICE_NULL));
}

void trail_refused(const struct member *member, const struct dispatch_name *name,
                   const struct link_refuse *refusal)
{
    if (!log_follows_articles())
        return;
    log_article(&name->article, refusal->retry ? "put back" : "refused",
                log_uuid("key", &name->key), log_text("by", workers_role_name(member->role)),
                log_int("pid", member->pid), log_slice("code", refusal->code),
                log_slice("sqlstate", refusal->sqlstate), log_slice("why", refusal->message));
}

struct leaving {
    const struct member *member;
    bool died;
};

static void left(void *user, const struct dispatch_delivery *delivery)
{
    const struct leaving *leaving = user;
    const struct member *member = leaving->member;
    log_article(&delivery->name->article, leaving->died ? "its worker died" : "given back",
                log_uuid("key", &delivery->name->key),
                log_text("by", workers_role_name(member->role)), log_int("pid", member->pid),
                log_int("lease", (int64_t)delivery->lease));
}

void trail_left(const struct member *member, bool died)
{
    struct leaving leaving = {member, died};
    if (log_follows_articles())
        dispatch_each_held(member->worker, left, &leaving);
}

void trail_finished(const struct dispatch_end *end)
{
    if (log_follows_articles())
        log_article(&end->name.article, "finished", log_uuid("key", &end->name.key),
                    log_slice("outcome", end->outcome));
}
