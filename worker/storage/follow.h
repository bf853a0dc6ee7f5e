/* What follows a commit: listeners are told, watch rules asked, stories found, texts filed for
 * search, in steps of a few articles each.
 *
 * Each step is a function of the database that takes what is new since it ran last, in one
 * transaction; of all storage workers one runs it at a time. So a worker that dies leaves nothing
 * undone: the others, or it when it is back, go on from where the step stood.
 *
 * Steps run on a connection of their own, while articles are stored on the other, and rest between
 * two of them in proportion to what they took: under a flood they fall behind rather than slow it.
 * A failure is logged once and tried again, with back-off and half as many articles, so that what
 * takes too long at once does not fail for ever; storing goes on. One thread, the loop's. */
#ifndef NEWSMILL_STORAGE_FOLLOW_H
#define NEWSMILL_STORAGE_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"

struct follow;

/* What can be left out. */
enum follow_part { FOLLOW_STORIES = 1, FOLLOW_SEARCH = 2 };

struct follow_options {
    struct loop *loop;        /* borrowed, outlives the follow */
    const char *db;           /* libpq URI; borrowed */
    int64_t story_days;       /* how far apart two articles of a story may be */
    size_t story_bytes;       /* for those of the last days: stories.h */
    unsigned left_out;        /* of enum follow_part: other workers may do it, or nobody */
    bool (*idle)(void *user); /* pg.h, while it connects */
    void *user;
};

/* NULL without memory. Does nothing until follow_up() is called. */
struct follow *follow_new(const struct follow_options *options);
void follow_free(struct follow *follow);

/* Something was committed, or the database can be used: what is due is done soon, and from then on
 * once a second by itself. */
void follow_up(struct follow *follow);

/* Steps that failed. */
uint64_t follow_failures(const struct follow *follow);

#endif
