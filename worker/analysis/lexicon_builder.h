/* A lexicon that is filled while the program runs: what users bring in files, in the shape of the
 * built-in tables. One owner; read-only once it is filled. */
#ifndef NEWSMILL_WORKER_ANALYSIS_LEXICON_BUILDER_H
#define NEWSMILL_WORKER_ANALYSIS_LEXICON_BUILDER_H

#include "common/buffer.h"
#include "worker/analysis/lexicon.h"

struct lexicon_builder {
    struct buffer pool;
    struct lexicon_entry *entries;
    struct lexicon_slot *slots;
    uint32_t count, capacity, mask;
    bool phrases; /* there are some, in `pairs` */
    uint64_t pairs[LEXICON_PAIR_BITS / 64];
};

/* `bytes_max` bounds all keys together. */
void lexicon_builder_init(struct lexicon_builder *builder, size_t bytes_max);
void lexicon_builder_deinit(struct lexicon_builder *builder);

/* The entry of `key`, made when it is new, with the value LEXICON_PREFIX_ONLY. Valid until the next
 * call. NULL without memory or room. */
struct lexicon_entry *lexicon_builder_entry(struct lexicon_builder *builder, struct slice key);
/* The same for a phrase of `words` words with one space between them, which is found through its
 * first. */
struct lexicon_entry *lexicon_builder_phrase(struct lexicon_builder *builder, struct slice key,
                                             size_t words);

/* What is in it, as lexicon_find() takes it; valid until more is added or the builder is moved. An
 * empty one has nothing to look in: ask `count` first. */
struct lexicon lexicon_builder_view(const struct lexicon_builder *builder);

#endif
