/* The lists with commas that a libpq URI may have for its hosts, their addresses and ports. Pure.
 */
#ifndef NEWSMILL_STORAGE_HOST_LIST_H
#define NEWSMILL_STORAGE_HOST_LIST_H

#include <stddef.h>

/* 0 for NULL and the empty list. */
size_t host_list_count(const char *list);
/* Item `index`, or the last there is, copied into `out`; NULL for an absent list. */
const char *host_list_item(const char *list, size_t index, char *out, size_t size);

#endif
