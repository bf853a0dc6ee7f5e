/* Collects the irregular lemmas. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/syntax/lemma.h"
#include "worker/analysis/syntax/train/export.h"
#include "worker/analysis/syntax/train/memory.h"

#define SLOTS      (1u << 15)
#define LEMMA_MAX  48
#define FORM_ROOM  256
#define ARENA_SIZE ((size_t)64 << 20)

static struct lemma_slot *slot_of(const struct lemma_table *table, uint32_t hash)
{
    uint32_t at = hash & (table->size - 1);
    while (table->slots[at].hash && table->slots[at].hash != hash)
        at = (at + 1) & (table->size - 1);
    return &table->slots[at];
}

/* The first lemma given for a form stays. */
static void add(struct lemma_table *table, struct slice lower, enum xpos xpos, const char *lemma)
{
    size_t len = strlen(lemma);
    struct lemma_slot *slot = slot_of(table, lemma_hash(lower, xpos));
    if (slot->hash || len == 0 || len > LEMMA_MAX)
        return;
    if (++table->used > table->size / 4 * 3)
        stop("more irregular lemmas than expected: raise SLOTS");
    table->pool = grow(table->pool, table->pool_len + len + 1);
    table->pool[table->pool_len] = (char)len;
    memcpy(table->pool + table->pool_len + 1, lemma, len);
    *slot = (struct lemma_slot){lemma_hash(lower, xpos), table->pool_len + 1};
    table->pool_len += (uint32_t)len + 1;
}

/* ---- the treebank ---- */

struct seen {
    char form[FORM_ROOM]; /* lower case */
    const char *lemma;
    enum upos upos;
    enum xpos xpos;
    unsigned count;
};

static int compare(const void *left, const void *right)
{
    const struct seen *a = left, *b = right;
    int order = strcmp(a->form, b->form);
    if (order == 0)
        order = (int)a->xpos - (int)b->xpos;
    return order ? order : strcmp(a->lemma, b->lemma);
}

static void lower_case(const char *form, char out[FORM_ROOM])
{
    struct slice text = slice_from(form);
    size_t len = 0;
    for (size_t at = 0; at < text.len && len + 8 < FORM_ROOM;) {
        UChar32 point = (UChar32)utf8_next(text, &at);
        len += utf8_put((uint32_t)(point == 0x2019 ? '\'' : u_tolower(point)), out + len);
    }
    out[len] = 0;
}

static size_t gather(const struct conllu *treebank, struct seen *out)
{
    size_t count = 0;
    for (size_t i = 0; i < treebank->token_count; i++) {
        const struct conllu_token *token = &treebank->tokens[i];
        if (token->upos == UPOS_PROPN || token->upos == UPOS_PUNCT || token->upos == UPOS_X ||
            strcmp(token->lemma, "_") == 0)
            continue;
        out[count] = (struct seen){
            .lemma = token->lemma, .upos = token->upos, .xpos = token->xpos, .count = 1};
        lower_case(token->form, out[count++].form);
    }
    qsort(out, count, sizeof *out, compare);
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (compare(&out[kept], &out[i]) == 0)
            out[kept].count++;
        else
            out[++kept] = out[i];
    }
    return count ? kept + 1 : 0;
}

/* Among the lemmas of a form and tag the commonest, if the rules give another. */
static void add_seen(struct lemma_table *table, const struct model *model, const struct seen *seen,
                     size_t count, struct arena *arena)
{
    for (size_t i = 0, next; i < count; i = next) {
        const struct seen *best = &seen[i];
        for (next = i; next < count && seen[next].xpos == seen[i].xpos &&
                       strcmp(seen[next].form, seen[i].form) == 0;
             next++)
            if (seen[next].count > best->count)
                best = &seen[next];
        struct slice form = slice_from(best->form);
        if (!slice_is(lemma_of(model, form, best->upos, best->xpos, arena), best->lemma))
            add(table, form, best->xpos, best->lemma);
    }
}

static void add_treebank(struct lemma_table *table, const struct model *model,
                         const struct conllu *treebank)
{
    struct seen *seen = allocate(treebank->token_count + 1, sizeof *seen);
    struct arena *arena = arena_new(ARENA_SIZE);
    struct model_header header = {.lemma_slots = 2};
    struct lemma_slot none[2] = {{0}};
    struct model rules = {.words = model->words, .header = &header, .lemmas = none};
    if (!arena)
        stop("no memory");
    add_seen(table, &rules, seen, gather(treebank, seen), arena);
    arena_free(arena);
    free(seen);
}

/* ---- WordNet ---- */

static const enum xpos noun_tags[] = {XPOS_NNS, XPOS_NONE};
static const enum xpos past_tags[] = {XPOS_VBD, XPOS_VBN, XPOS_NONE};
static const enum xpos ing_tags[] = {XPOS_VBG, XPOS_NONE};
static const enum xpos more_tags[] = {XPOS_JJR, XPOS_RBR, XPOS_NONE};
static const enum xpos most_tags[] = {XPOS_JJS, XPOS_RBS, XPOS_NONE};

static const enum xpos *tags_of(const char *part, const char *form)
{
    size_t len = strlen(form);
    if (strcmp(part, "noun") == 0)
        return noun_tags;
    if (strcmp(part, "verb") == 0)
        return len > 4 && strcmp(form + len - 3, "ing") == 0 ? ing_tags : past_tags;
    return len > 4 && strcmp(form + len - 3, "est") == 0 ? most_tags : more_tags;
}

static void add_exceptions(struct lemma_table *table, const char *wordnet, const char *part)
{
    char path[4096], line[512], form[256], lemma[256];
    (void)snprintf(path, sizeof path, "%s/%s.exc", wordnet, part);
    FILE *file = fopen(path, "r");
    if (!file)
        stop("%s: cannot be read", path);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%255s %255s", form, lemma) != 2 || strpbrk(form, "_-"))
            continue;
        for (const enum xpos *tag = tags_of(part, form); *tag; tag++)
            add(table, slice_from(form), *tag, lemma);
    }
    (void)fclose(file);
}

void lemmas_collect(const struct model *model, const struct conllu *treebank, const char *wordnet,
                    struct lemma_table *out)
{
    *out = (struct lemma_table){.slots = allocate(SLOTS, sizeof *out->slots), .size = SLOTS};
    add_treebank(out, model, treebank);
    add_exceptions(out, wordnet, "noun");
    add_exceptions(out, wordnet, "verb");
    add_exceptions(out, wordnet, "adj");
    add_exceptions(out, wordnet, "adv");
}

void lemmas_free(struct lemma_table *table)
{
    free(table->slots);
    free(table->pool);
}
