/* A page through the whole analysis. The first byte chooses how little memory the arena has, so
 * that running out is explored too; the second whether the body is bytes in an unknown charset. */
#include <stdint.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "worker/analysis/analysis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct analysis *analysis(void)
{
    static struct analysis *kept;
    struct analysis_options options = {.timings = false};
    struct fault fault;
    if (!kept && analysis_new(&options, &kept, &fault) != STATUS_OK)
        abort();
    return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct slice body = {(const char *)data + 2, size - 2};
    struct arena *arena = arena_new(data[0] == 0 ? (size_t)1 << 28 : (size_t)data[0] * 1024);
    struct envelope envelope = {.received_ms = 0};
    struct result result;
    struct fault fault;
    size_t repaired = 0;
    bool binary = data[1] % 2 != 0;
    struct article article = {.body = binary ? body : utf8_repair(body, &repaired, arena),
                              .body_is_binary = binary,
                              .type = SLICE_LITERAL("text/html"),
                              .url = SLICE_LITERAL("https://example.org/2019/05/news"),
                              .published_ms = CLOCK_NONE};
    if ((article.body.data || body.len == 0) &&
        analysis_run(analysis(), &envelope, &article, arena, &result, &fault) == STATUS_OK) {
        if (!utf8_is_clean(result.text) || !utf8_is_clean(result.title))
            abort();
        json_decref(fields_to_json(&result_table, &result));
    }
    arena_free(arena);
    return 0;
}
