/* The progress bar. */
#include "worker/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAW_EVERY_MS 100
#define BAR_CELLS     24

void progress_init(struct progress *progress, int64_t now_ms)
{
    const char *terminal = getenv("TERM");
    *progress = (struct progress){.started_ms = now_ms};
    progress->shown = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

static void bar(uint64_t bytes, uint64_t total, char out[64])
{
    char cells[BAR_CELLS + 1];
    double part = bytes >= total ? 1 : (double)bytes / (double)total;
    size_t filled = (size_t)(part * BAR_CELLS);
    memset(cells, ' ', BAR_CELLS);
    memset(cells, '#', filled);
    cells[BAR_CELLS] = '\0';
    (void)snprintf(out, 64, "[%s] %3d %% ", cells, (int)(part * 100));
}

void progress_draw(struct progress *progress, uint64_t bytes, uint64_t articles, uint64_t refused,
                   int64_t now_ms)
{
    if (!progress->shown || (progress->drawn && now_ms - progress->drawn_ms < DRAW_EVERY_MS))
        return;
    char left[64] = "";
    if (progress->total_bytes)
        bar(bytes, progress->total_bytes, left);
    int64_t elapsed_ms = now_ms - progress->started_ms;
    double rate = elapsed_ms > 0 ? (double)articles * 1000 / (double)elapsed_ms : 0;
    (void)fprintf(stderr, "\r%s%.1f MB  %" PRIu64 " articles  %.0f/s  %" PRIu64 " refused\033[K",
                  left, (double)bytes / 1e6, articles, rate, refused);
    (void)fflush(stderr);
    progress->drawn = true;
    progress->drawn_ms = now_ms;
}

void progress_clear(struct progress *progress)
{
    if (!progress->drawn)
        return;
    (void)fprintf(stderr, "\r\033[K");
    progress->drawn = false;
}
