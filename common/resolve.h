/* Names to addresses without blocking the loop.
 *
 * The system's resolver (getaddrinfo: hosts file, DNS, whatever the host is set up for) blocks, and
 * nothing can interrupt it; so each question has a thread of its own that does only that, touches
 * nothing of ours but the question, and ends by itself, also when nobody waits for it any more. One
 * question at a time for each resolver. */
#ifndef NEWSMILL_COMMON_RESOLVE_H
#define NEWSMILL_COMMON_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/loop.h"
#include "common/status.h"

#define RESOLVE_HOST_BYTES    256
#define RESOLVE_ADDRESS_BYTES 64 /* an IPv6 address with its zone */
#define RESOLVE_ADDRESSES_MAX 64

struct resolver;

/* In the loop. `count` is 0 when the name could not be resolved: `why` says so then. The texts are
 * borrowed for the call: "10.0.0.1", "2001:db8::1". */
typedef void resolve_call(void *user, const char (*addresses)[RESOLVE_ADDRESS_BYTES], size_t count,
                          const char *why);

enum status resolver_new(struct loop *loop, resolve_call *call, void *user, struct resolver **out,
                         struct fault *fault) MUST_CHECK;
/* Does not wait for a question that is out. NULL is fine. */
void resolver_free(struct resolver *resolver);

/* Asks for all addresses of `host`. False while a question is out, or without memory or threads. */
bool resolver_ask(struct resolver *resolver, const char *host);

/* True when `host` is an address already, not a name. */
bool resolve_is_address(const char *host);

#endif
