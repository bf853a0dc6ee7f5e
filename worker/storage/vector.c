/* Words of title and body are sorted each by itself, then merged. */
#include "worker/storage/vector.h"

#include <stdlib.h>

#include "worker/storage/binary.h"

#define POSITION_MAX   16383 /* MAXENTRYPOS - 1 */
#define KEPT_MAX       255   /* of one lexeme in one text: MAXNUMPOS - 1 */
#define MERGED_MAX     256   /* in both: MAXNUMPOS */
#define WEIGHT_A       (3U << 14)
#define WORDS_MAX      ((size_t)1 << 17) /* of a text of 150,000 bytes there are fewer */
#define VECTOR_MAX     1000000 /* bytes; MAXSTRPOS is 1048575, less of what is sent counts */
#define WORDS_AT_LEAST 4096
#define RUN            8 /* words that are sorted by insertion */

/* A lexeme at a place. */
struct vector_word {
    uint64_t prefix; /* its first bytes, comparable; zeros behind it */
    const char *text;
    uint32_t position; /* from 1; POSITION_MAX at most */
    uint16_t len;
};

void vector_init(struct vector *vector)
{
    *vector = (struct vector){0};
}

void vector_deinit(struct vector *vector)
{
    free(vector->words);
    free(vector->scratch);
}

/* ---- words ---- */

static struct vector_word *add_word(struct vector *vector, size_t count)
{
    if (count < vector->capacity)
        return &vector->words[count];
    size_t capacity = vector->capacity ? vector->capacity * 2 : WORDS_AT_LEAST;
    if (capacity > WORDS_MAX)
        return NULL;
    struct vector_word *words = realloc(vector->words, capacity * sizeof *words);
    if (words)
        vector->words = words;
    struct vector_word *scratch = realloc(vector->scratch, capacity * sizeof *scratch);
    if (scratch)
        vector->scratch = scratch;
    if (!words || !scratch)
        return NULL;
    vector->capacity = capacity;
    return &words[count];
}

static uint64_t prefix_of(struct slice text)
{
    uint64_t prefix = 0;
    if (text.len >= sizeof prefix) {
        memcpy(&prefix, text.data, sizeof prefix);
        return __builtin_bswap64(prefix);
    }
    for (size_t i = 0; i < text.len; i++)
        prefix |= (uint64_t)(uint8_t)text.data[i] << (56 - 8 * i);
    return prefix;
}

/* What a chunk says behind the words before it. */
static bool add_chunk(struct vector *vector, struct lexemes_reader *reader, uint32_t before,
                      size_t *count)
{
    while (reader->left > 0) {
        struct lexeme lexeme;
        lexemes_next(reader, &lexeme);
        uint64_t prefix = prefix_of(lexeme.text);
        for (unsigned i = 0; i < lexeme.count; i++) {
            struct vector_word *word = add_word(vector, *count);
            if (!word)
                return false;
            uint32_t position = before + lexeme.positions[i];
            *word = (struct vector_word){prefix, lexeme.text.data,
                                         position < POSITION_MAX ? position : POSITION_MAX,
                                         (uint16_t)lexeme.text.len};
            ++*count;
        }
    }
    return true;
}

static bool add_chunks(struct vector *vector, const struct lexemes *lexemes,
                       const struct vector_chunks *chunks, size_t *count)
{
    uint32_t before = 0;
    for (size_t i = 0; i < chunks->count; i++) {
        struct lexemes_reader reader;
        if (!lexemes_read(lexemes, chunks->entries[i], &reader))
            return false;
        uint32_t positions = reader.positions;
        if (!add_chunk(vector, &reader, before, count))
            return false;
        before += positions;
    }
    return true;
}

/* A lexeme holds no NUL: of equal prefixes only long ones need a look at the rest. */
static inline int compare_text(const struct vector_word *a, const struct vector_word *b)
{
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    if (a->len <= sizeof a->prefix || b->len <= sizeof b->prefix)
        return (a->len > sizeof a->prefix) - (b->len > sizeof b->prefix);
    return slice_compare((struct slice){a->text, a->len}, (struct slice){b->text, b->len});
}

static void sort_run(struct vector_word *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct vector_word word = words[i];
        size_t at = i;
        for (; at > 0 && compare_text(&words[at - 1], &word) > 0; at--)
            words[at] = words[at - 1];
        words[at] = word;
    }
}

static void merge_runs(const struct vector_word *left, const struct vector_word *right,
                       const struct vector_word *end, struct vector_word *to)
{
    const struct vector_word *middle = right;
    while (left < middle && right < end)
        *to++ = compare_text(left, right) <= 0 ? *left++ : *right++;
    memcpy(to, left, (size_t)(middle - left) * sizeof *to);
    to += middle - left;
    memcpy(to, right, (size_t)(end - right) * sizeof *to);
}

