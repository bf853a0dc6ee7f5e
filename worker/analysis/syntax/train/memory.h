/* Memory and errors of the trainer: a program that a developer runs, which ends at the first fault.
 */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_MEMORY_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_MEMORY_H

#include <stddef.h>

/* Says what is wrong and ends the program with 1. */
_Noreturn void stop(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `count` zeroed elements of `size` bytes, aligned to 64. Never NULL. */
void *allocate(size_t count, size_t size);
/* Never NULL; the old contents are kept, what is new is not set. For memory of allocate() too. */
void *grow(void *memory, size_t size);

#endif
