/* Agent dictionaries: nouns for those who act, and their sector.
 *
 *   HARBOUR_MASTER [~GOV]          a sector; "NGO~" is the same here
 *   WARDEN_GENERAL {WARDENS_GENERAL} [~COP]    with its plural; {} is none, without it -s, -es,
 * -ies !PERSON! = MAN, MEN, WOMAN     a set, every item of which stands for !PERSON! below it
 *   FERRY!PERSON! [~BUS] */
#include <stdlib.h>

#include "worker/analysis/petrarch/petrarch_inside.h"

#define SETS_MAX   256
#define ITEMS_MAX  64  /* of a set */
#define ITEM_BYTES 64  /* bytes of a set's name or item */
#define FORM_MAX   200 /* bytes of a phrase with its sets put in */

struct marker_set {
    char name[ITEM_BYTES], items[ITEMS_MAX][ITEM_BYTES];
    size_t count;
};
struct agents {
    struct petrarch *petrarch;
    struct petrarch_lines *lines;
    struct marker_set *sets;
    size_t set_count;
};

static bool copy(struct slice from, char *to, size_t size)
{
    if (from.len + 1 > size)
        return false;
    memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return true;
}

/* "!NAME! = A, B" */
static const char *read_set(struct agents *agents, struct slice line)
{
    const char *end = memchr(line.data + 1, '!', line.len - 1);
    const char *equals = end ? memchr(end, '=', line.len - (size_t)(end - line.data)) : NULL;
    if (!equals || agents->set_count == SETS_MAX)
        return equals ? "there are too many sets" : "a set is !NAME! = ITEM, ITEM";
    struct marker_set *set = &agents->sets[agents->set_count];
    struct slice rest = slice_sub(line, (size_t)(equals - line.data) + 1, line.len);
    set->count = 0;
    if (!copy(slice_sub(line, 1, (size_t)(end - line.data)), set->name, sizeof set->name))
        return "a set's name is too long";
    while (rest.len > 0) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma ? (size_t)(comma - rest.data) : rest.len;
        struct slice item = slice_trim(slice_sub(rest, 0, len));
        if (set->count == ITEMS_MAX || !copy(item, set->items[set->count], ITEM_BYTES))
            return "a set's item is too long, or there are too many";
        set->count += item.len > 0;
        rest = slice_sub(rest, len + (comma != NULL), rest.len);
    }
    agents->set_count++;
    return NULL;
}

static const struct marker_set *set_named(const struct agents *agents, struct slice name)
{
    for (size_t i = agents->set_count; i-- > 0;)
        if (slice_is(name, agents->sets[i].name))
            return &agents->sets[i];
    return NULL;
}

static bool add_form(struct agents *agents, struct slice form)
{
    char key[PETRARCH_KEY_BYTES];
    size_t count;
    struct slice folded = petrarch_key(form, key, &count);
    if (folded.len == 0)
        return true;
    struct lexicon_builder *keys = &agents->petrarch->agent_keys;
    struct lexicon_entry *entry = lexicon_builder_phrase(keys, folded, count);
    if (entry && entry->value == LEXICON_PREFIX_ONLY)
        entry->value = (int32_t)agents->petrarch->sectors.count - 1;
    return entry != NULL;
}

/* -ies, -es, -s */
static bool add_plural(struct agents *agents, struct slice form)
{
    char plural[FORM_MAX + 4];
    size_t len = form.len;
    while (len > 0 && (form.data[len - 1] == '_' || form.data[len - 1] == ' '))
        len--;
    if (len == 0 || len > FORM_MAX)
        return true;
    char last = form.data[len - 1];
    memcpy(plural, form.data, len);
    size_t kept = last == 'Y' || last == 'y' ? len - 1 : len;
    const char *ending = kept < len ? "IES" : last == 'S' || last == 's' ? "ES" : "S";
    memcpy(plural + kept, ending, strlen(ending));
    return add_form(agents, (struct slice){plural, kept + strlen(ending)});
}

