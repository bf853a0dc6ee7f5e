/* Spans are spans whatever the text: every script, emoji, marks and joiners, random Unicode, and
 * articles that were cut, doubled and spoiled. The same seeds every time. */
#include "common/utf8.h"
#include "tests/unit/analysis_bench.h"
#include "tests/unit/spans.h"

#define TEXTS      400
#define TEXT_BYTES 6000

struct chance {
    uint64_t seed;
};

static uint32_t below(struct chance *chance, uint32_t most)
{
    chance->seed = chance->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance->seed >> 33) % most;
}

/* One or two sentences of many scripts, with what newsrooms write in them. */
static const char *const samples[] = {
    "“We will not pay $5 million,” said Prime Minister Ingrid Lindqvist of Norway on Monday, "
    "3 March 2024, after China’s foreign minister had met U.S. officials in Oslo.",
    "Police arrested 45 protesters in Paris, France, last week; at least two people were killed. "
    "She told reporters that the EU would impose sanctions on Russia by May 2025.",
    "Tokyo accused Beijing of violating its airspace near the East China Sea, and Mr. Tanaka, who "
    "is 61, called it “a serious threat”. \"It is,\" he added, 'a day' for 20 per cent of us.",
    "Der Bundeskanzler sagte am 3. März 2024 in Berlin, 1.500 Menschen seien geflohen.",
    "Le président français a déclaré lundi à Paris : « Nous paierons 5,5 millions d’euros. »",
    "El presidente de México dijo el 4 de mayo de 2023 que 300 personas murieron en Oaxaca.",
    "Президент России заявил в Москве 5 мая 2023 года, что погибли 12 человек.",
    "中国外交部发言人2024年3月1日在北京说，日本和韩国已同意。损失达三亿元。",
    "日本政府は2024年3月1日、東京で「中国と合意した」と発表した。5人が死亡。",
    "대한민국 정부는 2024년 3월 1일 서울에서 일본과 합의했다고 밝혔다.",
    "قال الرئيس المصري في القاهرة يوم ٣ مارس ٢٠٢٤ إن ١٢ شخصا قتلوا في سوريا.",
    "נשיא ישראל אמר בירושלים ביום שני כי 5 אנשים נהרגו.",
    "प्रधानमंत्री ने सोमवार को दिल्ली में कहा कि 5 लोग मारे गए।",
    "รัฐบาลไทยประกาศในกรุงเทพฯ เมื่อวันที่ 3 มีนาคม 2567 ว่ามีผู้เสียชีวิต 5 ราย",
    "Ο πρωθυπουργός είπε στην Αθήνα στις 3 Μαρτίου 2024 ότι «δεν θα πληρώσουμε».",
    "Georgia’s e\u0301lan: A\u030angstrom, n\u0303o, Zo\u00eb — “cafe\u0301” in Zu\u0308rich.",
    "👩\u200d👩\u200d👧\u200d👦 said 👍🏽 in 🇫🇷🇩🇪 on 1️⃣ May; "
    "\u202eRussia\u202c met \u2067Iran\u2069.",
    "Talks\n\n- Japan\n- China\n\nA headline of Ten Words In Capitals Said By Nobody At All\n\n",
};
#define SAMPLES (sizeof samples / sizeof *samples)

static const struct result *analyse(struct analysis_bench *bench, struct slice text, bool english)
{
    struct article article = {.body = text,
                              .language = slice_from(english ? "en" : ""),
                              .title = SLICE_LITERAL("Norway – 🇳🇴 and China"),
                              .url = SLICE_LITERAL("https://www.example.org/opinion/1"),
                              .published_ms = 1709290000000};
    return bench_article(bench, &article);
}

static size_t check(struct analysis_bench *bench, struct slice text, bool english)
{
    struct spans spans = spans_check(analyse(bench, text, english));
    if (spans.why[0])
        fail_msg("%s in: %.*s", spans.why, (int)text.len, text.data);
    return spans.seen;
}

static void test_every_script(void **state)
{
    for (size_t i = 0; i < SAMPLES; i++)
        for (int english = 0; english < 2; english++)
            assert_true(check(*state, slice_from(samples[i]), english) > 0);
}

