/* newsmill status: asks ingest how things stand, and whether the books balance. */
#include <stdio.h>

#include "worker/cli/command.h"
#include "worker/cli/nodes.h"

static enum status print(const struct standing *standing, bool as_json, struct fault *fault)
{
    if (!as_json) {
        standing_print(standing, stdout);
        return STATUS_OK;
    }
    json_t *root = standing_json(standing);
    if (!root || json_dumpf(root, stdout, JSON_COMPACT) != 0) {
        json_decref(root);
        return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write to standard output");
    }
    json_decref(root);
    (void)putchar('\n');
    return STATUS_OK;
}

int status_main(const struct options *options)
{
    struct nodes nodes;
    struct fault fault;
    enum status status = nodes_open(&nodes, options, &fault);
    if (status == STATUS_OK)
        status = nodes_ask(&nodes, &fault);
    if (status == STATUS_OK)
        status = print(&nodes.standing, options_flag(options, "json"), &fault);
    int code = status != STATUS_OK                  ? command_failed(&fault)
               : standing_balances(&nodes.standing) ? EXIT_DONE
                                                    : EXIT_REFUSED;
    nodes_close(&nodes);
    return code;
}
