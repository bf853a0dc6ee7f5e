/* newsmill status: asks ingest how things stand, and whether the books balance. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/cli/ask.h"
#include "worker/cli/command.h"
#include "worker/cli/folder.h"
#include "worker/cli/standing.h"

#define WAIT_MS 3000 /* for an answer; ingest answers between two turns of its loop */

struct asking {
    struct bus *bus;
    struct ask *asks[STANDING_NODES_MAX];
    char endpoints[STANDING_NODES_MAX][BUS_ENDPOINT_BYTES];
    struct standing standing;
    char database[FOLDER_DATABASE_BYTES];
};

static enum status split_endpoints(struct asking *asking, const char *list, struct fault *fault)
{
    while (*list) {
        size_t len = strcspn(list, ","), index = asking->standing.asked;
        if (len == 0 || len >= BUS_ENDPOINT_BYTES || index == STANDING_NODES_MAX)
            return fault_set(fault, STATUS_REJECT, "bad-value",
                             "--work wants up to %d endpoints such as tcp://127.0.0.1:5553, with "
                             "commas between them",
                             STANDING_NODES_MAX);
        memcpy(asking->endpoints[index], list, len);
        asking->endpoints[index][len] = '\0';
        asking->standing.asked++;
        list += len + (list[len] == ',');
    }
    return STATUS_OK;
}

/* Whom to ask: the nodes the user named, or the one that runs in the folder. */
static enum status find_nodes(struct asking *asking, const struct options *options,
                              struct fault *fault)
{
    const char *work = options_text(options, "work"), *folder = options_text(options, "data");
    struct folder_ingest ingest;
    if (work)
        return split_endpoints(asking, work, fault);
    if (!folder_read_ingest(folder, &ingest))
        return fault_set(fault, STATUS_FATAL, "not-running",
                         "nothing runs in %.120s (no ingest.json there); name the folder of a "
                         "running newsmill with --data, or its work socket with --work",
                         folder);
    memcpy(asking->endpoints[0], ingest.work, sizeof ingest.work);
    asking->standing.asked = 1;
    if (folder_read_database(folder, asking->database))
        asking->standing.database = asking->database;
    return STATUS_OK;
}

static enum status ask_all(struct asking *asking, struct fault *fault)
{
    asking->bus = bus_new();
    if (!asking->bus)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for ZeroMQ");
    for (size_t i = 0; i < asking->standing.asked; i++) {
        enum status status = ask_new(asking->bus, asking->endpoints[i], &asking->asks[i], fault);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < asking->standing.asked; i++) {
        if (!ask_wait(asking->asks[i], WAIT_MS))
            return fault_set(fault, STATUS_FATAL, "no-answer",
                             "nothing answers at %.120s; is newsmill up (or newsmill ingest) "
                             "running?",
                             asking->endpoints[i]);
        asking->standing.nodes[asking->standing.node_count++] = ask_answer(asking->asks[i]);
    }
    return STATUS_OK;
}

static enum status print(const struct asking *asking, bool as_json, struct fault *fault)
{
    if (!as_json) {
        standing_print(&asking->standing, stdout);
        return STATUS_OK;
    }
    json_t *root = standing_json(&asking->standing);
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
    struct asking *asking = calloc(1, sizeof *asking);
    struct fault fault = {.status = STATUS_FATAL, .message = "no memory"};
    enum status status = asking ? find_nodes(asking, options, &fault) : STATUS_FATAL;
    if (status == STATUS_OK)
        status = ask_all(asking, &fault);
    /* Only now is it known whose answer it was: an ingest may have been started again meanwhile. */
    struct folder_ingest ingest;
    if (status == STATUS_OK && !options_text(options, "work") &&
        folder_read_ingest(options_text(options, "data"), &ingest))
        asking->standing.pids[0] = ingest.pid;
    if (status == STATUS_OK)
        status = print(asking, options_flag(options, "json"), &fault);
    int code = status != STATUS_OK                    ? command_failed(&fault)
               : standing_balances(&asking->standing) ? EXIT_DONE
                                                      : EXIT_REFUSED;
    for (size_t i = 0; asking && i < STANDING_NODES_MAX; i++)
        ask_free(asking->asks[i]);
    if (asking)
        bus_free(asking->bus);
    free(asking);
    return code;
}
