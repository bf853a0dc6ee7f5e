/* Watch rules, for the command that keeps them: newsmill_data.watch_rules through a connection of
 * its own. What they find is written by the steps that follow a commit (follow.h), and shown by
 * newsmill.alert_matches. Needs the writer's role.
 *
 * Calls wait for the server. Failures come as one sentence for a person; RETRY when no server
 * answers, FATAL otherwise. */
#ifndef NEWSMILL_STORAGE_ALERTS_H
#define NEWSMILL_STORAGE_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

struct alerts;

/* What a rule may ask, in the order of the columns; all that are not NULL must hold. */
enum alert_part {
    ALERT_RULE, /* its name */
    ALERT_ACTOR,
    ALERT_PAIR_SOURCE,
    ALERT_PAIR_TARGET,
    ALERT_EVENT_TYPE,
    ALERT_THEME,
    ALERT_PLACE,
    ALERT_SOURCE,
    ALERT_LANGUAGE,
    ALERT_QUERY,
    ALERT_TONE_BELOW, /* a number, as text */
    ALERT_TONE_ABOVE,
    ALERT_PARTS
};
extern const char *const alert_part_names[ALERT_PARTS]; /* the columns */

struct alert_rule {
    struct slice parts[ALERT_PARTS];
    int64_t matches, last_ms; /* CLOCK_NONE when there is none */
};
/* Anything but OK ends the walk and is its result. */
typedef enum status alerts_call(void *user, const struct alert_rule *rule, struct fault *fault);

/* `db` is a libpq URI, or NULL for libpq's environment. */
enum status alerts_open(const char *db, struct alerts **out, struct fault *fault) MUST_CHECK;
void alerts_close(struct alerts *alerts);

/* REJECT "rule-exists" when one of that name is there. */
enum status alerts_add(struct alerts *alerts, const struct slice parts[ALERT_PARTS],
                       struct fault *fault) MUST_CHECK;
/* By name. */
enum status alerts_list(struct alerts *alerts, alerts_call *call, void *user,
                        struct fault *fault) MUST_CHECK;
/* With what it found; false when there was none of that name. */
enum status alerts_drop(struct alerts *alerts, struct slice rule, bool *dropped,
                        struct fault *fault) MUST_CHECK;

#endif
