/* Dictionaries of the user's own in PETRARCH's formats: who acts (actors), in what capacity
 * (agents), and what words say that something was done (verbs).
 *
 * Formats: docs/source/dictionaries.rst and PETRreader.py of openeventdata/petrarch2. "#", ";" and
 * "<!-- -->" are comments. A line that cannot be read, or is not UTF-8, is one warning with file,
 * line and reason, and the rest of the file counts; a file that cannot be read, or in which nothing
 * can, is refused. What differs from PETRARCH:
 *   - words are compared with the text's words and lemmas, in any case; between the words of actors
 *     and agents nothing may stand, and an actor begins with a capital in the text;
 *   - codes are the first three letters (the country, IGO, NGO, …) and the next three (the sector);
 *     a code that is a sector alone ("[REB]") has no country;
 *   - statements (CAMEO 01) are no events; lines that begin with "~" (transformations) are passed
 *     over.
 *
 * Read-only once opened, kept for the life of the process. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_H
#define NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "worker/analysis/tables.h"

#define PETRARCH_FILE_BYTES_MAX (64 * 1024 * 1024)

struct petrarch;

/* Lists of paths with commas between them, NULL for none. */
struct petrarch_files {
    const char *actors, *agents, *verbs;
};

/* REJECT "bad-dictionary": a file cannot be read or used. FATAL without memory. */
enum status petrarch_open(const struct petrarch_files *files, struct petrarch **out,
                          struct fault *fault) MUST_CHECK;
void petrarch_close(struct petrarch *petrarch);

/* Of all that was read: other dictionaries, other facts. */
uint64_t petrarch_hash(const struct petrarch *petrarch);
/* Lines that could not be read, in all files. */
uint32_t petrarch_bad_lines(const struct petrarch *petrarch);

/* ---- looking up; keys are pieces (petrarch_pieces.h) with one space between them ---- */

struct petrarch_role {
    struct slice code, sector; /* NULL data for none; both NULL: the null code, nobody */
};

/* The longest key, in pieces, that begins with this piece; 0 when none does. */
size_t petrarch_actor_reach(const struct petrarch *petrarch, struct slice piece);
size_t petrarch_agent_reach(const struct petrarch *petrarch, struct slice piece);
/* The number of the actor or agent with this key; -1 when there is none. */
int32_t petrarch_actor(const struct petrarch *petrarch, struct slice key);
int32_t petrarch_agent(const struct petrarch *petrarch, struct slice key);
/* Who the actor is on a day since 1970 (INT64_MIN: unknown): the first code whose dates fit, else
 * the one without dates; of an article without a date the one without dates, else the last. */
struct petrarch_role petrarch_actor_role(const struct petrarch *petrarch, int32_t actor,
                                         int64_t day);
struct slice petrarch_agent_sector(const struct petrarch *petrarch, int32_t agent);

/* ---- verbs ---- */

enum petrarch_kind {
    PETRARCH_WORD,
    PETRARCH_SET,
    PETRARCH_SOURCE, /* $ */
    PETRARCH_TARGET, /* + */
    PETRARCH_ACTOR,  /* ^: somebody, who is passed over */
    PETRARCH_BOTH    /* %: several who act together */
};
/* How far an element may stand from the one before it. */
enum petrarch_gap { PETRARCH_JOINED, PETRARCH_NEAR, PETRARCH_ANYWHERE };

struct petrarch_element {
    uint8_t kind, gap;
    uint32_t set;      /* of SET */
    struct slice word; /* of WORD, folded */
};

struct petrarch_pattern {
    const struct petrarch_element *before, *after; /* of the verb; `before` is backwards */
    size_t before_count, after_count;
    /* What was done by the source to the target, and the other way round; type NULL: nothing that
     * is an event. */
    struct event_pattern forward, backward;
};

struct petrarch_verb {
    struct petrarch_pattern own; /* particles, and the verb's own code */
    uint32_t block;              /* whose patterns hold for it */
    int32_t next;                /* of the same form; -1 none */
};

/* The first verb with this form, folded; -1 when there is none. */
int32_t petrarch_verb(const struct petrarch *petrarch, struct slice form);
const struct petrarch_verb *petrarch_verb_at(const struct petrarch *petrarch, int32_t verb);
const struct petrarch_pattern *petrarch_block(const struct petrarch *petrarch, uint32_t block,
                                              size_t *count);
/* The longest member of the set, in pieces; and whether `key` is one. */
size_t petrarch_set_reach(const struct petrarch *petrarch, uint32_t set);
bool petrarch_in_set(const struct petrarch *petrarch, uint32_t set, struct slice key);

#endif
