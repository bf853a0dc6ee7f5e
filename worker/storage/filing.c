/* One statement after the other; each answer leads to the next. */
#include "worker/storage/filing.h"

#include <stdlib.h>

#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/chunks.h"
#include "worker/storage/lexemes.h"
#include "worker/storage/pairs.h"
#include "worker/storage/vector.h"

#define KNOWN_BYTES     ((size_t)12 << 20) /* of chunks, at most */
#define TEXT_BYTES      ((int32_t)2 << 20) /* of texts at once */
#define PARAMETER_BYTES ((size_t)16 << 20)
#define PAIRS_BYTES     ((size_t)1 << 20)  /* 50,000 signs, each with the next */
#define ENTRIES_BYTES   ((size_t)16 << 20) /* a pointer a chunk */

/* Columns of search_take. */
enum taken { BEHIND, KEY, RECEIVED, SOURCE, LANGUAGE, CONFIG, PARSED, STATE, PROBE, TITLE, BODY };

enum phase { IDLE, SIGNS, OPENING, TAKING, ASKING, FILING, CLOSING };

/* A chunk that was asked for, and the row of the article that it was asked for first. */
struct question {
    struct lexemes_entry *entry;
    size_t row;
};

/* Where the chunks of an article are in `entries`: of the title, then of the body. */
struct cut {
    size_t title, body, end;
    bool whole; /* not to be made here */
};

struct filing {
    enum phase phase;
    int32_t most, count;
    bool signs_known;
    struct chunk_signs signs;
    struct lexemes *lexemes;
    struct vector vector;
    bool refused; /* the last filing failed: the server makes the vectors of the next one */
    struct pg_result *taken;
    bool lost;                              /* no memory for what follows */
    struct buffer entries, questions, cuts; /* of struct lexemes_entry *, question, cut */
    struct buffer pairs;                    /* of signs, of the text in hand */
    struct buffer parameters[7];
};

struct filing *filing_new(void)
{
    struct filing *filing = calloc(1, sizeof *filing);
    if (!filing)
        return NULL;
    filing->lexemes = lexemes_new(KNOWN_BYTES);
    vector_init(&filing->vector);
    buffer_init(&filing->entries, ENTRIES_BYTES);
    buffer_init(&filing->questions, ENTRIES_BYTES);
    buffer_init(&filing->cuts, ENTRIES_BYTES);
    buffer_init(&filing->pairs, PAIRS_BYTES);
    for (size_t i = 0; i < sizeof filing->parameters / sizeof *filing->parameters; i++)
        buffer_init(&filing->parameters[i], PARAMETER_BYTES);
    if (filing->lexemes)
        return filing;
    filing_free(filing);
    return NULL;
}

static void drop_taken(struct filing *filing)
{
    pg_result_free(filing->taken);
    filing->taken = NULL;
}

void filing_free(struct filing *filing)
{
    if (!filing)
        return;
    drop_taken(filing);
    lexemes_free(filing->lexemes);
    vector_deinit(&filing->vector);
    buffer_deinit(&filing->entries);
    buffer_deinit(&filing->questions);
    buffer_deinit(&filing->cuts);
    buffer_deinit(&filing->pairs);
    for (size_t i = 0; i < sizeof filing->parameters / sizeof *filing->parameters; i++)
        buffer_deinit(&filing->parameters[i]);
    free(filing);
}

void filing_reset(struct filing *filing)
{
    drop_taken(filing);
    lexemes_clear(filing->lexemes);
    filing->signs_known = false;
    filing->refused = filing->refused || filing->phase == FILING;
    filing->phase = IDLE;
}

/* ---- asking ---- */

static enum status ask(struct filing *filing, struct pg *pg, enum phase phase, unsigned statement,
                       const struct slice *values, size_t count, struct pg_fault *fault)
{
    for (size_t i = 0; i < sizeof filing->parameters / sizeof *filing->parameters; i++)
        if (buffer_failed(&filing->parameters[i])) {
            fault->sqlstate[0] = '\0';
            return fault_set(&fault->fault, STATUS_RETRY, "out-of-memory",
                             "no memory to file articles for search");
        }
    filing->phase = phase;
    return pg_start(pg, &statements[statement], values, count, fault);
}

static enum status open_transaction(struct filing *filing, struct pg *pg, struct pg_fault *fault)
{
    return ask(filing, pg, OPENING, STATEMENT_TRANSACTION_BEGIN, NULL, 0, fault);
}

static enum status close_transaction(struct filing *filing, struct pg *pg, int32_t count,
                                     struct pg_fault *fault)
{
    filing->count = count;
    return ask(filing, pg, CLOSING, STATEMENT_TRANSACTION_COMMIT, NULL, 0, fault);
}

