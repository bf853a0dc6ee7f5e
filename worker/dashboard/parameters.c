/* Checks of parameters, by kind. */
#include "worker/dashboard/parameters.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"

#define CODE_MAX 64

static bool is_text(const char *value)
{
    size_t len = strlen(value);
    if (len > PARAMETER_TEXT_MAX || !utf8_is_clean(slice_from(value)))
        return false;
    for (size_t i = 0; i < len; i++)
        if (iscntrl((unsigned char)value[i]))
            return false;
    return true;
}

static bool is_code(const char *value)
{
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)value[i]) && value[i] != '-' && value[i] != '_')
            return false;
    return len <= CODE_MAX;
}

static bool is_uuid(const char *value)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(value) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i]; i++)
        if (shape[i] == '-' ? value[i] != '-' : !isxdigit((unsigned char)value[i]))
            return false;
    return true;
}

static bool is_number(const char *value, int64_t min, int64_t max)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    return isdigit((unsigned char)value[value[0] == '-']) && !*end && !errno && number >= min &&
           number <= max;
}

static bool is_choice(const char *value, const char *choices)
{
    size_t len = strlen(value);
    for (const char *word = choices; *word; word += strspn(word, " ")) {
        size_t word_len = strcspn(word, " ");
        if (word_len == len && memcmp(word, value, len) == 0)
            return true;
        word += word_len;
    }
    return false;
}

bool parameter_fits(const struct parameter *parameter, const char *value)
{
    int64_t ms;
    switch (parameter->kind) {
    case PARAMETER_TIME:
        return clock_parse(slice_from(value), &ms);
    case PARAMETER_TEXT:
        return is_text(value);
    case PARAMETER_CODE:
        return is_code(value);
    case PARAMETER_UUID:
        return is_uuid(value);
    case PARAMETER_NUMBER:
        return is_number(value, parameter->min, parameter->max);
    case PARAMETER_CHOICE:
        return is_choice(value, parameter->choices);
    }
    return false;
}

const char *parameter_wants(const struct parameter *parameter)
{
    switch (parameter->kind) {
    case PARAMETER_TIME:
        return "a time such as 2026-11-27T08:00:00Z";
    case PARAMETER_TEXT:
        return "UTF-8 text of at most 400 bytes without control characters";
    case PARAMETER_CODE:
        return "letters, digits, - and _, at most 64";
    case PARAMETER_UUID:
        return "a UUID";
    case PARAMETER_NUMBER:
        return "a number in its range";
    case PARAMETER_CHOICE:
        return parameter->choices;
    }
    return "";
}
