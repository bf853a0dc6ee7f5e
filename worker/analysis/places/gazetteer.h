/* A gazetteer: places with their coordinates, found by name. One file, mapped read-only, shared by
 * all processes that use it; and one that is part of the program.
 *
 * `newsmill gazetteer import` makes such a file from GeoNames dumps (gazetteer_import.c), the build
 * makes the built-in one the same way from what packages carry (data/build_places.py). The layout
 * is in gazetteer_format.h. A gazetteer is read by any number of threads; none of this fails once
 * it is open. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_GAZETTEER_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_GAZETTEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

struct gazetteer;

/* Maps and checks `path`. REJECT, with the code in brackets: it is no gazetteer (not-a-gazetteer),
 * it is of another version (gazetteer-version), its checksum or a count in it is wrong
 * (gazetteer-damaged). FATAL: it cannot be read (cannot-read). */
enum status gazetteer_open(const char *path, struct gazetteer **out,
                           struct fault *fault) MUST_CHECK;
void gazetteer_close(struct gazetteer *gazetteer);

/* The built-in one. FATAL without memory. */
enum status gazetteer_builtin(struct gazetteer **out, struct fault *fault) MUST_CHECK;

struct gazetteer_import {
    const char *const *files; /* GeoNames dumps, plain or .gz; known by their names (see import) */
    size_t file_count;
    const char *output;
    const struct gazetteer *populations; /* where a dump has none; NULL: nowhere */
    bool keep_codes;                     /* other names of up to three capitals too */
    /* filled in */
    uint64_t lines, places, names, skipped;
};

/* Makes the file `output`, whole or not at all. Files named alternateNames* and admin1Codes* are
 * read as such, all others as tables of places in GeoNames' 19 columns. REJECT: a file is no such
 * table, or holds more than a gazetteer may. FATAL: disk or memory. */
enum status gazetteer_import(struct gazetteer_import *import, struct fault *fault) MUST_CHECK;

#endif
