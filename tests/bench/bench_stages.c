/* What each stage of the analysis takes, in nanoseconds an article and a byte.
 *
 *   bench_stages full|fast ROUNDS FILE      JSON Lines of articles (tests/bench/corpus)
 *
 * Prints a line `NAME NS BYTES` a stage: of every article the fastest of ROUNDS runs counts, which
 * is what a core can do when nobody else is at work, and their sum is divided by the articles.
 * Behind the stages stand references over the same texts: `ref-copy` (memory), `ref-xxh3`,
 * `ref-icu-words` (a loop over ICU's word breaks) and `ref-cld2` (all of the text).
 * tests/bench/stages reads this. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>
#include <xxhash.h>

#include "common/clock.h"
#include "worker/analysis/analysis.h"
#include "worker/analysis/language/cld2.h"

#define STAGES_MAX 40

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_stages: %s\n", why);
    exit(3);
}

struct sums {
    uint64_t stages[STAGES_MAX];
    uint64_t copy, xxh3, words, cld2;
    size_t bytes, articles;
};

static struct slice text_of(const json_t *root, const char *key)
{
    const json_t *value = json_object_get(root, key);
    return value ? (struct slice){json_string_value(value), json_string_length(value)} : SLICE_NULL;
}

static struct article article_of(const json_t *root)
{
    struct article article = {.id = text_of(root, "id"),
                              .url = text_of(root, "url"),
                              .title = text_of(root, "title"),
                              .language = text_of(root, "language"),
                              .body = text_of(root, "body"),
                              .published_ms = CLOCK_NONE};
    struct slice published = text_of(root, "published");
    if (published.data)
        (void)clock_parse(published, &article.published_ms);
    return article;
}

static void keep_least(uint64_t *least, uint64_t ns)
{
    if (ns < *least)
        *least = ns;
}

static void run(struct analysis *analysis, const struct article *article, struct arena *arena,
                unsigned rounds, struct sums *sums)
{
    uint64_t least[STAGES_MAX];
    struct envelope envelope = {.received_ms = 0};
    struct result result;
    struct fault fault;
    memset(least, 0xff, sizeof least);
    for (unsigned round = 0; round < rounds; round++) {
        arena_reset(arena);
        if (analysis_run(analysis, &envelope, article, arena, &result, &fault) != STATUS_OK)
            fail(fault.message);
        for (size_t i = 0; i < analysis_stage_count(); i++)
            keep_least(&least[i], analysis_timing(analysis, i).ns);
    }
    for (size_t i = 0; i < analysis_stage_count(); i++)
        sums->stages[i] += least[i];
}

/* ---- references ---- */

static uint64_t sink;

static void ref_copy(struct slice text, void *tool)
{
    memcpy(tool, text.data, text.len);
    sink += ((unsigned char *)tool)[text.len / 2];
}

static void ref_xxh3(struct slice text, void *tool)
{
    (void)tool;
    sink += XXH3_64bits(text.data, text.len);
}

static void ref_words(struct slice text, void *tool)
{
    UErrorCode error = U_ZERO_ERROR;
    UText utext = UTEXT_INITIALIZER;
    utext_openUTF8(&utext, text.data, (int64_t)text.len, &error);
    ubrk_setUText(tool, &utext, &error);
    while (ubrk_next(tool) != UBRK_DONE)
        sink++;
    utext_close(&utext);
}

static void ref_cld2(struct slice text, void *tool)
{
    (void)tool;
    sink += (uint64_t)cld2_detect(text.data, (int)text.len, NULL).percent;
}

static uint64_t fastest(void (*reference)(struct slice, void *), struct slice text, void *tool,
                        unsigned rounds)
{
    uint64_t least = UINT64_MAX;
    for (unsigned round = 0; round < rounds; round++) {
        int64_t start = clock_worked_ns();
        reference(text, tool);
        keep_least(&least, (uint64_t)(clock_worked_ns() - start));
    }
    return least;
}

static void run_references(struct slice text, UBreakIterator *words, unsigned rounds,
                           struct sums *sums)
{
    void *copy = malloc(text.len + 1);
    if (!copy)
        fail("no memory");
    sums->copy += fastest(ref_copy, text, copy, rounds);
    sums->xxh3 += fastest(ref_xxh3, text, NULL, rounds);
    sums->words += fastest(ref_words, text, words, rounds);
    sums->cld2 += fastest(ref_cld2, text, NULL, rounds);
    free(copy);
}

static void print(const char *name, uint64_t ns, const struct sums *sums)
{
    printf("%-16s %12.1f %12.1f\n", name, (double)ns / (double)sums->articles,
           (double)sums->bytes / (double)sums->articles);
}

static void print_all(const struct analysis *analysis, const struct sums *sums)
{
    for (size_t i = 0; i < analysis_stage_count(); i++)
        print(analysis_timing(analysis, i).stage, sums->stages[i], sums);
    print("ref-copy", sums->copy, sums);
    print("ref-xxh3", sums->xxh3, sums);
    print("ref-icu-words", sums->words, sums);
    print("ref-cld2", sums->cld2, sums);
}

int main(int argc, char **argv)
{
    struct analysis_options options = {.clock = clock_worked_ns};
    struct analysis *analysis;
    struct fault fault;
    struct sums sums = {.bytes = 0};
    UErrorCode error = U_ZERO_ERROR;
    FILE *file = argc == 4 ? fopen(argv[3], "r") : NULL;
    unsigned rounds = argc == 4 ? (unsigned)atoi(argv[2]) : 0;
    if (!file || rounds == 0 || analysis_level_from(argv[1], &options.level, &fault) != STATUS_OK)
        fail("usage: bench_stages full|fast ROUNDS FILE");
    UBreakIterator *words = ubrk_open(UBRK_WORD, "", NULL, 0, &error);
    struct arena *arena = arena_new(ANALYSIS_ARENA_BYTES);
    if (!arena || U_FAILURE(error) || analysis_new(&options, &analysis, &fault) != STATUS_OK)
        fail("cannot open the analysis");
    char *line = NULL;
    size_t size = 0;
    for (ssize_t len; (len = getline(&line, &size, file)) > 0; sums.articles++) {
        json_t *root = json_loadb(line, (size_t)len, 0, NULL);
        if (!root)
            fail("this line is no JSON");
        struct article article = article_of(root);
        run(analysis, &article, arena, rounds, &sums);
        run_references(article.body, words, rounds < 5 ? rounds : 5, &sums);
        sums.bytes += article.body.len;
        json_decref(root);
    }
    print_all(analysis, &sums);
    free(line);
    analysis_free(analysis);
    arena_free(arena);
    ubrk_close(words);
    (void)fclose(file);
    return sink == 1; /* the references are not optimised away */
}
