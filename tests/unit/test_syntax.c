/* The syntax: tokens, lemmas, trees of simple sentences, the machine's versions of the arithmetic
 * against each other, damaged models, and input that is no prose. */
#include "tests/unit/analysis_bench.h"

#include <stdio.h>
#include <xxhash.h>

#include "worker/analysis/syntax/lemma.h"
#include "worker/analysis/syntax/network.h"
#include "worker/analysis/syntax/tokenizer.h"

#define ARENA_BYTES ((size_t)64 << 20)

static struct model open_model(void)
{
    struct model model;
    struct fault fault;
    assert_int_equal(model_open(model_embedded(), &model, &fault), STATUS_OK);
    return model;
}

/* ---- tokens ---- */

struct cut_row {
    const char *text, *tokens;
};

static const struct cut_row cut_rows[] = {
    {"They don't know.", "They|do|n't|know|."},
    {"He cannot go.", "He|can|not|go|."},
    {"We're gonna win, I'd say.", "We|'re|gon|na|win|,|I|'d|say|."},
    {"China's state-owned firms", "China|'s|state|-|owned|firms"},
    {"the workers' demands", "the|workers|'|demands"},
    {"the 1990s and the 80's", "the|1990s|and|the|80's"},
    {"It cost $5.2m, or 5% more.", "It|cost|$|5.2|m|,|or|5|%|more|."},
    {"At 7:30pm on 9/11, 11/28/2000; 5 pm", "At|7:30|pm|on|9/11|,|11/28/2000|;|5|pm"},
    {"Mr. Smith of Acme Inc. met J. R. Jones.", "Mr.|Smith|of|Acme|Inc.|met|J.|R.|Jones|."},
    {"The U.S. and the U.K. agreed.", "The|U.S.|and|the|U.K.|agreed|."},
    {"They left the U.S.", "They|left|the|U.S|."},
    {"Its a pity, its colour", "It|s|a|pity|,|its|colour"},
    {"Co-workers in non-commercial jobs", "Co-workers|in|non-commercial|jobs"},
    {"See http://www.bbc.co.uk/news?id=5 (or mail a.b@c.org).",
     "See|http://www.bbc.co.uk/news?id=5|(|or|mail|a.b@c.org|)|."},
    {"AT&T, P&L; and/or", "AT&T|,|P&L|;|and|/|or"},
    {"“Why?” she asked…", "“|Why|?|”|she|asked|…"},
    {"Well... no!!! What?!", "Well|...|no|!!!|What|?!"},
    {"(CNN) -- A man—42—died", "(|CNN|)|--|A|man|—|42|—|died"},
    {"a :-) b :( c", "a|:-)|b|:(|c"},
    {"Call 713-853-3989.", "Call|713-853-3989|."},
    {"Between 10-15 people", "Between|10|-|15|people"},
    {"It’s Kim’s.", "It|’s|Kim|’s|."},
    {"a 1/2 or 24/7", "a|1|/|2|or|24|/|7"},
    {"me\"<a.b@c.org>,", "me|\"|<|a.b@c.org|>|,"},
    {"O'Brien of Ba'ath", "O'Brien|of|Ba'ath"},
};

static void test_tokens(void **unused)
{
    (void)unused;
    struct arena *arena = arena_new(ARENA_BYTES);
    for (size_t i = 0; i < sizeof cut_rows / sizeof cut_rows[0]; i++) {
        struct slice text = slice_from(cut_rows[i].text);
        struct token_list list = {NULL, 0, 0};
        char joined[256] = "";
        assert_int_equal(tokenizer_cut(text, 0, text.len, &list, arena), STATUS_OK);
        for (size_t k = 0; k < list.count; k++)
            (void)snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%.*s",
                           k ? "|" : "", (int)(list.items[k].to - list.items[k].from),
                           text.data + list.items[k].from);
        assert_string_equal(joined, cut_rows[i].tokens);
    }
    arena_free(arena);
}

/* ---- lemmas ---- */

