/* Opening gazetteers, and finding names in them. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "worker/analysis/places/gazetteer_format.h"

#define UNKNOWN_PEOPLE 1500.0 /* what a town without a figure is taken for */

static enum status damaged(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "gazetteer-damaged",
                     "the gazetteer is damaged: import it again");
}

/* The bytes that the counts of the header ask for. */
static uint64_t bytes_of(const struct gazetteer_header *header)
{
    return sizeof *header + (uint64_t)header->place_count * sizeof(struct gazetteer_place) +
           (uint64_t)header->admin_count * sizeof(struct gazetteer_admin) +
           ((uint64_t)header->slot_mask + 1) * sizeof(struct gazetteer_slot) +
           (uint64_t)header->posting_count * sizeof(uint32_t) + header->pool_bytes;
}

static bool counts_fit(const struct gazetteer_header *header, size_t bytes)
{
    return header->bytes == bytes && header->pool_bytes > 0 &&
           header->pool_bytes <= GAZETTEER_POOL_MAX &&
           header->place_count <= GAZETTEER_PLACES_MAX &&
           header->admin_count <= GAZETTEER_ADMINS_MAX &&
           header->posting_count <= GAZETTEER_NAMES_MAX &&
           (header->slot_mask & (header->slot_mask + 1)) == 0 && bytes_of(header) == bytes;
}

/* Every number that leads somewhere leads inside. The checksum tells of accidents, not of intent.
 */
static bool numbers_fit(const struct gazetteer *gazetteer)
{
    const struct gazetteer_header *header = gazetteer->header;
    uint64_t free_slots = 0;
    for (uint32_t i = 0; i < header->place_count; i++)
        if (gazetteer->places[i].name >= header->pool_bytes ||
            gazetteer->places[i].admin > header->admin_count)
            return false;
    for (uint32_t i = 0; i < header->admin_count; i++)
        if (gazetteer->admins[i].name >= header->pool_bytes)
            return false;
    for (uint32_t i = 0; i < header->posting_count; i++)
        if (POSTING_PLACE(gazetteer->postings[i]) >= header->place_count)
            return false;
    for (uint64_t i = 0; i <= header->slot_mask; i++) {
        const struct gazetteer_slot *slot = &gazetteer->slots[i];
        free_slots += slot->used == 0;
        if ((uint64_t)slot->first + slot->count > header->posting_count)
            return false;
    }
    return free_slots > 0 && gazetteer->pool[header->pool_bytes - 1] == '\0';
}

enum status gazetteer_lay(const void *data, size_t bytes, bool checksum, struct gazetteer *out,
                          struct fault *fault)
{
    const struct gazetteer_header *header = data;
    if (bytes < sizeof *header || header->magic != GAZETTEER_MAGIC)
        return fault_set(fault, STATUS_REJECT, "not-a-gazetteer",
                         "this is no gazetteer: make one with newsmill gazetteer import");
    if (header->version != GAZETTEER_VERSION)
        return fault_set(fault, STATUS_REJECT, "gazetteer-version",
                         "the gazetteer is of version %u, this program reads %u: import it again",
                         header->version, GAZETTEER_VERSION);
    if (!counts_fit(header, bytes))
        return damaged(fault);
    const char *at = (const char *)(header + 1);
    out->header = header;
    out->places = (const struct gazetteer_place *)(const void *)at;
    out->admins = (const struct gazetteer_admin *)(const void *)(out->places + header->place_count);
    out->slots = (const struct gazetteer_slot *)(const void *)(out->admins + header->admin_count);
    out->postings = (const uint32_t *)(const void *)(out->slots + header->slot_mask + 1);
    out->pool = (const char *)(out->postings + header->posting_count);
    if (!checksum)
        return STATUS_OK;
    if (XXH3_64bits(at, bytes - sizeof *header) != header->checksum || !numbers_fit(out))
        return damaged(fault);
    return STATUS_OK;
}

static enum status map_file(const char *path, struct gazetteer *gazetteer, struct fault *fault)
{
    struct stat stat;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &stat) != 0) {
        int error = errno;
        if (file >= 0)
            (void)close(file);
        return fault_set(fault, STATUS_FATAL, "cannot-read", "cannot read the gazetteer %s: %s",
                         path, strerror(error));
    }
    gazetteer->mapped_bytes = stat.st_size > 0 ? (size_t)stat.st_size : 0;
    void *mapped = gazetteer->mapped_bytes
                       ? mmap(NULL, gazetteer->mapped_bytes, PROT_READ, MAP_SHARED, file, 0)
                       : MAP_FAILED;
    (void)close(file);
    if (mapped == MAP_FAILED)
        return fault_set(fault, STATUS_REJECT, "not-a-gazetteer",
                         "%s is no gazetteer: make one with newsmill gazetteer import", path);
    gazetteer->mapped = mapped;
    return STATUS_OK;
}

enum status gazetteer_open(const char *path, struct gazetteer **out, struct fault *fault)
{
    struct gazetteer *gazetteer = calloc(1, sizeof *gazetteer);
    *out = NULL;
    if (!gazetteer)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the gazetteer");
    enum status status = map_file(path, gazetteer, fault);
    if (status == STATUS_OK)
        status = gazetteer_lay(gazetteer->mapped, gazetteer->mapped_bytes, true, gazetteer, fault);
    if (status != STATUS_OK) {
        gazetteer_close(gazetteer);
        return status;
    }
    *out = gazetteer;
    return STATUS_OK;
}

void gazetteer_close(struct gazetteer *gazetteer)
{
    if (!gazetteer)
        return;
    if (gazetteer->mapped)
        (void)munmap(gazetteer->mapped, gazetteer->mapped_bytes);
    free(gazetteer);
}

const struct gazetteer_slot *gazetteer_find(const struct gazetteer *gazetteer, uint64_t hash)
{
    uint32_t mask = gazetteer->header->slot_mask, tag = (uint32_t)(hash >> 32);
    for (uint32_t at = (uint32_t)hash & mask; gazetteer->slots[at].used; at = (at + 1) & mask)
        if (gazetteer->slots[at].tag == tag)
            return &gazetteer->slots[at];
    return NULL;
}

double gazetteer_weight(const struct gazetteer_place *place, uint32_t posting)
{
    static const double of_kind[] = {0.5, 9, 6.5, 2.5, 1, 4.5, 4};
    double weight = of_kind[place->kind <= PLACE_ISLAND ? place->kind : PLACE_OTHER];
    if (posting & POSTING_OTHER_NAME)
        weight -= 1.5;
    if (place->kind == PLACE_CITY || place->kind == PLACE_OTHER)
        weight += log10(place->population > 0 ? place->population : UNKNOWN_PEOPLE) +
                  (place->seat ? 1.0 / place->seat : 0);
    return weight;
}
