/* The labeller over a whole document: its windows, their labels, the names these make. */
#include "worker/analysis/names/labeller.h"
#include "worker/analysis/names/spans.h"

/* A margin of the labeller that is as good as certain. */
#define SURE_MARGIN 240
#define LEAST       0.5
#define MOST        0.97

/* The text that the weights were learned from is fuller of organizations, and has fewer names of
 * the other kinds, than articles are: what that adds to their scores. */
static const int16_t shifts[LABELS] = {[LABEL_BODY] = -20, [LABEL_OTHER] = 30};

/* Windows whose words are scored together: the model is larger than the near caches, and what one
 * waits for is on its way for all. So many features are enough to wait for. */
#define BATCH_FEATURES 1024
#define MORE_FEATURES                                                                              \
    (WINDOW_WORDS_MAX * LABELLER_FEATURES_MAX + LABELLER_STEP) /* the last window's */
#define BATCH_WORDS (BATCH_FEATURES / LABELLER_STEP + WINDOW_WORDS_MAX)
struct batch {
    uint32_t firsts[BATCH_WORDS]; /* of each window */
    uint8_t sizes[BATCH_WORDS];
    uint32_t windows, words, features;
    uint8_t counts[BATCH_WORDS]; /* of each word's features, in whole steps */
    uint32_t numbers[BATCH_FEATURES + MORE_FEATURES], places[BATCH_FEATURES + MORE_FEATURES];
    int16_t scores[BATCH_WORDS][LABELS];
};

struct labelling {
    const struct doc *doc;
    struct labeller_steps steps;
    struct batch batch;
    void *items; /* struct name_span */
    size_t count, capacity;
    struct arena *arena;
};

/* The stop of "Inc." and "Jr." belongs to the name. */
static uint32_t with_stop(const struct doc *doc, const struct doc_word *last)
{
    uint32_t to = last->to - last->tail;
    if (last->tail > 0 || to >= doc->text.len || doc->text.data[to] != '.')
        return to;
    bool dotted = memchr(doc->text.data + last->from, '.', to - last->from) != NULL;
    uint32_t flags = lexicon_flags(&words_lexicon, doc_fold(doc, last), last->hash);
    return to + (dotted || flags & WORD_COMMON ? 1 : 0);
}

static enum status add(struct labelling *labelling, uint32_t first, uint32_t end, unsigned label,
                       int32_t margin)
{
    const struct doc *doc = labelling->doc;
    struct name_span *span = arena_push(&labelling->items, &labelling->count, &labelling->capacity,
                                        sizeof *span, labelling->arena);
    if (!span)
        return STATUS_REJECT;
    double share = margin >= SURE_MARGIN ? 1.0 : (double)(margin > 0 ? margin : 0) / SURE_MARGIN;
    *span = (struct name_span){.from = doc->words[first].from,
                               .to = with_stop(doc, &doc->words[end - 1]),
                               .first_word = first,
                               .word_end = end,
                               .type = (enum name_type)(label_kind(label) - 1),
                               .margin = margin,
                               .confidence = LEAST + (MOST - LEAST) * share};
    return STATUS_OK;
}

static enum status label_window(struct labelling *labelling, uint32_t first,
                                const int16_t (*scores)[LABELS], uint32_t count)
{
    uint8_t labels[WINDOW_WORDS_MAX];
    enum status status = STATUS_OK;
    labeller_best(scores, count, &labelling->steps, labels);
    for (uint32_t i = 0, end; i < count && status == STATUS_OK; i = end) {
        end = i + 1;
        while (labels[i] != LABEL_OUTSIDE && end < count &&
               label_goes_on(labels[end - 1], labels[end]))
            end++;
        if (labels[i] != LABEL_OUTSIDE)
            status = add(labelling, first + i, first + end, labels[i],
                         labeller_margin(scores, &labelling->steps, labels, i, end, count));
    }
    return status;
}

/* Labels the windows that were gathered, and forgets them. */
static enum status label_batch(struct labelling *labelling)
{
    struct batch *batch = &labelling->batch;
    enum status status = STATUS_OK;
    for (uint32_t i = 0, from = 0; i < batch->words; i++) {
        memcpy(batch->scores[i], shifts, sizeof shifts);
        labeller_add(&name_labeller, batch->numbers + from, batch->places + from, batch->counts[i],
                     batch->scores[i]);
        from += batch->counts[i];
    }
    for (uint32_t i = 0, from = 0; i < batch->windows && status == STATUS_OK; i++) {
        status = label_window(labelling, batch->firsts[i],
                              (const int16_t(*)[LABELS]) & batch->scores[from], batch->sizes[i]);
        from += batch->sizes[i];
    }
    batch->windows = batch->words = batch->features = 0;
    return status;
}

