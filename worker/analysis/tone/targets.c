/* The stage of targets: how the article speaks of each named actor where it is mentioned
 * (toward.h).
 *
 * Persons are followed through "he" and "she". English only, since it takes the tree; nothing
 * without one. */
#include "worker/analysis/names/spans.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/syntax/tree.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/tone/toward.h"
#include "worker/analysis/words/words.h"

#define TARGETS_MAX 5000 /* of an article */

struct reader {
    struct doc *doc;
    struct tree tree;
    uint32_t *word_of; /* of each token: 1 + the word it begins or lies in */
    size_t sentence;   /* the last one that was asked for; SIZE_MAX none */
    bool tonal;        /* one of its words has a weight */
    struct arena *arena;
};

static bool is_tonal(struct reader *reader, size_t sentence)
{
    const struct doc_sentence *of = &reader->doc->sentences[sentence];
    if (reader->sentence == sentence)
        return reader->tonal;
    uint32_t word = of->first_word;
    while (word < of->word_end && reader->doc->tone_weights[word] == 0)
        word++;
    reader->tonal = word < of->word_end;
    reader->sentence = sentence;
    return reader->tonal;
}

static double tone_towards(struct reader *reader, uint32_t token)
{
    const struct doc *doc = reader->doc;
    uint32_t sentence = doc->tokens[token].sentence, first = doc->sentences[sentence].first_word;
    const struct weighed words = {doc->tone_weights + first, reader->word_of, first,
                                  is_tonal(reader, sentence) ? doc->sentences[sentence].word_end
                                                             : first};
    return tone_toward(&reader->tree, token, &words);
}

/* The token that the others of [from, to) hang on; TREE_NONE when there is none. */
static uint32_t head_of(const struct tree *tree, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        uint32_t head = tree_head(tree, i);
        if (head == TREE_NONE || head < first || head >= end)
            return i;
    }
    return first < end ? first : TREE_NONE;
}

static bool give(struct reader *reader, void **items, size_t *count, size_t *capacity,
                 uint32_t first, uint32_t end, double confidence)
{
    const struct doc *doc = reader->doc;
    struct result_target *out = arena_push(items, count, capacity, sizeof *out, reader->arena);
    if (!out)
        return false;
    uint32_t from = doc->tokens[first].from, to = doc->tokens[end - 1].to;
    *out = (struct result_target){.start = doc_point(doc, from),
                                  .end = doc_point(doc, to),
                                  .text = slice_sub(doc->text, from, to),
                                  .tone = tone_towards(reader, head_of(&reader->tree, first, end)),
                                  .confidence = confidence};
    return true;
}

/* Words that stand for persons named before, or for the group that speaks or is spoken of. */
static bool is_pronoun(const struct doc *doc, uint32_t token)
{
    static const struct slice pronouns[] = {
        SLICE_LITERAL("he"),      SLICE_LITERAL("she"),    SLICE_LITERAL("him"),
        SLICE_LITERAL("her"),     SLICE_LITERAL("his"),    SLICE_LITERAL("hers"),
        SLICE_LITERAL("they"),    SLICE_LITERAL("we"),     SLICE_LITERAL("them"),
        SLICE_LITERAL("himself"), SLICE_LITERAL("herself")};
    struct slice text = slice_sub(doc->text, doc->tokens[token].from, doc->tokens[token].to);
    if (text.len > strlen("herself") || text.len < 2 || !strchr("hstw", *text.data | 32))
        return false; /* they begin with one of these */
    for (size_t i = 0; i < sizeof pronouns / sizeof *pronouns; i++)
        if (text.len == pronouns[i].len && (*text.data | 32) == *pronouns[i].data &&
            strncasecmp(text.data, pronouns[i].data, text.len) == 0)
            return true;
    return false;
}

static bool is_actor(const struct result_name *name)
{
    /* Peoples are no actors, but a name of unknown kind may be one. */
    return !slice_is(name->type, "other") || !name->key.data ||
           !slice_starts_with(name->key, SLICE_LITERAL("country:"));
}

/* The names of heads of state and the like, which may be ordinary words too. */
static bool is_known(struct slice text)
{
    char fold[WORDS_FOLD_BYTES];
    size_t len = words_fold(text, fold);
    const struct lexicon_entry *entry =
        lexicon_look_up(&named_actor_lexicon, (struct slice){fold, len});
    return entry && entry->value != LEXICON_PREFIX_ONLY;
}

/* A proper noun, or a noun with a capital where an ordinary one has none. */
static bool is_proper(const struct reader *reader, uint32_t token)
{
    const struct doc_token *tokens = reader->doc->tokens;
    struct slice text = slice_sub(reader->doc->text, tokens[token].from, tokens[token].to);
    bool first = token == 0 || tokens[token - 1].sentence != tokens[token].sentence;
    bool capital = text.len > 1 && text.data[0] >= 'A' && text.data[0] <= 'Z' &&
                   text.data[1] >= 'a' && text.data[1] <= 'z';
    enum upos upos = tree_upos(&reader->tree, token);
    return upos == UPOS_PROPN || (capital && ((upos == UPOS_NOUN && !first) || is_known(text)));
}

