/* Reading tar archives. POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar
 * Format". */
#include "worker/sources/tar.h"

#include <string.h>

#define EXTRA_BYTES ((size_t)64 * 1024) /* a long name or a pax header */

/* Where the fields of a header are, and how long. */
enum { NAME_AT = 0, NAME = 100, SIZE_AT = 124, SIZE = 12, SUM_AT = 148, SUM = 8 };
enum { TYPE_AT = 156, MAGIC_AT = 257, PREFIX_AT = 345, PREFIX = 155 };

static bool parse_octal(const char *field, size_t len, uint64_t *value)
{
    size_t at = 0;
    *value = 0;
    while (at < len && field[at] == ' ')
        at++;
    for (; at < len && field[at] >= '0' && field[at] <= '7'; at++) {
        if (*value >> 60)
            return false;
        *value = *value * 8 + (uint64_t)(field[at] - '0');
    }
    return at == len || field[at] == '\0' || field[at] == ' ';
}

/* GNU's form for sizes from 8 GiB on: the top bit, then a big-endian number. */
static bool parse_number(const char *field, size_t len, uint64_t *value)
{
    if (!((unsigned char)field[0] & 0x80))
        return parse_octal(field, len, value);
    *value = (unsigned char)field[0] & 0x7f;
    for (size_t i = 1; i < len; i++) {
        if (*value >> 54)
            return false;
        *value = *value << 8 | (unsigned char)field[i];
    }
    return true;
}

/* The sum of all bytes, with the sum's own field read as spaces. */
static bool sum_is_right(const char *header)
{
    uint64_t said, sum = 0;
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM ? ' ' : (unsigned char)header[i];
    return parse_octal(header + SUM_AT, SUM, &said) && said == sum;
}

bool tar_begins(struct slice head)
{
    if (head.len >= TAR_BLOCK_BYTES)
        return head.data[0] != '\0' && sum_is_right(head.data);
    /* A name and nothing but NULs behind it. */
    size_t len = strnlen(head.data, head.len < NAME ? head.len : NAME), at = len;
    while (at < head.len && at < NAME && head.data[at] == '\0')
        at++;
    return len > 0 && (unsigned char)head.data[0] < 0x80 && at > len &&
           (at == head.len || at == NAME);
}

void tar_open(struct tar *tar, struct input *below)
{
    *tar = (struct tar){.below = below};
}

static void set_name(struct tar *tar, struct slice name)
{
    size_t len = strnlen(name.data, name.len);
    if (len >= sizeof tar->name)
        len = sizeof tar->name - 1;
    memcpy(tar->name, name.data, len);
    tar->name[len] = '\0';
}

static void set_header_name(struct tar *tar, const char *header)
{
    char whole[PREFIX + 1 + NAME];
    size_t len = 0;
    if (memcmp(header + MAGIC_AT, "ustar", 6) == 0 && header[PREFIX_AT]) {
        len = strnlen(header + PREFIX_AT, PREFIX);
        memcpy(whole, header + PREFIX_AT, len);
        whole[len++] = '/';
    }
    size_t name = strnlen(header + NAME_AT, NAME);
    memcpy(whole + len, header + NAME_AT, name);
    set_name(tar, (struct slice){whole, len + name});
}

static bool digits(struct slice text, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *value > UINT64_MAX / 16)
            return false;
        *value = *value * 10 + (uint64_t)(text.data[i] - '0');
    }
    return text.len > 0;
}

/* What headers before a file's own say about it. */
struct extra {
    bool named, sized;
    uint64_t size;
};

/* Records "LENGTH KEY=VALUE\n", LENGTH counting the whole record. */
static void take_pax(struct tar *tar, struct slice pax, struct extra *extra)
{
    while (pax.len) {
        const char *space = memchr(pax.data, ' ', pax.len);
        uint64_t len;
        if (!space || !digits(slice_sub(pax, 0, (size_t)(space - pax.data)), &len) ||
            len > pax.len || len < (uint64_t)(space - pax.data) + 3)
            return;
        struct slice record = slice_sub(pax, (size_t)(space - pax.data) + 1, (size_t)len - 1);
        if (slice_starts_with(record, SLICE_LITERAL("path="))) {
            set_name(tar, slice_sub(record, 5, record.len));
            extra->named = true;
        } else if (slice_starts_with(record, SLICE_LITERAL("size="))) {
            extra->sized = digits(slice_sub(record, 5, record.len), &extra->size);
        }
        pax = slice_sub(pax, (size_t)len, pax.len);
    }
}

