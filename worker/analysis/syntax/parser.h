/* The parser: transitions and relations decided from what the upper layer says of the tokens.
 *
 * The sentences of a batch are parsed step by step together: what they ask for in a step is worked
 * out in one product. Only the shares that a state looks at are worked out, which is half of them:
 * those of s0 and b for all tokens, the others when asked for. Inside network.h: one owner, one
 * thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_PARSER_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_PARSER_H

#include "worker/analysis/syntax/network.h"

/* Heads and relations of a batch whose upper layer was read. */
void parser_run(struct network *network, const struct network_batch *batch,
                struct network_token *out);

#endif