/* A run of proper nouns that the names do not have. */
static uint32_t proper_end(const struct reader *reader, uint32_t first)
{
    uint32_t end = first;
    while (end < reader->tree.count && is_proper(reader, end) &&
           reader->tree.tokens[end].sentence == reader->tree.tokens[first].sentence)
        end++;
    return end;
}

/* Where names and dates lie, walked side by side with the tokens: all are in the text's order. */
struct cursor {
    size_t name, date;
};

/* The index of the name over the byte, or the names' count. */
static size_t name_at(const struct doc *doc, struct cursor *cursor, uint32_t byte)
{
    while (cursor->name < doc->name_count && doc->names[cursor->name].to <= byte)
        cursor->name++;
    bool over = cursor->name < doc->name_count && doc->names[cursor->name].from <= byte;
    return over ? cursor->name : doc->name_count;
}

static bool in_date(const struct doc *doc, struct cursor *cursor, uint32_t byte)
{
    const struct field_list *dates = &doc->result->dates;
    if (cursor->date >= dates->count ||
        field_at(*dates, struct result_date, cursor->date)->start > byte)
        return false; /* no code point has a higher number than its first byte */
    uint32_t at = doc_point(doc, byte);
    while (cursor->date < dates->count &&
           field_at(*dates, struct result_date, cursor->date)->end <= at)
        cursor->date++;
    return cursor->date < dates->count &&
           field_at(*dates, struct result_date, cursor->date)->start <= at;
}

/* "the president", "the ministry": an office or body that the reader knows already. */
static bool is_office(const struct reader *reader, uint32_t token)
{
    const struct tree *tree = &reader->tree;
    if (tree_upos(tree, token) != UPOS_NOUN || tree->tokens[token].xpos != XPOS_NN ||
        tree_child_lemma(tree, token, REL_DET, "the") == TREE_NONE)
        return false;
    const struct lexicon_entry *entry =
        lexicon_look_up(&sector_lexicon, reader->doc->tokens[token].lemma);
    return entry && entry->value != LEXICON_PREFIX_ONLY;
}

/* What is mentioned from token `i` on, and how sure that is; 0 when it is no target. Moves `end`
 * behind it. */
static double mention_at(const struct reader *reader, struct cursor *cursor, uint32_t i,
                         uint32_t *end)
{
    const struct doc *doc = reader->doc;
    size_t name = name_at(doc, cursor, doc->tokens[i].from);
    *end = i + 1;
    if (name < doc->name_count) {
        while (*end < doc->token_count && doc->tokens[*end].to <= doc->names[name].to)
            ++*end;
        return is_actor(field_at(doc->result->names, struct result_name, name)) ? 0.6 : 0;
    }
    if (in_date(doc, cursor, doc->tokens[i].from))
        return 0;
    uint32_t proper = proper_end(reader, i);
    *end = proper > i ? proper : i + 1;
    if (proper > i || is_office(reader, i))
        return 0.3;
    return is_pronoun(doc, i) ? 0.4 : 0;
}

static enum status read_mentions(struct reader *reader)
{
    struct doc *doc = reader->doc;
    struct cursor cursor = {0};
    void *items = NULL;
    size_t count = 0, capacity = 0;
    for (uint32_t i = 0, end; i < doc->token_count; i = end) {
        double confidence = mention_at(reader, &cursor, i, &end);
        if (count < TARGETS_MAX && confidence > 0 &&
            !give(reader, &items, &count, &capacity, i, end, confidence))
            return STATUS_REJECT;
    }
    doc->result->targets = (struct field_list){items, count};
    return STATUS_OK;
}

/* Words and tokens are cut differently ("don't", "U.S."): a token belongs to the word over it. */
static void join_words(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    size_t word = 0;
    for (uint32_t i = 0; i < doc->token_count; i++) {
        while (word < doc->word_count && doc->words[word].to <= doc->tokens[i].from)
            word++;
        bool over = word < doc->word_count && doc->words[word].from < doc->tokens[i].to;
        bool begins = over && (i == 0 || doc->tokens[i - 1].to <= doc->words[word].from);
        reader->word_of[i] = begins ? (uint32_t)word + 1 : 0;
    }
}

enum status targets_run(struct doc *doc, struct arena *arena)
{
    struct reader reader = {.doc = doc, .sentence = SIZE_MAX, .arena = arena};
    if (doc->token_count == 0)
        return STATUS_OK;
    reader.tree = tree_of(doc);
    reader.word_of = arena_array(arena, doc->token_count, sizeof *reader.word_of);
    if (!reader.word_of)
        return STATUS_REJECT;
    join_words(&reader);
    return read_mentions(&reader);
}