/* Adds a filled window to the batch, which has room for it. */
static void gather(struct batch *batch, const struct window *window)
{
    uint32_t size = window->end - window->first;
    batch->firsts[batch->windows] = window->first;
    batch->sizes[batch->windows++] = (uint8_t)size;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t features[LABELLER_FEATURES_MAX + LABELLER_STEP];
        size_t count = labeller_features(window, i, features);
        labeller_expect(&name_labeller, features, count, batch->numbers + batch->features,
                        batch->places + batch->features);
        batch->counts[batch->words] = (uint8_t)labeller_whole(count);
        batch->features += batch->counts[batch->words++];
    }
}

static bool is_given(const struct doc *doc, uint32_t word)
{
    return name_look_up(&name_words, doc->words[word].hash) & NAME_WORD_GIVEN;
}

/* "Samuel" and "Pak" beside each other are one person, unless the second begins with a given name
 * too (lists of first names, signatures). */
static void join_persons(const struct doc *doc, struct name_spans *spans)
{
    size_t kept = 0;
    for (size_t i = 0; i < spans->count; i++) {
        struct name_span *last = kept > 0 ? &spans->items[kept - 1] : NULL;
        const struct name_span *next = &spans->items[i];
        bool joins = last && last->type == NAME_PERSON && next->type == NAME_PERSON &&
                     last->word_end == next->first_word && last->word_end - last->first_word == 1 &&
                     next->from == last->to + 1 && doc->text.data[last->to] == ' ' &&
                     is_given(doc, last->first_word) && !is_given(doc, next->first_word);
        if (!joins) {
            spans->items[kept++] = *next;
            continue;
        }
        last->to = next->to;
        last->word_end = next->word_end;
    }
    spans->count = kept;
}

/* The quotation mark at byte `at`, opening or closing: its length; 0 when there is none. */
static uint32_t quote_at(const struct doc *doc, uint32_t at)
{
    struct slice rest = slice_sub(doc->text, at, doc->text.len);
    if (rest.len > 0 && rest.data[0] == '"')
        return 1;
    bool curly = slice_starts_with(rest, SLICE_LITERAL("\xe2\x80\x9c")) ||
                 slice_starts_with(rest, SLICE_LITERAL("\xe2\x80\x9d"));
    return curly ? 3 : 0;
}

/* Where the word stands that follows a nickname in quotation marks behind `word`: Walter "Whitey"
 * Hobbs; 0 when none does. */
static uint32_t behind_nickname(const struct doc *doc, uint32_t word)
{
    for (uint32_t last = word + 1; last <= word + 2 && last + 1 < doc->word_count; last++) {
        uint32_t opened = quote_at(doc, doc->words[word].to + 1);
        uint32_t closed = quote_at(doc, doc->words[last].to);
        if (opened > 0 && closed > 0 && doc->text.data[doc->words[word].to] == ' ' &&
            doc->words[word + 1].from == doc->words[word].to + 1 + opened &&
            doc->words[last + 1].from == doc->words[last].to + closed + 1 &&
            doc->words[last + 1].shape == SHAPE_CAPITAL)
            return last + 1;
    }
    return 0;
}

/* A person's nickname stands inside the name, whatever it was taken for. */
static void join_nicknames(const struct doc *doc, struct name_spans *spans)
{
    size_t kept = 0;
    for (size_t i = 0; i < spans->count; i++) {
        struct name_span span = spans->items[i];
        uint32_t behind = span.type == NAME_PERSON ? behind_nickname(doc, span.word_end - 1) : 0;
        size_t next = i + 1;
        while (behind && next < spans->count && spans->items[next].word_end <= behind)
            next++;
        if (behind && next < spans->count && spans->items[next].first_word == behind &&
            spans->items[next].type != NAME_OTHER) {
            span.to = spans->items[next].to;
            span.word_end = spans->items[next].word_end;
            i = next;
        }
        spans->items[kept++] = span;
    }
    spans->count = kept;
}

/* Gathers the windows of a sentence, and labels them when there are many. */
static enum status label_sentence(struct labelling *labelling, const struct doc_sentence *sentence,
                                  const struct word_uses *uses, struct window *window)
{
    const struct doc *doc = labelling->doc;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && window_find(doc, sentence, uses, window)) {
        window_fill(doc, uses, window);
        gather(&labelling->batch, window);
        if (labelling->batch.features > BATCH_FEATURES)
            status = label_batch(labelling);
    }
    return status;
}

enum status name_labelled(const struct doc *doc, const struct word_uses *uses,
                          struct name_spans *out, struct arena *arena)
{
    struct window window;
    struct labelling labelling;
    labelling.doc = doc;
    labelling.arena = arena;
    labelling.items = NULL;
    labelling.count = labelling.capacity = 0;
    labelling.batch.windows = labelling.batch.words = labelling.batch.features = 0;
    labeller_steps_of(name_labeller.transitions, &labelling.steps);
    window_begin(&window);
    enum status status = STATUS_OK;
    for (size_t s = 0; s < doc->sentence_count && status == STATUS_OK; s++)
        status = label_sentence(&labelling, &doc->sentences[s], uses, &window);
    if (status == STATUS_OK)
        status = label_batch(&labelling);
    *out = (struct name_spans){labelling.items, labelling.count};
    join_persons(doc, out);
    join_nicknames(doc, out);
    return status;
}
