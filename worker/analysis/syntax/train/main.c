/* newsmill-train-syntax: makes the model of the tagger and the parser from a treebank. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "worker/analysis/syntax/train/clusters.h"
#include "worker/analysis/syntax/train/export.h"
#include "worker/analysis/syntax/train/memory.h"
#include "worker/analysis/syntax/train/net.h"
#include "worker/analysis/syntax/train/recase.h"
#include "worker/analysis/syntax/train/vocabulary.h"

#define SENTENCE_MAX 160 /* longer ones are not learned from */
#define AVERAGE_EVERY                                                                              \
    8 /* steps; the average of the values is over some 1 / AVERAGE_SHARE times                     \
       */
#define AVERAGE_SHARE 0.01f

struct settings {
    const char *train, *dev, *texts, *wordnet, *output;
    uint32_t epochs, batch_tokens, count_min;
    float rate, word_dropout, explore;
    uint32_t seed;
    struct net_settings net;
};

struct corpus {
    struct conllu treebank;
    struct example *examples; /* the sentences, then runs of them that nothing divides */
    size_t example_count;
    bool *starts;
    struct token_features *features; /* of all tokens */
    uint32_t *heads;
};

/* Between two tokens of a paragraph: would a reader of the text see that a sentence ends? */
static bool is_divided(const struct conllu_token *last, const struct conllu_token *next)
{
    const char *mark = last->form + strlen(last->form) - 1;
    bool closed = strchr(".?!:)\"'", *mark) != NULL;
    return closed && !(next->form[0] >= 'a' && next->form[0] <= 'z');
}

/* The end of the run of sentences that begins with `first`. */
static size_t run_end(const struct conllu *treebank, size_t first)
{
    size_t s = first, tokens = treebank->sentences[first].count;
    while (s + 1 < treebank->count && !treebank->sentences[s + 1].paragraph) {
        const struct conllu_sentence *now = &treebank->sentences[s], *next = now + 1;
        tokens += next->count;
        if (tokens > SENTENCE_MAX || is_divided(&now->tokens[now->count - 1], &next->tokens[0]))
            break;
        s++;
    }
    return s + 1;
}

static void add_runs(struct corpus *out)
{
    const struct conllu *treebank = &out->treebank;
    for (size_t s = 0, end; s < treebank->count; s = end) {
        end = run_end(treebank, s);
        struct example run = out->examples[s];
        run.heads = NULL;
        run.count = 0;
        for (size_t k = s; k < end; k++)
            run.count += treebank->sentences[k].count;
        if (end > s + 1)
            out->examples[out->example_count++] = run;
    }
}

static void prepare(const struct settings *settings, const char *path,
                    const struct vocabulary *vocabulary, struct corpus *out)
{
    unsigned lifted = 0;
    out->examples = allocate(2 * out->treebank.count, sizeof *out->examples);
    out->starts = allocate(out->treebank.token_count, sizeof *out->starts);
    out->features = allocate(out->treebank.token_count, sizeof *out->features);
    out->heads = allocate(out->treebank.token_count, sizeof *out->heads);
    size_t at = 0;
    for (size_t s = 0; s < out->treebank.count; s++) {
        const struct conllu_sentence *sentence = &out->treebank.sentences[s];
        for (uint32_t i = 0; i < sentence->count; i++) {
            features_of(slice_from(sentence->tokens[i].form), &vocabulary->table,
                        settings->net.buckets, &out->features[at + i]);
            out->heads[at + i] = sentence->tokens[i].head;
        }
        lifted += transitions_projectivize(out->heads + at, sentence->count);
        out->examples[s] = (struct example){sentence->count, out->features + at, sentence->tokens,
                                            out->heads + at, out->starts + at};
        out->starts[at] = true;
        at += sentence->count;
    }
    out->example_count = out->treebank.count;
    add_runs(out);
    fprintf(stderr, "%s: %zu sentences, %zu tokens, %u arcs lifted\n", path, out->treebank.count,
            out->treebank.token_count, lifted);
}

static void forget(struct corpus *corpus)
{
    conllu_free(&corpus->treebank);
    free(corpus->examples);
    free(corpus->features);
    free(corpus->heads);
    free(corpus->starts);
}

static void evaluate(struct net *net, const struct corpus *corpus, const char *what)
{
    struct net_score score = {.loss = 0};
    for (size_t s = 0; s < corpus->treebank.count; s++)
        net_try(net, &corpus->examples[s], 1, &score);
    double n = (double)corpus->treebank.token_count / 100;
    fprintf(stderr, "  %s: upos %.2f xpos %.2f uas %.2f las %.2f\n", what, (double)score.upos / n,
            (double)score.xpos / n, (double)score.heads / n, (double)score.relations / n);
    for (size_t s = corpus->treebank.count; s < corpus->example_count; s++)
        net_try(net, &corpus->examples[s], 1, &score);
    fprintf(stderr, "  starts in runs of sentences: %zu, found %zu, right %zu\n", score.starts,
            score.found_starts, score.right_starts);
}

