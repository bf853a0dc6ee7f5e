/* The stage of events: who did what to whom, when, where, and whether.
 *
 * Each sentence is walked from its root. A trigger (patterns.h) makes an event when somebody acts
 * in it (roles.h). What a trigger announces, demands or refuses is not coded again: "threatened to
 * attack" is one THREATEN. Intentions are coded as PLOVER has it: cooperation that is still to come
 * is AGREE, force that is still to come THREATEN, cooperation denied REJECT, duties laid on others
 * REQUEST. Repeats within an article are merged. */
#include "common/clock.h"
#include "worker/analysis/events/contexts.h"
#include "worker/analysis/events/merge.h"
#include "worker/analysis/events/modality.h"
#include "worker/analysis/events/patterns.h"
#include "worker/analysis/events/roles.h"
#include "worker/analysis/events/when.h"
#include "worker/analysis/stages.h"

#define EVENTS_MAX 500 /* of an article: a list of names makes no more */
#define DEPTH_MAX  400 /* of a tree */

struct coder {
    struct doc *doc;
    struct tree tree;
    struct actors *actors;
    struct arena *arena;
    struct event_list events;
    size_t lead_end;    /* of the first paragraph, in bytes of text */
    struct slice today; /* ISO 8601; NULL data when the article has no date */
};

enum group { GROUP_NONE, GROUP_COOPERATION, GROUP_FORCE, GROUP_WORDS };

/* What an announced event of this type amounts to. */
static enum group group_of(const char *type)
{
    static const char *const cooperation[] = {"AID",     "COOPERATE", "CONCEDE",
                                              "RETREAT", "SUPPORT",   NULL};
    static const char *const force[] = {"SANCTION", "COERCE",  "ASSAULT",
                                        "MOBILIZE", "PROTEST", NULL};
    for (unsigned i = 0; cooperation[i]; i++)
        if (strcmp(type, cooperation[i]) == 0)
            return GROUP_COOPERATION;
    for (unsigned i = 0; force[i]; i++)
        if (strcmp(type, force[i]) == 0)
            return GROUP_FORCE;
    return strcmp(type, "CONSULT") == 0 || strcmp(type, "AGREE") == 0 ? GROUP_WORDS : GROUP_NONE;
}

/* PLOVER's four classes: words and deeds, of cooperation and of conflict. */
static int64_t quad_of(const char *type)
{
    static const char *const classes[4][6] = {
        {"AGREE", "CONSULT", "SUPPORT", "CONCEDE", NULL, NULL},
        {"COOPERATE", "AID", "RETREAT", NULL, NULL, NULL},
        {"REQUEST", "ACCUSE", "REJECT", "THREATEN", NULL, NULL},
        {"PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT", NULL}};
    for (unsigned quad = 0; quad < 4; quad++)
        for (unsigned i = 0; classes[quad][i]; i++)
            if (strcmp(type, classes[quad][i]) == 0)
                return quad + 1;
    return FIELD_NONE;
}

static const struct event_pattern agreed = {.type = "AGREE", .cameo = "030", .goldstein = 4.0};
static const struct event_pattern threatened = {
    .type = "THREATEN", .cameo = "130", .goldstein = -4.4};
static const struct event_pattern rejected = {.type = "REJECT", .cameo = "120", .goldstein = -4.0};
static const struct event_pattern requested = {.type = "REQUEST", .cameo = "020", .goldstein = 3.0};

/* The event that the words amount to, given how they stand; `standing` loses what went into it. */
static const struct event_pattern *amounts_to(const struct event_pattern *pattern,
                                              struct standing *standing)
{
    enum group group = group_of(pattern->type);
    bool ahead = standing->modality == MODALITY_FUTURE;
    if (standing->negated && ahead && (group == GROUP_COOPERATION || group == GROUP_WORDS)) {
        standing->negated = false;
        return &rejected;
    }
    if (standing->negated || !ahead)
        return pattern;
    if (group == GROUP_COOPERATION)
        return &agreed;
    return group == GROUP_FORCE ? &threatened : pattern;
}

/* ---- making an event ---- */

