/* The table of elements. */
#include "worker/sources/feed_names.h"

#include <stddef.h>
#include <string.h>

/* Namespaces, by what they stand for. RSS before 1.0 and 2.0 have none. */
enum space {
    SPACE_OTHER,
    SPACE_RSS,
    SPACE_RDF,
    SPACE_ATOM,
    SPACE_DC,
    SPACE_CONTENT,
    SPACE_MEDIA,
    SPACE_BURNER
};

static const struct {
    const char *uri;
    enum space space;
} spaces[] = {
    {"http://purl.org/rss/1.0/", SPACE_RSS},
    {"http://my.netscape.com/rdf/simple/0.9/", SPACE_RSS},
    {"http://channel.netscape.com/rdf/simple/0.9/", SPACE_RSS},
    {"http://backend.userland.com/rss2", SPACE_RSS},
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", SPACE_RDF},
    {"http://www.w3.org/2005/Atom", SPACE_ATOM},
    {"http://purl.org/atom/ns#", SPACE_ATOM},
    {"http://purl.org/dc/elements/1.1/", SPACE_DC},
    {"http://purl.org/dc/terms/", SPACE_DC},
    {"http://purl.org/rss/1.0/modules/content/", SPACE_CONTENT},
    {"http://search.yahoo.com/mrss/", SPACE_MEDIA},
    {"http://search.yahoo.com/mrss", SPACE_MEDIA},
    {"http://rssnamespace.org/feedburner/ext/1.0", SPACE_BURNER},
};

/* Prefixes that feeds use without declaring them. */
static const struct {
    const char *prefix;
    enum space space;
} prefixes[] = {{"rdf", SPACE_RDF},         {"atom", SPACE_ATOM},   {"dc", SPACE_DC},
                {"content", SPACE_CONTENT}, {"media", SPACE_MEDIA}, {"feedburner", SPACE_BURNER}};

static const struct row {
    enum feed_place place;
    enum space space;
    const char *local;
    struct feed_name name;
} rows[] = {
    {PLACE_TOP, SPACE_RSS, "rss", {FIELD_NONE, VALUE_CONTAINER, PLACE_ROOT}},
    {PLACE_TOP, SPACE_RDF, "RDF", {FIELD_NONE, VALUE_CONTAINER, PLACE_ROOT}},
    {PLACE_TOP, SPACE_ATOM, "feed", {FIELD_NONE, VALUE_CONTAINER, PLACE_CHANNEL}},
    {PLACE_TOP, SPACE_ATOM, "entry", {FIELD_NONE, VALUE_CONTAINER, PLACE_ITEM}},
    {PLACE_TOP, SPACE_RSS, "feed", {FIELD_NONE, VALUE_CONTAINER, PLACE_CHANNEL}},
    {PLACE_ROOT, SPACE_RSS, "channel", {FIELD_NONE, VALUE_CONTAINER, PLACE_CHANNEL}},
    {PLACE_ROOT, SPACE_RSS, "item", {FIELD_NONE, VALUE_CONTAINER, PLACE_ITEM}},
    {PLACE_CHANNEL, SPACE_RSS, "item", {FIELD_NONE, VALUE_CONTAINER, PLACE_ITEM}},
    {PLACE_CHANNEL, SPACE_ATOM, "entry", {FIELD_NONE, VALUE_CONTAINER, PLACE_ITEM}},
    {PLACE_CHANNEL, SPACE_RSS, "entry", {FIELD_NONE, VALUE_CONTAINER, PLACE_ITEM}},
    {PLACE_CHANNEL, SPACE_RSS, "title", {FIELD_CHANNEL_TITLE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_CHANNEL, SPACE_ATOM, "title", {FIELD_CHANNEL_TITLE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_CHANNEL, SPACE_RSS, "link", {FIELD_CHANNEL_LINK, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_CHANNEL, SPACE_ATOM, "link", {FIELD_CHANNEL_LINK, VALUE_HREF, PLACE_OTHER}},
    {PLACE_CHANNEL, SPACE_RSS, "language", {FIELD_CHANNEL_LANGUAGE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_CHANNEL, SPACE_DC, "language", {FIELD_CHANNEL_LANGUAGE, VALUE_TEXT, PLACE_OTHER}},

    {PLACE_ITEM, SPACE_RSS, "title", {FIELD_TITLE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "title", {FIELD_TITLE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "link", {FIELD_LINK, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "link", {FIELD_LINK, VALUE_HREF, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_BURNER, "origLink", {FIELD_ORIGINAL_LINK, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "guid", {FIELD_GUID, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "id", {FIELD_GUID, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "pubDate", {FIELD_PUBLISHED, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "published", {FIELD_PUBLISHED, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "issued", {FIELD_PUBLISHED, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_DC, "date", {FIELD_DATE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_DC, "created", {FIELD_DATE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "updated", {FIELD_UPDATED, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "modified", {FIELD_UPDATED, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_CONTENT, "encoded", {FIELD_CONTENT, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "content", {FIELD_CONTENT, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "description", {FIELD_SUMMARY, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "summary", {FIELD_SUMMARY, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "author", {FIELD_AUTHORS, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_DC, "creator", {FIELD_AUTHORS, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "author", {FIELD_NONE, VALUE_CONTAINER, PLACE_AUTHOR}},
    {PLACE_AUTHOR, SPACE_ATOM, "name", {FIELD_AUTHORS, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "category", {FIELD_CATEGORIES, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_DC, "subject", {FIELD_CATEGORIES, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_ATOM, "category", {FIELD_CATEGORIES, VALUE_TERM, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_DC, "language", {FIELD_LANGUAGE, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_MEDIA, "group", {FIELD_NONE, VALUE_CONTAINER, PLACE_GROUP}},
    {PLACE_ITEM, SPACE_MEDIA, "content", {FIELD_IMAGE, VALUE_URL, PLACE_GROUP}},
    {PLACE_GROUP, SPACE_MEDIA, "content", {FIELD_IMAGE, VALUE_URL, PLACE_GROUP}},
    {PLACE_ITEM, SPACE_MEDIA, "thumbnail", {FIELD_IMAGE, VALUE_URL, PLACE_OTHER}},
    {PLACE_GROUP, SPACE_MEDIA, "thumbnail", {FIELD_IMAGE, VALUE_URL, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_RSS, "enclosure", {FIELD_IMAGE, VALUE_URL, PLACE_OTHER}},
    {PLACE_ITEM, SPACE_MEDIA, "description", {FIELD_DESCRIPTION, VALUE_TEXT, PLACE_OTHER}},
    {PLACE_GROUP, SPACE_MEDIA, "description", {FIELD_DESCRIPTION, VALUE_TEXT, PLACE_OTHER}},
};

static enum space space_of(const char *uri, const char *prefix)
{
    for (size_t i = 0; uri && i < sizeof spaces / sizeof *spaces; i++)
        if (strcmp(uri, spaces[i].uri) == 0)
            return spaces[i].space;
    if (uri)
        return SPACE_OTHER;
    for (size_t i = 0; prefix && i < sizeof prefixes / sizeof *prefixes; i++)
        if (strcmp(prefix, prefixes[i].prefix) == 0)
            return prefixes[i].space;
    return prefix ? SPACE_OTHER : SPACE_RSS;
}

const struct feed_name *feed_name_find(enum feed_place place, const char *uri, const char *prefix,
                                       const char *local)
{
    enum space space = space_of(uri, prefix);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].place == place && rows[i].space == space && strcmp(rows[i].local, local) == 0)
            return &rows[i].name;
    return NULL;
}
