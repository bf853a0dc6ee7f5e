/* The network's weights, laid out for the machine's arithmetic, and its work space. Inside
 * network.h: one owner, one thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_LAYOUT_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_LAYOUT_H

#include "worker/analysis/syntax/network.h"

#define NETWORK_CHUNK 16 /* tokens whose sums are held at once where they are not needed again */

struct network_space {
    int16_t *embedded;      /* of NETWORK_CHUNK forms */
    int32_t *forms;         /* what each form gives the lower layer: 4 * units a side */
    uint8_t *lower, *upper; /* values of units a token, unit_bytes each */
    int32_t *sums;          /* 4 * units a token; or the widest product of NETWORK_CHUNK tokens */
    int32_t *tags;          /* TAG_WIDTH a token: from the lower layer */
    int32_t *again;         /* from here on a row a sentence: 4 * units */
    uint8_t *before;        /* units */
    float *cells;           /* units */
    int16_t *shares;        /* SLOT_COUNT * hidden a token, in HIDDEN_ONE */
    int16_t *hidden;
    int32_t decisions[DECIDE_WIDTH];
    uint32_t *room;
};

struct layer {
    struct kernel_weights input, recurrent;
    float *scales, *again_scales; /* of a sum of `input`, of `recurrent` */
    const float *bias;
};

struct network {
    const struct model *model;
    const struct kernels *kernels;
    struct layer lower[2], upper[2];
    struct kernel_weights tags, tags_above, slots, decide;
    float *tag_scales, *tag_above_scales, *slot_scales, *decide_scales;
    int16_t *pads, *hidden_bias;   /* in HIDDEN_ONE, as the shares */
    int16_t *weights, *weight_end; /* of all matrices */
    float *numbers, *number_end;   /* of all scales */
    int32_t *starts, *start_end;   /* of all sums of bytes */
    struct network_space space;
    struct arena *arena; /* holds the space */
};

#endif
