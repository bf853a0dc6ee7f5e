/* Sources and targets. */
#include "worker/analysis/events/roles.h"

#include "worker/analysis/events/modality.h"

#define CLIMB_MAX 6 /* clauses above that are searched for whom a pronoun means */
#define DEPTH_MAX 3 /* complements of complements that are searched for a target */

/* In the order in which they are tried for a target. */
static const char *const target_prepositions[] = {"to",     "with", "against", "on",   "from",
                                                  "at",     "upon", "for",     "into", "between",
                                                  "toward", "over", "of",      "in",   NULL};
static const char *const noun_targets[] = {"against", "on",   "upon", "of", "with",
                                           "to",      "into", "for",  "in", NULL};

static void append(struct role *role, const struct actor *actor)
{
    for (size_t i = 0; i < role->count; i++)
        if (role->items[i].token == actor->token && slice_equal(role->items[i].code, actor->code))
            return;
    if (role->count < ROLE_ACTORS_MAX)
        role->items[role->count++] = *actor;
}

void role_add(struct actors *actors, const struct tree *tree, uint32_t head, struct role *role)
{
    struct actor actor;
    if (head == TREE_NONE)
        return;
    if (actor_of(actors, head, &actor)) {
        struct actor second;
        append(role, &actor);
        if (actor_second(actors, &actor, &second))
            append(role, &second);
    }
    for (uint32_t c = tree->first_child[head]; c != TREE_NONE; c = tree->next_sibling[c])
        if (tree_relation(tree, c) == REL_CONJ && actor_of(actors, c, &actor))
            append(role, &actor);
}

/* A country is what its government acts for: Kenya's president does nothing to Kenya, but rebels
 * and demonstrators do. */
static bool acts_for_country(const struct actor *actor)
{
    static const char *const sectors[] = {"GOV", "LEG", "MIL", "COP", "JUD"};
    for (size_t i = 0; i < sizeof sectors / sizeof *sectors; i++)
        if (slice_is(actor->sector, sectors[i]))
            return true;
    return !actor->sector.data;
}

static bool same_actor(const struct actor *source, const struct actor *other)
{
    if (source->token == other->token)
        return true;
    return source->code.data && slice_equal(source->code, other->code) &&
           (slice_equal(source->sector, other->sector) ||
            (!other->sector.data && acts_for_country(source)));
}

static bool is_source(const struct roles *roles, const struct actor *actor)
{
    for (size_t i = 0; i < roles->source.count; i++)
        if (same_actor(&roles->source.items[i], actor))
            return true;
    return false;
}

/* What is looked for: somebody of a known country first, then anybody. */
struct search {
    struct actors *actors;
    const struct tree *tree;
    struct roles *roles;
    bool known;        /* only with a code */
    bool *passed_over; /* set when somebody was not taken for want of one */
    bool skip_objects; /* what is moved, sent or armed is not whom it is done to */
};

static void take(const struct search *search, const struct actor *actor)
{
    if (is_source(search->roles, actor))
        return;
    if (actor->code.data || !search->known)
        append(&search->roles->target, actor);
    else
        *search->passed_over = true;
}

/* Takes the phrase as the target when it is somebody, or names somebody, other than the source. */
static bool try_target(const struct search *search, uint32_t head)
{
    struct role found = {.count = 0};
    struct actor inside;
    role_add(search->actors, search->tree, head, &found);
    for (size_t i = 0; i < found.count; i++)
        take(search, &found.items[i]);
    if (search->roles->target.count == 0 && head != TREE_NONE &&
        actor_inside(search->actors, head, &inside))
        take(search, &inside);
    return search->roles->target.count > 0;
}

/* Not where it was: "on the Thai border". */
static bool try_oblique(const struct search *search, uint32_t head)
{
    static const char *const lines[] = {"border", "frontier", "coast", "shore", NULL};
    return head != TREE_NONE && !tree_lemma_in(search->tree, head, lines) &&
           try_target(search, head);
}

