/* Handshakes, explained by the side that connects. */
#include "common/trouble.h"

#include <stdio.h>
#include <string.h>

enum status trouble_watch(struct trouble *trouble, struct bus *bus, struct bus_socket *socket,
                          struct fault *fault)
{
    /* The text of an earlier socket stays, until this one is better off. */
    trouble->security = bus_security(bus);
    trouble->last = BUS_ENDED;
    trouble->connections = 0;
    return bus_monitor(socket, &trouble->monitor, fault);
}

void trouble_end(struct trouble *trouble)
{
    bus_close(&trouble->monitor);
}

static void explain(struct trouble *trouble)
{
    const struct bus_security *security = trouble->security;
    if (trouble->last == BUS_REFUSED)
        (void)snprintf(trouble->text, sizeof trouble->text,
                       "it refuses our key \"%s\": have %s.pub put into the folder of its "
                       "--allow-producers or --allow-workers",
                       security->name, security->name);
    else if (trouble->last == BUS_MISMATCHED && security->keyed)
        (void)snprintf(trouble->text, sizeof trouble->text,
                       "it has no keys, so we refuse to talk to it: name its with --key there, or "
                       "leave out --key here");
    else if (trouble->last == BUS_MISMATCHED)
        (void)snprintf(trouble->text, sizeof trouble->text,
                       "it refuses peers without keys: name ours with --key and its public one "
                       "with --server-key");
    else /* whoever is the first to see that the other has no keys, or has some, hangs up */
        (void)snprintf(trouble->text, sizeof trouble->text,
                       "it breaks off the handshake: %s, or no newsmill listens there",
                       security->keyed ? "--server-key is not its public key, or it has no keys"
                                       : "it refuses peers without keys (--key, --server-key)");
}

void trouble_forget(struct trouble *trouble)
{
    trouble->last = BUS_ENDED;
    trouble->text[0] = '\0';
}

/* The end of a connection that was never greeted counts for nothing. */
static void count_connection(struct trouble *trouble, enum bus_event_kind kind)
{
    if (kind == BUS_GREETED) {
        trouble->connections++;
        trouble_forget(trouble);
    } else if (trouble->connections > 0) {
        trouble->connections--;
    }
}

bool trouble_connected(const struct trouble *trouble)
{
    return trouble->connections > 0;
}

bool trouble_look(struct trouble *trouble)
{
    struct bus_event event;
    while (trouble->monitor && bus_event(trouble->monitor, &event)) {
        if (event.kind == BUS_ACCEPTED)
            continue;
        if (event.kind == BUS_GREETED || event.kind == BUS_ENDED) {
            count_connection(trouble, event.kind);
            continue;
        }
        if (event.kind == BUS_FAILED && trouble->last != BUS_ENDED)
            continue; /* what is known better stays */
        trouble->last = event.kind;
        explain(trouble);
    }
    return trouble->last == BUS_REFUSED || trouble->last == BUS_MISMATCHED;
}

const char *trouble_text(const struct trouble *trouble)
{
    return trouble->text[0] ? trouble->text : NULL;
}
