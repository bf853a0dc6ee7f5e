/* The tables of what analysis finds: CONTRACT section 4, in its order. */
#include "proto/result.h"

#include "proto/limits.h"

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))
#define FIELD(record, member, type)                                                                \
    {                                                                                              \
        FIELD_KEY(#member), type, offsetof(struct record, member), NULL, false                     \
    }
#define NESTED(record, member, type, table)                                                        \
    {                                                                                              \
        FIELD_KEY(#member), type, offsetof(struct record, member), &(table), false                 \
    }
#define WIRE_ONLY(record, member, type)                                                            \
    {                                                                                              \
        FIELD_KEY(#member), type, offsetof(struct record, member), NULL, true                      \
    }
#define SPAN(record) FIELD(record, start, FIELD_COUNT), FIELD(record, end, FIELD_COUNT)
#define TABLE(label, record, fields)                                                               \
    static const struct field_table label = {#record, sizeof(struct record), COUNT(fields), fields}

static const struct field language_fields[] = {
    FIELD(result_language, code, FIELD_STRING),
    FIELD(result_language, confidence, FIELD_REAL),
};
TABLE(language_table, result_language, language_fields);

static const struct field passage_fields[] = {
    SPAN(result_passage),
    FIELD(result_passage, code, FIELD_STRING),
    FIELD(result_passage, confidence, FIELD_REAL),
};
TABLE(passage_table, result_passage, passage_fields);

static const struct field removed_fields[] = {
    FIELD(result_removed, text, FIELD_STRING),
    FIELD(result_removed, why, FIELD_STRING),
};
TABLE(removed_table, result_removed, removed_fields);

static const struct field sentence_fields[] = {
    SPAN(result_sentence),
    FIELD(result_sentence, tone, FIELD_REAL),
};
TABLE(sentence_table, result_sentence, sentence_fields);

static const struct field tone_fields[] = {
    FIELD(result_tone, tone, FIELD_REAL),     FIELD(result_tone, positive, FIELD_REAL),
    FIELD(result_tone, negative, FIELD_REAL), FIELD(result_tone, polarity, FIELD_REAL),
    FIELD(result_tone, activity, FIELD_REAL), FIELD(result_tone, self_group, FIELD_REAL),
    FIELD(result_tone, words, FIELD_COUNT),
};
TABLE(tone_table, result_tone, tone_fields);

static const struct field name_fields[] = {
    SPAN(result_name),
    FIELD(result_name, text, FIELD_STRING),
    FIELD(result_name, type, FIELD_STRING),
    FIELD(result_name, name, FIELD_STRING),
    FIELD(result_name, key, FIELD_STRING),
    FIELD(result_name, role, FIELD_STRING),
    FIELD(result_name, confidence, FIELD_REAL),
};
TABLE(name_table, result_name, name_fields);

static const struct field place_fields[] = {
    SPAN(result_place),
    FIELD(result_place, text, FIELD_STRING),
    FIELD(result_place, name, FIELD_STRING),
    FIELD(result_place, kind, FIELD_STRING),
    FIELD(result_place, country, FIELD_STRING),
    FIELD(result_place, admin1, FIELD_STRING),
    FIELD(result_place, lat, FIELD_REAL),
    FIELD(result_place, lon, FIELD_REAL),
    FIELD(result_place, geonames, FIELD_INDEX),
    FIELD(result_place, confidence, FIELD_REAL),
};
TABLE(place_table, result_place, place_fields);

static const struct field span_fields[] = {
    SPAN(result_span),
    FIELD(result_span, text, FIELD_STRING),
};
TABLE(span_table, result_span, span_fields);

static const struct field actor_fields[] = {
    SPAN(result_actor),
    FIELD(result_actor, text, FIELD_STRING),
    FIELD(result_actor, code, FIELD_STRING),
    FIELD(result_actor, sector, FIELD_STRING),
};
TABLE(actor_table, result_actor, actor_fields);

static const struct field event_fields[] = {
    SPAN(result_event),
    FIELD(result_event, sentence, FIELD_COUNT),
    FIELD(result_event, type, FIELD_STRING),
    FIELD(result_event, mode, FIELD_STRING),
    FIELD(result_event, contexts, FIELD_STRINGS),
    FIELD(result_event, cameo, FIELD_STRING),
    FIELD(result_event, goldstein, FIELD_REAL),
    FIELD(result_event, quad, FIELD_INDEX),
    NESTED(result_event, source, FIELD_LIST, actor_table),
    NESTED(result_event, target, FIELD_LIST, actor_table),
    FIELD(result_event, negated, FIELD_BOOL),
    FIELD(result_event, modality, FIELD_STRING),
    FIELD(result_event, place, FIELD_INDEX),
    FIELD(result_event, date, FIELD_STRING),
    NESTED(result_event, attributed, FIELD_OPTIONAL, span_table),
    FIELD(result_event, mentions, FIELD_COUNT),
    FIELD(result_event, lead, FIELD_BOOL),
    FIELD(result_event, confidence, FIELD_REAL),
};
TABLE(event_table, result_event, event_fields);

static const struct field target_fields[] = {
    SPAN(result_target),
    FIELD(result_target, text, FIELD_STRING),
    FIELD(result_target, tone, FIELD_REAL),
    FIELD(result_target, confidence, FIELD_REAL),
};
TABLE(target_table, result_target, target_fields);

static const struct field quote_fields[] = {
    SPAN(result_quote),
    FIELD(result_quote, direct, FIELD_BOOL),
    NESTED(result_quote, speaker, FIELD_OPTIONAL, span_table),
    NESTED(result_quote, cue, FIELD_OPTIONAL, span_table),
    FIELD(result_quote, name, FIELD_STRING),
    FIELD(result_quote, key, FIELD_STRING),
    FIELD(result_quote, confidence, FIELD_REAL),
};
TABLE(quote_table, result_quote, quote_fields);

static const struct field date_fields[] = {
    SPAN(result_date),
    FIELD(result_date, text, FIELD_STRING),
    FIELD(result_date, value, FIELD_STRING),
    FIELD(result_date, grain, FIELD_STRING),
    FIELD(result_date, confidence, FIELD_REAL),
};
TABLE(date_table, result_date, date_fields);

static const struct field amount_fields[] = {
    SPAN(result_amount),
    FIELD(result_amount, text, FIELD_STRING),
    FIELD(result_amount, kind, FIELD_STRING),
    FIELD(result_amount, value, FIELD_REAL),
    FIELD(result_amount, unit, FIELD_STRING),
    FIELD(result_amount, object, FIELD_STRING),
    FIELD(result_amount, confidence, FIELD_REAL),
};
TABLE(amount_table, result_amount, amount_fields);

static const struct field theme_fields[] = {
    FIELD(result_theme, code, FIELD_STRING),
    FIELD(result_theme, count, FIELD_COUNT),
    FIELD(result_theme, score, FIELD_REAL),
};
TABLE(theme_table, result_theme, theme_fields);

static const struct field keyphrase_fields[] = {
    FIELD(result_keyphrase, text, FIELD_STRING),
    FIELD(result_keyphrase, score, FIELD_REAL),
};
TABLE(keyphrase_table, result_keyphrase, keyphrase_fields);

static const struct field extent_fields[] = {SPAN(result_extent)};
TABLE(extent_table, result_extent, extent_fields);

static const struct field token_fields[] = {
    SPAN(result_token),
    FIELD(result_token, upos, FIELD_STRING),
    FIELD(result_token, lemma, FIELD_STRING),
    FIELD(result_token, head, FIELD_INDEX),
    FIELD(result_token, deprel, FIELD_STRING),
};
TABLE(token_table, result_token, token_fields);

static const struct field result_fields[] = {
    FIELD(result, id, FIELD_STRING),
    FIELD(result, article, FIELD_UUID),
    FIELD(result, url, FIELD_STRING),
    FIELD(result, source, FIELD_STRING),
    FIELD(result, title, FIELD_STRING),
    FIELD(result, authors, FIELD_STRINGS),
    FIELD(result, site, FIELD_STRING),
    FIELD(result, section, FIELD_STRING),
    FIELD(result, image, FIELD_STRING),
    FIELD(result, canonical, FIELD_STRING),
    FIELD(result, links, FIELD_STRINGS),
    {FIELD_KEY("published"), FIELD_ZONED, offsetof(struct result, published_ms), NULL, false},
    FIELD(result, published_from, FIELD_STRING),
    NESTED(result, language, FIELD_STRUCT, language_table),
    NESTED(result, languages, FIELD_LIST, passage_table),
    FIELD(result, genre, FIELD_STRING),
    FIELD(result, focus, FIELD_STRING),
    FIELD(result, text, FIELD_STRING),
    NESTED(result, removed, FIELD_LIST, removed_table),
    NESTED(result, sentences, FIELD_LIST, sentence_table),
    NESTED(result, tone, FIELD_STRUCT, tone_table),
    NESTED(result, names, FIELD_LIST, name_table),
    NESTED(result, places, FIELD_LIST, place_table),
    NESTED(result, events, FIELD_LIST, event_table),
    NESTED(result, targets, FIELD_LIST, target_table),
    NESTED(result, quotes, FIELD_LIST, quote_table),
    NESTED(result, dates, FIELD_LIST, date_table),
    NESTED(result, amounts, FIELD_LIST, amount_table),
    NESTED(result, themes, FIELD_LIST, theme_table),
    NESTED(result, keyphrases, FIELD_LIST, keyphrase_table),
    NESTED(result, summary, FIELD_LIST, extent_table),
    FIELD(result, fingerprint, FIELD_HEX64),
    NESTED(result, tokens, FIELD_LIST, token_table),
    FIELD(result, analyzer, FIELD_STRING),
    WIRE_ONLY(result, meta, FIELD_STRING),
    FIELD(result, repaired, FIELD_COUNT),
    FIELD(result, unknown_keys, FIELD_COUNT),
};
const struct field_table result_table = {"result", sizeof(struct result), COUNT(result_fields),
                                         result_fields};

void result_encode(const struct result *result, struct buffer *out)
{
    fields_pack(&result_table, result, out);
}

enum status result_decode(struct slice bytes, struct pack_reader *reader, struct result *result,
                          struct arena *arena, struct fault *fault)
{
    if (bytes.len > LIMIT_RESULT_BYTES)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The result is longer than LIMIT_RESULT_BYTES (%d bytes).",
                         LIMIT_RESULT_BYTES);
    return fields_unpack(&result_table, bytes, reader, result, arena, fault);
}
