/* How long a page takes: the stages that make an article of HTML, beside the parser alone.
 *
 *   bench_page [FILE…]      without files: a page of 100 KB, made here
 *
 * Each page is taken ROUNDS times and the fastest counts, which is what one core can do when nobody
 * else is at work. The limit is 5 ms for 100 KB; exit code 1 above it. */
#include <gumbo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "worker/analysis/analysis.h"

#define ROUNDS     25
#define PAGE_BYTES 100000
#define LIMIT_MS   5.0

struct times {
    double ours, parser; /* ms */
    size_t bytes;
};

/* Menus, scripts, teasers and an article, in about the shares that news pages have. */
static void make_page(struct buffer *out)
{
    buffer_printf(out,
                  "<!DOCTYPE html><html lang=en><head><title>Bridge to be rebuilt | The Lindholm "
                  "Gazette</title><meta property=\"article:published_time\" "
                  "content=\"2019-05-31T10:00:00+02:00\"></head><body><nav><ul>");
    for (int i = 0; i < 120; i++)
        buffer_printf(
            out, "<li class=\"menu-item menu-item-%d\"><a href=\"/section/%d\">Section %d</a></li>",
            i, i, i);
    buffer_printf(out,
                  "</ul></nav><main><article class=\"post-content\"><h1>Bridge to be rebuilt</h1>");
    for (int i = 0; i < 60; i++)
        buffer_printf(out,
                      "<p class=\"paragraph\">The council of Lindholm voted on Tuesday to rebuild "
                      "the <a href=\"/bridge/%d\">old bridge</a>, which has been closed since the "
                      "flood of last autumn, and to pay for it from the reserve.</p>\n",
                      i);
    buffer_printf(out, "</article></main><aside>");
    while (out->len < PAGE_BYTES / 2)
        buffer_printf(out,
                      "<div class=\"teaser teaser--small\"><a href=\"/x\"><h3>Another story of the "
                      "day</h3></a><span class=\"time\">12 minutes ago</span></div>\n");
    buffer_printf(out, "</aside><script>");
    while (out->len < PAGE_BYTES)
        buffer_printf(out,
                      "window.settings.push({\"key\": \"<b>value</b>\", \"list\": [1, 2, 3]});\n");
    buffer_printf(out, "</script></body></html>");
}

static double parse(struct slice page)
{
    int64_t start = clock_steady_ns();
    GumboOptions options = kGumboDefaultOptions;
    GumboOutput *tree = gumbo_parse_with_options(&options, page.data, page.len);
    double ms = (double)(clock_steady_ns() - start) / 1e6;
    gumbo_destroy_output(&options, tree);
    return ms;
}

/* The stages up to and with the text. */
static double extract(struct analysis *analysis, struct slice page, struct arena *arena)
{
    struct article article = {
        .body = page, .type = slice_from("text/html"), .published_ms = CLOCK_NONE};
    struct envelope envelope = {.received_ms = 0};
    struct result result;
    struct fault fault;
    double ms = 0;
    arena_reset(arena);
    if (analysis_run(analysis, &envelope, &article, arena, &result, &fault) != STATUS_OK) {
        fprintf(stderr, "%s\n", fault.message);
        exit(3);
    }
    for (size_t i = 0; i < analysis_stage_count(); i++) {
        ms += (double)analysis_timing(analysis, i).ns / 1e6;
        if (strcmp(analysis_timing(analysis, i).stage, "text") == 0)
            break;
    }
    return ms;
}

static void measure(struct analysis *analysis, struct arena *arena, struct slice page,
                    struct times *times)
{
    double ours = 1e9, parser = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double one = extract(analysis, page, arena), other = parse(page);
        ours = one < ours ? one : ours;
        parser = other < parser ? other : parser;
    }
    times->ours += ours;
    times->parser += parser;
    times->bytes += page.len;
}

static void read_file(const char *path, struct buffer *out)
{
    FILE *file = fopen(path, "rb");
    char *room = buffer_extend(out, (size_t)16 << 20);
    if (!file || !room) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(3);
    }
    out->len = fread(room, 1, (size_t)16 << 20, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    struct analysis_options options = {.clock = clock_worked_ns};
    struct analysis *analysis = NULL;
    struct arena *arena = arena_new(ANALYSIS_ARENA_BYTES);
    struct times times = {0};
    struct buffer page;
    struct fault fault;
    buffer_init(&page, (size_t)32 << 20);
    if (!arena || analysis_new(&options, &analysis, &fault) != STATUS_OK)
        return 3;
    for (int i = 1; i < argc || (argc == 1 && i == 1); i++) {
        buffer_clear(&page);
        if (argc > 1)
            read_file(argv[i], &page);
        else
            make_page(&page);
        measure(analysis, arena, buffer_slice(&page), &times);
    }
    double per_page = (double)PAGE_BYTES / (double)times.bytes;
    printf("%d pages, %zu bytes; for 100 KB: extraction and metadata %.2f ms, gumbo alone %.2f ms, "
           "limit %.1f ms\n",
           argc > 1 ? argc - 1 : 1, times.bytes, times.ours * per_page, times.parser * per_page,
           LIMIT_MS);
    buffer_deinit(&page);
    analysis_free(analysis);
    arena_free(arena);
    return times.ours * per_page > LIMIT_MS;
}
