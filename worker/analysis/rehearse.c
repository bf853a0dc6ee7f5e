/* The ways to fail. */
#include "worker/analysis/rehearse.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define PIECE_BYTES ((size_t)16 << 20)
#define SLOW_MS     6000
#define PIECES_MAX  4096 /* 64 GiB: without a limit of its own this process stops asking there */

static enum status crash(struct fault *fault)
{
    for (int i = 0; i < 2; i++) /* a handler may return from the first */
        (void)raise(SIGSEGV);
    return fault_set(fault, STATUS_FATAL, "rehearsal", "the crash was survived");
}

static enum status hang(struct fault *fault)
{
    for (volatile bool forever = true; forever;) {
    }
    return fault_set(fault, STATUS_FATAL, "rehearsal", "the hang is over");
}

static enum status be_slow(struct fault *fault)
{
    (void)fault;
    for (int64_t end = clock_steady_ms() + SLOW_MS; clock_steady_ms() < end;) {
    }
    return STATUS_OK;
}

static enum status use_memory(struct fault *fault)
{
    void **last = NULL;
    for (int i = 0; i < PIECES_MAX; i++) {
        void **piece = malloc(PIECE_BYTES);
        if (!piece)
            break;
        memset((char *)piece, 1, PIECE_BYTES);
        *piece = last;
        last = piece;
    }
    while (last) {
        void **before = *last;
        free(last);
        last = before;
    }
    return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the analysis");
}

enum status rehearse(struct slice id, struct fault *fault)
{
    static const struct {
        const char *id;
        enum status (*fail)(struct fault *fault);
    } ways[] = {{"rehearse:crash", crash},
                {"rehearse:hang", hang},
                {"rehearse:slow", be_slow},
                {"rehearse:memory", use_memory}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (slice_starts_with(id, slice_from(ways[i].id)))
            return ways[i].fail(fault);
    return STATUS_OK;
}
