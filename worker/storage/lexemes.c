/* Each generation is a run of bytes, entries and answers one behind the other, and a hash table of
 * offsets into it.
 *
 *   entry:  struct lexemes_entry, chunk, padding to ALIGN
 *   answer: uint8 positions, uint16 lexemes, then of each: uint16 length, uint8 count, positions,
 *           text; padding to ALIGN */
#include "worker/storage/lexemes.h"

#include <stdlib.h>

#define ALIGN      8
#define SLOT_SHARE 5  /* one part in so many is for the table */
#define PROBES_MAX 64 /* then there is no room: chunks may be made to collide */
#define ANSWER_MAX 4096
/* Answers that are none; offsets begin at ALIGN. */
#define UNKNOWN 0
#define ASKED   1
#define NONE    2 /* nothing may be said of it */

struct lexemes_entry {
    uint64_t config;
    uint32_t answer; /* where in the bytes, or UNKNOWN, ASKED or NONE */
    uint8_t generation, len;
    char chunk[];
};

struct slot {
    uint32_t tag, at; /* of the hash; at 0: empty */
};

struct generation {
    uint8_t *bytes;
    size_t used;
    struct slot *slots;
    size_t count;
};

struct lexemes {
    struct generation generations[2];
    unsigned young;
    size_t capacity, slots; /* bytes and slots of one generation; slots is a power of two */
};

/* ---- memory ---- */

static void empty(struct lexemes *lexemes, struct generation *generation)
{
    generation->used = ALIGN;
    generation->count = 0;
    memset(generation->slots, 0, lexemes->slots * sizeof(struct slot));
}

struct lexemes *lexemes_new(size_t bytes)
{
    struct lexemes *lexemes = calloc(1, sizeof *lexemes);
    if (!lexemes)
        return NULL;
    lexemes->slots = 1;
    while (lexemes->slots * 2 * sizeof(struct slot) <= bytes / 2 / SLOT_SHARE)
        lexemes->slots *= 2;
    lexemes->capacity = (bytes / 2 - lexemes->slots * sizeof(struct slot)) / ALIGN * ALIGN;
    for (size_t i = 0; i < 2; i++) {
        struct generation *generation = &lexemes->generations[i];
        generation->bytes = malloc(lexemes->capacity);
        generation->slots = calloc(lexemes->slots, sizeof(struct slot));
        generation->used = ALIGN;
        if (!generation->bytes || !generation->slots) {
            lexemes_free(lexemes);
            return NULL;
        }
    }
    return lexemes;
}

void lexemes_free(struct lexemes *lexemes)
{
    if (!lexemes)
        return;
    for (size_t i = 0; i < 2; i++) {
        free(lexemes->generations[i].bytes);
        free(lexemes->generations[i].slots);
    }
    free(lexemes);
}

void lexemes_clear(struct lexemes *lexemes)
{
    for (size_t i = 0; i < 2; i++)
        if (lexemes->generations[i].count > 0)
            empty(lexemes, &lexemes->generations[i]);
}

void lexemes_begin(struct lexemes *lexemes)
{
    const struct generation *young = &lexemes->generations[lexemes->young];
    if (young->used <= lexemes->capacity / 2 && young->count <= lexemes->slots / 3)
        return;
    lexemes->young = 1 - lexemes->young;
    empty(lexemes, &lexemes->generations[lexemes->young]);
}

static uint8_t *take(const struct lexemes *lexemes, struct generation *generation, size_t len)
{
    len = (len + ALIGN - 1) / ALIGN * ALIGN;
    if (len > lexemes->capacity - generation->used)
        return NULL;
    uint8_t *taken = generation->bytes + generation->used;
    generation->used += len;
    return taken;
}

/* ---- the table ---- */

static uint64_t hash(uint64_t config, struct slice chunk)
{
    uint64_t state = (config ^ chunk.len) * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t at = 0; at < chunk.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, chunk.data + at, chunk.len - at < 8 ? chunk.len - at : 8);
        state = (state ^ (state >> 32) ^ word) * UINT64_C(0xD6E8FEB86659FD93);
    }
    return state ^ (state >> 29);
}

