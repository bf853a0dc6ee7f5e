/* The event loop every process runs: one thread, sockets, file descriptors, timers and signals.
 *
 * A turn: wait until something is ready or a timer is due; call what is ready; call due timers;
 * call the end-of-turn function (ingest's group commit). Callbacks may add and remove watches. */
#ifndef NEWSMILL_COMMON_LOOP_H
#define NEWSMILL_COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bus.h"
#include "common/status.h"

struct loop;

typedef void loop_call(void *user);
typedef void loop_signal_call(void *user, int signal);

struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Calls `call` once a turn while `socket` has something to read. The watch ends with unwatch. */
void loop_watch_socket(struct loop *loop, struct bus_socket *socket, loop_call *call, void *user);
void loop_unwatch_socket(struct loop *loop, const struct bus_socket *socket);
/* A paused watch stays but is not polled: how a bounded process stops reading. */
void loop_pause_socket(struct loop *loop, const struct bus_socket *socket, bool paused);
void loop_watch_fd(struct loop *loop, int fd, bool for_write, loop_call *call, void *user);
void loop_unwatch_fd(struct loop *loop, int fd);

/* Calls `call` every `every_ms` (> 0), the first time after that long. Returns a handle >= 0. */
int loop_every(struct loop *loop, int64_t every_ms, loop_call *call, void *user);
/* Calls `call` once, `after_ms` from now. */
int loop_once(struct loop *loop, int64_t after_ms, loop_call *call, void *user);
void loop_cancel(struct loop *loop, int handle);

/* SIGINT, SIGTERM, SIGCHLD and SIGHUP arrive here, in the loop, not in a handler; SIGPIPE is
 * ignored. Call before threads are made (bus_new makes one). */
enum status loop_signals(struct loop *loop, loop_signal_call *call, void *user,
                         struct fault *fault) MUST_CHECK;
/* Gives a forked child its default signals back, before exec. */
void loop_signals_restore(void);
void loop_at_turn_end(struct loop *loop, loop_call *call, void *user);

/* Runs until loop_stop. */
void loop_run(struct loop *loop);
/* Runs one turn that waits at most `timeout_ms`; for processes that block elsewhere meanwhile. */
void loop_turn(struct loop *loop, int timeout_ms);
void loop_stop(struct loop *loop);
bool loop_stopping(const struct loop *loop);

/* clock_steady_ms at the start of this turn. */
int64_t loop_now_ms(const struct loop *loop);

#endif
