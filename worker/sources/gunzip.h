/* What a gzip stream unpacks to, as an input above the input of the packed bytes.
 *
 * Any number of members behind one another are one stream: a file packed whole, and a WARC file
 * with a member a record. What follows the last member and is no gzip (padding) is ignored. A
 * damaged member costs what it holds: the stream goes on with the next one that begins like a
 * member. */
#ifndef NEWSMILL_WORKER_SOURCES_GUNZIP_H
#define NEWSMILL_WORKER_SOURCES_GUNZIP_H

#include <zlib.h>

#include "worker/sources/input.h"

struct gunzip {
    struct input *below;
    z_stream stream;
    bool in_member;      /* between members nothing is missing when the bytes end */
    bool damaged;        /* something is missing in what was read so far */
    const char *trouble; /* told when what was unpacked before it has been read */
};

/* True when the bytes begin a gzip member. */
bool gunzip_begins(struct slice head);
/* FATAL without memory. `below` must outlive it. */
enum status gunzip_open(struct gunzip *gunzip, struct input *below, struct fault *fault) MUST_CHECK;
void gunzip_close(struct gunzip *gunzip);
/* The input_read of the layer; `from` is the struct gunzip. */
ssize_t gunzip_read(void *from, char *to, size_t room, const char **trouble);

#endif