/* Every item of the set in the place of its mark. */
static const char *add_with_set(struct agents *agents, struct slice form, bool *memory)
{
    const char *open = memchr(form.data, '!', form.len);
    size_t from = (size_t)(open - form.data);
    const char *close = memchr(open + 1, '!', form.len - from - 1);
    size_t to = close ? (size_t)(close - form.data) : from;
    const struct marker_set *set = close ? set_named(agents, slice_sub(form, from + 1, to)) : NULL;
    if (!set)
        return "the set between ! and ! is not known";
    for (size_t i = 0; i < set->count; i++) {
        char whole[FORM_MAX];
        int len = snprintf(whole, sizeof whole, "%.*s%s%.*s", (int)from, form.data, set->items[i],
                           (int)(form.len - to - 1), form.data + to + 1);
        if (len < 0 || (size_t)len >= sizeof whole)
            return "the phrase is too long";
        *memory = *memory && add_form(agents, (struct slice){whole, (size_t)len});
    }
    return NULL;
}

/* "~GOVFRM" or "NGO~": the first sector among its groups. */
static const char *read_sector(struct agents *agents, struct slice text, bool *memory)
{
    char code[PETRARCH_CODE_BYTES], sector[PETRARCH_CODE_BYTES];
    text = slice_trim(text);
    if (text.len > 1 && text.data[0] == '~')
        text = slice_sub(text, 1, text.len);
    else if (text.len > 1 && text.data[text.len - 1] == '~')
        text = slice_sub(text, 0, text.len - 1);
    else
        return "an agent's code begins or ends with ~";
    if (!petrarch_split_code(text, code, sector) || (!code[0] && !sector[0]))
        return "a code is groups of three capital letters";
    char(*added)[PETRARCH_CODE_BYTES] = petrarch_push(&agents->petrarch->sectors, sizeof *added);
    *memory = added != NULL;
    if (added)
        memcpy(*added, sector[0] && !code[0] ? sector : code, sizeof *added);
    return NULL;
}

static const char *add_agent(struct agents *agents, struct slice phrase, bool *memory)
{
    const char *open = memchr(phrase.data, '{', phrase.len);
    const char *close = open ? memchr(open, '}', phrase.len - (size_t)(open - phrase.data)) : NULL;
    if (open && !close)
        return "{ without }";
    struct slice form =
        slice_trim(slice_sub(phrase, 0, open ? (size_t)(open - phrase.data) : phrase.len));
    if (form.len == 0)
        return "a code without a noun before it";
    if (memchr(form.data, '!', form.len))
        return add_with_set(agents, form, memory);
    *memory = add_form(agents, form);
    if (*memory && open)
        *memory = add_form(agents, slice_sub(phrase, (size_t)(open - phrase.data) + 1,
                                             (size_t)(close - phrase.data)));
    else if (*memory)
        *memory = add_plural(agents, form);
    return NULL;
}

static const char *read_line(struct agents *agents, struct slice line, bool *memory)
{
    const char *open = memchr(line.data, '[', line.len);
    const char *close = open ? memchr(open, ']', line.len - (size_t)(open - line.data)) : NULL;
    if (line.data[0] == '!' && memchr(line.data, '=', line.len))
        return read_set(agents, line);
    if (!close)
        return "an agent has a code in [ ]";
    size_t at = (size_t)(open - line.data);
    const char *wrong =
        read_sector(agents, slice_sub(line, at + 1, (size_t)(close - line.data)), memory);
    return wrong || !*memory ? wrong
                             : add_agent(agents, slice_trim(slice_sub(line, 0, at)), memory);
}

enum status petrarch_read_agents(struct petrarch *petrarch, struct petrarch_lines *lines)
{
    struct agents agents = {.petrarch = petrarch, .lines = lines};
    struct slice line;
    bool memory = true;
    agents.sets = calloc(SETS_MAX, sizeof *agents.sets);
    while (agents.sets && memory && petrarch_lines_next(lines, &line)) {
        const char *wrong = read_line(&agents, line, &memory);
        if (wrong)
            petrarch_lines_bad(lines, wrong);
    }
    bool good = agents.sets && memory;
    free(agents.sets);
    return good ? STATUS_OK : STATUS_FATAL;
}
