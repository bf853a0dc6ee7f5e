/* Bytes by what they mean to the parser. */
#include "worker/storage/chunks.h"

enum kind {
    WORD,  /* letters, digits, what may be part of a token, all beyond ASCII */
    SPACE, /* white space */
    PLAIN, /* ends a token as a space does */
    EDGE,  /* part of a chunk, but not at its beginning */
    TAIL,  /* nor at its end: . and : */
    DASH,  /* SPACE or AMPERSAND */
    AMPERSAND,
    LESS
};

static enum kind kind_of(const struct chunks *chunks, char byte)
{
    static const uint8_t kinds[256] = {
        ['\t'] = SPACE, ['\n'] = SPACE,    ['\v'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE,
        [' '] = SPACE,  ['-'] = DASH,      ['/'] = DASH,   ['_'] = DASH,   ['!'] = PLAIN,
        ['"'] = PLAIN,  ['#'] = PLAIN,     ['$'] = PLAIN,  ['%'] = PLAIN,  ['\''] = PLAIN,
        ['('] = PLAIN,  [')'] = PLAIN,     ['*'] = PLAIN,  [','] = PLAIN,  [';'] = PLAIN,
        ['='] = PLAIN,  ['>'] = PLAIN,     ['?'] = PLAIN,  ['['] = PLAIN,  ['\\'] = PLAIN,
        [']'] = PLAIN,  ['^'] = PLAIN,     ['`'] = PLAIN,  ['{'] = PLAIN,  ['|'] = PLAIN,
        ['}'] = PLAIN,  ['@'] = EDGE,      ['~'] = EDGE,   ['.'] = TAIL,   [':'] = TAIL,
        ['<'] = LESS,   ['&'] = AMPERSAND,
    };
    enum kind kind = (enum kind)kinds[(uint8_t)byte];
    return kind != DASH ? kind : chunks->dashes ? AMPERSAND : SPACE;
}

/* ---- signs beyond ASCII ---- */

/* U+0080 to U+00BF, U+2000 to U+206F, U+3000 to U+303F; CHUNK_SIGNS elsewhere. */
static size_t sign_index(uint32_t code)
{
    if (code >= 0x80 && code < 0xC0)
        return code - 0x80;
    if (code >= 0x2000 && code < 0x2070)
        return code - 0x2000 + 64;
    if (code >= 0x3000 && code < 0x3040)
        return code - 0x3000 + 176;
    return CHUNK_SIGNS;
}

uint32_t chunks_sign(size_t index)
{
    return (uint32_t)index + (index < 64 ? 0x80 : index < 176 ? 0x2000 - 64 : 0x3000 - 176);
}

void chunks_add_sign(struct chunk_signs *signs, uint32_t code)
{
    size_t index = sign_index(code);
    if (index < CHUNK_SIGNS)
        signs->is[index] = true;
}

/* The bytes of the sign at `at`; 0 when there is none. */
static size_t sign_len(const struct chunks *chunks, const char *at)
{
    const uint8_t *byte = (const uint8_t *)at;
    size_t len = byte[0] == 0xC2 ? 2 : byte[0] == 0xE2 || byte[0] == 0xE3 ? 3 : 0;
    if (len == 0 || (size_t)(chunks->end - at) < len)
        return 0;
    uint32_t code = len == 2 ? (byte[0] & 0x1FU) << 6 | (byte[1] & 0x3FU)
                             : (byte[0] & 0xFU) << 12 | (byte[1] & 0x3FU) << 6 | (byte[2] & 0x3FU);
    size_t index = sign_index(code);
    return index < CHUNK_SIGNS && chunks->signs->is[index] ? len : 0;
}

/* ---- cutting ---- */

/* What makes < the beginning of a tag. */
static bool opens_tag(const struct chunks *chunks)
{
    if (chunks->end - chunks->at < 2)
        return false;
    char next = chunks->at[1];
    return (chunks->dashes && (next == '/' || next == '_')) || next == '!' || next == '?' ||
           next == ':' || (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
}

void chunks_begin(struct chunks *chunks, struct slice text, bool dashes,
                  const struct chunk_signs *signs)
{
    *chunks = (struct chunks){
        .at = text.data, .end = text.data + text.len, .signs = signs, .dashes = dashes};
    /* With nothing before them they may begin a file name. */
    chunks->whole = text.len > 0 && (text.data[0] == '.' || text.data[0] == '~');
}

static void skip(struct chunks *chunks)
{
    while (chunks->at < chunks->end) {
        enum kind kind = kind_of(chunks, *chunks->at);
        if (kind == LESS && opens_tag(chunks)) {
            chunks->whole = true;
            return;
        }
        if (kind == AMPERSAND)
            return;
        size_t len = kind == WORD ? sign_len(chunks, chunks->at) : 1;
        if (len == 0)
            return;
        chunks->at += len;
    }
}

/* To the white space behind the chunk, or what is like it; behind & to white space only. True when
 * there was an &. */
static bool walk(struct chunks *chunks)
{
    bool entity = false;
    for (; chunks->at < chunks->end; chunks->at++) {
        enum kind kind = kind_of(chunks, *chunks->at);
        if (kind == SPACE)
            break;
        if (kind == LESS && opens_tag(chunks))
            chunks->whole = true;
        entity = entity || kind == AMPERSAND;
        if (!entity && (kind == PLAIN || kind == LESS || sign_len(chunks, chunks->at) > 0))
            break;
    }
    return entity;
}

/* Without the full stops and colons at its end. */
static struct slice cut_tail(struct chunks *chunks, struct slice chunk)
{
    size_t len = chunk.len;
    while (kind_of(chunks, chunk.data[len - 1]) == TAIL) /* the first byte is none */
        len--;
    if (chunk.len - len == 2 && chunk.data[len] == '.' && chunk.data[len + 1] == '.') {
        if (chunks->at == chunks->end || kind_of(chunks, *chunks->at) == SPACE)
            return chunk;
        if (kind_of(chunks, *chunks->at) == WORD) /* a sign, which may be white space */
            chunks->whole = true;
    }
    return slice_sub(chunk, 0, len);
}

enum chunk chunks_next(struct chunks *chunks, struct slice *chunk)
{
    skip(chunks);
    const char *begin = chunks->at;
    bool entity = walk(chunks);
    *chunk = (struct slice){begin, (size_t)(chunks->at - begin)};
    if (chunk->len > 0 && !entity)
        *chunk = cut_tail(chunks, *chunk);
    if (chunks->whole || chunk->len > CHUNK_BYTES_MAX)
        return CHUNK_WHOLE;
    return chunk->len > 0 ? CHUNK_FOUND : CHUNK_END;
}
