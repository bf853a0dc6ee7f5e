/* GDELT's seven numbers for the article and a tone for each sentence (GKG 2.1 codebook, V1.5TONE):
 *
 *   positive = 100 * positive words / words      negative = 100 * negative words / words
 *   tone = positive - negative                   polarity = positive + negative
 *   activity = 100 * activity words / words      self_group = 100 * pronouns / words
 *
 * A word counts with its weight in the lexicon (1 is an ordinary one). What turns or bends it:
 *
 *   a negation before it            the other side, weaker          not a disaster
 *   a shifter before it             the same, and the shifter's     reduces poverty, war on drugs
 *                                   own weight is dropped
 *   intensifiers, dampeners         more, less                      very bad
 *   "but"                           what follows counts more        a fine plan, but
 *   a capital inside a sentence     hardly counts: it is a name     the Justice Department
 *
 * Texts in other languages match no word. */
#include "worker/analysis/tone/tone.h"

#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/kinds.h"

#define NEGATION_REACH  3 /* words from "not" to the word it turns */
#define NEGATION_WEIGHT 0.3
#define SHIFT_REACH     3
#define SHIFT_WEIGHT    0.4
#define SHIFTED_LEAST   0.3 /* weaker words are left as they are */
#define BOOST           1.5
#define DAMPEN          0.7
#define BEFORE_CONTRAST 0.7
#define AFTER_CONTRAST  1.2
#define NAME_WEIGHT     0.3
#define SMOOTHING_WORDS 10

/* What has been read of a sentence. Positions are indices + 1 of words, 0 none. */
struct reading {
    const struct doc *doc;
    struct tone_sums sums;
    size_t first;
    double *weights; /* of the words from `first`; may be NULL */
    size_t negator, shifter;
    double shifters_own; /* weight of the last shifter, until it is known whether it shifted */
    double strength;     /* of the boosters directly before */
    double scale;        /* 1, or more behind a contrast */
    bool title;          /* most words begin with a capital: that says nothing of names */
};

static void add(struct reading *reading, size_t word, double weight)
{
    if (weight > 0)
        reading->sums.positive += weight;
    else
        reading->sums.negative -= weight;
    if (reading->weights)
        reading->weights[word - reading->first] += weight;
}

/* The last shifter shifted nothing: its own weight counts. */
static void settle_shifter(struct reading *reading)
{
    if (reading->shifter > 0)
        add(reading, reading->shifter - 1, reading->shifters_own);
    reading->shifters_own = 0;
}

/* Headlines and captions in capitals. */
static bool is_title(const struct doc *doc, size_t first, size_t end)
{
    size_t capitals = 0;
    for (size_t i = first; i < end; i++)
        capitals += doc->words[i].shape == SHAPE_CAPITAL || doc->words[i].shape == SHAPE_UPPER;
    return capitals * 3 > (end - first) * 2;
}

static bool is_name(const struct reading *reading, size_t word)
{
    uint8_t shape = reading->doc->words[word].shape;
    return word > reading->first && !reading->title &&
           (shape == SHAPE_CAPITAL || shape == SHAPE_UPPER);
}

/* "the end was", "a cut": a noun, that lessens nothing of what follows. */
static bool after_article(const struct reading *reading, size_t word)
{
    static const char *const articles[] = {"the", "a", "an", "this", "that"};
    if (word == reading->first)
        return false;
    struct slice before = doc_fold(reading->doc, &reading->doc->words[word - 1]);
    for (size_t i = 0; i < sizeof articles / sizeof *articles; i++)
        if (slice_is(before, articles[i]))
            return true;
    return false;
}

static bool within(size_t word, size_t position, size_t reach)
{
    return position > 0 && word - (position - 1) <= reach;
}

/* A word of the lexicon with a weight of its own. */
static void weigh(struct reading *reading, size_t word, size_t count, double own, bool shifts)
{
    double weight = own * reading->strength * reading->scale;
    if (is_name(reading, word))
        weight *= NAME_WEIGHT;
    if (within(word, reading->negator, NEGATION_REACH))
        weight *= -NEGATION_WEIGHT;
    bool strong = own >= SHIFTED_LEAST || own <= -SHIFTED_LEAST;
    if (strong && within(word, reading->shifter, SHIFT_REACH)) {
        weight *= -SHIFT_WEIGHT;
        reading->shifters_own = 0;
    }
    if (!shifts) {
        add(reading, word, weight);
        return;
    }
    settle_shifter(reading);
    reading->shifters_own = weight;
    reading->shifter = word + count;
}

