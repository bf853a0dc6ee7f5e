/* Amounts: what is found in a sentence, of which kind, with which value, unit and thing counted. */
#include "tests/unit/analysis_bench.h"

#include <math.h>
#include <stdio.h>

#define FOUND_MAX 8

struct row {
    const char *text;
    struct {
        const char *text, *kind;
        double value;
        const char *unit, *object; /* NULL: none */
    } found[FOUND_MAX];
};

static const struct row rows[] = {
    {"They sold 1,234.5 and 40 000 shares.",
     {{"1,234.5", "number", 1234.5, NULL, NULL}, {"40 000", "count", 40000, NULL, "shares"}}},
    {"It grew by two hundred and two thousand.",
     {{"two hundred and two thousand", "number", 202000, NULL, NULL}}},
    {"The figure is 3 million and a half.",
     {{"3 million and a half", "number", 3.5e6, NULL, NULL}}},
    {"It fell to minus five point five.", {{"minus five point five", "number", -5.5, NULL, NULL}}},
    {"Three fifths of the voters stayed away.", {{"Three fifths", "number", 0.6, NULL, NULL}}},
    {"A third of them agreed; a third party did not.",
     {{"A third", "number", 1.0 / 3, NULL, NULL}}},
    {"Half a million marched.", {{"Half a million", "count", 500000, "PROTEST", "people"}}},
    {"It is 2¾ now.", {{"2¾", "number", 2.75, NULL, NULL}}},
    {"One out of three left.", {{"One out of three", "number", 1.0 / 3, NULL, NULL}}},
    {"Prices rose 4.5 percent, then 3 %.",
     {{"4.5 percent", "percent", 4.5, NULL, NULL}, {"3 %", "percent", 3, NULL, NULL}}},
    {"A 5-percent rise.", {{"5-percent", "percent", 5, NULL, NULL}}},
    {"The bank paid $1.2bn and £10m.",
     {{"$1.2bn", "money", 1.2e9, "USD", NULL}, {"£10m", "money", 1e7, "GBP", NULL}}},
    {"It owes US$ 5 million, A$3 and 7 Swiss francs.",
     {{"US$ 5 million", "money", 5e6, "USD", NULL},
      {"A$3", "money", 3, "AUD", NULL},
      {"7 Swiss francs", "money", 7, "CHF", NULL}}},
    {"Tickets cost thirteen dollars and forty-five cents.",
     {{"thirteen dollars and forty-five cents", "money", 13.45, "USD", NULL}}},
    {"It cost a $300 fine and 12 euros.",
     {{"$300", "money", 300, "USD", NULL}, {"12 euros", "money", 12, "EUR", NULL}}},
    {"A loan of 35 lakh rupees.", {{"35 lakh rupees", "money", 3.5e6, "INR", NULL}}},
    {"The river is 120 km long and 3,500 square kilometres wide.",
     {{"120 km", "measure", 120, "km", NULL},
      {"3,500 square kilometres", "measure", 3500, "km2", NULL}}},
    {"It was 40°C with winds of 90 km/h.",
     {{"40°C", "measure", 40, "degree Celsius", NULL}, {"90 km/h", "measure", 90, "km/h", NULL}}},
    {"He bought 5 pounds of meat for 5 pounds.",
     {{"5 pounds", "measure", 5, "lb", NULL}, {"5 pounds", "money", 5, "GBP", NULL}}},
    {"At least 12 people were killed and 30 wounded.",
     {{"12", "count", 12, "KILL", "people"}, {"30", "count", 30, "WOUND", "people"}}},
    {"The war displaced two million civilians.",
     {{"two million", "count", 2e6, "DISPLACED", "civilians"}}},
    {"Police arrested 45 protesters.", {{"45", "count", 45, "ARREST", "protesters"}}},
    {"Some 1,200 Palestinian civilians fled.",
     {{"1,200", "count", 1200, "DISPLACED", "Palestinian civilians"}}},
    {"Covid-19, the F-16, 10:30, 192.168.1.1, the 12th, the 1990s and A4 are no amounts.",
     {{NULL, NULL, 0, NULL, NULL}}},
    {"No one spoke, and the one who knew did not.", {{NULL, NULL, 0, NULL, NULL}}},
    {"Silica gel is used; all top solutions are.", {{NULL, NULL, 0, NULL, NULL}}},
};

static bool same(const char *wanted, struct slice got)
{
    return wanted ? slice_is(got, wanted) : got.data == NULL;
}

static void what_is_found(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = bench_analyse(*state, rows[i].text);
        size_t count = 0;
        while (count < FOUND_MAX && rows[i].found[count].text)
            count++;
        bool good = result->amounts.count == count;
        for (size_t j = 0; good && j < count; j++) {
            const struct result_amount *amount =
                (const struct result_amount *)result->amounts.items + j;
            good = slice_is(amount->text, rows[i].found[j].text) &&
                   slice_is(amount->kind, rows[i].found[j].kind) &&
                   fabs(amount->value - rows[i].found[j].value) <=
                       1e-9 * fabs(rows[i].found[j].value) &&
                   same(rows[i].found[j].unit, amount->unit) &&
                   same(rows[i].found[j].object, amount->object);
        }
        if (good)
            continue;
        wrong++;
        print_error("%s\n", rows[i].text);
        for (size_t j = 0; j < result->amounts.count; j++) {
            const struct result_amount *amount =
                (const struct result_amount *)result->amounts.items + j;
            print_error("    \"%.*s\" %.*s %g %.*s %.*s\n", (int)amount->text.len,
                        amount->text.data, (int)amount->kind.len, amount->kind.data, amount->value,
                        (int)amount->unit.len, amount->unit.len ? amount->unit.data : "",
                        (int)amount->object.len, amount->object.len ? amount->object.data : "");
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_found, analysis_bench_open, analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
