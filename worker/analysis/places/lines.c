/* Reading lines, through ISA-L where the file is gzipped. */
#include "worker/analysis/places/lines.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES ((size_t)256 * 1024)

struct lines {
    FILE *file;
    const char *path;
    struct inflate_state *inflate; /* NULL: plain */
    char *packed;                  /* what was read, when gzipped */
    char *text;                    /* [from, to) is not yet given out */
    size_t from, to;
    bool ended;
};

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to read a file");
}

static enum status begin_gzip(struct lines *lines, struct fault *fault)
{
    lines->packed = malloc(CHUNK_BYTES);
    lines->inflate = malloc(sizeof *lines->inflate);
    if (!lines->packed || !lines->inflate)
        return no_memory(fault);
    isal_inflate_init(lines->inflate);
    lines->inflate->crc_flag = ISAL_GZIP;
    lines->inflate->avail_in = 0;
    return STATUS_OK;
}

enum status lines_open(const char *path, struct lines **out, struct fault *fault)
{
    struct lines *lines = calloc(1, sizeof *lines);
    *out = lines;
    if (!lines || !(lines->text = malloc(LINE_BYTES_MAX + CHUNK_BYTES))) {
        lines_close(lines);
        *out = NULL;
        return no_memory(fault);
    }
    lines->path = path;
    lines->file = fopen(path, "rbe");
    enum status status = STATUS_OK;
    if (!lines->file) {
        status = fault_set(fault, STATUS_FATAL, "cannot-read", "cannot read %s: %s", path,
                           strerror(errno));
    } else {
        int first = getc(lines->file), second = getc(lines->file);
        rewind(lines->file);
        if (first == 0x1f && second == 0x8b)
            status = begin_gzip(lines, fault);
    }
    if (status != STATUS_OK) {
        lines_close(lines);
        *out = NULL;
    }
    return status;
}

void lines_close(struct lines *lines)
{
    if (!lines)
        return;
    if (lines->file)
        (void)fclose(lines->file);
    free(lines->inflate);
    free(lines->packed);
    free(lines->text);
    free(lines);
}

static enum status bad_gzip(const struct lines *lines, struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "bad-gzip", "%s is damaged gzip", lines->path);
}

/* Unpacks at least a byte behind `to`, or finds the end. */
static enum status unpack(struct lines *lines, struct fault *fault)
{
    struct inflate_state *state = lines->inflate;
    size_t before = lines->to;
    while (lines->to == before && !lines->ended) {
        if (state->avail_in == 0) {
            size_t got = fread(lines->packed, 1, CHUNK_BYTES, lines->file);
            state->next_in = (uint8_t *)lines->packed;
            state->avail_in = (uint32_t)got;
            if (got == 0) {
                lines->ended = true;
                if (state->block_state != ISAL_BLOCK_FINISH &&
                    state->block_state != ISAL_BLOCK_NEW_HDR)
                    return bad_gzip(lines, fault);
                break;
            }
        }
        if (state->block_state == ISAL_BLOCK_FINISH) { /* another member follows */
            isal_inflate_reset(state);
            state->crc_flag = ISAL_GZIP;
        }
        state->next_out = (uint8_t *)lines->text + lines->to;
        state->avail_out = (uint32_t)(LINE_BYTES_MAX + CHUNK_BYTES - lines->to);
        if (isal_inflate(state) != ISAL_DECOMP_OK)
            return bad_gzip(lines, fault);
        lines->to = (size_t)((char *)state->next_out - lines->text);
    }
    return STATUS_OK;
}

static enum status fill(struct lines *lines, struct fault *fault)
{
    memmove(lines->text, lines->text + lines->from, lines->to - lines->from);
    lines->to -= lines->from;
    lines->from = 0;
    if (lines->to >= LINE_BYTES_MAX)
        return fault_set(fault, STATUS_REJECT, "line-too-long",
                         "%s has a line of more than %zu bytes", lines->path, LINE_BYTES_MAX);
    if (lines->inflate)
        return unpack(lines, fault);
    size_t got = fread(lines->text + lines->to, 1, CHUNK_BYTES, lines->file);
    lines->to += got;
    lines->ended = got == 0;
    return ferror(lines->file) ? fault_set(fault, STATUS_FATAL, "cannot-read", "cannot read %s: %s",
                                           lines->path, strerror(errno))
                               : STATUS_OK;
}

enum status lines_next(struct lines *lines, struct slice *line, struct fault *fault)
{
    size_t looked = lines->from;
    for (;;) {
        char *end = memchr(lines->text + looked, '\n', lines->to - looked);
        if (end || lines->ended) {
            size_t to = end ? (size_t)(end - lines->text) : lines->to;
            *line = to > lines->from || end
                        ? (struct slice){lines->text + lines->from, to - lines->from}
                        : SLICE_NULL;
            if (line->len > 0 && line->data[line->len - 1] == '\r')
                line->len--;
            lines->from = end ? to + 1 : to;
            return STATUS_OK;
        }
        looked = lines->to - lines->from;
        enum status status = fill(lines, fault);
        if (status != STATUS_OK)
            return status;
    }
}
