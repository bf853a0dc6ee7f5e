/* A producer that measures: articles acknowledged in a second, and how long an answer takes.
 *
 *   bench_push ENDPOINT ARTICLES WINDOW RATE SEED FILE [alone]
 *
 * FILE has articles in MessagePack, one behind the other. Several go into a message, as
 * `newsmill push` sends them, or with `alone` one.
 *
 * Sends ARTICLES, made of those in FILE in turn, each with a URL of its own (SEED makes those of
 * one run differ from another's) and `published` set to the moment it is sent. Both are written
 * into an article that is encoded before, so that little of what is measured is this producer. At
 * most WINDOW are in flight; RATE articles a second, 0 as fast as they are answered. With a rate
 * the clock of an article starts when its turn came, not when there was room for it, so that
 * waiting is not left out.
 *
 * Prints `acknowledged N seconds S p50 MS p99 MS p999 MS`. Ends with 1 when any was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/article.h"
#include "proto/client.h"

#define FILE_BYTES   (64u << 20)
#define ARENA_BYTES  (64u << 20)
#define TEMPLATES    4096
#define DIGITS       20
#define SOME_TIME_MS INT64_C(0x0123456789ab) /* in the year 2009, with no byte twice */
#define GIVE_UP_MS   60000
#define RESEND_MS    30000

/* An encoded article, and where in it the number in its URL and the eight bytes of its time are. */
struct template
{
    struct slice bytes;
    size_t number_at, published_at;
};

struct bench {
    struct client *client;
    struct template templates[TEMPLATES];
    size_t template_count;
    uint64_t articles, sent, answered, refused;
    int64_t *due_ns; /* when each should have been sent; then how long its answer took */
    const char *seed;
};

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_push: %s\n", why);
    exit(3);
}

static void put_be64(char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (char)(value >> (8 * (7 - i)) & 0xff);
}

static void put_number(char *to, uint64_t number)
{
    for (int i = DIGITS - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
}

/* Where the encoded article has these bytes, which only one place in it can have. */
static size_t place_of(struct slice bytes, const char *wanted, size_t len)
{
    const char *at = memmem(bytes.data, bytes.len, wanted, len);
    if (!at)
        fail("an article is encoded in another way than expected");
    return (size_t)(at - bytes.data);
}

static struct template make_template(const struct bench *bench, struct article article)
{
    char url[128], time[8];
    struct buffer out;
    struct template made;
    int len = snprintf(url, sizeof url, "https://bench.example/%s/%0*d", bench->seed, DIGITS, 0);
    article.url = (struct slice){url, (size_t)len};
    article.published_ms = SOME_TIME_MS;
    buffer_init(&out, ARENA_BYTES);
    article_encode(&article, &out);
    put_be64(time, SOME_TIME_MS);
    made.bytes = buffer_slice(&out);
    made.number_at = place_of(made.bytes, url, (size_t)len) + (size_t)len - DIGITS;
    made.published_at = place_of(made.bytes, time, sizeof time);
    return made;
}

static void load(struct bench *bench, const char *path)
{
    char *bytes = malloc(FILE_BYTES);
    FILE *file = fopen(path, "rb");
    struct arena *arena = arena_new(ARENA_BYTES);
    struct pack_reader reader;
    struct article article;
    struct fault fault;
    struct slice left = {bytes, file && bytes ? fread(bytes, 1, FILE_BYTES, file) : 0};
    pack_reader_init(&reader);
    while (arena && left.len > 0 && bench->template_count < TEMPLATES) {
        size_t len;
        if (pack_measure(left, &len, &fault) != STATUS_OK)
            fail("the file is not MessagePack, or too long");
        arena_reset(arena);
        if (article_decode((struct slice){left.data, len}, &reader, &article, arena, &fault) !=
            STATUS_OK)
            fail(fault.message);
        bench->templates[bench->template_count++] = make_template(bench, article);
        left = (struct slice){left.data + len, left.len - len};
    }
    if (bench->template_count == 0)
        fail("the file has no articles");
    pack_reader_deinit(&reader);
    arena_free(arena);
    free(bytes);
    (void)fclose(file);
}

static void answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct bench *bench = user;
    if (slice_is(reply->error, "no-answer"))
        fail("nothing answers");
    bench->due_ns[tag] = clock_steady_ns() - bench->due_ns[tag];
    bench->answered++;
    bench->refused += !reply->ok;
}

static void push(struct bench *bench, uint64_t number, int64_t due_ns)
{
    struct fault fault;
    const struct template *made = &bench->templates[number % bench->template_count];
    char *bytes = (char *)(uintptr_t)made->bytes.data;
    put_number(bytes + made->number_at, number);
    put_be64(bytes + made->published_at, (uint64_t)clock_wall_ms());
    bench->due_ns[number] = due_ns;
    if (client_push(bench->client, made->bytes, number, &fault) != STATUS_OK)
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
    if (argc != 7 && (argc != 8 || strcmp(argv[7], "alone") != 0))
        fail("usage: bench_push ENDPOINT ARTICLES WINDOW RATE SEED FILE [alone]");
    struct bench bench = {.articles = strtoull(argv[2], NULL, 10), .seed = argv[5]};
    struct client_options options = {.endpoint = argv[1],
                                     .window = (uint32_t)strtoul(argv[3], NULL, 10),
                                     .resend_after_ms = RESEND_MS,
                                     .give_up_after_ms = GIVE_UP_MS,
                                     .answered = answered,
                                     .user = &bench,
                                     .gathers = argc == 7};
    struct fault fault;
    bench.due_ns = calloc(bench.articles, sizeof *bench.due_ns);
    if (!bench.due_ns)
        fail("no memory");
    load(&bench, argv[6]);
    if (client_new(&options, &bench.client, &fault) != STATUS_OK)
        fail(fault.message);
    int64_t start = clock_steady_ns();
    run(&bench, options.window, strtod(argv[4], NULL));
    report(&bench, (double)(clock_steady_ns() - start) / 1e9);
    client_free(bench.client);
    for (size_t i = 0; i < bench.template_count; i++)
        free((void *)(uintptr_t)bench.templates[i].bytes.data);
    free(bench.due_ns);
    return bench.refused > 0;
}
