/* Options of keys. */
#include "common/security.h"

#include <stdlib.h>
#include <string.h>

#include "common/keys.h"
#include "common/log.h"

static enum status read_server(const char *path, struct bus_security *out, struct fault *fault)
{
    struct key key;
    enum status status = key_read_public(path, &key, fault);
    if (status == STATUS_OK)
        memcpy(out->server, key.public_key, sizeof out->server);
    return status;
}

enum status security_read(const struct options *options, bool takes_server_key,
                          struct bus_security *out, struct fault *fault)
{
    const char *path = options_text(options, "key");
    const char *server = takes_server_key ? options_text(options, "server-key") : NULL;
    struct key key;
    *out = (struct bus_security){.insecure = options_flag(options, "insecure")};
    if (!path)
        return server ? fault_set(fault, STATUS_REJECT, "bad-value",
                                  "--server-key says who the other side is; --key must say who "
                                  "this side is (newsmill keys make)")
                      : STATUS_OK;
    enum status status = key_read_secret(path, &key, fault);
    if (status != STATUS_OK)
        return status;
    out->keyed = true;
    memcpy(out->name, key.name, sizeof out->name);
    memcpy(out->public_key, key.public_key, sizeof out->public_key);
    memcpy(out->secret_key, key.secret_key, sizeof out->secret_key);
    memcpy(out->server, key.public_key, sizeof out->server);
    key_forget(&key);
    return server ? read_server(server, out, fault) : STATUS_OK;
}

enum status security_bus(const struct options *options, bool takes_server_key, struct bus **out,
                         struct fault *fault)
{
    struct bus_security security;
    enum status status = security_read(options, takes_server_key, &security, fault);
    if (status != STATUS_OK)
        return status;
    *out = bus_new();
    if (*out)
        bus_secure(*out, &security);
    explicit_bzero(&security, sizeof security);
    return *out ? STATUS_OK
                : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for ZeroMQ");
}

enum status security_sandbox(const struct options *options, enum sandbox sandbox,
                             struct fault *fault)
{
    if (options_flag(options, "without-sandbox"))
        return STATUS_OK;
    enum status status = sandbox_enter(sandbox, fault);
    if (status != STATUS_RETRY)
        return status;
    log_info(fault->message);
    return STATUS_OK;
}

enum status security_sandbox_as_nobody(const struct options *options, enum sandbox sandbox,
                                       struct fault *fault)
{
    if (options_flag(options, "without-sandbox"))
        return STATUS_OK;
    if (!getenv("NOTIFY_SOCKET") && sandbox_become_nobody(fault) != STATUS_OK)
        log_warn(fault->message);
    return security_sandbox(options, sandbox, fault);
}
