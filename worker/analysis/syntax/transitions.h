/* The arc-hybrid transition system with its dynamic oracle.
 *
 * A state is a stack, a buffer and the arcs found; tokens are 0 to count - 1, the root is token
 * `count` and stands behind the last one. b is the buffer's first token, s0 and s1 the stack's top
 * and the one below.
 *   SHIFT  b goes to the stack
 *   LEFT   b becomes the head of s0, which leaves the stack
 *   RIGHT  s1 becomes the head of s0, which leaves the stack
 * A sentence takes 2 * count transitions and ends with every token attached and exactly one to the
 * root. Kuhlmann, Gómez-Rodríguez and Satta (2011); the oracle: Goldberg and Nivre (2013). */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRANSITIONS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRANSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transition { TRANSITION_SHIFT, TRANSITION_LEFT, TRANSITION_RIGHT, TRANSITION_COUNT };
#define TRANSITION_BIT(t) (1u << (t))

#define TOKEN_NONE UINT32_MAX

struct transitions {
    uint32_t count;         /* tokens without the root */
    uint32_t buffer;        /* b; `count` when only the root is left */
    uint32_t depth;         /* of the stack */
    uint32_t *stack;        /* room for `count` */
    uint32_t *heads;        /* TOKEN_NONE until attached; `count` is the root */
    uint32_t *left, *right; /* each token's outermost dependents so far; room for `count` + 1 */
};

/* What the parser looks at in a state. The order is part of the model's format. */
enum slot {
    SLOT_S0,
    SLOT_S1,
    SLOT_S2,
    SLOT_B0,
    SLOT_S0_LEFT,
    SLOT_S0_RIGHT,
    SLOT_S1_RIGHT,
    SLOT_B0_LEFT,
    SLOT_COUNT
};

#define TRANSITIONS_ROOM(count) (4 * (size_t)(count) + 2) /* numbers of work space */

/* `room` is TRANSITIONS_ROOM(count) numbers, stays the caller's and holds the heads. */
void transitions_start(struct transitions *state, uint32_t count, uint32_t *room);
bool transitions_done(const struct transitions *state);
/* The set of transitions that may follow, never empty before the end. */
unsigned transitions_legal(const struct transitions *state);
/* Performs a legal transition; returns the token it attached, or TOKEN_NONE. */
uint32_t transitions_apply(struct transitions *state, enum transition transition);

/* s0, s1, s2 (depth 0, 1, 2), or TOKEN_NONE. */
static inline uint32_t transitions_stack(const struct transitions *state, uint32_t depth)
{
    return depth < state->depth ? state->stack[state->depth - 1 - depth] : TOKEN_NONE;
}

/* The token in each slot, or TOKEN_NONE; `count` is the root. */
void transitions_slots(const struct transitions *state, uint32_t slots[SLOT_COUNT]);

/* The legal transitions after which no more arcs of the tree `gold` are out of reach than before.
 * `gold` is projective, its root's head is `count`. Linear in the sentence: for training. */
unsigned transitions_optimal(const struct transitions *state, const uint32_t *gold);

/* Makes a tree projective in place by lifting: the shortest arc that crosses another goes to its
 * head's head, until none crosses. Returns the number of arcs moved. */
unsigned transitions_projectivize(uint32_t *heads, uint32_t count);

#endif