static struct field_list give_role(struct coder *coder, const struct role *role)
{
    const struct doc *doc = coder->doc;
    struct result_actor *out = arena_array(coder->arena, role->count, sizeof *out);
    for (size_t i = 0; out && i < role->count; i++) {
        const struct actor *actor = &role->items[i];
        out[i] = (struct result_actor){.start = doc_point(doc, actor->from),
                                       .end = doc_point(doc, actor->to),
                                       .text = slice_sub(doc->text, actor->from, actor->to),
                                       .code = actor->code,
                                       .sector = actor->sector};
    }
    return (struct field_list){out, out ? role->count : 0};
}

/* Who reports it; NULL when it is told as a fact. */
static struct result_span *attribution(struct coder *coder, const struct standing *standing)
{
    struct actor actor;
    uint32_t doer = standing->witness;
    if (standing->reporter != TREE_NONE)
        doer = tree_doer(&coder->tree, standing->reporter);
    struct result_span *out = doer == TREE_NONE ? NULL : arena_alloc(coder->arena, sizeof *out);
    if (!out)
        return NULL;
    (void)actor_of(coder->actors, doer, &actor);
    *out = (struct result_span){.start = doc_point(coder->doc, actor.from),
                                .end = doc_point(coder->doc, actor.to),
                                .text = slice_sub(coder->doc->text, actor.from, actor.to)};
    return out;
}

/* How much speaks for it: conditions that held, both sides known and not guessed, told plainly. */
static double confidence_of(const struct event_pattern *pattern, const struct roles *roles,
                            const struct standing *standing, bool embedded)
{
    double sure = 0.45 + 0.1 * pattern->condition_count;
    if (roles->source.count && roles->source.items[0].code.data && !roles->source.items[0].guessed)
        sure += 0.2;
    if (roles->target.count && roles->target.items[0].code.data && !roles->target.items[0].guessed)
        sure += 0.15;
    if (standing->modality != MODALITY_ACTUAL || standing->negated)
        sure -= 0.1;
    sure -= embedded ? 0.15 : 0;
    return sure > 0.95 ? 0.95 : sure < 0.05 ? 0.05 : sure;
}

static struct slice maybe(const char *text)
{
    return text ? slice_from(text) : SLICE_NULL;
}

static bool is_new(const struct role *role, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (slice_equal(role->items[i].code, role->items[at].code))
            return false;
    return role->items[at].code.data != NULL;
}

#define MULTILATERAL_MIN 3 /* countries that consult */

static const char *mode_of(const struct coder *coder, const struct event_pattern *pattern,
                           const struct clause *clause, const struct roles *roles)
{
    size_t countries = 0;
    for (size_t i = 0; i < roles->source.count; i++)
        countries += is_new(&roles->source, i);
    for (size_t i = 0; i < roles->target.count; i++)
        countries += is_new(&roles->target, i);
    if (pattern->mode)
        return pattern->mode;
    if (strcmp(pattern->type, "CONSULT") == 0 && countries >= MULTILATERAL_MIN)
        return "multilateral";
    return pattern_mode(&coder->tree, clause, pattern->type);
}

/* "Our interests clash": what is no one cannot strike, only its owners can. */
static bool is_thing(const struct coder *coder, const struct roles *roles)
{
    static const char *const things[] = {
        "interest", "view",     "opinion",      "idea",     "economy",  "market",  "currency",
        "price",    "relation", "relationship", "problem",  "position", "culture", "dream",
        "value",    "history",  "language",     "identity", "ambition", NULL};
    if (roles->source.count == 0)
        return false;
    return tree_lemma_in(&coder->tree, roles->source.items[0].token, things);
}

