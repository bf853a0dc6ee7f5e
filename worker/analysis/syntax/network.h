/* The network in use: the model's weights laid out for the machine, and the reading of sentences,
 * with the room for it (some megabytes, so it is kept from article to article).
 *
 * The structure is drawn in train/net.h. Values are 16-bit whole numbers and sums 32-bit ones, so
 * that a sentence gives the same result on every machine. One owner, one thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_NETWORK_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_NETWORK_H

#include "common/arena.h"
#include "worker/analysis/syntax/forms.h"
#include "worker/analysis/syntax/kernels.h"
#include "worker/analysis/syntax/model.h"

struct network;

/* `model` outlives the network. `kernels` NULL: the machine's best. NULL without memory. */
struct network *network_new(const struct model *model, const struct kernels *kernels);
void network_free(struct network *network);
const struct model *network_model(const struct network *network);

/* Sentences that are read together. Tokens stand for their forms (words as they are written): what
 * depends on a form alone is worked out once. */
#define NETWORK_TOGETHER 24
#define NETWORK_TOKENS   640  /* of a batch at most */
#define NETWORK_FORMS    8192 /* known at once */
struct network_batch {
    const uint32_t *forms;                 /* of each token, the sentences laid end to end */
    uint32_t starts[NETWORK_TOGETHER + 1]; /* their first tokens, and the number of tokens */
    uint32_t count; /* of sentences, each of a token or more, none longer than the one before */
};

struct network_token {
    uint8_t upos, xpos, relation;
    bool starts;   /* a sentence, though no mark says so */
    uint32_t head; /* an index into the sentence; the number of its tokens is the root */
};

/* The forms that are known: all that were numbered there are looked at before the next batch. */
struct forms *network_forms(struct network *network);
/* Works out what is needed of `count` forms, to be known as `first`, `first` + 1, ... */
void network_look_at(struct network *network, uint32_t first, const struct token_features *features,
                     uint32_t count);
/* Asks the memory for what was worked out of a form, soon to be read: it may lie far away. */
void network_fetch(const struct network *network, uint32_t form);
/* Reads a batch of forms that were looked at, and says where in it a sentence starts that nothing
 * marks. */
void network_read(struct network *network, const struct network_batch *batch,
                  struct network_token *out);
/* Tags and parses the batch that was read last, all but `starts`. */
void network_parse(struct network *network, const struct network_batch *batch,
                   struct network_token *out);

#endif
