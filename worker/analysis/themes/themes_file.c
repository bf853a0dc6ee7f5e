/* Reads a file of themes into the shape of the built-in table. */
#include "worker/analysis/themes/themes_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/analysis/lexicon_builder.h"
#include "worker/analysis/words/words.h"

#define KEY_BYTES_MAX  250
#define NAME_BYTES_MAX 64
#define LINE_BYTES_MAX 8192
#define WEIGHT_LEAST   0.1
#define WEIGHT_MOST    10.0

struct themes_file {
    struct lexicon lexicon; /* of what is built */
    struct lexicon_builder built;
    struct theme_row *rows;
    size_t row_count, row_room;
    char *names[THEMES_FILE_THEMES];
    unsigned count;
};

/* The next run of bytes that are none of `ends`; NULL data when none is left. */
static struct slice next_piece(struct slice *rest, const char *ends)
{
    size_t from = 0;
    while (from < rest->len && strchr(ends, rest->data[from]))
        from++;
    size_t to = from;
    while (to < rest->len && !strchr(ends, rest->data[to]))
        to++;
    struct slice piece = slice_sub(*rest, from, to);
    *rest = slice_sub(*rest, to, rest->len);
    return piece.len ? piece : SLICE_NULL;
}

/* "strike_ballot" to "strike ballot", folded; returns the number of words, 0: none, or too long. */
static size_t fold_phrase(struct slice phrase, char key[KEY_BYTES_MAX], size_t *len)
{
    char fold[WORDS_FOLD_BYTES];
    size_t words = 0;
    *len = 0;
    for (struct slice word; (word = next_piece(&phrase, "_-")).data;) {
        size_t folded = words_fold(word, fold);
        if (*len + folded + 4 > KEY_BYTES_MAX)
            return 0;
        if (words++ > 0)
            key[(*len)++] = ' ';
        memcpy(key + *len, fold, folded);
        *len += folded;
    }
    return words;
}

static struct theme_row *new_row(struct themes_file *file)
{
    if (file->row_count == file->row_room) {
        size_t room = file->row_room ? 2 * file->row_room : 256;
        struct theme_row *rows = realloc(file->rows, room * sizeof *rows);
        if (!rows)
            return NULL;
        file->rows = rows;
        file->row_room = room;
    }
    return &file->rows[file->row_count++];
}

static enum status add(struct themes_file *file, struct slice key, size_t words, double weight,
                       struct fault *fault)
{
    struct lexicon_entry *entry = lexicon_builder_phrase(&file->built, key, words);
    struct theme_row *row = NULL;
    if (entry && entry->value != LEXICON_PREFIX_ONLY) {
        row = &file->rows[entry->value];
    } else if (entry && (row = new_row(file)) != NULL) {
        entry->value = (int32_t)file->row_count - 1;
        *row = (struct theme_row){.weight = weight};
    }
    if (!row)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the themes");
    row->themes |= (uint64_t)1 << (file->count - 1);
    return STATUS_OK;
}

static bool read_weight(struct slice text, double *weight)
{
    char copy[16], *end;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *weight = strtod(copy, &end);
    return *end == '\0' && *weight >= WEIGHT_LEAST && *weight <= WEIGHT_MOST;
}

/* A word or phrase, with its plural. */
static enum status read_word(struct themes_file *file, struct slice word, const char **wrong,
                             struct fault *fault)
{
    char key[KEY_BYTES_MAX];
    size_t len;
    double weight = 1;
    const char *equals = memchr(word.data, '=', word.len);
    size_t end = equals ? (size_t)(equals - word.data) : word.len;
    if (equals && !read_weight(slice_sub(word, end + 1, word.len), &weight)) {
        *wrong = "the weight behind = is not a number from 0.1 to 10";
        return STATUS_REJECT;
    }
    size_t words = fold_phrase(slice_sub(word, 0, end), key, &len);
    words = words <= LEXICON_PHRASE_WORDS ? words : 0;
    if (words == 0 || file->row_count >= THEMES_FILE_ROWS_MAX) {
        *wrong = words ? "there are too many words" : "a word is empty or too long";
        return STATUS_REJECT;
    }
    enum status status = add(file, (struct slice){key, len}, words, weight, fault);
    if (status != STATUS_OK || key[len - 1] == 's' || (unsigned char)key[len - 1] >= 0x80)
        return status;
    key[len++] = 's';
    return add(file, (struct slice){key, len}, words, weight, fault);
}

