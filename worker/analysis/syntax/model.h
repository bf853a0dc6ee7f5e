/* The model file: what training found, quantised, with the words it knows.
 *
 * Little-endian; a header, then sections in a fixed order whose sizes follow from the header, each
 * at a multiple of MODEL_ALIGN bytes. Weights are signed bytes with one factor a row (output); what
 * is added to them stays in floating point. It is part of the program (model.S), so that the pages
 * are read from disk when used and shared by all processes; model_open() checks every number that
 * could lead outside the file, so that any other bytes give an error and nothing worse. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_MODEL_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_MODEL_H

#include "common/slice.h"
#include "common/status.h"
#include "worker/analysis/syntax/features.h"
#include "worker/analysis/syntax/tags.h"
#include "worker/analysis/syntax/transitions.h"

#define MODEL_MAGIC                                                                                \
    {                                                                                              \
        'n', 'e', 'w', 's', 'm', 'i', 'l', 'l'                                                     \
    }
#define MODEL_VERSION 3
#define MODEL_ALIGN   64

/* The tagger's outputs: UPOS from 0, whether a sentence starts here (which the lower layer says
 * alone), XPOS from TAG_XPOS. */
#define TAG_START 24
#define TAG_XPOS  32
#define TAG_WIDTH 96
/* The parser's outputs: the transitions, the relations of LEFT and of RIGHT. */
#define DECIDE_LEFT  16
#define DECIDE_RIGHT 80
#define DECIDE_WIDTH 144

_Static_assert(UPOS_COUNT <= TAG_START && TAG_XPOS + XPOS_COUNT <= TAG_WIDTH, "tags");
_Static_assert(DECIDE_LEFT + RELATION_COUNT <= DECIDE_RIGHT, "left relations");
_Static_assert(DECIDE_RIGHT + RELATION_COUNT <= DECIDE_WIDTH, "right relations");

struct model_header {
    char magic[8];
    uint64_t checksum; /* XXH3 of all that follows this field */
    uint32_t version, tags_version, features_version;
    uint32_t size; /* of the file */
    uint32_t word_slots, words, buckets, word_width, affix_width, units, hidden;
    uint32_t lemma_slots, lemma_bytes;
    float embedding_scale; /* what 1 in the tables of words and affixes is worth */
};

/* weights[output * inputs + input] * scales[output] */
struct model_matrix {
    uint32_t outputs, inputs;
    const int8_t *weights;
    const float *scales;
};

struct model_lstm {
    struct model_matrix input, recurrent; /* 4 * units outputs: in, forget, out gates, new value */
    const float *bias;
};

/* An irregular lemma: by the hash of the lower-case form and its XPOS. Free when the hash is 0. */
struct lemma_slot {
    uint32_t hash;
    uint32_t at; /* of the lemma in the pool, its length in the byte before */
};

struct model {
    const struct model_header *header;
    struct word_table words;
    const int8_t *word_rows, *affix_rows;
    struct model_lstm lower[2], upper[2];                /* forwards, backwards */
    struct model_matrix tags, tags_above, slots, decide; /* tags: of the lower layer, the upper */
    const float *tag_bias;
    const float *pads; /* 2 x SLOT_COUNT * hidden: the share of an empty slot, of the root */
    const float *hidden_bias, *decide_bias;
    const struct lemma_slot *lemmas;
    const char *lemma_pool;
};

/* `file` is aligned to 8 bytes and outlives the model. FATAL: "model-damaged", "model-version". */
enum status model_open(struct slice file, struct model *out, struct fault *fault) MUST_CHECK;

/* The model that is part of this program. */
struct slice model_embedded(void);

#endif
