/* The event loop: watches, timers and signals over bus_poll(). */
#include "common/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"

#define WATCHES_MAX BUS_POLL_MAX
#define TIMERS_MAX  32

struct watch {
    struct bus_socket *socket; /* or NULL and an fd */
    int fd;
    bool active, paused, for_write;
    uint64_t generation; /* tells a slot's reuse inside a turn from the watch that was polled */
    loop_call *call;
    void *user;
};

struct timer {
    bool active;
    int64_t due_ms, every_ms; /* every_ms 0: once */
    loop_call *call;
    void *user;
};

struct loop {
    struct watch watches[WATCHES_MAX];
    struct timer timers[TIMERS_MAX];
    uint64_t generations;
    loop_call *turn_end;
    void *turn_end_user;
    loop_signal_call *signal_call;
    void *signal_user;
    int signal_fd;
    int64_t now_ms;
    bool stopping;
};

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->signal_fd = -1;
    loop->now_ms = clock_steady_ms();
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->signal_fd >= 0)
        (void)close(loop->signal_fd);
    free(loop);
}

static void watch_add(struct loop *loop, struct watch watch)
{
    watch.active = true;
    watch.generation = ++loop->generations;
    size_t slot = 0;
    while (slot < WATCHES_MAX && loop->watches[slot].active)
        slot++;
    assert(slot < WATCHES_MAX);
    loop->watches[slot] = watch;
}

void loop_watch_socket(struct loop *loop, struct bus_socket *socket, loop_call *call, void *user)
{
    watch_add(loop, (struct watch){.socket = socket, .fd = -1, .call = call, .user = user});
}

static struct watch *find_socket(struct loop *loop, const struct bus_socket *socket)
{
    for (size_t i = 0; i < WATCHES_MAX; i++)
        if (loop->watches[i].active && loop->watches[i].socket == socket)
            return &loop->watches[i];
    return NULL;
}

void loop_unwatch_socket(struct loop *loop, const struct bus_socket *socket)
{
    struct watch *watch = find_socket(loop, socket);
    if (watch)
        watch->active = false;
}

void loop_pause_socket(struct loop *loop, const struct bus_socket *socket, bool paused)
{
    struct watch *watch = find_socket(loop, socket);
    if (watch)
        watch->paused = paused;
}

void loop_watch_fd(struct loop *loop, int fd, bool for_write, loop_call *call, void *user)
{
    watch_add(loop, (struct watch){.fd = fd, .for_write = for_write, .call = call, .user = user});
}

void loop_unwatch_fd(struct loop *loop, int fd)
{
    for (size_t i = 0; i < WATCHES_MAX; i++)
        if (loop->watches[i].active && !loop->watches[i].socket && loop->watches[i].fd == fd)
            loop->watches[i].active = false;
}

static int timer_add(struct loop *loop, int64_t after_ms, int64_t every_ms, loop_call *call,
                     void *user)
{
    int slot = 0;
    while (slot < TIMERS_MAX && loop->timers[slot].active)
        slot++;
    assert(slot < TIMERS_MAX);
    loop->timers[slot] = (struct timer){true, clock_steady_ms() + after_ms, every_ms, call, user};
    return slot;
}

int loop_every(struct loop *loop, int64_t every_ms, loop_call *call, void *user)
{
    assert(every_ms > 0);
    return timer_add(loop, every_ms, every_ms, call, user);
}

int loop_once(struct loop *loop, int64_t after_ms, loop_call *call, void *user)
{
    return timer_add(loop, after_ms, 0, call, user);
}

void loop_cancel(struct loop *loop, int handle)
{
    if (handle >= 0 && handle < TIMERS_MAX)
        loop->timers[handle].active = false;
}

static void watched_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGCHLD);
    (void)sigaddset(set, SIGHUP);
}

static void read_signals(void *user)
{
    struct loop *loop = user;
    struct signalfd_siginfo info;
    while (read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        loop->signal_call(loop->signal_user, (int)info.ssi_signo);
}

enum status loop_signals(struct loop *loop, loop_signal_call *call, void *user, struct fault *fault)
{
    sigset_t set;
    watched_signals(&set);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return fault_set(fault, STATUS_FATAL, "signals", "cannot block signals: %s",
                         strerror(errno));
    loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop->signal_fd < 0)
        return fault_set(fault, STATUS_FATAL, "signals", "cannot open a signalfd: %s",
                         strerror(errno));
    loop->signal_call = call;
    loop->signal_user = user;
    loop_watch_fd(loop, loop->signal_fd, false, read_signals, loop);
    return STATUS_OK;
}

void loop_signals_restore(void)
{
    sigset_t set;
    watched_signals(&set);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
}

void loop_at_turn_end(struct loop *loop, loop_call *call, void *user)
{
    loop->turn_end = call;
    loop->turn_end_user = user;
}

/* How long the poll may wait: until the next timer, `timeout_ms` at most (-1: no limit). */
static int wait_ms(const struct loop *loop, int timeout_ms)
{
    int64_t wait = timeout_ms;
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (!loop->timers[i].active)
            continue;
        int64_t until = loop->timers[i].due_ms - clock_steady_ms();
        if (until < 0)
            until = 0;
        if (wait < 0 || until < wait)
            wait = until;
    }
    return (int)(wait > 1000000 ? 1000000 : wait);
}

static void run_watches(struct loop *loop, int timeout_ms)
{
    struct bus_poll polls[WATCHES_MAX];
    size_t slots[WATCHES_MAX], count = 0;
    uint64_t generations[WATCHES_MAX];
    for (size_t i = 0; i < WATCHES_MAX; i++) {
        const struct watch *watch = &loop->watches[i];
        if (!watch->active || watch->paused)
            continue;
        polls[count] = (struct bus_poll){
            .socket = watch->socket, .fd = watch->fd, .want_write = watch->for_write};
        generations[count] = watch->generation;
        slots[count++] = i;
    }
    int ready = bus_poll(polls, count, wait_ms(loop, timeout_ms));
    loop->now_ms = clock_steady_ms();
    for (size_t i = 0; i < count && ready > 0; i++) {
        const struct watch *watch = &loop->watches[slots[i]];
        /* An earlier callback may have ended or replaced this watch. */
        if (polls[i].ready && watch->active && !watch->paused &&
            watch->generation == generations[i])
            watch->call(watch->user);
    }
}

static void run_timers(struct loop *loop)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        struct timer *timer = &loop->timers[i];
        if (!timer->active || timer->due_ms > loop->now_ms)
            continue;
        if (timer->every_ms > 0) {
            timer->due_ms += timer->every_ms;
            if (timer->due_ms <= loop->now_ms) /* held up for long: no burst of calls */
                timer->due_ms = loop->now_ms + timer->every_ms;
        } else {
            timer->active = false;
        }
        timer->call(timer->user);
    }
}

void loop_turn(struct loop *loop, int timeout_ms)
{
    run_watches(loop, timeout_ms);
    run_timers(loop);
    if (loop->turn_end)
        loop->turn_end(loop->turn_end_user);
}

void loop_run(struct loop *loop)
{
    while (!loop->stopping)
        loop_turn(loop, -1);
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

bool loop_stopping(const struct loop *loop)
{
    return loop->stopping;
}

int64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}
