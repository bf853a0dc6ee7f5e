/* Reading GeoNames' tables (download.geonames.org/export/dump/readme.txt) into a draft.
 *
 * Of allCountries, what news writes about is kept: countries, regions of three levels, populated
 * places, seas, gulfs, straits, bays, lakes, rivers, islands, mountains, capes, deserts, parks and
 * regions without borders. Streams of one word and single buildings are not: their names are those
 * of persons and towns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "worker/analysis/places/draft.h"
#include "worker/analysis/places/lines.h"

#define COLUMNS         19
#define ALT_COLUMNS     4 /* of alternateNames, that are read; it has up to ten */
#define ADMIN_COLUMNS   4
#define BAD_LINES_FIRST 20 /* so many at the beginning without a good one: it is another table */

enum column {
    ID,
    NAME,
    ASCII,
    OTHERS,
    LAT,
    LON,
    CLASS,
    CODE,
    COUNTRY,
    COUNTRIES,
    ADMIN1,
    ADMIN2,
    ADMIN3,
    ADMIN4,
    POPULATION
};

struct importer {
    struct gazetteer_import *import;
    struct draft *draft;
    const char *path;
};

/* Cuts a line at its tabs; returns how many cells there are, `most` filled. */
static size_t cut(struct slice line, struct slice *cells, size_t most)
{
    size_t count = 0, from = 0;
    for (size_t i = 0; i <= line.len; i++) {
        if (i < line.len && line.data[i] != '\t')
            continue;
        if (count < most)
            cells[count] = slice_sub(line, from, i);
        count++;
        from = i + 1;
    }
    return count;
}

static bool read_number(struct slice cell, double least, double most, double *out)
{
    char text[32], *end;
    if (cell.len == 0 || cell.len >= sizeof text)
        return false;
    memcpy(text, cell.data, cell.len);
    text[cell.len] = '\0';
    *out = strtod(text, &end);
    return *end == '\0' && *out >= least && *out <= most;
}

static bool code_is(struct slice code, const char *list)
{
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, " ");
        if (code.len == len && memcmp(code.data, at, len) == 0)
            return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

static bool many_words(struct slice name)
{
    return memchr(name.data, ' ', name.len) != NULL;
}

/* What a feature is to us; false: nothing. */
static bool kind_of(const struct slice *cells, enum gazetteer_kind *kind)
{
    struct slice code = cells[CODE];
    switch (cells[CLASS].len == 1 ? cells[CLASS].data[0] : ' ') {
    case 'A':
        *kind = code_is(code, "ADM1")        ? PLACE_REGION
                : code_is(code, "ADM2 ADM3") ? PLACE_COUNTY
                                             : PLACE_COUNTRY;
        return code_is(code, "ADM1 ADM2 ADM3 PCL PCLD PCLF PCLI PCLIX PCLS TERR");
    case 'P':
        *kind = code_is(code, "PPLX") ? PLACE_OTHER : PLACE_CITY;
        return !code_is(code, "PPLH PPLQ PPLW PPLCH");
    case 'H':
        *kind = PLACE_WATER;
        return code_is(code, "SEA OCN GULF STRT") ||
               (code_is(code, "BAY LK LKS RSV CHN STM LGN SD CNL") && many_words(cells[NAME]));
    case 'T':
        *kind = code_is(code, "ISL ISLS ATOL") ? PLACE_ISLAND : PLACE_OTHER;
        return code_is(code, "ISL ISLS ATOL DSRT PEN MTS") ||
               (code_is(code, "MT VLC CAPE PK VAL PLN") && many_words(cells[NAME]));
    case 'L':
        *kind = PLACE_REGION;
        return code_is(code, "CONT RGN RGNE") ||
               (code_is(code, "PRK RESN") && many_words(cells[NAME]));
    default:
        return false;
    }
}

static uint8_t seat_of(struct slice code)
{
    return code_is(code, "PPLC") ? 1 : code_is(code, "PPLA") ? 2 : code_is(code, "PPLA2") ? 3 : 0;
}

/* Other names that are codes (LON, US-TX) say nothing in a text. */
static bool is_code(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] >= 'a' && name.data[i] <= 'z')
            return false;
    return name.len < 4 && name.len > 0 && (unsigned char)name.data[0] < 0x80;
}

static enum status add_others(struct importer *importer, uint32_t place, struct slice list,
                              struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t from = 0; from < list.len && status == STATUS_OK;) {
        const char *comma = memchr(list.data + from, ',', list.len - from);
        size_t to = comma ? (size_t)(comma - list.data) : list.len;
        struct slice name = slice_sub(list, from, to);
        if (importer->import->keep_codes || !is_code(name))
            status = draft_name(importer->draft, place, name, fault);
        from = to + 1;
    }
    return status;
}

