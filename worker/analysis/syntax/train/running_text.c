/* Cuts plain text into words, simply: what is counted by the million needs no exceptions. */
#include "worker/analysis/syntax/train/running_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/features.h"
#include "worker/analysis/syntax/train/memory.h"

#define SLOTS     (1u << 20)
#define WORDS_MAX (SLOTS / 4 * 3)

void running_text_new(struct running_text *out)
{
    *out = (struct running_text){.room = 1 << 20, .mask = SLOTS - 1, .word_count = 1};
    out->words = allocate(out->room, sizeof *out->words);
    out->hashes = allocate(WORDS_MAX, sizeof *out->hashes);
    out->seen = allocate(WORDS_MAX, sizeof *out->seen);
    out->slots = allocate(SLOTS, sizeof *out->slots);
}

void running_text_free(struct running_text *text)
{
    free(text->words);
    free(text->hashes);
    free(text->seen);
    free(text->slots);
}

static void append(struct running_text *text, uint32_t word)
{
    if (text->count == text->room)
        text->words = grow(text->words, (text->room *= 2) * sizeof *text->words);
    text->words[text->count++] = word;
    text->seen[word]++;
}

void running_text_break(struct running_text *text)
{
    append(text, TEXT_BREAK);
}

void running_text_add_word(struct running_text *text, const char *word, size_t len)
{
    uint32_t hash = features_word_hash((struct slice){word, len}), at = hash & text->mask;
    while (text->slots[at] && text->hashes[text->slots[at]] != hash)
        at = (at + 1) & text->mask;
    if (!text->slots[at]) {
        if (text->word_count == WORDS_MAX)
            stop("the text has more than %u different words", WORDS_MAX);
        text->hashes[text->word_count] = hash;
        text->slots[at] = text->word_count++;
    }
    append(text, text->slots[at]);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A word with its apostrophe, as two: Japan|'s, do|n't. */
static void add_contracted(struct running_text *text, const char *word, size_t len,
                           const char *apostrophe)
{
    size_t first = (size_t)(apostrophe - word);
    if (len - first == 2 && (apostrophe[1] | 32) == 't' && first > 1 &&
        (word[first - 1] | 32) == 'n')
        first--;
    running_text_add_word(text, word, first);
    running_text_add_word(text, word + first, len - first);
}

static size_t word_length(const char *word, size_t len)
{
    size_t end = 0;
    while (end < len &&
           (is_word(word[end]) || (end > 0 && end + 1 < len && strchr("'.,", word[end]) &&
                                   is_word(word[end + 1]) && word[end] != 0)))
        end++;
    return end;
}

void running_text_add(struct running_text *text, const char *plain, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t end = word_length(plain + at, len - at);
        if (end > 0) {
            const char *apostrophe = memchr(plain + at, '\'', end);
            if (apostrophe && apostrophe > plain + at)
                add_contracted(text, plain + at, end, apostrophe);
            else
                running_text_add_word(text, plain + at, end);
            at += end;
            continue;
        }
        if (!isspace((unsigned char)plain[at]))
            running_text_add_word(text, plain + at, 1);
        if (strchr(".!?;\n", plain[at]) && plain[at])
            running_text_break(text);
        at++;
    }
}
