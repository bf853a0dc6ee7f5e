/* One file, unpacked layer by layer until there is something that is no container: a gzip stream,
 * a tar archive in it, the members of that, one of which may be packed again.
 *
 *     input of the file ─▶ gunzip ─▶ member of a tar ─▶ gunzip ─▶ what a reader sees
 *
 * One owner, on one file at a time. Every layer streams; their number is bounded. */
#ifndef NEWSMILL_WORKER_SOURCES_LAYERS_H
#define NEWSMILL_WORKER_SOURCES_LAYERS_H

#include "worker/sources/gunzip.h"
#include "worker/sources/input.h"
#include "worker/sources/tar.h"

#define LAYERS_MAX 6

struct layer {
    enum { LAYER_FILE, LAYER_GUNZIP, LAYER_MEMBER } kind;
    struct input input;
    union {
        struct gunzip gunzip;
        struct tar tar;
    };
    char *name;  /* for people: FILE, or FILE/MEMBER */
    char *plain; /* the same without the endings of containers that are unpacked by now */
};

struct layers {
    struct layer stack[LAYERS_MAX];
    size_t depth; /* 0: closed */
    bool enter;   /* what is on top has not been looked at yet */
};

/* REJECT "cannot-read". `layers` must not move while it is open. */
enum status layers_open(struct layers *layers, const char *path, articles_idle *idle,
                        void *idle_user, struct fault *fault) MUST_CHECK;
void layers_close(struct layers *layers);
/* Goes on to the next document; the first time to the first. RETRY: there is none. REJECT: what
 * follows cannot be read, or the last document could not be read to its end ("cannot-read",
 * "damaged-archive", "nesting-too-deep"); layers_name() still says where. Call again for the rest.
 */
enum status layers_next(struct layers *layers, struct fault *fault) MUST_CHECK;

struct input *layers_input(struct layers *layers);
const char *layers_name(const struct layers *layers);
/* The name to choose a reader by. */
const char *layers_plain_name(const struct layers *layers);
/* Bytes of the file itself, read so far. */
uint64_t layers_read_bytes(const struct layers *layers);

#endif
