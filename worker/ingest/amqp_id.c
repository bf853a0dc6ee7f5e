/* Names of messages. */
#include "worker/ingest/amqp_id.h"

#include <inttypes.h>
#include <stdio.h>

void amqp_id_format(struct amqp_id id, char out[AMQP_ID_TEXT])
{
    (void)snprintf(out, AMQP_ID_TEXT, "%016" PRIx64 "%016" PRIx64, id.run, id.number);
}

static bool read_hex(const char *text, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < 16; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *out = *out << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    return true;
}

bool amqp_id_parse(struct slice text, struct amqp_id *id)
{
    return text.len == AMQP_ID_TEXT - 1 && read_hex(text.data, &id->run) &&
           read_hex(text.data + 16, &id->number);
}

/* An odd factor (the golden ratio's) maps the numbers of a run one to one. */
uint64_t amqp_id_hash(struct amqp_id id)
{
    uint64_t hash = id.run ^ id.number * UINT64_C(0x9e3779b97f4a7c15);
    return hash ? hash : 1;
}
