/* newsmill retain: drops the months that need not be kept. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/storage/upkeep.h"

#define MONTHS_MAX 12000

struct total {
    const char *verb;
    int64_t parts, rows, bytes;
};

/* "24mo", "2y"; 0 when it is neither. */
static int32_t read_months(const char *text)
{
    char *end;
    long count = strtol(text, &end, 10);
    if (count < 1 || count > MONTHS_MAX)
        return 0;
    return strcmp(end, "mo") == 0  ? (int32_t)count
           : strcmp(end, "y") == 0 ? (int32_t)count * 12
                                   : 0;
}

static void print_part(void *user, const struct upkeep_part *part)
{
    struct total *total = user;
    total->parts += part->bytes > 0;
    total->rows += part->rows;
    total->bytes += part->bytes;
    if (part->bytes > 0)
        (void)printf("%s %-24.*s %12" PRId64 " rows %12" PRId64 " bytes\n", total->verb,
                     (int)part->name.len, part->name.data, part->rows, part->bytes);
    else
        (void)printf("%s %-24.*s %12" PRId64 " rows\n", total->verb, (int)part->name.len,
                     part->name.data, part->rows);
}

int retain_main(const struct options *options)
{
    const char *keep = options_text(options, "keep");
    const bool dry_run = options_flag(options, "dry-run");
    struct total total = {.verb = dry_run ? "would drop" : "drop"};
    struct place place;
    struct fault fault;
    int32_t months = keep ? read_months(keep) : 0;
    if (months == 0) {
        (void)fprintf(stderr, "newsmill retain: say what to keep in months or years, such as "
                              "--keep 24mo or --keep 2y\n");
        return EXIT_USAGE;
    }
    if (place_database(options, &place, &fault) != STATUS_OK ||
        upkeep_retain(place.database, months, options_flag(options, "rollups"), dry_run, print_part,
                      &total, &fault) != STATUS_OK)
        return command_failed(&fault);
    (void)printf("%s%" PRId64 " partitions, %" PRId64 " rows, %" PRId64 " bytes\n",
                 dry_run ? "would drop " : "dropped ", total.parts, total.rows, total.bytes);
    return EXIT_DONE;
}