/* "unless Israel withdraws": whom the threat or the condition is about. */
static bool try_condition(const struct search *search, uint32_t verb)
{
    static const char *const marks[] = {"unless", "if", "until", NULL};
    const struct tree *tree = search->tree;
    for (uint32_t c = tree->first_child[verb]; c != TREE_NONE; c = tree->next_sibling[c]) {
        uint32_t mark =
            tree_relation(tree, c) == REL_ADVCL ? tree_child(tree, c, REL_MARK) : TREE_NONE;
        if (mark != TREE_NONE && tree_lemma_in(tree, mark, marks) &&
            try_target(search, tree_child(tree, c, REL_NSUBJ)))
            return true;
    }
    return false;
}

static bool search_target(const struct search *search, uint32_t verb, unsigned depth)
{
    const struct tree *tree = search->tree;
    if (!(search->skip_objects && depth == 0) &&
        (try_target(search, tree_object(tree, verb)) ||
         try_target(search, tree_child(tree, verb, REL_IOBJ))))
        return true;
    for (const char *const *p = target_prepositions; *p; p++)
        if (try_oblique(search, tree_oblique(tree, verb, *p)))
            return true;
    if (try_oblique(search, tree_child(tree, verb, REL_OBL)))
        return true;
    if (depth >= DEPTH_MAX)
        return false;
    uint32_t ccomp = tree_ccomp(tree, verb), xcomp = tree_xcomp(tree, verb);
    bool report = ccomp != TREE_NONE && modality_reports(tree, ccomp); /* "…, the speaker said" */
    if (ccomp != TREE_NONE && !report &&
        (try_target(search, tree_child(tree, ccomp, REL_NSUBJ)) ||
         try_target(search, tree_child(tree, ccomp, REL_NSUBJ_PASS)) ||
         search_target(search, ccomp, depth + 1)))
        return true;
    /* A bare name is no clause: an object that the parser took for a predicate. */
    if (xcomp != TREE_NONE && tree_upos(tree, xcomp) == UPOS_PROPN && try_target(search, xcomp))
        return true;
    return (xcomp != TREE_NONE && search_target(search, xcomp, depth + 1)) ||
           try_condition(search, verb);
}

static void find_target(struct search search, uint32_t verb, unsigned depth)
{
    size_t offices = actors_known_offices(search.actors);
    bool passed_over = false;
    search.known = true;
    search.passed_over = &passed_over;
    if (search_target(&search, verb, depth))
        return;
    search.known = false;
    if (passed_over || actors_known_offices(search.actors) != offices)
        (void)search_target(&search, verb, depth);
}

/* "Jordan and Britain agreed": they act on each other. */
static bool act_together(const struct roles *roles)
{
    return roles->source.count > 1 && roles->source.items[0].code.data &&
           roles->source.items[1].code.data;
}

/* "was arrested in Italy": whoever did it, it was there. */
static void source_of_passive(struct actors *actors, const struct tree *tree, uint32_t verb,
                              struct roles *out)
{
    struct actor actor;
    uint32_t where = tree_is_passive(tree, verb) ? tree_oblique(tree, verb, "in") : TREE_NONE;
    if (where != TREE_NONE && actor_of(actors, where, &actor) && actor.code.data) {
        actor.guessed = true;
        append(&out->source, &actor);
    }
}

/* "they", "it": whoever the clause above is about, or the one above that ("… said it would ban and
 * fine …": both verbs have "it"). */
static uint32_t antecedent(const struct tree *tree, uint32_t pronoun, uint32_t verb)
{
    static const char *const pronouns[] = {"it", "they", "he", "she", "we", "I", NULL};
    if (tree_upos(tree, pronoun) != UPOS_PRON || !tree_lemma_in(tree, pronoun, pronouns))
        return pronoun;
    uint32_t above = tree_head(tree, verb);
    for (unsigned climbed = 0; climbed < CLIMB_MAX && above != TREE_NONE; climbed++) {
        uint32_t doer = tree_doer(tree, above);
        if (doer == TREE_NONE || tree_upos(tree, doer) != UPOS_PRON)
            return doer == TREE_NONE ? pronoun : doer;
        above = tree_head(tree, above);
    }
    return pronoun;
}

uint32_t role_author(const struct tree *tree, uint32_t text)
{
    static const char *const texts[] = {
        "statement", "declaration", "letter", "resolution", "communique", "report",  "note",
        "message",   "memorandum",  "appeal", "petition",   "decree",     "speech",  "editorial",
        "leaflet",   "ultimatum",   "motion", "article",    "broadcast",  "verdict", NULL};
    enum relation relation = tree_relation(tree, text);
    bool made = relation == REL_OBJ || relation == REL_OBL;
    return made && tree_lemma_in(tree, text, texts) ? tree_doer(tree, tree_head(tree, text))
                                                    : TREE_NONE;
}

