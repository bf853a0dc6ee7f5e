/* Finding ingest nodes and asking them. */
#include "worker/cli/nodes.h"

#include <string.h>

#include "common/security.h"

#define WAIT_MS 3000 /* for an answer; ingest answers between two turns of its loop */

static enum status split_endpoints(struct nodes *nodes, const char *list, struct fault *fault)
{
    while (*list) {
        size_t len = strcspn(list, ","), index = nodes->standing.asked;
        if (len == 0 || len >= BUS_ENDPOINT_BYTES || index == STANDING_NODES_MAX)
            return fault_set(fault, STATUS_REJECT, "bad-value",
                             "--work wants up to %d endpoints such as tcp://127.0.0.1:5553, with "
                             "commas between them",
                             STANDING_NODES_MAX);
        memcpy(nodes->endpoints[index], list, len);
        nodes->endpoints[index][len] = '\0';
        nodes->standing.asked++;
        list += len + (list[len] == ',');
    }
    return STATUS_OK;
}

/* Whom to ask: the nodes the user named, or the one that runs in the folder. */
static enum status find_nodes(struct nodes *nodes, const struct options *options,
                              struct fault *fault)
{
    const char *work = options_text(options, "work"), *folder = options_text(options, "data");
    struct folder_ingest ingest;
    if (work)
        return split_endpoints(nodes, work, fault);
    if (!folder_read_ingest(folder, &ingest))
        return fault_set(fault, STATUS_FATAL, "not-running",
                         "nothing runs in %.120s (no ingest.json there); name the folder of a "
                         "running newsmill with --data, or its work socket with --work",
                         folder);
    memcpy(nodes->endpoints[0], ingest.work, sizeof ingest.work);
    nodes->standing.asked = 1;
    if (folder_read_database(folder, nodes->database))
        nodes->standing.database = nodes->database;
    return STATUS_OK;
}

enum status nodes_open(struct nodes *nodes, const struct options *options, struct fault *fault)
{
    *nodes = (struct nodes){.options = options};
    enum status status = find_nodes(nodes, options, fault);
    if (status != STATUS_OK)
        return status;
    status = security_bus(options, true, &nodes->bus, fault);
    for (size_t i = 0; i < nodes->standing.asked && status == STATUS_OK; i++)
        status = ask_new(nodes->bus, nodes->endpoints[i], &nodes->asks[i], fault);
    return status;
}

void nodes_close(struct nodes *nodes)
{
    for (size_t i = 0; i < STANDING_NODES_MAX; i++)
        ask_free(nodes->asks[i]);
    bus_free(nodes->bus);
    *nodes = (struct nodes){.bus = NULL};
}

static enum status no_answer(const struct nodes *nodes, size_t node, struct fault *fault)
{
    const char *why = ask_trouble(nodes->asks[node]);
    return fault_set(fault, STATUS_FATAL, "no-answer", "nothing answers at %.60s: %.180s",
                     nodes->endpoints[node],
                     why ? why : "is newsmill up (or newsmill ingest) running?");
}

enum status nodes_ask(struct nodes *nodes, struct fault *fault)
{
    struct folder_ingest ingest;
    nodes->standing.node_count = 0;
    for (size_t i = 0; i < nodes->standing.asked; i++) {
        if (!ask_wait(nodes->asks[i], WAIT_MS))
            return no_answer(nodes, i, fault);
        nodes->standing.nodes[nodes->standing.node_count++] = ask_answer(nodes->asks[i]);
    }
    /* Only now is it known whose answer it was: an ingest may have been started again meanwhile. */
    if (!options_text(nodes->options, "work") &&
        folder_read_ingest(options_text(nodes->options, "data"), &ingest))
        nodes->standing.pids[0] = ingest.pid;
    return STATUS_OK;
}
