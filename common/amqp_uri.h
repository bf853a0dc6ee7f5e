/* Where a replicated backlog is: the URI of a RabbitMQ cluster, read and checked. Pure.
 *
 *   amqp://USER:PASSWORD@HOST[:PORT],HOST[:PORT],…/VHOST?queue=NAME
 *   amqps://…                      the same over TLS
 *
 * What is reserved in a URI is written as %XX in user, password, virtual host and values.
 * Parameters:
 *
 *   queue=NAME           the queue of this ingest node [newsmill]
 *   prefetch=N           articles taken out of the queue ahead [twice --window-messages]
 *   heartbeat=SECONDS    a node that is silent for twice as long is left [5]
 *   password-file=FILE   its first line is the password
 *   ca=FILE              amqps: who signs the cluster's certificates [the system's]
 *   cert=FILE key=FILE   amqps: our own, where the cluster wants one */
#ifndef NEWSMILL_COMMON_AMQP_URI_H
#define NEWSMILL_COMMON_AMQP_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

#define AMQP_URI_HOSTS    16
#define AMQP_URI_WORD     256 /* bytes of a name, a password or a path, with its NUL */
#define AMQP_URI_PREFETCH 65535

struct amqp_host {
    char name[AMQP_URI_WORD]; /* a name or an address, without brackets */
    uint16_t port;
};

struct amqp_uri {
    bool tls;
    char user[AMQP_URI_WORD], password[AMQP_URI_WORD], vhost[AMQP_URI_WORD];
    char queue[AMQP_URI_WORD], password_file[AMQP_URI_WORD];
    char ca[AMQP_URI_WORD], cert[AMQP_URI_WORD], key[AMQP_URI_WORD];
    struct amqp_host hosts[AMQP_URI_HOSTS];
    size_t host_count;
    uint32_t prefetch; /* 0: not said */
    uint32_t heartbeat_s;
};

/* REJECT "bad-backlog" with words that follow a name: "has no host". They never hold the password.
 */
enum status amqp_uri_parse(const char *text, struct amqp_uri *out, struct fault *fault) MUST_CHECK;

#endif
