/* Text with its evidence coloured, and a margin of facts. */
#include "worker/cli/view.h"

#include <limits.h>
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
    unsigned text_columns, margin_columns;
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
        struct slice of = amount->object.data ? amount->object : amount->unit;
        buffer_printf(&text, of.len ? " %.10g " : " %.10g", amount->value);
        clean_append(&text, of, EVIDENCE_BYTES);
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
    size_t from, to, shown;    /* bytes of text; `shown` is before the blank that ends it */
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
            last = (struct line){from, at, start, first_point, point_index, columns};
        columns += wide;
    }
    line.to = line.shown = at;
    line.end = point_index;
    line.columns = columns;
    return line;
}

static void print_text(const struct view *view, const struct line *line)
{
    struct slice text = view->result->text;
    enum style style = STYLE_NONE;
    uint32_t index = line->first_point;
    for (size_t at = line->from; at < line->shown; index++) {
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

static unsigned width_of(struct slice text)
{
    unsigned columns = 0;
    for (size_t at = 0; at < text.len;)
        columns += columns_of(utf8_next(text, &at));
    return columns;
}

/* Whether this line of text has the note already. */
static bool is_said(const struct view *view, size_t first)
{
    for (size_t i = first; i < view->next_note; i++)
        if (strcmp(view->notes[i].text, view->notes[view->next_note].text) == 0)
            return true;
    return false;
}

/* Takes as many of the line's notes as fit beside one another, one at least, each once. */
static struct buffer take_notes(struct view *view, size_t first, uint32_t end)
{
    struct buffer notes = note_begin();
    unsigned columns = 0;
    for (; view->next_note < view->note_count && view->notes[view->next_note].start < end;
         view->next_note++) {
        struct slice note = slice_from(view->notes[view->next_note].text);
        unsigned width = width_of(note);
        if (is_said(view, first))
            continue;
        if (columns > 0 && columns + 3 + width > view->margin_columns)
            break;
        buffer_printf(&notes, columns > 0 ? " · %s" : "%s", note.data);
        columns += (columns > 0 ? 3 : 0) + width;
    }
    return notes;
}

/* The notes beside the line; those that do not fit follow on lines of their own. */
static void print_notes(struct view *view, const struct line *line)
{
    size_t first = view->next_note;
    unsigned columns = line->columns;
    for (bool more = true; more; columns = 0) {
        struct buffer notes = take_notes(view, first, line->end);
        if (notes.len > 0)
            (void)fprintf(view->out, "%*s | %.*s\n",
                          (int)(view->text_columns > columns ? view->text_columns - columns : 0),
                          "", (int)notes.len, notes.data);
        else if (columns > 0 || line->from == line->to)
            (void)fputc('\n', view->out);
        more = notes.len > 0 && view->next_note < view->note_count &&
               view->notes[view->next_note].start < line->end;
        buffer_deinit(&notes);
    }
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
                        .margin_columns = margin - 3,
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

/* The last blank of `text` that still is within so many columns, or what else fits: its bytes. */
static size_t fitting(struct slice text, unsigned columns)
{
    size_t at = 0, blank = 0;
    for (unsigned used = 0; at < text.len;) {
        size_t start = at;
        uint32_t point = utf8_next(text, &at);
        used += columns_of(point);
        if (used > columns)
            return point == ' ' ? start : blank ? blank : start;
        if (point == ' ')
            blank = start;
    }
    return text.len;
}

void view_print_wrapped(struct slice text, unsigned indent, unsigned columns, FILE *out)
{
    unsigned room = columns > indent + VIEW_COLUMNS_MIN / 2 ? columns - indent : UINT_MAX;
    for (;;) {
        size_t len = fitting(text, room);
        (void)fwrite(text.data, 1, len, out);
        (void)fputc('\n', out);
        while (len < text.len && text.data[len] == ' ')
            len++;
        text = slice_sub(text, len, text.len);
        if (text.len == 0)
            return;
        (void)fprintf(out, "%*s", (int)indent, "");
    }
}

static void print_event(const struct result *result, const struct result_event *event, FILE *out)
{
    print_side(out, &event->source, "somebody");
    (void)fprintf(out, "%s %.*s%s", event->negated ? " did not" : "", (int)event->type.len,
                  event->type.data, event->target.count ? " " : "");
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

/* What print_event() says, wrapped. */
static void print_sentence(const struct result *result, const struct result_event *event,
                           unsigned columns, FILE *out)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return;
    print_event(result, event, memory);
    if (fclose(memory) == 0)
        view_print_wrapped((struct slice){text, len}, VIEW_INDENT, columns, out);
    free(text);
}

void view_print_events(const struct result *result, unsigned columns, FILE *out)
{
    for (size_t i = 0; i < result->events.count; i++) {
        const struct result_event *event = field_at(result->events, struct result_event, i);
        const struct result_sentence *sentence =
            event->sentence < result->sentences.count
                ? field_at(result->sentences, struct result_sentence, event->sentence)
                : NULL;
        (void)fprintf(out, "  %-10s ", i ? "" : "events");
        print_sentence(result, event, columns, out);
        if (!sentence)
            continue;
        struct buffer words = note_begin();
        clean_append(&words, words_of(result->text, sentence->start, sentence->end), 160);
        (void)fprintf(out, "%*sfrom: ", VIEW_INDENT, "");
        view_print_wrapped((struct slice){words.data, words.len}, VIEW_INDENT + 6, columns, out);
        buffer_deinit(&words);
    }
}
