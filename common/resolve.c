/* A thread a question; the answer comes through an eventfd. */
#include "common/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)512 * 1024) /* getaddrinfo and its modules are not frugal */

/* Belongs to the thread until `done`, and then to whoever comes second: the thread, or the resolver
 * that reads the answer or gives up. */
struct question {
    atomic_int owners;
    atomic_bool answered; /* orders what is below it between the threads */
    int event_fd; /* a duplicate of the resolver's, so that it is open whenever the thread writes */
    char host[RESOLVE_HOST_BYTES];
    char addresses[RESOLVE_ADDRESSES_MAX][RESOLVE_ADDRESS_BYTES];
    size_t count;
    int error; /* of getaddrinfo */
};

struct resolver {
    struct loop *loop;
    resolve_call *call;
    void *user;
    int event_fd;
    struct question *question; /* that is out, or NULL */
};

static void question_release(struct question *question)
{
    if (atomic_fetch_sub(&question->owners, 1) != 1)
        return;
    (void)close(question->event_fd);
    free(question);
}

static bool is_there(const struct question *question, const char *text)
{
    for (size_t i = 0; i < question->count; i++)
        if (strcmp(question->addresses[i], text) == 0)
            return true;
    return false;
}

static void add_addresses(struct question *question, const struct addrinfo *found)
{
    for (; found && question->count < RESOLVE_ADDRESSES_MAX; found = found->ai_next) {
        char *text = question->addresses[question->count];
        if (getnameinfo(found->ai_addr, found->ai_addrlen, text, RESOLVE_ADDRESS_BYTES, NULL, 0,
                        NI_NUMERICHOST) == 0 &&
            !is_there(question, text))
            question->count++;
    }
}

static void *answer(void *user)
{
    static const uint64_t one = 1;
    struct question *question = user;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    question->error = getaddrinfo(question->host, NULL, &hints, &found);
    if (question->error == 0) {
        add_addresses(question, found);
        freeaddrinfo(found);
    }
    atomic_store(&question->answered, true);
    (void)!write(question->event_fd, &one, sizeof one);
    question_release(question);
    return NULL;
}

static void on_answer(void *user)
{
    struct resolver *resolver = user;
    struct question *question = resolver->question;
    uint64_t count;
    if (read(resolver->event_fd, &count, sizeof count) != (ssize_t)sizeof count || !question ||
        !atomic_load(&question->answered))
        return;
    resolver->question = NULL;
    resolver->call(resolver->user, (const char(*)[RESOLVE_ADDRESS_BYTES])question->addresses,
                   question->count,
                   question->count   ? ""
                   : question->error ? gai_strerror(question->error)
                                     : "no address");
    question_release(question);
}

enum status resolver_new(struct loop *loop, resolve_call *call, void *user, struct resolver **out,
                         struct fault *fault)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (!resolver)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a resolver");
    *resolver = (struct resolver){.loop = loop, .call = call, .user = user};
    resolver->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (resolver->event_fd < 0) {
        enum status status = fault_set(fault, STATUS_FATAL, "resolver",
                                       "cannot open an eventfd: %s", strerror(errno));
        free(resolver);
        return status;
    }
    loop_watch_fd(loop, resolver->event_fd, false, on_answer, resolver);
    *out = resolver;
    return STATUS_OK;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    if (resolver->question)
        question_release(resolver->question);
    loop_unwatch_fd(resolver->loop, resolver->event_fd);
    (void)close(resolver->event_fd);
    free(resolver);
}

/* The thread must not see a signal meant for the loop. */
static bool start_thread(struct question *question)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    (void)sigfillset(&all);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, &attributes, answer, question) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return started;
}

bool resolver_ask(struct resolver *resolver, const char *host)
{
    struct question *question = resolver->question ? NULL : calloc(1, sizeof *question);
    if (!question)
        return false;
    (void)snprintf(question->host, sizeof question->host, "%s", host);
    question->event_fd = fcntl(resolver->event_fd, F_DUPFD_CLOEXEC, 0);
    atomic_init(&question->owners, 2);
    if (question->event_fd < 0 || !start_thread(question)) {
        if (question->event_fd >= 0)
            (void)close(question->event_fd);
        free(question);
        return false;
    }
    resolver->question = question;
    return true;
}

bool resolve_is_address(const char *host)
{
    char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}
