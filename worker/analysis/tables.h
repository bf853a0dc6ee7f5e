/* The word tables that data/build.py makes: what their numbers mean. The flags are read from this
 * file by the script, so they are written down once. */
#ifndef NEWSMILL_WORKER_ANALYSIS_TABLES_H
#define NEWSMILL_WORKER_ANALYSIS_TABLES_H

#include "worker/analysis/lexicon.h"

/* words: `more` is a set of these, one bit a section of data/words.txt. */
#define WORD_TITLE   0x0001u
#define WORD_NUMBER  0x0002u
#define WORD_COMMON  0x0004u
#define WORD_CAPITAL 0x0008u
#define WORD_GERMAN  0x0010u
#define WORD_MONTH   0x0020u
#define WORD_STARTER 0x0040u
#define WORD_PERSON  0x0080u
#define WORD_GIVEN   0x0100u
#define WORD_REGION  0x0200u
#define WORD_PAPER   0x0400u
#define WORD_OFFICE  0x0800u
#define WORD_PLACE   0x1000u
#define WORD_GEORGIA 0x2000u
#define WORD_VERB    0x4000u
#define WORD_OTHER   0x8000u
extern const struct lexicon words_lexicon;

/* tone: `value` is the weight of an ordinary tonal word times 100, negative or positive, or 0. */
#define TONE_ACTIVITY   0x01u
#define TONE_SELF_GROUP 0x02u
#define TONE_NEGATOR    0x04u
#define TONE_CONTRAST   0x08u
#define TONE_BOOSTER    0x10u /* very */
#define TONE_DAMPENER   0x20u /* somewhat */
#define TONE_SHIFTER    0x40u /* reduce: lessens or ends what it is said of */
extern const struct lexicon tone_lexicon;

/* gender: given names and titles; `value` is one of these. */
#define GENDER_FEMALE 1
#define GENDER_MALE   2
extern const struct lexicon gender_lexicon;

/* tokens: `more` is a set of these; of TOKEN_TWO and TWO_BEFORE, `value` is the length of the first
 * word. */
#define TOKEN_PREFIX     0x01u
#define TOKEN_UNIT       0x02u
#define TOKEN_TWO        0x04u
#define TOKEN_TWO_BEFORE 0x08u /* in front of an AFTER_TWO */
#define TOKEN_AFTER_TWO  0x10u
extern const struct lexicon tokens_lexicon;

/* numbers: `value` is the class of the word, `more` its mantissa and, shifted by 16, its power of
 * ten. */
#define NUMBER_UNIT    1
#define NUMBER_TEEN    2
#define NUMBER_TENS    3
#define NUMBER_HUNDRED 4
#define NUMBER_SCALE   5
#define NUMBER_ORDINAL 6
#define NUMBER_HALF    7
#define NUMBER_SUFFIX  8
#define NUMBER_FOREIGN 9  /* a scale in other languages than English */
#define NUMBER_STARTER 10 /* no number, but an amount may begin with it */
extern const struct lexicon numbers_lexicon;

/* units: `more` is a set of these; with a CURRENCY, MINOR or MEASURE, `value` is the index of the
 * unit in unit_names, 0 where the word itself is the unit. */
#define UNIT_CURRENCY    0x0001u
#define UNIT_MINOR       0x0002u
#define UNIT_CODE        0x0004u /* a word too */
#define UNIT_LOWER       0x0008u
#define UNIT_MEASURE     0x0010u
#define UNIT_PEOPLE      0x0020u
#define UNIT_PLURAL      0x0040u
#define UNIT_NOTPLURAL   0x0080u
#define UNIT_STOP        0x0100u
#define UNIT_KILL        0x0200u
#define UNIT_WOUND       0x0400u
#define UNIT_ARREST      0x0800u
#define UNIT_DISPLACED   0x1000u
#define UNIT_KIDNAP      0x2000u
#define UNIT_PROTEST     0x4000u
#define UNIT_APPROXIMATE 0x8000u
#define UNIT_ISO         0x10000u /* a currency's code of three letters */
extern const struct lexicon units_lexicon;
extern const char *const unit_names[];
/* Currency signs, by code point. */
struct currency_sign {
    uint32_t sign;
    const char *unit;
};
extern const struct currency_sign currency_signs[];
extern const unsigned currency_sign_count;

/* piece_words: the words that the keys of numbers, units and dates begin with, all of those of
 * dates, and those that what reads dates asks for, each in row its piece_slot() and nowhere else;
 * row 0 is no word. Hashing that moves each bucket to where all its words find free slots
 * (F. Belazzougui and others, "Hash, displace, and compress", 2009) is made at build time: to look
 * up takes no loop. */
