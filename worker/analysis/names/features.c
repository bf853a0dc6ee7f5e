/* What the labeller looks at for each word. A feature is a template's number and what the template
 * found, hashed to 32 bits: the same here and in training. */
#include "worker/analysis/names/labeller.h"

struct sink {
    uint32_t *out;
    size_t count;
};

static void add(struct sink *sink, uint32_t template, uint32_t a, uint32_t b)
{
    sink->out[sink->count++] = labeller_feature(template, a, b);
}

/* A feature that says nothing where both are 0. */
static void add_some(struct sink *sink, uint32_t template, uint32_t a, uint32_t b)
{
    sink->out[sink->count] = labeller_feature(template, a, b);
    sink->count += (a | b) != 0;
}

static uint32_t look_of(const struct window_word *word)
{
    return word->shape | (uint32_t)word->gap << 3;
}

/* Known words: the bits that tell kinds apart, without those of small words. */
static uint32_t known(const struct window_word *word)
{
    return word->bits & ~(uint32_t)NAME_WORD_SPEECH;
}

static void add_words(struct sink *sink, const struct window_word *w)
{
    add(sink, 1, w[0].word, w[0].shape);
    add(sink, 3, w[-1].word, 0);
    add(sink, 4, w[1].word, 0);
    add(sink, 6, w[-1].word, w[0].word);
    add(sink, 7, w[0].word, w[1].word);
    add(sink, 8, w[1].word, w[2].word);
}

static void add_forms(struct sink *sink, const struct window_word *w)
{
    add(sink, 10, w[0].prefix[0], 0);
    add(sink, 11, w[0].prefix[1], 0);
    add(sink, 12, w[0].suffix[0], 0);
    add(sink, 13, w[0].suffix[1], 0);
    add(sink, 14, w[0].suffix[2], 0);
    add(sink, 15, look_of(&w[0]),
        (uint32_t)w[0].inner_elsewhere << 5 | (uint32_t)w[0].lower_elsewhere << 4 |
            (w[0].fold_len < 7 ? w[0].fold_len : 7));
    add(sink, 16, w[-1].shape | (uint32_t)w[0].shape << 3 | (uint32_t)w[1].shape << 6,
        w[0].gap | (uint32_t)w[1].gap << 3);
}

static void add_known(struct sink *sink, const struct window_word *w)
{
    add(sink, 20, known(&w[0]), w[0].shape);
    add_some(sink, 21, known(&w[-1]), w[0].gap);
    add_some(sink, 22, known(&w[1]), w[1].gap);
    add_some(sink, 23, known(&w[0]), known(&w[1]));
    add_some(sink, 24, known(&w[-1]), known(&w[0]));
    if (w[0].phrase) {
        add(sink, 25, w[0].phrase, w[0].shape);
        add(sink, 26, w[0].phrase, known(&w[0]));
    }
    add_some(sink, 27, w[-1].phrase, w[0].phrase);
    add_some(sink, 28, w[1].phrase, w[0].phrase);
    add(sink, 29, known(&w[0]),
        (uint32_t)w[0].inner_elsewhere << 4 | (uint32_t)w[0].lower_elsewhere << 3 | w[0].gap);
    for (uint32_t bit = 0; bit < 17; bit++)
        if (w[0].bits >> bit & 1)
            add(sink, 30, bit, w[0].shape != WINDOW_LOWER);
}

/* The unbroken run of capitals around the word: how it ends, how it begins, what stands beside it.
 */
static void add_run(struct sink *sink, const struct window_word *words, size_t at)
{
    const struct window_word *w = words + at;
    const struct window_word *first = words + w->run_first, *last = words + w->run_end - 1;
    uint32_t position = at == w->run_first ? 1 : 0;
    position |= at + 1 == w->run_end ? 2u : 0u;
    uint32_t size = (uint32_t)(w->run_end - w->run_first);
    size = size < 6 ? size : 6;
    add(sink, 40, size, position | (uint32_t)last[1].gap << 2);
    add(sink, 41, last->word, position);
    add(sink, 42, known(last), position);
    add(sink, 43, known(first), position);
    add(sink, 44, first->word, position);
    add(sink, 45, first[-1].word, position);
    add(sink, 46, last[1].word, position);
    add(sink, 47, first[-1].bits | (uint32_t)first[-1].kind << 20, size);
    add(sink, 48, last[1].bits | (uint32_t)last[1].kind << 20, size);
    add(sink, 49, first[-1].word, last[1].word);
    add_some(sink, 50, known(first), known(last));
    add_some(sink, 51, last->phrase, first->phrase);
    add(sink, 52, first[-2].word, first[-1].word);
    add(sink, 53, last->suffix[1], position);
    add(sink, 54, first[-2].kind | (uint32_t)first[-2].shape << 4, first[-1].word);
    add(sink, 55, first[-1].kind | (uint32_t)last[1].kind << 4,
        first->gap | (uint32_t)last[1].gap << 3);
}

/* What the article and the words around are about: a town in a report of a match is a team. */
static void add_topics(struct sink *sink, const struct window *window,
                       const struct window_word *words, size_t at)
{
    const struct window_word *w = words + at;
    const struct window_word *first = words + w->run_first, *last = words + w->run_end - 1;
    uint32_t topics = window->topics >> 17 | window->topics_here >> 14;
    if (!topics)
        return;
    uint32_t position = at == w->run_first ? 1 : 0;
    add(sink, 70, topics, first->phrase | last->phrase << 16 | position << 31);
    add(sink, 71, topics << 1 | position, known(last));
    add(sink, 72, topics, first[-1].word);
    add(sink, 73, topics, last[1].word);
    add(sink, 74, topics << 1 | position, w->shape);
    add(sink, 75, window->topics, w->word);
}

/* What the sentence says of the window, for the run that ends it. */
static void add_saying(struct sink *sink, const struct window *window,
                       const struct window_word *words, size_t at)
{
    const struct window_word *w = words + at;
    if (window->saying == WINDOW_SAYS_NOTHING || w->run_end != window->end - window->first)
        return;
    uint32_t position = at == w->run_first ? 1 : 0;
    add(sink, 60, window->said, (uint32_t)window->saying << 1 | position);
    add(sink, 61, window->said_kind, (uint32_t)window->saying << 1 | position);
}

size_t labeller_features(const struct window *window, size_t at, uint32_t *out)
{
    struct sink sink = {out, 0};
    const struct window_word *words = window->words + WINDOW_BESIDE;
    add(&sink, 0, window->shouted, words[at].shape);
    add_words(&sink, words + at);
    add_forms(&sink, words + at);
    add_known(&sink, words + at);
    add_run(&sink, words, at);
    add_saying(&sink, window, words, at);
    add_topics(&sink, window, words, at);
    return sink.count;
}
