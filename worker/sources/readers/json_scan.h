/* Finds where a JSON value ends without reading it: brackets and strings only. Pure.
 *
 * Goes on where it stopped, so that a value may arrive in pieces: scan the window again after it
 * grew. What it finds need not be JSON; that is for the parser to say. */
#ifndef NEWSMILL_WORKER_SOURCES_READERS_JSON_SCAN_H
#define NEWSMILL_WORKER_SOURCES_READERS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

struct json_scan {
    size_t at;      /* scanned so far */
    size_t depth;   /* open brackets */
    uint64_t lines; /* line feeds passed */
    bool in_string, escaped, in_word;
    bool complete;
};

/* Scans on in `text`, which begins with the value's first byte. Returns how far it came: when
 * `complete`, the value's length. A word (number, true) is complete before what ends it. */
size_t json_scan(struct json_scan *scan, struct slice text);

#endif
