/* Reading the URI of a RabbitMQ cluster. */
#include "common/amqp_uri.h"

#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"

#define PORT_PLAIN  5672
#define PORT_TLS    5671
#define HEARTBEAT_S 5
#define QUEUE_BYTES 200 /* a queue's name has 255 at most, and ours get endings */

static enum status wrong(struct fault *fault, const char *what)
{
    return fault_set(fault, STATUS_REJECT, "bad-backlog", "%s", what);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `len` bytes of `text` with %XX read, into `out`; false when they do not fit or are none. */
static bool decode(const char *text, size_t len, char out[AMQP_URI_WORD])
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            if (len - i < 3 || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
                return false;
            c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        }
        if (c == '\0' || used == AMQP_URI_WORD - 1)
            return false;
        out[used++] = c;
    }
    out[used] = '\0';
    return true;
}

static bool number(const char *text, size_t len, long max, uint32_t *out)
{
    long value = 0;
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = (uint32_t)value;
    return value >= 1 && value <= max;
}

/* USER:PASSWORD, both or one or none. */
static enum status read_user(const char *text, size_t len, struct amqp_uri *uri,
                             struct fault *fault)
{
    const char *colon = memchr(text, ':', len);
    size_t user = colon ? (size_t)(colon - text) : len;
    if (!decode(text, user, uri->user) || uri->user[0] == '\0' ||
        (colon && !decode(colon + 1, len - user - 1, uri->password)))
        return wrong(fault, "has a user or password that cannot be read: write what is reserved in "
                            "a URI as %XX");
    return STATUS_OK;
}

static enum status read_host(const char *text, size_t len, struct amqp_uri *uri,
                             struct fault *fault)
{
    if (uri->host_count == AMQP_URI_HOSTS)
        return fault_set(fault, STATUS_REJECT, "bad-backlog", "has more than %d hosts",
                         AMQP_URI_HOSTS);
    struct amqp_host *host = &uri->hosts[uri->host_count++];
    bool bracket = len > 0 && text[0] == '[';
    const char *end = bracket ? memchr(text, ']', len) : memchr(text, ':', len);
    if (bracket && !end)
        return wrong(fault, "has a [ without its ]");
    size_t name = end ? (size_t)(end - text) : len;
    const char *rest = text + name + bracket;
    size_t rest_len = len - name - bracket;
    uint32_t port = uri->tls ? PORT_TLS : PORT_PLAIN;
    if (name == (size_t)bracket || !decode(text + bracket, name - bracket, host->name))
        return wrong(fault, "has an empty host: it looks like "
                            "amqp://USER:PASSWORD@HOST:5672,HOST:5672/VHOST?queue=NAME");
    if (rest_len > 0 && (rest[0] != ':' || !number(rest + 1, rest_len - 1, 65535, &port)))
        return fault_set(fault, STATUS_REJECT, "bad-backlog",
                         "has a port that is none behind the host %.60s", host->name);
    host->port = (uint16_t)port;
    return STATUS_OK;
}

static enum status read_hosts(const char *text, size_t len, struct amqp_uri *uri,
                              struct fault *fault)
{
    enum status status = STATUS_OK;
    for (const char *end = text + len; status == STATUS_OK; text++) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        size_t one = comma ? (size_t)(comma - text) : (size_t)(end - text);
        status = read_host(text, one, uri, fault);
        text += one;
        if (text == end)
            break;
    }
    return status;
}

struct parameter {
    const char *name;
    size_t offset;
    long max; /* of a number; 0: text */
};
static const struct parameter parameters[] = {
    {"queue", offsetof(struct amqp_uri, queue), 0},
    {"prefetch", offsetof(struct amqp_uri, prefetch), AMQP_URI_PREFETCH},
    {"heartbeat", offsetof(struct amqp_uri, heartbeat_s), 600},
    {"password-file", offsetof(struct amqp_uri, password_file), 0},
    {"ca", offsetof(struct amqp_uri, ca), 0},
    {"cert", offsetof(struct amqp_uri, cert), 0},
    {"key", offsetof(struct amqp_uri, key), 0},
};
#define PARAMETERS (sizeof parameters / sizeof *parameters)