static void contrast(struct reading *reading, size_t word)
{
    reading->sums.positive *= BEFORE_CONTRAST;
    reading->sums.negative *= BEFORE_CONTRAST;
    for (size_t i = 0; reading->weights && i < word - reading->first; i++)
        reading->weights[i] *= BEFORE_CONTRAST;
    reading->scale = AFTER_CONTRAST;
    reading->negator = 0;
}

static void read_entry(struct reading *reading, size_t word, size_t count,
                       const struct lexicon_entry *entry)
{
    uint32_t flags = entry->more;
    reading->sums.activity += (flags & TONE_ACTIVITY) != 0;
    reading->sums.self_group += (flags & TONE_SELF_GROUP) != 0;
    if (flags & TONE_CONTRAST && word > reading->first)
        contrast(reading, word);
    bool shifts = flags & TONE_SHIFTER && (count > 1 || !after_article(reading, word));
    if (entry->value || shifts)
        weigh(reading, word, count, entry->value / 100.0, shifts);
    if (flags & TONE_NEGATOR)
        reading->negator = word + count;
    reading->strength = flags & TONE_BOOSTER ? BOOST : flags & TONE_DAMPENER ? DAMPEN : 1;
}

struct tone_sums tone_of_words(const struct doc *doc, size_t first, size_t end, double *weights)
{
    for (size_t i = first; weights && i < end; i++)
        weights[i - first] = 0;
    struct reading reading = {.doc = doc,
                              .first = first,
                              .weights = weights,
                              .strength = 1,
                              .scale = 1,
                              .title = is_title(doc, first, end)};
    size_t count = 1;
    for (size_t i = first; i < end; i += count) {
        const struct lexicon_entry *entry = doc->tone_entries[doc->word_kinds[i]];
        count = 1;
        if (entry)
            entry = kinds_phrase(doc, doc->tone_lexicon, entry, i, end, &count);
        if (entry)
            read_entry(&reading, i, count, entry);
        else
            reading.strength = 1;
    }
    settle_shifter(&reading);
    return reading.sums;
}

static double per_cent(double of, size_t words)
{
    double share = words ? 100.0 * of / (double)words : 0;
    return share > 100 ? 100 : share;
}

double tone_per_cent(const struct tone_sums *sums, size_t words)
{
    return per_cent(sums->positive, words + SMOOTHING_WORDS) -
           per_cent(sums->negative, words + SMOOTHING_WORDS);
}

static void fill(struct result_tone *tone, const struct tone_sums *all, size_t words)
{
    tone->words = (uint32_t)words;
    tone->positive = per_cent(all->positive, words + SMOOTHING_WORDS);
    tone->negative = per_cent(all->negative, words + SMOOTHING_WORDS);
    tone->tone = tone->positive - tone->negative;
    tone->polarity = tone->positive + tone->negative;
    tone->activity = per_cent((double)all->activity, words);
    tone->self_group = per_cent((double)all->self_group, words);
}

enum status tone_run(struct doc *doc, struct arena *arena)
{
    bool english = doc_language_is(doc, "en");
    doc->tone_entries = kinds_entries(doc, doc->tone_lexicon, arena);
    if (english)
        doc->tone_weights = arena_array(arena, doc->word_count, sizeof *doc->tone_weights);
    if (!doc->tone_entries || (english && !doc->tone_weights))
        return STATUS_REJECT;
    struct tone_sums all = {0};
    struct result_sentence *out = doc->result->sentences.items;
    for (size_t i = 0; english && i < doc->sentence_count; i++) {
        const struct doc_sentence *sentence = &doc->sentences[i];
        struct tone_sums sums = tone_of_words(doc, sentence->first_word, sentence->word_end,
                                              doc->tone_weights + sentence->first_word);
        out[i].tone = tone_per_cent(&sums, sentence->word_end - sentence->first_word);
        all.positive += sums.positive;
        all.negative += sums.negative;
        all.activity += sums.activity;
        all.self_group += sums.self_group;
    }
    fill(&doc->result->tone, &all, doc->word_count);
    return STATUS_OK;
}
