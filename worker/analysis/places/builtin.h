/* Where the bytes of the built-in gazetteer lie; the build makes the other side. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_BUILTIN_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_BUILTIN_H

#include "worker/analysis/places/gazetteer_format.h"

extern const char builtin_gazetteer[];

#endif
