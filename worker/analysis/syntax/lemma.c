/* Lemmas by tag. */
#include "worker/analysis/syntax/lemma.h"

#include <unicode/uchar.h>

#include "common/utf8.h"

#define FORM_MAX 60 /* bytes; longer forms are their own lemma */

struct word {
    char text[FORM_MAX + 12];
    size_t len;
};

uint32_t lemma_hash(struct slice lower, enum xpos xpos)
{
    uint32_t hash = 0x811c9dc5u ^ (uint32_t)xpos * 0x9e3779b9u;
    for (size_t i = 0; i < lower.len; i++)
        hash = (hash ^ (unsigned char)lower.data[i]) * 0x01000193u;
    hash ^= hash >> 15;
    return hash ? hash : 1;
}

static void lower_case(struct slice form, struct word *out)
{
    out->len = 0;
    for (size_t at = 0; at < form.len;) {
        UChar32 point = (UChar32)utf8_next(form, &at);
        if (point < 0x80)
            point = point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point;
        else
            point = point == 0x2019 ? '\'' : u_tolower(point);
        out->len += utf8_put((uint32_t)point, out->text + out->len);
        if (out->len > FORM_MAX)
            return;
    }
}

static struct slice irregular(const struct model *model, struct slice lower, enum xpos xpos)
{
    uint32_t hash = lemma_hash(lower, xpos), mask = model->header->lemma_slots - 1;
    uint32_t at = hash & mask;
    while (model->lemmas[at].hash && model->lemmas[at].hash != hash)
        at = (at + 1) & mask;
    if (!model->lemmas[at].hash)
        return SLICE_NULL;
    const char *lemma = model->lemma_pool + model->lemmas[at].at;
    return (struct slice){lemma, (uint8_t)lemma[-1]};
}

static uint32_t readings(const struct model *model, const struct word *word)
{
    uint32_t hash = features_word_hash((struct slice){word->text, word->len});
    uint32_t at = hash & model->words.mask;
    while (model->words.slots[at].hash && model->words.slots[at].hash != hash)
        at = (at + 1) & model->words.mask;
    return model->words.slots[at].hash ? model->words.slots[at].lexical : 0;
}

static bool ends(const struct word *word, const char *ending)
{
    size_t len = strlen(ending);
    return word->len > len + 1 && memcmp(word->text + word->len - len, ending, len) == 0;
}

/* `word` with its last `cut` bytes replaced. */
static struct word changed(const struct word *word, size_t cut, const char *by)
{
    struct word out = *word;
    size_t len = strlen(by);
    memcpy(out.text + out.len - cut, by, len);
    out.len += len - cut;
    return out;
}

static bool is_vowel(char c)
{
    return c && strchr("aeiouy", c) != NULL;
}

/* hop(p)ing, hop(e)ing, walk(ing): the stem as it is, with e, or with one consonant less. */
static struct word stem(const struct model *model, const struct word *word, size_t cut, uint32_t as)
{
    struct word bare = changed(word, cut, ""), with_e = changed(word, cut, "e");
    size_t n = bare.len;
    bool bare_known = readings(model, &bare) & as, e_known = readings(model, &with_e) & as;
    if (n > 2 && bare.text[n - 1] == bare.text[n - 2] && !is_vowel(bare.text[n - 1])) {
        struct word single = changed(&bare, 1, "");
        return !bare_known && readings(model, &single) & as ? single : bare;
    }
    /* a lone consonant behind a lone vowel would have been doubled */
    bool short_end = n > 1 && !is_vowel(bare.text[n - 1]) && is_vowel(bare.text[n - 2]) &&
                     (n == 2 || !is_vowel(bare.text[n - 3]));
    if (bare_known != e_known)
        return bare_known ? bare : with_e;
    if (bare_known)
        return short_end ? with_e : bare;
    bool hushed =
        n > 1 && strchr("cgvsz", bare.text[n - 1]) && bare.text[n - 2] != bare.text[n - 1];
    return hushed && !(ends(&bare, "s") && !short_end) ? with_e : bare;
}

