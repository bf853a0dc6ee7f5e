/* Paragraphs in another language than the article's: quoted originals, translated notes, captions.
 *
 * What the words stage knows says which paragraphs are suspect: common words of another language,
 * or another script. Only those are identified, so an article in one language pays for one look at
 * each of its words. */
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "common/utf8.h"
#include "worker/analysis/language/evidence.h"
#include "worker/analysis/language/identify.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/words/kinds.h"

#define SUSPECT     3.0f /* evidence for another language */
#define SURE        0.9  /* the least confidence of a passage */
#define WORDS_LEAST 4
#define WORDS_MANY  1000 /* from which on sums of weights are not exact enough to be compared */

struct paragraph {
    uint32_t from, to;           /* bytes of text */
    size_t first_word, word_end; /* its words */
};

struct finder {
    struct doc *doc;
    int own;                              /* the article's language, -1 without a list */
    UScriptCode script;                   /* what most of its words are written in */
    bool latin;                           /* all of them are in Latin letters */
    const struct lexicon_entry **entries; /* of languages_lexicon, a kind of word each */
    float *strange; /* what each kind is worth to others at most, against the article's language */
    struct result_passage *items;
    size_t count, capacity;
    struct arena *arena;
};

/* Kana, Han and Hangul are one here: articles mix them. */
static UScriptCode script_of(uint32_t point)
{
    UErrorCode error = U_ZERO_ERROR;
    if (point < 0x250)
        return USCRIPT_LATIN;
    UScriptCode script = uscript_getScript((UChar32)point, &error);
    bool eastern = script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA;
    return eastern ? USCRIPT_HAN : script;
}

static UScriptCode script_of_word(const struct doc *doc, const struct doc_word *word)
{
    size_t at = word->from;
    return word->plain ? USCRIPT_LATIN : script_of(utf8_next(doc->text, &at));
}

/* The script of most words among them, by majority vote (Boyer and Moore). */
static UScriptCode script_among(const struct doc *doc, size_t first, size_t end)
{
    UScriptCode leader = USCRIPT_COMMON;
    size_t votes = 0;
    for (size_t i = first; i < end; i++) {
        if (doc->words[i].number)
            continue;
        UScriptCode script = script_of_word(doc, &doc->words[i]);
        if (votes == 0)
            leader = script;
        votes = script == leader ? votes + 1 : votes - 1;
    }
    return leader;
}

/* Whether no word but numbers is in other letters, as in most texts of most languages. */
static bool is_latin(const struct doc *doc)
{
    for (size_t i = 0; i < doc->word_count; i++)
        if (!doc->words[i].plain && !doc->words[i].number &&
            script_of_word(doc, &doc->words[i]) != USCRIPT_LATIN)
            return false;
    return true;
}

/* The script of most words of a paragraph. */
static UScriptCode script_in(const struct finder *finder, const struct paragraph *paragraph)
{
    size_t word = paragraph->first_word;
    if (!finder->latin)
        return script_among(finder->doc, word, paragraph->word_end);
    while (word < paragraph->word_end && finder->doc->words[word].number)
        word++;
    return word < paragraph->word_end ? USCRIPT_LATIN : USCRIPT_COMMON;
}

/* Whether the paragraph's words leave no doubt: no language is ahead of the article's own by more
 * than the words that are common only in others, without those that are common in it alone. Half of
 * what makes a suspect leaves room for what is lost in adding. */
static bool is_own(const struct finder *finder, const struct paragraph *paragraph)
{
    float strange = 0;
    for (size_t i = paragraph->first_word; i < paragraph->word_end; i++)
        strange += finder->strange[finder->doc->word_kinds[i]];
    return finder->own >= 0 && strange < SUSPECT / 2 &&
           paragraph->word_end - paragraph->first_word <= WORDS_MANY;
}

