/* Tense, auxiliaries, conditions, negation and reports around a trigger. */
#include "worker/analysis/events/modality.h"

#define CLIMB_MAX 40

static const char *const reporting[] = {
    "say",      "announce",  "report",      "confirm",  "tell",    "add",      "state",
    "declare",  "quote",     "note",        "reveal",   "explain", "write",    "disclose",
    "indicate", "stress",    "reiterate",   "repeat",   "argue",   "maintain", "assert",
    "believe",  "emphasize", "acknowledge", "tell",     "insist",  "claim",    "predict",
    "suggest",  "affirm",    "charge",      "estimate", "show",    NULL};
/* What they govern is still to come. */
static const char *const intending[] = {
    "plan", "intend", "decide", "prepare",  "agree",   "hope",  "expect", "promise", "vow",
    "want", "aim",    "pledge", "schedule", "propose", "offer", "seek",   NULL};
/* Nouns whose clause is still to come: "plans to visit". */
static const char *const intentions[] = {"plan",     "intention", "promise", "pledge", "offer",
                                         "decision", "vow",       "bid",     "effort", NULL};
/* What they govern is not. */
static const char *const imagining[] = {"threaten", "refuse",   "fail", "decline",
                                        "warn",     "demand",   "urge", "ask",
                                        "suggest",  "consider", "mull", NULL};

const char *modality_name(enum modality modality)
{
    static const char *const names[] = {"actual", "future", "hypothetical", "historical"};
    return names[modality];
}

bool modality_reports(const struct tree *tree, uint32_t token)
{
    return tree_lemma_in(tree, token, reporting);
}

static const char *const duty[] = {"must", "should", "ought", NULL};

static void read_auxiliary(const struct tree *tree, uint32_t token, struct standing *out)
{
    static const char *const future[] = {"will", "shall", "'ll", "wo", NULL};
    static const char *const doubtful[] = {"may", "might", "could", "would", NULL};
    if (tree_lemma_in(tree, token, future))
        out->modality = MODALITY_FUTURE;
    else if (tree_lemma_in(tree, token, doubtful))
        out->modality = MODALITY_HYPOTHETICAL;
    else if (tree_lemma_in(tree, token, duty))
        out->obliged = true;
    if (tree->tokens[token].xpos == XPOS_VBD)
        out->past = true;
}

static void read_children(const struct tree *tree, uint32_t trigger, struct standing *out)
{
    static const char *const negators[] = {"not", "n't", "never", "no", "no longer", NULL};
    static const char *const conditions[] = {"if", "unless", "whether", NULL};
    for (uint32_t c = tree->first_child[trigger]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        if (relation == REL_AUX || relation == REL_AUX_PASS)
            read_auxiliary(tree, c, out);
        bool adverb = relation == REL_ADVMOD || relation == REL_DET || relation == REL_CC_PRECONJ;
        if (adverb && tree_lemma_in(tree, c, negators))
            out->negated = true;
        if (adverb && tree_lemma_is(tree, c, "longer"))
            out->negated = true; /* no longer */
        if (relation == REL_MARK && tree_lemma_in(tree, c, conditions))
            out->modality = MODALITY_HYPOTHETICAL;
    }
}

/* "would" is the future of the past when somebody reported it. */
static void read_report(const struct tree *tree, uint32_t reporter, uint32_t trigger,
                        struct standing *out)
{
    out->reporter = reporter;
    if (out->modality == MODALITY_HYPOTHETICAL &&
        tree_child_lemma(tree, trigger, REL_AUX, "would") != TREE_NONE)
        out->modality = MODALITY_FUTURE;
}

/* The report may hang on the event: "… , officials said". */
static uint32_t report_below(const struct tree *tree, uint32_t trigger)
{
    for (uint32_t c = tree->first_child[trigger]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        if ((relation == REL_PARATAXIS || relation == REL_CCOMP) && modality_reports(tree, c) &&
            tree_child(tree, c, REL_NSUBJ) != TREE_NONE)
            return c;
    }
    return TREE_NONE;
}

/* "is going to": a future that is made of verbs. */
static bool is_going(const struct tree *tree, uint32_t verb)
{
    return tree->tokens[verb].xpos == XPOS_VBG && tree_lemma_is(tree, verb, "go") &&
           tree_child_lemma(tree, verb, REL_AUX, "be") != TREE_NONE;
}

