/* GDELT's seven numbers for the article and a tone for each sentence (GKG 2.1 codebook, V1.5TONE):
 *
 *   positive = 100 * positive words / words      negative = 100 * negative words / words
 *   tone = positive - negative                   polarity = positive + negative
 *   activity = 100 * activity words / words      self_group = 100 * pronouns / words
 *
 * A word counts with its weight in the lexicon (1 is an ordinary one). A negation before it turns
 * it to the other side, weaker; intensifiers and dampeners change the weight; in a sentence with
 * "but" what follows counts more than what precedes. Texts in other languages match no word. */
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"

#define NEGATION_REACH  4 /* words from "not" to the word it turns */
#define NEGATION_WEIGHT 0.6
#define BOOST           1.25
#define DAMPEN          0.7
#define BEFORE_CONTRAST 0.7
#define AFTER_CONTRAST  1.2
#define PHRASE_WORDS    4
#define PHRASE_BYTES    160

struct sums {
    double positive, negative;
    size_t activity, self_group;
};

/* What has been read of a sentence. */
struct reading {
    size_t negator;  /* index + 1 of the last negation, 0 none */
    double strength; /* of the boosters directly before */
    double scale;    /* 1, or more behind a contrast */
};

/* The longest key of the lexicon that begins at `word`; `*count` is its length in words. */
static const struct lexicon_entry *match(const struct doc *doc, size_t word, size_t end,
                                         size_t *count)
{
    struct slice first = doc_fold(doc, &doc->words[word]);
    const struct lexicon_entry *single = lexicon_find(&tone_lexicon, first, doc->words[word].hash);
    *count = 1;
    if (!single)
        return NULL;
    size_t most = single->words < PHRASE_WORDS ? single->words : PHRASE_WORDS;
    const struct lexicon_entry *best = single->value == LEXICON_PREFIX_ONLY ? NULL : single;
    char phrase[PHRASE_BYTES];
    size_t len = 0;
    for (size_t n = 0; n < most && word + n < end; n++) {
        struct slice next = doc_fold(doc, &doc->words[word + n]);
        if (len + next.len + 1 > sizeof phrase)
            break;
        if (n > 0)
            phrase[len++] = ' ';
        memcpy(phrase + len, next.data, next.len);
        len += next.len;
        const struct lexicon_entry *longer =
            n > 0 ? lexicon_look_up(&tone_lexicon, (struct slice){phrase, len}) : NULL;
        if (longer && longer->value != LEXICON_PREFIX_ONLY) {
            best = longer;
            *count = n + 1;
        }
    }
    return best;
}

static void weigh(struct reading *reading, size_t word, double weight, struct sums *sums)
{
    weight *= reading->strength * reading->scale;
    if (reading->negator && word - (reading->negator - 1) <= NEGATION_REACH)
        weight *= -NEGATION_WEIGHT;
    if (weight > 0)
        sums->positive += weight;
    else
        sums->negative -= weight;
}

static void read_sentence(const struct doc *doc, const struct doc_sentence *sentence,
                          struct sums *sums)
{
    struct reading reading = {.strength = 1, .scale = 1};
    size_t count = 1;
    for (size_t i = sentence->first_word; i < sentence->word_end; i += count) {
        const struct lexicon_entry *entry = match(doc, i, sentence->word_end, &count);
        uint32_t flags = entry ? entry->more : 0;
        sums->activity += (flags & TONE_ACTIVITY) != 0;
        sums->self_group += (flags & TONE_SELF_GROUP) != 0;
        if (flags & TONE_CONTRAST && i > sentence->first_word) {
            sums->positive *= BEFORE_CONTRAST;
            sums->negative *= BEFORE_CONTRAST;
            reading.scale = AFTER_CONTRAST;
            reading.negator = 0;
        }
        if (entry && entry->value)
            weigh(&reading, i, entry->value / 100.0, sums);
        reading.strength = flags & TONE_BOOSTER ? BOOST : flags & TONE_DAMPENER ? DAMPEN : 1;
        if (flags & TONE_NEGATOR)
            reading.negator = i + count;
    }
}

static double per_cent(double of, size_t words)
{
    double share = words ? 100.0 * of / (double)words : 0;
    return share > 100 ? 100 : share;
}

enum status tone_run(struct doc *doc, struct arena *arena)
{
    (void)arena;
    struct sums all = {0};
    bool english = doc_language_is(doc, "en");
    struct result_sentence *out = doc->result->sentences.items;
    for (size_t i = 0; english && i < doc->sentence_count; i++) {
        const struct doc_sentence *sentence = &doc->sentences[i];
        struct sums sums = {0};
        read_sentence(doc, sentence, &sums);
        size_t words = sentence->word_end - sentence->first_word;
        out[i].tone = per_cent(sums.positive, words) - per_cent(sums.negative, words);
        all.positive += sums.positive;
        all.negative += sums.negative;
        all.activity += sums.activity;
        all.self_group += sums.self_group;
    }
    struct result_tone *tone = &doc->result->tone;
    tone->words = (uint32_t)doc->word_count;
    tone->positive = per_cent(all.positive, doc->word_count);
    tone->negative = per_cent(all.negative, doc->word_count);
    tone->tone = tone->positive - tone->negative;
    tone->polarity = tone->positive + tone->negative;
    tone->activity = per_cent((double)all.activity, doc->word_count);
    tone->self_group = per_cent((double)all.self_group, doc->word_count);
    return STATUS_OK;
}
