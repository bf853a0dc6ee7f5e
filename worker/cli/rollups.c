/* newsmill rollups verify|rebuild: the sums that dashboards read, against the facts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/storage/upkeep.h"

static void print_rollup(void *user, const struct upkeep_rollup *rollup)
{
    int64_t *faults = user;
    *faults += rollup->missing + rollup->surplus;
    (void)printf("%-8.*s %10" PRId64 " rows %8" PRId64 " missing or wrong %8" PRId64 " too many\n",
                 (int)rollup->name.len, rollup->name.data, rollup->rows, rollup->missing,
                 rollup->surplus);
}

int rollups_main(const struct options *options)
{
    const char *verb = options_operand(options, 0);
    struct place place;
    struct fault fault;
    int64_t faults = 0;
    bool rebuild = strcmp(verb, "rebuild") == 0;
    if (!rebuild && strcmp(verb, "verify") != 0) {
        (void)fprintf(stderr,
                      "newsmill rollups: \"%s\" is not known, only verify and rebuild are\n", verb);
        return EXIT_USAGE;
    }
    enum status status = place_database(options, &place, &fault);
    if (status == STATUS_OK && rebuild)
        status = upkeep_rebuild(place.database, &fault);
    if (status == STATUS_OK)
        status = upkeep_verify(place.database, print_rollup, &faults, &fault);
    if (status != STATUS_OK)
        return command_failed(&fault);
    if (faults > 0)
        (void)fprintf(stderr,
                      "newsmill: the rollups differ from the facts: newsmill rollups rebuild\n");
    return faults > 0 ? EXIT_REFUSED : EXIT_DONE;
}
