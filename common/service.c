/* sd_notify and socket activation. */
#include "common/service.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/clock.h"
#include "common/log.h"

#define LOOK_MS      1000 /* how often the status is looked at */
#define STATUS_BYTES 256

struct service {
    struct loop *loop;
    struct service_options options;
    int timer;
    bool watched;     /* the unit has a watchdog */
    int64_t every_ms; /* how often to look, and to beat */
    int64_t beaten_ms;
    bool stopping;
    char status[STATUS_BYTES];
};

const char *const service_variables[] = {"NOTIFY_SOCKET=",
                                         "WATCHDOG_PID=",
                                         "WATCHDOG_USEC=",
                                         "LISTEN_PID=",
                                         "LISTEN_FDS=",
                                         "LISTEN_FDNAMES=",
                                         NULL};

/* A line of what systemd reads ends with the line: what others wrote must not begin one. */
static void one_line(char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            *text = ' ';
}

static void say_status(struct service *service)
{
    char status[STATUS_BYTES];
    const char *missing =
        service->options.missing ? service->options.missing(service->options.user) : NULL;
    (void)snprintf(status, sizeof status, "%s", missing ? missing : "ready");
    one_line(status);
    if (strcmp(status, service->status) == 0)
        return;
    memcpy(service->status, status, sizeof status);
    (void)sd_notifyf(0, "STATUS=%s", status);
}

void service_beat(struct service *service)
{
    if (!service)
        return;
    int64_t now = clock_steady_ms();
    if (now - service->beaten_ms < service->every_ms / 2)
        return;
    service->beaten_ms = now;
    say_status(service);
    if (service->watched)
        (void)sd_notify(0, "WATCHDOG=1");
}

static void on_timer(void *user)
{
    service_beat(user);
}

/* How long systemd waits for a beat: as the unit says, or longer when the work takes longer; 0 when
 * it does not wait for any. */
static int64_t watchdog_ms(int64_t busy_ms)
{
    uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) <= 0)
        return 0;
    int64_t ms = (int64_t)(usec / 1000);
    if (ms >= 2 * busy_ms)
        return ms;
    log_info("the watchdog waits longer than the unit says, because the work may",
             log_int("unit_ms", ms), log_int("now_ms", 2 * busy_ms));
    (void)sd_notifyf(0, "WATCHDOG_USEC=%" PRIu64, (uint64_t)busy_ms * 2000);
    return 2 * busy_ms;
}

enum status service_new(struct loop *loop, const struct service_options *options,
                        struct service **out, struct fault *fault)
{
    *out = NULL;
    if (!getenv("NOTIFY_SOCKET"))
        return STATUS_OK;
    struct service *service = calloc(1, sizeof *service);
    if (!service)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the service");
    *service = (struct service){.loop = loop, .options = *options};
    int64_t wait = watchdog_ms(options->busy_ms);
    service->watched = wait > 0;
    service->every_ms = wait > 0 && wait / 4 < LOOK_MS ? wait / 4 + 1 : LOOK_MS;
    service->timer = loop_every(loop, service->every_ms, on_timer, service);
    int told = sd_notify(0, "READY=1");
    if (told < 0)
        log_warn("systemd cannot be told that we are ready", log_text("why", strerror(-told)));
    say_status(service);
    *out = service;
    return STATUS_OK;
}

void service_free(struct service *service)
{
    if (!service)
        return;
    service_stopping(service);
    loop_cancel(service->loop, service->timer);
    free(service);
}

void service_stopping(struct service *service)
{
    if (!service || service->stopping)
        return;
    service->stopping = true;
    (void)sd_notify(0, "STOPPING=1");
    say_status(service);
}

enum status service_socket(int *fd, struct fault *fault)
{
    int count = sd_listen_fds(1);
    *fd = SD_LISTEN_FDS_START;
    if (count != 1)
        return fault_set(fault, STATUS_REJECT, "no-socket",
                         "systemd gave %d sockets, not one: \"systemd\" is for a service with a "
                         ".socket unit; otherwise say where to listen, such as 127.0.0.1:8080",
                         count > 0 ? count : 0);
    if (sd_is_socket_inet(*fd, AF_UNSPEC, SOCK_STREAM, 1, 0) <= 0)
        return fault_set(
            fault, STATUS_REJECT, "no-socket",
            "the socket that systemd gave is no listening TCP socket: the .socket unit "
            "wants ListenStream=HOST:PORT and Accept=no");
    int flags = fcntl(*fd, F_GETFL);
    if (flags < 0 || fcntl(*fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return fault_set(fault, STATUS_FATAL, "no-socket",
                         "the socket that systemd gave cannot be used: %s", strerror(errno));
    return STATUS_OK;
}