/* By lexeme; those of one stay in the order of their places. A merge sort, as qsort() takes twice
 * as long and need not be stable. */
static void sort(struct vector_word *words, size_t count, struct vector_word *scratch)
{
    struct vector_word *from = words, *to = scratch;
    for (size_t i = 0; i < count; i += RUN)
        sort_run(words + i, count - i < RUN ? count - i : RUN);
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t middle = i + width < count ? i + width : count;
            size_t end = middle + width < count ? middle + width : count;
            merge_runs(from + i, from + middle, from + end, to + i);
        }
        struct vector_word *merged = to;
        to = from;
        from = merged;
    }
    if (from != words)
        memcpy(words, from, count * sizeof *words);
}

/* Sorts the words and drops the places that a vector has no room for; how many are left. */
static size_t settle(struct vector_word *words, size_t count, struct vector_word *scratch)
{
    size_t kept = 0, run = 0;
    if (count == 0)
        return 0;
    sort(words, count, scratch);
    for (size_t i = 0; i < count; i++) {
        const struct vector_word *last = kept > 0 ? &words[kept - 1] : NULL;
        bool same = last && compare_text(last, &words[i]) == 0;
        if (same && (run == KEPT_MAX || last->position == words[i].position))
            continue;
        run = same ? run + 1 : 1;
        words[kept++] = words[i];
    }
    return kept;
}

/* ---- the vector ---- */

static size_t run_of(const struct vector_word *words, size_t count)
{
    size_t run = 1;
    while (run < count && compare_text(words, &words[run]) == 0)
        run++;
    return run;
}

/* `title` of the first words are of the title; either may be 0. */
static void write_lexeme(struct buffer *out, const struct vector_word *title, size_t titles,
                         const struct vector_word *body, size_t bodies, uint32_t shift)
{
    const struct vector_word *any = titles > 0 ? title : body;
    char *to;
    unsigned count = 0, last = 0;
    buffer_append(out, any->text, any->len);
    buffer_append(out, "", 1);
    size_t at = out->len;
    buffer_be16(out, 0);
    for (size_t i = 0; i < titles; i++, count++) {
        last = title[i].position;
        buffer_be16(out, (uint16_t)(WEIGHT_A | last));
    }
    for (size_t i = 0; i < bodies && count < MERGED_MAX && last != POSITION_MAX; i++, count++) {
        uint32_t position = body[i].position + shift;
        last = position < POSITION_MAX ? position : POSITION_MAX;
        buffer_be16(out, (uint16_t)last);
    }
    if (buffer_failed(out))
        return;
    to = out->data + at;
    to[0] = (char)(count >> 8);
    to[1] = (char)count;
}

/* Both parts are sorted; the number of lexemes. */
static uint32_t merge(struct buffer *out, const struct vector_word *title, size_t titles,
                      const struct vector_word *body, size_t bodies)
{
    uint32_t lexemes = 0, shift = 0;
    for (size_t i = 0; i < titles; i++)
        shift = title[i].position > shift ? title[i].position : shift;
    for (; titles > 0 || bodies > 0; lexemes++) {
        int order = titles == 0 ? 1 : bodies == 0 ? -1 : compare_text(title, body);
        size_t of_title = order <= 0 ? run_of(title, titles) : 0;
        size_t of_body = order >= 0 ? run_of(body, bodies) : 0;
        write_lexeme(out, title, of_title, body, of_body, shift);
        title += of_title, titles -= of_title;
        body += of_body, bodies -= of_body;
    }
    return lexemes;
}

static void put_be32(char *to, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        to[i] = (char)(value >> (24 - 8 * i));
}

bool vector_make(struct vector *vector, const struct lexemes *lexemes,
                 const struct vector_chunks *title, const struct vector_chunks *body,
                 struct buffer *out)
{
    size_t titles = 0, all, begin = out->len;
    if (!add_chunks(vector, lexemes, title, &titles))
        return false;
    titles = settle(vector->words, titles, vector->scratch);
    all = titles;
    if (!add_chunks(vector, lexemes, body, &all))
        return false;
    struct vector_word *words = vector->words;
    size_t bodies = all > titles ? settle(words + titles, all - titles, vector->scratch) : 0;
    size_t field = binary_field_begin(out);
    buffer_be32(out, 0);
    uint32_t count = merge(out, words, titles, words ? words + titles : NULL, bodies);
    if (buffer_failed(out))
        return false;
    put_be32(out->data + field, count);
    binary_field_end(out, field);
    if (out->len - field <= VECTOR_MAX)
        return true;
    out->len = begin;
    return false;
}
