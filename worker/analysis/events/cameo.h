/* CAMEO's codes (data/cameo.txt): what PLOVER calls them, their weight, what they are about. Pure.
 */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_CAMEO_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_CAMEO_H

#include "worker/analysis/tables.h"

/* The row of the code, or of the longest beginning of it that has one; NULL when it is no code. */
const struct cameo_code *cameo_find(const char *code);

#endif
