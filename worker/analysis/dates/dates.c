/* Dates: days, times, stretches and durations, with their value against the day of publication. */
#include "worker/analysis/dates/when.h"

#include "common/clock.h"
#include "worker/analysis/stages.h"

struct finder {
    struct anchor anchor;
    struct result_date *items;
    size_t count, capacity;
    struct arena *arena;
};

static struct anchor anchor_of(const struct doc *doc)
{
    int64_t ms = doc->result->published_ms;
    struct anchor anchor = {.doc = doc, .known = ms != CLOCK_NONE};
    if (anchor.known) {
        ms += (int64_t)doc->result->published_zone * 60000; /* the day where it was written */
        int64_t second = ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
        int64_t day =
            second >= 0 ? second / DAY_SECONDS : -((DAY_SECONDS - 1 - second) / DAY_SECONDS);
        anchor.today = (int32_t)day;
        anchor.second = (int32_t)(second - day * DAY_SECONDS);
    }
    return anchor;
}

/* Most pieces begin nothing: this is what they cost. Returns the first from `at` on that may. */
static size_t next_start(const struct doc *doc, size_t at)
{
    for (; at < doc->piece_count; at++) {
        const struct doc_piece *piece = &doc->pieces[at];
        if (date_may_start(piece->hints) && piece->begins &&
            (piece->kind != PIECE_SIGN ||
             (date_joined(doc, at + 1) && piece_at(doc, at + 1)->kind == PIECE_DIGITS)))
            break;
    }
    return at;
}

/* "every Monday", "each week": no point in time. */
static bool recurs(const struct doc *doc, size_t at)
{
    static const char words[][PIECE_TEXT] = {"every", "each", ""};
    return at > 0 && piece_goes_on(doc, at) && date_one_of(doc, at - 1, words) >= 0;
}

static bool add(struct finder *finder, const struct when *when)
{
    const struct doc *doc = finder->anchor.doc;
    char value[64];
    uint32_t from = piece_at(doc, when->first)->from, to = piece_at(doc, when->end - 1)->to;
    void *items = finder->items;
    struct result_date *item =
        arena_push(&items, &finder->count, &finder->capacity, sizeof *finder->items, finder->arena);
    finder->items = items;
    if (!item)
        return false;
    when_write(when, value);
    *item = (struct result_date){.start = doc_point(doc, from),
                                 .end = doc_point(doc, to),
                                 .text = slice_sub(doc->text, from, to),
                                 .value = arena_copy(slice_from(value), finder->arena),
                                 .grain = slice_from(when_grain(when)),
                                 .confidence = when->confidence};
    return item->value.data != NULL;
}

enum status dates_run(struct doc *doc, struct arena *arena)
{
    struct finder finder = {.anchor = anchor_of(doc), .arena = arena};
    bool english = doc_language_is(doc, "en") || doc_language_is(doc, "und");
    size_t last = 0; /* the piece behind the last one */
    if (english) {
        date_hints(doc);
        finder.anchor.memory = arena_alloc(arena, sizeof *finder.anchor.memory);
        if (!finder.anchor.memory)
            return STATUS_REJECT;
    }
    for (size_t at = 0; (at = english ? next_start(doc, at) : at) < doc->piece_count;) {
        struct when when;
        if (!(english ? when_read : foreign_read)(&finder.anchor, at, &when) || when.first < last) {
            at++;
            continue;
        }
        if (!(english && recurs(doc, at)) && !add(&finder, &when))
            return STATUS_REJECT;
        for (size_t i = when.first; i < when.end && when.kind != WHEN_DURATION; i++)
            doc->pieces[i].hints |= PIECE_DATED;
        at = last = when.end;
    }
    doc->result->dates.items = finder.items;
    doc->result->dates.count = finder.count;
    return STATUS_OK;
}
