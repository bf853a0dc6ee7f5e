/* The text in pieces, looked up in the dictionaries. */
#include "worker/analysis/events/own.h"

#include <ctype.h>
#include <strings.h>

#include "worker/analysis/petrarch/petrarch_pieces.h"
#include "worker/analysis/words/words.h"

#define WINDOW    40  /* pieces on each side of a verb that patterns look at */
#define NEAR      4   /* pieces between the words of a phrase */
#define STEPS_MAX 400 /* tried in one pattern */
#define CHAIN_MAX 64  /* verbs of one form */

struct piece {
    struct slice fold;
    uint32_t token;
    bool capital; /* it begins with one, or with a digit */
};

struct own {
    const struct tree *tree;
    const struct petrarch *petrarch;
    struct piece *pieces;
    size_t count;
    uint32_t *first_piece;  /* of each token, and one behind the last */
    int32_t *actor, *agent; /* of each token, -1 none */
};

static size_t count_pieces(const struct tree *tree)
{
    struct slice piece;
    size_t count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        struct slice text = slice_sub(tree->doc->text, tree->tokens[i].from, tree->tokens[i].to);
        for (size_t at = 0; petrarch_next_piece(text, &at, &piece);)
            count++;
    }
    return count;
}

static enum status cut(struct own *own, struct arena *arena)
{
    const struct tree *tree = own->tree;
    char fold[WORDS_FOLD_BYTES];
    struct slice piece;
    for (uint32_t i = 0; i < tree->count; i++) {
        struct slice text = slice_sub(tree->doc->text, tree->tokens[i].from, tree->tokens[i].to);
        own->first_piece[i] = (uint32_t)own->count;
        for (size_t at = 0; petrarch_next_piece(text, &at, &piece);) {
            struct piece *out = &own->pieces[own->count++];
            size_t len = words_fold(piece, fold);
            out->fold = arena_copy((struct slice){fold, len}, arena);
            out->token = i;
            out->capital = isupper((unsigned char)piece.data[0]) ||
                           isdigit((unsigned char)piece.data[0]) ||
                           (unsigned char)piece.data[0] >= 0x80;
            if (!out->fold.data)
                return STATUS_REJECT;
        }
    }
    own->first_piece[tree->count] = (uint32_t)own->count;
    return STATUS_OK;
}

static bool same_sentence(const struct own *own, size_t a, size_t b)
{
    const struct doc_token *tokens = own->tree->tokens;
    return tokens[own->pieces[a].token].sentence == tokens[own->pieces[b].token].sentence;
}

/* `count` pieces from `from` on, with one space between them; empty when there are not so many. */
static struct slice key_at(const struct own *own, size_t from, size_t count,
                           char out[PETRARCH_KEY_BYTES])
{
    size_t len = 0;
    if (from + count > own->count || !same_sentence(own, from, from + count - 1))
        return (struct slice){out, 0};
    for (size_t i = from; i < from + count; i++) {
        struct slice fold = own->pieces[i].fold;
        if (len + fold.len + 1 > PETRARCH_KEY_BYTES)
            return (struct slice){out, 0};
        if (i > from)
            out[len++] = ' ';
        memcpy(out + len, fold.data, fold.len);
        len += fold.len;
    }
    return (struct slice){out, len};
}

typedef size_t (*reach_of)(const struct petrarch *petrarch, struct slice piece);
typedef int32_t (*number_of)(const struct petrarch *petrarch, struct slice key);

/* The longest phrase that begins at piece `at`, its number and its length; 0 when there is none. */
static size_t longest_at(const struct own *own, size_t at, reach_of reach, number_of number,
                         int32_t *out)
{
    char key[PETRARCH_KEY_BYTES];
    for (size_t n = reach(own->petrarch, own->pieces[at].fold); n > 0; n--) {
        struct slice phrase = key_at(own, at, n, key);
        *out = phrase.len ? number(own->petrarch, phrase) : -1;
        if (*out >= 0)
            return n;
    }
    return 0;
}

static void mark(struct own *own, reach_of reach, number_of number, bool names, int32_t *marks)
{
    int32_t found = -1;
    for (uint32_t i = 0; i < own->tree->count; i++)
        marks[i] = -1;
    for (size_t at = 0, n; at < own->count; at += n ? n : 1) {
        n = names && !own->pieces[at].capital ? 0 : longest_at(own, at, reach, number, &found);
        for (size_t i = at; i < at + n; i++)
            marks[own->pieces[i].token] = found;
    }
}

