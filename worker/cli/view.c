/* Text with its evidence coloured, and a margin of facts. */
#include "worker/cli/view.h"

#include <stdlib.h>
#include <wchar.h>

#include "common/buffer.h"
#include "common/utf8.h"
#include "worker/cli/clean.h"

#define MARGIN_SHARE   3 /* the margin has one third of the columns */
#define MARGIN_MAX     44
#define NOTE_BYTES     200
#define EVIDENCE_BYTES 60

/* The styles of evidence, the later the stronger where they lie over each other. */
enum style {
    STYLE_NONE,
    STYLE_AMOUNT,
    STYLE_DATE,
    STYLE_OTHER,
    STYLE_PLACE,
    STYLE_ORGANIZATION,
    STYLE_PERSON,
    STYLE_EVENT
};
static const char *const escapes[] = {"\033[0m",  "\033[34m", "\033[33m", "\033[1m",
                                      "\033[32m", "\033[35m", "\033[36m", "\033[1;4;31m"};

struct note {
    uint32_t start;
    char text[NOTE_BYTES];
};

struct view {
    const struct result *result;
    uint8_t *styles; /* of each code point */
    uint32_t points;
    struct note *notes; /* by start */
    size_t note_count, next_note;
    unsigned text_columns;
    bool color;
    FILE *out;
};

static void mark(struct view *view, uint32_t start, uint32_t end, enum style style)
{
    for (uint32_t i = start; i < end && i < view->points; i++)
        if (view->styles[i] < style)
            view->styles[i] = (uint8_t)style;
}

static struct buffer note_begin(void)
{
    struct buffer text;
    buffer_init(&text, NOTE_BYTES * 4);
    return text;
}

/* Takes the buffer. */
static void note_end(struct view *view, uint32_t start, struct buffer *text)
{
    struct note *note = &view->notes[view->note_count++];
    size_t len = text->len < NOTE_BYTES - 1 ? text->len : NOTE_BYTES - 1;
    while (len > 0 && len < text->len && ((unsigned char)text->data[len] & 0xc0) == 0x80)
        len--;
    note->start = start;
    memcpy(note->text, text->len ? text->data : "", len);
    note->text[len] = '\0';
    buffer_deinit(text);
}

static enum style style_of(struct slice type)
{
    return slice_is(type, "person")         ? STYLE_PERSON
           : slice_is(type, "organization") ? STYLE_ORGANIZATION
           : slice_is(type, "place")        ? STYLE_PLACE
                                            : STYLE_OTHER;
}

static void note_names(struct view *view)
{
    for (size_t i = 0; i < view->result->names.count; i++) {
        const struct result_name *name = field_at(view->result->names, struct result_name, i);
        struct buffer text = note_begin();
        mark(view, name->start, name->end, style_of(name->type));
        clean_append(&text, name->type, 20);
        buffer_append(&text, " ", 1);
        clean_append(&text, name->name.data ? name->name : name->text, EVIDENCE_BYTES);
        note_end(view, name->start, &text);
    }
}

static void note_dates(struct view *view)
{
    for (size_t i = 0; i < view->result->dates.count; i++) {
        const struct result_date *date = field_at(view->result->dates, struct result_date, i);
        struct buffer text = note_begin();
        mark(view, date->start, date->end, STYLE_DATE);
        buffer_printf(&text, "date ");
        clean_append(&text, date->value, EVIDENCE_BYTES);
        note_end(view, date->start, &text);
    }
}

static void note_amounts(struct view *view)
{
    for (size_t i = 0; i < view->result->amounts.count; i++) {
        const struct result_amount *amount =
            field_at(view->result->amounts, struct result_amount, i);
        struct buffer text = note_begin();
        mark(view, amount->start, amount->end, STYLE_AMOUNT);
        clean_append(&text, amount->kind, 20);
        buffer_printf(&text, " %.10g ", amount->value);
        clean_append(&text, amount->object.data ? amount->object : amount->unit, EVIDENCE_BYTES);
        note_end(view, amount->start, &text);
    }
}

