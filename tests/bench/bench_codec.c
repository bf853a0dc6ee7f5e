/* What our codecs take beside msgpack-c alone, in nanoseconds a message.
 *
 *   bench_codec article|result ROUNDS FILE      one message in MessagePack (tests/bench/run makes
 * it)
 *
 * Prints two lines, `decode OURS REFERENCE` and `encode OURS REFERENCE`. The reference unpacks the
 * same bytes into msgpack-c's tree, in a zone that is used again, and packs that tree again into a
 * buffer that is used again; it checks no counts, no UTF-8 and no names. Ours and the reference
 * take turns in blocks of some microseconds; the pair of blocks whose ratio is the middle one
 * counts. A processor changes its speed by half within a run: the fastest block of one would stand
 * beside the other's in another minute. */
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/article.h"
#include "proto/result.h"

#define BLOCK       200
#define ARENA_BYTES (64u << 20)

struct bench {
    bool article; /* else a result */
    struct slice bytes;
    struct pack_reader reader;
    struct arena *arena;
    struct buffer out;
    struct article decoded_article;
    struct result decoded_result;
    msgpack_zone zone;
    msgpack_object tree;
    msgpack_sbuffer packed;
};

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_codec: %s\n", why);
    exit(3);
}

static void decode_ours(struct bench *bench)
{
    struct fault fault;
    arena_reset(bench->arena);
    enum status status = bench->article
                             ? article_decode(bench->bytes, &bench->reader, &bench->decoded_article,
                                              bench->arena, &fault)
                             : result_decode(bench->bytes, &bench->reader, &bench->decoded_result,
                                             bench->arena, &fault);
    if (status != STATUS_OK)
        fail(fault.message);
}

static void decode_reference(struct bench *bench)
{
    size_t offset = 0;
    msgpack_zone_clear(&bench->zone);
    if (msgpack_unpack(bench->bytes.data, bench->bytes.len, &offset, &bench->zone, &bench->tree) !=
        MSGPACK_UNPACK_SUCCESS)
        fail("msgpack-c cannot unpack this");
}

static void encode_ours(struct bench *bench)
{
    buffer_clear(&bench->out);
    if (bench->article)
        article_encode(&bench->decoded_article, &bench->out);
    else
        result_encode(&bench->decoded_result, &bench->out);
    if (buffer_failed(&bench->out))
        fail("no memory");
}

static void encode_reference(struct bench *bench)
{
    msgpack_packer packer;
    msgpack_sbuffer_clear(&bench->packed);
    msgpack_packer_init(&packer, &bench->packed, msgpack_sbuffer_write);
    if (msgpack_pack_object(&packer, bench->tree) != 0)
        fail("no memory");
}

typedef void step(struct bench *bench);

static double block(step *call, struct bench *bench)
{
    int64_t start = clock_worked_ns();
    for (int i = 0; i < BLOCK; i++)
        call(bench);
    return (double)(clock_worked_ns() - start) / BLOCK;
}

struct turn {
    double ours, reference;
};

static int by_ratio(const void *left, const void *right)
{
    const struct turn *a = left, *b = right;
    double one = a->ours * b->reference, other = b->ours * a->reference;
    return (one > other) - (one < other);
}

static void compare(const char *name, step *ours, step *reference, struct bench *bench,
                    unsigned rounds)
{
    struct turn *turns = calloc(rounds, sizeof *turns);
    if (!turns)
        fail("no memory");
    for (unsigned i = 0; i < rounds; i++)
        turns[i] = (struct turn){block(ours, bench), block(reference, bench)};
    qsort(turns, rounds, sizeof *turns, by_ratio);
    printf("%s %.1f %.1f\n", name, turns[rounds / 2].ours, turns[rounds / 2].reference);
    free(turns);
}

static struct slice load(const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (!file || len == 0 || len == sizeof bytes)
        fail("cannot read the message");
    (void)fclose(file);
    return (struct slice){bytes, len};
}

int main(int argc, char **argv)
{
    if (argc != 4 || (strcmp(argv[1], "article") != 0 && strcmp(argv[1], "result") != 0))
        fail("usage: bench_codec article|result ROUNDS FILE");
    struct bench bench = {.article = strcmp(argv[1], "article") == 0, .bytes = load(argv[3])};
    unsigned rounds = (unsigned)strtoul(argv[2], NULL, 10);
    if (rounds == 0)
        fail("no rounds");
    bench.arena = arena_new(ARENA_BYTES);
    if (!bench.arena || !msgpack_zone_init(&bench.zone, MSGPACK_ZONE_CHUNK_SIZE))
        fail("no memory");
    pack_reader_init(&bench.reader);
    buffer_init(&bench.out, ARENA_BYTES);
    msgpack_sbuffer_init(&bench.packed);
    compare("decode", decode_ours, decode_reference, &bench, rounds);
    compare("encode", encode_ours, encode_reference, &bench, rounds);
    msgpack_sbuffer_destroy(&bench.packed);
    msgpack_zone_destroy(&bench.zone);
    buffer_deinit(&bench.out);
    pack_reader_deinit(&bench.reader);
    arena_free(bench.arena);
    return 0;
}
