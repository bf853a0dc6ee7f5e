/* From noun phrases to codes of actors. */
#include "worker/analysis/events/actors.h"

#include "common/clock.h"
#include "worker/analysis/names/spans.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/words.h"

#define PHRASE_BYTES 160
#define KNOWN_MAX    64  /* persons whose office is remembered */
#define PERSON_REACH 100 /* tokens before a pronoun that are searched for a person */
#define DEPTH_MAX    4   /* modifiers of modifiers */
#define DAY_MS       INT64_C(86400000)

#define RECENT_MAX 64 /* a power of two */

/* What actor_of() said of a token; it says so again until another person's office is known. */
struct recent {
    struct actor actor;
    size_t known_count;
    bool is_actor, taken;
};

/* A person whose office was given. */
struct known {
    struct slice key, code, sector;
};

struct actors {
    const struct tree *tree;
    struct own *own;   /* NULL: no dictionaries of the user's */
    uint32_t *name_of; /* of each token: 1 + index of the name it is in */
    struct slice *country_of_sentence;
    struct known known[KNOWN_MAX];
    size_t known_count;
    struct recent recent[RECENT_MAX]; /* by token */
    int64_t day;                      /* of the article, since 1970; INT64_MIN when unknown */
};

static const struct result_name *name_at(const struct actors *actors, uint32_t token)
{
    const struct result *result = actors->tree->doc->result;
    uint32_t index = actors->name_of[token];
    return index ? field_at(result->names, struct result_name, index - 1) : NULL;
}

/* Both lists are in the order of the text. */
static void join_names(struct actors *actors)
{
    const struct doc *doc = actors->tree->doc;
    size_t name = 0;
    for (uint32_t i = 0; i < actors->tree->count; i++) {
        uint32_t at = doc->tokens[i].from;
        while (name < doc->name_count && doc->names[name].to <= at)
            name++;
        bool inside = name < doc->name_count && doc->names[name].from <= at;
        actors->name_of[i] = inside ? (uint32_t)name + 1 : 0;
    }
}

static struct slice alpha_3(struct slice two)
{
    size_t low = 0, high = country_code_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = slice_compare(slice_from(country_codes[middle].alpha_2), two);
        if (order == 0)
            return slice_from(country_codes[middle].alpha_3);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SLICE_NULL;
}

static struct slice country_of(const struct result_name *name)
{
    const struct slice prefix = SLICE_LITERAL("country:");
    if (!name || !name->key.data || !slice_starts_with(name->key, prefix))
        return SLICE_NULL;
    return alpha_3(slice_sub(name->key, prefix.len, name->key.len));
}

/* The country that one word names by itself: "Montenegro Municipality Association". */
static struct slice country_of_word(struct slice word)
{
    char fold[WORDS_FOLD_BYTES];
    size_t len = words_fold(word, fold);
    const struct lexicon_entry *entry =
        lexicon_look_up(&gazetteer_lexicon, (struct slice){fold, len});
    if (!entry || entry->value == LEXICON_PREFIX_ONLY || entry->more == 0)
        return SLICE_NULL;
    const struct gazetteer_row *row = &gazetteer_rows[entry->value];
    bool sure = (row->kind == GAZETTEER_COUNTRY || row->kind == GAZETTEER_DEMONYM) &&
                !(row->flags & GAZETTEER_UNSURE) && (row->languages & 1);
    const struct result_name name = {.key = slice_from(gazetteer_entities[row->entity].key)};
    return sure ? country_of(&name) : SLICE_NULL;
}