static const struct {
    const char *form;
    enum upos upos;
    enum xpos xpos;
    const char *lemma;
} lemma_rows[] = {
    {"was", UPOS_AUX, XPOS_VBD, "be"},
    {"n't", UPOS_PART, XPOS_RB, "not"},
    {"men", UPOS_NOUN, XPOS_NNS, "man"},
    {"cities", UPOS_NOUN, XPOS_NNS, "city"},
    {"boxes", UPOS_NOUN, XPOS_NNS, "box"},
    {"houses", UPOS_NOUN, XPOS_NNS, "house"},
    {"attacks", UPOS_VERB, XPOS_VBZ, "attack"},
    {"goes", UPOS_VERB, XPOS_VBZ, "go"},
    {"hoped", UPOS_VERB, XPOS_VBD, "hope"},
    {"hopping", UPOS_VERB, XPOS_VBG, "hop"},
    {"stopped", UPOS_VERB, XPOS_VBD, "stop"},
    {"killing", UPOS_VERB, XPOS_VBG, "kill"},
    {"singing", UPOS_VERB, XPOS_VBG, "sing"},
    {"struck", UPOS_VERB, XPOS_VBD, "strike"},
    {"accused", UPOS_VERB, XPOS_VBN, "accuse"},
    {"agreed", UPOS_VERB, XPOS_VBD, "agree"},
    {"denied", UPOS_VERB, XPOS_VBD, "deny"},
    {"Attacked", UPOS_VERB, XPOS_VBD, "attack"},
    {"larger", UPOS_ADJ, XPOS_JJR, "large"},
    {"Obama", UPOS_PROPN, XPOS_NNP, "Obama"},
    {"Talks", UPOS_NOUN, XPOS_NNS, "talk"},
    {"Americans", UPOS_PROPN, XPOS_NNPS, "American"},
    {"crisis", UPOS_NOUN, XPOS_NN, "crisis"},
    {"left", UPOS_VERB, XPOS_VBD, "leave"},
    /* forms that are several words: the tag decides; a base form that is none is a past one */
    {"shot", UPOS_NOUN, XPOS_NN, "shot"},
    {"shot", UPOS_VERB, XPOS_VBD, "shoot"},
    {"shot", UPOS_VERB, XPOS_VBN, "shoot"},
    {"shot", UPOS_VERB, XPOS_VBP, "shoot"},
    {"shots", UPOS_NOUN, XPOS_NNS, "shot"},
    {"said", UPOS_VERB, XPOS_VB, "say"},
    {"saw", UPOS_NOUN, XPOS_NN, "saw"},
    {"saw", UPOS_VERB, XPOS_VBD, "see"},
    {"found", UPOS_VERB, XPOS_VB, "found"},
    {"found", UPOS_VERB, XPOS_VBD, "find"},
};

static void test_lemmas(void **unused)
{
    (void)unused;
    struct arena *arena = arena_new(ARENA_BYTES);
    struct model model = open_model();
    for (size_t i = 0; i < sizeof lemma_rows / sizeof lemma_rows[0]; i++) {
        char lemma[64];
        struct slice found = lemma_of(&model, slice_from(lemma_rows[i].form), lemma_rows[i].upos,
                                      lemma_rows[i].xpos, arena);
        (void)snprintf(lemma, sizeof lemma, "%.*s", (int)found.len, found.data);
        assert_string_equal(lemma, lemma_rows[i].lemma);
    }
    arena_free(arena);
}

/* ---- models that are none ---- */

static char *copy_of_model(struct slice *file)
{
    *file = model_embedded();
    char *copy = aligned_alloc(MODEL_ALIGN, (file->len + MODEL_ALIGN) / MODEL_ALIGN * MODEL_ALIGN);
    assert_non_null(copy);
    memcpy(copy, file->data, file->len);
    file->data = copy;
    return copy;
}