/* An array parameter of `count` fields, to be followed by them. */
static struct buffer *array(struct filing *filing, size_t parameter, enum binary_type type,
                            size_t count)
{
    struct buffer *buffer = &filing->parameters[parameter];
    buffer_clear(buffer);
    binary_array(buffer, type, count);
    return buffer;
}

static enum status ask_signs(struct filing *filing, struct pg *pg, struct pg_fault *fault)
{
    struct buffer *codes = array(filing, 0, BINARY_INT4, CHUNK_SIGNS);
    for (size_t i = 0; i < CHUNK_SIGNS; i++)
        binary_int4(codes, (int32_t)chunks_sign(i));
    const struct slice values[] = {buffer_slice(codes)};
    return ask(filing, pg, SIGNS, STATEMENT_SEARCH_SIGNS, values, 1, fault);
}

enum status filing_start(struct filing *filing, struct pg *pg, int32_t most, struct pg_fault *fault)
{
    filing->most = most;
    return filing->signs_known ? open_transaction(filing, pg, fault) : ask_signs(filing, pg, fault);
}

static void learn_signs(struct filing *filing, const struct pg_result *result)
{
    filing->signs = (struct chunk_signs){0};
    for (size_t i = 0; i < pg_rows(result); i++)
        chunks_add_sign(&filing->signs, (uint32_t)pg_int4(result, i, 0));
    filing->signs_known = true;
}

static enum status ask_articles(struct filing *filing, struct pg *pg, struct pg_fault *fault)
{
    for (size_t i = 0; i < 2; i++)
        buffer_clear(&filing->parameters[i]);
    const struct slice values[] = {
        binary_int4_value(&filing->parameters[0], filing->most),
        binary_int4_value(&filing->parameters[1], TEXT_BYTES),
    };
    return ask(filing, pg, TAKING, STATEMENT_SEARCH_TAKE, values, 2, fault);
}

/* ---- cutting ---- */

/* Appends the entries of a text's chunks, and questions for those that are not known. */
static bool cut_text(struct filing *filing, enum taken column, uint64_t config, size_t row)
{
    struct slice text = pg_bytes(filing->taken, row, (int)column);
    bool pairs = slice_is(pg_bytes(filing->taken, row, CONFIG), "signs");
    struct chunks chunks;
    struct slice chunk;
    enum chunk found;
    if (pairs) {
        buffer_clear(&filing->pairs);
        pairs_write(text, &filing->pairs);
        text = buffer_slice(&filing->pairs);
    }
    chunks_begin(&chunks, text, pairs, &filing->signs);
    while ((found = chunks_next(&chunks, &chunk)) == CHUNK_FOUND) {
        struct lexemes_entry *entry = lexemes_find(filing->lexemes, config, chunk);
        if (!entry)
            return false;
        buffer_append(&filing->entries, &entry, sizeof(entry));
        if (lexemes_ask(entry))
            buffer_append(&filing->questions, &(struct question){entry, row},
                          sizeof(struct question));
    }
    return found == CHUNK_END && !buffer_failed(&filing->pairs);
}

static size_t entry_count(const struct filing *filing)
{
    return filing->entries.len / sizeof(struct lexemes_entry *);
}

static struct cut cut_article(struct filing *filing, size_t row)
{
    struct cut cut = {.whole = !pg_bytes(filing->taken, row, BODY).data};
    if (cut.whole || filing->refused)
        return (struct cut){.whole = true};
    uint64_t config = (uint64_t)binary_read_int8(pg_bytes(filing->taken, row, STATE));
    cut.title = entry_count(filing);
    cut.whole = !cut_text(filing, TITLE, config, row);
    cut.body = entry_count(filing);
    if (!cut.whole)
        cut.whole = !cut_text(filing, BODY, config, row);
    cut.end = entry_count(filing);
    return cut;
}

static void cut_articles(struct filing *filing)
{
    buffer_clear(&filing->entries);
    buffer_clear(&filing->questions);
    buffer_clear(&filing->cuts);
    lexemes_begin(filing->lexemes);
    for (size_t i = 0; i < pg_rows(filing->taken); i++) {
        struct cut cut = cut_article(filing, i);
        buffer_append(&filing->cuts, &cut, sizeof cut);
    }
    filing->lost = buffer_failed(&filing->entries) || buffer_failed(&filing->questions) ||
                   buffer_failed(&filing->cuts);
    if (filing->lost) /* some would wait for answers to what is not asked */
        lexemes_clear(filing->lexemes);
}

/* ---- lexemes ---- */

static const struct question *questions_of(const struct filing *filing, size_t *count)
{
    *count = filing->questions.len / sizeof(struct question);
    return (const struct question *)(const void *)filing->questions.data;
}