static enum status unknown(const char *name, size_t len, struct fault *fault)
{
    char said[40];
    struct nearest nearest;
    (void)memcpy(said, name, len < sizeof said ? len : sizeof said - 1);
    said[len < sizeof said ? len : sizeof said - 1] = '\0';
    nearest_init(&nearest, said);
    for (size_t i = 0; i < PARAMETERS; i++)
        nearest_offer(&nearest, parameters[i].name);
    return fault_set(fault, STATUS_REJECT, "bad-backlog", "has no parameter '%s'%s%s%s", said,
                     nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "",
                     nearest.best ? "?" : "");
}

static enum status read_parameter(const char *text, size_t len, struct amqp_uri *uri,
                                  struct fault *fault)
{
    const char *equals = memchr(text, '=', len);
    size_t name = equals ? (size_t)(equals - text) : len;
    size_t value = equals ? len - name - 1 : 0;
    for (size_t i = 0; i < PARAMETERS; i++) {
        const struct parameter *row = &parameters[i];
        if (strlen(row->name) != name || memcmp(row->name, text, name) != 0)
            continue;
        char *to = (char *)uri + row->offset;
        uint32_t *count = (void *)to;
        bool good =
            equals && value > 0 &&
            (row->max ? number(equals + 1, value, row->max, count) : decode(equals + 1, value, to));
        if (good)
            return STATUS_OK;
        return row->max ? fault_set(fault, STATUS_REJECT, "bad-backlog",
                                    "wants a number from 1 to %ld for %s", row->max, row->name)
                        : fault_set(fault, STATUS_REJECT, "bad-backlog",
                                    "has a value that cannot be read for %s", row->name);
    }
    return unknown(text, name, fault);
}

static enum status read_parameters(const char *text, struct amqp_uri *uri, struct fault *fault)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && *text) {
        size_t len = strcspn(text, "&");
        status = read_parameter(text, len, uri, fault);
        text += len + (text[len] == '&');
    }
    return status;
}

static enum status check(const struct amqp_uri *uri, struct fault *fault)
{
    if (strlen(uri->queue) > QUEUE_BYTES)
        return fault_set(fault, STATUS_REJECT, "bad-backlog",
                         "has a queue's name of more than %d bytes", QUEUE_BYTES);
    if (uri->password[0] && uri->password_file[0])
        return wrong(fault, "has a password and a password-file: one of them");
    if (!uri->tls && (uri->ca[0] || uri->cert[0] || uri->key[0]))
        return wrong(fault, "has ca, cert or key, which are for amqps://");
    if (!uri->cert[0] != !uri->key[0])
        return wrong(fault, "wants cert and key, both or none");
    return STATUS_OK;
}

enum status amqp_uri_parse(const char *text, struct amqp_uri *out, struct fault *fault)
{
    *out = (struct amqp_uri){.vhost = "/", .queue = "newsmill", .heartbeat_s = HEARTBEAT_S};
    out->tls = strncmp(text, "amqps://", 8) == 0;
    if (!out->tls && strncmp(text, "amqp://", 7) != 0)
        return wrong(fault, "is no backlog that is known: "
                            "amqp://USER:PASSWORD@HOST:5672,HOST:5672/VHOST?queue=NAME, or "
                            "amqps://…, or journal");
    text += out->tls ? 8 : 7;
    size_t authority = strcspn(text, "/?");
    const char *at = memrchr(text, '@', authority);
    enum status status = at ? read_user(text, (size_t)(at - text), out, fault) : STATUS_OK;
    const char *hosts = at ? at + 1 : text;
    if (status == STATUS_OK)
        status = read_hosts(hosts, authority - (size_t)(hosts - text), out, fault);
    const char *path = text + authority + (text[authority] == '/');
    size_t path_len = strcspn(path, "?");
    if (status == STATUS_OK && path_len > 0 && !decode(path, path_len, out->vhost))
        status = wrong(fault, "has a virtual host that cannot be read");
    if (status == STATUS_OK && path[path_len] == '?')
        status = read_parameters(path + path_len + 1, out, fault);
    if (!at) { /* what a broker knows from its first start, from its own host */
        memcpy(out->user, "guest", sizeof "guest");
        if (!out->password_file[0])
            memcpy(out->password, "guest", sizeof "guest");
    }
    return status == STATUS_OK ? check(out, fault) : status;
}
