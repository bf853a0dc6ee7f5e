/* Cutting simple text into words as ICU's rules of the root do (UAX 29), without ICU.
 *
 * Simple characters are those below SEGMENT_POINTS and the general punctuation that neither extend
 * what stands before them nor need a dictionary: Latin, Greek, Cyrillic, Armenian letters, digits,
 * marks. A stretch between blanks that has only simple characters depends on nothing around it. A
 * stretch with any other character is given back whole, together with those that follow it and are
 * not simple either. Read-only once made. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_SEGMENTS_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define SEGMENT_POINTS      0x590
#define SEGMENT_MARKS       0x2010 /* general punctuation, and currency signs */
#define SEGMENT_MARKS_END   0x20c0
#define SEGMENT_TABLE_BYTES (SEGMENT_POINTS + SEGMENT_MARKS_END - SEGMENT_MARKS)

struct segments {
    uint8_t classes[SEGMENT_TABLE_BYTES]; /* ICU's word break property, as segments.c groups it */
};

void segments_init(struct segments *segments);

struct segment_walk {
    const struct segments *segments;
    struct slice text;
    size_t at, limit; /* limit: up to here all is known to be simple */
};

enum segment { SEGMENT_END, SEGMENT_WORD, SEGMENT_OTHER };

/* The next word, a number or letters, or the next stretch for ICU: bytes [*from, *to). */
enum segment segments_next(struct segment_walk *walk, size_t *from, size_t *to);

#endif
