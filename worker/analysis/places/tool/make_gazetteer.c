/* The build's end of the import: make_gazetteer OUTPUT FILE… */
#include <stdio.h>

#include "worker/analysis/places/gazetteer.h"

int main(int count, char **arguments)
{
    struct fault fault;
    if (count < 3)
        return 2;
    struct gazetteer_import import = {.files = (const char *const *)arguments + 2,
                                      .file_count = (size_t)count - 2,
                                      .output = arguments[1],
                                      .keep_codes = true};
    if (gazetteer_import(&import, &fault) == STATUS_OK)
        return 0;
    (void)fprintf(stderr, "make_gazetteer: %s\n", fault.message);
    return 1;
}
