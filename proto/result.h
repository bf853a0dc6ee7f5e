/* What analysis finds in an article: CONTRACT section 4 as plain structs and the tables that
 * describe them. Offsets are half-open [start, end) in code points of `text`. Everything borrows
 * from an arena or from the message it was decoded from. */
#ifndef NEWSMILL_PROTO_RESULT_H
#define NEWSMILL_PROTO_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/uuid.h"
#include "proto/fields.h"

struct result_language {
    struct slice code; /* BCP 47, "und" when undetermined */
    double confidence; /* 0 to 1 */
};
/* Paragraphs in another language than the article's, one behind the other as one. */
struct result_passage {
    uint32_t start, end;
    struct slice code;
    double confidence;
};
struct result_removed {
    struct slice text, why; /* why: cookie-notice navigation advertisement related comments … */
};
struct result_sentence {
    uint32_t start, end;
    double tone;
};
/* GDELT's seven (GKG 2.1 codebook): per cent of words, and the number of words. */
struct result_tone {
    double tone, positive, negative, polarity, activity, self_group;
    uint32_t words;
};
struct result_name {
    uint32_t start, end;
    struct slice text, type, name, key; /* type: person organization place other; name: canonical */
    struct slice role;                  /* what a person is, as the text says it beside the name */
    double confidence;
};
struct result_place {
    uint32_t start, end;
    struct slice text, name, kind, country, admin1;
    double lat, lon;  /* NaN when unknown */
    int64_t geonames; /* FIELD_NONE when unknown */
    double confidence;
};
struct result_actor {
    uint32_t start, end;
    struct slice text, code, sector;
};
struct result_span {
    uint32_t start, end;
    struct slice text;
};
struct result_event {
    uint32_t start, end; /* the trigger */
    uint32_t sentence;
    struct slice type, mode;
    struct field_list contexts; /* of struct slice */
    struct slice cameo;
    double goldstein;
    int64_t quad;
    struct field_list source, target; /* of struct result_actor: whoever acts together */
    bool negated;
    struct slice modality;
    struct result_span *attributed; /* who says so, when it is reported */
    uint32_t mentions;              /* in the article, this one included */
    bool lead;                      /* in the first paragraph */
    int64_t place;                  /* index into places */
    struct slice date;
    double confidence;
};
struct result_target {
    uint32_t start, end;
    struct slice text;
    double tone, confidence;
};
struct result_quote {
    uint32_t start, end;
    bool direct;
    struct result_span *speaker, *cue;
    struct slice name,
        key; /* canonical: whose name the speaker is, or whom the pronoun stands for */
    double confidence;
};
struct result_date {
    uint32_t start, end;
    struct slice text, value, grain;
    double confidence;
};
struct result_amount {
    uint32_t start, end;
    struct slice text, kind;
    double value;
    struct slice unit, object;
    double confidence;
};
struct result_theme {
    struct slice code;
    uint32_t count;
    double score;
};
struct result_keyphrase {
    struct slice text;
    double score;
};
struct result_extent {
    uint32_t start, end;
};
struct result_token {
    uint32_t start, end;
    struct slice upos, lemma;
    int64_t head;
    struct slice deprel;
};

struct result {
    struct slice id;
    struct uuid article;
    struct slice url, source, title;
    struct field_list authors;     /* of struct slice */
    struct slice site, section;    /* as the page calls them */
    struct slice image, canonical; /* URLs: the lead image; what the page says its own is */
    struct field_list links;       /* of struct slice: URLs the text links to, absolute */
    int64_t published_ms;
    int32_t published_zone; /* minutes ahead of UTC; where it was written (FIELD_ZONED) */
    struct slice published_from;
    struct result_language language;
    struct field_list languages; /* of struct result_passage: what is in another one */
    struct slice genre;
    struct slice focus; /* ISO 3166-1 alpha-2: the country the article is about */
    struct slice text;
    struct field_list removed, sentences;
    struct result_tone tone;
    struct field_list names, places, events, targets, quotes, dates, amounts, themes, keyphrases,
        summary;
    uint64_t fingerprint;
    struct field_list tokens;
    struct slice analyzer; /* name and version of the analysis that found this */
    struct slice meta;     /* JSON text of the producer's meta, or NULL */
    uint32_t repaired;     /* ill-formed sequences and NULs replaced */
    uint32_t unknown_keys;
};

extern const struct field_table result_table;

void result_encode(const struct result *result, struct buffer *out);
enum status result_decode(struct slice bytes, struct pack_reader *reader, struct result *result,
                          struct arena *arena, struct fault *fault) MUST_CHECK;

#endif
