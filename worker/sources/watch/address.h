/* Which addresses are everybody's. Pure. A page may link to anything; what stands in a private
 * network must not be fetched, published and searched because a stranger linked to it. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_ADDRESS_H
#define NEWSMILL_WORKER_SOURCES_WATCH_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* False for loopback, link-local, private, shared, multicast, reserved and documentation addresses
 * (the IANA special-purpose registries), for IPv6 addresses that hold such an IPv4 address, and for
 * families other than the two. */
bool address_is_public(const struct sockaddr *address);

#endif
