/* The way from somebody to every word near him, and what it makes of that word's tone. */
#include "worker/analysis/tone/toward.h"

#include <math.h>

#define STEPS_DECAY    4.0 /* steps in the tree after which a word counts 1/e */
#define WORDS_DECAY    15.0
#define STEPS_MAX      8 /* farther words do not count */
#define REACHED_MAX    256
#define SUFFERED       1.7
#define OWNED          1.5
#define JUDGED_BY      0.5  /* who condemns or praises is not condemned or praised */
#define REPORTED       0.1  /* what somebody says is said of others */
#define ASIDE          0.5  /* clauses with a subject of their own are about that one */
#define POSITIVE_SHARE 0.85 /* news praises more lightly than it blames */
#define BIAS           0.07
#define SCALE          2.3 /* so that within ±0.25 nothing is said */

/* What these say is said of their object. */
static const char *const judging[] = {
    "condemn",  "criticize",    "criticise", "accuse",  "blame",     "denounce", "slam",
    "blast",    "attack",       "praise",    "applaud", "hail",      "thank",    "welcome",
    "mock",     "rebuke",       "reject",    "oppose",  "dismiss",   "ridicule", "lambaste",
    "admire",   "congratulate", "fear",      "hate",    "love",      "like",     "insult",
    "deride",   "decry",        "chide",     "commend", "endorse",   "support",  "back",
    "defend",   "honor",        "honour",    "sue",     "warn",      "threaten", "challenge",
    "question", "target",       "slap",      "scold",   "trash",     "call",     "describe",
    "label",    "brand",        "compare",   "portray", "denigrate", NULL};
static const char *const judgements[] = {
    "criticism", "accusation", "condemnation", "attack",     "praise",    "support",
    "rebuke",    "opposition", "charge",       "claim",      "complaint", "denunciation",
    "concern",   "allegation", "endorsement",  "warning",    "fear",      "anger",
    "mockery",   "dislike",    "hatred",       "admiration", NULL};
static const char *const saying[] = {
    "say",     "tell",    "add",    "argue",    "claim",  "announce", "state",    "declare",
    "write",   "note",    "report", "explain",  "insist", "think",    "believe",  "suggest",
    "reply",   "tweet",   "answer", "warn",     "ask",    "assert",   "allege",   "contend",
    "testify", "predict", "recall", "maintain", "admit",  "conclude", "complain", "acknowledge",
    "respond", "observe", "charge", NULL};

/* Tokens by their distance from one of them. */
struct reach {
    uint32_t token[REACHED_MAX], came_from[REACHED_MAX];
    uint8_t steps[REACHED_MAX];
    double factor[REACHED_MAX];
    size_t count;
};

static void reach_add(struct reach *reach, uint32_t token, uint32_t came_from, unsigned steps,
                      double factor)
{
    if (token == TREE_NONE || reach->count >= REACHED_MAX || steps > STEPS_MAX)
        return;
    reach->token[reach->count] = token;
    reach->came_from[reach->count] = came_from;
    reach->steps[reach->count] = (uint8_t)steps;
    reach->factor[reach->count++] = factor;
}

static bool is_subject(enum relation relation)
{
    return relation == REL_NSUBJ || relation == REL_NSUBJ_PASS || relation == REL_NSUBJ_OUTER;
}

static bool is_aside(enum relation relation)
{
    return relation == REL_ADVCL || relation == REL_PARATAXIS || relation == REL_CONJ ||
           relation == REL_ACL_RELCL || relation == REL_ADVCL_RELCL;
}

static bool has_subject(const struct tree *tree, uint32_t verb)
{
    return tree_child(tree, verb, REL_NSUBJ) != TREE_NONE ||
           tree_child(tree, verb, REL_NSUBJ_PASS) != TREE_NONE;
}

