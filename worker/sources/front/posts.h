/* Requests whose articles are on their way to ingest.
 *
 *     intake ─▶ post ─┐   one article of each post in turn    ┌─▶ outcomes, in the request's order
 *     intake ─▶ post ─┴─▶ client, its window of articles ─────┴─▶ finished when all are known
 *
 * A request of thousands does not hold up one that has a single article. The first `overloaded` of
 * a post ends its pushing: what was not tried comes back as "retry". Belongs to the loop of its
 * client. */
#ifndef NEWSMILL_SOURCES_FRONT_POSTS_H
#define NEWSMILL_SOURCES_FRONT_POSTS_H

#include "common/http.h"
#include "common/metrics.h"
#include "proto/client.h"
#include "worker/sources/front/intake.h"

struct posts;

struct posts_options {
    uint32_t window;   /* of the client */
    int64_t answer_ms; /* what is not known by then is "retry" */
    struct metrics *metrics;
};
enum status posts_new(struct loop *loop, const struct posts_options *options, struct posts **out,
                      struct fault *fault) MUST_CHECK;
/* Requests that wait are finished, with "retry" for what is not known. */
void posts_free(struct posts *posts);

/* The client's answered(), with the posts as its user; and the client, which must outlive them. */
void posts_answered(void *user, uint64_t tag, const struct reply *reply);
void posts_set_client(struct posts *posts, struct client *client);

/* Takes the articles of a request (the intake is empty behind it), whose answer `later` is. */
void posts_take(struct posts *posts, struct intake *intake, struct http_later *later);

size_t posts_count(const struct posts *posts);
/* Bytes of articles that wait. */
size_t posts_bytes(const struct posts *posts);

#endif
