/* Reading a command line of newsmill dead. */
#include <stdlib.h>

#include "common/clock.h"
#include "worker/cli/dead.h"
#include "worker/cli/place.h"
#include "worker/cli/when.h"

static enum status read_names(struct dead_request *request, struct fault *fault)
{
    size_t count = options_operand_count(request->options);
    request->names = calloc(count + 1, sizeof *request->names);
    if (!request->names)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the names");
    for (size_t i = 1; i < count; i++)
        request->names[i - 1] = slice_from(options_operand(request->options, i));
    request->filter.names = request->names;
    request->filter.name_count = count > 0 ? count - 1 : 0;
    return STATUS_OK;
}

enum status dead_request_init(struct dead_request *request, const struct options *options,
                              struct fault *fault)
{
    *request = (struct dead_request){.options = options};
    struct dead_filter *filter = &request->filter;
    filter->stage = slice_from(options_text(options, "stage"));
    filter->code = slice_from(options_text(options, "code"));
    filter->source = slice_from(options_text(options, "source"));
    filter->id = slice_from(options_text(options, "id"));
    request->limit = (uint64_t)options_int(options, "limit");
    enum status status = read_names(request, fault);
    if (status == STATUS_OK)
        status = when_option(options, "since", &filter->since_ms, fault);
    if (status == STATUS_OK)
        status = when_option(options, "until", &filter->until_ms, fault);
    if (status != STATUS_OK)
        return status;
    request->picked = options_flag(options, "all") || filter->name_count > 0 ||
                      filter->stage.data || filter->code.data || filter->source.data ||
                      filter->id.data || filter->since_ms != CLOCK_NONE ||
                      filter->until_ms != CLOCK_NONE;
    return STATUS_OK;
}

void dead_request_deinit(struct dead_request *request)
{
    free(request->names);
    request->names = NULL;
}

enum status dead_request_open(const struct dead_request *request, struct dead **out,
                              struct fault *fault)
{
    struct place place;
    *out = NULL;
    enum status status = place_database(request->options, &place, fault);
    return status == STATUS_OK ? dead_open(place.database, out, fault) : status;
}