static enum status ask_lexemes(struct filing *filing, struct pg *pg, struct pg_fault *fault)
{
    size_t count;
    const struct question *questions = questions_of(filing, &count);
    struct buffer *configs = array(filing, 0, BINARY_OID, count);
    struct buffer *words = array(filing, 1, BINARY_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        binary_bytes(configs, pg_bytes(filing->taken, questions[i].row, PARSED));
        size_t field = binary_field_begin(words);
        buffer_append(words, " ", 1);
        buffer_append_slice(words, lexemes_chunk(questions[i].entry));
        buffer_append(words, " ", 1);
        buffer_append_slice(words, pg_bytes(filing->taken, questions[i].row, PROBE));
        binary_field_end(words, field);
    }
    const struct slice values[] = {buffer_slice(configs), buffer_slice(words)};
    return ask(filing, pg, ASKING, STATEMENT_SEARCH_LEXEMES, values, 2, fault);
}

static void learn(struct filing *filing, const struct pg_result *result)
{
    size_t count;
    const struct question *questions = questions_of(filing, &count);
    for (size_t i = 0; i < count; i++)
        lexemes_learn(filing->lexemes, questions[i].entry,
                      i < pg_rows(result) ? pg_bytes(result, i, 0) : SLICE_NULL,
                      pg_bytes(filing->taken, questions[i].row, PROBE));
}

/* ---- filing ---- */

static void put_vectors(struct filing *filing, struct buffer *out)
{
    struct lexemes_entry *const *entries = (void *)filing->entries.data;
    const struct cut *cuts = (const void *)filing->cuts.data;
    for (size_t i = 0; i < pg_rows(filing->taken); i++) {
        const struct cut cut = filing->lost ? (struct cut){.whole = true} : cuts[i];
        const struct vector_chunks title = {entries + cut.title, cut.body - cut.title};
        const struct vector_chunks body = {entries + cut.body, cut.end - cut.body};
        if (cut.whole || !vector_make(&filing->vector, filing->lexemes, &title, &body, out))
            binary_null(out);
    }
}

static enum status file(struct filing *filing, struct pg *pg, struct pg_fault *fault)
{
    static const struct {
        enum binary_type type;
        enum taken column;
    } columns[] = {{BINARY_UUID, KEY},
                   {BINARY_TIME, RECEIVED},
                   {BINARY_TEXT, SOURCE},
                   {BINARY_TEXT, LANGUAGE},
                   {BINARY_TEXT, CONFIG}};
    size_t rows = pg_rows(filing->taken);
    struct slice values[7] = {pg_bytes(filing->taken, 0, BEHIND)};
    for (size_t i = 0; i < 5; i++) {
        struct buffer *out = array(filing, i, columns[i].type, rows);
        for (size_t row = 0; row < rows; row++)
            binary_bytes(out, pg_bytes(filing->taken, row, (int)columns[i].column));
        values[i + 1] = buffer_slice(out);
    }
    struct buffer *vectors = array(filing, 5, BINARY_VECTOR, rows);
    put_vectors(filing, vectors);
    values[6] = buffer_slice(vectors);
    return ask(filing, pg, FILING, STATEMENT_SEARCH_FILE, values, 7, fault);
}

/* ---- what follows what ---- */

static enum status took(struct filing *filing, struct pg *pg, struct pg_result **result,
                        struct pg_fault *fault)
{
    drop_taken(filing);
    filing->taken = *result;
    *result = NULL;
    if (pg_rows(filing->taken) == 0 || !pg_bytes(filing->taken, 0, KEY).data)
        return close_transaction(filing, pg, pg_rows(filing->taken) == 0 ? 0 : -1, fault);
    cut_articles(filing);
    return filing->questions.len > 0 && !filing->lost ? ask_lexemes(filing, pg, fault)
                                                      : file(filing, pg, fault);
}

static enum status next(struct filing *filing, struct pg *pg, struct pg_result **result,
                        struct pg_fault *fault)
{
    switch (filing->phase) {
    case SIGNS:
        learn_signs(filing, *result);
        return open_transaction(filing, pg, fault);
    case OPENING:
        return ask_articles(filing, pg, fault);
    case TAKING:
        return took(filing, pg, result, fault);
    case ASKING:
        learn(filing, *result);
        return file(filing, pg, fault);
    case FILING:
        filing->refused = false;
        drop_taken(filing);
        return close_transaction(filing, pg, pg_int4(*result, 0, 0), fault);
    case CLOSING:
    case IDLE:
        break;
    }
    filing->phase = IDLE;
    return STATUS_OK;
}

enum status filing_go_on(struct filing *filing, struct pg *pg, struct pg_result **result,
                         bool *done, int32_t *count, struct pg_fault *fault)
{
    enum status status = next(filing, pg, result, fault);
    pg_result_free(*result);
    *result = NULL;
    *done = filing->phase == IDLE;
    *count = filing->count;
    return status;
}
