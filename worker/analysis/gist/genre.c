/* The stage of the genre: news, opinion, interview or other.
 *
 * Interviews ask: many short paragraphs end in a question mark or begin with "Q:". Opinion says so
 * in its address or section, or speaks in the first person and of what ought to be. News is what
 * reports; what is too short to tell is null. English, but for the address. */
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/kinds.h"

#define WORDS_MIN        60
#define QUESTIONS_SHARE  0.25 /* of the paragraphs of an interview */
#define PARAGRAPHS_MIN   6
#define OPINION_PER_CENT 2.2 /* words of one's own view in a hundred */

static bool contains(struct slice text, const char *part)
{
    return slice_find(text, part) != NULL;
}

static bool address_says_opinion(const struct result *result)
{
    static const char *const parts[] = {"/opinion",  "/op-ed",     "/editorial", "/commentary",
                                        "/comment/", "/columnist", "/blogs/",    NULL};
    for (const char *const *p = parts; *p; p++)
        if (contains(result->url, *p))
            return true;
    return contains(result->section, "pinion") || contains(result->section, "ommentary");
}

/* Paragraphs, and how many of them ask. */
static bool is_interview(struct slice text)
{
    size_t paragraphs = 0, questions = 0;
    for (size_t from = 0; from < text.len;) {
        size_t to = doc_paragraph_end(text, from);
        struct slice paragraph = slice_trim(slice_sub(text, from, to));
        paragraphs += paragraph.len > 0;
        if (paragraph.len > 1)
            questions += paragraph.data[paragraph.len - 1] == '?' ||
                         slice_starts_with(paragraph, SLICE_LITERAL("Q:")) ||
                         slice_starts_with(paragraph, SLICE_LITERAL("Q."));
        from = to + 2;
    }
    return paragraphs >= PARAGRAPHS_MIN &&
           (double)questions >= QUESTIONS_SHARE * (double)paragraphs;
}

/* Words of one's own view. Their hashes are put together first: a word of the article is one of
 * them when its hash is. */
static double opinion_per_cent(const struct doc *doc)
{
    static const char *const words[] = {"i",      "my",    "we",      "our",     "us",
                                        "should", "must",  "ought",   "believe", "perhaps",
                                        "surely", "let's", "clearly", "need",    "me"};
    enum { WORDS = sizeof words / sizeof *words };
    uint64_t hashes[WORDS], ends = 0; /* the last six bits that they end in */
    size_t found = 0;
    for (size_t i = 0; i < WORDS; i++) {
        hashes[i] = lexicon_hash(LEXICON_HASH_START, words[i], strlen(words[i]));
        ends |= UINT64_C(1) << hashes[i] % 64;
    }
    for (size_t i = 0; i < doc->kind_count; i++)
        for (size_t j = 0; j < WORDS && ends >> doc->kinds[i].hash % 64 & 1; j++)
            found += doc->kinds[i].hash == hashes[j] ? doc->kinds[i].count : 0;
    return 100.0 * (double)found / (double)doc->word_count;
}

enum status genre_run(struct doc *doc, struct arena *arena)
{
    struct result *result = doc->result;
    (void)arena;
    if (address_says_opinion(result))
        result->genre = SLICE_LITERAL("opinion");
    else if (doc->word_count < WORDS_MIN)
        result->genre = SLICE_NULL;
    else if (is_interview(doc->text))
        result->genre = SLICE_LITERAL("interview");
    else if (!doc_language_is(doc, "en"))
        result->genre = SLICE_NULL;
    else if (opinion_per_cent(doc) >= OPINION_PER_CENT)
        result->genre = SLICE_LITERAL("opinion");
    else
        result->genre = SLICE_LITERAL("news");
    return STATUS_OK;
}
