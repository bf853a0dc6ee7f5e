/* Reads a tone lexicon from a file into the shape of the built-in one. */
#include "worker/analysis/tone/lexicon_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/lexicon_builder.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/words.h"

#define KEY_BYTES_MAX  250
#define WEIGHT_MAX     10.0
#define PHRASE_SPACERS " -_"

struct lexicon_file {
    struct lexicon lexicon; /* of what is built */
    struct lexicon_builder built;
};

static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
    {"ACTIVITY", TONE_ACTIVITY}, {"SELF_GROUP", TONE_SELF_GROUP}, {"NEGATOR", TONE_NEGATOR},
    {"CONTRAST", TONE_CONTRAST}, {"BOOSTER", TONE_BOOSTER},       {"DAMPENER", TONE_DAMPENER},
    {"SHIFTER", TONE_SHIFTER},
};

static uint32_t flag_of(struct slice word)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (slice_is(word, flags[i].name))
            return flags[i].flag;
    return 0;
}

/* The next piece of `line` up to one of `ends`; NULL data when none is left. */
static struct slice next_piece(struct slice *line, const char *ends)
{
    size_t from = 0;
    while (from < line->len && strchr(ends, line->data[from]))
        from++;
    size_t to = from;
    while (to < line->len && !strchr(ends, line->data[to]))
        to++;
    struct slice piece = slice_sub(*line, from, to);
    *line = slice_sub(*line, to, line->len);
    return piece.len ? piece : SLICE_NULL;
}

/* "Well-known" to "well known"; returns its number of words, 0 when it has none or too many. */
static size_t fold_phrase(struct slice phrase, char *key, size_t *len)
{
    char fold[WORDS_FOLD_BYTES];
    size_t words = 0;
    *len = 0;
    for (struct slice word; (word = next_piece(&phrase, PHRASE_SPACERS)).data;) {
        size_t folded = words_fold(word, fold);
        if (*len + folded + 1 > KEY_BYTES_MAX)
            return 0;
        if (words++ > 0)
            key[(*len)++] = ' ';
        memcpy(key + *len, fold, folded);
        *len += folded;
    }
    return words;
}

/* The first of two entries for a phrase counts. */
static enum status add(struct lexicon_file *file, struct slice key, size_t words, double weight,
                       uint32_t more, struct fault *fault)
{
    struct lexicon_entry *entry = lexicon_builder_phrase(&file->built, key, words);
    if (!entry)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the lexicon");
    if (entry->value == LEXICON_PREFIX_ONLY) {
        entry->value = (int32_t)lround(weight * 100);
        entry->more = more;
    }
    return STATUS_OK;
}

static bool read_weight(struct slice text, double *weight)
{
    char copy[32], *end;
    if (!text.data || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *weight = strtod(copy, &end);
    return *end == '\0' && end != copy && *weight >= -WEIGHT_MAX && *weight <= WEIGHT_MAX;
}

static enum status read_line(struct lexicon_file *file, struct slice line, const char **wrong,
                             struct fault *fault)
{
    char key[KEY_BYTES_MAX];
    size_t len;
    double weight;
    uint32_t more = 0, flag;
    struct slice phrase = next_piece(&line, "\t");
    if (!read_weight(slice_trim(next_piece(&line, "\t")), &weight)) {
        *wrong = "a word, a tab and a weight from -10 to 10 are wanted";
        return STATUS_REJECT;
    }
    struct slice names = next_piece(&line, "\t");
    for (struct slice name; (name = next_piece(&names, " ,")).data && (flag = flag_of(name));)
        more |= flag;
    size_t words = fold_phrase(phrase, key, &len);
    words = words <= LEXICON_PHRASE_WORDS ? words : 0;
    if (words == 0 || file->built.count >= LEXICON_FILE_ENTRIES_MAX) {
        *wrong = words ? "the lexicon has too many entries" : "the phrase is empty or too long";
        return STATUS_REJECT;
    }
    return add(file, (struct slice){key, len}, words, weight, more, fault);
}

static enum status read_lines(struct lexicon_file *file, FILE *in, const char *path,
                              struct fault *fault)
{
    char line[1024];
    enum status status = STATUS_OK;
    for (unsigned number = 1; status == STATUS_OK && fgets(line, sizeof line, in); number++) {
        const char *wrong = "the line is too long";
        struct slice text = slice_from(line);
        if (text.len + 1 == sizeof line && !memchr(line, '\n', text.len))
            status = STATUS_REJECT;
        else if (slice_trim(text).len > 0 && line[0] != '#')
            status = read_line(file, slice_trim(text), &wrong, fault);
        if (status == STATUS_REJECT)
            return fault_set(fault, STATUS_REJECT, "bad-lexicon", "%.100s, line %u: %s", path,
                             number, wrong);
    }
    if (status == STATUS_OK && (ferror(in) || file->built.count == 0))
        return fault_set(fault, STATUS_REJECT, "bad-lexicon", "%.100s: %s", path,
                         ferror(in) ? strerror(errno) : "has no entries");
    return status;
}

enum status lexicon_file_open(const char *path, struct lexicon_file **out, struct fault *fault)
{
    *out = NULL;
    FILE *in = fopen(path, "re");
    if (!in)
        return fault_set(fault, STATUS_REJECT, "bad-lexicon", "cannot read the lexicon %.100s: %s",
                         path, strerror(errno));
    struct lexicon_file *file = calloc(1, sizeof *file);
    enum status status = STATUS_OK;
    if (file) {
        lexicon_builder_init(&file->built, LEXICON_FILE_BYTES_MAX);
        status = read_lines(file, in, path, fault);
    } else {
        status = fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the lexicon");
    }
    (void)fclose(in);
    if (status != STATUS_OK) {
        lexicon_file_close(file);
        return status;
    }
    file->lexicon = lexicon_builder_view(&file->built);
    *out = file;
    return STATUS_OK;
}

const struct lexicon *lexicon_file_lexicon(const struct lexicon_file *file)
{
    return &file->lexicon;
}

void lexicon_file_close(struct lexicon_file *file)
{
    if (!file)
        return;
    lexicon_builder_deinit(&file->built);
    free(file);
}
