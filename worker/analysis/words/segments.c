/* The rules of UAX 29 for simple text. */
#include "worker/analysis/words/segments.h"

#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/words/letters.h"

enum break_class {
    CLASS_HARD, /* not simple */
    CLASS_NONE, /* stands alone */
    CLASS_BLANK,
    CLASS_LETTER,
    CLASS_DIGIT,
    CLASS_JOINER,     /* _ */
    CLASS_MID_LETTER, /* · */
    CLASS_MID_NUMBER, /* , ; */
    CLASS_MID_BOTH    /* . ' ’ */
};

static enum break_class class_of_property(UChar32 point)
{
    if (point == ' ' || point == '\n') /* is_blank() */
        return CLASS_BLANK;
    if (point == ':' || point == '@')
        return CLASS_HARD; /* versions of ICU differ in them */
    switch (u_getIntPropertyValue(point, UCHAR_WORD_BREAK)) {
    case U_WB_OTHER:
    case U_WB_DOUBLE_QUOTE: /* joins Hebrew letters only */
        return u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ? CLASS_HARD
                                                                              : CLASS_NONE;
    case U_WB_ALETTER:
        return CLASS_LETTER;
    case U_WB_NUMERIC:
        return CLASS_DIGIT;
    case U_WB_EXTENDNUMLET:
        return CLASS_JOINER;
    case U_WB_MIDLETTER:
        return CLASS_MID_LETTER;
    case U_WB_MIDNUM:
        return CLASS_MID_NUMBER;
    case U_WB_MIDNUMLET:
    case U_WB_SINGLE_QUOTE:
        return CLASS_MID_BOTH;
    default:
        return CLASS_HARD;
    }
}

void segments_init(struct segments *segments)
{
    for (UChar32 point = 0; point < SEGMENT_POINTS; point++)
        segments->classes[point] = (uint8_t)class_of_property(point);
    for (UChar32 point = SEGMENT_MARKS; point < SEGMENT_MARKS_END; point++)
        segments->classes[SEGMENT_POINTS + point - SEGMENT_MARKS] =
            (uint8_t)class_of_property(point);
}

/* The class of the character at `*at`, and over it. */
static enum break_class next_class(const struct segment_walk *walk, size_t *at)
{
    unsigned char byte = (unsigned char)walk->text.data[*at];
    if (byte < 0x80) {
        ++*at;
        return walk->segments->classes[byte];
    }
    uint32_t point = utf8_next(walk->text, at);
    if (point < SEGMENT_POINTS)
        return walk->segments->classes[point];
    if (point < SEGMENT_MARKS || point >= SEGMENT_MARKS_END)
        return CLASS_HARD;
    return walk->segments->classes[SEGMENT_POINTS + point - SEGMENT_MARKS];
}

/* The end of the stretch that begins at `at`, before the next blank; `*simple` is what it is. */
static size_t stretch_end(const struct segment_walk *walk, size_t at, bool *simple)
{
    *simple = true;
    for (size_t next = at; at < walk->text.len; at = next) {
        enum break_class kind = next_class(walk, &next);
        if (kind == CLASS_BLANK)
            break;
        *simple &= kind != CLASS_HARD;
    }
    return at;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n';
}

static size_t over_blanks(const struct segment_walk *walk, size_t at)
{
    while (at < walk->text.len && is_blank(walk->text.data[at]))
        at++;
    return at;
}

/* Stretches that are not simple, from `walk->at` on. */
static enum segment hard_stretches(struct segment_walk *walk, size_t *from, size_t *to)
{
    bool simple = false;
    *from = walk->at;
    *to = stretch_end(walk, walk->at, &simple);
    for (size_t next = over_blanks(walk, *to); next < walk->text.len && !simple;) {
        size_t end = stretch_end(walk, next, &simple);
        if (!simple)
            *to = end;
        next = over_blanks(walk, end);
    }
    walk->at = *to;
    return SEGMENT_OTHER;
}

/* Whether a middle mark joins what stands before it with the class behind it. */
static bool joins(enum break_class before, enum break_class middle, enum break_class behind)
{
    if (before != behind)
        return false;
    return before == CLASS_LETTER ? middle == CLASS_MID_LETTER || middle == CLASS_MID_BOTH
                                  : middle == CLASS_MID_NUMBER || middle == CLASS_MID_BOTH;
}

/* The end of the word that goes on at `at`; `before` is the class of its last character. */
static size_t word_end(const struct segment_walk *walk, size_t at, enum break_class before)
{
    while (at < walk->limit) {
        size_t next = at;
        enum break_class kind = next_class(walk, &next);
        if (kind == CLASS_LETTER || kind == CLASS_DIGIT || kind == CLASS_JOINER) {
            before = kind;
            at = next;
            continue;
        }
        if (before == CLASS_JOINER || kind < CLASS_MID_LETTER || next >= walk->limit ||
            !joins(before, kind, next_class(walk, &next)))
            return at;
        at = next;
    }
    return at;
}

/* The next word in what is known to be simple; SEGMENT_END when there is none. */
static enum segment next_simple(struct segment_walk *walk, size_t *from, size_t *to)
{
    while (walk->at < walk->limit) {
        *from = walk->at;
        size_t letters = letters_end(walk->text, *from);
        if (letters > *from) {
            *to = walk->at = word_end(walk, letters, CLASS_LETTER);
            return SEGMENT_WORD;
        }
        enum break_class kind = next_class(walk, &walk->at);
        if (kind != CLASS_LETTER && kind != CLASS_DIGIT && kind != CLASS_JOINER)
            continue;
        size_t alone = walk->at;
        *to = walk->at = word_end(walk, walk->at, kind);
        if (kind != CLASS_JOINER || *to > alone)
            return SEGMENT_WORD;
    }
    return SEGMENT_END;
}

enum segment segments_next(struct segment_walk *walk, size_t *from, size_t *to)
{
    for (;;) {
        enum segment found = next_simple(walk, from, to);
        if (found != SEGMENT_END)
            return found;
        *from = walk->at = over_blanks(walk, walk->at);
        if (*from >= walk->text.len)
            return SEGMENT_END;
        *to = letters_end(walk->text, *from);
        if (*to > *from && (*to == walk->text.len || is_blank(walk->text.data[*to]))) {
            walk->at = walk->limit = *to; /* most stretches are one word of letters */
            return SEGMENT_WORD;
        }
        bool simple;
        walk->limit = stretch_end(walk, *to, &simple);
        if (!simple)
            return hard_stretches(walk, from, to);
    }
}
