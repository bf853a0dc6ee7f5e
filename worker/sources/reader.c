/* The table of readers, and what several of them need. */
#include "worker/sources/reader.h"

#include <jansson.h>
#include <strings.h>

#include "common/utf8.h"
#include "proto/article.h"
#include "proto/limits.h"

/* Tried in order. The last row takes what no other wants, in order to refuse it. */
static const struct reader *const reader_table[] = {
    &reader_json_lines, &reader_json,    &reader_messagepack, &reader_warc,   &reader_html,
    &reader_feed,       &reader_archive, &reader_text,        &reader_binary,
};
#define READERS (sizeof reader_table / sizeof *reader_table)

const struct reader *reader_for(const char *path, struct slice head)
{
    const struct reader *by_bytes = NULL;
    for (size_t i = 0; i < READERS; i++) {
        enum reader_match match = reader_table[i]->matches(path, head);
        if (match == READER_BY_NAME)
            return reader_table[i];
        if (match == READER_BY_BYTES && !by_bytes)
            by_bytes = reader_table[i];
    }
    return by_bytes ? by_bytes : &reader_binary;
}

bool reader_has_suffix(const char *path, const char *const *suffixes)
{
    size_t len = strlen(path);
    for (; *suffixes; suffixes++) {
        size_t suffix = strlen(*suffixes);
        if (len > suffix && strcasecmp(path + len - suffix, *suffixes) == 0)
            return true;
    }
    return false;
}

bool reader_is_text(struct slice head)
{
    size_t controls = 0;
    if (slice_starts_with(head, SLICE_LITERAL("\xff\xfe")) ||
        slice_starts_with(head, SLICE_LITERAL("\xfe\xff")))
        return true;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char c = (unsigned char)head.data[i];
        if (c == '\0')
            return false;
        controls += c < ' ' && !strchr("\t\n\v\f\r\b\x1b", c);
    }
    return controls <= head.len / 100;
}

struct slice reader_beginning(struct slice head)
{
    if (slice_starts_with(head, SLICE_LITERAL("\xef\xbb\xbf")))
        head = slice_sub(head, 3, head.len);
    size_t at = 0;
    while (at < head.len && strchr(" \t\r\n", head.data[at]) && head.data[at])
        at++;
    return head.len ? slice_sub(head, at, head.len) : head;
}

enum status reader_body_too_long(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "body-too-long",
                     "The body is longer than LIMIT_BODY_BYTES (%d bytes).", LIMIT_BODY_BYTES);
}

static bool hex4(const char *text, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        *value = *value * 16 + digit;
    }
    return true;
}

/* The code unit that the escape at `at` stands for; 0 when there is no \uXXXX. */
static unsigned escape_at(struct slice text, size_t at)
{
    unsigned unit;
    return at + 6 <= text.len && text.data[at] == '\\' && text.data[at + 1] == 'u' &&
                   hex4(text.data + at + 2, &unit)
               ? unit
               : 0;
}

/* Half a surrogate pair written as an escape is no character, and jansson refuses the whole text
 * for it: replaced by \ufffd in place, like any other ill-formed sequence. */
static struct slice repair_escapes(struct slice json, struct arena *arena)
{
    struct slice copy = arena_copy(json, arena);
    char *data = (char *)(uintptr_t)copy.data;
    for (size_t at = 0; data && at < copy.len; at++) {
        if (data[at] != '\\')
            continue;
        unsigned unit = escape_at(copy, at), second = escape_at(copy, at + 6);
        bool high = unit >= 0xd800 && unit < 0xdc00, low = unit >= 0xdc00 && unit < 0xe000;
        if (high && second >= 0xdc00 && second < 0xe000)
            at += 11;
        else if (high || low)
            memcpy(data + at, "\\ufffd", 6);
        else
            at++; /* past the escaped character, which may itself be a backslash */
    }
    return copy;
}

static json_t *load(struct slice json, json_error_t *error)
{
    return json_loadb(json.data ? json.data : "", json.len, JSON_ALLOW_NUL | JSON_DECODE_ANY,
                      error);
}

/* Never jansson's own words: they quote the text. */
static enum status not_json(const json_error_t *error, struct fault *fault)
{
    if (json_error_code(error) == json_error_premature_end_of_input)
        return fault_set(fault, STATUS_REJECT, "not-json", "The JSON text ends too early.");
    if (json_error_code(error) == json_error_stack_overflow)
        return fault_set(fault, STATUS_REJECT, "nesting-too-deep",
                         "Values are nested deeper than LIMIT_DEPTH (%d).", LIMIT_DEPTH);
    return fault_set(fault, STATUS_REJECT, "not-json", "This is not JSON, from byte %d on.",
                     error->position);
}

/* The slow way: repairs what is ill-formed, then loads. */
static json_t *load_repaired(struct slice json, json_error_t *error)
{
    struct arena *arena = arena_new(json.len * 4 + 64);
    size_t repaired = 0;
    struct slice clean = arena ? utf8_repair(json, &repaired, arena) : SLICE_NULL;
    if (clean.data)
        clean = repair_escapes(clean, arena);
    json_t *root = clean.data ? load(clean, error) : NULL;
    arena_free(arena);
    return root;
}

enum status reader_from_json(struct slice json, struct buffer *out, struct reading *reading)
{
    json_error_t first, error;
    if (json_check_values(json, &reading->fault) != STATUS_OK)
        return STATUS_REJECT;
    json_t *root = load(json, &first);
    error = first;
    if (!root && json.len)
        root = load_repaired(json, &error);
    if (!root) { /* behind a repair bytes are others: where it went wrong is counted before */
        reading->byte += first.position > 0 ? (uint64_t)first.position : 0;
        return not_json(&error, &reading->fault);
    }
    enum status status = article_from_json(root, out, &reading->fault);
    json_decref(root);
    return status;
}