static enum status damaged(struct tar *tar, struct fault *fault)
{
    if (tar->below->trouble)
        return STATUS_RETRY;
    return fault_set(fault, STATUS_REJECT, "damaged-archive",
                     "The tar archive is damaged or ends too early.");
}

/* The contents of a pax or long-name header; long link names, global pax headers and whatever is
 * too long are passed over. */
static enum status take_extra(struct tar *tar, char type, uint64_t size, struct extra *extra,
                              struct fault *fault)
{
    if (size <= EXTRA_BYTES) {
        if (!input_need(tar->below, (size_t)size))
            return damaged(tar, fault);
        struct slice bytes = slice_sub(input_window(tar->below), 0, (size_t)size);
        if (type == 'x')
            take_pax(tar, bytes, extra);
        if (type == 'L') {
            set_name(tar, bytes);
            extra->named = true;
        }
    }
    uint64_t padded = (size + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES * TAR_BLOCK_BYTES;
    return input_skip(tar->below, padded) ? STATUS_OK : damaged(tar, fault);
}

static bool is_hidden(const char *path)
{
    const char *slash = strrchr(path, '/');
    return (slash ? slash + 1 : path)[0] == '.';
}

/* A file's header: true when it is a regular file to be read. */
static bool take_file(struct tar *tar, const char *header, uint64_t size, const struct extra *extra)
{
    char type = header[TYPE_AT];
    if (!extra->named)
        set_header_name(tar, header);
    tar->left = extra->sized ? extra->size : size;
    tar->padding = (TAR_BLOCK_BYTES - tar->left % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES;
    size_t len = strlen(tar->name);
    bool folder = len == 0 || tar->name[len - 1] == '/';
    return (type == '0' || type == '\0' || type == '7') && !folder && !is_hidden(tar->name);
}

enum status tar_next(struct tar *tar, struct fault *fault)
{
    struct extra extra = {.named = false};
    for (;;) {
        if (!input_skip(tar->below, tar->left) || !input_skip(tar->below, tar->padding))
            return damaged(tar, fault);
        tar->left = tar->padding = 0;
        if (!input_need(tar->below, TAR_BLOCK_BYTES))
            return input_window(tar->below).len ? damaged(tar, fault) : STATUS_RETRY;
        char header[TAR_BLOCK_BYTES];
        uint64_t size;
        memcpy(header, input_window(tar->below).data, sizeof header);
        if (header[0] == '\0')
            return STATUS_RETRY; /* a block of zeros ends the archive */
        if (!sum_is_right(header) || !parse_number(header + SIZE_AT, SIZE, &size))
            return damaged(tar, fault);
        input_consume(tar->below, sizeof header);
        char type = header[TYPE_AT];
        if (type == 'x' || type == 'L' || type == 'K' || type == 'g') {
            enum status status = take_extra(tar, type, size, &extra, fault);
            if (status != STATUS_OK)
                return status;
            continue;
        }
        if (take_file(tar, header, size, &extra))
            return STATUS_OK;
        if (type >= '1' && type <= '6')
            tar->left = tar->padding =
                0; /* links and devices have no contents, whatever the size */
        extra = (struct extra){.named = false};
    }
}

ssize_t tar_read(void *from, char *to, size_t room, const char **trouble)
{
    struct tar *tar = from;
    if (tar->left == 0)
        return 0;
    if (input_window(tar->below).len == 0 && !input_fill(tar->below, SIZE_MAX)) {
        *trouble = tar->below->trouble ? tar->below->trouble : "the tar archive ends too early";
        return -1;
    }
    struct slice window = input_window(tar->below);
    size_t len = window.len < room ? window.len : room;
    len = len < tar->left ? len : (size_t)tar->left;
    memcpy(to, window.data, len);
    input_consume(tar->below, len);
    tar->left -= len;
    return (ssize_t)len;
}