#define PIECE_NUMBERS 0
#define PIECE_UNITS   1
#define PIECE_DATES   2
#define PIECE_TABLES  3
struct piece_word {
    uint64_t head,
        tail; /* its first 8 bytes; of a longer one its last 8. The first is the lowest */
    uint16_t len;
    uint16_t entries[PIECE_TABLES]; /* 1 + index of its entry in each table; 0: it has none */
    uint8_t hints, class, begins;   /* for dates: HINT_ (dates/when.h), DATE_, BEGINS_ */
    bool counts;                    /* an amount may begin with it */
    /* For dates, bits of the lists of what may stand behind a first word (dates.txt): those of
     * which one must have what stands behind this word, 0 where anything may; and those that have
     * it. */
    uint16_t wants, follows;
};
/* The lists that have digits, digits with which a date may begin, a sign, anything with which a
 * date may begin; and what digits want. */
extern const uint16_t piece_numeral_follows, piece_digits_follows, piece_sign_follows,
    piece_start_follows, piece_digits_want;
extern const struct piece_word piece_words[];
extern const unsigned piece_word_count;
struct piece_slot {
    uint16_t tag, word; /* the lowest bits of the word's hash: most words of a text are none */
};
extern const struct piece_slot piece_slots[];
extern const uint16_t piece_moves[];
#define PIECE_SLOT_BITS 11
#define PIECE_MOVE_BITS 10
#define PIECE_FACTOR    0x9e3779b97f4a7c15u
static inline uint64_t piece_hash(uint64_t head, uint64_t tail)
{
    uint64_t hash = (head ^ (tail << 23 | tail >> 41)) * PIECE_FACTOR;
    return (hash ^ hash >> 32) * PIECE_FACTOR;
}
static inline const struct piece_slot *piece_slot(uint64_t hash)
{
    size_t slot = (size_t)(hash >> (64 - PIECE_SLOT_BITS));
    return &piece_slots[slot ^ piece_moves[hash >> 20 & ((1u << PIECE_MOVE_BITS) - 1)]];
}

/* event_pattern: keys are "v LEMMA" or "n LEMMA"; `value` is the first of the key's rows in
 * event_patterns, `more` how many there are. event_word: `value` is the lemma's row of
 * event_word_sets, whose bits say which sets it is in. */
#define EVENT_CONDITIONS_MAX 3
struct event_condition {
    const char *slot; /* obj subj xcomp ccomp prt, or a preposition */
    uint32_t set;     /* 0: anything */
};
struct event_pattern {
    const char *type, *mode, *cameo; /* mode: NULL for none */
    double goldstein;
    uint8_t condition_count;
    struct event_condition conditions[EVENT_CONDITIONS_MAX];
};
extern const struct lexicon event_pattern_lexicon, event_word_lexicon;
extern const struct event_pattern event_patterns[];
#define EVENT_SET_WORDS 4
extern const uint64_t event_word_sets[][EVENT_SET_WORDS];
/* The mode that a lemma of the clause tells, in the order of the file; modes of a type are
 * together. */
struct event_mode {
    const char *type, *mode;
    uint32_t set;
};
extern const struct event_mode event_modes[];
extern const unsigned event_mode_count;

/* CAMEO's codes, sorted: a row stands for the longer codes that have none of their own. */
#define CAMEO_CONTEXTS_MAX 2
struct cameo_code {
    const char *code, *type, *mode; /* type: NULL for what is no event; mode: NULL for none */
    double goldstein;
    const char *contexts[CAMEO_CONTEXTS_MAX]; /* NULL for none */
};
extern const struct cameo_code cameo_codes[];
extern const unsigned cameo_code_count;

/* sector: `value` is an index of sector_names. named_actor: `value` is the first of the key's rows
 * in named_actors, `more` how many there are; keys are folded names, or "organization:KEY". */
struct named_actor {
    const char *code, *sector; /* "" for none */
    int32_t from_day, to_day;  /* days since 1970 in which that is so, [from, to) */
};
struct country_code {
    char alpha_2[3], alpha_3[4];
};
extern const struct lexicon sector_lexicon, named_actor_lexicon;
extern const struct named_actor named_actors[];
extern const char *const sector_names[];
extern const unsigned sector_count;
extern const struct country_code country_codes[]; /* sorted by alpha_2 */
extern const unsigned country_code_count;

/* theme: `value` is an index of theme_rows: what a word says. */
struct theme_row {
    uint64_t themes; /* bits of theme_names */
    double weight;   /* how much of each */
};
extern const struct lexicon theme_lexicon;
extern const char *const theme_names[];
extern const unsigned theme_count;
extern const unsigned theme_context_count; /* of PLOVER, the first of theme_names */
extern const struct theme_row theme_rows[];

/* boilerplate: reasons are numbered from 1 in the order of boilerplate_reasons. */
#define BOILERPLATE_LINE(value)          ((unsigned)(value)&15u) /* reason: the whole line, or 0 */
#define BOILERPLATE_START(value)         ((unsigned)(value) >> 4 & 15u) /* the line's beginning */
#define BOILERPLATE_POINTS(more, reason) ((more) >> 2 * ((reason)-1) & 3u)
#define BOILERPLATE_REASONS              15
extern const struct lexicon boilerplate_lexicon;
extern const char *const boilerplate_reasons[]; /* [0] is NULL */
extern const unsigned boilerplate_reason_count;

