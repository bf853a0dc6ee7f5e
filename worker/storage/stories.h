/* The step that finds stories: what is new, which articles of the days around it share bands
 * (near.h), and the statement that makes stories of those that are near copies.
 *
 *   stories_take    what was written since the step ran last, up to where
 *   stories_load, stories_since    what the memory lacks: all of the last days, or what other
 * workers did stories_link    compares sketches, and moves the position, if it still is where
 * stories_take saw it
 *
 * The memory holds the articles of the last days that the step has come to, as many as
 * `memory_bytes` allow. Articles from before are handed to stories_link as strays, which looks for
 * theirs in the sketches of the days around them. When more come than the memory holds,
 * stories_spill enters their bands in newsmill_data.story_bands, and from then on stories_link asks
 * that table, whichever worker runs it, until the last days fit into half of a memory again. So
 * which stories are found depends on the texts and times only.
 *
 * One connection that is asked without waiting (pg_start); one thread. */
#ifndef NEWSMILL_STORAGE_STORIES_H
#define NEWSMILL_STORAGE_STORIES_H

#include "worker/storage/pg.h"

struct stories;

/* Copies are looked for `days` before and after an article. NULL without memory. */
struct stories *stories_new(int64_t days, size_t memory_bytes);
void stories_free(struct stories *stories);
/* After a failure, or without the connection: nothing is under way, and the memory is empty. */
void stories_forget(struct stories *stories);

/* Asks for the next articles, about `most`. */
enum status stories_begin(struct stories *stories, struct pg *pg, int32_t most,
                          struct pg_fault *fault) MUST_CHECK;
/* Takes the answer to what was asked last and asks what comes next, until it is `done`: then
 * `count` is how many articles there were, -1 when another worker is at it. */
enum status stories_go_on(struct stories *stories, struct pg *pg, const struct pg_result *result,
                          bool *done, int32_t *count, struct pg_fault *fault) MUST_CHECK;

#endif
