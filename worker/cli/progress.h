/* The progress bar of push: one line on a terminal, rewritten a few times a second; nothing when
 * stderr is no terminal. */
#ifndef NEWSMILL_WORKER_CLI_PROGRESS_H
#define NEWSMILL_WORKER_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown;           /* stderr is a terminal */
    bool drawn;           /* a bar stands on the current line */
    uint64_t total_bytes; /* 0: not known */
    int64_t started_ms, drawn_ms;
};

void progress_init(struct progress *progress, int64_t now_ms);
/* Draws, unless the last time was a moment ago. */
void progress_draw(struct progress *progress, uint64_t bytes, uint64_t articles, uint64_t refused,
                   int64_t now_ms);
/* Makes the line free for another message. */
void progress_clear(struct progress *progress);

#endif
