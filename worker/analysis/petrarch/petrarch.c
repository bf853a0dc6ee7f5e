/* Opening the files, and looking up what they say. */
#include "worker/analysis/petrarch/petrarch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/file_hash.h"
#include "worker/analysis/petrarch/petrarch_inside.h"

#define PATH_BYTES 1024

void *petrarch_push(struct petrarch_list *list, size_t size)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        void *items = capacity <= PETRARCH_ITEMS_MAX ? realloc(list->items, capacity * size) : NULL;
        list->failed |= !items;
        if (!items)
            return NULL;
        list->items = items;
        list->capacity = capacity;
    }
    void *item = (char *)list->items + list->count++ * size;
    return memset(item, 0, size);
}

typedef enum status (*reader)(struct petrarch *petrarch, struct petrarch_lines *lines);

static size_t entries(const struct petrarch *petrarch)
{
    return petrarch->records.count + petrarch->sectors.count + petrarch->verbs.count;
}

static enum status read_open(struct petrarch *petrarch, struct petrarch_lines *lines, reader read,
                             char kind, uint64_t *hash, struct fault *fault)
{
    size_t before = entries(petrarch), bytes;
    if (!file_hash(lines->in, kind, PETRARCH_FILE_BYTES_MAX + 1, hash, &bytes) ||
        bytes > PETRARCH_FILE_BYTES_MAX)
        return fault_set(fault, STATUS_REJECT, "bad-dictionary",
                         "%.150s cannot be read, or is longer than %d bytes", lines->path,
                         PETRARCH_FILE_BYTES_MAX);
    enum status status = read(petrarch, lines);
    if (status != STATUS_OK)
        return fault_set(fault, STATUS_FATAL, "out-of-memory",
                         "no memory for the dictionary %.150s", lines->path);
    petrarch->bad_lines += lines->bad;
    if (entries(petrarch) == before)
        return fault_set(fault, STATUS_REJECT, "bad-dictionary",
                         "%.150s has no entry that could be read", lines->path);
    return STATUS_OK;
}

static enum status read_file(struct petrarch *petrarch, const char *path, reader read, char kind,
                             uint64_t *hash, struct fault *fault)
{
    struct petrarch_lines *lines = calloc(1, sizeof *lines);
    if (!lines)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the dictionaries");
    lines->path = path;
    lines->in = fopen(path, "re");
    enum status status =
        lines->in ? read_open(petrarch, lines, read, kind, hash, fault)
                  : fault_set(fault, STATUS_REJECT, "bad-dictionary",
                              "cannot read the dictionary %.120s: %s", path, strerror(errno));
    if (lines->in)
        (void)fclose(lines->in);
    free(lines);
    return status;
}

static enum status read_files(struct petrarch *petrarch, const char *paths, reader read, char kind,
                              uint64_t *hash, struct fault *fault)
{
    char path[PATH_BYTES];
    enum status status = STATUS_OK;
    while (paths && *paths && status == STATUS_OK) {
        size_t len = strcspn(paths, ",");
        if (len >= sizeof path)
            return fault_set(fault, STATUS_REJECT, "bad-dictionary", "a path is too long");
        memcpy(path, paths, len);
        path[len] = '\0';
        if (len > 0)
            status = read_file(petrarch, path, read, kind, hash, fault);
        paths += len + (paths[len] == ',');
    }
    return status;
}

static struct petrarch *petrarch_new(void)
{
    struct petrarch *petrarch = calloc(1, sizeof *petrarch);
    if (!petrarch)
        return NULL;
    lexicon_builder_init(&petrarch->actor_keys, PETRARCH_FILE_BYTES_MAX);
    lexicon_builder_init(&petrarch->agent_keys, PETRARCH_FILE_BYTES_MAX);
    lexicon_builder_init(&petrarch->verb_keys, PETRARCH_FILE_BYTES_MAX);
    lexicon_builder_init(&petrarch->set_names, PETRARCH_FILE_BYTES_MAX);
    lexicon_builder_init(&petrarch->set_keys, PETRARCH_FILE_BYTES_MAX);
    buffer_init(&petrarch->words, PETRARCH_FILE_BYTES_MAX);
    return petrarch;
}

enum status petrarch_open(const struct petrarch_files *files, struct petrarch **out,
                          struct fault *fault)
{
    struct petrarch *petrarch = *out = petrarch_new();
    if (!petrarch)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the dictionaries");
    uint64_t *hash = &petrarch->hash;
    enum status status =
        read_files(petrarch, files->actors, petrarch_read_actors, 'a', hash, fault);
    if (status == STATUS_OK)
        status = read_files(petrarch, files->agents, petrarch_read_agents, 'g', hash, fault);
    if (status == STATUS_OK)
        status = read_files(petrarch, files->verbs, petrarch_read_verbs, 'v', hash, fault);
    if (status == STATUS_OK && petrarch_ready(petrarch) != STATUS_OK)
        status = fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the dictionaries");
    if (status != STATUS_OK) {
        petrarch_close(petrarch);
        *out = NULL;
    }
    return status;
}

