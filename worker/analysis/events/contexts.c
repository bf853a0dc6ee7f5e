/* Themes counted over the words of one clause. */
#include "worker/analysis/events/contexts.h"

#include "worker/analysis/events/cameo.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/words.h"

#define THEMES_MAX   64
#define PHRASE_BYTES 120

/* The longest phrase of themes.txt that begins at the token; NULL. */
static const struct lexicon_entry *match(const struct tree *tree, uint32_t token)
{
    char phrase[PHRASE_BYTES], fold[WORDS_FOLD_BYTES];
    const struct lexicon_entry *best = NULL;
    size_t len = 0, most = LEXICON_PHRASE_WORDS;
    for (uint32_t i = token; i < tree->count && i < token + most; i++) {
        const struct doc_token *at = &tree->tokens[i];
        size_t folded = words_fold(slice_sub(tree->doc->text, at->from, at->to), fold);
        if (at->sentence != tree->tokens[token].sentence || len + folded + 1 > sizeof phrase)
            break;
        if (len > 0)
            phrase[len++] = ' ';
        memcpy(phrase + len, fold, folded);
        len += folded;
        const struct lexicon_entry *entry =
            lexicon_look_up(&theme_lexicon, (struct slice){phrase, len});
        if (entry && entry->value != LEXICON_PREFIX_ONLY)
            best = entry;
        if (!entry && i == token)
            break;
        if (i == token && entry->words < most)
            most = entry->words;
    }
    return best;
}

static void add_name(const char *name, unsigned counts[THEMES_MAX])
{
    for (unsigned theme = 0; name && theme < theme_context_count; theme++)
        counts[theme] += strcmp(theme_names[theme], name) == 0;
}

static void add_words(const struct tree *tree, const struct clause *clause,
                      unsigned counts[THEMES_MAX])
{
    for (size_t i = 0; i < clause->count; i++) {
        const struct lexicon_entry *entry = match(tree, clause->tokens[i]);
        for (unsigned theme = 0; entry && theme < theme_context_count; theme++)
            counts[theme] += (theme_rows[entry->value].themes >> theme & 1) != 0;
    }
}

struct field_list contexts_of(const struct tree *tree, const struct clause *clause,
                              const char *cameo, struct arena *arena)
{
    unsigned counts[THEMES_MAX] = {0};
    struct slice *out = arena_array(arena, CONTEXTS_MAX, sizeof *out);
    const struct cameo_code *row = cameo_find(cameo);
    size_t count = 0;
    for (size_t i = 0; row && i < CAMEO_CONTEXTS_MAX; i++)
        add_name(row->contexts[i], counts);
    add_words(tree, clause, counts);
    while (out && count < CONTEXTS_MAX) {
        unsigned best = 0;
        for (unsigned theme = 1; theme < theme_context_count; theme++)
            best = counts[theme] > counts[best] ? theme : best;
        if (counts[best] == 0)
            break;
        out[count++] = slice_from(theme_names[best]);
        counts[best] = 0;
    }
    return (struct field_list){out, out ? count : 0};
}