static void refuse(struct slice file, const char *code)
{
    struct model model;
    struct fault fault;
    assert_int_equal(model_open(file, &model, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, code);
}

static void test_cut_models(void **unused)
{
    (void)unused;
    struct slice file;
    char *copy = copy_of_model(&file);
    struct model_header *header = (void *)copy;
    for (size_t len = 0; len < file.len; len = len * 3 / 2 + 7) {
        char *cut = malloc(len + 1); /* so that a sanitizer sees what is read behind the end */
        memcpy(cut, copy, len);
        refuse((struct slice){cut, len}, "model-damaged");
        free(cut);
    }
    header->tags_version++;
    refuse(file, "model-version");
    free(copy);
}

/* Numbers that lead outside, with a checksum that says all is well. */
static void test_hostile_models(void **unused)
{
    (void)unused;
    struct slice file;
    char *copy = copy_of_model(&file);
    struct model_header *header = (void *)copy, good = *header;
    uint32_t *const fields[] = {&header->size,       &header->word_slots, &header->words,
                                &header->buckets,    &header->word_width, &header->affix_width,
                                &header->units,      &header->hidden,     &header->lemma_slots,
                                &header->lemma_bytes};
    static const uint32_t values[] = {0, 1, 3, 1u << 31, UINT32_MAX};
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            *header = good;
            *fields[f] = values[v];
            header->checksum = XXH3_64bits(copy + 16, file.len - 16);
            refuse(file, "model-damaged");
        }
    *header = good;
    struct word_slot *slots = (void *)(copy + (sizeof *header + 63) / 64 * 64);
    slots[5].row = UINT16_MAX;
    header->checksum = XXH3_64bits(copy + 16, file.len - 16);
    refuse(file, "model-damaged");
    copy[file.len / 2] ^= 1;
    refuse(file, "model-damaged");
    free(copy);
}

/* ---- the network ---- */

#define WORDS 78
#define FORMS 7
/* More sentences than a layer reads abreast, of 12 words to one. */
#define STARTS                                                                                     \
    {                                                                                              \
        0, 12, 23, 33, 42, 50, 57, 63, 68, 72, 75, 77, 78                                          \
    }

/* Forms 0 to FORMS - 1, and which of them each word is. */
static void make_words(const struct model *model, struct token_features features[FORMS],
                       uint32_t words[WORDS])
{
    static const char *const forms[FORMS] = {"The", "minister", "accused", "Iran",
                                             "of",  "2.5",      "-"};
    for (uint32_t i = 0; i < WORDS; i++)
        words[i] = i * i % FORMS;
    for (size_t i = 0; i < FORMS; i++)
        features_of(slice_from(forms[i]), &model->words, model->header->buckets, &features[i]);
}

static void read_batch(struct network *network, const struct network_batch *batch,
                       struct network_token *out)
{
    network_read(network, batch, out);
    network_parse(network, batch, out);
}

static void test_all_machines_agree(void **unused)
{
    (void)unused;
    struct model model = open_model();
    struct token_features features[FORMS];
    struct network_token first[WORDS], other[WORDS];
    uint32_t words[WORDS];
    const struct network_batch batch = {words, STARTS, 12};
    make_words(&model, features, words);
    const struct kernels *kernels;
    for (unsigned k = 0; (kernels = kernels_number(k)) != NULL; k++) {
        struct network *network = network_new(&model, kernels);
        memset(other, 0, sizeof other);
        network_look_at(network, 0, features, FORMS);
        read_batch(network, &batch, other);
        if (k == 0)
            memcpy(first, other, sizeof first);
        assert_memory_equal(first, other, sizeof first);
        network_free(network);
    }
}

/* A sentence is read as it is alone, whatever it is read together with. */
static void test_company_does_not_matter(void **unused)
{
    (void)unused;
    struct model model = open_model();
    struct network *network = network_new(&model, NULL);
    struct token_features features[FORMS];
    struct network_token together[WORDS] = {{0}}, alone[WORDS] = {{0}};
    uint32_t words[WORDS];
    const struct network_batch batch = {words, STARTS, 12};
    make_words(&model, features, words);
    network_look_at(network, 0, features, FORMS);
    read_batch(network, &batch, together);
    for (uint32_t s = 0; s < batch.count; s++) {
        const uint32_t from = batch.starts[s];
        const struct network_batch one = {words + from, {0, batch.starts[s + 1] - from}, 1};
        read_batch(network, &one, alone + from);
    }
    assert_memory_equal(together, alone, sizeof alone);
    network_free(network);
}

