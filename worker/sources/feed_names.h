/* Which elements of a feed mean what: one table for all formats. */
#ifndef NEWSMILL_WORKER_SOURCES_FEED_NAMES_H
#define NEWSMILL_WORKER_SOURCES_FEED_NAMES_H

/* Where an element stands, as far as it matters. */
enum feed_place {
    PLACE_OTHER, /* inside something that is not looked at */
    PLACE_TOP,   /* outside the root */
    PLACE_ROOT,
    PLACE_CHANNEL,
    PLACE_ITEM,
    PLACE_AUTHOR, /* Atom: a person's element inside an item */
    PLACE_GROUP   /* Media RSS: the group inside an item */
};

/* What is kept of an item; those from FIELD_CHANNEL_TITLE on, of the channel. */
enum feed_field {
    FIELD_NONE,
    FIELD_TITLE,
    FIELD_LINK,
    FIELD_ORIGINAL_LINK, /* before FeedBurner counted it */
    FIELD_GUID,
    FIELD_PUBLISHED,
    FIELD_DATE,    /* Dublin Core's */
    FIELD_UPDATED, /* Atom's */
    FIELD_CONTENT,
    FIELD_SUMMARY,
    FIELD_DESCRIPTION, /* Media RSS's */
    FIELD_AUTHORS,     /* several */
    FIELD_CATEGORIES,  /* several */
    FIELD_LANGUAGE,
    FIELD_IMAGE,
    FIELD_CHANNEL_TITLE,
    FIELD_CHANNEL_LINK,
    FIELD_CHANNEL_LANGUAGE,
    FIELDS
};

/* Where the value of a field is. */
enum feed_value {
    VALUE_TEXT,      /* the element's text */
    VALUE_HREF,      /* an Atom link: attribute href, unless `rel` says that it is something else */
    VALUE_TERM,      /* attribute term */
    VALUE_URL,       /* attribute url, of an image */
    VALUE_CONTAINER, /* no value: children stand in `inside` */
};

struct feed_name {
    enum feed_field field;
    enum feed_value value;
    enum feed_place inside; /* the place of its children */
};

/* The row for an element in `place`; NULL when it is not looked at. `uri` (may be NULL) is its
 * namespace, `prefix` (may be NULL) decides where the feed forgot to declare it. */
const struct feed_name *feed_name_find(enum feed_place place, const char *uri, const char *prefix,
                                       const char *local);

#endif