static struct lexemes_entry *entry_at(const struct generation *generation, uint32_t at)
{
    return (struct lexemes_entry *)(void *)(generation->bytes + at);
}

/* Where the chunk is, or could be put; NULL when neither. */
static struct slot *slot_of(const struct lexemes *lexemes, const struct generation *generation,
                            uint64_t config, struct slice chunk, uint64_t hashed)
{
    uint32_t tag = (uint32_t)(hashed >> 32);
    for (size_t i = 0; i < PROBES_MAX; i++) {
        struct slot *slot = &generation->slots[(hashed + i) & (lexemes->slots - 1)];
        if (slot->at == 0)
            return slot;
        if (slot->tag != tag)
            continue;
        const struct lexemes_entry *entry = entry_at(generation, slot->at);
        if (entry->config == config && entry->len == chunk.len &&
            memcmp(entry->chunk, chunk.data, chunk.len) == 0)
            return slot;
    }
    return NULL;
}

/* ---- answers ---- */

static const uint8_t *answer_of(const struct lexemes *lexemes, const struct lexemes_entry *entry)
{
    return lexemes->generations[entry->generation].bytes + entry->answer;
}

static void read_answer(const uint8_t *answer, struct lexemes_reader *reader)
{
    *reader = (struct lexemes_reader){
        .at = answer + 3, .left = (unsigned)answer[1] << 8 | answer[2], .positions = answer[0]};
}

static size_t answer_len(const uint8_t *answer)
{
    struct lexemes_reader reader;
    struct lexeme ignored;
    read_answer(answer, &reader);
    while (reader.left > 0)
        lexemes_next(&reader, &ignored);
    return (size_t)(reader.at - answer);
}

/* The answer of an entry of the old generation, for one of the young. */
static void carry_over(struct lexemes *lexemes, const struct lexemes_entry *from,
                       struct lexemes_entry *to)
{
    to->answer = from->answer == ASKED ? UNKNOWN : from->answer;
    if (from->answer < ALIGN)
        return;
    struct generation *young = &lexemes->generations[lexemes->young];
    const uint8_t *answer = answer_of(lexemes, from);
    size_t len = answer_len(answer);
    uint8_t *copy = take(lexemes, young, len);
    to->answer = copy ? (uint32_t)(copy - young->bytes) : UNKNOWN;
    if (copy)
        memcpy(copy, answer, len);
}

struct lexemes_entry *lexemes_find(struct lexemes *lexemes, uint64_t config, struct slice chunk)
{
    struct generation *young = &lexemes->generations[lexemes->young];
    const struct generation *old = &lexemes->generations[1 - lexemes->young];
    uint64_t hashed = hash(config, chunk);
    struct slot *slot = slot_of(lexemes, young, config, chunk, hashed);
    if (slot && slot->at != 0)
        return entry_at(young, slot->at);
    if (!slot || young->count >= lexemes->slots / 4 * 3)
        return NULL;
    struct lexemes_entry *entry =
        (void *)take(lexemes, young, sizeof(struct lexemes_entry) + chunk.len);
    if (!entry)
        return NULL;
    entry->config = config;
    entry->answer = UNKNOWN;
    entry->generation = (uint8_t)lexemes->young;
    entry->len = (uint8_t)chunk.len;
    memcpy(entry->chunk, chunk.data, chunk.len);
    slot->tag = (uint32_t)(hashed >> 32);
    slot->at = (uint32_t)((uint8_t *)entry - young->bytes);
    young->count++;
    const struct slot *before = slot_of(lexemes, old, config, chunk, hashed);
    if (before && before->at != 0)
        carry_over(lexemes, entry_at(old, before->at), entry);
    return entry;
}

bool lexemes_ask(struct lexemes_entry *entry)
{
    bool unknown = entry->answer == UNKNOWN;
    if (unknown)
        entry->answer = ASKED;
    return unknown;
}

struct slice lexemes_chunk(const struct lexemes_entry *entry)
{
    return (struct slice){entry->chunk, entry->len};
}

/* ---- learning ---- */

/* A tsvector in binary: uint32 lexemes, of each the text with a NUL behind it, uint16 positions,
 * and those, a weight in their highest two bits. */
struct wire {
    const uint8_t *at, *end;
    bool failed;
};

