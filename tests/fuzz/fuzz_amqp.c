/* What a cluster may say: frames in any pieces, books; and the URI that names it. */
#include <stdlib.h>
#include <string.h>

#include "common/amqp_uri.h"
#include "tests/fuzz/fuzz.h"
#include "worker/ingest/amqp_books.h"
#include "worker/ingest/amqp_wire.h"

static void read_uri(struct slice bytes)
{
    struct amqp_uri uri;
    struct fault fault = {.message = ""};
    char *text = malloc(bytes.len + 1);
    if (!text)
        return;
    if (bytes.len > 0)
        memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    if (amqp_uri_parse(text, &uri, &fault) != STATUS_OK && fault.message[0] == '\0')
        abort();
    free(text);
}

static void read_frames(struct slice bytes, size_t piece)
{
    struct wire *wire = wire_new();
    struct wire_event event;
    struct fault fault;
    enum status status = STATUS_OK;
    size_t texts = 0;
    for (size_t at = 0; wire && at < bytes.len && status == STATUS_OK; at += piece) {
        struct slice some = slice_sub(bytes, at, bytes.len - at < piece ? bytes.len : at + piece);
        while (some.len > 0 && status == STATUS_OK) {
            status = wire_feed(wire, &some, &event, &fault);
            for (size_t i = 0; status == STATUS_OK && i < event.text.len; i++)
                texts += (unsigned char)event.text.data[i]; /* it can be read to its end */
        }
    }
    if (texts == SIZE_MAX)
        abort();
    wire_free(wire);
}

static void read_books(struct slice bytes)
{
    struct amqp_books books;
    if (amqp_books_read(bytes, &books))
        for (uint64_t i = 0; i < books.count; i++)
            (void)amqp_books_id(&books, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    if (!fuzz_begin(data, size, &input))
        return 0;
    if (input.choice == 0)
        read_uri(input.bytes);
    else if (input.choice == 1)
        read_books(input.bytes);
    else
        read_frames(input.bytes, input.choice);
    fuzz_end(&input);
    return 0;
}