/* ---- the whole ---- */

/* "form/deprel<head" for each token of the text from `first` on, but for marks. */
static void show(const struct result *result, size_t first, char *out, size_t size)
{
    const struct result_token *tokens = result->tokens.items;
    out[0] = 0;
    for (size_t i = first; i < result->tokens.count; i++) {
        const struct result_token *token = &tokens[i];
        const struct result_token *head = token->head < 0 ? NULL : &tokens[token->head];
        if (slice_is(token->upos, "PUNCT"))
            continue;
        (void)snprintf(out + strlen(out), size - strlen(out), "%s%.*s/%.*s<%.*s", *out ? " " : "",
                       (int)(token->end - token->start), result->text.data + token->start,
                       (int)token->deprel.len, token->deprel.data,
                       head ? (int)(head->end - head->start) : 1,
                       head ? result->text.data + head->start : "-");
    }
}

static int open_with_tokens(void **state)
{
    struct analysis_bench *bench = calloc(1, sizeof *bench);
    struct analysis_options options = {.tokens = true};
    bench->arena = arena_new(ANALYSIS_ARENA_BYTES);
    assert_int_equal(analysis_new(&options, &bench->analysis, &bench->fault), STATUS_OK);
    *state = bench;
    return 0;
}

static void test_trees(void **state)
{
    static const char *const rows[][2] = {
        {"Police arrested 20 protesters.",
         "Police/nsubj<arrested arrested/root<- 20/nummod<protesters protesters/obj<arrested"},
        {"The minister was killed by rebels.",
         "The/det<minister minister/nsubj:pass<killed was/aux:pass<killed killed/root<- "
         "by/case<rebels rebels/obl:agent<killed"},
        {"They did not sign the treaty.",
         "They/nsubj<sign did/aux<sign not/advmod<sign sign/root<- the/det<treaty treaty/obj<sign"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char found[1024];
        show(bench_analyse(*state, rows[i][0]), 0, found, sizeof found);
        assert_string_equal(found, rows[i][1]);
    }
}

/* More different words than are known at once, every tenth too long to be known. */
static void read_many_forms(struct analysis_bench *bench)
{
    const size_t count = NETWORK_FORMS + 1000, size = count * 50;
    char *text = malloc(size);
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, size - len, "the %s%zu%s ",
                                i % 10 ? "town" : "townthatnobodyhaseverheardofhere", i,
                                i % 20 == 19 ? " is near." : "");
    struct article article = {.body = {text, len}, .language = SLICE_LITERAL("en")};
    assert_true(bench_article(bench, &article)->tokens.count > 2 * count);
    free(text);
}

/* Words are known from article to article, and it makes no difference. */
static void test_earlier_articles_do_not_matter(void **state)
{
    static const char text[] =
        "Police arrested 20 protesters in the townthatnobodyhaseverheardofhere"
        " after the minister was killed.";
    char fresh[1024], again[1024], later[1024];
    show(bench_analyse(*state, text), 0, fresh, sizeof fresh);
    show(bench_analyse(*state, text), 0, again, sizeof again);
    read_many_forms(*state);
    show(bench_analyse(*state, text), 0, later, sizeof later);
    assert_string_equal(fresh, again);
    assert_string_equal(fresh, later);
}

static unsigned count_roots(const struct result *result)
{
    const struct result_token *tokens = result->tokens.items;
    unsigned roots = 0;
    for (size_t i = 0; i < result->tokens.count; i++)
        roots += tokens[i].head < 0;
    return roots;
}

/* A new sentence that nothing marks is a tree of its own; ordinary ones are left whole. */
static void test_sentences_without_a_stop(void **state)
{
    assert_int_equal(count_roots(bench_analyse(*state, "Let me know what you think Thanks Bob")),
                     2);
    assert_int_equal(count_roots(bench_analyse(
                         *state, "The minister, who arrived on Monday, said the talks with John "
                                 "Kerry in New York would go on until an agreement was signed.")),
                     1);
}

