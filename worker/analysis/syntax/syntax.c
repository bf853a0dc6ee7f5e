/* The stages of the syntax: the tokens of English texts, then their tags, lemmas and trees.
 *
 * Everything is linear in the text. A sentence of the text may turn out to be several (a signature,
 * a heading without a stop): each is a tree with a root. So is each part of SENTENCE_MAX tokens of
 * one that is longer (a table, a list). Tokens past TOKENS_MAX of an article, far behind any news
 * text's end, are left out. */
#include "worker/analysis/stages.h"
#include "worker/analysis/syntax/lemma.h"
#include "worker/analysis/syntax/network.h"
#include "worker/analysis/syntax/tokenizer.h"
#include "worker/analysis/syntax/tree.h"

#define SENTENCE_MAX 400
#define TOKENS_MAX   200000

_Static_assert(NETWORK_TOKENS >= SENTENCE_MAX && NETWORK_FORMS >= NETWORK_TOKENS, "a part fits");

static enum status keep_tokens(struct doc *doc, const struct token_list *list,
                               const uint32_t *sentence_ends, struct arena *arena)
{
    doc->tokens = arena_array(arena, list->count, sizeof *doc->tokens);
    if (!doc->tokens)
        return STATUS_REJECT;
    doc->token_count = list->count;
    uint32_t sentence = 0;
    for (size_t i = 0; i < list->count; i++) {
        while (i >= sentence_ends[sentence])
            sentence++;
        doc->tokens[i] = (struct doc_token){.from = list->items[i].from,
                                            .to = list->items[i].to,
                                            .head = DOC_TOKEN_NONE,
                                            .sentence = sentence};
    }
    return STATUS_OK;
}

enum status tokens_run(struct doc *doc, struct arena *arena)
{
    struct token_list list = {NULL, 0, 0};
    if (!doc->network || !doc_language_is(doc, "en") || doc->sentence_count == 0)
        return STATUS_OK;
    uint32_t *ends = arena_array(arena, doc->sentence_count, sizeof *ends);
    if (!ends)
        return STATUS_REJECT;
    for (size_t i = 0; i < doc->sentence_count; i++) {
        size_t before = list.count;
        if (list.count < TOKENS_MAX &&
            tokenizer_cut(doc->text, doc->sentences[i].from, doc->sentences[i].to, &list, arena) !=
                STATUS_OK)
            return STATUS_REJECT;
        if (list.count > TOKENS_MAX)
            list.count = before;
        ends[i] = (uint32_t)list.count;
    }
    return keep_tokens(doc, &list, ends, arena);
}

/* ---- syntax ---- */

/* A sentence, or a piece of one. */
struct part {
    uint32_t from, count; /* tokens, at most SENTENCE_MAX */
};

struct part_list {
    struct part *items;
    size_t count, capacity;
};

struct reading {
    struct doc *doc;
    uint32_t tokens; /* room in what follows */
    uint32_t *numbers;
    struct token_features *features;
    struct network_token *found;
    struct part_list pieces; /* of parts that turned out to be several sentences */
    struct arena *arena;
};

static enum status add_part(struct part_list *list, size_t from, size_t to, struct arena *arena)
{
    void *items = list->items;
    struct part *part = arena_push(&items, &list->count, &list->capacity, sizeof *part, arena);
    list->items = items;
    if (!part)
        return STATUS_REJECT;
    *part = (struct part){(uint32_t)from, (uint32_t)(to - from)};
    return STATUS_OK;
}

static enum status cut_into_parts(const struct doc *doc, struct part_list *out, struct arena *arena)
{
    for (size_t from = 0, to; from < doc->token_count; from = to) {
        to = from + 1;
        while (to < doc->token_count && to - from < SENTENCE_MAX &&
               doc->tokens[to].sentence == doc->tokens[from].sentence)
            to++;
        if (add_part(out, from, to, arena) != STATUS_OK)
            return STATUS_REJECT;
    }
    return STATUS_OK;
}

/* The longest first, otherwise in the order of the text. */
static struct part *by_length(const struct part_list *list, struct arena *arena)
{
    uint32_t at[SENTENCE_MAX + 2] = {0};
    struct part *sorted = arena_array(arena, list->count, sizeof *sorted);
    for (size_t i = 0; i < list->count; i++)
        at[list->items[i].count]++;
    for (size_t length = SENTENCE_MAX + 1; length-- > 0;)
        at[length] += at[length + 1];
    for (size_t i = 0; sorted && i < list->count; i++)
        sorted[at[list->items[i].count + 1]++] = list->items[i];
    return sorted;
}

/* Takes parts that fit together; returns how many. */
static uint32_t fill_batch(const struct reading *at, const struct part *parts, size_t count,
                           struct network_batch *out)
{
    *out = (struct network_batch){.forms = at->numbers};
    while (out->count < NETWORK_TOGETHER && out->count < count) {
        uint32_t end = out->starts[out->count] + parts[out->count].count;
        if (end > at->tokens)
            break;
        out->starts[++out->count] = end;
    }
    return out->count;
}

