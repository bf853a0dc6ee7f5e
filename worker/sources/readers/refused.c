/* Files that are known and not read: each gets a sentence that says what to do instead. */
#include "worker/sources/reader.h"

static bool begins_with(struct slice head, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (slice_starts_with(head, slice_from(*beginnings)))
            return true;
    return false;
}

static enum reader_match archive_matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".gz",  ".bz2", ".xz",   ".zst",
                                           ".zip", ".7z",  ".wacz", NULL};
    static const char *const beginnings[] = {"PK\x03\x04", "BZh", "\x28\xb5\x2f\xfd",
                                             "\xfd"
                                             "7zXZ",
                                             NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    return begins_with(head, beginnings) ? READER_BY_BYTES : READER_NO;
}

static enum status archive_next(struct reader_state *state, struct reading *reading)
{
    state->done = true;
    return fault_set(&reading->fault, STATUS_REJECT, "format-not-read",
                     "Of packed files only gzip and tar are read; unpack this one first, for "
                     "example xzcat FILE | newsmill push -");
}

static enum reader_match binary_matches(const char *path, struct slice head)
{
    (void)path;
    (void)head;
    return READER_BY_BYTES;
}

static enum status binary_next(struct reader_state *state, struct reading *reading)
{
    state->done = true;
    return fault_set(&reading->fault, STATUS_REJECT, "unknown-format",
                     "The file is not JSON, MessagePack, WARC, a feed, HTML or plain text.");
}

const struct reader reader_archive = {"archives", archive_matches, archive_next, NULL};
const struct reader reader_binary = {"anything else", binary_matches, binary_next, NULL};
