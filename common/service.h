/* What a worker tells the service manager (systemd), and what it is given by it: the only file that
 * includes <systemd/sd-daemon.h> is service.c.
 *
 * READY=1 when it is opened, STATUS= when that changes, WATCHDOG=1 from the loop as often as the
 * unit's WatchdogSec= wants it: a loop that no longer turns is started again. Ready means that this
 * process has what it needs of its own; what it still waits for of others (a database, ingest) is
 * the STATUS, and 503 at /readyz. Belongs to the thread of its loop; no child inherits it. */
#ifndef NEWSMILL_COMMON_SERVICE_H
#define NEWSMILL_COMMON_SERVICE_H

#include <stdint.h>

#include "common/loop.h"
#include "common/status.h"

struct service;

struct service_options {
    const char *(*missing)(void *user); /* as the probe's; NULL: never anything */
    void *user;
    /* The longest that the loop may stand still and yet be well. Where WatchdogSec= is shorter than
     * twice that, systemd is told to wait for so long. */
    int64_t busy_ms;
};

/* `*out` is NULL when nobody listens (NOTIFY_SOCKET), as when it is run by hand; then nothing
 * below does anything. */
enum status service_new(struct loop *loop, const struct service_options *options,
                        struct service **out, struct fault *fault) MUST_CHECK;
/* NULL is fine, here and below. */
void service_free(struct service *service);
/* For a worker that blocks outside its loop and is well: what the loop's timer does. */
void service_beat(struct service *service);
/* The unit stops: from now on systemd's TimeoutStopSec= counts. */
void service_stopping(struct service *service);

/* What a child must not inherit of the environment: "NOTIFY_SOCKET=", …; ends with NULL. */
extern const char *const service_variables[];

/* The listening TCP socket of a .socket unit, non-blocking and closed on exec; the caller owns it.
 * REJECT "no-socket" when there is not exactly one, or it is of another kind. */
enum status service_socket(int *fd, struct fault *fault) MUST_CHECK;

#endif
