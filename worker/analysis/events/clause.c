/* Breadth first through the arguments. */
#include "worker/analysis/events/clause.h"

/* A clause of its own: coordinated, beside the matter, or said by somebody. */
static bool is_other(const struct tree *tree, uint32_t token)
{
    enum relation relation = tree_relation(tree, token);
    bool may = relation == REL_CONJ || relation == REL_PARATAXIS || relation == REL_ADVCL ||
               relation == REL_ACL_RELCL || relation == REL_ADVCL_RELCL;
    return may && tree_upos(tree, token) == UPOS_VERB;
}

void clause_of(const struct tree *tree, uint32_t trigger, struct clause *out)
{
    enum relation relation = tree_relation(tree, trigger);
    bool argument = relation == REL_OBJ || relation == REL_NSUBJ || relation == REL_NSUBJ_PASS;
    uint32_t head = tree_head(tree, trigger);
    out->count = 0;
    out->tokens[out->count++] = argument && head != TREE_NONE ? head : trigger;
    for (size_t i = 0; i < out->count; i++)
        for (uint32_t c = tree->first_child[out->tokens[i]];
             c != TREE_NONE && out->count < CLAUSE_TOKENS_MAX; c = tree->next_sibling[c])
            if (!is_other(tree, c))
                out->tokens[out->count++] = c;
}
