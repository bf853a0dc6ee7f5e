/* One question to each node. */
#include "worker/cli/trace_ask.h"

#include <assert.h>
#include <string.h>

#include "worker/cli/nodes.h"

_Static_assert(sizeof(struct link_asked) == sizeof(struct uuid), "an array of one is of the other");

/* The articles that are known by now, and the name itself. */
static size_t asked(const struct trace_way *way, struct uuid out[TRACE_ARTICLES_MAX + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < way->article_count; i++)
        count += uuid_parse(slice_from(way->articles[i]), &out[count]);
    if (count < TRACE_ARTICLES_MAX)
        count += uuid_parse(way->name, &out[count]);
    return count;
}

static void take(struct trace_way *way, int64_t now_ms, const struct link_traced *traced)
{
    char article[UUID_TEXT_BYTES], key[UUID_TEXT_BYTES];
    uuid_format(&traced->article, article);
    uuid_format(&traced->key, key);
    way->by_key = way->by_key || slice_is(way->name, key);
    trace_way_article(way, article);
    json_t *fields =
        json_pack("{s:s, s:s, s:s, s:s, s:s%, s:s%, s:i}", "role", "ingest", "message", "in flight",
                  "article", article, "key", key, "stage", traced->stage.data, traced->stage.len,
                  "state", traced->state.data, traced->state.len, "attempt", (int)traced->attempt);
    if (fields && traced->pid != FIELD_NONE) {
        (void)json_object_set_new(fields, "pid", json_integer(traced->pid));
        (void)json_object_set_new(fields, "host",
                                  json_stringn(traced->host.data, traced->host.len));
        (void)json_object_set_new(fields, "us", json_integer(traced->held_ms * 1000));
    }
    if (fields && traced->dead.data)
        (void)json_object_set_new(fields, "dead",
                                  json_stringn(traced->dead.data, traced->dead.len));
    trace_way_add(way, now_ms, fields);
}

/* An article named twice, by its article and by its key, comes twice. */
static bool is_new(const struct link_status *node, size_t index)
{
    const struct link_traced *traced = field_at(node->traced, struct link_traced, index);
    for (size_t i = 0; i < index; i++)
        if (uuid_equal(&field_at(node->traced, struct link_traced, i)->key, &traced->key))
            return false;
    return true;
}

static enum status ask_all(struct nodes *nodes, const struct uuid *articles, size_t count,
                           struct fault *fault)
{
    for (size_t i = 0; i < nodes->standing.asked; i++)
        if (ask_about(nodes->asks[i], articles, count) != STATUS_OK)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a question");
    return nodes_ask(nodes, fault);
}

void trace_ask(const struct options *options, struct trace_way *way, int64_t now_ms)
{
    struct uuid articles[TRACE_ARTICLES_MAX + 1];
    struct folder_ingest ingest;
    struct nodes nodes;
    struct fault fault;
    size_t count = asked(way, articles);
    bool runs =
        options_text(options, "work") || folder_read_ingest(options_text(options, "data"), &ingest);
    if (count == 0 || !runs)
        return;
    enum status status = nodes_open(&nodes, options, &fault);
    if (status == STATUS_OK)
        status = ask_all(&nodes, articles, count, &fault);
    for (size_t n = 0; status == STATUS_OK && n < nodes.standing.node_count; n++) {
        const struct link_status *node = nodes.standing.nodes[n];
        for (size_t i = 0; i < node->traced.count; i++)
            if (is_new(node, i))
                take(way, now_ms, field_at(node->traced, struct link_traced, i));
    }
    if (status != STATUS_OK)
        (void)fprintf(stderr, "newsmill: without what ingest knows: %s\n", fault.message);
    nodes_close(&nodes);
}