/* False when it is left out: nobody acts in it. */
static bool make(struct coder *coder, uint32_t trigger, const struct event_pattern *pattern,
                 struct roles *roles, bool embedded, struct standing standing)
{
    const struct doc *doc = coder->doc;
    const struct doc_token *token = &coder->tree.tokens[trigger];
    if (roles->source.count + roles->target.count == 0 || coder->events.count >= EVENTS_MAX ||
        (group_of(pattern->type) == GROUP_FORCE && is_thing(coder, roles)))
        return false;
    roles_guess_countries(coder->actors, roles);
    pattern = amounts_to(pattern, &standing);
    struct when when = when_of(&coder->tree, trigger, &standing, coder->today);
    struct clause clause;
    clause_of(&coder->tree, trigger, &clause);
    struct result_event event = {
        .start = doc_point(doc, token->from),
        .end = doc_point(doc, token->to),
        .sentence = token->sentence,
        .type = slice_from(pattern->type),
        .mode = maybe(mode_of(coder, pattern, &clause, roles)),
        .contexts = contexts_of(&coder->tree, &clause, pattern->cameo, coder->arena),
        .cameo = slice_from(pattern->cameo),
        .goldstein = pattern->goldstein,
        .quad = quad_of(pattern->type),
        .source = give_role(coder, &roles->source),
        .target = give_role(coder, &roles->target),
        .negated = standing.negated,
        .modality = slice_from(modality_name(when.modality)),
        .attributed = attribution(coder, &standing),
        .mentions = 1,
        .lead = token->from < coder->lead_end,
        .place = when.place,
        .date = when.date,
        .confidence = confidence_of(pattern, roles, &standing, embedded)};
    return event_list_add(&coder->events, &event, coder->arena);
}

/* ---- which words are coded ---- */

/* A clause that tells something beside the matter: relative clauses, "after …", "while …". */
static bool is_aside(const struct tree *tree, uint32_t token)
{
    enum relation relation = tree_relation(tree, token);
    uint32_t head = tree_head(tree, token);
    /* A sentence whose root is a noun has its main verb there, if anywhere. */
    if ((relation == REL_ACL || relation == REL_ACL_RELCL) && tree_head(tree, head) == TREE_NONE &&
        tree_upos(tree, head) != UPOS_VERB)
        return false;
    if (relation == REL_ACL && role_author(tree, head) != TREE_NONE)
        return false;
    return relation == REL_ACL_RELCL || relation == REL_ADVCL || relation == REL_ACL ||
           relation == REL_ADVCL_RELCL;
}

/* "X said that Y must leave": X requests it of Y. */
static bool code_duty(struct coder *coder, uint32_t verb, struct standing standing)
{
    struct roles roles = {.source = {.count = 0}};
    uint32_t speaker =
        standing.reporter == TREE_NONE ? TREE_NONE : tree_doer(&coder->tree, standing.reporter);
    if (!standing.obliged || speaker == TREE_NONE)
        return false;
    role_add(coder->actors, &coder->tree, speaker, &roles.source);
    uint32_t doer = tree_doer(&coder->tree, verb);
    if (roles.source.count == 0 || doer == TREE_NONE || doer == speaker)
        return false;
    role_add(coder->actors, &coder->tree, doer, &roles.target);
    standing.modality = MODALITY_ACTUAL;
    standing.negated = false;
    return roles.target.count > 0 && make(coder, verb, &requested, &roles, false, standing);
}

/* "Tonga beat Fiji": two countries and nobody who acts for them meet on a playing field. */
static bool is_sport(const struct coder *coder, uint32_t verb, const struct roles *roles)
{
    static const char *const verbs[] = {"beat", "thrash", "edge", "hammer", "stun", NULL};
    return tree_lemma_in(&coder->tree, verb, verbs) && roles->source.count && roles->target.count &&
           !roles->source.items[0].sector.data && !roles->target.items[0].sector.data;
}

static bool is_actor(void *user, uint32_t token)
{
    struct actor actor;
    return actor_of(user, token, &actor);
}

/* Who the pattern of a dictionary says it was, instead of those that the grammar says. */
static void put_role(struct coder *coder, uint32_t token, struct role *role)
{
    if (token == TREE_NONE)
        return;
    role->count = 0;
    role_add(coder->actors, &coder->tree, token, role);
}

/* A verb of the user's dictionaries, which alone decide what it says. */
static bool code_own_verb(struct coder *coder, uint32_t verb, bool aside,
                          const struct own_match *match, struct standing standing)
{
    struct roles roles;
    roles_of_verb(coder->actors, &coder->tree, verb, false, &roles);
    put_role(coder, match->source, &roles.source);
    put_role(coder, match->target, &roles.target);
    struct roles turned = {.source = roles.target, .target = roles.source};
    bool forward =
        match->forward.type && make(coder, verb, &match->forward, &roles, aside, standing);
    bool backward = match->backward.type && turned.source.count > 0 &&
                    make(coder, verb, &match->backward, &turned, aside, standing);
    return forward || backward;
}

