/* Whose memory runs out: the analyzer's own, not the machine's. */
#ifndef NEWSMILL_ANALYSIS_MEMORY_H
#define NEWSMILL_ANALYSIS_MEMORY_H

#include <stdint.h>

#include "common/status.h"

/* Asks the kernel to take this process first when the machine runs out of memory (it holds nothing
 * that is not in the journal), and, when `bytes` > 0, limits its address space to that: then an
 * article that wants too much finds no memory, fails, and is tried again elsewhere. FATAL when the
 * limit cannot be set. */
enum status memory_limit(int64_t bytes, struct fault *fault) MUST_CHECK;

#endif
