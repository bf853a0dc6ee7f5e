/* The summary for a person. */
#include "worker/cli/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "worker/cli/clean.h"
#include "worker/cli/view.h"

#define NAMES_SHOWN   12
#define EXCERPT_BYTES 100

static void print_row(FILE *out, const char *label, struct slice text)
{
    if (!text.data || text.len == 0)
        return;
    (void)fprintf(out, "  %-10s ", label);
    clean_print(out, text, 1000);
    (void)fputc('\n', out);
}

struct tally {
    struct slice name;
    size_t count, first; /* `first`: where it came up, so that ties keep the article's order */
};

static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int by_text(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    int order = slice_compare(x->name, y->name);
    return order ? order : by_count(a, b);
}

/* Names counted under their canonical form, most frequent first; returns how many there are. */
static size_t tally_names(const struct field_list *names, struct tally *tallies)
{
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        const struct result_name *name = field_at(*names, struct result_name, i);
        tallies[i] = (struct tally){name->name.data ? name->name : name->text, 1, i};
    }
    qsort(tallies, names->count, sizeof *tallies, by_text);
    for (size_t i = 0; i < names->count; i++) {
        if (count && slice_equal(tallies[count - 1].name, tallies[i].name))
            tallies[count - 1].count++;
        else
            tallies[count++] = tallies[i];
    }
    qsort(tallies, count, sizeof *tallies, by_count);
    return count;
}

static void print_names(const struct field_list *names, unsigned columns, FILE *out,
                        struct arena *arena)
{
    struct tally *tallies = arena_array(arena, names->count, sizeof *tallies);
    if (!tallies || names->count == 0)
        return;
    size_t count = tally_names(names, tallies);
    struct buffer line;
    buffer_init(&line, SIZE_MAX / 2);
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        buffer_printf(&line, "%s", i ? ", " : "");
        clean_append(&line, tallies[i].name, EXCERPT_BYTES);
        buffer_printf(&line, " %zu", tallies[i].count);
    }
    if (count > NAMES_SHOWN)
        buffer_printf(&line, " and %zu more", count - NAMES_SHOWN);
    (void)fprintf(out, "  %-10s ", "names");
    view_print_wrapped((struct slice){line.data, line.len}, VIEW_INDENT, columns, out);
    buffer_deinit(&line);
}

static void print_removed(const struct field_list *removed, unsigned columns, FILE *out)
{
    for (size_t i = 0; i < removed->count; i++) {
        const struct result_removed *from = field_at(*removed, struct result_removed, i);
        struct buffer line;
        buffer_init(&line, SIZE_MAX / 2);
        buffer_printf(&line, "%.*s: ", (int)from->why.len, from->why.data);
        clean_append(&line, from->text, EXCERPT_BYTES);
        (void)fprintf(out, "  %-10s ", i ? "" : "removed");
        view_print_wrapped((struct slice){line.data, line.len}, VIEW_INDENT, columns, out);
        buffer_deinit(&line);
    }
}

void summary_print(const struct result *result, const char *file, unsigned columns, FILE *out,
                   struct arena *arena)
{
    char uuid[UUID_TEXT_BYTES], time[CLOCK_TEXT_BYTES];
    uuid_format(&result->article, uuid);
    clean_print(out, result->title.data ? result->title : SLICE_LITERAL("(no title)"), 1000);
    (void)fputc('\n', out);
    print_row(out, "file", slice_from(file));
    print_row(out, "article", slice_from(uuid));
    print_row(out, "url", result->url);
    print_row(out, "source", result->source);
    if (result->published_ms != CLOCK_NONE) {
        clock_format(result->published_ms, time);
        print_row(out, "published", slice_from(time));
    }
    (void)fprintf(out, "  %-10s %.*s (%.0f %%)\n", "language", (int)result->language.code.len,
                  result->language.code.data, result->language.confidence * 100);
    (void)fprintf(out,
                  "  %-10s %.2f (positive %.2f %%, negative %.2f %%, %" PRIu32 " words, %zu "
                  "sentences)\n",
                  "tone", result->tone.tone, result->tone.positive, result->tone.negative,
                  result->tone.words, result->sentences.count);
    print_names(&result->names, columns, out, arena);
    view_print_events(result, columns, out);
    print_removed(&result->removed, columns, out);
    (void)fputc('\n', out);
}
