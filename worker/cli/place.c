/* Options first, then the data folder. */
#include "worker/cli/place.h"

#include <string.h>

static enum status take(char to[FOLDER_DATABASE_BYTES], const char *name, const char *given,
                        struct fault *fault)
{
    size_t len = strlen(given);
    if (len >= FOLDER_DATABASE_BYTES)
        return fault_set(fault, STATUS_REJECT, "bad-value", "--%s is longer than %d bytes", name,
                         FOLDER_DATABASE_BYTES - 1);
    memcpy(to, given, len + 1);
    return STATUS_OK;
}

static enum status nothing_runs(const char *folder, const char *file, const char *option,
                                struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "not-running",
                     "nothing runs in %.100s (no %s there); name the folder of a running newsmill "
                     "with --data, or %s",
                     folder, file, option);
}

enum status place_database(const struct options *options, struct place *place, struct fault *fault)
{
    const char *given = options_text(options, "db"), *folder = options_text(options, "data");
    if (given)
        return take(place->database, "db", given, fault);
    if (folder_read_database(folder, place->database))
        return STATUS_OK;
    return nothing_runs(folder, "up.json", "the database with --db", fault);
}

enum status place_work(const struct options *options, struct place *place, struct fault *fault)
{
    const char *given = options_text(options, "work"), *folder = options_text(options, "data");
    struct folder_ingest ingest;
    if (given)
        return take(place->work, "work", given, fault);
    if (!folder_read_ingest(folder, &ingest))
        return nothing_runs(folder, "ingest.json", "its work socket with --work", fault);
    memcpy(place->work, ingest.work, sizeof ingest.work);
    return STATUS_OK;
}
