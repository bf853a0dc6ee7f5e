/* When to write, what belongs together, and who owns a content. */
#include "worker/storage/batch.h"

#include <stdlib.h>

void batch_init(struct batch *batch)
{
    *batch = (struct batch){.rows = NULL};
}

void batch_deinit(struct batch *batch)
{
    free(batch->rows);
    batch_init(batch);
}

enum status batch_add(struct batch *batch, const struct row *row, int64_t now_ms)
{
    if (batch->count == batch->capacity) {
        size_t capacity = batch->capacity ? batch->capacity * 2 : 64;
        struct row *bigger = realloc(batch->rows, capacity * sizeof *bigger);
        if (!bigger)
            return STATUS_FATAL;
        batch->rows = bigger;
        batch->capacity = capacity;
    }
    if (batch->count == 0)
        batch->since_ms = now_ms;
    batch->rows[batch->count++] = *row;
    batch->bytes += row->bytes;
    batch->solo = batch->solo || row->solo;
    return STATUS_OK;
}

bool batch_due(const struct batch *batch, const struct batch_limits *limits, int64_t now_ms)
{
    return batch->count > 0 &&
           (batch->solo || batch->count >= limits->rows || batch->bytes >= limits->bytes ||
            now_ms - batch->since_ms >= limits->age_ms);
}

int64_t batch_wait_ms(const struct batch *batch, const struct batch_limits *limits, int64_t now_ms)
{
    if (batch->count == 0)
        return -1;
    int64_t left = batch->since_ms + limits->age_ms - now_ms;
    return left > 0 ? left : 0;
}

size_t batch_take(const struct batch *batch, const struct batch_limits *limits)
{
    size_t taken = 0, bytes = 0;
    while (taken < batch->count && taken < limits->rows) {
        bytes += batch->rows[taken].bytes;
        if (taken > 0 && bytes > limits->bytes)
            break;
        taken++;
    }
    return taken;
}

void batch_compact(struct batch *batch, int64_t now_ms)
{
    size_t kept = 0;
    batch->since_ms = now_ms;
    batch->bytes = 0;
    batch->solo = false;
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->rows[i].delivery)
            continue;
        batch->rows[kept] = batch->rows[i];
        batch->bytes += batch->rows[kept].bytes;
        batch->solo = batch->solo || batch->rows[kept].solo;
        kept++;
    }
    batch->count = kept;
}

static int compare_uuid(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static int compare_content(const struct row *a, const struct row *b)
{
    int order = compare_uuid(&a->article, &b->article);
    return order ? order : compare_uuid(&a->content, &b->content);
}

static int compare_planned(const void *left, const void *right)
{
    const struct row *a = *(struct row *const *)left, *b = *(struct row *const *)right;
    if (a->dead != b->dead)
        return a->dead ? 1 : -1;
    int order = compare_content(a, b);
    return order ? order : compare_uuid(&a->key, &b->key);
}

size_t batch_plan(struct row **rows, size_t count)
{
    size_t living = 0;
    qsort(rows, count, sizeof *rows, compare_planned);
    for (size_t i = 0; i < count; i++) {
        struct row *row = rows[i];
        row->fresh = row->latest = row->owned = row->rewritten = false;
        row->revision = 0;
        row->fate = ROW_HELD;
        row->first = !row->dead && (i == 0 || compare_content(rows[i - 1], row) != 0);
        living += !row->dead;
    }
    return living;
}

struct row *batch_find(struct row **rows, size_t count, const struct uuid *article,
                       const struct uuid *content)
{
    const struct row wanted = {.article = *article, .content = *content};
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_content(rows[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && compare_content(rows[low], &wanted) == 0 ? rows[low] : NULL;
}

/* Rows of one article are neighbours. */
static void mark_latest(struct row **rows, size_t count)
{
    struct row *last = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i]->fresh)
            continue;
        if (last && uuid_equal(&last->article, &rows[i]->article)) {
            if (rows[i]->revision < last->revision)
                continue;
            last->latest = false;
        }
        last = rows[i];
        last->latest = true;
    }
}

enum status batch_decide(struct row **rows, size_t count)
{
    const struct row *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->first)
            first = rows[i];
        if (!first || !first->owned)
            return STATUS_RETRY;
        rows[i]->fate = uuid_equal(&rows[i]->key, &first->owner) ? ROW_STORED : ROW_DUPLICATE;
    }
    mark_latest(rows, count);
    return STATUS_OK;
}

static int compare_key(const void *left, const void *right)
{
    return compare_uuid(&(*(struct row *const *)left)->key, &(*(struct row *const *)right)->key);
}

void batch_sort_by_key(struct row **rows, size_t count)
{
    qsort(rows, count, sizeof *rows, compare_key);
}