/* Each sentence is a tree: one root, and from every token a way to it. */
static void check_trees(const struct result *result)
{
    const struct result_token *tokens = result->tokens.items;
    for (size_t i = 0; i < result->tokens.count; i++) {
        int64_t at = (int64_t)i;
        for (int steps = 0; tokens[at].head >= 0; steps++) {
            assert_true(tokens[at].head < (int64_t)result->tokens.count && steps < 100000);
            at = tokens[at].head;
        }
        assert_true(slice_is(tokens[at].deprel, "root"));
        assert_true(tokens[i].start < tokens[i].end);
        assert_true(i == 0 || tokens[i].start >= tokens[i - 1].end);
        assert_true(tokens[i].lemma.len > 0 && tokens[i].upos.len > 0);
    }
}

static void repeat(char *out, size_t size, const char *what)
{
    size_t len = strlen(what);
    for (size_t at = 0; at + len < size; at += len)
        memcpy(out + at, what, len + 1);
}

static void test_no_prose(void **state)
{
    static const char *const pieces[] = {
        "word ", "Smith, Jones, ", "1 2.5 - | ", "BREAKING NEWS ", "\"((([ ", ".",
        "a",     "'s n't ",        "é—’ ",       ":-) ",           "x@y.z/ ", "-"};
    enum { SIZE = 40000 };
    char *text = malloc(SIZE);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        repeat(text, SIZE, pieces[i]);
        check_trees(bench_analyse(*state, text));
    }
    free(text);
}

/* The last sentence of a text of more different words than are kept at once is read as alone. */
static void test_many_words(void **state)
{
    static const char last[] = "Police arrested 20 protesters.";
    enum { SIZE = 60000 };
    char *text = malloc(SIZE), found[1024];
    size_t len = 0;
    for (unsigned i = 0; len < SIZE - 200; i++)
        len += (size_t)snprintf(text + len, SIZE - len,
                                "The minister of Ab%ux told the people of Cd%uy that the town "
                                "of Ef%uz was well. ",
                                i, i, i);
    (void)snprintf(text + len, SIZE - len, "%s", last);
    const struct result *result = bench_analyse(*state, text);
    assert_true(result->tokens.count > 5);
    check_trees(result);
    show(result, result->tokens.count - 5, found, sizeof found);
    assert_string_equal(found, "Police/nsubj<arrested arrested/root<- 20/nummod<protesters "
                               "protesters/obj<arrested");
    free(text);
}

static void test_other_languages_have_none(void **state)
{
    struct article article = {
        .body = SLICE_LITERAL("Die Polizei nahm zwanzig Leute fest. Das war gut."),
        .language = SLICE_LITERAL("de")};
    assert_int_equal(bench_article(*state, &article)->tokens.count, 0);
}

static void test_fast_leaves_it_out(void **unused)
{
    (void)unused;
    struct analysis_bench bench = {.arena = arena_new(ANALYSIS_ARENA_BYTES)};
    struct analysis_options options = {.level = ANALYSIS_FAST, .tokens = true};
    assert_int_equal(analysis_new(&options, &bench.analysis, &bench.fault), STATUS_OK);
    const struct result *result = bench_analyse(&bench, "Police arrested 20 protesters in Paris.");
    assert_int_equal(result->tokens.count, 0);
    assert_true(slice_is(result->analyzer, ANALYSIS_VERSION_FAST));
    analysis_free(bench.analysis);
    arena_free(bench.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_lemmas),
        cmocka_unit_test(test_cut_models),
        cmocka_unit_test(test_hostile_models),
        cmocka_unit_test(test_all_machines_agree),
        cmocka_unit_test(test_company_does_not_matter),
        cmocka_unit_test_setup_teardown(test_trees, open_with_tokens, analysis_bench_close),
        cmocka_unit_test_setup_teardown(test_earlier_articles_do_not_matter, open_with_tokens,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(test_sentences_without_a_stop, open_with_tokens,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(test_no_prose, open_with_tokens, analysis_bench_close),
        cmocka_unit_test_setup_teardown(test_many_words, open_with_tokens, analysis_bench_close),
        cmocka_unit_test_setup_teardown(test_other_languages_have_none, open_with_tokens,
                                        analysis_bench_close),
        cmocka_unit_test(test_fast_leaves_it_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
