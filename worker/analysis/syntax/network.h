/* The network in use: the model's weights laid out for the machine, and the reading of sentences.
 *
 * The structure is drawn in train/net.h. Values are 16-bit whole numbers and sums 32-bit ones, so
 * that a sentence gives the same result on every machine. One owner, one thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_NETWORK_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_NETWORK_H

#include "common/arena.h"
#include "worker/analysis/syntax/kernels.h"
#include "worker/analysis/syntax/model.h"

struct network;

/* `model` outlives the network. `kernels` NULL: the machine's best. NULL without memory. */
struct network *network_new(const struct model *model, const struct kernels *kernels);
void network_free(struct network *network);
const struct model *network_model(const struct network *network);

/* Work space for sentences of up to `tokens` tokens, in the arena; NULL at its limit. */
struct network_space;
struct network_space *network_space_new(const struct network *network, uint32_t tokens,
                                        struct arena *arena);

struct network_token {
    uint8_t upos, xpos, relation;
    bool starts;   /* a sentence, though no mark says so */
    uint32_t head; /* an index into the sentence; the number of its tokens is the root */
};

/* Tags 1 to `tokens` tokens, and says where in them a sentence starts that nothing marks. */
void network_tag(const struct network *network, struct network_space *space,
                 const struct token_features *features, uint32_t count, struct network_token *out);
/* Parses, as one sentence, the tokens that were tagged last in this space. */
void network_parse(const struct network *network, struct network_space *space, uint32_t count,
                   struct network_token *out);

#endif
