/* Who may come in: ZAP's handler for ingest's sockets, and the bounds on their connections.
 *
 * Each socket is a door with a list of keys (allow.h). Without keys (on this host, or --insecure)
 * everybody may come, and only the bounds hold (connections.h). Why somebody was not let in is
 * counted, and logged once an address and reason in ten minutes. Belongs to the loop's thread. */
#ifndef NEWSMILL_INGEST_GATE_H
#define NEWSMILL_INGEST_GATE_H

#include "common/bus.h"
#include "common/loop.h"
#include "common/options.h"
#include "proto/link.h"

enum gate_door { GATE_PUSH, GATE_INGEST, GATE_WORK, GATE_DOORS };

struct gate;

struct gate_counts {
    uint32_t connections; /* now */
    uint64_t cut;         /* connections cut because there were too many, or they came too fast */
    uint64_t failed;      /* handshakes that were broken off or were no ZMTP */
    uint64_t keyless;     /* one side had keys and the other had none */
    uint64_t unknown;     /* somebody took this server for another */
    uint64_t refused;     /* keys that are on no list */
};

/* Before the sockets are made; `bus` has its keys. Fails as allow_new(). */
enum status gate_new(struct bus *bus, struct loop *loop, const struct options *options,
                     struct gate **out, struct fault *fault) MUST_CHECK;
/* Before the bus is freed, and before its sockets are closed. */
void gate_free(struct gate *gate);

/* Guards a socket that is not yet bound. */
enum status gate_guard(struct gate *gate, struct bus_socket *socket, enum gate_door door,
                       struct fault *fault) MUST_CHECK;
/* A message came that makes sense: its sender keeps his place when strangers crowd in. */
void gate_heard(struct gate *gate, const struct bus_message *message);
struct gate_counts gate_counts(const struct gate *gate);

#endif
