/* Triggers and their conditions. */
#include "worker/analysis/events/patterns.h"

#define KEY_BYTES_MAX 48

/* The sets that the token's lemma is in, one bit each; NULL for none. */
static const uint64_t *sets_of(const struct tree *tree, uint32_t token)
{
    const struct lexicon_entry *entry =
        lexicon_look_up(&event_word_lexicon, tree->tokens[token].lemma);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? event_word_sets[entry->value] : NULL;
}

/* Whether the token's lemma is in set number `set`; 0 is anything. */
static bool in_set(const struct tree *tree, uint32_t token, uint32_t set)
{
    if (token == TREE_NONE)
        return false;
    if (set == 0)
        return true;
    const uint64_t *sets = sets_of(tree, token);
    return sets && (sets[set / 64] >> set % 64 & 1);
}

/* Nouns that say little without the one before them: "mediation efforts", "aid programme". */
static const char *const carriers[] = {
    "effort",  "program",  "programme", "operation",   "mission", "plan",
    "measure", "activity", "drive",     "process",     "supply",  "equipment",
    "package", "shipment", "delivery",  "restriction", "round",   NULL};
/* Nouns that say little without "of …"; so does whatever is counted: "kilograms of medicine". */
static const char *const partitives[] = {"part",   "number", "series", "worth",  "round", "wave",
                                         "lot",    "group",  "most",   "some",   "all",   "dozen",
                                         "member", "rest",   "stock",  "string", "set",   NULL};

/* Whether the child stands for its head: one coordinated with it ("a deal and a treaty"), the
 * content of a carrier, the whole of a part. */
static bool stands_for(const struct tree *tree, uint32_t child, uint32_t head)
{
    enum relation relation = tree_relation(tree, child);
    if (relation == REL_CONJ)
        return true;
    if (relation == REL_COMPOUND || relation == REL_AMOD)
        return tree_lemma_in(tree, head, carriers);
    return relation == REL_NMOD && tree_child_lemma(tree, child, REL_CASE, "of") != TREE_NONE &&
           (tree_lemma_in(tree, head, partitives) ||
            tree_child(tree, head, REL_NUMMOD) != TREE_NONE);
}

static bool any_in_set(const struct tree *tree, uint32_t token, uint32_t set)
{
    if (in_set(tree, token, set))
        return true;
    for (uint32_t c = token == TREE_NONE ? TREE_NONE : tree->first_child[token]; c != TREE_NONE;
         c = tree->next_sibling[c])
        if (stands_for(tree, c, token) && in_set(tree, c, set))
            return true;
    return false;
}

/* "give up", "call off": a particle, or an adverb that the tagger took it for. */
static bool has_particle(const struct tree *tree, uint32_t verb, uint32_t set)
{
    for (uint32_t c = tree->first_child[verb]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        if ((relation == REL_COMPOUND_PRT || relation == REL_ADVMOD) && in_set(tree, c, set))
            return true;
        bool phrase = relation == REL_OBL || relation == REL_ADVCL;
        uint32_t preposition = phrase ? tree_child(tree, c, REL_CASE) : TREE_NONE;
        if (preposition == verb + 1 && in_set(tree, preposition, set))
            return true; /* "called on Serbia" */
    }
    return false;
}

static bool slot_holds(const struct tree *tree, uint32_t token, const char *slot, uint32_t set)
{
    if (strcmp(slot, "obj") == 0)
        return any_in_set(tree, tree_object(tree, token), set);
    if (strcmp(slot, "subj") == 0) {
        uint32_t doer = tree_doer(tree, token);
        return any_in_set(tree, doer, set);
    }
    if (strcmp(slot, "xcomp") == 0)
        return in_set(tree, tree_xcomp(tree, token), set);
    if (strcmp(slot, "ccomp") == 0)
        return in_set(tree, tree_ccomp(tree, token), set);
    if (strcmp(slot, "prt") == 0)
        return has_particle(tree, token, set);
    return any_in_set(tree, tree_oblique(tree, token, slot), set);
}

static bool holds(const struct tree *tree, uint32_t token, const struct event_pattern *pattern)
{
    for (unsigned i = 0; i < pattern->condition_count; i++)
        if (!slot_holds(tree, token, pattern->conditions[i].slot, pattern->conditions[i].set))
            return false;
    return true;
}

static const struct lexicon_entry *entry_of(const struct tree *tree, uint32_t token)
{
    struct slice lemma = tree->tokens[token].lemma;
    enum upos upos = tree_upos(tree, token);
    char key[KEY_BYTES_MAX];
    if ((upos != UPOS_VERB && upos != UPOS_NOUN) || lemma.len + 2 > sizeof key)
        return NULL;
    key[0] = upos == UPOS_VERB ? 'v' : 'n';
    key[1] = ' ';
    memcpy(key + 2, lemma.data, lemma.len);
    return lexicon_look_up(&event_pattern_lexicon, (struct slice){key, lemma.len + 2});
}

/* Conditions that name words say more than those that anything fulfils. */
static unsigned weight_of(const struct event_pattern *pattern)
{
    unsigned weight = 0;
    for (unsigned i = 0; i < pattern->condition_count; i++)
        weight += pattern->conditions[i].set ? 2 : 1;
    return weight;
}

const struct event_pattern *pattern_of(const struct tree *tree, uint32_t token)
{
    const struct lexicon_entry *entry = entry_of(tree, token);
    const struct event_pattern *best = NULL;
    unsigned best_weight = 0;
    if (!entry || entry->value == LEXICON_PREFIX_ONLY)
        return NULL;
    for (uint32_t i = 0; i < entry->more; i++) {
        const struct event_pattern *pattern = &event_patterns[entry->value + (int32_t)i];
        unsigned weight = weight_of(pattern);
        if ((best && weight <= best_weight) || !holds(tree, token, pattern))
            continue;
        best = pattern;
        best_weight = weight;
    }
    return best;
}

const char *pattern_mode(const struct tree *tree, const struct clause *clause, const char *type)
{
    uint64_t sets[EVENT_SET_WORDS] = {0};
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t *of_word = sets_of(tree, clause->tokens[i]);
        for (size_t word = 0; of_word && word < EVENT_SET_WORDS; word++)
            sets[word] |= of_word[word];
    }
    for (unsigned mode = 0; mode < event_mode_count; mode++) {
        uint32_t set = event_modes[mode].set;
        if (sets[set / 64] >> set % 64 & 1 && strcmp(event_modes[mode].type, type) == 0)
            return event_modes[mode].mode;
    }
    return NULL;
}
