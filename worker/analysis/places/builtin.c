/* The gazetteer that is part of the program: bytes that the build made (gazetteer_builtin.bin). */
#include "worker/analysis/places/builtin.h"

#include <stdlib.h>

enum status gazetteer_builtin(struct gazetteer **out, struct fault *fault)
{
    struct gazetteer *gazetteer = calloc(1, sizeof *gazetteer);
    *out = gazetteer;
    if (!gazetteer)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the gazetteer");
    const struct gazetteer_header *header = (const void *)builtin_gazetteer;
    enum status status = gazetteer_lay(builtin_gazetteer, header->bytes, false, gazetteer, fault);
    if (status == STATUS_OK)
        return STATUS_OK;
    gazetteer_close(gazetteer);
    *out = NULL;
    return status;
}
