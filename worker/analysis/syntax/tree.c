/* Walking the trees of the sentences. */
#include "worker/analysis/syntax/tree.h"

#define CLIMB_MAX 40 /* governors looked at on the way up */

enum status tree_make(struct doc *doc, struct arena *arena)
{
    doc->first_child = arena_array(arena, doc->token_count, sizeof *doc->first_child);
    doc->next_sibling = arena_array(arena, doc->token_count, sizeof *doc->next_sibling);
    if (!doc->first_child || !doc->next_sibling)
        return STATUS_REJECT;
    for (size_t i = 0; i < doc->token_count; i++)
        doc->first_child[i] = TREE_NONE;
    for (uint32_t i = (uint32_t)doc->token_count; i-- > 0;) {
        uint32_t head = doc->tokens[i].head;
        doc->next_sibling[i] = head == DOC_TOKEN_NONE ? TREE_NONE : doc->first_child[head];
        if (head != DOC_TOKEN_NONE)
            doc->first_child[head] = i;
    }
    return STATUS_OK;
}

bool tree_lemma_is(const struct tree *tree, uint32_t token, const char *lemma)
{
    struct slice of = tree->tokens[token].lemma; /* most differ in their first letter */
    return of.len > 0 && *of.data == *lemma && slice_is(of, lemma);
}

bool tree_lemma_in(const struct tree *tree, uint32_t token, const char *const *lemmas)
{
    struct slice lemma = tree->tokens[token].lemma;
    if (lemma.len == 0)
        return false;
    for (; *lemmas; lemmas++) /* most differ in their first letter */
        if (**lemmas == *lemma.data && slice_is(lemma, *lemmas))
            return true;
    return false;
}

uint32_t tree_child(const struct tree *tree, uint32_t token, enum relation relation)
{
    for (uint32_t c = tree->first_child[token]; c != TREE_NONE; c = tree->next_sibling[c])
        if (tree_relation(tree, c) == relation)
            return c;
    return TREE_NONE;
}

uint32_t tree_child_lemma(const struct tree *tree, uint32_t token, enum relation relation,
                          const char *lemma)
{
    for (uint32_t c = tree->first_child[token]; c != TREE_NONE; c = tree->next_sibling[c])
        if (tree_relation(tree, c) == relation && tree_lemma_is(tree, c, lemma))
            return c;
    return TREE_NONE;
}

/* A passive has an auxiliary; without one, what is tagged as past tense is none whatever its
 * subject is called. A participle behind its noun is passive ("officials detained there"), unless
 * it has an object: then it is a main verb that the parser took for one ("The president on Monday
 * received the envoy"). */
bool tree_is_passive(const struct tree *tree, uint32_t verb)
{
    return tree_child(tree, verb, REL_AUX_PASS) != TREE_NONE ||
           (tree_child(tree, verb, REL_NSUBJ_PASS) != TREE_NONE &&
            tree->tokens[verb].xpos != XPOS_VBD) ||
           (tree_relation(tree, verb) == REL_ACL && tree->tokens[verb].xpos == XPOS_VBN &&
            tree_child(tree, verb, REL_OBJ) == TREE_NONE);
}

static bool is_relative(const struct tree *tree, uint32_t token)
{
    static const char *const words[] = {"who", "which", "that", "whom", NULL};
    return tree_upos(tree, token) == UPOS_PRON && tree_lemma_in(tree, token, words);
}

/* "The union imposed sanctions" may be read as a noun with a participle before it. The noun that
 * then stands for the object; TREE_NONE when it is nothing of the kind. */
static uint32_t misread_object(const struct tree *tree, uint32_t verb)
{
    uint32_t head = tree_head(tree, verb);
    if (tree_relation(tree, verb) != REL_AMOD || head == TREE_NONE || head < verb ||
        tree_relation(tree, head) != REL_ROOT)
        return TREE_NONE;
    uint32_t before = tree_child(tree, head, REL_COMPOUND);
    bool has_subject =
        tree_child(tree, verb, REL_NSUBJ) != TREE_NONE || (before != TREE_NONE && before < verb);
    return has_subject ? head : TREE_NONE;
}

/* The subject that is written beside the verb. */
static uint32_t own_subject(const struct tree *tree, uint32_t verb)
{
    uint32_t object = misread_object(tree, verb);
    if (object != TREE_NONE && tree_child(tree, verb, REL_NSUBJ) == TREE_NONE)
        return tree_child(tree, object, REL_COMPOUND);
    uint32_t subject = tree_child(tree, verb, REL_NSUBJ);
    if (subject == TREE_NONE)
        subject = tree_child(tree, verb, REL_NSUBJ_OUTER);
    if (subject == TREE_NONE)
        subject = tree_child(tree, verb, REL_NSUBJ_PASS);
    return subject;
}

