/* What the readers of the three formats share: the tables they fill. Only for this folder. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_INSIDE_H
#define NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_INSIDE_H

#include "worker/analysis/lexicon_builder.h"
#include "worker/analysis/petrarch/petrarch.h"
#include "worker/analysis/petrarch/petrarch_lines.h"
#include "worker/analysis/petrarch/petrarch_pieces.h"

#define PETRARCH_CODE_BYTES 4

/* A growing array on the heap; failed for good when memory is short or `items` would be too many.
 */
struct petrarch_list {
    void *items;
    size_t count, capacity;
    bool failed;
};

#define PETRARCH_ITEMS_MAX 2000000

/* A zeroed element of `size` bytes at the end; NULL when failed. */
void *petrarch_push(struct petrarch_list *list, size_t size);

/* Who somebody is, and when: days since 1970, both included. */
struct actor_code {
    char code[PETRARCH_CODE_BYTES], sector[PETRARCH_CODE_BYTES]; /* "" for none */
    int32_t from, to;
    bool always; /* no dates */
};
struct actor_record {
    uint32_t first, count; /* of actor_codes */
};

/* As it is read: everything by index, since arrays move. */
struct element {
    uint8_t kind, gap;
    uint32_t set, word, word_len; /* the word is in `words` */
};
struct code {
    char text[6]; /* "" for none */
};
struct pattern {
    uint32_t before, before_count, after, after_count; /* of elements */
    struct code forward, backward;
};
struct verb {
    struct pattern own;
    uint32_t block;
    int32_t next;
};
struct block {
    uint32_t first, count; /* of patterns */
    struct code forward, backward;
};
struct set {
    uint32_t longest;
};

struct petrarch {
    struct lexicon_builder actor_keys, agent_keys, verb_keys, set_names, set_keys;
    struct petrarch_list records, codes; /* of actors */
    struct petrarch_list sectors;        /* of agents: char [PETRARCH_CODE_BYTES] */
    struct petrarch_list elements, patterns, verbs, blocks, sets;
    struct buffer words;
    /* Made of the above when all is read. */
    struct petrarch_element *ready_elements;
    struct petrarch_pattern *ready_patterns;
    struct petrarch_verb *ready_verbs;
    uint64_t hash;
    uint32_t bad_lines;
};

/* Each reads one file to its end. FATAL without memory. */
enum status petrarch_read_actors(struct petrarch *petrarch, struct petrarch_lines *lines);
enum status petrarch_read_agents(struct petrarch *petrarch, struct petrarch_lines *lines);
enum status petrarch_read_verbs(struct petrarch *petrarch, struct petrarch_lines *lines);
/* Pointers instead of indices. FATAL without memory. */
enum status petrarch_ready(struct petrarch *petrarch);

/* "USAGOV" into USA and GOV, "REB" into nothing and REB; "---" into nothing. False when it is no
 * code. */
bool petrarch_split_code(struct slice text, char code[PETRARCH_CODE_BYTES],
                         char sector[PETRARCH_CODE_BYTES]);

#endif
