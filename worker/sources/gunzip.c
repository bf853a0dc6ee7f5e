/* gzip streams, with zlib. */
#include "worker/sources/gunzip.h"

#define HEADER_BYTES 4         /* as much of one as tells it from other bytes */
#define GZIP_ONLY    (15 + 16) /* windowBits: the largest window, a gzip header */
#define READ_BYTES   ((size_t)256 * 1024)
#define ROOM_MAX     ((size_t)1 << 30) /* zlib counts in unsigned int */

bool gunzip_begins(struct slice head)
{
    return slice_starts_with(head, SLICE_LITERAL("\x1f\x8b\x08"));
}

enum status gunzip_open(struct gunzip *gunzip, struct input *below, struct fault *fault)
{
    *gunzip = (struct gunzip){.below = below};
    if (inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to unpack a file");
    return STATUS_OK;
}

void gunzip_close(struct gunzip *gunzip)
{
    (void)inflateEnd(&gunzip->stream);
}

/* Between members: true when another begins here. */
static bool next_member(struct gunzip *gunzip)
{
    if (!input_need(gunzip->below, 2) ||
        !slice_starts_with(input_window(gunzip->below), SLICE_LITERAL("\x1f\x8b"))) {
        gunzip->trouble = gunzip->below->trouble;
        return false;
    }
    gunzip->in_member = true;
    return inflateReset(&gunzip->stream) == Z_OK;
}

/* Unpacks some of the window; zlib's word on it. */
static int inflate_window(struct gunzip *gunzip)
{
    struct slice window = input_window(gunzip->below);
    z_stream *stream = &gunzip->stream;
    stream->next_in = (Bytef *)(uintptr_t)window.data;
    stream->avail_in = (uInt)(window.len < ROOM_MAX ? window.len : ROOM_MAX);
    uInt before = stream->avail_in;
    int said = inflate(stream, Z_NO_FLUSH);
    input_consume(gunzip->below, before - stream->avail_in);
    return said;
}

/* A header of RFC 1952: method 8, no reserved flag. */
static bool is_header(struct slice bytes)
{
    return slice_starts_with(bytes, SLICE_LITERAL("\x1f\x8b\x08")) &&
           ((unsigned char)bytes.data[3] & 0xe0) == 0;
}

/* Behind damage: goes to the next member; false when there is none. The decoder may have read over
 * its beginning, but hardly ever does: it stops at the first code that makes no sense. */
static bool find_member(struct gunzip *gunzip)
{
    while (input_need(gunzip->below, HEADER_BYTES)) {
        struct slice window = input_window(gunzip->below);
        size_t last = window.len - HEADER_BYTES, at = 0;
        while (at <= last && !is_header(slice_sub(window, at, at + HEADER_BYTES)))
            at++;
        input_consume(gunzip->below, at);
        if (at <= last)
            return true;
    }
    return false;
}

static void recover(struct gunzip *gunzip)
{
    gunzip->damaged = true;
    gunzip->in_member = false;
    if (!find_member(gunzip))
        gunzip->trouble = "the gzip data is damaged";
}

static void step(struct gunzip *gunzip)
{
    if (input_window(gunzip->below).len == 0 && !input_fill(gunzip->below, READ_BYTES)) {
        const char *below = gunzip->below->trouble;
        gunzip->trouble = below ? below : "the gzip data ends too early";
        return;
    }
    int said = inflate_window(gunzip);
    if (said == Z_STREAM_END)
        gunzip->in_member = false;
    else if (said == Z_MEM_ERROR)
        gunzip->trouble = "there is no memory to unpack it";
    else if (said != Z_OK && said != Z_BUF_ERROR)
        recover(gunzip);
}

ssize_t gunzip_read(void *from, char *to, size_t room, const char **trouble)
{
    struct gunzip *gunzip = from;
    if (room > ROOM_MAX)
        room = ROOM_MAX;
    gunzip->stream.next_out = (Bytef *)to;
    gunzip->stream.avail_out = (uInt)room;
    while (gunzip->stream.avail_out == room && !gunzip->trouble) {
        if (!gunzip->in_member && !next_member(gunzip))
            break;
        step(gunzip);
    }
    size_t got = room - gunzip->stream.avail_out;
    if (got == 0 && gunzip->trouble) {
        *trouble = gunzip->trouble;
        return -1;
    }
    return (ssize_t)got;
}
