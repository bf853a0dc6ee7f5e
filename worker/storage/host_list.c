/* Items between commas. */
#include "worker/storage/host_list.h"

#include <stdio.h>
#include <string.h>

size_t host_list_count(const char *list)
{
    size_t count = list && *list ? 1 : 0;
    for (; list && *list; list++)
        count += *list == ',';
    return count;
}

const char *host_list_item(const char *list, size_t index, char *out, size_t size)
{
    if (!list)
        return NULL;
    for (const char *comma; index > 0 && (comma = strchr(list, ',')); index--)
        list = comma + 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(list, ","), list);
    return out;
}
