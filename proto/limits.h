/* Named limits on what travels. Nothing is allocated for a count or a length from the wire before
 * it is checked against these and against the bytes that are left. An article beyond one is refused
 * with an error that names the limit. */
#ifndef NEWSMILL_PROTO_LIMITS_H
#define NEWSMILL_PROTO_LIMITS_H

#define LIMIT_MESSAGE_BYTES   (20 * 1024 * 1024) /* one article on the wire, all keys together */
#define LIMIT_BODY_BYTES      (16 * 1024 * 1024)
#define LIMIT_TITLE_BYTES     (16 * 1024)
#define LIMIT_URL_BYTES       (8 * 1024)
#define LIMIT_ID_BYTES        1024
#define LIMIT_SOURCE_BYTES    1024
#define LIMIT_LANGUAGE_BYTES  64
#define LIMIT_TYPE_BYTES      256
#define LIMIT_CHARSET_BYTES   64
#define LIMIT_LANE_BYTES      64
#define LIMIT_AUTHORS         256
#define LIMIT_AUTHOR_BYTES    1024
#define LIMIT_META_BYTES      (256 * 1024)
#define LIMIT_DEPTH           24     /* nesting; stock msgpack-c stops at 32 */
#define LIMIT_MAP_KEYS        4096   /* keys of one article, unknown ones included */
#define LIMIT_JSON_VALUES     100000 /* values of one JSON text, at any depth */
#define LIMIT_ROUTE_BYTES     4096   /* of the frames before an article, together */
#define LIMIT_BUNDLE_ARTICLES 64     /* in one message, of LIMIT_MESSAGE_BYTES together */

#define LIMIT_RESULT_BYTES      (64 * 1024 * 1024) /* an analysed article between workers */
#define LIMIT_LINK_HEADER_BYTES (256 * 1024)

#define PROTO_ARTICLE_VERSION 1
#define PROTO_LINK_VERSION    1

#endif
