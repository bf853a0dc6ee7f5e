/* The trees of a document's sentences, walked from the top: children, arguments, governors.
 *
 * A view over the document's tokens and their children, which the stage of the syntax finds once.
 * Tokens are indices; TREE_NONE is none. Every walk is bounded by the sentence. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TREE_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TREE_H

#include "worker/analysis/doc.h"
#include "worker/analysis/syntax/tags.h"

#define TREE_NONE UINT32_MAX

struct tree {
    const struct doc *doc;
    const struct doc_token *tokens;
    uint32_t count;
    const uint32_t *first_child, *next_sibling; /* in the order of the text */
};

/* Finds the children of all tokens from their heads. REJECT at the arena's limit. */
enum status tree_make(struct doc *doc, struct arena *arena) MUST_CHECK;
/* Without tokens, an empty one. */
static inline struct tree tree_of(const struct doc *doc)
{
    return (struct tree){doc, doc->tokens, (uint32_t)doc->token_count, doc->first_child,
                         doc->next_sibling};
}

static inline enum relation tree_relation(const struct tree *tree, uint32_t token)
{
    return (enum relation)tree->tokens[token].relation;
}
static inline enum upos tree_upos(const struct tree *tree, uint32_t token)
{
    return (enum upos)tree->tokens[token].upos;
}
static inline uint32_t tree_head(const struct tree *tree, uint32_t token)
{
    return tree->tokens[token].head == DOC_TOKEN_NONE ? TREE_NONE : tree->tokens[token].head;
}
bool tree_lemma_is(const struct tree *tree, uint32_t token, const char *lemma);
/* Whether the lemma is one of `lemmas`, which ends with NULL. */
bool tree_lemma_in(const struct tree *tree, uint32_t token, const char *const *lemmas);

/* The first child with this relation; TREE_NONE. */
uint32_t tree_child(const struct tree *tree, uint32_t token, enum relation relation);
/* The first child with this relation and lemma. */
uint32_t tree_child_lemma(const struct tree *tree, uint32_t token, enum relation relation,
                          const char *lemma);

bool tree_is_passive(const struct tree *tree, uint32_t verb);
/* Who does it: the subject, the agent of a passive, the governor's subject of a verb that has none
 * of its own (control, coordination), the noun that a relative clause is about. TREE_NONE. */
uint32_t tree_doer(const struct tree *tree, uint32_t verb);
/* To whom it is done: the object, or the subject of a passive. */
uint32_t tree_object(const struct tree *tree, uint32_t verb);
/* The argument of `token` behind this preposition ("with", "to"), also one that hangs on the
 * object. */
uint32_t tree_oblique(const struct tree *tree, uint32_t token, const char *preposition);
/* A clause that completes the verb: without a subject of its own (xcomp), or with one (ccomp). */
uint32_t tree_xcomp(const struct tree *tree, uint32_t verb);
uint32_t tree_ccomp(const struct tree *tree, uint32_t verb);

/* Whether `token` lies in the subtree of `ancestor`. */
bool tree_is_below(const struct tree *tree, uint32_t token, uint32_t ancestor);

#endif