static struct word without_s(const struct model *model, const struct word *word, uint32_t as)
{
    if (ends(word, "ies") && word->len > 4)
        return changed(word, 3, "y");
    if (ends(word, "es") && !ends(word, "ees")) {
        struct word bare = changed(word, 2, ""), with_e = changed(word, 1, "");
        bool sibilant = ends(&bare, "s") || ends(&bare, "x") || ends(&bare, "z") ||
                        ends(&bare, "ch") || ends(&bare, "sh") || ends(&bare, "o");
        bool bare_known = readings(model, &bare) & as, e_known = readings(model, &with_e) & as;
        return sibilant && (bare_known || !e_known) ? bare : with_e;
    }
    if (ends(word, "s") && !ends(word, "ss") && !ends(word, "us") && !ends(word, "is"))
        return changed(word, 1, "");
    return *word;
}

static struct word regular(const struct model *model, const struct word *word, enum xpos xpos)
{
    switch (xpos) {
    case XPOS_NNS:
    case XPOS_NNPS:
        return without_s(model, word, LEXICAL_NOUN);
    case XPOS_VBZ:
        return without_s(model, word, LEXICAL_VERB);
    case XPOS_VBD:
    case XPOS_VBN:
        return ends(word, "ied")   ? changed(word, 3, "y")
               : ends(word, "eed") ? changed(word, 1, "")
               : ends(word, "ed")  ? stem(model, word, 2, LEXICAL_VERB)
                                   : *word;
    case XPOS_VBG:
        return ends(word, "ing") ? stem(model, word, 3, LEXICAL_VERB) : *word;
    case XPOS_JJR:
    case XPOS_RBR:
        return ends(word, "ier")  ? changed(word, 3, "y")
               : ends(word, "er") ? stem(model, word, 2, LEXICAL_ADJECTIVE)
                                  : *word;
    case XPOS_JJS:
    case XPOS_RBS:
        return ends(word, "iest")  ? changed(word, 4, "y")
               : ends(word, "est") ? stem(model, word, 3, LEXICAL_ADJECTIVE)
                                   : *word;
    default:
        return *word;
    }
}

/* What is tagged as a base form, and is none but a past one ("shot", "said"), is read as that. */
static enum xpos form_of(const struct model *model, const struct word *word, enum xpos xpos)
{
    if (xpos != XPOS_VB && xpos != XPOS_VBP)
        return xpos;
    uint32_t may_be = readings(model, word);
    if (may_be & LEXICAL_VERB || !(may_be & (LEXICAL_PAST | LEXICAL_PARTICIPLE)))
        return xpos;
    return may_be & LEXICAL_PAST ? XPOS_VBD : XPOS_VBN;
}

/* A name keeps its letters; a plural one loses what its lower-case form lost at the end. */
static struct slice proper(const struct model *model, struct slice form, enum xpos xpos,
                           const struct word *lower)
{
    if (xpos != XPOS_NNPS || lower->len != form.len)
        return form;
    struct word lemma = without_s(model, lower, LEXICAL_NOUN);
    return lemma.len < lower->len && memcmp(lemma.text, lower->text, lemma.len) == 0
               ? slice_sub(form, 0, lemma.len)
               : form;
}

struct slice lemma_of(const struct model *model, struct slice form, enum upos upos, enum xpos xpos,
                      struct arena *arena)
{
    struct word word;
    if (form.len > FORM_MAX)
        return form;
    lower_case(form, &word);
    if (word.len > FORM_MAX)
        return form;
    struct slice lower = {word.text, word.len};
    if (upos == UPOS_PROPN)
        return proper(model, form, xpos, &word);
    xpos = form_of(model, &word, xpos);
    struct slice known = irregular(model, lower, xpos);
    if (known.data)
        return known;
    struct word lemma = upos == UPOS_PUNCT || upos == UPOS_X ? word : regular(model, &word, xpos);
    struct slice out = {lemma.text, lemma.len};
    return out.len <= form.len && memcmp(out.data, form.data, out.len) == 0
               ? slice_sub(form, 0, out.len)
               : arena_copy(out, arena);
}