static bool is_agent(const struct tree *tree, uint32_t token, uint32_t head)
{
    enum relation relation = tree_relation(tree, token);
    bool by = tree_child_lemma(tree, token, REL_CASE, "by") != TREE_NONE;
    return relation == REL_NSUBJ || relation == REL_OBL_AGENT ||
           (relation == REL_OBL && by && tree_is_passive(tree, head));
}

/* What the way up from the mention says of all that is reached over its head. */
static double first_step(const struct tree *tree, uint32_t token, uint32_t head)
{
    enum relation relation = tree_relation(tree, token);
    bool suffers = relation == REL_NSUBJ && tree_is_passive(tree, head);
    if (relation == REL_OBJ || relation == REL_NSUBJ_PASS || suffers)
        return SUFFERED;
    if (is_agent(tree, token, head))
        return tree_lemma_in(tree, head, judging) ? JUDGED_BY : 1;
    if (relation == REL_NMOD_POSS)
        return tree_lemma_in(tree, head, judgements) ? JUDGED_BY : OWNED;
    return 1;
}

/* Whether the mention is who says what `verb` governs. */
static bool says(const struct tree *tree, uint32_t mention, uint32_t verb)
{
    return tree_head(tree, mention) == verb && is_subject(tree_relation(tree, mention)) &&
           tree_lemma_in(tree, verb, saying);
}

static bool is_speech(enum relation relation)
{
    return relation == REL_CCOMP || relation == REL_PARATAXIS;
}

/* On from `at`, which is not the mention itself, up to its head. */
static double step_up(const struct tree *tree, uint32_t mention, uint32_t at)
{
    bool spoken = is_speech(tree_relation(tree, at)); /* "…", she said */
    return spoken && says(tree, mention, at) ? REPORTED : 1;
}

static double step_down(const struct tree *tree, uint32_t mention, uint32_t at, uint32_t child)
{
    enum relation relation = tree_relation(tree, child);
    if (is_speech(relation) && says(tree, mention, at))
        return REPORTED;
    return is_aside(relation) && has_subject(tree, child) ? ASIDE : 1;
}

/* Breadth first, bounded; in a tree nothing is reached twice but the way back. */
static void reach_from(const struct tree *tree, uint32_t mention, struct reach *reach)
{
    reach->count = 0;
    reach_add(reach, mention, TREE_NONE, 0, 1);
    for (size_t i = 0; i < reach->count; i++) {
        uint32_t at = reach->token[i], back = reach->came_from[i], head = tree_head(tree, at);
        unsigned steps = reach->steps[i] + 1u;
        double factor = reach->factor[i];
        if (head != TREE_NONE && head != back)
            reach_add(reach, head, at, steps,
                      factor * (i == 0 ? first_step(tree, at, head) : step_up(tree, mention, at)));
        for (uint32_t c = tree->first_child[at]; c != TREE_NONE && reach->count < REACHED_MAX;
             c = tree->next_sibling[c])
            if (c != back)
                reach_add(reach, c, at, steps,
                          i == 0 ? factor : factor * step_down(tree, mention, at, c));
    }
}

double tone_toward(const struct tree *tree, uint32_t token, const struct weighed *words)
{
    struct reach reach;
    double sum = 0;
    reach.count = 0;
    if (words->first_word < words->word_end)
        reach_from(tree, token, &reach);
    for (size_t i = 0; i < reach.count; i++) {
        uint32_t word = words->word_of[reach.token[i]];
        if (word == 0 || word - 1 < words->first_word || word - 1 >= words->word_end)
            continue;
        double weight = words->weights[word - 1 - words->first_word];
        if (weight == 0)
            continue;
        double away = fabs((double)word - (double)words->word_of[token]);
        weight *= weight > 0 ? POSITIVE_SHARE : 1;
        sum += weight * reach.factor[i] * exp(-reach.steps[i] / STEPS_DECAY - away / WORDS_DECAY);
    }
    double tone = SCALE * (sum - BIAS / 3);
    return tone > 100 ? 100 : tone < -100 ? -100 : tone;
}
