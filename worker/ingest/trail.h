/* What ingest says of single articles (log_article), in the words that newsmill trace knows. */
#ifndef NEWSMILL_INGEST_TRAIL_H
#define NEWSMILL_INGEST_TRAIL_H

#include "proto/article.h"
#include "worker/ingest/workers_state.h"

/* It is in the journal, or was known already. `article` is NULL where it is not decoded. */
void trail_accepted(const struct envelope *envelope, const struct article *article, size_t bytes,
                    bool duplicate);
/* It was sent to a worker. */
void trail_delivered(const struct member *member, const struct dispatch_delivery *delivery);
/* A worker could not do it. */
void trail_refused(const struct member *member, const struct dispatch_name *name,
                   const struct link_refuse *refusal);
/* What a worker that goes has in its hands. */
void trail_left(const struct member *member, bool died);
void trail_finished(const struct dispatch_end *end);

#endif
