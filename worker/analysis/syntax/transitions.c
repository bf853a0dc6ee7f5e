/* The arc-hybrid transition system. */
#include "worker/analysis/syntax/transitions.h"

void transitions_start(struct transitions *state, uint32_t count, uint32_t *room)
{
    *state = (struct transitions){.count = count,
                                  .heads = room,
                                  .stack = room + count,
                                  .left = room + 2 * (size_t)count,
                                  .right = room + 3 * (size_t)count + 1};
    for (size_t i = 0; i < TRANSITIONS_ROOM(count); i++)
        room[i] = TOKEN_NONE;
}

bool transitions_done(const struct transitions *state)
{
    return state->buffer == state->count && state->depth == 0;
}

unsigned transitions_legal(const struct transitions *state)
{
    unsigned legal = 0;
    bool only_root = state->buffer == state->count;
    if (!only_root)
        legal |= TRANSITION_BIT(TRANSITION_SHIFT);
    if (state->depth > 0 && (!only_root || state->depth == 1))
        legal |= TRANSITION_BIT(TRANSITION_LEFT);
    if (state->depth > 1)
        legal |= TRANSITION_BIT(TRANSITION_RIGHT);
    return legal;
}

uint32_t transitions_apply(struct transitions *state, enum transition transition)
{
    if (transition == TRANSITION_SHIFT) {
        state->stack[state->depth++] = state->buffer++;
        return TOKEN_NONE;
    }
    uint32_t top = state->stack[--state->depth];
    if (transition == TRANSITION_LEFT) {
        state->heads[top] = state->buffer;
        state->left[state->buffer] = top;
    } else {
        state->heads[top] = state->stack[state->depth - 1];
        state->right[state->heads[top]] = top;
    }
    return top;
}

void transitions_slots(const struct transitions *state, uint32_t slots[SLOT_COUNT])
{
    uint32_t s0 = transitions_stack(state, 0), s1 = transitions_stack(state, 1);
    slots[SLOT_S0] = s0;
    slots[SLOT_S1] = s1;
    slots[SLOT_S2] = transitions_stack(state, 2);
    slots[SLOT_B0] = state->buffer;
    slots[SLOT_S0_LEFT] = s0 == TOKEN_NONE ? TOKEN_NONE : state->left[s0];
    slots[SLOT_S0_RIGHT] = s0 == TOKEN_NONE ? TOKEN_NONE : state->right[s0];
    slots[SLOT_S1_RIGHT] = s1 == TOKEN_NONE ? TOKEN_NONE : state->right[s1];
    slots[SLOT_B0_LEFT] = state->left[state->buffer];
}

/* ---- the oracle ---- */

static bool has_dependent_ahead(const struct transitions *state, const uint32_t *gold,
                                uint32_t head)
{
    for (uint32_t i = state->buffer; i < state->count; i++)
        if (gold[i] == head)
            return true;
    return false;
}

/* b may go to the stack: neither its head (but s0) nor a dependent is in the stack. The root takes
 * one token only, the last on the stack: what lies on others cannot be its dependent. */
static bool shift_is_free(const struct transitions *state, const uint32_t *gold)
{
    uint32_t b = state->buffer;
    if (gold[b] == state->count && state->depth > 0)
        return false;
    for (uint32_t i = 0; i < state->depth; i++) {
        uint32_t token = state->stack[i];
        if (gold[token] == b || (gold[b] == token && i + 1 < state->depth))
            return false;
    }
    return true;
}

unsigned transitions_optimal(const struct transitions *state, const uint32_t *gold)
{
    unsigned legal = transitions_legal(state), free = 0;
    uint32_t b = state->buffer, s0 = transitions_stack(state, 0), s1 = transitions_stack(state, 1);
    if (legal & TRANSITION_BIT(TRANSITION_SHIFT) && shift_is_free(state, gold))
        free |= TRANSITION_BIT(TRANSITION_SHIFT);
    if (s0 == TOKEN_NONE || has_dependent_ahead(state, gold, s0))
        return free ? free : legal;
    bool root_away = gold[s0] == state->count && state->depth > 1;
    bool head_ahead = gold[s0] > b && gold[s0] <= state->count && !root_away;
    if (!head_ahead && gold[s0] != s1)
        free |= TRANSITION_BIT(TRANSITION_LEFT);
    if (!head_ahead && gold[s0] != b)
        free |= TRANSITION_BIT(TRANSITION_RIGHT);
    free &= legal;
    return free ? free : legal;
}

/* ---- non-projective trees ---- */

static bool is_above(const uint32_t *heads, uint32_t count, uint32_t above, uint32_t token)
{
    for (uint32_t steps = 0; token < count && steps <= count; steps++) {
        if (token == above)
            return true;
        token = heads[token];
    }
    return token == above;
}

/* An arc crosses when a token between its ends is not below its head. */
static bool crosses(const uint32_t *heads, uint32_t count, uint32_t token)
{
    uint32_t head = heads[token];
    uint32_t low = head < token ? head : token, high = head < token ? token : head;
    for (uint32_t i = low + 1; i < high; i++)
        if (!is_above(heads, count, head, i))
            return true;
    return false;
}

static uint32_t length_of(const uint32_t *heads, uint32_t token)
{
    return heads[token] > token ? heads[token] - token : token - heads[token];
}

unsigned transitions_projectivize(uint32_t *heads, uint32_t count)
{
    for (unsigned moved = 0;; moved++) {
        uint32_t shortest = TOKEN_NONE;
        for (uint32_t i = 0; i < count; i++)
            if (heads[i] != count && crosses(heads, count, i) &&
                (shortest == TOKEN_NONE || length_of(heads, i) < length_of(heads, shortest)))
                shortest = i;
        if (shortest == TOKEN_NONE)
            return moved;
        heads[shortest] = heads[heads[shortest]];
    }
}
