/* The reader of treebanks. */
#include "worker/analysis/syntax/train/conllu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/syntax/train/memory.h"

#define COLUMNS 10

static char *read_all(const char *path)
{
    char command[4096];
    const char *end = strrchr(path, '.');
    int len = snprintf(command, sizeof command, "%s -- '%s'",
                       end && strcmp(end, ".gz") == 0 ? "gzip -dc" : "cat", path);
    if (len < 0 || (size_t)len >= sizeof command || strchr(path, '\''))
        stop("%s: a path that cannot be read", path);
    FILE *pipe = popen(command, "r");
    size_t size = 0, room = 1 << 20;
    char *text = allocate(room + 1, 1);
    for (size_t got = 1; pipe && got > 0; size += got) {
        if (size == room)
            text = grow(text, (room *= 2) + 1);
        got = fread(text + size, 1, room - size, pipe);
    }
    if (!pipe || pclose(pipe) != 0)
        stop("%s: cannot be read", path);
    text[size] = 0;
    return text;
}

static bool split(char *line, char **columns)
{
    unsigned count = 0;
    for (char *field = line; field && count < COLUMNS; count++) {
        columns[count] = field;
        field = strchr(field, '\t');
        if (field)
            *field++ = 0;
    }
    return count == COLUMNS;
}

static void add_token(struct conllu *out, struct conllu_sentence *sentence, char **columns)
{
    struct conllu_token *token = &out->tokens[out->token_count++];
    sentence->count++;
    *token = (struct conllu_token){.form = columns[1],
                                   .lemma = columns[2],
                                   .upos = upos_from(columns[3]),
                                   .xpos = xpos_from(columns[4]),
                                   .relation = relation_from(columns[7]),
                                   .head = (uint32_t)strtoul(columns[6], NULL, 10)};
}

/* Heads count from 1 and 0 is the root: from 0, and the root behind the last. */
static void end_sentence(const char *path, struct conllu *out)
{
    struct conllu_sentence *sentence = &out->sentences[out->count];
    if (sentence->count == 0)
        return;
    for (uint32_t i = 0; i < sentence->count; i++) {
        uint32_t head = sentence->tokens[i].head;
        if (head > sentence->count)
            stop("%s: sentence %zu: a head outside of it", path, out->count + 1);
        sentence->tokens[i].head = head ? head - 1 : sentence->count;
    }
    out->count++;
}

static size_t count_lines(const char *text)
{
    size_t lines = 2;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

void conllu_read(const char *path, struct conllu *out)
{
    char *columns[COLUMNS], *text = read_all(path);
    size_t lines = count_lines(text);
    *out = (struct conllu){.text = text,
                           .sentences = allocate(lines, sizeof *out->sentences),
                           .tokens = allocate(lines, sizeof *out->tokens)};
    out->sentences[0].tokens = out->tokens;
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        struct conllu_sentence *sentence = &out->sentences[out->count];
        if (*line == 0) {
            end_sentence(path, out);
            out->sentences[out->count].tokens = out->tokens + out->token_count;
        } else if (*line == '#') {
            sentence->paragraph |= strncmp(line, "# newpar", 8) == 0;
        } else if (split(line, columns) && !strpbrk(columns[0], "-.")) {
            add_token(out, sentence, columns);
        }
    }
    end_sentence(path, out);
}

void conllu_free(struct conllu *treebank)
{
    free(treebank->text);
    free(treebank->sentences);
    free(treebank->tokens);
}
