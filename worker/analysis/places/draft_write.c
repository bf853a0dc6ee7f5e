/* Writing a draft: regions get their coordinates, names their table, the file its checksum. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "worker/analysis/places/draft_inside.h"

struct table {
    struct gazetteer_slot *slots;
    uint32_t mask;
    uint32_t *postings;
    size_t posting_count;
};

/* Regions that only the list of codes names become places too, where their cities are. */
static enum status add_regions(struct draft *draft, struct fault *fault)
{
    for (size_t i = 0; i < draft->admin_count; i++) {
        struct draft_region *region = &draft->admins[i];
        double cities = region->cities ? (double)region->cities : (double)NAN;
        struct slice code = {region->admin.code,
                             strnlen(region->admin.code, sizeof region->admin.code)};
        struct draft_place place = {.name = slice_from(draft->pool + region->admin.name),
                                    .country = {region->admin.country, 2},
                                    .admin_code = code,
                                    .lat = region->lat_sum / cities,
                                    .lon = region->lon_sum / cities,
                                    .geonames = region->geonames,
                                    .kind = PLACE_REGION};
        bool add = region->admin.name != 0 && !region->located;
        region->admin.lat = isnan(cities) ? GAZETTEER_NOWHERE : (int32_t)lround(place.lat * 1e5);
        region->admin.lon = isnan(cities) ? GAZETTEER_NOWHERE : (int32_t)lround(place.lon * 1e5);
        if (!add)
            continue;
        /* The pool moves when it grows: the name must not lie in it. */
        char name[256];
        place.name.len = place.name.len < sizeof name ? place.name.len : sizeof name;
        memcpy(name, place.name.data, place.name.len);
        place.name.data = name;
        uint32_t index;
        enum status status = draft_add(draft, &place, &index, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static double weight_of(const struct draft *draft, uint32_t posting)
{
    return gazetteer_weight(&draft->places[POSTING_PLACE(posting)], posting);
}

static int by_hash(const void *left, const void *right, void *user)
{
    const struct draft *draft = user;
    const struct draft_entry *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    double heavier = weight_of(draft, b->posting) - weight_of(draft, a->posting);
    if (heavier < 0 || heavier > 0)
        return heavier > 0 ? 1 : -1;
    return a->posting < b->posting ? -1 : a->posting > b->posting;
}

static struct gazetteer_slot *slot_of(struct table *table, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & table->mask, tag = (uint32_t)(hash >> 32);
    while (table->slots[at].used && table->slots[at].tag != tag)
        at = (at + 1) & table->mask;
    table->slots[at].used = 1;
    table->slots[at].tag = tag;
    return &table->slots[at];
}

#define SAME_NAME_MAX 1000 /* places of one name, the heaviest; Springfield has some fifty */

static void fill_table(struct draft *draft, struct table *table)
{
    for (size_t i = 0; i < draft->name_count;) {
        const struct draft_entry *first = &draft->names[i];
        struct gazetteer_slot *slot = slot_of(table, first->hash);
        slot->first = (uint32_t)table->posting_count;
        size_t end = i;
        for (; end < draft->name_count && draft->names[end].hash == first->hash; end++) {
            uint32_t posting = draft->names[end].posting;
            bool twice = false;
            for (uint32_t k = 0; k < slot->count && k < 64; k++)
                twice |= POSTING_PLACE(table->postings[slot->first + k]) == POSTING_PLACE(posting);
            if (!twice && slot->count < SAME_NAME_MAX) {
                table->postings[table->posting_count++] = posting;
                slot->count++;
            }
        }
        struct gazetteer_slot *begin = slot_of(table, first->first_hash);
        if (begin->longest < first->words)
            begin->longest = first->words;
        i = end;
    }
}

static enum status make_table(struct draft *draft, struct table *table, struct fault *fault)
{
    uint64_t size = 64;
    while (size < 3 * (uint64_t)draft->name_count)
        size *= 2;
    table->mask = (uint32_t)(size - 1);
    table->slots = calloc(size, sizeof *table->slots);
    table->postings = calloc(draft->name_count + 1, sizeof *table->postings);
    if (!table->slots || !table->postings)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the gazetteer");
    qsort_r(draft->names, draft->name_count, sizeof *draft->names, by_hash, draft);
    fill_table(draft, table);
    return STATUS_OK;
}

struct writer {
    FILE *file;
    XXH3_state_t *sum;
    bool failed;
};

static void put(struct writer *writer, const void *data, size_t bytes)
{
    writer->failed |= fwrite(data, 1, bytes, writer->file) != bytes;
    writer->failed |= XXH3_64bits_update(writer->sum, data, bytes) != XXH_OK;
}

static void put_all(struct writer *writer, const struct draft *draft, const struct table *table)
{
    struct gazetteer_header header = {.magic = GAZETTEER_MAGIC,
                                      .version = GAZETTEER_VERSION,
                                      .place_count = (uint32_t)draft->place_count,
                                      .admin_count = (uint32_t)draft->admin_count,
                                      .slot_mask = table->mask,
                                      .posting_count = (uint32_t)table->posting_count,
                                      .pool_bytes = draft->pool_len};
    writer->failed |= fwrite(&header, sizeof header, 1, writer->file) != 1;
    XXH3_64bits_reset(writer->sum);
    put(writer, draft->places, draft->place_count * sizeof *draft->places);
    for (size_t i = 0; i < draft->admin_count; i++)
        put(writer, &draft->admins[i].admin, sizeof draft->admins[i].admin);
    put(writer, table->slots, ((size_t)table->mask + 1) * sizeof *table->slots);
    put(writer, table->postings, table->posting_count * sizeof *table->postings);
    put(writer, draft->pool, draft->pool_len);
    long bytes = ftell(writer->file);
    header.bytes = (uint64_t)bytes;
    header.checksum = XXH3_64bits_digest(writer->sum);
    writer->failed |= bytes < 0 || fseek(writer->file, 0, SEEK_SET) != 0 ||
                      fwrite(&header, sizeof header, 1, writer->file) != 1 ||
                      fflush(writer->file) != 0 || fsync(fileno(writer->file)) != 0;
}

static enum status write_file(const struct draft *draft, const struct table *table,
                              const char *path, struct fault *fault)
{
    char temporary[4096];
    struct writer writer = {.sum = XXH3_createState()};
    int len = snprintf(temporary, sizeof temporary, "%s.new-%ld", path, (long)getpid());
    if (!writer.sum || len < 0 || (size_t)len >= sizeof temporary ||
        !(writer.file = fopen(temporary, "wbe"))) {
        int error = errno;
        (void)XXH3_freeState(writer.sum);
        return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write %s: %s", path,
                         strerror(error));
    }
    put_all(&writer, draft, table);
    writer.failed |= fclose(writer.file) != 0;
    (void)XXH3_freeState(writer.sum);
    if (!writer.failed && rename(temporary, path) == 0)
        return STATUS_OK;
    int error = errno;
    (void)unlink(temporary);
    return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write %s: %s", path,
                     strerror(error));
}

enum status draft_write(struct draft *draft, const char *path, struct fault *fault)
{
    struct table table = {0};
    enum status status = add_regions(draft, fault);
    if (status == STATUS_OK)
        status = make_table(draft, &table, fault);
    if (status == STATUS_OK)
        status = write_file(draft, &table, path, fault);
    free(table.slots);
    free(table.postings);
    return status;
}
