/* Names that the labeller found in one place and missed in another: what is written like a name it
 * was sure of, and like a person's last word, is that name again.
 *
 * Ordinary words are left alone, for their capital may be another's (Pearl, Mission). Each word
 * looks at few names: the work is linear. */
#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/names/spans.h"

#define SURE_MARGIN 80 /* of the labeller, from which a name is looked for elsewhere */
#define TRIES_MAX   8  /* names with one first word */

struct slot {
    uint64_t hash; /* of the first word */
    uint32_t span; /* 1 + its index; 0 free */
    bool last;     /* only the last word counts: a family name */
};

struct finder {
    const struct doc *doc;
    const struct name_spans *found;
    struct slot *slots;
    uint64_t mask;
    void *items; /* struct name_span: what stands again */
    size_t count, capacity;
    struct arena *arena;
};

static bool is_capital(const struct doc_word *word)
{
    return word->shape == SHAPE_CAPITAL || word->shape == SHAPE_UPPER;
}

/* May the word alone bring its name back? */
static bool is_telling(const struct doc_word *word)
{
    const uint32_t vague = NAME_WORD_COMMON | NAME_WORD_HEAD | NAME_WORD_PLACE |
                           NAME_WORD_FACILITY | NAME_WORD_CALENDAR | NAME_WORD_PEOPLE |
                           NAME_WORD_TITLE;
    bool common = name_look_up(&name_words, word->hash) & vague;
    return is_capital(word) && word->fold_len > 1 && (word->shape == SHAPE_UPPER || !common);
}

static void note(struct finder *finder, uint32_t word, size_t span, bool last)
{
    const struct doc_word *it = &finder->doc->words[word];
    uint64_t at = it->hash >> 20 & finder->mask;
    for (int tries = 0; finder->slots[at].span && tries < TRIES_MAX; tries++)
        at = (at + 1) & finder->mask;
    if (!finder->slots[at].span)
        finder->slots[at] = (struct slot){it->hash, (uint32_t)span + 1, last};
}

static void note_all(struct finder *finder)
{
    for (size_t i = 0; i < finder->found->count; i++) {
        const struct name_span *span = &finder->found->items[i];
        uint32_t size = span->word_end - span->first_word;
        if (span->margin < SURE_MARGIN || span->type == NAME_OTHER || span->type == NAME_PLACE)
            continue;
        if (size > 1 || is_telling(&finder->doc->words[span->first_word]))
            note(finder, span->first_word, i, false);
        if (size > 1 && span->type == NAME_PERSON &&
            is_telling(&finder->doc->words[span->word_end - 1]))
            note(finder, span->word_end - 1, i, true);
    }
}

/* How many words from `word` on, all before `end`, are those of the span in the slot; 0: others. */
static uint32_t matches(const struct finder *finder, const struct slot *slot, uint32_t word,
                        uint32_t end)
{
    const struct doc *doc = finder->doc;
    const struct name_span *span = &finder->found->items[slot->span - 1];
    uint32_t size = slot->last ? 1 : span->word_end - span->first_word;
    if (slot->hash != doc->words[word].hash || size > end - word)
        return 0;
    for (uint32_t i = 1; i < size; i++) {
        const struct doc_word *own = &doc->words[word + i];
        const struct doc_word *other = &doc->words[span->first_word + i];
        if (own->hash != other->hash || own->shape != other->shape ||
            own->from - own[-1].to != other->from - other[-1].to)
            return 0;
    }
    return size;
}

/* The longest name that stands again at `word`. */
static const struct name_span *longest_at(const struct finder *finder, uint32_t word, uint32_t end,
                                          uint32_t *size)
{
    const struct name_span *best = NULL;
    uint64_t at = finder->doc->words[word].hash >> 20 & finder->mask;
    *size = 0;
    for (int tries = 0; finder->slots[at].span && tries <= TRIES_MAX; tries++) {
        uint32_t found = matches(finder, &finder->slots[at], word, end);
        if (found > *size) {
            *size = found;
            best = &finder->found->items[finder->slots[at].span - 1];
        }
        at = (at + 1) & finder->mask;
    }
    return best;
}

/* Adds the name that stands again at `word`, before `end`; `*behind` is the word behind it. */
static enum status look(struct finder *finder, uint32_t word, uint32_t end, uint32_t *behind)
{
    const struct doc_word *words = finder->doc->words;
    uint32_t size;
    const struct name_span *name = longest_at(finder, word, end, &size);
    if (!name)
        return STATUS_OK;
    struct name_span *span =
        arena_push(&finder->items, &finder->count, &finder->capacity, sizeof *span, finder->arena);
    if (!span)
        return STATUS_REJECT;
    *span = (struct name_span){
        .from = words[word].from,
        .to = words[word + size - 1].to - words[word + size - 1].tail,
        .first_word = word,
        .word_end = word + size,
        .type = name->type,
        .confidence = name->confidence / 2,
    };
    *behind = word + size;
    return STATUS_OK;
}

/* Looks at the words with capitals in which nothing was found. */
static enum status look_at_all(struct finder *finder, const struct word_uses *uses)
{
    const struct name_spans *found = finder->found;
    enum status status = STATUS_OK;
    uint32_t behind = 0;
    for (size_t i = 0, next = 0; i < uses->start_count && status == STATUS_OK; i++) {
        uint32_t word = uses->starts[i];
        while (next < found->count && found->items[next].word_end <= word)
            next++;
        uint32_t end =
            next < found->count ? found->items[next].first_word : (uint32_t)finder->doc->word_count;
        if (word >= behind && word < end && is_capital(&finder->doc->words[word]))
            status = look(finder, word, end, &behind);
    }
    return status;
}

/* Puts what stands again in between. */
static enum status put_in(const struct finder *finder, struct name_spans *names)
{
    const struct name_span *again = finder->items;
    size_t count = names->count + finder->count, left = finder->count, kept = names->count;
    struct name_span *all = arena_array(finder->arena, count, sizeof *all);
    if (!all)
        return STATUS_REJECT;
    for (size_t i = count; i-- > 0;) {
        bool old = left == 0 ||
                   (kept > 0 && names->items[kept - 1].first_word >= again[left - 1].first_word);
        all[i] = old ? names->items[--kept] : again[--left];
    }
    *names = (struct name_spans){all, count};
    return STATUS_OK;
}

enum status name_again(const struct doc *doc, const struct word_uses *uses,
                       struct name_spans *names, struct arena *arena)
{
    struct finder finder = {.doc = doc, .found = names, .mask = 15, .arena = arena};
    while (finder.mask < 4 * (uint64_t)names->count)
        finder.mask = 2 * finder.mask + 1;
    finder.slots = arena_array(arena, finder.mask + 1, sizeof *finder.slots);
    if (!finder.slots)
        return STATUS_REJECT;
    note_all(&finder);
    enum status status = look_at_all(&finder, uses);
    return status == STATUS_OK && finder.count > 0 ? put_in(&finder, names) : status;
}
