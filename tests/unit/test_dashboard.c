/* The dashboard's questions: the table is whole, and parameters are what they may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "worker/dashboard/questions.h"

static void values_are_checked_by_kind(void **state)
{
    (void)state;
    static const struct {
        struct parameter parameter;
        const char *value;
        bool fits;
    } cases[] = {
        {{.kind = PARAMETER_TIME}, "2026-11-27T08:00:00Z", true},
        {{.kind = PARAMETER_TIME}, "2026-11-27", true},
        {{.kind = PARAMETER_TIME}, "yesterday", false},
        {{.kind = PARAMETER_TIME}, "2026-11-27T08:00:00Z'; DROP", false},
        {{.kind = PARAMETER_TEXT}, "朝の便り", true},
        {{.kind = PARAMETER_TEXT}, "a\nb", false},
        {{.kind = PARAMETER_TEXT}, "\xff", false},
        {{.kind = PARAMETER_CODE}, "USAGOV", true},
        {{.kind = PARAMETER_CODE}, "worker-crash", true},
        {{.kind = PARAMETER_CODE}, "US%", false},
        {{.kind = PARAMETER_UUID}, "cd51e632-302c-8dfd-88cd-8a80fe5fc864", true},
        {{.kind = PARAMETER_UUID}, "cd51e632-302c-8dfd-88cd-8a80fe5fc86", false},
        {{.kind = PARAMETER_UUID}, "cd51e632-302c-8dfd-88cd-8a80fe5fc86g", false},
        {{.kind = PARAMETER_NUMBER, .min = 1, .max = 4}, "4", true},
        {{.kind = PARAMETER_NUMBER, .min = 1, .max = 4}, "5", false},
        {{.kind = PARAMETER_NUMBER, .min = 1, .max = 4}, "2x", false},
        {{.kind = PARAMETER_NUMBER, .min = 1, .max = 4}, " 2", false},
        {{.kind = PARAMETER_NUMBER, .min = 1, .max = 4}, "99999999999999999999", false},
        {{.kind = PARAMETER_CHOICE, .choices = "source country"}, "country", true},
        {{.kind = PARAMETER_CHOICE, .choices = "source country"}, "countr", false},
        {{.kind = PARAMETER_CHOICE, .choices = "source country"}, "source country", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (parameter_fits(&cases[i].parameter, cases[i].value) != cases[i].fits)
            fail_msg("case %zu: %s", i, cases[i].value);
}

static void long_values_do_not_fit(void **state)
{
    (void)state;
    char text[PARAMETER_TEXT_MAX + 2];
    memset(text, 'a', sizeof text);
    text[PARAMETER_TEXT_MAX + 1] = '\0';
    const struct parameter parameter = {.kind = PARAMETER_TEXT};
    assert_false(parameter_fits(&parameter, text));
    text[PARAMETER_TEXT_MAX] = '\0';
    assert_true(parameter_fits(&parameter, text));
}

/* As many parameters as the statement has, and none that reads other than the views. */
static void rows_agree_with_their_statements(void **state)
{
    (void)state;
    for (size_t i = 0; i < question_count; i++) {
        const struct question *question = &questions[i];
        assert_int_equal(strncmp(question->path, "/api/", 5), 0);
        size_t count = 0;
        while (count < QUESTION_PARAMETERS_MAX && question->parameters[count].name)
            count++;
        for (size_t n = 1; n <= QUESTION_PARAMETERS_MAX + 1; n++) {
            char mark[8];
            (void)snprintf(mark, sizeof mark, "$%zu", n);
            if ((strstr(question->statement, mark) != NULL) != (n <= count))
                fail_msg("%s: %s", question->path, mark);
        }
        assert_null(strstr(question->statement, "newsmill_data"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_checked_by_kind),
        cmocka_unit_test(long_values_do_not_fit),
        cmocka_unit_test(rows_agree_with_their_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