static bool is_suspect(const struct finder *finder, const struct paragraph *paragraph)
{
    const struct doc *doc = finder->doc;
    if (paragraph->word_end - paragraph->first_word < WORDS_LEAST)
        return false;
    if (script_in(finder, paragraph) != finder->script)
        return true;
    if (is_own(finder, paragraph))
        return false;
    struct evidence evidence = {.words = 0};
    for (size_t i = paragraph->first_word; i < paragraph->word_end; i++)
        evidence_take(&evidence, finder->entries[doc->word_kinds[i]]);
    int best = evidence_best(&evidence, -1);
    return best != finder->own &&
           evidence_score(&evidence, best) - evidence_score(&evidence, finder->own) >= SUSPECT;
}

static bool same_language(const struct doc *doc, struct slice code)
{
    const char *dash = memchr(code.data, '-', code.len);
    return slice_is(slice_sub(code, 0, dash ? (size_t)(dash - code.data) : code.len),
                    doc->language);
}

static bool add(struct finder *finder, const struct paragraph *paragraph,
                const struct identified *found)
{
    uint32_t start = doc_point(finder->doc, paragraph->from);
    uint32_t end = doc_point(finder->doc, paragraph->to);
    struct result_passage *last = finder->count ? &finder->items[finder->count - 1] : NULL;
    if (last && last->end + 2 == start && slice_equal(last->code, found->code)) {
        last->end = end;
        last->confidence =
            last->confidence > found->confidence ? last->confidence : found->confidence;
        return true;
    }
    void *items = finder->items;
    struct result_passage *item =
        arena_push(&items, &finder->count, &finder->capacity, sizeof *finder->items, finder->arena);
    finder->items = items;
    if (item)
        *item = (struct result_passage){start, end, arena_copy(found->code, finder->arena),
                                        found->confidence};
    return item && item->code.data;
}

static bool look_at(struct finder *finder, const struct paragraph *paragraph)
{
    struct slice text = slice_sub(finder->doc->text, paragraph->from, paragraph->to);
    if (!is_suspect(finder, paragraph))
        return true;
    if (text.len > IDENTIFY_BYTES_MAX) {
        text.len = IDENTIFY_BYTES_MAX;
        while (((unsigned char)text.data[text.len] & 0xc0) == 0x80)
            text.len--;
    }
    struct identified found = language_identify(text, NULL);
    if (found.confidence < SURE || same_language(finder->doc, found.code))
        return true;
    return add(finder, paragraph, &found);
}

/* The paragraph that begins at byte `from`, after word `word`. */
static struct paragraph next_paragraph(const struct doc *doc, size_t from, size_t word)
{
    struct paragraph paragraph = {.from = (uint32_t)from,
                                  .to = (uint32_t)doc_paragraph_end(doc->text, from),
                                  .first_word = word,
                                  .word_end = word};
    while (paragraph.word_end < doc->word_count &&
           doc->words[paragraph.word_end].from < paragraph.to)
        paragraph.word_end++;
    return paragraph;
}

/* Looks up each kind of word. */
static bool look_up(struct finder *finder)
{
    const struct doc *doc = finder->doc;
    finder->entries = kinds_entries(doc, &languages_lexicon, finder->arena);
    finder->strange = arena_array(finder->arena, doc->kind_count, sizeof *finder->strange);
    if (!finder->entries || !finder->strange)
        return false;
    for (size_t i = 0; i < doc->kind_count; i++)
        if (finder->entries[i] && finder->own >= 0)
            finder->strange[i] = evidence_against(finder->entries[i], finder->own);
    return true;
}

enum status passages_run(struct doc *doc, struct arena *arena)
{
    struct finder finder = {.doc = doc,
                            .own = evidence_language(slice_from(doc->language)),
                            .latin = is_latin(doc),
                            .arena = arena};
    struct paragraph all = {.word_end = doc->word_count};
    bool known = !doc_language_is(doc, "und");
    size_t word = 0;
    finder.script = script_in(&finder, &all);
    if (!look_up(&finder))
        return STATUS_REJECT;
    for (size_t from = 0; known && from < doc->text.len;) {
        struct paragraph paragraph = next_paragraph(doc, from, word);
        if (!look_at(&finder, &paragraph))
            return STATUS_REJECT;
        from = paragraph.to + 2;
        word = paragraph.word_end;
    }
    doc->result->languages = (struct field_list){finder.items, finder.count};
    return STATUS_OK;
}
