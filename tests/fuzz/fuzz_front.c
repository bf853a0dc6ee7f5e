/* Bodies of requests to the HTTP front, of every media type, packed or not: what comes out are
 * articles, or refusals that say why. */
#include <stdlib.h>

#include "proto/article.h"
#include "tests/fuzz/fuzz.h"
#include "worker/sources/front/intake.h"

#define ARTICLES_MAX 100
#define UNPACKED_MAX ((uint64_t)1 << 24)

static void take(const struct intake *intake, const struct intake_item *item, struct arena *arena)
{
    struct article article;
    struct fault fault;
    struct pack_reader reader;
    if (item->fault) {
        if (!item->fault->code[0] || !item->fault->message[0])
            abort(); /* a refusal has a reason */
        return;
    }
    if (item->at + item->len > intake->packed.len)
        abort();
    pack_reader_init(&reader);
    arena_reset(arena);
    /* Ingest may refuse it; a document is always an article. */
    (void)!article_decode((struct slice){intake->packed.data + item->at, item->len}, &reader,
                          &article, arena, &fault);
    pack_reader_deinit(&reader);
}

static void read_body(const struct fuzz_input *input)
{
    static const char *const types[] = {"application/json",      "application/x-ndjson",
                                        "application/msgpack",   "text/html; charset=utf-8",
                                        "text/html; charset=\"", "text/plain"};
    const size_t count = sizeof types / sizeof types[0];
    const struct intake_about about = {.content_type = types[input->choice % count],
                                       .gzip = input->choice / count % 2,
                                       .url = SLICE_LITERAL("https://n.example/a")};
    const struct intake_limits limits = {ARTICLES_MAX, UNPACKED_MAX};
    struct arena *arena = arena_new(input->arena_bytes);
    struct intake intake;
    struct fault fault = {.code = ""};
    enum status status = intake_read(intake_format_of(about.content_type), input->bytes, &about,
                                     &limits, &intake, &fault);
    if (status != STATUS_OK && !fault.code[0])
        abort();
    for (size_t i = 0; arena && status == STATUS_OK && i < intake.count; i++)
        take(&intake, &intake.items[i], arena);
    intake_deinit(&intake);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    if (!fuzz_begin(data, size, &input))
        return 0;
    read_body(&input);
    fuzz_end(&input);
    return 0;
}
