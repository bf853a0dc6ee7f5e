/* The labeller over a whole document: its windows, their labels, the names these make. */
#include "worker/analysis/names/labeller.h"
#include "worker/analysis/names/spans.h"

/* A margin of the labeller that is as good as certain; learned weights are in sixty-fourths / 8. */
#define SURE_MARGIN 160
#define LEAST       0.5
#define MOST        0.97

struct labelling {
    const struct doc *doc;
    void *items;
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
                               .type = (enum name_type)((label - 1) / 2),
                               .margin = margin,
                               .confidence = LEAST + (MOST - LEAST) * share};
    return STATUS_OK;
}

static enum status label_window(struct labelling *labelling, const struct window *window)
{
    uint8_t labels[WINDOW_WORDS_MAX];
    int32_t margins[WINDOW_WORDS_MAX];
    uint32_t count = window->end - window->first;
    enum status status = STATUS_OK;
    labeller_run(&name_labeller, window, labels, margins);
    for (uint32_t i = 0; i < count && status == STATUS_OK;) {
        uint32_t end = i + 1;
        int32_t sum = margins[i];
        while (labels[i] != LABEL_OUTSIDE && end < count && labels[end] == labels[i] + 1)
            sum += margins[end++];
        if (labels[i] != LABEL_OUTSIDE)
            status = add(labelling, window->first + i, window->first + end, labels[i],
                         sum / (int32_t)(end - i));
        i = end;
    }
    return status;
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

enum status name_labelled(const struct doc *doc, struct name_spans *out, struct arena *arena)
{
    struct labelling labelling = {.doc = doc, .arena = arena};
    struct lower_words *lower = lower_words_of(doc, arena);
    enum status status = lower ? STATUS_OK : STATUS_REJECT;
    for (size_t s = 0; s < doc->sentence_count && status == STATUS_OK; s++) {
        const struct doc_sentence *sentence = &doc->sentences[s];
        struct window window;
        uint32_t at = sentence->first_word;
        while (status == STATUS_OK && window_find(doc, at, sentence->word_end, &window)) {
            window_fill(doc, sentence, lower, &window);
            status = label_window(&labelling, &window);
            at = window.end;
        }
    }
    *out = (struct name_spans){labelling.items, labelling.count};
    join_persons(doc, out);
    return status;
}
