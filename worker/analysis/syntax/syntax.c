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

#define SENTENCE_MAX 400
#define TOKENS_MAX   200000

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

struct reading {
    struct doc *doc;
    struct network_space *space;
    struct token_features *features;
    struct network_token *found;
    bool *starts;
};

static size_t sentence_end(const struct doc *doc, size_t from)
{
    size_t end = from;
    while (end < doc->token_count && doc->tokens[end].sentence == doc->tokens[from].sentence)
        end++;
    return end;
}

static void look_at(struct reading *at, size_t from, size_t to)
{
    struct doc *doc = at->doc;
    const struct model *model = network_model(doc->network);
    for (size_t i = from; i < to; i++)
        features_of(slice_sub(doc->text, doc->tokens[i].from, doc->tokens[i].to), &model->words,
                    model->header->buckets, &at->features[i - from]);
}

/* Parses [from, to), which was tagged last, as one sentence. */
static void take_tree(struct reading *at, size_t from, size_t to)
{
    struct doc *doc = at->doc;
    uint32_t count = (uint32_t)(to - from);
    network_parse(doc->network, at->space, count, at->found);
    for (uint32_t i = 0; i < count; i++) {
        struct doc_token *token = &doc->tokens[from + i];
        const struct network_token *found = &at->found[i];
        token->upos = found->upos;
        token->xpos = found->xpos;
        token->relation = found->relation;
        token->head = found->head == count ? DOC_TOKEN_NONE : (uint32_t)from + found->head;
    }
}

/* Reads [from, to), at most SENTENCE_MAX tokens. Where a sentence starts inside that no mark
 * divides from the one before, each is read by itself. */
static void read_part(struct reading *at, size_t from, size_t to)
{
    const struct doc *doc = at->doc;
    size_t count = to - from, start = 0;
    look_at(at, from, to);
    network_tag(doc->network, at->space, at->features, (uint32_t)count, at->found);
    for (size_t i = 0; i < count; i++)
        at->starts[i] = at->found[i].starts;
    for (size_t end = 1; end <= count; end++) {
        if (end < count && !at->starts[end])
            continue;
        if (end - start < count)
            network_tag(doc->network, at->space, at->features + start, (uint32_t)(end - start),
                        at->found);
        take_tree(at, from + start, from + end);
        start = end;
    }
}

static void read_sentence(struct reading *at, size_t from, size_t to)
{
    for (size_t part = from; part < to; part += SENTENCE_MAX)
        read_part(at, part, to - part > SENTENCE_MAX ? part + SENTENCE_MAX : to);
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

static size_t longest_part(const struct doc *doc)
{
    size_t longest = 1;
    for (size_t from = 0, to; from < doc->token_count; from = to) {
        to = sentence_end(doc, from);
        longest = to - from > longest ? to - from : longest;
    }
    return longest < SENTENCE_MAX ? longest : SENTENCE_MAX;
}

enum status syntax_run(struct doc *doc, struct arena *arena)
{
    if (doc->token_count == 0)
        return STATUS_OK;
    size_t longest = longest_part(doc);
    struct reading at = {.doc = doc};
    at.space = network_space_new(doc->network, (uint32_t)longest, arena);
    at.features = arena_array(arena, longest, sizeof *at.features);
    at.found = arena_array(arena, longest, sizeof *at.found);
    at.starts = arena_array(arena, longest, sizeof *at.starts);
    if (!at.space || !at.features || !at.found || !at.starts)
        return STATUS_REJECT;
    for (size_t from = 0, to; from < doc->token_count; from = to) {
        to = sentence_end(doc, from);
        read_sentence(&at, from, to);
    }
    enum status status = find_lemmas(doc, arena);
    return status == STATUS_OK && doc->give_tokens ? give_result(doc, arena) : status;
}