enum status own_new(const struct tree *tree, struct own **out, struct arena *arena)
{
    const struct petrarch *petrarch = tree->doc->petrarch;
    *out = NULL;
    if (!petrarch)
        return STATUS_OK;
    struct own *own = arena_alloc(arena, sizeof *own);
    if (!own)
        return STATUS_REJECT;
    own->tree = tree;
    own->petrarch = petrarch;
    own->pieces = arena_array(arena, count_pieces(tree), sizeof *own->pieces);
    own->first_piece = arena_array(arena, tree->count + 1u, sizeof *own->first_piece);
    own->actor = arena_array(arena, tree->count, sizeof *own->actor);
    own->agent = arena_array(arena, tree->count, sizeof *own->agent);
    if (!own->pieces || !own->first_piece || !own->actor || !own->agent ||
        cut(own, arena) != STATUS_OK)
        return STATUS_REJECT;
    mark(own, petrarch_actor_reach, petrarch_actor, true, own->actor);
    mark(own, petrarch_agent_reach, petrarch_agent, false, own->agent);
    *out = own;
    return STATUS_OK;
}

bool own_actor(const struct own *own, uint32_t token, int64_t day, struct petrarch_role *out)
{
    if (!own || own->actor[token] < 0)
        return false;
    *out = petrarch_actor_role(own->petrarch, own->actor[token], day);
    return true;
}

struct slice own_sector(const struct own *own, uint32_t token)
{
    return own && own->agent[token] >= 0 ? petrarch_agent_sector(own->petrarch, own->agent[token])
                                         : SLICE_NULL;
}

/* ---- verbs ---- */

struct search {
    const struct own *own;
    const struct own_judge *judge;
    struct own_match *match;
    unsigned steps;
};

/* The piece by its form, or by its token's lemma when it is the token's only piece. */
static bool is_word(const struct own *own, size_t at, struct slice word)
{
    const struct piece *piece = &own->pieces[at];
    struct slice lemma = own->tree->tokens[piece->token].lemma;
    bool whole = own->first_piece[piece->token + 1] - own->first_piece[piece->token] == 1;
    return slice_equal(piece->fold, word) ||
           (whole && lemma.len == word.len && strncasecmp(lemma.data, word.data, word.len) == 0);
}

/* How many pieces from `at` on are a member of the set; 0 when none are. */
static size_t set_at(const struct own *own, size_t at, uint32_t set)
{
    char key[PETRARCH_KEY_BYTES];
    const struct piece *piece = &own->pieces[at];
    struct slice lemma = own->tree->tokens[piece->token].lemma;
    for (size_t n = petrarch_set_reach(own->petrarch, set); n > 0; n--) {
        struct slice phrase = key_at(own, at, n, key);
        if (phrase.len && petrarch_in_set(own->petrarch, set, phrase))
            return n;
    }
    size_t count;
    struct slice folded = petrarch_key(lemma, key, &count);
    return count == 1 && petrarch_in_set(own->petrarch, set, folded) ? 1 : 0;
}

static bool is_head_of_actor(const struct search *search, size_t at, bool several)
{
    const struct tree *tree = search->own->tree;
    uint32_t token = search->own->pieces[at].token;
    enum relation relation = tree_relation(tree, token);
    bool inside = relation == REL_AMOD || relation == REL_COMPOUND || relation == REL_FLAT ||
                  relation == REL_NMOD_POSS || relation == REL_NMOD_DESC;
    return !inside && (!several || tree_child(tree, token, REL_CONJ) != TREE_NONE) &&
           search->judge->is_actor(search->judge->user, token);
}

/* How many pieces from `at` on are the element; 0 when it is not there. */
static size_t element_at(struct search *search, const struct petrarch_element *element, size_t at)
{
    switch ((enum petrarch_kind)element->kind) {
    case PETRARCH_WORD:
        return is_word(search->own, at, element->word) ? 1 : 0;
    case PETRARCH_SET:
        return set_at(search->own, at, element->set);
    case PETRARCH_SOURCE:
    case PETRARCH_TARGET:
    case PETRARCH_ACTOR:
        return is_head_of_actor(search, at, false) ? 1 : 0;
    case PETRARCH_BOTH:
        return is_head_of_actor(search, at, true) ? 1 : 0;
    }
    return 0;
}

static void note_role(struct search *search, const struct petrarch_element *element, size_t at)
{
    uint32_t token = search->own->pieces[at].token;
    if (element->kind == PETRARCH_SOURCE || element->kind == PETRARCH_BOTH)
        search->match->source = token;
    if (element->kind == PETRARCH_TARGET)
        search->match->target = token;
}

static size_t distance_max(const struct petrarch_element *element)
{
    return element->gap == PETRARCH_JOINED ? 0 : element->gap == PETRARCH_NEAR ? NEAR : WINDOW;
}

