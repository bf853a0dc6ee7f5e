/* The tables of the name labeller, made by data/build_names.py: what their bits mean. The flags are
 * read from this file by the script, so they are written down once. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_NAME_TABLES_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_NAME_TABLES_H

#include <stdint.h>

#include "worker/analysis/lexicon.h"

/* A hash table without its keys: what it says of a key it does not hold is wrong once in four
 * thousand million times. Read-only, static, shared by all processes. */
struct name_slot {
    uint32_t tag;   /* the upper half of the key's lexicon_hash(); its lower half is the place */
    uint32_t value; /* bits, a kind, and at one word the words of the longest phrase it begins */
};
struct name_table {
    const struct name_slot *slots;
    uint32_t mask;
};
#define NAME_BITS(value)    ((value)&0xfffffu)
#define NAME_KIND(value)    ((value) >> 20 & 0xfu)
#define NAME_LONGEST(value) ((value) >> 24)

/* What the table says of the key with this hash; 0 when nothing. */
static inline uint32_t name_look_up(const struct name_table *table, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & table->mask;
    for (; table->slots[at].value; at = (at + 1) & table->mask)
        if (table->slots[at].tag == (uint32_t)(hash >> 32))
            return table->slots[at].value;
    return 0;
}

/* Has the place of a key that will be looked up fetched. */
static inline void name_expect(const struct name_table *table, uint64_t hash)
{
    __builtin_prefetch(&table->slots[(uint32_t)hash & table->mask]);
}

/* name_words: a set of these. The first ten come from packages, the others are the
 * sections of data/name_words.txt. */
#define NAME_WORD_GIVEN     0x0001u /* a given name */
#define NAME_WORD_SURNAME   0x0002u
#define NAME_WORD_COMMON    0x0004u /* written in lower case in WordNet, or a form of such a word */
#define NAME_WORD_PERSON    0x0008u /* the last word of a person in WordNet */
#define NAME_WORD_PEOPLE    0x0010u /* Turkish, Turks */
#define NAME_WORD_TITLE     0x0020u
#define NAME_WORD_HEAD      0x0040u
#define NAME_WORD_TAIL      0x0080u
#define NAME_WORD_PLACE     0x0100u
#define NAME_WORD_FACILITY  0x0200u
#define NAME_WORD_WORK      0x0400u
#define NAME_WORD_SPEECH    0x0800u
#define NAME_WORD_PARTICLE  0x1000u
#define NAME_WORD_CONNECTOR 0x2000u
#define NAME_WORD_CALENDAR  0x4000u
#define NAME_WORD_GRAND     0x8000u
#define NAME_WORD_RELATION  0x10000u
#define NAME_WORD_SPORT     0x20000u /* what an article is about */
#define NAME_WORD_MUSIC     0x40000u
#define NAME_WORD_WAR       0x80000u
#define NAME_WORD_TOPICS    0xe0000u
extern const struct name_table name_words;

/* What an ordinary word means most often, after WordNet's lexicographer categories. */
#define NAME_KIND_PERSON   1 /* guitarist */
#define NAME_KIND_GROUP    2 /* orchestra */
#define NAME_KIND_LOCATION 3 /* village */
#define NAME_KIND_ARTIFACT 4 /* bridge, car */
#define NAME_KIND_WORK     5 /* song, book, law */
#define NAME_KIND_EVENT    6 /* match, war */
#define NAME_KIND_TIME     7
#define NAME_KIND_LIVING   8  /* animals, plants, bodies, food */
#define NAME_KIND_THING    9  /* all other nouns */
#define NAME_KIND_SAY      10 /* verbs of communication and thought */
#define NAME_KIND_MOVE     11 /* verbs of motion */
#define NAME_KIND_SOCIAL   12 /* verbs of society, possession, competition */
#define NAME_KIND_VERB     13
#define NAME_KIND_QUALITY  14 /* adjectives and adverbs */

/* name_phrases: whole names of one word and more: a set of these. */
#define NAME_PHRASE_COUNTRY 0x01u
#define NAME_PHRASE_REGION  0x02u /* of the first level, or wider than a country */
#define NAME_PHRASE_CITY    0x04u /* over 300,000 people, or a capital */
#define NAME_PHRASE_TOWN    0x08u
#define NAME_PHRASE_FEATURE 0x10u /* rivers, seas, mountains */
#define NAME_PHRASE_PERSON  0x20u
#define NAME_PHRASE_BODY    0x40u
extern const struct name_table name_phrases;

#endif
