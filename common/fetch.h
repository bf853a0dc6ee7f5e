/* Memory that is asked for some time before it is needed: where another core wrote it, or it is
 * longer than the near caches keep, waiting for it takes longer than the work on it. */
#ifndef NEWSMILL_COMMON_FETCH_H
#define NEWSMILL_COMMON_FETCH_H

#include <stddef.h>

#define FETCH_LINE_BYTES 64
/* What the second level of a small cache has room for, too; the rest comes when it is needed. */
#define FETCH_BYTES_MAX ((size_t)16 * 1024)

static inline const char *fetch_end(const char *bytes, size_t len)
{
    return bytes + (len < FETCH_BYTES_MAX ? len : FETCH_BYTES_MAX);
}

static inline void fetch_to_read(const char *bytes, size_t len)
{
    for (const char *end = fetch_end(bytes, len); bytes < end; bytes += FETCH_LINE_BYTES)
        __builtin_prefetch(bytes);
}

static inline void fetch_to_write(const char *bytes, size_t len)
{
    for (const char *end = fetch_end(bytes, len); bytes < end; bytes += FETCH_LINE_BYTES)
        __builtin_prefetch(bytes, 1);
}

#endif
