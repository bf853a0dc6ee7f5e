/* Dictionaries of the user's own: any bytes are entries, bad lines or a refusal, and whatever was
 * read can be looked up in a sentence. The choice says which of the three formats they are in. */
#include <stdlib.h>

#include "common/log.h"
#include "tests/fuzz/fuzz.h"
#include "worker/analysis/events/own.h"

#define TOKENS_MAX 32

static const char text[] =
    "Syldavia did not nearly bamboozle two paddle steamers of Borduria with U.N. flowers";

/* The words of `text`; all hang on the fifth. */
static uint32_t cut(struct doc_token *tokens)
{
    uint32_t count = 0;
    for (uint32_t from = 0; from < sizeof text - 1 && count < TOKENS_MAX;) {
        uint32_t to = from + (uint32_t)strcspn(text + from, " ");
        tokens[count] = (struct doc_token){.from = from,
                                           .to = to,
                                           .head = count == 4 ? DOC_TOKEN_NONE : 4,
                                           .lemma = {text + from, to - from}};
        count++;
        from = to + (to < sizeof text - 1);
    }
    return count;
}

static bool is_actor(void *user, uint32_t token)
{
    struct petrarch_role role;
    return own_actor(user, token, 0, &role);
}

static void look_up(const struct petrarch *petrarch, size_t arena_bytes)
{
    struct doc_token tokens[TOKENS_MAX];
    struct doc doc = {.text = SLICE_LITERAL(text), .tokens = tokens, .petrarch = petrarch};
    struct arena *arena = arena_new(arena_bytes);
    struct own *own;
    struct own_match match;
    doc.token_count = cut(tokens);
    bool made = arena && tree_make(&doc, arena) == STATUS_OK;
    const struct tree tree = tree_of(&doc);
    if (made && own_new(&tree, &own, arena) == STATUS_OK) {
        const struct own_judge judge = {is_actor, own};
        for (uint32_t i = 0; i < tree.count; i++) {
            (void)own_sector(own, i);
            (void)own_verb(own, i, &judge, &match);
        }
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    struct petrarch *petrarch;
    struct fault fault = {.message = ""};
    if (!fuzz_begin(data, size, &input))
        return 0;
    log_init(LOG_ERROR, "fuzz");
    const char *path = fuzz_file("dictionary.txt", input.bytes);
    unsigned kind = input.choice % 3;
    const struct petrarch_files files = {kind == 0 ? path : NULL, kind == 1 ? path : NULL,
                                         kind == 2 ? path : NULL};
    if (petrarch_open(&files, &petrarch, &fault) == STATUS_OK)
        look_up(petrarch, input.arena_bytes);
    else if (fault.message[0] == '\0' || petrarch)
        abort();
    petrarch_close(petrarch);
    fuzz_end(&input);
    return 0;
}
