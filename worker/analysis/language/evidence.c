/* The evidence of common words and letters. */
#include "worker/analysis/language/evidence.h"

#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/words/letters.h"

#define WORD_BYTES_MAX   40 /* longer words are common in no language */
#define STRANGER_COSTS   3.0f
#define SCRIPTS_LATIN    0x2b0u /* below: Latin letters */
#define SCRIPTS_CYRILLIC 0x530u

void evidence_take(struct evidence *evidence, const struct lexicon_entry *entry)
{
    evidence->words++;
    if (!entry)
        return;
    const struct language_set *set = &language_sets[entry->value];
    for (uint64_t left = set->languages; left; left &= left - 1) {
        int language = __builtin_ctzll(left);
        evidence->score[language] += set->weight;
        evidence->known[language]++;
    }
}

float evidence_against(const struct lexicon_entry *entry, int language)
{
    const struct language_set *set = &language_sets[entry->value];
    uint64_t own = UINT64_C(1) << language;
    if (set->languages == own)
        return -set->weight;
    return set->languages & own ? 0 : set->weight;
}

static bool is_ours(uint32_t point)
{
    return point < SCRIPTS_LATIN || (point >= 0x400 && point < SCRIPTS_CYRILLIC) ||
           (point >= 0x1e00 && point < 0x1f00);
}

static bool is_letter(uint32_t point)
{
    if (point < 0x80)
        return (point | 0x20) >= 'a' && (point | 0x20) <= 'z';
    return U_GET_GC_MASK((UChar32)point) & (U_GC_L_MASK | U_GC_M_MASK);
}

static void end_word(struct evidence *evidence, struct slice word, uint64_t strangers)
{
    if (word.len == 0)
        return;
    evidence_take(evidence, lexicon_look_up(&languages_lexicon, word));
    for (; strangers; strangers &= strangers - 1)
        evidence->score[__builtin_ctzll(strangers)] -= STRANGER_COSTS;
}

/* Takes in the letters of ASCII [from, to), at most WORD_BYTES_MAX. */
static void take_letters(struct evidence *evidence, struct slice text, size_t from, size_t to)
{
    char word[WORD_BYTES_MAX + LETTERS_EIGHT];
    uint64_t hash = LEXICON_HASH_START;
    for (size_t at = from; at < to; at += LETTERS_EIGHT) {
        size_t count = to - at < LETTERS_EIGHT ? to - at : LETTERS_EIGHT;
        uint64_t small = letters_load(text, at) | LETTERS_CASE_BIT * LETTERS_ONES;
        small &= UINT64_MAX >> 8 * (LETTERS_EIGHT - count);
        hash = lexicon_hash_eight(hash, small, count);
        small = htole64(small);
        memcpy(word + (at - from), &small, LETTERS_EIGHT);
    }
    struct slice key = {word, to - from};
    evidence_take(evidence, lexicon_find(&languages_lexicon, key, hash));
}

/* The end of the word at `at` if it is one of letters of ASCII alone, as most are; else `at`. */
static size_t plain_end(struct slice text, size_t at)
{
    size_t end = letters_end(text, at);
    bool ends = end == text.len || (unsigned char)text.data[end] < 0x80;
    return ends && end - at <= WORD_BYTES_MAX ? end : at;
}

void evidence_gather(struct evidence *evidence, struct slice text)
{
    char word[WORD_BYTES_MAX + 4];
    size_t len = 0, end;
    uint64_t strangers = 0;
    for (size_t at = 0; at < text.len;) {
        if (len == 0 && (end = plain_end(text, at)) > at) {
            take_letters(evidence, text, at, end);
            at = end + 1; /* what ends it is no letter */
            continue;
        }
        unsigned char byte = (unsigned char)text.data[at];
        uint32_t point = byte < 0x80 ? byte : utf8_next(text, &at);
        at += byte < 0x80;
        if (!is_letter(point) || !is_ours(point)) {
            evidence->others += !is_ours(point) && is_letter(point);
            evidence->kana += point >= 0x3041 && point < 0x3100;
            end_word(evidence, (struct slice){word, len}, strangers);
            len = 0;
            strangers = 0;
            continue;
        }
        if (point >= LANGUAGE_LETTERS && point < LANGUAGE_LETTERS_END)
            strangers |= language_strangers[point - LANGUAGE_LETTERS];
        if (len <= WORD_BYTES_MAX)
            len += utf8_put(point < 0x80 ? point | 0x20 : (uint32_t)u_tolower((UChar32)point),
                            word + len);
    }
    end_word(evidence, (struct slice){word, len}, strangers);
}

int evidence_language(struct slice code)
{
    for (unsigned i = 0; i < language_count; i++)
        if (slice_is(code, language_codes[i]))
            return (int)i;
    return -1;
}

int evidence_best(const struct evidence *evidence, int except)
{
    int best = -1;
    for (int i = 0; i < (int)language_count; i++)
        if (i != except && (best < 0 || evidence->score[i] > evidence->score[best]))
            best = i;
    return best;
}

float evidence_score(const struct evidence *evidence, int language)
{
    return language < 0 ? 0 : evidence->score[language];
}
