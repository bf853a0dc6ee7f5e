/* Failing on purpose: with --rehearse, an analyzer crashes, hangs, is slow or runs out of memory on
 * articles whose id says so. For drills and for our own tests of what such an article costs;
 * without the option no article can do this. */
#ifndef NEWSMILL_ANALYSIS_REHEARSE_H
#define NEWSMILL_ANALYSIS_REHEARSE_H

#include "common/slice.h"
#include "common/status.h"

/* `id`: "rehearse:crash", "rehearse:hang", "rehearse:slow" (six seconds, and then all is well),
 * "rehearse:memory", each with anything behind it. Other ids: OK, and nothing is done. FATAL when
 * memory has run out. */
enum status rehearse(struct slice id, struct fault *fault) MUST_CHECK;

#endif
