/* The names of segment files, and those of a folder. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/ingest/segment.h"

void segment_name(struct segment_file file, char out[SEGMENT_NAME_BYTES])
{
    (void)snprintf(out, SEGMENT_NAME_BYTES, "%016" PRIx64 "-%08" PRIx32 ".segment%s", file.first,
                   file.salt, file.damaged ? ".damaged" : "");
}

static bool names_add(struct segment_names *names, struct segment_file file)
{
    if (names->count == names->capacity) {
        size_t wanted = names->capacity ? names->capacity * 2 : 64;
        struct segment_file *bigger = realloc(names->items, wanted * sizeof *bigger);
        if (!bigger)
            return false;
        names->items = bigger;
        names->capacity = wanted;
    }
    names->items[names->count++] = file;
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct segment_file *left = a, *right = b;
    return left->first < right->first ? -1 : left->first > right->first;
}

/* Whether `text` is a segment's name, written as we write it. */
static bool name_parse(const char *text, struct segment_file *file)
{
    char ours[SEGMENT_NAME_BYTES];
    if (sscanf(text, "%16" SCNx64 "-%8" SCNx32, &file->first, &file->salt) != 2)
        return false;
    for (int damaged = 0; damaged < 2; damaged++) {
        file->damaged = damaged;
        segment_name(*file, ours);
        if (strcmp(text, ours) == 0)
            return true;
    }
    return false;
}

enum status segment_names_list(const char *folder, bool damaged, struct segment_names *names,
                               struct fault *fault)
{
    DIR *open = opendir(folder);
    *names = (struct segment_names){NULL, 0, 0};
    if (!open)
        return fault_set(fault, STATUS_FATAL, "journal-folder", "cannot read the folder %.150s: %s",
                         folder, strerror(errno));
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(open));) {
        struct segment_file file;
        if (name_parse(entry->d_name, &file) && (damaged || !file.damaged))
            good = names_add(names, file);
    }
    (void)closedir(open);
    if (!good)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, by_number);
    return STATUS_OK;
}
