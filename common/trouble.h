/* Why a socket that connects gets no answer: what its handshakes with the other side ended with.
 *
 * Embedded beside the socket, whose thread it belongs to. libzmq does not try again after some
 * failures: when trouble_look() says true, only a new socket may have better luck. */
#ifndef NEWSMILL_COMMON_TROUBLE_H
#define NEWSMILL_COMMON_TROUBLE_H

#include "common/bus.h"

struct trouble {
    struct bus_socket *monitor; /* NULL: not watching */
    const struct bus_security *security;
    enum bus_event_kind last; /* BUS_ENDED: none */
    unsigned connections;     /* that stand now */
    char text[256];
};

/* Before connecting. The first time `trouble` is zeroed. */
enum status trouble_watch(struct trouble *trouble, struct bus *bus, struct bus_socket *socket,
                          struct fault *fault) MUST_CHECK;
/* Before the socket is closed; also where nothing was watched. */
void trouble_end(struct trouble *trouble);

/* Reads what has happened. True when the other side will not have us, which no waiting mends; a
 * handshake that was broken off may also be a restart. */
bool trouble_look(struct trouble *trouble);
/* An answer came: all is well. So it is when a handshake succeeds. */
void trouble_forget(struct trouble *trouble);
/* Whether somebody is there with whom the handshake succeeded, as of the last look. */
bool trouble_connected(const struct trouble *trouble);
/* One clause that says which side refused and what to do; NULL when nothing is known. */
const char *trouble_text(const struct trouble *trouble);

#endif
