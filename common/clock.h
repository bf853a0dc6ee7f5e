/* The one place that asks the machine what time it is; everything else takes times as arguments. */
#ifndef NEWSMILL_COMMON_CLOCK_H
#define NEWSMILL_COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define CLOCK_TEXT_BYTES 80 /* a year may be any int: room for what snprintf could need */
#define CLOCK_NONE       INT64_MIN

/* Milliseconds since 1970 (steps when the clock is set) and since an arbitrary start (never steps).
 */
int64_t clock_wall_ms(void);
int64_t clock_steady_ms(void);
int64_t clock_steady_ns(void);
/* The processor time of this thread: what others do on the machine hardly counts. */
int64_t clock_worked_ns(void);

/* RFC 3339 in UTC with milliseconds, "2026-11-24T13:35:04.000Z". */
void clock_format(int64_t wall_ms, char out[CLOCK_TEXT_BYTES]);
/* The same in a zone `minutes` ahead of UTC, "2026-11-24T14:35:04.000+01:00"; "Z" for 0. */
void clock_format_zone(int64_t wall_ms, int32_t minutes, char out[CLOCK_TEXT_BYTES]);
/* Reads RFC 3339 (any offset, optional fraction, 'T', 't' or a space; a bare date is midnight UTC).
 * False when it is not, or outside the years 0001 to 9999. */
bool clock_parse(struct slice text, int64_t *wall_ms);

#endif
