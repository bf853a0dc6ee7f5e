/* What is told of a piece before anything is read (date_hints()) hides no date: texts of the words
 * that dates know, of digits and of signs, in any order, are read at every piece that is no sign.
 */
#include "tests/unit/analysis_bench.h"

#include <stdio.h>

#include "worker/analysis/dates/when.h"
#include "worker/analysis/stages.h"

#define TEXTS        100000
#define TEXT_BYTES   256
#define SIGNS        "-/:.,'(~^"
#define TOKENS       8
#define WEDNESDAY    17688
#define LONGEST_WORD 16 /* that is all in head and tail */

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static size_t put_word(uint64_t *state, char *out)
{
    const struct piece_word *word = &piece_words[1 + next_random(state) % (piece_word_count - 1)];
    size_t tail = word->len > sizeof word->head ? sizeof word->tail : 0;
    if (word->len > LONGEST_WORD)
        return 0;
    memcpy(out, &word->head, sizeof word->head);
    memcpy(out + word->len - tail, &word->tail, tail);
    return word->len;
}

/* Words that most dates have, for others of the tables seldom meet. */
static size_t put_common(uint64_t *state, char *out)
{
    static const char *const words[] = {
        "the",  "a",    "in",    "of",   "on",    "at",   "to",    "for",   "from",  "and",
        "next", "last", "this",  "day",  "week",  "year", "days",  "weeks", "years", "end",
        "half", "two",  "first", "ten",  "th",    "pm",   "may",   "march", "since", "monday",
        "1990", "2019", "12",    "5",    "31",    "47",   "today", "until", "past",  "quarter",
        "ago",  "new",  "later", "year", "early", "mid",  "99",    "by",    "month", "between"};
    const char *word = words[next_random(state) % (sizeof words / sizeof *words)];
    return (size_t)sprintf(out, "%s", word);
}

static size_t put_token(uint64_t *state, char *out)
{
    switch (next_random(state) % 8) {
    case 0:
        return (size_t)sprintf(out, "%u", next_random(state) % 40);
    case 1:
        return (size_t)sprintf(out, "%u", 1000 + next_random(state) % 1500);
    case 2:
        out[0] = SIGNS[next_random(state) % (sizeof SIGNS - 1)];
        return 1;
    case 3:
    case 4:
        return put_word(state, out);
    default:
        return put_common(state, out);
    }
}

static struct slice make_text(uint64_t *state, char text[TEXT_BYTES])
{
    size_t len = 0;
    for (int i = 0; i < TOKENS; i++) {
        len += put_token(state, text + len);
        if (next_random(state) % 6)
            text[len++] = ' ';
    }
    return (struct slice){text, len};
}

static bool is_in_vain(const struct doc_piece *piece)
{
    return piece->hints & HINT_START && piece->hints & HINT_IN_VAIN;
}

static void read_where_in_vain(struct doc *doc, struct arena *arena)
{
    struct anchor anchor = {
        .doc = doc, .known = true, .today = WEDNESDAY, .second = DAY_SECONDS / 2};
    struct when when;
    assert_int_equal(pieces_run(doc, arena), STATUS_OK);
    date_hints(doc);
    anchor.memory = arena_alloc(arena, sizeof *anchor.memory);
    for (size_t at = 0; at < doc->piece_count; at++)
        if (is_in_vain(piece_at(doc, at)) && when_read(&anchor, at, &when))
            fail_msg("%.*s: a date that begins with piece %zu is hidden", (int)doc->text.len,
                     doc->text.data, at);
}

static void no_date_is_hidden(void **state)
{
    char text[TEXT_BYTES];
    struct arena *arena = arena_new(ANALYSIS_ARENA_BYTES);
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < TEXTS; i++) {
        struct doc doc = {.language = "en", .text = make_text(&seed, text)};
        arena_reset(arena);
        read_where_in_vain(&doc, arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_date_is_hidden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
