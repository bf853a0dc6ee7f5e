/* How things stand: the stages of all nodes added up, and what holds them up. */
#include <math.h>

#include "worker/cli/standing.h"

static struct link_stage *find(struct link_stage *stages, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(stages[i].stage, name))
            return &stages[i];
    return NULL;
}

static void add(struct link_stage *sum, const struct link_stage *stage)
{
    sum->ready += stage->ready;
    sum->leased += stage->leased;
    sum->waiting += stage->waiting;
    sum->rate += isnan(stage->rate) ? 0 : stage->rate;
    if (stage->oldest_ms > sum->oldest_ms) /* FIELD_NONE is the least */
        sum->oldest_ms = stage->oldest_ms;
}

size_t standing_stages(const struct standing *standing, struct link_stage out[STANDING_STAGES_MAX])
{
    size_t count = 0;
    for (size_t n = 0; n < standing->node_count; n++) {
        const struct field_list *stages = &standing->nodes[n]->stages;
        for (size_t i = 0; i < stages->count; i++) {
            const struct link_stage *stage = field_at(*stages, struct link_stage, i);
            struct link_stage *sum = find(out, count, stage->stage);
            if (!sum && count < STANDING_STAGES_MAX) {
                sum = &out[count++];
                *sum = (struct link_stage){.stage = stage->stage, .oldest_ms = FIELD_NONE};
            }
            if (sum)
                add(sum, stage);
        }
    }
    return count;
}

struct standing_bottleneck standing_bottleneck(const struct standing *standing)
{
    struct standing_bottleneck found = {SLICE_NULL, SLICE_NULL};
    for (size_t i = 0; i < standing->node_count; i++) {
        const struct link_status *node = standing->nodes[i];
        bool held = node->bottleneck.data && !slice_is(node->bottleneck, "none") &&
                    !slice_is(node->bottleneck, "producers");
        if (held || !found.stage.data || slice_is(found.stage, "none"))
            found = (struct standing_bottleneck){node->bottleneck, node->bottleneck_why};
        if (held)
            break;
    }
    return found;
}

static json_t *text(struct slice slice)
{
    return slice.data ? json_stringn(slice.data, slice.len) : json_null();
}

json_t *standing_bottleneck_json(const struct standing *standing)
{
    struct standing_bottleneck found = standing_bottleneck(standing);
    if (!found.stage.data)
        return json_null();
    return json_pack("{s:o, s:o}", "stage", text(found.stage), "why", text(found.why));
}

json_t *standing_stages_json(const struct standing *standing)
{
    struct link_stage stages[STANDING_STAGES_MAX];
    size_t count = standing_stages(standing, stages);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            list,
            json_pack("{s:o, s:I, s:I, s:I, s:o, s:f}", "stage", text(stages[i].stage), "ready",
                      (json_int_t)stages[i].ready, "leased", (json_int_t)stages[i].leased,
                      "waiting", (json_int_t)stages[i].waiting, "oldest_ms",
                      stages[i].oldest_ms == FIELD_NONE
                          ? json_null()
                          : json_integer((json_int_t)stages[i].oldest_ms),
                      "rate", stages[i].rate));
    return list;
}