/* Whether the elements stand behind piece `at` (exclusive), each as near as it must. */
static bool follows(struct search *search, const struct petrarch_element *elements, size_t count,
                    size_t from, size_t at)
{
    if (count == 0)
        return true;
    for (size_t away = 0; away <= distance_max(elements) && search->steps < STEPS_MAX; away++) {
        size_t here = at + away;
        search->steps++;
        if (here >= search->own->count || here - from > WINDOW ||
            !same_sentence(search->own, from, here))
            return false;
        size_t len = element_at(search, elements, here);
        if (len > 0 && follows(search, elements + 1, count - 1, from, here + len)) {
            note_role(search, elements, here);
            return true;
        }
    }
    return false;
}

/* Whether they stand before piece `at`, backwards. Members of sets of several pieces end there. */
static bool precedes(struct search *search, const struct petrarch_element *elements, size_t count,
                     size_t from, size_t at)
{
    if (count == 0)
        return true;
    for (size_t away = 0; away <= distance_max(elements) && search->steps < STEPS_MAX; away++) {
        search->steps++;
        if (at < away + 1 || from - (at - away - 1) > WINDOW ||
            !same_sentence(search->own, at - away - 1, from))
            return false;
        size_t here = at - away - 1;
        size_t longest = elements->kind == PETRARCH_SET
                             ? petrarch_set_reach(search->own->petrarch, elements->set)
                             : 1;
        for (size_t len = longest; len > 0; len--)
            if (here + 1 >= len && element_at(search, elements, here + 1 - len) == len &&
                precedes(search, elements + 1, count - 1, from, here + 1 - len)) {
                note_role(search, elements, here);
                return true;
            }
    }
    return false;
}

static bool holds(struct search *search, const struct petrarch_pattern *pattern, size_t from,
                  size_t to)
{
    search->steps = 0;
    return precedes(search, pattern->before, pattern->before_count, from, from) &&
           follows(search, pattern->after, pattern->after_count, from, to);
}

static void try_pattern(const struct own *own, const struct own_judge *judge,
                        const struct petrarch_pattern *pattern, size_t from, size_t to,
                        unsigned words, struct own_match *out)
{
    struct own_match match = {.source = TREE_NONE, .target = TREE_NONE, .words = words};
    struct search search = {own, judge, &match, 0};
    match.words += (unsigned)(pattern->before_count + pattern->after_count);
    match.forward = pattern->forward;
    match.backward = pattern->backward;
    if (match.words > out->words && holds(&search, pattern, from, to))
        *out = match;
}

static void try_verb(const struct own *own, const struct own_judge *judge, int32_t number,
                     size_t at, struct own_match *out)
{
    const struct petrarch_verb *verb = petrarch_verb_at(own->petrarch, number);
    const struct petrarch_pattern *mine = &verb->own;
    struct own_match ignored = {.source = TREE_NONE};
    struct search search = {own, judge, &ignored, 0};
    size_t count;
    if (!holds(&search, mine, at, at + 1))
        return;
    unsigned words = 1 + (unsigned)(mine->before_count + mine->after_count);
    if (words > out->words)
        *out = (struct own_match){mine->forward, mine->backward, TREE_NONE, TREE_NONE, words};
    const struct petrarch_pattern *patterns = petrarch_block(own->petrarch, verb->block, &count);
    for (size_t i = 0; i < count; i++)
        try_pattern(own, judge, &patterns[i], at - mine->before_count, at + 1 + mine->after_count,
                    words, out);
}

static void try_form(const struct own *own, const struct own_judge *judge, struct slice form,
                     size_t at, struct own_match *out)
{
    int32_t verb = petrarch_verb(own->petrarch, form);
    for (unsigned tried = 0; verb >= 0 && tried < CHAIN_MAX; tried++) {
        try_verb(own, judge, verb, at, out);
        verb = petrarch_verb_at(own->petrarch, verb)->next;
    }
}

bool own_verb(const struct own *own, uint32_t verb, const struct own_judge *judge,
              struct own_match *out)
{
    char key[PETRARCH_KEY_BYTES];
    size_t count;
    *out = (struct own_match){.source = TREE_NONE, .target = TREE_NONE};
    if (!own || own->first_piece[verb] == own->first_piece[verb + 1])
        return false;
    size_t at = own->first_piece[verb];
    try_form(own, judge, own->pieces[at].fold, at, out);
    struct slice lemma = petrarch_key(own->tree->tokens[verb].lemma, key, &count);
    if (count == 1 && !slice_equal(lemma, own->pieces[at].fold))
        try_form(own, judge, lemma, at, out);
    return out->words > 0;
}
