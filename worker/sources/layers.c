/* Unpacking containers. */
#include "worker/sources/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/limits.h"

static struct layer *top(const struct layers *layers)
{
    return (struct layer *)(uintptr_t)&layers->stack[layers->depth - 1];
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "cannot-read", "There is no memory to unpack the file.");
}

static void pop(struct layers *layers)
{
    struct layer *layer = top(layers);
    if (layer->kind == LAYER_GUNZIP)
        gunzip_close(&layer->gunzip);
    input_close(&layer->input);
    free(layer->name);
    free(layer->plain);
    layers->depth--;
}

static bool name_layer(struct layer *layer, const char *name, const char *plain)
{
    layer->name = strdup(name);
    layer->plain = strdup(plain);
    return layer->name && layer->plain;
}

enum status layers_open(struct layers *layers, const char *path, articles_idle *idle,
                        void *idle_user, struct fault *fault)
{
    struct layer *file = &layers->stack[0];
    *layers = (struct layers){.enter = true};
    *file = (struct layer){.kind = LAYER_FILE};
    enum status status = input_open(&file->input, path, idle, idle_user, fault);
    if (status != STATUS_OK)
        return status;
    layers->depth = 1;
    if (name_layer(file, path, path))
        return STATUS_OK;
    layers_close(layers);
    return no_memory(fault);
}

void layers_close(struct layers *layers)
{
    while (layers->depth)
        pop(layers);
}

/* ---- down: into containers ---- */

/* "a.warc.gz" is "a.warc" packed, "a.tgz" is "a.tar". */
static void strip_packing(char *name)
{
    size_t len = strlen(name);
    if (len > 3 && strcasecmp(name + len - 3, ".gz") == 0)
        name[len - 3] = '\0';
    else if (len > 4 && strcasecmp(name + len - 4, ".tgz") == 0)
        memcpy(name + len - 2, "ar", 2);
}

static enum status push_gunzip(struct layers *layers, struct fault *fault)
{
    struct layer *below = top(layers), *layer = below + 1;
    *layer = (struct layer){.kind = LAYER_GUNZIP};
    enum status status = gunzip_open(&layer->gunzip, &below->input, fault);
    if (status != STATUS_OK)
        return no_memory(fault);
    input_layer(&layer->input, gunzip_read, &layer->gunzip);
    layers->depth++;
    if (!name_layer(layer, below->name, below->plain))
        return no_memory(fault);
    strip_packing(layer->plain);
    return STATUS_OK;
}

/* The layer on top reads the member that tar_next() found. */
static enum status open_member(struct layers *layers, struct fault *fault)
{
    struct layer *layer = top(layers), *below = layer - 1;
    free(layer->name);
    free(layer->plain);
    layer->name = layer->plain = NULL;
    input_close(&layer->input);
    input_layer(&layer->input, tar_read, &layer->tar);
    if (asprintf(&layer->name, "%s/%s", below->name, layer->tar.name) < 0)
        layer->name = NULL;
    layer->plain = strdup(layer->tar.name);
    return layer->name && layer->plain ? STATUS_OK : no_memory(fault);
}

/* The archive's next member in the layer on top; RETRY at its end. A damaged archive is popped. */
static enum status next_member(struct layers *layers, struct fault *fault)
{
    enum status status = tar_next(&top(layers)->tar, fault);
    if (status == STATUS_OK)
        status = open_member(layers, fault);
    if (status == STATUS_REJECT)
        pop(layers);
    return status;
}

static void push_tar(struct layers *layers)
{
    struct layer *below = top(layers), *layer = below + 1;
    *layer = (struct layer){.kind = LAYER_MEMBER};
    tar_open(&layer->tar, &below->input);
    input_layer(&layer->input, tar_read, &layer->tar);
    layers->depth++;
}

/* The beginning of what is on top, as much as it takes to know a container. */
static struct slice head_of(struct layers *layers)
{
    struct input *input = &top(layers)->input;
    bool more = input_window(input).len > 0 || input_fill(input, LIMIT_MESSAGE_BYTES);
    while (more && input_window(input).len < TAR_BLOCK_BYTES && tar_begins(input_window(input)))
        more = input_fill(input, LIMIT_MESSAGE_BYTES);
    return input_window(input);
}

/* Unpacks until a document is on top; RETRY when an archive turns out to be empty. */
static enum status descend(struct layers *layers, struct fault *fault)
{
    for (;;) {
        struct slice head = head_of(layers);
        bool tar = head.len >= TAR_BLOCK_BYTES && tar_begins(head);
        if (!tar && !gunzip_begins(head))
            return STATUS_OK;
        if (layers->depth == LAYERS_MAX)
            return fault_set(fault, STATUS_REJECT, "nesting-too-deep",
                             "Archives are nested deeper than LAYERS_MAX (%d).", LAYERS_MAX);
        enum status status = STATUS_OK;
        if (tar) {
            push_tar(layers);
            status = next_member(layers, fault);
        } else {
            status = push_gunzip(layers, fault);
        }
        if (status != STATUS_OK)
            return status;
    }
}

/* ---- up: what is done with ---- */

/* Why a layer does not give all it should; told once. */
static const char *trouble_of(struct layer *layer)
{
    if (layer->input.trouble || layer->kind != LAYER_GUNZIP || !layer->gunzip.damaged)
        return layer->input.trouble;
    layer->gunzip.damaged = false;
    return "some of the gzip data is damaged";
}

/* The lowest layer in trouble takes everything above it along: it is told once. */
static enum status drop_trouble(struct layers *layers, struct fault *fault)
{
    for (size_t i = 0; i < layers->depth; i++) {
        const char *trouble = trouble_of(&layers->stack[i]);
        if (!trouble)
            continue;
        layers->stack[i].input.trouble = NULL;
        while (layers->depth > (i ? i : 1)) /* the file itself stays, for its name */
            pop(layers);
        return fault_set(fault, STATUS_REJECT, "cannot-read",
                         "The file cannot be read to its end: %s.", trouble);
    }
    return STATUS_OK;
}

enum status layers_next(struct layers *layers, struct fault *fault)
{
    for (;;) {
        enum status status = STATUS_RETRY;
        if (layers->enter)
            status = descend(layers, fault);
        layers->enter = false;
        if (status == STATUS_RETRY && drop_trouble(layers, fault) == STATUS_REJECT)
            return STATUS_REJECT;
        if (status != STATUS_RETRY)
            return status;
        if (top(layers)->kind == LAYER_MEMBER)
            status = next_member(layers, fault);
        if (status == STATUS_REJECT)
            return STATUS_REJECT;
        layers->enter = status == STATUS_OK;
        if (status == STATUS_RETRY && layers->depth == 1)
            return STATUS_RETRY;
        if (status == STATUS_RETRY)
            pop(layers);
    }
}

struct input *layers_input(struct layers *layers)
{
    return &top(layers)->input;
}

const char *layers_name(const struct layers *layers)
{
    return top(layers)->name;
}

const char *layers_plain_name(const struct layers *layers)
{
    return top(layers)->plain;
}

uint64_t layers_read_bytes(const struct layers *layers)
{
    return layers->stack[0].input.read_bytes;
}
