/* How full something is: fine, low, or to be stopped at; with some slack, so that it doesn't
 * flutter. Pure; plain data. */
#ifndef NEWSMILL_INGEST_WATERMARK_H
#define NEWSMILL_INGEST_WATERMARK_H

#include <stdint.h>

enum watermark_level { WATERMARK_FINE, WATERMARK_LOW, WATERMARK_STOP };

struct watermark {
    uint64_t warn, stop; /* what is left falls below: low, stop. 0: never */
    enum watermark_level level;
};

/* The level now that `left` is left. A level is left for a better one only when a tenth more than
 * its mark is there. */
enum watermark_level watermark_update(struct watermark *watermark, uint64_t left);
/* "fine", "low", "stop" */
const char *watermark_name(enum watermark_level level);

#endif