static enum status begin_theme(struct themes_file *file, struct slice name, const char **wrong,
                               struct fault *fault)
{
    bool closed = name.len > 2 && name.data[name.len - 1] == ']';
    if (!closed || name.len > NAME_BYTES_MAX || file->count == THEMES_FILE_THEMES) {
        *wrong = closed && name.len <= NAME_BYTES_MAX ? "there are more than 64 themes"
                                                      : "a theme begins with [name]";
        return STATUS_REJECT;
    }
    file->names[file->count] = strndup(name.data + 1, name.len - 2);
    if (!file->names[file->count++])
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the themes");
    return STATUS_OK;
}

static enum status read_line(struct themes_file *file, struct slice line, const char **wrong,
                             struct fault *fault)
{
    const char *comment = memchr(line.data, '#', line.len);
    struct slice text =
        slice_trim(slice_sub(line, 0, comment ? (size_t)(comment - line.data) : line.len));
    enum status status = STATUS_OK;
    if (text.len == 0)
        return STATUS_OK;
    if (text.data[0] == '[')
        return begin_theme(file, text, wrong, fault);
    if (file->count == 0) {
        *wrong = "words stand below the [name] of their theme";
        return STATUS_REJECT;
    }
    for (struct slice word; status == STATUS_OK && (word = next_piece(&text, " \t")).data;)
        status = read_word(file, word, wrong, fault);
    return status;
}

static enum status read_lines(struct themes_file *file, FILE *in, const char *path,
                              struct fault *fault)
{
    char line[LINE_BYTES_MAX];
    enum status status = STATUS_OK;
    for (unsigned number = 1; status == STATUS_OK && fgets(line, sizeof line, in); number++) {
        const char *wrong = "the line is too long";
        struct slice text = slice_from(line);
        if (text.len + 1 == sizeof line && !memchr(line, '\n', text.len))
            status = STATUS_REJECT;
        else
            status = read_line(file, text, &wrong, fault);
        if (status == STATUS_REJECT)
            return fault_set(fault, STATUS_REJECT, "bad-themes", "%.100s, line %u: %s", path,
                             number, wrong);
    }
    if (status == STATUS_OK && (ferror(in) || file->built.count == 0))
        return fault_set(fault, STATUS_REJECT, "bad-themes", "%.100s: %s", path,
                         ferror(in) ? strerror(errno) : "has no words");
    return status;
}

enum status themes_file_open(const char *path, struct themes_file **out, struct fault *fault)
{
    *out = NULL;
    FILE *in = fopen(path, "re");
    if (!in)
        return fault_set(fault, STATUS_REJECT, "bad-themes", "cannot read the themes %.100s: %s",
                         path, strerror(errno));
    struct themes_file *file = calloc(1, sizeof *file);
    enum status status = STATUS_OK;
    if (file) {
        lexicon_builder_init(&file->built, THEMES_FILE_BYTES_MAX);
        status = read_lines(file, in, path, fault);
    } else {
        status = fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the themes");
    }
    (void)fclose(in);
    if (status != STATUS_OK) {
        themes_file_close(file);
        return status;
    }
    file->lexicon = lexicon_builder_view(&file->built);
    *out = file;
    return STATUS_OK;
}

struct theme_table themes_file_table(const struct themes_file *file)
{
    return (struct theme_table){.lexicon = &file->lexicon,
                                .rows = file->rows,
                                .names = (const char *const *)file->names,
                                .count = file->count};
}

void themes_file_close(struct themes_file *file)
{
    if (!file)
        return;
    lexicon_builder_deinit(&file->built);
    for (unsigned i = 0; i < file->count; i++)
        free(file->names[i]);
    free(file->rows);
    free(file);
}
