/* Charsets: each text comes out the same, whatever it was written in and however that is said. */
#include "analysis_bench.h"

#include <unicode/ucnv.h>

#define RUSSIAN                                                                                                                                                             \
    "Городской совет во вторник решил восстановить старый мост, который закрыт после осеннего " \
    "наводнения. Работы начнутся в мае, когда вода в реке спадёт, и продлятся около года."
#define JAPANESE                                                                                                                                 \
    "市議会は火曜日、昨年秋の洪水以来閉鎖されている古い橋を再建することを決めた。工事は五月に始ま" \
    "り、"                                                                                                                                     \
    "およそ一年かかる見通しだという。"
#define GERMAN                                                                                     \
    "Der Stadtrat hat am Dienstag beschlossen, die alte Brücke wieder aufzubauen, die seit dem "  \
    "Hochwasser im Herbst gesperrt ist. Für die Bürger östlich des Flusses heißt das: große Wege."
#define KOREAN                                                                                                                      \
    "시의회는 화요일 지난가을 홍수 이후 폐쇄된 오래된 다리를 다시 짓기로 했다. 공사는 오월에 " \
    "시작되어 약 일 년이 걸릴 것이라고 시장은 말했다."

static struct article in_charset(const char *text, const char *charset, char *room, size_t size)
{
    UErrorCode error = U_ZERO_ERROR;
    int32_t len =
        ucnv_convert(charset, "UTF-8", room, (int32_t)size, text, (int32_t)strlen(text), &error);
    assert_true(U_SUCCESS(error));
    return (struct article){
        .body = {room, (size_t)len}, .body_is_binary = true, .published_ms = INT64_MIN};
}

static void expect(struct analysis_bench *bench, const struct article *article, const char *text)
{
    const struct result *result = bench_article(bench, article);
    assert_int_equal(result->text.len, strlen(text));
    assert_memory_equal(result->text.data, text, strlen(text));
    assert_int_equal(result->repaired, 0);
}

static void test_hints(void **state)
{
    static const struct {
        const char *text, *charset, *hint;
    } cases[] = {
        {RUSSIAN, "windows-1251", "windows-1251"},
        {RUSSIAN, "KOI8-R", "koi8-r"},
        {RUSSIAN, "ISO-8859-5", "iso-8859-5"},
        {RUSSIAN, "UTF-16LE", "utf-16le"},
        {JAPANESE, "windows-31j", "Shift_JIS"},
        {JAPANESE, "EUC-JP", "euc-jp"},
        {JAPANESE, "ISO-2022-JP", "iso-2022-jp"},
        {GERMAN, "windows-1252", "latin1"},
        {GERMAN, "windows-1252", "ISO-8859-1"},
        {GERMAN, "ibm-850", "cp850"},
        {GERMAN, "UTF-8", "utf8"},
        {KOREAN, "windows-949", "euc-kr"},
        {KOREAN, "UTF-8", "no such charset"},
        {GERMAN, "macintosh", "macintosh"},
    };
    char room[2000];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct article article = in_charset(cases[i].text, cases[i].charset, room, sizeof room);
        article.charset = slice_from(cases[i].hint);
        expect(*state, &article, cases[i].text);
    }
}

static void test_detection(void **state)
{
    static const struct {
        const char *text, *charset;
    } cases[] = {
        {RUSSIAN, "windows-1251"}, {RUSSIAN, "KOI8-R"}, {JAPANESE, "Shift_JIS"},
        {JAPANESE, "EUC-JP"},      {KOREAN, "EUC-KR"},  {GERMAN, "windows-1252"},
        {JAPANESE, "UTF-8"},       {GERMAN, "UTF-8"},   {JAPANESE, "ISO-2022-JP"},
    };
    char room[2000];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct article article = in_charset(cases[i].text, cases[i].charset, room, sizeof room);
        expect(*state, &article, cases[i].text);
        article.charset = slice_from("utf-8"); /* said, but not so */
        expect(*state, &article, cases[i].text);
    }
}

static void test_marks_win(void **state)
{
    static const struct {
        const char *charset, *mark;
        size_t len;
    } cases[] = {{"UTF-8", "\xef\xbb\xbf", 3},
                 {"UTF-16LE", "\xff\xfe", 2},
                 {"UTF-16BE", "\xfe\xff", 2},
                 {"UTF-32LE", "\xff\xfe\0\0", 4}};
    char room[2000];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(room, cases[i].mark, cases[i].len);
        struct article article =
            in_charset(RUSSIAN, cases[i].charset, room + cases[i].len, sizeof room - cases[i].len);
        article.body = (struct slice){room, article.body.len + cases[i].len};
        article.charset = slice_from("windows-1251");
        expect(*state, &article, RUSSIAN);
    }
}

static void test_pages_say(void **state)
{
    static const char *const metas[] = {"<meta charset=koi8-r>",
                                        "<meta http-equiv=Content-Type content='text/html; "
                                        "charset=KOI8-R'>"};
    char room[2000], html[1500];
    for (size_t i = 0; i < 2; i++) {
        snprintf(html, sizeof html, "<html><head>%s</head><body><p>" RUSSIAN "</p>", metas[i]);
        struct article article = in_charset(html, "KOI8-R", room, sizeof room);
        article.type = slice_from("text/html");
        expect(*state, &article, RUSSIAN);
    }
    snprintf(html, sizeof html, "<html><body><p>" RUSSIAN "</p>");
    struct article article = in_charset(html, "windows-1251", room, sizeof room);
    article.type = slice_from("text/html; charset=windows-1251");
    expect(*state, &article, RUSSIAN);
}

/* Each ill-formed sequence is replaced and counted. */
static void test_repairs_are_counted(void **state)
{
    struct article article = {.body = slice_from("Die Br\xc3\xbc"
                                                 "cke ist f\xc3\xbcr B\xc3\xbcrger "
                                                 "da\xff, und das\xfe ist gut."),
                              .body_is_binary = true,
                              .published_ms = INT64_MIN};
    assert_int_equal(bench_article(*state, &article)->repaired, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_detection),
        cmocka_unit_test(test_marks_win),
        cmocka_unit_test(test_pages_say),
        cmocka_unit_test(test_repairs_are_counted),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