/* "The invasion began the war": the subject is the event, and is coded by itself. */
static bool is_told_by_subject(const struct tree *tree, uint32_t verb,
                               const struct event_pattern *pattern)
{
    uint32_t doer = tree_child(tree, verb, REL_NSUBJ);
    const struct event_pattern *told =
        doer != TREE_NONE && tree_upos(tree, doer) == UPOS_NOUN ? pattern_of(tree, doer) : NULL;
    return told && strcmp(told->type, pattern->type) == 0;
}

static bool code_verb(struct coder *coder, uint32_t verb, bool aside)
{
    struct roles roles;
    const struct event_pattern *pattern = pattern_of(&coder->tree, verb);
    const struct own *own = actors_own(coder->actors);
    if (!pattern && !own && tree_child(&coder->tree, verb, REL_AUX) == TREE_NONE)
        return false; /* most verbs */
    struct standing standing = standing_of(&coder->tree, verb);
    const struct own_judge judge = {is_actor, coder->actors};
    struct own_match match;
    if (code_duty(coder, verb, standing))
        return true;
    if (own_verb(own, verb, &judge, &match))
        return code_own_verb(coder, verb, aside, &match, standing);
    if (!pattern || (aside && group_of(pattern->type) != GROUP_FORCE))
        return false;
    if (is_told_by_subject(&coder->tree, verb, pattern))
        return false;
    bool means = strcmp(pattern->type, "MOBILIZE") == 0;
    roles_of_verb(coder->actors, &coder->tree, verb, means, &roles);
    if (is_sport(coder, verb, &roles))
        return false;
    return make(coder, verb, pattern, &roles, aside, standing);
}

/* Verbs that carry a noun's meaning: "held talks", "launched an attack". */
static bool is_light(const struct tree *tree, uint32_t verb)
{
    static const char *const light[] = {
        "hold",     "launch",   "make",    "stage",  "carry",   "conduct", "begin",    "start",
        "continue", "give",     "take",    "have",   "mount",   "wage",    "issue",    "order",
        "announce", "plan",     "end",     "renew",  "resume",  "open",    "join",     "lead",
        "attend",   "complete", "deliver", "press",  "claim",   "repeat",  "reaffirm", "organize",
        "organise", "express",  "voice",   "pledge", "welcome", "commit",  "face",     "do",
        "pursue",   "declare",  "step",    NULL};
    return tree_lemma_in(tree, verb, light);
}

/* Whether a noun at the root is more than a cell of a table: it has an article, or a verb that the
 * parser hung on it. */
static bool is_sentence(const struct tree *tree, uint32_t noun)
{
    for (uint32_t c = tree->first_child[noun]; c != TREE_NONE; c = tree->next_sibling[c])
        if (tree_relation(tree, c) == REL_DET || tree_upos(tree, c) == UPOS_VERB)
            return true;
    return false;
}

/* "Her first stop was Japan": where it was is the predicate. */
static bool code_stop(struct coder *coder, uint32_t noun, const struct event_pattern *pattern)
{
    static const char *const stops[] = {"stop", "destination", "stopover", NULL};
    const struct tree *tree = &coder->tree;
    uint32_t head = tree_head(tree, noun), predicate = head;
    struct roles roles = {.source = {.count = 0}};
    if (!tree_lemma_in(tree, noun, stops))
        return false;
    if (tree_relation(tree, noun) != REL_NSUBJ || tree_child(tree, head, REL_COP) == TREE_NONE)
        return true; /* a stop is no visit by itself */
    uint32_t owner = tree_child(tree, noun, REL_NMOD_POSS);
    role_add(coder->actors, tree, owner == TREE_NONE ? tree_oblique(tree, noun, "of") : owner,
             &roles.source);
    role_add(coder->actors, tree, predicate, &roles.target);
    if (roles.source.count == 0 || roles.target.count == 0 || !roles.target.items[0].code.data)
        return true;
    (void)make(coder, noun, pattern, &roles, false, standing_of(tree, predicate));
    return true;
}

