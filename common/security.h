/* What the options of a command say of keys, made into a bus: its sockets are encrypted, or refuse
 * to leave this host. */
#ifndef NEWSMILL_COMMON_SECURITY_H
#define NEWSMILL_COMMON_SECURITY_H

#include "common/bus.h"
#include "common/options.h"
#include "common/sandbox.h"

/* From --key, --server-key (where the command takes it; else that of --key) and --insecure. REJECT
 * as keys.h says. */
enum status security_read(const struct options *options, bool takes_server_key,
                          struct bus_security *out, struct fault *fault) MUST_CHECK;
/* A bus whose sockets do as they say. The caller frees it. */
enum status security_bus(const struct options *options, bool takes_server_key, struct bus **out,
                         struct fault *fault) MUST_CHECK;

/* The sandbox, unless --without-sandbox; a kernel that cannot filter is no failure. A worker calls
 * it first of all, before threads are made. */
enum status security_sandbox(const struct options *options, enum sandbox sandbox,
                             struct fault *fault) MUST_CHECK;
/* The same for a worker that needs no user of its own: root becomes nobody first, unless a service
 * manager has chosen the user. */
enum status security_sandbox_as_nobody(const struct options *options, enum sandbox sandbox,
                                       struct fault *fault) MUST_CHECK;

#endif