/* languages: `value` is the row of language_sets with the languages that have this common word.
 * Languages are numbered in the order of language_codes; a set of them is one bit each. */
#define LANGUAGES_MAX 64
struct language_set {
    uint64_t languages;
    float weight; /* what such a word tells: the logarithm of how few have it */
};
extern const struct lexicon languages_lexicon;
extern const char *const language_codes[];
extern const unsigned language_count;
extern const struct language_set language_sets[];
/* By code point from U+0400: languages in Cyrillic that do not have the letter. */
#define LANGUAGE_LETTERS     0x400u
#define LANGUAGE_LETTERS_END 0x500u
extern const uint64_t language_strangers[];

/* page_hints: `value` is one of these, or a reason: an index into page_hint_reasons; `more` is 1
 * when a name must be nothing but the phrase. */
#define HINT_NOT          100
#define HINT_BODY         101
#define HINT_BODY_CERTAIN 102
extern const struct lexicon page_hints_lexicon;
extern const char *const page_hint_reasons[]; /* [0] is NULL */
extern const unsigned page_hint_reason_count;

/* months: names of months in any language, `value` 1 to 12; "hr listopad" where a language means
 * another month by a name than most do. */
extern const struct lexicon months_lexicon;

/* dates: `more` is the class of the word in its lowest byte, `value` what it says
 * (data/dates.txt). */
#define DATE_MONTH    1
#define DATE_WEEKDAY  2
#define DATE_UNIT     3
#define DATE_PART     4
#define DATE_HOUR     5
#define DATE_SEASON   6
#define DATE_NEAR     7
#define DATE_TONIGHT  8
#define DATE_NOW      9
#define DATE_RELATIVE 10
#define DATE_HOLIDAY  11
#define DATE_ZONE     12
#define DATE_FUTURE   13
#define DATE_DECADE   15
#define DATE_CORE     16
#define DATE_STARTER  14    /* no date, but one may begin with it */
#define DATE_UNSURE   0x100 /* often something else */
/* Above the 16th bit of `more`: what dates may begin with the word, by what reads them (when.h). */
#define BEGINS_DAY    0x01
#define BEGINS_PART   0x02
#define BEGINS_CLOCK  0x04
#define BEGINS_PERIOD 0x08
#define BEGINS_LENGTH 0x10
#define BEGINS_POINT  0x20 /* end of the day, later today, now, at 6.45 */
#define BEGINS_RANGE  0x40
#define BEGINS_OPEN   0x80
extern const struct lexicon dates_lexicon;

/* foreign_dates: "xx word", `more` as above or one of these. A NEAR word's value is in days; a
 * WEEKDAY's is the day plus 16 times 2 and the weeks from this one, where it says which; a
 * RELATIVE one's 16 times the grain plus 8 and how many of them from this one. */
#define DATE_BEFORE_YEAR 20
#define DATE_BEHIND_YEAR 21
#define DATE_JOINT       22
#define DATE_ORDINAL     23
extern const struct lexicon foreign_dates_lexicon;
/* "vor {0} Tagen" */
struct date_pattern {
    const char *language, *before, *behind; /* words with blanks between, "" none */
    uint8_t grain;
    int8_t sign;
};
extern const struct date_pattern date_patterns[]; /* sorted by language */
extern const unsigned date_pattern_count;

/* gazetteer: `value` is the first of the key's rows, `more` how many there are. */
#define GAZETTEER_COUNTRY      1
#define GAZETTEER_CAPITAL      2
#define GAZETTEER_DEMONYM      3
#define GAZETTEER_GOVERNMENT   4
#define GAZETTEER_ORGANIZATION 5
#define GAZETTEER_PREFIX       6 /* Sino- */
#define GAZETTEER_NOT          7 /* looks like a name of ours and is not */

#define GAZETTEER_UNSURE 0x1u /* needs support */
#define GAZETTEER_EXACT  0x2u /* an acronym in capitals */
struct gazetteer_row {
    uint16_t entity;
    uint8_t kind, flags;
    uint64_t languages; /* bits of gazetteer_languages; bit 0 is English and means any */
};
struct gazetteer_entity {
    const char *key, *name; /* "country:US", "United States" */
};
extern const struct lexicon gazetteer_lexicon;
extern const struct gazetteer_row gazetteer_rows[];
extern const struct gazetteer_entity gazetteer_entities[];
extern const unsigned gazetteer_entity_count;
extern const char *const gazetteer_languages[];
extern const unsigned gazetteer_language_count;
/* The longest key, in words, and in code points among those written without spaces. */
extern const unsigned gazetteer_longest;

#endif
