/* Reads a token's form for the network. */
#include "worker/analysis/syntax/features.h"

#include <stdbool.h>
#include <unicode/uchar.h>

#include "common/utf8.h"

enum kind {
    KIND_PREFIX = 1,
    KIND_SUFFIX = 8,
    KIND_SHAPE = 16,
    KIND_READINGS,
    KIND_NOUN,
    KIND_VERB,
    KIND_WORD,
    KIND_CLASS,
    KIND_COARSE
};

#define AFFIX_PREFIX_MAX 4
#define AFFIX_SUFFIX_MAX 5

struct fold {
    char text[SYNTAX_FORM_MAX + 8];
    uint8_t starts[SYNTAX_FORM_MAX + 9]; /* of each code point, and the end */
    unsigned points;
    bool lower, upper, digit, letter, mark, hyphen, stop, capital, late_upper;
};

struct kind_of_point {
    bool upper, lower, digit, letter;
};

/* Most points are ASCII: these are told apart without a table. */
static struct kind_of_point kind_of(UChar32 point)
{
    if (point >= 0x80)
        return (struct kind_of_point){.upper = u_isupper(point) || u_istitle(point),
                                      .lower = (bool)u_islower(point),
                                      .digit = (bool)u_isdigit(point),
                                      .letter = (bool)u_isalpha(point)};
    bool upper = point >= 'A' && point <= 'Z', lower = point >= 'a' && point <= 'z';
    return (struct kind_of_point){upper, lower, point >= '0' && point <= '9', upper || lower};
}

static void note(struct fold *fold, UChar32 point, struct kind_of_point kind)
{
    bool first = fold->points == 0;
    fold->capital |= first && kind.upper;
    fold->late_upper |= !first && kind.upper;
    fold->upper |= kind.upper;
    fold->lower |= kind.lower;
    fold->digit |= kind.digit;
    fold->letter |= kind.letter;
    fold->hyphen |= point == '-';
    fold->stop |= point == '.';
    fold->mark |= !kind.letter && !kind.digit;
}

static UChar32 folded(UChar32 point, struct kind_of_point kind)
{
    if (kind.digit)
        return '0';
    if (point < 0x80 && point != '`')
        return kind.upper ? point + ('a' - 'A') : point;
    if (point == 0x2019 || point == 0x2018 || point == '`')
        return '\'';
    return u_tolower(point);
}

static void fold_form(struct slice form, struct fold *fold)
{
    size_t len = 0;
    *fold = (struct fold){.points = 0};
    for (size_t at = 0; at < form.len && len < SYNTAX_FORM_MAX;) {
        UChar32 point = (UChar32)utf8_next(form, &at);
        struct kind_of_point kind = kind_of(point);
        note(fold, point, kind);
        fold->starts[fold->points++] = (uint8_t)len;
        len += utf8_put((uint32_t)folded(point, kind), fold->text + len);
    }
    fold->starts[fold->points] = (uint8_t)len;
}

static uint32_t mix(uint32_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x01000193u;
    hash ^= hash >> 15;
    hash *= 0x2c1b3c6du;
    return hash ^ hash >> 13;
}

static uint32_t word_hash(const struct fold *fold)
{
    uint32_t hash = mix(0x811c9dc5u, fold->text, fold->starts[fold->points]);
    return hash ? hash : 1;
}

uint32_t features_word_hash(struct slice form)
{
    struct fold fold;
    fold_form(form, &fold);
    return word_hash(&fold);
}

static const struct word_slot *find(const struct word_table *words, uint32_t hash)
{
    uint32_t at = hash & words->mask;
    while (words->slots[at].hash && words->slots[at].hash != hash)
        at = (at + 1) & words->mask;
    return &words->slots[at];
}

struct adding {
    struct token_features *out;
    uint32_t mask;
};

static void add(const struct adding *adding, unsigned kind, const char *bytes, size_t len)
{
    uint32_t hash = mix(0x9e3779b9u * kind, bytes, len);
    adding->out->rows[adding->out->count++] = (uint16_t)(hash & adding->mask);
}

static void add_number(const struct adding *adding, unsigned kind, uint32_t number)
{
    char bytes[4] = {(char)number, (char)(number >> 8), (char)(number >> 16), (char)(number >> 24)};
    add(adding, kind, bytes, sizeof bytes);
}

static uint32_t shape_of(const struct fold *fold)
{
    unsigned length = fold->points < 4 ? fold->points : fold->points < 8 ? 4 : 5;
    return (uint32_t)fold->lower | (uint32_t)fold->upper << 1 | (uint32_t)fold->digit << 2 |
           (uint32_t)fold->letter << 3 | (uint32_t)fold->mark << 4 | (uint32_t)fold->hyphen << 5 |
           (uint32_t)fold->stop << 6 | (uint32_t)fold->capital << 7 |
           (uint32_t)fold->late_upper << 8 | length << 9;
}

static void add_affixes(const struct adding *adding, const struct fold *fold)
{
    unsigned points = fold->points;
    for (unsigned n = 1; n <= AFFIX_PREFIX_MAX && n < points; n++)
        add(adding, KIND_PREFIX + n, fold->text, fold->starts[n]);
    for (unsigned n = 1; n <= AFFIX_SUFFIX_MAX && n < points; n++) {
        unsigned from = fold->starts[points - n];
        add(adding, KIND_SUFFIX + n, fold->text + from, fold->starts[points] - from);
    }
}

void features_of(struct slice form, const struct word_table *words, uint32_t buckets,
                 struct token_features *out)
{
    struct fold fold;
    const struct adding adding = {out, buckets - 1};
    fold_form(form, &fold);
    const struct word_slot *slot = find(words, word_hash(&fold));
    out->word = slot->hash ? slot->row : 0;
    out->count = 0;
    uint32_t lexical = slot->hash ? slot->lexical : 0;
    add_affixes(&adding, &fold);
    add_number(&adding, KIND_SHAPE, shape_of(&fold));
    add_number(&adding, KIND_READINGS, (lexical & LEXICAL_READINGS) | (uint32_t)fold.capital << 16);
    add_number(&adding, KIND_NOUN, lexical >> 16 & 31);
    add_number(&adding, KIND_VERB, lexical >> 21 & 15);
    uint32_t class = slot->hash ? slot->class : 0;
    add_number(&adding, KIND_CLASS, class);
    add_number(&adding, KIND_COARSE, class_coarse(class) << 1 | (uint32_t)fold.capital);
    add(&adding, KIND_WORD, fold.text, fold.starts[fold.points]);
}