static void append_side(struct buffer *text, const struct field_list *side)
{
    if (side->count == 0)
        buffer_append(text, "?", 1);
    for (size_t i = 0; i < side->count; i++) {
        const struct result_actor *actor = field_at(*side, struct result_actor, i);
        if (i > 0)
            buffer_append(text, "+", 1);
        clean_append(text, actor->code, 20);
        if (actor->code.len && actor->sector.len)
            buffer_append(text, "/", 1);
        clean_append(text, actor->sector, 20);
    }
}

static void note_events(struct view *view)
{
    for (size_t i = 0; i < view->result->events.count; i++) {
        const struct result_event *event = field_at(view->result->events, struct result_event, i);
        struct buffer text = note_begin();
        mark(view, event->start, event->end, STYLE_EVENT);
        append_side(&text, &event->source);
        buffer_append(&text, " ", 1);
        clean_append(&text, event->type, 20);
        buffer_append(&text, " ", 1);
        append_side(&text, &event->target);
        note_end(view, event->start, &text);
    }
}

static int by_start(const void *a, const void *b)
{
    uint32_t one = ((const struct note *)a)->start, other = ((const struct note *)b)->start;
    return one < other ? -1 : one > other;
}

/* ---- lines ---- */

static unsigned columns_of(uint32_t point)
{
    int width = wcwidth((wchar_t)point);
    return width > 0 ? (unsigned)width : 0;
}

/* Controls, and marks that turn the direction of what follows, are not shown. */
static bool is_shown(uint32_t point)
{
    return point >= ' ' && !(point >= 0x7f && point < 0xa0) &&
           !(point >= 0x202a && point < 0x202f) && !(point >= 0x2066 && point < 0x206a);
}

struct line {
    size_t from, to;           /* bytes of text */
    uint32_t first_point, end; /* code points */
    unsigned columns;
};

/* Measures the line that begins at `from`: words, as many as fit, up to the paragraph's end. */
static struct line measure(const struct view *view, size_t from, uint32_t first_point)
{
    struct slice text = view->result->text;
    struct line line = {.from = from, .first_point = first_point}, last = {0};
    size_t at = from;
    uint32_t point_index = first_point;
    unsigned columns = 0;
    while (at < text.len && text.data[at] != '\n') {
        size_t start = at;
        uint32_t point = utf8_next(text, &at);
        unsigned wide = is_shown(point) ? columns_of(point) : 0;
        if (columns + wide > view->text_columns && point != ' ') {
            if (last.to > from)
                return last;
            at = start; /* a word longer than the line */
            break;
        }
        point_index++;
        if (point == ' ')
            last = (struct line){from, at, first_point, point_index, columns + wide};
        columns += wide;
    }
    line.to = at;
    line.end = point_index;
    line.columns = columns;
    return line;
}

static void print_text(const struct view *view, const struct line *line)
{
    struct slice text = view->result->text;
    enum style style = STYLE_NONE;
    uint32_t index = line->first_point;
    for (size_t at = line->from; at < line->to; index++) {
        size_t start = at;
        uint32_t point = utf8_next(text, &at);
        enum style own = (enum style)view->styles[index];
        if (view->color && own != style) {
            (void)fputs(escapes[STYLE_NONE], view->out);
            if (own != STYLE_NONE)
                (void)fputs(escapes[own], view->out);
            style = own;
        }
        if (is_shown(point))
            (void)fwrite(text.data + start, 1, at - start, view->out);
    }
    if (style != STYLE_NONE)
        (void)fputs(escapes[STYLE_NONE], view->out);
}

/* One note beside the line; those that do not fit follow on lines of their own. */
static void print_notes(struct view *view, const struct line *line)
{
    unsigned columns = line->columns;
    while (view->next_note < view->note_count && view->notes[view->next_note].start < line->end) {
        (void)fprintf(view->out, "%*s | %.*s\n",
                      (int)(view->text_columns > columns ? view->text_columns - columns : 0), "",
                      MARGIN_MAX * 4, view->notes[view->next_note++].text);
        columns = 0;
        if (view->next_note == view->note_count || view->notes[view->next_note].start >= line->end)
            return;
    }
    if (columns > 0 || line->from == line->to)
        (void)fputc('\n', view->out);
}