/* Numbers the batch's forms; the network looks at those that are new. */
static void look_at(struct reading *at, const struct part *parts, const struct network_batch *batch)
{
    const struct doc *doc = at->doc;
    const struct model *model = network_model(doc->network);
    struct forms *forms = network_forms(doc->network);
    uint32_t *number = at->numbers, fresh = 0;
    if (forms->count + batch->starts[batch->count] > forms->limit)
        forms_clear(forms);
    uint32_t first = forms->count;
    for (uint32_t p = 0; p < batch->count; p++)
        for (uint32_t i = parts[p].from; i < parts[p].from + parts[p].count; i++) {
            struct slice form = slice_sub(doc->text, doc->tokens[i].from, doc->tokens[i].to);
            *number = forms_number(forms, form);
            if (*number == first + fresh)
                features_of(form, &model->words, model->header->buckets, &at->features[fresh++]);
            else if (*number < first)
                network_fetch(doc->network, *number);
            number++;
        }
    network_look_at(doc->network, first, at->features, fresh);
}

static void take_tree(struct doc *doc, const struct part *part, const struct network_token *found)
{
    for (uint32_t i = 0; i < part->count; i++, found++) {
        struct doc_token *token = &doc->tokens[part->from + i];
        token->upos = found->upos;
        token->xpos = found->xpos;
        token->relation = found->relation;
        token->head = found->head == part->count ? DOC_TOKEN_NONE : part->from + found->head;
    }
}

/* Where a sentence starts inside a part that no mark divides from the one before, the part is cut
 * and its pieces are read again, each by itself. */
static enum status divide(struct reading *at, const struct part *part,
                          const struct network_token *found)
{
    uint32_t start = 0;
    for (uint32_t end = 1; end <= part->count; end++) {
        bool last = end == part->count;
        if ((last && start == 0) || (!last && !found[end].starts))
            continue;
        if (add_part(&at->pieces, part->from + start, part->from + end, at->arena) != STATUS_OK)
            return STATUS_REJECT;
        start = end;
    }
    return STATUS_OK;
}

static enum status read_parts(struct reading *at, const struct part_list *list, bool may_divide)
{
    struct doc *doc = at->doc;
    const struct part *parts = by_length(list, at->arena);
    struct network_batch batch;
    if (!parts && list->count > 0)
        return STATUS_REJECT;
    for (size_t i = 0; i < list->count; i += batch.count) {
        (void)fill_batch(at, parts + i, list->count - i, &batch);
        look_at(at, parts + i, &batch);
        network_read(doc->network, &batch, at->found);
        for (uint32_t p = 0; may_divide && p < batch.count; p++)
            if (divide(at, &parts[i + p], at->found + batch.starts[p]) != STATUS_OK)
                return STATUS_REJECT;
        network_parse(doc->network, &batch, at->found);
        for (uint32_t p = 0; p < batch.count; p++)
            take_tree(doc, &parts[i + p], at->found + batch.starts[p]);
    }
    return STATUS_OK;
}

static enum status find_lemmas(struct doc *doc, struct arena *arena)
{
    const struct model *model = network_model(doc->network);
    for (size_t i = 0; i < doc->token_count; i++) {
        struct doc_token *token = &doc->tokens[i];
        token->lemma = lemma_of(model, slice_sub(doc->text, token->from, token->to),
                                (enum upos)token->upos, (enum xpos)token->xpos, arena);
        if (!token->lemma.data)
            return STATUS_REJECT;
    }
    return STATUS_OK;
}

static enum status give_result(struct doc *doc, struct arena *arena)
{
    struct result_token *out = arena_array(arena, doc->token_count, sizeof *out);
    if (!out)
        return STATUS_REJECT;
    for (size_t i = 0; i < doc->token_count; i++) {
        const struct doc_token *token = &doc->tokens[i];
        out[i] = (struct result_token){
            .start = doc_point(doc, token->from),
            .end = doc_point(doc, token->to),
            .upos = slice_from(upos_name((enum upos)token->upos)),
            .lemma = token->lemma,
            .head = token->head == DOC_TOKEN_NONE ? -1 : (int64_t)token->head,
            .deprel = slice_from(relation_name((enum relation)token->relation))};
    }
    doc->result->tokens = (struct field_list){out, doc->token_count};
    return STATUS_OK;
}

static enum status prepare(struct reading *at)
{
    struct doc *doc = at->doc;
    size_t count = doc->token_count;
    at->tokens = count < NETWORK_TOKENS ? (uint32_t)count : NETWORK_TOKENS;
    at->numbers = arena_array(at->arena, at->tokens, sizeof *at->numbers);
    at->features = arena_array(at->arena, at->tokens, sizeof *at->features);
    at->found = arena_array(at->arena, at->tokens, sizeof *at->found);
    return at->numbers && at->features && at->found ? STATUS_OK : STATUS_REJECT;
}

static enum status read_all(struct doc *doc, struct arena *arena)
{
    struct reading at = {.doc = doc, .arena = arena};
    struct part_list parts = {NULL, 0, 0};
    if (prepare(&at) != STATUS_OK || cut_into_parts(doc, &parts, arena) != STATUS_OK ||
        read_parts(&at, &parts, true) != STATUS_OK)
        return STATUS_REJECT;
    struct part_list pieces = at.pieces; /* read as they are: no more are added */
    return read_parts(&at, &pieces, false);
}

enum status syntax_run(struct doc *doc, struct arena *arena)
{
    if (doc->token_count == 0)
        return STATUS_OK;
    if (read_all(doc, arena) != STATUS_OK || find_lemmas(doc, arena) != STATUS_OK ||
        tree_make(doc, arena) != STATUS_OK)
        return STATUS_REJECT;
    return doc->give_tokens ? give_result(doc, arena) : STATUS_OK;
}