void roles_of_verb(struct actors *actors, const struct tree *tree, uint32_t verb, bool skip_objects,
                   struct roles *out)
{
    *out = (struct roles){.source = {.count = 0}};
    uint32_t doer = tree_doer(tree, verb);
    if (doer != TREE_NONE) {
        uint32_t maker = role_author(tree, doer);
        doer = maker == TREE_NONE ? antecedent(tree, doer, verb)
                                  : antecedent(tree, maker, tree_head(tree, doer));
        struct actor inside;
        role_add(actors, tree, doer, &out->source);
        if (out->source.count == 0 && actor_inside(actors, doer, &inside))
            append(&out->source, &inside);
    }
    if (!act_together(out))
        find_target((struct search){actors, tree, out, true, NULL, skip_objects}, verb, 0);
    if (out->source.count == 0)
        source_of_passive(actors, tree, verb, out);
}

static void source_of_noun(struct actors *actors, const struct tree *tree, uint32_t noun,
                           bool of_is_source, struct roles *out)
{
    struct actor actor;
    role_add(actors, tree, tree_oblique(tree, noun, "by"), &out->source);
    if (out->source.count == 0)
        role_add(actors, tree, tree_child(tree, noun, REL_NMOD_POSS), &out->source);
    if (out->source.count == 0)
        role_add(actors, tree, tree_oblique(tree, noun, "between"), &out->source);
    if (out->source.count == 0 && of_is_source)
        role_add(actors, tree, tree_oblique(tree, noun, "of"), &out->source);
    for (uint32_t c = tree->first_child[noun]; c != TREE_NONE && out->source.count == 0;
         c = tree->next_sibling[c])
        if ((tree_relation(tree, c) == REL_AMOD || tree_relation(tree, c) == REL_COMPOUND) &&
            actor_of(actors, c, &actor) && actor.code.data)
            append(&out->source, &actor);
}

void roles_of_noun(struct actors *actors, const struct tree *tree, uint32_t noun, uint32_t verb,
                   bool of_is_source, struct roles *out)
{
    *out = (struct roles){.source = {.count = 0}};
    if (verb != TREE_NONE) {
        uint32_t doer = tree_doer(tree, verb);
        if (doer != TREE_NONE)
            role_add(actors, tree, antecedent(tree, doer, verb), &out->source);
    }
    if (out->source.count == 0)
        source_of_noun(actors, tree, noun, of_is_source, out);
    const struct search search = {actors, tree, out, false, NULL, false};
    for (const char *const *p = noun_targets; *p && out->target.count == 0; p++)
        (void)try_target(&search, tree_oblique(tree, noun, *p));
    if (out->target.count == 0 && verb != TREE_NONE && !act_together(out))
        find_target(search, verb, 1);
    /* "the visit of the chancellor to Israel": hung on the chancellor by the parser. */
    if (out->target.count == 0 && out->source.count == 1)
        for (const char *const *p = noun_targets; *p && out->target.count == 0; p++)
            (void)try_target(&search, tree_oblique(tree, out->source.items[0].token, *p));
}

static struct slice known_code(const struct role *role)
{
    for (size_t i = 0; i < role->count; i++)
        if (role->items[i].code.data && !role->items[i].guessed &&
            !slice_is(role->items[i].code, "IGO") && !slice_is(role->items[i].code, "NGO"))
            return role->items[i].code;
    return SLICE_NULL;
}

static void guess(struct actors *actors, struct role *role, const struct role *other)
{
    for (size_t i = 0; i < role->count; i++) {
        struct actor *actor = &role->items[i];
        if (actor->code.data)
            continue;
        actor->code = known_code(other);
        if (!actor->code.data)
            actor->code = actor_country_of_sentence(actors, actor->token);
        actor->guessed = true;
    }
}

void roles_guess_countries(struct actors *actors, struct roles *roles)
{
    guess(actors, &roles->source, &roles->target);
    guess(actors, &roles->target, &roles->source);
}
