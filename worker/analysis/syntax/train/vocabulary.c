/* The words the model knows. */
#include "worker/analysis/syntax/train/vocabulary.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/train/memory.h"

#define SLOTS_START   (1u << 12)
#define WORD_ROOM     64
#define COMPARE_BYTES 7 /* longer adjectives are compared with "more" */

static struct word_slot *slot_of(struct vocabulary *vocabulary, uint32_t hash)
{
    uint32_t at = hash & vocabulary->table.mask;
    while (vocabulary->slots[at].hash && vocabulary->slots[at].hash != hash)
        at = (at + 1) & vocabulary->table.mask;
    return &vocabulary->slots[at];
}

static void resize(struct vocabulary *vocabulary, uint32_t size)
{
    struct word_slot *old = vocabulary->slots;
    uint32_t old_size = old ? vocabulary->table.mask + 1 : 0;
    vocabulary->slots = allocate(size, sizeof *old);
    vocabulary->table = (struct word_table){vocabulary->slots, size - 1};
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i].hash)
            *slot_of(vocabulary, old[i].hash) = old[i];
    free(old);
}

struct word_slot *vocabulary_know(struct vocabulary *vocabulary, uint32_t hash)
{
    uint32_t size = vocabulary->table.mask + 1;
    if (!vocabulary->slots || vocabulary->used + 1 > size / 5 * 4)
        resize(vocabulary, vocabulary->slots ? size * 2 : SLOTS_START);
    struct word_slot *slot = slot_of(vocabulary, hash);
    vocabulary->used += slot->hash == 0;
    slot->hash = hash;
    return slot;
}

static struct word_slot *know(struct vocabulary *vocabulary, const char *word)
{
    return vocabulary_know(vocabulary, features_word_hash(slice_from(word)));
}

/* ---- WordNet ---- */

static char *read_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        stop("%s: cannot be read", path);
    size_t size = (size_t)ftell(file);
    char *text = allocate(size + 1, 1);
    rewind(file);
    if (fread(text, 1, size, file) != size)
        stop("%s: cannot be read", path);
    (void)fclose(file);
    return text;
}

/* WordNet's detachment rules (morphy), the other way round. */
static const struct rule {
    const char *ending, *becomes;
    uint32_t of, gives;
} rules[] = {
    {"s", "ses", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"x", "xes", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"z", "zes", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"ch", "ches", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"sh", "shes", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"man", "men", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"y", "ies", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"", "s", LEXICAL_NOUN, LEXICAL_PLURAL},
    {"y", "ies", LEXICAL_VERB, LEXICAL_THIRD},
    {"s", "ses", LEXICAL_VERB, LEXICAL_THIRD},
    {"x", "xes", LEXICAL_VERB, LEXICAL_THIRD},
    {"ch", "ches", LEXICAL_VERB, LEXICAL_THIRD},
    {"sh", "shes", LEXICAL_VERB, LEXICAL_THIRD},
    {"", "s", LEXICAL_VERB, LEXICAL_THIRD},
    {"e", "ed", LEXICAL_VERB, LEXICAL_PAST},
    {"y", "ied", LEXICAL_VERB, LEXICAL_PAST},
    {"", "ed", LEXICAL_VERB, LEXICAL_PAST},
    {"ee", "eeing", LEXICAL_VERB, LEXICAL_ING},
    {"ie", "ying", LEXICAL_VERB, LEXICAL_ING},
    {"e", "ing", LEXICAL_VERB, LEXICAL_ING},
    {"", "ing", LEXICAL_VERB, LEXICAL_ING},
    {"e", "er", LEXICAL_ADJECTIVE, LEXICAL_COMPARATIVE},
    {"y", "ier", LEXICAL_ADJECTIVE, LEXICAL_COMPARATIVE},
    {"", "er", LEXICAL_ADJECTIVE, LEXICAL_COMPARATIVE},
    {"e", "est", LEXICAL_ADJECTIVE, LEXICAL_SUPERLATIVE},
    {"y", "iest", LEXICAL_ADJECTIVE, LEXICAL_SUPERLATIVE},
    {"", "est", LEXICAL_ADJECTIVE, LEXICAL_SUPERLATIVE},
};

static void know_inflected(struct vocabulary *vocabulary, const char *lemma, uint32_t reading,
                           uint32_t files)
{
    size_t len = strlen(lemma);
    uint32_t done = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *rule = &rules[i];
        size_t ending = strlen(rule->ending);
        char word[WORD_ROOM + 8];
        if (!(rule->of & reading) || done & rule->gives || len < ending + 1 || len > WORD_ROOM ||
            strcmp(lemma + len - ending, rule->ending) != 0 ||
            (rule->of == LEXICAL_ADJECTIVE && len > COMPARE_BYTES))
            continue;
        (void)snprintf(word, sizeof word, "%.*s%s", (int)(len - ending), lemma, rule->becomes);
        uint32_t gives =
            rule->gives == LEXICAL_PAST ? LEXICAL_PAST | LEXICAL_PARTICIPLE : rule->gives;
        know(vocabulary, word)->lexical |= gives | files;
        done |= rule->gives;
    }
}