/* The samples hold every kind of fact there is: what is checked is there to be checked. */
static void test_every_kind_of_fact(void **state)
{
    size_t actors = 0, speakers = 0;
    char text[TEXT_BYTES];
    size_t len = (size_t)snprintf(text, sizeof text, "%s\n\n%s\n\n%s\n\n%s", samples[0], samples[1],
                                  samples[2], samples[0]);
    const struct result *result = analyse(*state, (struct slice){text, len}, true);
    assert_true(result->names.count && result->places.count && result->events.count);
    assert_true(result->targets.count && result->quotes.count && result->dates.count);
    assert_true(result->amounts.count && result->sentences.count && result->summary.count);
    assert_true(result->tokens.count);
    for (size_t i = 0; i < result->events.count; i++) {
        const struct result_event *event = field_at(result->events, struct result_event, i);
        actors += event->source.count && event->target.count;
    }
    for (size_t i = 0; i < result->quotes.count; i++) {
        const struct result_quote *quote = field_at(result->quotes, struct result_quote, i);
        speakers += quote->speaker && quote->cue;
    }
    assert_true(actors && speakers);
}

/* Any code point but surrogates; half of them of what texts are made of. */
static uint32_t any_point(struct chance *chance)
{
    static const uint32_t blocks[][2] = {
        {0x20, 0x60},     {0x20, 0x60},     {0x60, 0x20},    {0xa0, 0x160},   {0x300, 0x70},
        {0x370, 0x220},   {0x590, 0x200},   {0x900, 0x300},  {0xe00, 0x100},  {0x1100, 0x100},
        {0x2000, 0x70},   {0x20a0, 0x40},   {0x2e80, 0x200}, {0x3000, 0x100}, {0x4e00, 0x5000},
        {0xac00, 0x2b00}, {0xfe00, 0x10},   {0xff00, 0xf0},  {0x1f1e6, 0x1a}, {0x1f300, 0x400},
        {0x1f3fb, 0x5},   {0x20000, 0x400}, {0xe0020, 0x60}, {0x1, 0xd7ff},   {0xe000, 0x101fff},
        {0x200b, 0x5},    {0x202a, 0x5},    {0x200d, 1},     {0x20, 1},       {0xa, 1}};
    const uint32_t *block = blocks[below(chance, sizeof blocks / sizeof *blocks)];
    return block[0] + below(chance, block[1]);
}

static void test_random_unicode(void **state)
{
    struct chance chance = {.seed = 5};
    char text[TEXT_BYTES];
    for (size_t i = 0; i < TEXTS; i++) {
        size_t len = 0, points = 1 + below(&chance, 1000);
        while (points-- > 0)
            len += utf8_put(any_point(&chance), text + len);
        (void)check(*state, (struct slice){text, len}, i % 2);
    }
}

/* Where the code point that byte `at` is part of begins. */
static size_t border(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

/* Takes out, doubles or inserts a piece of the text. */
static size_t spoil(struct chance *chance, char *text, size_t len)
{
    size_t from = border(text, below(chance, (uint32_t)len + 1));
    size_t to = border(text, from + below(chance, (uint32_t)(len - from) + 1));
    char point[4];
    size_t width;
    switch (below(chance, 3)) {
    case 0:
        to = to - from > 40 ? border(text, from + 40) : to;
        memmove(text + from, text + to, len - to);
        return len - (to - from);
    case 1:
        if (len + (to - from) > TEXT_BYTES)
            return len;
        memmove(text + to + (to - from), text + to, len - to);
        memcpy(text + to, text + from, to - from);
        return len + (to - from);
    default:
        width = utf8_put(any_point(chance), point);
        if (len + width > TEXT_BYTES)
            return len;
        memmove(text + from + width, text + from, len - from);
        memcpy(text + from, point, width);
        return len + width;
    }
}

static void test_spoiled_articles(void **state)
{
    struct chance chance = {.seed = 11};
    char text[TEXT_BYTES + 1];
    for (size_t i = 0; i < TEXTS; i++) {
        size_t len = 0;
        for (size_t n = 1 + below(&chance, 4); n > 0; n--) {
            const char *sample = samples[below(&chance, SAMPLES)];
            memcpy(text + len, sample, strlen(sample));
            len += strlen(sample);
            text[len++] = below(&chance, 3) ? ' ' : '\n';
        }
        for (size_t n = below(&chance, 30); n > 0; n--)
            len = spoil(&chance, text, len);
        (void)check(*state, (struct slice){text, len}, i % 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_script),
        cmocka_unit_test(test_every_kind_of_fact),
        cmocka_unit_test(test_random_unicode),
        cmocka_unit_test(test_spoiled_articles),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
