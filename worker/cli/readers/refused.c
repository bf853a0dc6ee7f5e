/* Files that are known and not read: each gets a sentence that says what to do instead. */
#include "worker/cli/reader.h"

static bool begins_with(struct slice head, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (slice_starts_with(head, slice_from(*beginnings)))
            return true;
    return false;
}

static enum reader_match feed_matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".rss", ".atom", NULL};
    static const char *const beginnings[] = {"<?xml", "<rss", "<feed", "<rdf:RDF", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    return begins_with(reader_beginning(head), beginnings) ? READER_BY_BYTES : READER_NO;
}

static enum status feed_next(struct reader_state *state, struct reading *reading)
{
    state->done = true;
    return fault_set(&reading->fault, STATUS_REJECT, "format-not-read",
                     "RSS, Atom and other XML files are not read yet; give the articles as JSON "
                     "Lines, HTML or plain text.");
}

static enum reader_match archive_matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".warc", ".gz", ".bz2", ".xz", ".zst", ".zip", NULL};
    static const char *const beginnings[] = {"WARC/",
                                             "\x1f\x8b",
                                             "PK\x03\x04",
                                             "\x28\xb5\x2f\xfd",
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
                     "WARC and compressed files are not read yet; unpack it first, for example "
                     "zcat FILE | newsmill push -");
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
                     "The file is not JSON, MessagePack, HTML or plain text.");
}

const struct reader reader_feed = {"RSS and Atom", feed_matches, feed_next};
const struct reader reader_archive = {"archives", archive_matches, archive_next};
const struct reader reader_binary = {"anything else", binary_matches, binary_next};
