/* The whole analysis on any text, page or bytes of any charset. Every fact must lie inside the
 * text, and the result must survive its way to storage. */
#include <stdlib.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spans.h"
#include "worker/analysis/analysis.h"

static struct analysis *the_analysis(void)
{
    static struct analysis *analysis;
    static const struct analysis_options options = {.tokens = true};
    struct fault fault;
    if (!analysis && analysis_new(&options, &analysis, &fault) != STATUS_OK)
        abort();
    return analysis;
}

static struct article article_of(const struct fuzz_input *input)
{
    static const char *const languages[] = {"en", "de", "zh", "", "ar", "ru", "es", "th"};
    static const char *const charsets[] = {"", "utf-8", "utf-16", "windows-1251", "x-none"};
    return (struct article){
        .body = input->bytes,
        .body_is_binary = true,
        .type = slice_from(input->choice & 1 ? "text/html" : "text/plain"),
        .language = slice_from(languages[input->choice >> 1 & 7]),
        .charset = slice_from(charsets[(input->choice >> 4 & 7) % 5]),
        .url = SLICE_LITERAL("https://www.example.org/2024/03/01/fuzz"),
        .published_ms = input->choice & 0x80 ? CLOCK_NONE : 1709290000000,
    };
}

static void check(const struct result *result)
{
    if (!utf8_is_clean(result->text) || !utf8_is_clean(result->title) || spans_check(result).why[0])
        abort();
}

static void round_trip(const struct result *result, struct arena *arena)
{
    struct buffer out;
    struct pack_reader reader;
    struct result again;
    struct fault fault;
    buffer_init(&out, (size_t)1 << 26);
    pack_reader_init(&reader);
    result_encode(result, &out);
    if (!buffer_failed(&out) &&
        result_decode(buffer_slice(&out), &reader, &again, arena, &fault) == STATUS_REJECT)
        abort();
    pack_reader_deinit(&reader);
    buffer_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    struct result result;
    struct fault fault;
    struct envelope envelope = {.received_ms = 1709300000000};
    struct analysis *analysis = the_analysis();
    if (!fuzz_begin(data, size, &input))
        return 0;
    struct article article = article_of(&input);
    /* In steps of 32 KiB: less than that and nothing at all is analysed. */
    struct arena *arena = arena_new(data[0] ? (size_t)data[0] << 15 : ANALYSIS_ARENA_BYTES);
    if (arena && analysis_run(analysis, &envelope, &article, arena, &result, &fault) == STATUS_OK) {
        fuzz_relent();
        check(&result);
        json_decref(fields_to_json(&result_table, &result));
        if (data[0] == 0 && data[1] == 0)
            round_trip(&result, arena);
    }
    arena_free(arena);
    fuzz_end(&input);
    return 0;
}