static void print_lines(struct view *view)
{
    struct slice text = view->result->text;
    uint32_t point = 0;
    for (size_t at = 0; at < text.len;) {
        if (text.data[at] == '\n') {
            (void)fputc('\n', view->out);
            at++;
            point++;
            if (at < text.len && text.data[at] == '\n') { /* one empty line between paragraphs */
                at++;
                point++;
            }
            continue;
        }
        struct line line = measure(view, at, point);
        print_text(view, &line);
        print_notes(view, &line);
        at = line.to;
        point = line.end;
    }
}

void view_print(const struct result *result, unsigned columns, bool color, FILE *out,
                struct arena *arena)
{
    columns = columns < VIEW_COLUMNS_MIN ? VIEW_COLUMNS_MIN : columns;
    unsigned margin = columns / MARGIN_SHARE > MARGIN_MAX ? MARGIN_MAX : columns / MARGIN_SHARE;
    struct view view = {.result = result,
                        .points = (uint32_t)utf8_length(result->text),
                        .text_columns = columns - margin,
                        .color = color,
                        .out = out};
    size_t notes =
        result->names.count + result->dates.count + result->amounts.count + result->events.count;
    view.styles = arena_alloc(arena, view.points + 1);
    view.notes = arena_array(arena, notes, sizeof *view.notes);
    if (!view.styles || !view.notes)
        return;
    memset(view.styles, STYLE_NONE, view.points + 1);
    note_names(&view);
    note_dates(&view);
    note_amounts(&view);
    note_events(&view);
    if (notes > 1)
        qsort(view.notes, notes, sizeof *view.notes, by_start);
    print_lines(&view);
    (void)fputc('\n', out);
}

/* ---- events as sentences ---- */

static void print_side(FILE *out, const struct field_list *side, const char *nobody)
{
    if (side->count == 0)
        (void)fputs(nobody, out);
    for (size_t i = 0; i < side->count; i++) {
        const struct result_actor *actor = field_at(*side, struct result_actor, i);
        (void)fputs(i ? " and " : "", out);
        clean_print(out, actor->text, EVIDENCE_BYTES);
        if (actor->code.len || actor->sector.len)
            (void)fprintf(out, " (%.*s%s%.*s)", (int)actor->code.len,
                          actor->code.len ? actor->code.data : "",
                          actor->code.len && actor->sector.len ? " " : "", (int)actor->sector.len,
                          actor->sector.len ? actor->sector.data : "");
    }
}

static void print_event(const struct result *result, const struct result_event *event, FILE *out)
{
    print_side(out, &event->source, "somebody");
    (void)fprintf(out, "%s %.*s ", event->negated ? " did not" : "", (int)event->type.len,
                  event->type.data);
    print_side(out, &event->target, "");
    if (event->date.data)
        (void)fprintf(out, ", %.*s", (int)event->date.len, event->date.data);
    if (event->place >= 0 && (size_t)event->place < result->places.count) {
        (void)fputs(" in ", out);
        clean_print(out, field_at(result->places, struct result_place, (size_t)event->place)->name,
                    EVIDENCE_BYTES);
    }
    (void)fprintf(out, " [%.*s", (int)event->modality.len, event->modality.data);
    if (event->attributed) {
        (void)fputs(", says ", out);
        clean_print(out, event->attributed->text, EVIDENCE_BYTES);
    }
    (void)fprintf(out, ", %.0f %%]", event->confidence * 100);
}

/* The bytes of code points [start, end). */
static struct slice words_of(struct slice text, uint32_t start, uint32_t end)
{
    size_t at = 0, from = 0;
    for (uint32_t i = 0; i < end && at < text.len; i++) {
        if (i == start)
            from = at;
        (void)utf8_next(text, &at);
    }
    return slice_sub(text, from, at);
}

void view_print_events(const struct result *result, FILE *out)
{
    for (size_t i = 0; i < result->events.count; i++) {
        const struct result_event *event = field_at(result->events, struct result_event, i);
        const struct result_sentence *sentence =
            event->sentence < result->sentences.count
                ? field_at(result->sentences, struct result_sentence, event->sentence)
                : NULL;
        (void)fprintf(out, "  %-10s ", i ? "" : "events");
        print_event(result, event, out);
        if (sentence) {
            (void)fputs("\n             from: ", out);
            clean_print(out, words_of(result->text, sentence->start, sentence->end), 160);
        }
        (void)fputc('\n', out);
    }
}
