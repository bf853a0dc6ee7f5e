/* Where a JSON value ends. */
#include "worker/sources/readers/json_scan.h"

static void in_string(struct json_scan *scan, char c)
{
    if (scan->escaped)
        scan->escaped = false;
    else if (c == '\\')
        scan->escaped = true;
    else if (c == '"')
        scan->in_string = false;
}

/* One byte outside strings; false when it is the first one behind a word. */
static bool outside(struct json_scan *scan, char c)
{
    if (c == '{' || c == '[') {
        scan->depth++;
    } else if (c == '}' || c == ']') {
        if (scan->depth == 0)
            return false;
        scan->depth--;
    } else if (c == '"') {
        scan->in_string = true;
    } else if (scan->depth == 0) {
        if (strchr(", \t\r\n", c))
            return false;
        scan->in_word = true;
    }
    return true;
}

size_t json_scan(struct json_scan *scan, struct slice text)
{
    while (scan->at < text.len && !scan->complete) {
        char c = text.data[scan->at];
        if (scan->in_string) {
            in_string(scan, c);
            scan->complete = !scan->in_string && scan->depth == 0;
        } else if (!outside(scan, c)) {
            scan->complete = true;
            /* A bracket that closes nothing is a value of its own, or nothing would move on. */
            scan->at += scan->at == 0;
            break;
        } else {
            scan->complete = scan->depth == 0 && !scan->in_string && !scan->in_word;
        }
        scan->lines += c == '\n';
        scan->at++;
    }
    return scan->at;
}
