/* Endpoints as text: tcp://HOST:PORT and ipc://PATH, as options name them and libzmq wants them. */
#ifndef NEWSMILL_COMMON_ENDPOINT_H
#define NEWSMILL_COMMON_ENDPOINT_H

#include <stdbool.h>

#define ENDPOINT_BYTES 256

/* libzmq wants "*" where people write port 0. False when it is too long. */
bool endpoint_for_bind(const char *endpoint, char out[ENDPOINT_BYTES]);
/* A dual-stack socket names its IPv4 address as IPv6 does, which a peer without IPv6 cannot dial:
 * "tcp://[::ffff:127.0.0.1]:5552" becomes "tcp://127.0.0.1:5552". */
void endpoint_unmap_ipv4(char endpoint[ENDPOINT_BYTES]);
/* "tcp://10.0.0.1:5553". */
bool endpoint_is_ipv4(const char *endpoint);

/* Over a network, even if only this host's. */
bool endpoint_is_tcp(const char *endpoint);
/* What passes may leave this host: all but ipc, inproc, and TCP on 127.0.0.0/8, ::1 or localhost.
 * Every other name may lead anywhere. False for what is no endpoint. */
bool endpoint_leaves_host(const char *endpoint);
/* The port; 0 when there is none. */
unsigned endpoint_port(const char *endpoint);

#endif