static bool code_noun(struct coder *coder, uint32_t noun, bool aside)
{
    const struct tree *tree = &coder->tree;
    enum relation relation = tree_relation(tree, noun);
    uint32_t head = tree_head(tree, noun), carrier = TREE_NONE;
    bool is_subject = relation == REL_NSUBJ || relation == REL_NSUBJ_PASS;
    const struct event_pattern *pattern = pattern_of(tree, noun);
    struct roles roles;
    if (!pattern || aside || code_stop(coder, noun, pattern))
        return false;
    if ((relation == REL_OBJ || relation == REL_NSUBJ_PASS) && is_light(tree, head))
        carrier = head;
    else if (relation != REL_ROOT && !is_subject)
        return false;
    enum group group = group_of(pattern->type);
    bool deed = group == GROUP_WORDS || group == GROUP_COOPERATION ||
                strcmp(pattern->type, "MOBILIZE") == 0;
    roles_of_noun(coder->actors, tree, noun, carrier, deed, &roles);
    bool both = roles.source.count > 1 || (roles.source.count && roles.target.count);
    bool told = carrier != TREE_NONE || both || (relation == REL_ROOT && is_sentence(tree, noun));
    uint32_t clause = is_subject || carrier != TREE_NONE ? head : noun;
    return told &&
           make(coder, noun, pattern, &roles, carrier == TREE_NONE, standing_of(tree, clause));
}

/* What belongs to the trigger's own event: complements and objects. */
static bool is_content(enum relation relation)
{
    return relation == REL_XCOMP || relation == REL_CCOMP || relation == REL_OBJ ||
           relation == REL_IOBJ || relation == REL_OBL || relation == REL_NMOD ||
           relation == REL_ACL || relation == REL_OBL_AGENT || relation == REL_NSUBJ_PASS ||
           relation == REL_ADVCL;
}

static void visit(struct coder *coder, uint32_t token, bool covered, bool aside, unsigned depth)
{
    const struct tree *tree = &coder->tree;
    enum upos upos = tree_upos(tree, token);
    bool coded = false;
    if (!covered && upos == UPOS_VERB)
        coded = code_verb(coder, token, aside);
    else if (!covered && upos == UPOS_NOUN)
        coded = code_noun(coder, token, aside);
    for (uint32_t c = tree->first_child[token]; c != TREE_NONE && depth < DEPTH_MAX;
         c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        bool below = (covered && relation != REL_PARATAXIS) || (coded && is_content(relation));
        visit(coder, c, below, aside || is_aside(tree, c), depth + 1);
    }
}

static enum status give(struct coder *coder)
{
    coder->doc->result->events = event_list_merge(&coder->events, coder->arena);
    return coder->events.failed ? STATUS_REJECT : STATUS_OK;
}

static enum status find_today(struct coder *coder)
{
    const struct result *result = coder->doc->result;
    char text[CLOCK_TEXT_BYTES];
    coder->today = SLICE_NULL;
    if (result->published_ms == CLOCK_NONE)
        return STATUS_OK;
    clock_format_zone(result->published_ms, result->published_zone, text);
    coder->today = arena_copy((struct slice){text, strlen("2022-05-23")}, coder->arena);
    return coder->today.data ? STATUS_OK : STATUS_REJECT;
}

enum status events_run(struct doc *doc, struct arena *arena)
{
    struct coder coder = {.doc = doc, .arena = arena};
    if (doc->token_count == 0)
        return STATUS_OK;
    coder.tree = tree_of(doc);
    if (actors_new(&coder.tree, &coder.actors, arena) != STATUS_OK ||
        find_today(&coder) != STATUS_OK)
        return STATUS_REJECT;
    const char *end = slice_find(doc->text, "\n\n");
    coder.lead_end = end ? (size_t)(end - doc->text.data) : doc->text.len;
    for (uint32_t i = 0; i < coder.tree.count; i++)
        if (tree_head(&coder.tree, i) == TREE_NONE)
            visit(&coder, i, false, false, 0);
    return give(&coder);
}