/* The rarer a word, the more often it is learned from as an unknown one. */
static void forget_words(const struct vocabulary *vocabulary, float rate, struct chance *chance,
                         struct token_features *features, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        float seen = (float)vocabulary->counts[features[i].word];
        if (chance_unit(chance) < rate / (rate + seen))
            features[i].word = 0;
    }
}

/* Most sentences stay as they are; a few are written otherwise. */
static enum recase choose_case(struct chance *chance)
{
    float at = chance_unit(chance);
    return at < 0.03f    ? RECASE_LOWER
           : at < 0.05f  ? RECASE_UPPER
           : at < 0.065f ? RECASE_TITLE
                         : RECASE_NOT;
}

static void rewrite(const struct settings *settings, const struct vocabulary *vocabulary,
                    enum recase how, const struct example *example, struct token_features *features)
{
    char room[RECASE_ROOM];
    for (uint32_t i = 0; i < example->count; i++)
        features_of(recase(slice_from(example->gold[i].form), how, room), &vocabulary->table,
                    settings->net.buckets, &features[i]);
}

struct pass {
    const struct settings *settings;
    const struct vocabulary *vocabulary;
    const struct corpus *corpus;
    uint32_t *order;
    struct token_features *features; /* of a batch */
    struct example batch[NET_SENTENCES_MAX];
    size_t step;
};

static void shuffle(uint32_t *order, size_t count, struct chance *chance)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = chance_below(chance, (uint32_t)i);
        uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

/* Takes sentences from `*at` on; returns how many. */
static size_t fill_batch(struct pass *pass, struct net *net, size_t *at)
{
    size_t count = 0, tokens = 0;
    while (*at < pass->corpus->example_count && count < NET_SENTENCES_MAX) {
        const struct example *example = &pass->corpus->examples[pass->order[*at]];
        if (count > 0 && tokens + example->count > pass->settings->batch_tokens)
            break;
        ++*at;
        if (example->count > SENTENCE_MAX)
            continue;
        struct token_features *features = pass->features + tokens;
        enum recase how = choose_case(&net->chance);
        if (how == RECASE_NOT)
            memcpy(features, example->features, example->count * sizeof *features);
        else
            rewrite(pass->settings, pass->vocabulary, how, example, features);
        forget_words(pass->vocabulary, pass->settings->word_dropout, &net->chance, features,
                     example->count);
        pass->batch[count] = *example;
        pass->batch[count++].features = features;
        tokens += example->count;
    }
    return count;
}

/* All values count alike at first. */
static float average_share(size_t taken)
{
    float share = 1.0f / (float)(taken + 1);
    return share > AVERAGE_SHARE ? share : AVERAGE_SHARE;
}

static void one_epoch(struct pass *pass, struct net *net, struct adam *adam, unsigned epoch)
{
    struct net_score score = {.loss = 0};
    size_t at = 0, count;
    clock_t start = clock();
    float explore = epoch == 0 ? 0 : pass->settings->explore;
    size_t examples = pass->corpus->example_count;
    shuffle(pass->order, examples, &net->chance);
    while ((count = fill_batch(pass, net, &at)) > 0) {
        net_learn(net, pass->batch, count, explore, &score);
        float done = ((float)epoch + (float)at / (float)examples) / (float)pass->settings->epochs;
        adam->rate = pass->settings->rate * (done < 0.02f ? done / 0.02f : 1.02f - done);
        net_update(net, adam);
        if (pass->step++ % AVERAGE_EVERY == 0)
            net_average(net, average_share(pass->step / AVERAGE_EVERY));
    }
    fprintf(stderr, "epoch %u: loss %.4f upos %.2f in %.0f s of processor time\n", epoch + 1,
            score.loss / (double)score.tokens, 100 * (double)score.upos / (double)score.tokens,
            (double)(clock() - start) / CLOCKS_PER_SEC);
}

static void train(const struct settings *settings, const struct vocabulary *vocabulary,
                  const struct corpus *corpus, const struct corpus *dev, struct net *net)
{
    struct adam adam = {
        .mean_decay = 0.9f, .square_decay = 0.98f, .mean_power = 1, .square_power = 1};
    struct pass pass = {.settings = settings, .vocabulary = vocabulary, .corpus = corpus};
    pass.order = allocate(corpus->example_count, sizeof *pass.order);
    pass.features = allocate(NET_TOKENS_MAX, sizeof *pass.features);
    for (uint32_t i = 0; i < corpus->example_count; i++)
        pass.order[i] = i;
    for (unsigned epoch = 0; epoch < settings->epochs; epoch++) {
        one_epoch(&pass, net, &adam, epoch);
        if (!settings->dev)
            continue;
        evaluate(net, dev, "dev");
        net_swap(net);
        evaluate(net, dev, "dev, averaged");
        net_swap(net);
    }
    net_swap(net);
    free(pass.order);
    free(pass.features);
}

enum kind { KIND_PATH, KIND_NUMBER, KIND_SHARE };