/* The country of the place that the token is part of. */
static struct slice country_of_place(const struct actors *actors, uint32_t token)
{
    const struct doc *doc = actors->tree->doc;
    const struct field_list *places = &doc->result->places;
    uint32_t at = doc_point(doc, doc->tokens[token].from);
    size_t low = 0, high = places->count;
    while (low < high) { /* they are in the order of the text */
        size_t middle = (low + high) / 2;
        const struct result_place *place = field_at(*places, struct result_place, middle);
        if (place->start <= at && at < place->end)
            return place->country.data ? alpha_3(place->country) : place->country;
        if (place->end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return SLICE_NULL;
}

static void note_countries(struct actors *actors)
{
    const struct doc *doc = actors->tree->doc;
    for (uint32_t i = 0; i < actors->tree->count; i++) {
        struct slice *of = &actors->country_of_sentence[doc->tokens[i].sentence];
        if (!of->data && actors->name_of[i])
            *of = country_of(name_at(actors, i));
    }
}

enum status actors_new(const struct tree *tree, struct actors **out, struct arena *arena)
{
    struct actors *actors = arena_alloc(arena, sizeof *actors);
    *out = actors;
    if (!actors)
        return STATUS_REJECT;
    memset(actors, 0, sizeof *actors);
    actors->tree = tree;
    actors->name_of = arena_array(arena, tree->count, sizeof *actors->name_of);
    actors->country_of_sentence =
        arena_array(arena, tree->doc->sentence_count + 1, sizeof *actors->country_of_sentence);
    if (!actors->name_of || !actors->country_of_sentence)
        return STATUS_REJECT;
    memset(actors->country_of_sentence, 0,
           (tree->doc->sentence_count + 1) * sizeof *actors->country_of_sentence);
    int64_t published = tree->doc->result->published_ms;
    actors->day = published == CLOCK_NONE ? INT64_MIN : published / DAY_MS;
    join_names(actors);
    note_countries(actors);
    return own_new(tree, &actors->own, arena);
}

const struct own *actors_own(const struct actors *actors)
{
    return actors->own;
}

size_t actors_known_offices(const struct actors *actors)
{
    return actors->known_count;
}

struct slice actor_country_of_sentence(struct actors *actors, uint32_t token)
{
    return actors->country_of_sentence[actors->tree->tokens[token].sentence];
}

/* ---- words to keys of the tables ---- */

static bool is_divider(char byte)
{
    return byte == ' ' || byte == '-' || byte == '.' || byte == ',' || byte == '\'' ||
           byte == '\n' || byte == '"';
}

/* As lists.py folds: words in lower case with one space between; empty when it is too long. */
static struct slice fold_phrase(struct slice text, char out[PHRASE_BYTES])
{
    char fold[WORDS_FOLD_BYTES];
    size_t len = 0;
    for (size_t from = 0, to; from < text.len; from = to + 1) {
        for (to = from; to < text.len && !is_divider(text.data[to]);)
            to++;
        size_t folded = words_fold(slice_sub(text, from, to), fold);
        if (len + folded + 1 > PHRASE_BYTES)
            return (struct slice){out, 0};
        if (folded == 0)
            continue;
        if (len > 0)
            out[len++] = ' ';
        memcpy(out + len, fold, folded);
        len += folded;
    }
    return (struct slice){out, len};
}

static struct slice text_or_null(const char *text)
{
    return *text ? slice_from(text) : SLICE_NULL;
}

/* A group, a body or a head of state, in office on the article's day; an article without a date
 * takes the last one. */
static bool named(const struct actors *actors, struct slice key, struct actor *out)
{
    const struct lexicon_entry *entry = lexicon_look_up(&named_actor_lexicon, key);
    if (!entry || entry->value == LEXICON_PREFIX_ONLY)
        return false;
    for (uint32_t i = entry->more; i-- > 0;) {
        const struct named_actor *row = &named_actors[entry->value + (int32_t)i];
        bool in_office =
            actors->day == INT64_MIN || (actors->day >= row->from_day && actors->day < row->to_day);
        if (!in_office && i > 0)
            continue;
        if (!out->code.data)
            out->code = text_or_null(row->code);
        if (!out->sector.data)
            out->sector = in_office ? text_or_null(row->sector) : SLICE_LITERAL("ELI");
        return true;
    }
    return false;
}

static struct slice sector_of_key(struct slice key)
{
    const struct lexicon_entry *entry = lexicon_look_up(&sector_lexicon, key);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? slice_from(sector_names[entry->value])
                                                        : SLICE_NULL;
}

/* By the lemma, with the word before it when the two are known together ("prime minister"). */
static struct slice sector_of(const struct actors *actors, uint32_t token)
{
    const struct tree *tree = actors->tree;
    char key[PHRASE_BYTES], two[2 * PHRASE_BYTES];
    struct slice own = own_sector(actors->own, token);
    if (own.data)
        return own;
    struct slice lemma = fold_phrase(tree->tokens[token].lemma, key);
    if (token > 0 && tree->tokens[token - 1].sentence == tree->tokens[token].sentence) {
        const struct doc_token *before = &tree->tokens[token - 1];
        char first[PHRASE_BYTES];
        struct slice fold =
            fold_phrase(slice_sub(tree->doc->text, before->from, before->to), first);
        memcpy(two, fold.data, fold.len);
        two[fold.len] = ' ';
        memcpy(two + fold.len + 1, lemma.data, lemma.len);
        struct slice sector = sector_of_key((struct slice){two, fold.len + 1 + lemma.len});
        if (fold.len > 0 && sector.data)
            return sector;
    }
    struct slice sector = sector_of_key(lemma);
    bool plural = lemma.len > 3 && lemma.data[lemma.len - 1] == 's';
    return sector.data || !plural ? sector : sector_of_key(slice_sub(lemma, 0, lemma.len - 1));
}

/* ---- the phrase ---- */

static bool is_left_modifier(enum relation relation)
{
    return relation == REL_AMOD || relation == REL_COMPOUND || relation == REL_NMOD_POSS ||
           relation == REL_NMOD_DESC || relation == REL_FLAT || relation == REL_NUMMOD;
}

static void extend(const struct tree *tree, uint32_t head, unsigned depth, struct actor *out)
{
    if (tree->tokens[head].from < out->from)
        out->from = tree->tokens[head].from;
    if (tree->tokens[head].to > out->to)
        out->to = tree->tokens[head].to;
    for (uint32_t c = tree->first_child[head]; c != TREE_NONE && depth < DEPTH_MAX;
         c = tree->next_sibling[c])
        if (is_left_modifier(tree_relation(tree, c)))
            extend(tree, c, depth + 1, out);
}

/* What a word says by itself: the name it is part of, or a group's. */
static void take_name(const struct actors *actors, uint32_t token, struct actor *out)
{
    const struct result_name *name = name_at(actors, token);
    struct petrarch_role role;
    char key[PHRASE_BYTES];
    if (own_actor(actors->own, token, actors->day, &role)) {
        out->code = out->code.data ? out->code : role.code;
        out->sector = out->sector.data ? out->sector : role.sector;
        return;
    }
    if (!name)
        return;
    struct slice country = country_of(name);
    bool is_government = slice_is(name->type, "organization");
    if (country.data && !out->code.data) {
        out->code = country;
        if (is_government && !out->sector.data)
            out->sector = SLICE_LITERAL("GOV");
        return;
    }
    if (name->key.data && named(actors, name->key, out))
        return;
    struct slice folded = fold_phrase(name->name, key);
    if (folded.len > 0 && named(actors, folded, out))
        return;
    folded = fold_phrase(name->text, key);
    if (folded.len > 0 && named(actors, folded, out))
        return;
    if (!out->code.data && !slice_is(name->type, "person"))
        out->code = country_of_place(actors, token);
    if (!out->code.data)
        out->code =
            country_of_word(slice_sub(actors->tree->doc->text, actors->tree->tokens[token].from,
                                      actors->tree->tokens[token].to));
}

static void take_modifiers(const struct actors *actors, uint32_t head, unsigned depth,
                           struct actor *out);

/* From "of …", "from …", "in …". */
static void take_places(const struct actors *actors, uint32_t head, unsigned depth,
                        struct actor *out)
{
    const struct tree *tree = actors->tree;
    static const char *const places[] = {"of", "from", "in", NULL};
    for (uint32_t c = tree->first_child[head]; c != TREE_NONE && !out->code.data;
         c = tree->next_sibling[c]) {
        uint32_t preposition =
            tree_relation(tree, c) == REL_NMOD ? tree_child(tree, c, REL_CASE) : TREE_NONE;
        if (preposition != TREE_NONE && tree_lemma_in(tree, preposition, places)) {
            take_name(actors, c, out);
            if (!out->code.data && depth < DEPTH_MAX)
                take_modifiers(actors, c, depth + 1, out);
        }
    }
}

/* From the modifiers before the head and the apposition, then from where it belongs to. */
static void take_modifiers(const struct actors *actors, uint32_t head, unsigned depth,
                           struct actor *out)
{
    const struct tree *tree = actors->tree;
    for (uint32_t c = tree->first_child[head]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        if (!is_left_modifier(relation) && relation != REL_APPOS)
            continue;
        if (!out->code.data)
            take_name(actors, c, out);
        bool title = relation == REL_APPOS || (tree_upos(tree, head) == UPOS_PROPN &&
                                               relation != REL_AMOD && relation != REL_NMOD_POSS);
        if (title && !out->sector.data)
            out->sector = sector_of(actors, c);
        if (depth < DEPTH_MAX)
            take_modifiers(actors, c, depth + 1, out);
    }
    take_places(actors, head, depth, out);
}

/* A person keeps the office that was given once. */
static void remember(struct actors *actors, uint32_t head, struct actor *out)
{
    const struct result_name *name = name_at(actors, head);
    if (!name || !name->key.data || !slice_is(name->type, "person"))
        return;
    for (size_t i = 0; i < actors->known_count; i++) {
        struct known *known = &actors->known[i];
        if (!slice_equal(known->key, name->key))
            continue;
        out->code = out->code.data ? out->code : known->code;
        out->sector = out->sector.data ? out->sector : known->sector;
        return;
    }
    bool tells = out->code.data || out->sector.data;
    if (tells && actors->known_count < KNOWN_MAX)
        actors->known[actors->known_count++] = (struct known){name->key, out->code, out->sector};
}

/* The head of the last person's name before the token: whom "he" and "her" mean; TREE_NONE. */
static uint32_t person_before(const struct actors *actors, uint32_t token)
{
    const struct tree *tree = actors->tree;
    for (uint32_t i = token; i-- > 0 && token - i <= PERSON_REACH;) {
        const struct result_name *name = name_at(actors, i);
        uint32_t head = tree_head(tree, i);
        bool top = head == TREE_NONE || actors->name_of[head] != actors->name_of[i];
        if (name && top && slice_is(name->type, "person"))
            return i;
    }
    return TREE_NONE;
}

/* A pronoun of a person has the country and office of the one it means. */
static void take_antecedent(struct actors *actors, uint32_t head, struct actor *out)
{
    static const char *const pronouns[] = {"he", "she", "his", "her", "him", NULL};
    struct actor person;
    if (tree_upos(actors->tree, head) != UPOS_PRON || !tree_lemma_in(actors->tree, head, pronouns))
        return;
    uint32_t before = person_before(actors, head);
    if (before == TREE_NONE || !actor_of(actors, before, &person))
        return;
    out->code = person.code;
    out->sector = person.sector;
}

static bool read_actor(struct actors *actors, uint32_t head, struct actor *out)
{
    const struct tree *tree = actors->tree;
    char key[PHRASE_BYTES];
    *out =
        (struct actor){.token = head, .from = UINT32_MAX, .code = SLICE_NULL, .sector = SLICE_NULL};
    if (head == TREE_NONE)
        return false;
    extend(tree, head, 0, out);
    struct petrarch_role role;
    bool own = own_actor(actors->own, head, actors->day, &role);
    if (own && !role.code.data && !role.sector.data)
        return false; /* the user's dictionary says so */
    struct slice phrase = fold_phrase(slice_sub(tree->doc->text, out->from, out->to), key);
    if (own || phrase.len == 0 || !named(actors, phrase, out)) {
        enum upos upos = tree_upos(tree, head);
        if (upos != UPOS_NOUN && upos != UPOS_PROPN && upos != UPOS_ADJ && upos != UPOS_PRON &&
            upos != UPOS_NUM && upos != UPOS_X)
            return false;
        out->sector = own && role.sector.data ? role.sector : sector_of(actors, head);
        bool elsewhere = tree_child_lemma(tree, head, REL_AMOD, "ethnic") != TREE_NONE;
        if (elsewhere)
            take_places(actors, head, 0, out);
        take_name(actors, head, out);
        take_modifiers(actors, head, 0, out);
        if (!out->code.data && !out->sector.data)
            take_antecedent(actors, head, out);
    }
    remember(actors, head, out);
    return out->code.data || out->sector.data;
}

bool actor_of(struct actors *actors, uint32_t head, struct actor *out)
{
    struct recent *recent = &actors->recent[head % RECENT_MAX];
    bool fresh =
        recent->taken && recent->actor.token == head && recent->known_count == actors->known_count;
    if (!fresh) {
        bool is_actor = read_actor(actors, head, out); /* may ask for another one */
        *recent = (struct recent){*out, actors->known_count, is_actor, true};
    }
    *out = recent->actor;
    return recent->is_actor;
}

bool actor_second(struct actors *actors, const struct actor *first, struct actor *out)
{
    const struct tree *tree = actors->tree;
    for (uint32_t c = tree->first_child[first->token]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        uint32_t other =
            relation == REL_AMOD || relation == REL_COMPOUND || relation == REL_NMOD_POSS
                ? tree_child(tree, c, REL_CONJ)
                : TREE_NONE;
        struct slice code = other == TREE_NONE ? SLICE_NULL : country_of(name_at(actors, other));
        if (!code.data || slice_equal(code, first->code))
            continue;
        *out = *first;
        out->code = code;
        return true;
    }
    return false;
}

static bool country_below(struct actors *actors, uint32_t head, unsigned depth, struct actor *out)
{
    const struct tree *tree = actors->tree;
    for (uint32_t c = tree->first_child[head]; c != TREE_NONE; c = tree->next_sibling[c]) {
        enum relation relation = tree_relation(tree, c);
        bool clause = relation == REL_ACL || relation == REL_CCOMP || relation == REL_NSUBJ ||
                      relation == REL_OBJ || relation == REL_ADVCL || relation == REL_CONJ;
        if (!is_left_modifier(relation) && relation != REL_NMOD && relation != REL_APPOS && !clause)
            continue;
        bool found = actor_of(actors, c, out) && (out->code.data || relation == REL_NMOD);
        if (found || (depth < DEPTH_MAX && country_below(actors, c, depth + 1, out)))
            return true;
    }
    return false;
}

bool actor_inside(struct actors *actors, uint32_t head, struct actor *out)
{
    return head != TREE_NONE && country_below(actors, head, 0, out);
}
