/* A timer of the system whose signal looks at the time while an article is worked on; and handlers
 * that delay a crash a little. */
#include "worker/analysis/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/options.h"

#define STACK_BYTES   ((size_t)64 * 1024)
#define TICK_MS       50
#define LAST_WORDS_NS 20000000L /* libzmq's thread needs microseconds; a busy machine, more */

/* A signal handler may use none of the usual means. */
static void write_line(uint64_t lease)
{
    static const char head[] =
        "error an article takes longer than --article-ms; this worker ends lease=";
    char line[sizeof head + 24];
    size_t len = sizeof head - 1, digits = 1;
    memcpy(line, head, len);
    for (uint64_t rest = lease; rest >= 10; rest /= 10)
        digits++;
    for (size_t i = digits; i > 0; i--, lease /= 10)
        line[len + i - 1] = (char)('0' + lease % 10);
    len += digits;
    line[len++] = '\n';
    (void)!write(STDERR_FILENO, line, len);
}

static void let_last_words_out(void)
{
    struct timespec left = {0, LAST_WORDS_NS};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static _Noreturn void over_the_limit(const struct watchdog *watchdog)
{
    write_line(watchdog->lease);
    let_last_words_out();
    _exit(EXIT_OUTSIDE);
}

/* The loop blocks these signals for its signalfd, so they wait to be fetched. */
static void look_for_stops(struct watchdog *watchdog, int64_t now_ms)
{
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    while (sigtimedwait(&stops, NULL, &(const struct timespec){0, 0}) > 0) {
        watchdog->stop_ms = watchdog->stops++ == 0 ? now_ms : watchdog->stop_ms;
    }
    if (watchdog->stops > 1 ||
        (watchdog->stops == 1 && now_ms - watchdog->stop_ms >= watchdog->drain_ms))
        _exit(EXIT_DONE); /* what it holds is delivered to others */
}

static void on_tick(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    int before = errno; /* whoever was interrupted may be about to look at it */
    struct watchdog *watchdog = info->si_value.sival_ptr;
    int64_t now = clock_steady_ms();
    if (watchdog->limit_ms > 0 && now - watchdog->begun_ms >= watchdog->limit_ms)
        over_the_limit(watchdog);
    look_for_stops(watchdog, now);
    errno = before;
}

/* Returning does the same thing again, now without a handler: the process dies of what it did. */
static void on_crash(int number)
{
    (void)number;
    int before = errno;
    let_last_words_out();
    errno = before;
}

/* Leaves alone what somebody else handles already: a sanitizer. */
static bool handle_crash(int number)
{
    struct sigaction before,
        action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
    return sigaction(number, NULL, &before) == 0 &&
           (before.sa_handler != SIG_DFL || sigaction(number, &action, NULL) == 0);
}

static bool install(struct watchdog *watchdog)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    stack_t stack = {.ss_sp = watchdog->stack, .ss_size = STACK_BYTES};
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGALRM,
                             .sigev_value = {.sival_ptr = watchdog}};
    bool good = sigaltstack(&stack, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0;
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        good = good && handle_crash(crashes[i]);
    return good && timer_create(CLOCK_MONOTONIC, &event, &watchdog->timer) == 0;
}

enum status watchdog_open(struct watchdog *watchdog, int64_t limit_ms, int64_t drain_ms,
                          struct fault *fault)
{
    *watchdog =
        (struct watchdog){.limit_ms = limit_ms, .drain_ms = drain_ms, .stack = malloc(STACK_BYTES)};
    if (!watchdog->stack || !install(watchdog))
        return fault_set(fault, STATUS_FATAL, "signals", "cannot watch over the time: %s",
                         strerror(errno));
    watchdog->open = true;
    return STATUS_OK;
}

void watchdog_close(struct watchdog *watchdog)
{
    if (watchdog->open)
        (void)timer_delete(watchdog->timer);
    watchdog->open = false;
    if (watchdog->stack)
        (void)sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(watchdog->stack);
    watchdog->stack = NULL;
}

/* 0 stops it. Articles take less than a tick, most of them. */
static void set_timer(const struct watchdog *watchdog, int64_t ms)
{
    struct timespec every = {.tv_nsec = (long)ms * 1000000L};
    struct itimerspec when = {.it_interval = every, .it_value = every};
    (void)timer_settime(watchdog->timer, 0, &when, NULL);
}

void watchdog_begin(struct watchdog *watchdog, uint64_t lease)
{
    watchdog->lease = lease;
    watchdog->begun_ms = clock_steady_ms();
    watchdog->stops = 0;
    set_timer(watchdog, TICK_MS);
}

bool watchdog_end(struct watchdog *watchdog)
{
    set_timer(watchdog, 0);
    return watchdog->stops > 0;
}
