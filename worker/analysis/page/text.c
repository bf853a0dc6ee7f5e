/* Joins the blocks that stay into the text, and lists the others in `removed`. */
#include "worker/analysis/stages.h"

/* Bounds of what is listed: enough to see what was cut and why, whatever the page's size. */
#define REMOVED_MAX           500
#define REMOVED_BYTES_MAX     1000 /* of one */
#define REMOVED_BYTES_MAX_ALL ((size_t)64 * 1024)

/* The beginning of a long block; never within a character. */
static struct slice beginning(struct slice text)
{
    if (text.len <= REMOVED_BYTES_MAX)
        return text;
    size_t end = REMOVED_BYTES_MAX;
    while (end > 0 && ((unsigned char)text.data[end] & 0xc0) == 0x80)
        end--;
    return slice_sub(text, 0, end);
}

static enum status list_removed(struct doc *doc, size_t count, struct arena *arena)
{
    count = count < REMOVED_MAX ? count : REMOVED_MAX;
    struct result_removed *removed = arena_array(arena, count, sizeof *removed);
    if (!removed)
        return STATUS_REJECT;
    size_t at = 0, bytes = 0;
    for (size_t i = 0; i < doc->block_count && at < count; i++) {
        struct slice text = beginning(doc->blocks[i].text);
        if (!doc->blocks[i].reason || bytes + text.len > REMOVED_BYTES_MAX_ALL)
            continue;
        removed[at++] = (struct result_removed){text, slice_from(doc->blocks[i].reason)};
        bytes += text.len;
    }
    doc->result->removed = (struct field_list){removed, at};
    return STATUS_OK;
}

enum status text_run(struct doc *doc, struct arena *arena)
{
    size_t len = 0, removed = 0;
    for (size_t i = 0; i < doc->block_count; i++) {
        len += doc->blocks[i].reason ? 0 : doc->blocks[i].text.len + 2;
        removed += doc->blocks[i].reason != NULL;
    }
    char *text = arena_alloc(arena, len + 1);
    if (!text)
        return STATUS_REJECT;
    len = 0;
    for (size_t i = 0; i < doc->block_count; i++) {
        const struct doc_block *block = &doc->blocks[i];
        if (block->reason)
            continue;
        if (len > 0) {
            memcpy(text + len, "\n\n", 2);
            len += 2;
        }
        memcpy(text + len, block->text.data, block->text.len);
        len += block->text.len;
    }
    doc->text = (struct slice){text, len};
    doc->result->text = doc->text;
    enum status status = list_removed(doc, removed, arena);
    return status == STATUS_OK ? doc_mark(doc, arena) : status;
}