static const struct option {
    const char *name, *help;
    enum kind kind;
    size_t at; /* in struct settings */
} option_table[] = {
    {"--train", "FILE   treebank to learn from, CoNLL-U, plain or .gz", KIND_PATH,
     offsetof(struct settings, train)},
    {"--output", "FILE   the model", KIND_PATH, offsetof(struct settings, output)},
    {"--dev", "FILE   treebank to try each epoch on", KIND_PATH, offsetof(struct settings, dev)},
    {"--texts", "DIR    *.txt to find classes of words in", KIND_PATH,
     offsetof(struct settings, texts)},
    {"--wordnet", "DIR    WordNet 3.0", KIND_PATH, offsetof(struct settings, wordnet)},
    {"--epochs", "N      times to read the treebank", KIND_NUMBER,
     offsetof(struct settings, epochs)},
    {"--seed", "N", KIND_NUMBER, offsetof(struct settings, seed)},
    {"--batch", "N      tokens a step", KIND_NUMBER, offsetof(struct settings, batch_tokens)},
    {"--units", "N      of an LSTM", KIND_NUMBER, offsetof(struct settings, net.units)},
    {"--hidden", "N      of the parser's layer", KIND_NUMBER,
     offsetof(struct settings, net.hidden)},
    {"--rate", "X      of learning", KIND_SHARE, offsetof(struct settings, rate)},
    {"--drop-word", "X      how readily rare words are unknown", KIND_SHARE,
     offsetof(struct settings, word_dropout)},
    {"--drop-input", "X", KIND_SHARE, offsetof(struct settings, net.input_dropout)},
    {"--drop-layer", "X", KIND_SHARE, offsetof(struct settings, net.layer_dropout)},
    {"--drop-hidden", "X", KIND_SHARE, offsetof(struct settings, net.hidden_dropout)},
};
#define OPTIONS (sizeof option_table / sizeof option_table[0])

static _Noreturn void usage(void)
{
    puts("usage: newsmill-train-syntax --train FILE --output FILE [OPTION VALUE]...");
    for (size_t i = 0; i < OPTIONS; i++)
        printf("  %-14s %s\n", option_table[i].name, option_table[i].help);
    exit(2);
}

static void set(const struct option *option, const char *value, struct settings *out)
{
    char *field = (char *)out + option->at, *end;
    if (option->kind == KIND_PATH) {
        *(const char **)(void *)field = value;
        return;
    }
    if (option->kind == KIND_NUMBER)
        *(uint32_t *)(void *)field = (uint32_t)strtoul(value, &end, 10);
    else
        *(float *)(void *)field = strtof(value, &end);
    if (*end || end == value)
        stop("%s: not a number: %s", option->name, value);
}

static void read_arguments(int argc, char **argv, struct settings *out)
{
    for (int i = 1; i < argc; i += 2) {
        size_t option = 0;
        while (option < OPTIONS && strcmp(argv[i], option_table[option].name) != 0)
            option++;
        if (option == OPTIONS || i + 1 == argc)
            usage();
        set(&option_table[option], argv[i + 1], out);
    }
    if (!out->train || !out->output)
        usage();
}

static const struct settings defaults = {.wordnet = "/usr/share/wordnet",
                                         .epochs = 24,
                                         .batch_tokens = 400,
                                         .count_min = 2,
                                         .rate = 2e-3f,
                                         .word_dropout = 0.25f,
                                         .explore = 0.9f,
                                         .seed = 1,
                                         .net = {.buckets = 32768,
                                                 .word_width = 64,
                                                 .affix_width = 64,
                                                 .units = 80,
                                                 .hidden = 128,
                                                 .input_dropout = 0.33f,
                                                 .layer_dropout = 0.25f,
                                                 .hidden_dropout = 0.33f}};

int main(int argc, char **argv)
{
    struct settings settings = defaults;
    struct corpus corpus = {.heads = NULL}, dev = {.heads = NULL};
    struct vocabulary vocabulary;
    struct net net;
    read_arguments(argc, argv, &settings);
    conllu_read(settings.train, &corpus.treebank);
    vocabulary_make(&corpus.treebank, settings.count_min, settings.wordnet, &vocabulary);
    if (settings.texts)
        clusters_find(settings.texts, settings.wordnet, &corpus.treebank, &vocabulary);
    settings.net.words = vocabulary.rows;
    fprintf(stderr, "%u words with a vector, %u known\n", vocabulary.rows, vocabulary.used);
    prepare(&settings, settings.train, &vocabulary, &corpus);
    if (settings.dev) {
        conllu_read(settings.dev, &dev.treebank);
        prepare(&settings, settings.dev, &vocabulary, &dev);
    }
    net_new(&net, &settings.net, settings.seed);
    train(&settings, &vocabulary, &corpus, &dev, &net);
    export_model(settings.output, &net, &vocabulary, &corpus.treebank, settings.wordnet);
    net_free(&net);
    vocabulary_free(&vocabulary);
    forget(&corpus);
    forget(&dev);
    return 0;
}