/* What is ahead of its governor `at`, by what that is. */
static bool is_ahead(const struct tree *tree, uint32_t below, uint32_t at)
{
    enum relation relation = tree_relation(tree, below);
    if (relation == REL_XCOMP)
        return tree_lemma_in(tree, at, intending) || is_going(tree, at);
    return relation == REL_ACL && tree_child_lemma(tree, below, REL_MARK, "to") != TREE_NONE &&
           tree_lemma_in(tree, at, intentions);
}

/* "According to the ministry, …" beside the verb. */
static uint32_t witness_of(const struct tree *tree, uint32_t verb)
{
    for (uint32_t c = tree->first_child[verb]; c != TREE_NONE; c = tree->next_sibling[c]) {
        uint32_t preposition =
            tree_relation(tree, c) == REL_OBL ? tree_child(tree, c, REL_CASE) : TREE_NONE;
        if (preposition != TREE_NONE && (tree_lemma_is(tree, preposition, "accord") ||
                                         tree_lemma_is(tree, preposition, "according")))
            return c;
    }
    return TREE_NONE;
}

/* "must be ready to talk": the duty of the governor is that of its complement. */
static bool is_obliged(const struct tree *tree, uint32_t below, uint32_t at)
{
    for (uint32_t c = tree->first_child[at]; c != TREE_NONE; c = tree->next_sibling[c])
        if (tree_relation(tree, c) == REL_AUX && tree_lemma_in(tree, c, duty))
            return tree_relation(tree, below) == REL_XCOMP;
    return false;
}

static void climb(const struct tree *tree, uint32_t trigger, struct standing *out)
{
    uint32_t below = trigger, at = tree_head(tree, trigger);
    out->witness = witness_of(tree, trigger);
    for (unsigned climbed = 0; climbed < CLIMB_MAX && at != TREE_NONE; climbed++) {
        enum relation relation = tree_relation(tree, below);
        bool complement = relation == REL_XCOMP || relation == REL_CCOMP || relation == REL_ADVCL ||
                          relation == REL_OBJ || relation == REL_PARATAXIS;
        if (complement && modality_reports(tree, at) && out->reporter == TREE_NONE)
            read_report(tree, at, trigger, out);
        else if (complement && tree_lemma_in(tree, at, imagining))
            out->modality = MODALITY_HYPOTHETICAL;
        else if (out->modality == MODALITY_ACTUAL && is_ahead(tree, below, at))
            out->modality = MODALITY_FUTURE;
        if (relation == REL_XCOMP && tree_child_lemma(tree, at, REL_ADVMOD, "not") != TREE_NONE)
            out->negated = true;
        out->obliged = out->obliged || is_obliged(tree, below, at);
        if (out->witness == TREE_NONE)
            out->witness = witness_of(tree, at);
        below = at;
        at = tree_head(tree, at);
    }
    if (out->reporter == TREE_NONE && report_below(tree, trigger) != TREE_NONE)
        read_report(tree, report_below(tree, trigger), trigger, out);
}

struct standing standing_of(const struct tree *tree, uint32_t trigger)
{
    struct standing out = {
        .modality = MODALITY_ACTUAL, .reporter = TREE_NONE, .witness = TREE_NONE};
    enum xpos xpos = (enum xpos)tree->tokens[trigger].xpos;
    out.past = xpos == XPOS_VBD || xpos == XPOS_VBN;
    read_children(tree, trigger, &out);
    /* A coordinated verb shares the auxiliaries of the first: "will come and talk". */
    if (tree_relation(tree, trigger) == REL_CONJ && xpos == XPOS_VB)
        read_children(tree, tree_head(tree, trigger), &out);
    /* "No soldier attacked": the subject denies it. */
    uint32_t doer = tree_child(tree, trigger, REL_NSUBJ);
    if (doer != TREE_NONE && tree_child_lemma(tree, doer, REL_DET, "no") != TREE_NONE)
        out.negated = true;
    climb(tree, trigger, &out);
    if (out.obliged && out.modality == MODALITY_ACTUAL)
        out.modality = MODALITY_HYPOTHETICAL; /* what should be is not yet */
    return out;
}
