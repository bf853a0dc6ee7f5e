/* The network's weights, laid out for the machine's arithmetic, and its work space. Inside
 * network.h: one owner, one thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_LAYOUT_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_LAYOUT_H

#include "worker/analysis/syntax/network.h"

#define NETWORK_CHUNK   16 /* tokens whose sums are held at once where they are not needed again */
#define NETWORK_ABREAST 8  /* sentences that a layer reads step by step together */
#define PARSER_WAITING  16 /* tokens whose relations are decided together */
#define SCORE_NONE      (-1e30f)

struct network_space {
    int16_t *embedded;      /* of NETWORK_CHUNK forms */
    int32_t *forms;         /* what each form gives the lower layer: 4 * units a side */
    uint8_t *lower, *upper; /* values of units a token, unit_bytes each */
    int32_t *sums;          /* of what is worked out together: see sums_room() */
    int32_t *tags;          /* TAG_WIDTH a token: from the lower layer */
    int32_t *again;         /* a row each of NETWORK_ABREAST sentences: 4 * units */
    uint8_t *before;        /* the same: units */
    float *cells;           /* the same: units */
    int16_t *shares;        /* SLOT_COUNT * hidden a token, in HIDDEN_ONE */
    uint8_t *known;         /* which of them, a bit a slot: a token */
    uint8_t *gathered;      /* a row a sentence: values of a token, 2 * units */
    int16_t *hidden;        /* a row a sentence */
    int16_t *waiting;       /* such rows, 2 * PARSER_WAITING */
    int32_t *decisions;     /* PARSER_WAITING rows of one side's relations */
    uint32_t *room;         /* of all sentences' transitions */
};

struct layer {
    struct kernel_weights input, recurrent;
    float *scales, *again_scales, *bias; /* as unit_step() wants them */
};

struct network {
    const struct model *model;
    const struct kernels *kernels;
    struct layer lower[2], upper[2];
    struct kernel_weights tags, tags_above, slots, decide;
    float *tag_scales, *tag_above_scales, *slot_scales, *decide_scales;
    float *tag_bias, *decide_bias; /* SCORE_NONE where no tag or relation is that may be chosen */
    int16_t *pads, *hidden_bias;   /* in HIDDEN_ONE, as the shares */
    int16_t *weights, *weight_end; /* of all matrices */
    float *numbers, *number_end;   /* of all scales */
    int32_t *starts, *start_end;   /* of all sums of bytes */
    struct network_space space;
    struct forms forms;
    struct arena *arena; /* holds the space */
};

#endif