/* The lexicographer's file of a synset and whether its first word is written with a capital. */
static uint32_t file_of(const char *data, long offset, const char *lemma, bool *proper)
{
    const char *at = data + offset;
    size_t len = strlen(lemma);
    unsigned file = (unsigned)strtoul(at + 9, NULL, 10);
    *proper = false;
    for (const char *word = strchr(at + 14, ' '); word && *word != '|' && *word != '\n';
         word = strpbrk(word + 1, " |\n"))
        if (*word == ' ' && strncasecmp(word + 1, lemma, len) == 0 && word[1 + len] == ' ')
            *proper |= (bool)isupper((unsigned char)word[1]);
    return file;
}

/* One line of an index: "lemma pos senses pointers ... offset offset". */
static void read_lemma(struct vocabulary *vocabulary, char *line, const char *data,
                       uint32_t reading)
{
    char *fields[256], *save = NULL;
    unsigned count = 0;
    for (char *field = strtok_r(line, " ", &save); field && count < 256;
         field = strtok_r(NULL, " ", &save))
        fields[count++] = field;
    if (count < 6 || strpbrk(fields[0], "_-/") || strlen(fields[0]) > WORD_ROOM)
        return;
    bool proper;
    unsigned senses = (unsigned)strtoul(fields[2], NULL, 10);
    uint32_t file = file_of(data, strtol(fields[count - senses], NULL, 10), fields[0], &proper);
    uint32_t files = reading == LEXICAL_NOUN   ? LEXICAL_NOUN_FILE(file - 2)  /* 03 to 28 */
                     : reading == LEXICAL_VERB ? LEXICAL_VERB_FILE(file - 28) /* 29 to 43 */
                                               : 0;
    struct word_slot *slot = know(vocabulary, fields[0]);
    uint32_t known = slot->lexical >> 16 & (reading == LEXICAL_NOUN ? 31 : 0x1e0);
    slot->lexical |= reading | (proper ? LEXICAL_PROPER : 0) | (known ? 0 : files);
    if (!proper)
        know_inflected(vocabulary, fields[0], reading, 0);
}

static void read_index(struct vocabulary *vocabulary, const char *folder, const char *part,
                       uint32_t reading)
{
    char name[32], *save = NULL;
    (void)snprintf(name, sizeof name, "index.%s", part);
    char *index = read_file(folder, name);
    (void)snprintf(name, sizeof name, "data.%s", part);
    char *data = read_file(folder, name);
    for (char *line = strtok_r(index, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (*line != ' ')
            read_lemma(vocabulary, line, data, reading);
    free(index);
    free(data);
}

/* Irregular forms: "ran run". */
static void read_exceptions(struct vocabulary *vocabulary, const char *folder, const char *name,
                            uint32_t gives)
{
    char *text = read_file(folder, name), *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *space = strchr(line, ' ');
        if (!space || memchr(line, '_', (size_t)(space - line)) ||
            memchr(line, '-', (size_t)(space - line)))
            continue;
        *space = 0;
        size_t len = strlen(line);
        bool ing = gives & LEXICAL_PAST && len > 4 && strcmp(line + len - 3, "ing") == 0;
        bool est = gives & LEXICAL_COMPARATIVE && len > 4 && strcmp(line + len - 3, "est") == 0;
        know(vocabulary, line)->lexical |= ing ? LEXICAL_ING : est ? LEXICAL_SUPERLATIVE : gives;
    }
    free(text);
}

/* ---- the treebank ---- */

static void count_words(struct vocabulary *vocabulary, const struct conllu *treebank,
                        unsigned count_min)
{
    struct vocabulary counted = {.slots = NULL};
    uint32_t *counts = allocate(treebank->token_count + 1, sizeof *counts);
    uint16_t next = 0;
    for (size_t i = 0; i < treebank->token_count; i++) {
        struct word_slot *slot = know(&counted, treebank->tokens[i].form);
        if (slot->lexical == 0)
            slot->lexical = (uint32_t)i + 1; /* where it stands first */
        counts[slot->lexical]++;
    }
    vocabulary->counts = allocate(treebank->token_count + 1, sizeof *counts);
    for (size_t i = 0; i < treebank->token_count && next < UINT16_MAX; i++) {
        if (counts[i + 1] < count_min)
            continue;
        know(vocabulary, treebank->tokens[i].form)->row = ++next;
        vocabulary->counts[next] = counts[i + 1];
    }
    vocabulary->rows = next + 1u;
    free(counts);
    free(counted.slots);
}

void vocabulary_make(const struct conllu *treebank, unsigned count_min, const char *wordnet,
                     struct vocabulary *out)
{
    *out = (struct vocabulary){.slots = NULL};
    count_words(out, treebank, count_min);
    read_index(out, wordnet, "noun", LEXICAL_NOUN);
    read_index(out, wordnet, "verb", LEXICAL_VERB);
    read_index(out, wordnet, "adj", LEXICAL_ADJECTIVE);
    read_index(out, wordnet, "adv", LEXICAL_ADVERB);
    read_exceptions(out, wordnet, "noun.exc", LEXICAL_PLURAL);
    read_exceptions(out, wordnet, "verb.exc", LEXICAL_PAST | LEXICAL_PARTICIPLE);
    read_exceptions(out, wordnet, "adj.exc", LEXICAL_COMPARATIVE);
}

void vocabulary_free(struct vocabulary *vocabulary)
{
    free(vocabulary->slots);
    free(vocabulary->counts);
}
