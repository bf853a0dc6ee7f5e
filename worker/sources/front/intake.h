/* From the body of a request to articles, with the readers that push has.
 *
 * Pure: bytes in, encoded articles out, bounded. What is no article is an item with the reason, and
 * costs its neighbours nothing; text that is malformed as a whole is refused as a whole, with where
 * it goes wrong. */
#ifndef NEWSMILL_SOURCES_FRONT_INTAKE_H
#define NEWSMILL_SOURCES_FRONT_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

/* A row of the table of media types. */
struct intake_format;
/* The format of a Content-Type ("text/html; charset=utf-8"); NULL: none of ours. */
const struct intake_format *intake_format_of(const char *content_type);
/* Whether the body is the article's own text, of which `struct intake_about` tells the rest. */
bool intake_is_document(const struct intake_format *format);
/* All media types, with commas between them. */
const char *intake_formats(void);

/* What a request says beside its body. */
struct intake_about {
    const char *content_type;                            /* with its charset */
    bool gzip;                                           /* the body is packed */
    struct slice id, url, source, title, language, lane; /* of a document; NULL when absent */
};

/* What one request may hold. */
struct intake_limits {
    size_t articles;
    uint64_t unpacked_bytes; /* of a gzip body */
};

struct intake_item {
    size_t at, len;      /* the encoded article in `packed` */
    struct fault *fault; /* why there is none; NULL: there is one */
    uint64_t line, byte; /* as in struct reading; 0: not known */
};
struct intake {
    struct intake_item *items;
    size_t count, capacity;
    struct buffer packed;
    bool malformed;      /* some item is: its text cannot be read */
    uint64_t line, byte; /* of a refusal: where */
};

/* Fills `out`, which the caller deinits in any case. REJECT: nothing of it is taken; "not-json"
 * and the like where it is malformed, "no-article", "too-many-articles", "body-too-long". FATAL
 * without memory. */
enum status intake_read(const struct intake_format *format, struct slice body,
                        const struct intake_about *about, const struct intake_limits *limits,
                        struct intake *out, struct fault *fault) MUST_CHECK;
void intake_deinit(struct intake *intake);

#endif
