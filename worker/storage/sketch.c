/* Words, shingles, and the least hash of each bin. */
#include "worker/storage/sketch.h"

#include <string.h>

#include "common/utf8.h"

#define WORDS_A_SHINGLE 2
#define SIGNS_A_SHINGLE 3
#define FEW_SHINGLES    50 /* fewer than this in the text: the title counts too */
#define NOTHING         UINT64_MAX

enum sign {
    SIGN_GAP,    /* spaces and punctuation */
    SIGN_LETTER, /* part of a word */
    SIGN_WHOLE   /* a script without spaces: a word by itself */
};

struct shingles {
    uint64_t recent[SIGNS_A_SHINGLE]; /* the last words, newest first */
    size_t words;                     /* since the beginning */
    size_t count;                     /* shingles made */
    uint64_t least[SKETCH_BITS];
};

/* Every bit of the result depends on every bit of `hash` (splitmix64's finisher: Steele, Lea,
 * Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return hash ^ hash >> 31;
}

/* By ranges of Unicode's blocks. Quotation marks and dashes are gaps whatever their shape: editors
 * change them. */
static enum sign sign_of(uint32_t point)
{
    if (point < 0x80)
        return (point >= '0' && point <= '9') || ((point | 32) >= 'a' && (point | 32) <= 'z')
                   ? SIGN_LETTER
                   : SIGN_GAP;
    if (point < 0xc0 || (point >= 0x2000 && point < 0x2070) ||
        (point >= 0x3000 && point < 0x3040) || (point >= 0xff00 && point < 0xff10))
        return SIGN_GAP;
    bool whole = (point >= 0x0e00 && point < 0x1100) || /* Thai, Lao, Tibetan, Burmese */
                 (point >= 0x1780 && point < 0x1800) || /* Khmer */
                 (point >= 0x3040 && point < 0xa000) || /* Kana, Bopomofo, Han */
                 (point >= 0xf900 && point < 0xfb00) || (point >= 0x20000 && point < 0x40000);
    return whole ? SIGN_WHOLE : SIGN_LETTER;
}

static void add_shingle(struct shingles *shingles, size_t words)
{
    uint64_t hash = words;
    for (size_t i = 0; i < words; i++)
        hash = mix(hash ^ shingles->recent[i]);
    uint64_t *least = &shingles->least[hash % SKETCH_BITS];
    *least = hash < *least ? hash : *least;
    shingles->count++;
}

static void add_word(struct shingles *shingles, uint64_t word, size_t wanted)
{
    memmove(shingles->recent + 1, shingles->recent,
            sizeof shingles->recent - sizeof shingles->recent[0]);
    shingles->recent[0] = word;
    if (++shingles->words >= wanted)
        add_shingle(shingles, wanted);
}

static void read_text(struct shingles *shingles, struct slice text)
{
    uint64_t word = 0;
    shingles->words = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t point = utf8_next(text, &at);
        enum sign sign = sign_of(point);
        if (sign == SIGN_LETTER) {
            word = mix(word + 1 + (point < 0x80 && point > '9' ? point | 32 : point));
            continue;
        }
        if (word)
            add_word(shingles, word, WORDS_A_SHINGLE);
        word = 0;
        if (sign == SIGN_WHOLE)
            add_word(shingles, mix(point), SIGNS_A_SHINGLE);
    }
    if (word)
        add_word(shingles, word, WORDS_A_SHINGLE);
    if (shingles->words > 0 && shingles->words < WORDS_A_SHINGLE)
        add_shingle(shingles, shingles->words);
}

/* An empty bin takes what the next full one has, turned by the distance, so that two texts with the
 * same shingles agree there too and others do not. At least one bin is full. */
static void fill(uint64_t least[SKETCH_BITS])
{
    uint64_t from = NOTHING, distance = 0;
    for (size_t i = 2 * SKETCH_BITS; i-- > 0;) {
        uint64_t *bin = &least[i % SKETCH_BITS];
        distance++;
        if (*bin != NOTHING) {
            from = *bin;
            distance = 0;
        } else if (i < SKETCH_BITS) { /* by now there is a full one behind it */
            *bin = mix(from + distance);
        }
    }
}

static uint64_t band(const uint64_t least[SKETCH_BITS], size_t number)
{
    uint64_t value = number;
    for (size_t row = 0; row < SKETCH_ROWS; row++)
        value =
            mix(value ^
                least[(row * SKETCH_BANDS + number) * SKETCH_BITS / (SKETCH_ROWS * SKETCH_BANDS)]);
    return value;
}

void sketch_make(struct slice title, struct slice text, struct sketch *out)
{
    struct shingles shingles = {.count = 0};
    memset(shingles.least, 0xff, sizeof shingles.least);
    memset(out, 0, sizeof *out);
    read_text(&shingles, text);
    if (shingles.count < FEW_SHINGLES)
        read_text(&shingles, title);
    out->empty = shingles.count == 0;
    if (out->empty)
        return;
    fill(shingles.least);
    for (size_t i = 0; i < SKETCH_BITS; i++)
        out->bits[i / 8] |= (uint8_t)((mix(shingles.least[i]) & 1) << i % 8);
    for (size_t i = 0; i < SKETCH_BANDS; i++)
        out->bands[i] = band(shingles.least, i);
}
