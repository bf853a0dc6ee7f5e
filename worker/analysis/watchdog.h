/* Ends this process when one article takes it too long, and lets it die of a crash slowly enough
 * that its last words are heard.
 *
 * It also sees the signals that ask the process to stop, which nobody else would see before the
 * article is finished: the first leaves the article `drain_ms`, the second nothing.
 *
 * Before each article the worker has said which lease it works on; libzmq's thread sends that while
 * this thread works. Ending at the limit costs that article an attempt and its neighbours nothing:
 * the code that hangs cannot be interrupted, only the process can. One thread, one watchdog a
 * process. */
#ifndef NEWSMILL_ANALYSIS_WATCHDOG_H
#define NEWSMILL_ANALYSIS_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "common/status.h"

struct watchdog {
    timer_t timer;
    int64_t limit_ms, drain_ms; /* limit 0: none */
    uint64_t lease;             /* being worked on, for the line about it */
    int64_t begun_ms, stop_ms;
    volatile unsigned stops; /* signals to stop that came during this article */
    bool open;
    void *stack; /* that signal handlers run on: a crash may be of the other one */
};

/* Installs the handlers. FATAL with a sentence. The struct must not move afterwards. */
enum status watchdog_open(struct watchdog *watchdog, int64_t limit_ms, int64_t drain_ms,
                          struct fault *fault) MUST_CHECK;
void watchdog_close(struct watchdog *watchdog);

/* From now on the limit runs, until watchdog_end(). */
void watchdog_begin(struct watchdog *watchdog, uint64_t lease);
/* True when the process was asked to stop meanwhile. */
bool watchdog_end(struct watchdog *watchdog);

#endif
