/* A producer that measures: articles acknowledged in a second, and how long an answer takes.
 *
 *   bench_push ENDPOINT ARTICLES WINDOW RATE SEED FILE     articles in MessagePack, one behind the
 * other
 *
 * Sends ARTICLES, made of those in FILE in turn, each with a URL of its own (SEED makes those of
 * one run differ from another's) and `published` set to the moment it is sent. At most WINDOW are
 * in flight; RATE articles a second, 0 as fast as they are answered. With a rate the clock of an
 * article starts when its turn came, not when there was room for it, so that waiting is not left
 * out.
 *
 * Prints `acknowledged N seconds S p50 MS p99 MS p999 MS`. Ends with 1 when any was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/article.h"
#include "proto/client.h"

#define FILE_BYTES  (64u << 20)
#define ARENA_BYTES (64u << 20)
#define TEMPLATES   4096
#define GIVE_UP_MS  60000
#define RESEND_MS   30000

struct bench {
    struct client *client;
    struct slice templates[TEMPLATES];
    size_t template_count;
    uint64_t articles, sent, answered, refused;
    int64_t *due_ns; /* when each should have been sent; then how long its answer took */
    struct pack_reader reader;
    struct arena *arena;
    struct buffer out;
    const char *seed;
};

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_push: %s\n", why);
    exit(3);
}

static void load(struct bench *bench, const char *path)
{
    char *bytes = malloc(FILE_BYTES);
    FILE *file = fopen(path, "rb");
    struct fault fault;
    struct slice left = {bytes, file && bytes ? fread(bytes, 1, FILE_BYTES, file) : 0};
    while (left.len > 0 && bench->template_count < TEMPLATES) {
        size_t len;
        if (pack_measure(left, &len, &fault) != STATUS_OK)
            fail("the file is not MessagePack, or too long");
        bench->templates[bench->template_count++] = (struct slice){left.data, len};
        left = (struct slice){left.data + len, left.len - len};
    }
    if (bench->template_count == 0)
        fail("the file has no articles");
    (void)fclose(file);
}

static void answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct bench *bench = user;
    bench->due_ns[tag] = clock_steady_ns() - bench->due_ns[tag];
    bench->answered++;
    bench->refused += !reply->ok;
}

static void push(struct bench *bench, uint64_t number, int64_t due_ns)
{
    struct article article;
    struct fault fault;
    char url[128];
    int len = snprintf(url, sizeof url, "https://bench.example/%s/%llu", bench->seed,
                       (unsigned long long)number);
    arena_reset(bench->arena);
    if (article_decode(bench->templates[number % bench->template_count], &bench->reader, &article,
                       bench->arena, &fault) != STATUS_OK)
        fail(fault.message);
    article.url = (struct slice){url, (size_t)len};
    article.published_ms = clock_wall_ms();
    buffer_clear(&bench->out);
    article_encode(&article, &bench->out);
    bench->due_ns[number] = due_ns;
    if (client_push(bench->client, buffer_slice(&bench->out), number, &fault) != STATUS_OK)
        fail(fault.message);
}

static void run(struct bench *bench, uint32_t window, double rate)
{
    int64_t start = clock_steady_ns();
    while (bench->answered < bench->articles) {
        int64_t now = clock_steady_ns();
        while (bench->sent < bench->articles && client_in_flight(bench->client) < window) {
            int64_t due = rate > 0 ? start + (int64_t)((double)bench->sent / rate * 1e9) : now;
            if (due > now)
                break;
            push(bench, bench->sent++, due);
        }
        bool full = bench->sent == bench->articles || client_in_flight(bench->client) == window;
        client_run(bench->client, full || rate == 0 ? 50 : 1);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void report(struct bench *bench, double seconds)
{
    qsort(bench->due_ns, bench->articles, sizeof *bench->due_ns, compare);
    const double shares[] = {0.5, 0.99, 0.999};
    printf("acknowledged %llu seconds %.3f", (unsigned long long)(bench->answered - bench->refused),
           seconds);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        printf(" p%s %.3f",
               i == 0   ? "50"
               : i == 1 ? "99"
                        : "999",
               (double)bench->due_ns[(size_t)((double)(bench->articles - 1) * shares[i])] / 1e6);
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc != 7)
        fail("usage: bench_push ENDPOINT ARTICLES WINDOW RATE SEED FILE");
    struct bench bench = {.articles = strtoull(argv[2], NULL, 10), .seed = argv[5]};
    struct client_options options = {.endpoint = argv[1],
                                     .window = (uint32_t)strtoul(argv[3], NULL, 10),
                                     .resend_after_ms = RESEND_MS,
                                     .give_up_after_ms = GIVE_UP_MS,
                                     .answered = answered,
                                     .user = &bench};
    struct fault fault;
    bench.due_ns = calloc(bench.articles, sizeof *bench.due_ns);
    bench.arena = arena_new(ARENA_BYTES);
    if (!bench.due_ns || !bench.arena)
        fail("no memory");
    buffer_init(&bench.out, ARENA_BYTES);
    pack_reader_init(&bench.reader);
    load(&bench, argv[6]);
    if (client_new(&options, &bench.client, &fault) != STATUS_OK)
        fail(fault.message);
    int64_t start = clock_steady_ns();
    run(&bench, options.window, strtod(argv[4], NULL));
    report(&bench, (double)(clock_steady_ns() - start) / 1e9);
    client_free(bench.client);
    pack_reader_deinit(&bench.reader);
    buffer_deinit(&bench.out);
    arena_free(bench.arena);
    free(bench.due_ns);
    return bench.refused > 0;
}