static uint32_t agent(const struct tree *tree, uint32_t verb)
{
    uint32_t agent = tree_child(tree, verb, REL_OBL_AGENT);
    return agent != TREE_NONE ? agent : tree_oblique(tree, verb, "by");
}

/* Relations over which a verb without a subject has its governor's. */
static bool shares_subject(enum relation relation)
{
    return relation == REL_CONJ || relation == REL_XCOMP || relation == REL_ADVCL ||
           relation == REL_PARATAXIS || relation == REL_CCOMP;
}

uint32_t tree_doer(const struct tree *tree, uint32_t verb)
{
    for (unsigned climbed = 0; climbed < CLIMB_MAX && verb != TREE_NONE; climbed++) {
        enum relation relation = tree_relation(tree, verb);
        uint32_t head = tree_head(tree, verb);
        if (tree_is_passive(tree, verb))
            return agent(tree, verb);
        uint32_t subject = own_subject(tree, verb);
        if (subject != TREE_NONE && !is_relative(tree, subject))
            return subject;
        if (relation == REL_ACL_RELCL || relation == REL_ACL)
            return head;
        /* "urged Iran to stop": the object of the governor does what the complement says. */
        if (relation == REL_XCOMP && head != TREE_NONE &&
            tree_child(tree, head, REL_OBJ) != TREE_NONE)
            return tree_child(tree, head, REL_OBJ);
        if (!shares_subject(relation))
            return TREE_NONE;
        verb = head;
    }
    return TREE_NONE;
}

uint32_t tree_object(const struct tree *tree, uint32_t verb)
{
    if (tree_is_passive(tree, verb)) {
        uint32_t subject = tree_child(tree, verb, REL_NSUBJ_PASS);
        if (subject == TREE_NONE)
            subject = tree_child(tree, verb, REL_NSUBJ);
        if (subject == TREE_NONE && tree_relation(tree, verb) == REL_ACL)
            return tree_head(tree, verb);
        if (subject != TREE_NONE && is_relative(tree, subject))
            return tree_head(tree, verb);
        return subject;
    }
    uint32_t object = misread_object(tree, verb);
    if (object == TREE_NONE)
        object = tree_child(tree, verb, REL_OBJ);
    if (object != TREE_NONE && is_relative(tree, object) &&
        tree_relation(tree, verb) == REL_ACL_RELCL)
        return tree_head(tree, verb);
    return object;
}

static bool has_preposition(const struct tree *tree, uint32_t noun, const char *preposition)
{
    for (uint32_t c = tree->first_child[noun]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        if ((relation == REL_CASE || relation == REL_MARK) && tree_lemma_is(tree, c, preposition))
            return true;
    }
    return false;
}

static uint32_t oblique_of(const struct tree *tree, uint32_t token, const char *preposition)
{
    for (uint32_t c = tree->first_child[token]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        bool may = relation == REL_OBL || relation == REL_OBL_AGENT || relation == REL_NMOD ||
                   relation == REL_ADVCL || relation == REL_OBL_UNMARKED || relation == REL_ACL;
        if (may && has_preposition(tree, c, preposition))
            return c;
    }
    return TREE_NONE;
}

uint32_t tree_oblique(const struct tree *tree, uint32_t token, const char *preposition)
{
    uint32_t found = oblique_of(tree, token, preposition);
    uint32_t object = tree_child(tree, token, REL_OBJ);
    if (found == TREE_NONE && object != TREE_NONE)
        found = oblique_of(tree, object, preposition);
    return found;
}

uint32_t tree_xcomp(const struct tree *tree, uint32_t verb)
{
    uint32_t clause = tree_child(tree, verb, REL_XCOMP);
    if (clause != TREE_NONE)
        return clause;
    clause = tree_child(tree, verb, REL_ADVCL);
    bool to = clause != TREE_NONE && tree_child_lemma(tree, clause, REL_MARK, "to") != TREE_NONE;
    return to ? clause : TREE_NONE;
}

uint32_t tree_ccomp(const struct tree *tree, uint32_t verb)
{
    return tree_child(tree, verb, REL_CCOMP);
}

bool tree_is_below(const struct tree *tree, uint32_t token, uint32_t ancestor)
{
    for (unsigned climbed = 0; climbed < CLIMB_MAX && token != TREE_NONE; climbed++) {
        if (token == ancestor)
            return true;
        token = tree_head(tree, token);
    }
    return false;
}