static unsigned wire_be16(struct wire *wire)
{
    if (wire->end - wire->at < 2) {
        wire->failed = true;
        return 0;
    }
    wire->at += 2;
    return (unsigned)wire->at[-2] << 8 | wire->at[-1];
}

static struct slice wire_text(struct wire *wire)
{
    const uint8_t *nul = memchr(wire->at, 0, (size_t)(wire->end - wire->at));
    struct slice text = {(const char *)wire->at, nul ? (size_t)(nul - wire->at) : 0};
    wire->failed = wire->failed || !nul;
    wire->at = nul ? nul + 1 : wire->end;
    return text;
}

/* One lexeme behind `*to`. The probe's last position is its own: `*last` is set to it. False when
 * it does not fit. */
static bool learn_lexeme(struct wire *wire, struct slice probe, uint8_t **to, const uint8_t *end,
                         unsigned *lexemes, unsigned *last)
{
    struct slice text = wire_text(wire);
    unsigned count = wire_be16(wire);
    if (wire->failed || (size_t)(wire->end - wire->at) < 2 * (size_t)count || count == 0 ||
        count > UINT8_MAX || (size_t)(end - *to) < 3 + count + text.len)
        return false;
    bool probed = slice_equal(text, probe);
    uint8_t *out = *to;
    out[0] = (uint8_t)(text.len >> 8);
    out[1] = (uint8_t)text.len;
    out[2] = (uint8_t)(count - probed);
    out += 3;
    for (unsigned i = 0; i < count; i++) {
        unsigned position = wire_be16(wire) & 0x3FFF;
        if (position > UINT8_MAX)
            return false;
        if (probed && i == count - 1)
            *last = position;
        else
            *out++ = (uint8_t)position;
    }
    if (probed && count == 1)
        return true; /* it was not in the chunk */
    memcpy(out, text.data, text.len);
    *to = out + text.len;
    ++*lexemes;
    return true;
}

/* Writes the answer; its length, 0 when the server's is not as it should be. */
static size_t translate(struct slice vector, struct slice probe, uint8_t answer[ANSWER_MAX])
{
    struct wire wire = {(const uint8_t *)vector.data, (const uint8_t *)vector.data + vector.len,
                        false};
    unsigned high = wire_be16(&wire), left = high << 16 | wire_be16(&wire);
    unsigned lexemes = 0, last = 0;
    uint8_t *to = answer + 3;
    for (; left > 0 && !wire.failed; left--)
        if (!learn_lexeme(&wire, probe, &to, answer + ANSWER_MAX, &lexemes, &last))
            return 0;
    if (wire.failed || wire.at != wire.end || last == 0)
        return 0;
    answer[0] = (uint8_t)(last - 1);
    answer[1] = (uint8_t)(lexemes >> 8);
    answer[2] = (uint8_t)lexemes;
    return (size_t)(to - answer);
}

void lexemes_learn(struct lexemes *lexemes, struct lexemes_entry *entry, struct slice vector,
                   struct slice probe)
{
    uint8_t answer[ANSWER_MAX];
    struct generation *generation = &lexemes->generations[entry->generation];
    size_t len = vector.data ? translate(vector, probe, answer) : 0;
    uint8_t *kept = len > 0 ? take(lexemes, generation, len) : NULL;
    entry->answer = kept ? (uint32_t)(kept - generation->bytes) : len > 0 ? UNKNOWN : NONE;
    if (kept)
        memcpy(kept, answer, len);
}

/* ---- reading ---- */

bool lexemes_read(const struct lexemes *lexemes, const struct lexemes_entry *entry,
                  struct lexemes_reader *reader)
{
    if (entry->answer < ALIGN)
        return false;
    read_answer(answer_of(lexemes, entry), reader);
    return true;
}

void lexemes_next(struct lexemes_reader *reader, struct lexeme *lexeme)
{
    const uint8_t *at = reader->at;
    lexeme->text.len = (size_t)at[0] << 8 | at[1];
    lexeme->count = at[2];
    lexeme->positions = at + 3;
    lexeme->text.data = (const char *)at + 3 + lexeme->count;
    reader->at = at + 3 + lexeme->count + lexeme->text.len;
    reader->left--;
}
