/* The two links of an article, without the work between: how fast ingest and its workers pass it
 * on.
 *
 *   bench_link raw MESSAGES BYTES BACK WINDOW        libzmq alone: a ROUTER and a DEALER in two
 * processes bench_link workers ENDPOINT ANALYZERS STORES RESULT   workers that answer at once,
 * until SIGTERM
 *
 * `raw` sends MESSAGES of BYTES from the ROUTER, WINDOW ahead of the answers of BACK bytes, and
 * prints `messages N seconds S`. `workers` are this program's own many connections to one ingest:
 * each analyzer answers with the bytes of the file RESULT, each storage worker with "stored". A
 * process has at most 10; start several for more. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "proto/consumer.h"

#define WORKERS_MAX 10 /* a loop has timers for so many consumers */

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_link: %s\n", why);
    exit(3);
}

static struct bus_socket *opened(struct bus *bus, enum bus_kind kind)
{
    struct bus_socket *socket;
    struct fault fault;
    struct bus_options options = {100000, -1, 1000};
    if (bus_open(bus, kind, options, &socket, &fault) != STATUS_OK)
        fail(fault.message);
    return socket;
}

static void wait_for(struct bus_socket *socket)
{
    struct bus_poll entry = {.socket = socket};
    (void)bus_poll(&entry, 1, -1);
}

static void receive(struct bus_socket *socket, struct bus_message *message)
{
    while (bus_receive(socket, message) != STATUS_OK)
        wait_for(socket);
}

static void send_bytes(struct bus_socket *socket, const struct bus_message *route,
                       const char *bytes, size_t len)
{
    struct bus_message message;
    bus_message_init(&message);
    bool good = !route || bus_message_add(&message, bus_message_frame(route, 0)) == STATUS_OK;
    if (!good || bus_message_add(&message, (struct slice){bytes, len}) != STATUS_OK ||
        bus_send(socket, &message) != STATUS_OK)
        fail("cannot send");
}

/* ---- libzmq alone ---- */

static int answer_all(const char *endpoint, uint64_t messages, size_t back)
{
    struct bus *bus = bus_new();
    struct bus_socket *socket = opened(bus, BUS_DEALER);
    struct bus_message message;
    struct fault fault;
    char *bytes = calloc(1, back);
    if (!bytes || bus_connect(socket, endpoint, &fault) != STATUS_OK)
        fail("cannot connect");
    send_bytes(socket, NULL, bytes, back);
    for (uint64_t i = 0; i < messages; i++) {
        receive(socket, &message);
        bus_message_deinit(&message);
        send_bytes(socket, NULL, bytes, back);
    }
    bus_close(&socket);
    bus_free(bus);
    free(bytes);
    return 0;
}

static double send_all(struct bus_socket *socket, uint64_t messages, size_t len, uint64_t window)
{
    struct bus_message hello, message;
    char *bytes = calloc(1, len);
    uint64_t sent = 0, back = 0;
    if (!bytes)
        fail("no memory");
    receive(socket, &hello);
    int64_t start = clock_steady_ns();
    while (back < messages) {
        while (sent < messages && sent - back < window) {
            send_bytes(socket, &hello, bytes, len);
            sent++;
        }
        receive(socket, &message);
        bus_message_deinit(&message);
        back++;
    }
    double seconds = (double)(clock_steady_ns() - start) / 1e9;
    bus_message_deinit(&hello);
    free(bytes);
    return seconds;
}

static int raw(char **arguments)
{
    uint64_t messages = strtoull(arguments[0], NULL, 10);
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", 20000 + getpid() % 20000);
    pid_t child = fork();
    if (child == 0)
        return answer_all(endpoint, messages, strtoull(arguments[2], NULL, 10));
    struct bus *bus = bus_new();
    struct bus_socket *socket = opened(bus, BUS_ROUTER);
    struct fault fault;
    if (child < 0 || bus_bind(socket, endpoint, &fault) != STATUS_OK)
        fail("cannot bind");
    printf("messages %llu seconds %.4f\n", (unsigned long long)messages,
           send_all(socket, messages, strtoull(arguments[1], NULL, 10),
                    strtoull(arguments[3], NULL, 10)));
    bus_close(&socket);
    bus_free(bus);
    return waitpid(child, NULL, 0) != child;
}

/* ---- workers without work ---- */

struct idle_worker {
    struct consumer *consumer;
    struct slice result; /* NULL: a storage worker */
    bool flushing;
    struct loop *loop;
};

static void flush(void *user)
{
    struct idle_worker *worker = user;
    worker->flushing = false;
    consumer_flush(worker->consumer);
}

static void deliver(void *user, struct consumer_delivery *delivery)
{
    struct idle_worker *worker = user;
    if (worker->result.data) {
        consumer_done_result(worker->consumer, delivery, worker->result);
    } else {
        consumer_done(worker->consumer, delivery, "stored");
        if (!worker->flushing)
            (void)loop_once(worker->loop, 0, flush, worker);
        worker->flushing = true;
    }
    consumer_delivery_free(delivery);
}

static void stop(void *user)
{
    loop_stop(((struct idle_worker *)user)->loop);
}

static void stop_on_signal(void *loop, int signal)
{
    if (signal == SIGTERM || signal == SIGINT)
        loop_stop(loop);
}

static struct slice load(const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (len == 0)
        fail("cannot read the result");
    (void)fclose(file);
    return (struct slice){bytes, len};
}

static void start(struct idle_worker *worker, struct bus *bus, const char *endpoint)
{
    struct consumer_options options = {.role = worker->result.data ? LINK_ANALYZE : LINK_STORE,
                                       .endpoints = endpoint,
                                       .resolve_ms = 60000,
                                       .credit_messages = worker->result.data ? 16 : 1000,
                                       .credit_bytes = 32 << 20,
                                       .deliver = deliver,
                                       .terminate = stop,
                                       .user = worker};
    struct fault fault;
    if (consumer_new(bus, worker->loop, &options, &worker->consumer, &fault) != STATUS_OK)
        fail(fault.message);
}

static int workers(char **arguments)
{
    static struct idle_worker all[WORKERS_MAX];
    size_t analyzers = strtoul(arguments[1], NULL, 10), stores = strtoul(arguments[2], NULL, 10);
    struct loop *loop = loop_new();
    struct fault fault;
    if (!loop || analyzers + stores > WORKERS_MAX ||
        loop_signals(loop, stop_on_signal, loop, &fault) != STATUS_OK)
        fail("too many workers");
    struct bus *bus = bus_new();
    struct slice result = load(arguments[3]);
    for (size_t i = 0; i < analyzers + stores; i++) {
        all[i] = (struct idle_worker){.result = i < analyzers ? result : SLICE_NULL, .loop = loop};
        start(&all[i], bus, arguments[0]);
    }
    loop_run(loop);
    for (size_t i = 0; i < analyzers + stores; i++)
        consumer_free(all[i].consumer);
    bus_free(bus);
    loop_free(loop);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "raw") == 0)
        return raw(argv + 2);
    if (argc == 6 && strcmp(argv[1], "workers") == 0)
        return workers(argv + 2);
    fail("usage: bench_link raw MESSAGES BYTES BACK WINDOW\n"
         "       bench_link workers ENDPOINT ANALYZERS STORES RESULT");
}
