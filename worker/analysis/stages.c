/* The table of stages. */
#include "worker/analysis/stages.h"

const struct stage stages[] = {
    {"decode", 0, DOC_BODY, decode_run},
    {"blocks", DOC_BODY, DOC_BLOCKS, blocks_run},
    {"boilerplate", DOC_BLOCKS, DOC_REASONS, boilerplate_run},
    {"text", DOC_BLOCKS | DOC_REASONS, DOC_TEXT, text_run},
    {"language", DOC_TEXT, DOC_LANGUAGE, language_run},
    {"words", DOC_TEXT | DOC_LANGUAGE, DOC_WORDS, words_run},
    {"passages", DOC_LANGUAGE | DOC_WORDS, DOC_PASSAGES, passages_run},
    {"sentences", DOC_TEXT | DOC_LANGUAGE | DOC_WORDS, DOC_SENTENCES, sentences_run},
    {"names", DOC_WORDS | DOC_SENTENCES, DOC_NAMES, names_run},
    {"places", DOC_WORDS | DOC_NAMES, DOC_PLACES, places_run},
    {"tone", DOC_WORDS | DOC_SENTENCES, DOC_TONE, tone_run},
    {"pieces", DOC_TEXT, DOC_PIECES, pieces_run},
    {"dates", DOC_PIECES | DOC_LANGUAGE, DOC_DATES, dates_run},
    {"amounts", DOC_PIECES | DOC_SENTENCES | DOC_DATES, DOC_AMOUNTS, amounts_run},
    {"tokens", DOC_LANGUAGE | DOC_SENTENCES, DOC_TOKENS, tokens_run},
    {"syntax", DOC_TOKENS, DOC_SYNTAX, syntax_run},
    {"events", DOC_SYNTAX | DOC_NAMES | DOC_PLACES | DOC_DATES, DOC_EVENTS, events_run},
    {"targets", DOC_SYNTAX | DOC_NAMES | DOC_DATES | DOC_TONE, DOC_TARGETS, targets_run},
    {"quotes", DOC_SYNTAX | DOC_NAMES, DOC_QUOTES, quotes_run},
    {"themes", DOC_WORDS | DOC_LANGUAGE, DOC_THEMES, themes_run},
    {"genre", DOC_TEXT | DOC_WORDS, DOC_GIST, genre_run},
    {"keyphrases", DOC_SYNTAX, DOC_GIST, keyphrases_run},
    {"summary", DOC_SENTENCES, DOC_GIST, summary_run},
    {"fingerprint", DOC_WORDS, DOC_FINGERPRINT, fingerprint_run},
};
const size_t stage_count = sizeof stages / sizeof stages[0];
