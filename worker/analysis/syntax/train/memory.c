/* Memory and errors of the trainer. */
#include "worker/analysis/syntax/train/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void stop(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("newsmill-train-syntax: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *allocate(size_t count, size_t size)
{
    size_t bytes = (count * size + 64) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    if (!memory)
        stop("no memory for %zu bytes", bytes);
    return memset(memory, 0, bytes);
}

void *grow(void *memory, size_t size)
{
    void *larger = realloc(memory, size);
    if (!larger)
        stop("no memory for %zu bytes", size);
    return larger;
}