/* One line of a table of places; `*good` when it is one. */
static enum status read_place(struct importer *importer, struct slice line, bool *good,
                              struct fault *fault)
{
    struct slice cells[COLUMNS];
    double id, lat, lon, population = 0;
    struct draft_place place = {.seat = 0};
    *good = cut(line, cells, COLUMNS) == COLUMNS && read_number(cells[ID], 0, UINT32_MAX, &id) &&
            read_number(cells[LAT], -90, 90, &lat) && read_number(cells[LON], -180, 180, &lon);
    if (!*good || cells[NAME].len == 0 || !kind_of(cells, &place.kind))
        return STATUS_OK;
    (void)read_number(cells[POPULATION], 0, 4e9, &population);
    place.name = cells[NAME];
    place.country = cells[COUNTRY];
    place.admin_code = slice_is(cells[ADMIN1], "00") ? SLICE_NULL : cells[ADMIN1];
    place.lat = lat;
    place.lon = lon;
    place.geonames = (uint32_t)id;
    place.population = (uint32_t)population;
    place.seat = seat_of(cells[CODE]);
    uint32_t index;
    enum status status = draft_add(importer->draft, &place, &index, fault);
    if (status == STATUS_OK && !slice_equal(cells[ASCII], cells[NAME]))
        status = draft_name(importer->draft, index, cells[ASCII], fault);
    if (status == STATUS_OK)
        status = add_others(importer, index, cells[OTHERS], fault);
    importer->import->places += status == STATUS_OK;
    return status;
}

/* alternateNamesV2: number, place, language, name, … */
static enum status read_other_name(struct importer *importer, struct slice line, bool *good,
                                   struct fault *fault)
{
    struct slice cells[ALT_COLUMNS];
    double id;
    uint32_t place;
    *good =
        cut(line, cells, ALT_COLUMNS) >= ALT_COLUMNS && read_number(cells[1], 0, UINT32_MAX, &id);
    if (!*good || cells[2].len > 3 ||
        code_is(cells[2], "abbr iata icao faac post link wkdt unlc") || is_code(cells[3]) ||
        !draft_find(importer->draft, (uint32_t)id, &place))
        return STATUS_OK;
    return draft_name(importer->draft, place, cells[3], fault);
}

/* admin1CodesASCII: "AD.06", name, name in ASCII, number */
static enum status read_admin(struct importer *importer, struct slice line, bool *good,
                              struct fault *fault)
{
    struct slice cells[ADMIN_COLUMNS];
    double id = 0;
    *good = cut(line, cells, ADMIN_COLUMNS) == ADMIN_COLUMNS && cells[0].len > 3 &&
            cells[0].data[2] == '.';
    if (!*good)
        return STATUS_OK;
    (void)read_number(cells[3], 0, UINT32_MAX, &id);
    return draft_admin(importer->draft, slice_sub(cells[0], 0, 2),
                       slice_sub(cells[0], 3, cells[0].len), cells[1], (uint32_t)id, fault);
}

typedef enum status read_line(struct importer *importer, struct slice line, bool *good,
                              struct fault *fault);

static enum status no_table(const struct importer *importer, uint64_t line, struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "not-geonames",
                     "%s:%llu: not a line of GeoNames' table of this name", importer->path,
                     (unsigned long long)line);
}

static enum status read_file(struct importer *importer, read_line *read, struct fault *fault)
{
    struct lines *lines;
    struct slice line;
    uint64_t number = 0, bad = 0;
    enum status status = lines_open(importer->path, &lines, fault);
    while (status == STATUS_OK) {
        status = lines_next(lines, &line, fault);
        if (status != STATUS_OK || !line.data)
            break;
        number++;
        if (line.len == 0 || line.data[0] == '#')
            continue;
        bool good = false;
        status = read(importer, line, &good, fault);
        bad += !good;
        if (status == STATUS_OK && bad == number && bad >= BAD_LINES_FIRST)
            status = no_table(importer, number, fault);
    }
    if (status == STATUS_OK && bad == number)
        status = no_table(importer, number, fault);
    importer->import->lines += number;
    importer->import->skipped += bad;
    lines_close(lines);
    return status;
}

enum table { TABLE_PLACES, TABLE_ADMINS, TABLE_OTHER_NAMES, TABLES };

static enum table table_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (strncmp(name, "alternateNames", 14) == 0)
        return TABLE_OTHER_NAMES;
    return strncmp(name, "admin1Codes", 11) == 0 ? TABLE_ADMINS : TABLE_PLACES;
}

enum status gazetteer_import(struct gazetteer_import *import, struct fault *fault)
{
    static read_line *const readers[TABLES] = {read_place, read_admin, read_other_name};
    struct importer importer = {.import = import};
    enum status status = draft_new(&importer.draft, fault);
    /* Other names need the places they belong to. */
    for (unsigned table = 0; table < TABLES; table++)
        for (size_t i = 0; i < import->file_count && status == STATUS_OK; i++) {
            importer.path = import->files[i];
            if (table_of(importer.path) == table)
                status = read_file(&importer, readers[table], fault);
        }
    if (status == STATUS_OK && draft_places(importer.draft) == 0)
        status =
            fault_set(fault, STATUS_REJECT, "not-geonames", "there is no place in these files");
    if (status == STATUS_OK && import->populations)
        draft_fill_populations(importer.draft, import->populations);
    if (status == STATUS_OK)
        status = draft_write(importer.draft, import->output, fault);
    if (status == STATUS_OK) {
        import->places = draft_places(importer.draft);
        import->names = draft_names(importer.draft);
    }
    draft_free(importer.draft);
    return status;
}
