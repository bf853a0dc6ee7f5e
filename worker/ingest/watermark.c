/* Watermarks. */
#include "worker/ingest/watermark.h"

#include <stdbool.h>

static bool below(uint64_t left, uint64_t mark, bool already)
{
    return left < mark + (already ? mark / 10 : 0);
}

enum watermark_level watermark_update(struct watermark *watermark, uint64_t left)
{
    enum watermark_level before = watermark->level;
    if (below(left, watermark->stop, before == WATERMARK_STOP))
        watermark->level = WATERMARK_STOP;
    else if (below(left, watermark->warn, before != WATERMARK_FINE))
        watermark->level = WATERMARK_LOW;
    else
        watermark->level = WATERMARK_FINE;
    return watermark->level;
}

const char *watermark_name(enum watermark_level level)
{
    static const char *const names[] = {"fine", "low", "stop"};
    return names[level];
}