void petrarch_close(struct petrarch *petrarch)
{
    if (!petrarch)
        return;
    struct petrarch_list *lists[] = {&petrarch->records,  &petrarch->codes,    &petrarch->sectors,
                                     &petrarch->elements, &petrarch->patterns, &petrarch->verbs,
                                     &petrarch->blocks,   &petrarch->sets};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->items);
    lexicon_builder_deinit(&petrarch->actor_keys);
    lexicon_builder_deinit(&petrarch->agent_keys);
    lexicon_builder_deinit(&petrarch->verb_keys);
    lexicon_builder_deinit(&petrarch->set_names);
    lexicon_builder_deinit(&petrarch->set_keys);
    buffer_deinit(&petrarch->words);
    free(petrarch->ready_elements);
    free(petrarch->ready_patterns);
    free(petrarch->ready_verbs);
    free(petrarch);
}

uint64_t petrarch_hash(const struct petrarch *petrarch)
{
    return petrarch->hash;
}

uint32_t petrarch_bad_lines(const struct petrarch *petrarch)
{
    return petrarch->bad_lines;
}

static const struct lexicon_entry *find(const struct lexicon_builder *keys, struct slice key)
{
    if (keys->count == 0)
        return NULL;
    const struct lexicon view = lexicon_builder_view(keys);
    return lexicon_look_up(&view, key);
}

static size_t reach_of(const struct lexicon_builder *keys, struct slice piece)
{
    const struct lexicon_entry *entry = find(keys, piece);
    return entry ? entry->words : 0;
}

static int32_t number_of(const struct lexicon_builder *keys, struct slice key)
{
    const struct lexicon_entry *entry = find(keys, key);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? entry->value : -1;
}

size_t petrarch_actor_reach(const struct petrarch *petrarch, struct slice piece)
{
    return reach_of(&petrarch->actor_keys, piece);
}

size_t petrarch_agent_reach(const struct petrarch *petrarch, struct slice piece)
{
    return reach_of(&petrarch->agent_keys, piece);
}

int32_t petrarch_actor(const struct petrarch *petrarch, struct slice key)
{
    return number_of(&petrarch->actor_keys, key);
}

int32_t petrarch_agent(const struct petrarch *petrarch, struct slice key)
{
    return number_of(&petrarch->agent_keys, key);
}

static struct slice text_or_null(const char *text)
{
    return *text ? slice_from(text) : SLICE_NULL;
}

struct petrarch_role petrarch_actor_role(const struct petrarch *petrarch, int32_t actor,
                                         int64_t day)
{
    const struct actor_record *record =
        (const struct actor_record *)petrarch->records.items + actor;
    const struct actor_code *codes = petrarch->codes.items, *found = NULL, *always = NULL;
    for (uint32_t i = record->first; i < record->first + record->count && !found; i++) {
        if (codes[i].always)
            always = always ? always : &codes[i];
        else if (day >= codes[i].from && day <= codes[i].to)
            found = &codes[i];
    }
    if (!found)
        found = always;
    if (!found && day == INT64_MIN && record->count > 0)
        found = &codes[record->first + record->count - 1];
    return found ? (struct petrarch_role){text_or_null(found->code), text_or_null(found->sector)}
                 : (struct petrarch_role){SLICE_NULL, SLICE_NULL};
}

struct slice petrarch_agent_sector(const struct petrarch *petrarch, int32_t agent)
{
    const char(*sectors)[PETRARCH_CODE_BYTES] = petrarch->sectors.items;
    return slice_from(sectors[agent]);
}

int32_t petrarch_verb(const struct petrarch *petrarch, struct slice form)
{
    return number_of(&petrarch->verb_keys, form);
}

const struct petrarch_verb *petrarch_verb_at(const struct petrarch *petrarch, int32_t verb)
{
    return &petrarch->ready_verbs[verb];
}

const struct petrarch_pattern *petrarch_block(const struct petrarch *petrarch, uint32_t block,
                                              size_t *count)
{
    const struct block *found = (const struct block *)petrarch->blocks.items + block;
    *count = found->count;
    return petrarch->ready_patterns + found->first;
}

size_t petrarch_set_reach(const struct petrarch *petrarch, uint32_t set)
{
    return ((const struct set *)petrarch->sets.items)[set].longest;
}

bool petrarch_in_set(const struct petrarch *petrarch, uint32_t set, struct slice key)
{
    char numbered[PETRARCH_KEY_BYTES + 16];
    int len = snprintf(numbered, sizeof numbered, "%u %.*s", set, (int)key.len, key.data);
    return len > 0 && (size_t)len < sizeof numbered &&
           number_of(&petrarch->set_keys, (struct slice){numbered, (size_t)len}) >= 0;
}
