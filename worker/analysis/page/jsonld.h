/* What a page's JSON-LD says about its article (schema.org vocabulary). Pages hold broken JSON as
 * often as not, so it is mended first, and where that fails, the facts are looked for by name. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_JSONLD_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_JSONLD_H

#include "common/arena.h"
#include "common/slice.h"

#define JSONLD_BYTES_MAX   (1024 * 1024) /* a longer script is not read */
#define JSONLD_AUTHORS_MAX 16

/* Absent facts are NULL slices. Arena memory. */
struct jsonld {
    struct slice headline, published, modified, created, site, section, image, url, language, body;
    struct slice authors[JSONLD_AUTHORS_MAX];
    size_t author_count;
    int rank; /* of the object the facts are from: 1 an article, 2 a page, 3 else; 0: none */
};

/* Adds what one script says; of several, the better object wins, and then the first. */
void jsonld_read(struct slice script, struct jsonld *facts, struct arena *arena);

/* Text with its HTML character references resolved (the five of XML, nbsp, and by number). */
struct slice jsonld_unescape(struct slice text, struct arena *arena);

#endif
