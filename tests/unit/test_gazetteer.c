/* The gazetteer's file: what an import makes is found, what is no gazetteer is refused, nothing
 * half made is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "worker/analysis/lexicon.h"
#include "worker/analysis/places/gazetteer_format.h"

struct bench {
    char folder[64], table[96], admins[96], others[96], output[96];
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char table[] =
    "1\tParis\tParis\tLutetia,Parigi,PAR\t48.85341\t2."
    "3488\tP\tPPLC\tFR\t\t11\t\t\t\t2138551\t\t\t\t\n"
    "2\tParis\tParis\t\t33.66094\t-95.55551\tP\tPPLA2\tUS\t\tTX\t\t\t\t24782\t\t\t\t\n"
    "3\tSão Tomé\tSao Tome\t\t0.33654\t6.72732\tP\tPPLC\tST\t\t\t\t\t\t53300\t\t\t\t\n"
    "4\tParis Creek\tParis Creek\t\t33\t-95\tH\tSTMX\tUS\t\tTX\t\t\t\t0\t\t\t\t\n";
static const char admins[] = "US.TX\tTexas\tTexas\t4736286\n";
static const char others[] = "9\t1\tru\tПариж\t\t\t\t\n8\t1\tlink\thttps://example.org/\t\t\t\t\n";

static int open_bench(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    (void)snprintf(bench->folder, sizeof bench->folder, "/tmp/newsmill-gazetteer-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->table, sizeof bench->table, "%s/cities500.txt", bench->folder);
    (void)snprintf(bench->admins, sizeof bench->admins, "%s/admin1CodesASCII.txt", bench->folder);
    (void)snprintf(bench->others, sizeof bench->others, "%s/alternateNamesV2.txt", bench->folder);
    (void)snprintf(bench->output, sizeof bench->output, "%s/places.gaz", bench->folder);
    write_file(bench->table, table);
    write_file(bench->admins, admins);
    write_file(bench->others, others);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    (void)unlink(bench->table);
    (void)unlink(bench->admins);
    (void)unlink(bench->others);
    (void)unlink(bench->output);
    assert_int_equal(rmdir(bench->folder), 0); /* nothing else is left there */
    free(bench);
    return 0;
}

static enum status import_all(struct bench *bench, struct fault *fault)
{
    const char *files[] = {bench->others, bench->table, bench->admins};
    struct gazetteer_import import = {.files = files, .file_count = 3, .output = bench->output};
    return gazetteer_import(&import, fault);
}

static uint32_t places_called(const struct gazetteer *gazetteer, const char *folded,
                              const struct gazetteer_place **first)
{
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, folded, strlen(folded));
    const struct gazetteer_slot *slot = gazetteer_find(gazetteer, hash);
    if (!slot || slot->count == 0)
        return 0;
    *first = &gazetteer->places[POSTING_PLACE(gazetteer->postings[slot->first])];
    return slot->count;
}

static void import_is_found(void **state)
{
    struct fault fault;
    struct gazetteer *gazetteer;
    const struct gazetteer_place *place = NULL;
    assert_int_equal(import_all(*state, &fault), STATUS_OK);
    assert_int_equal(gazetteer_open(((struct bench *)*state)->output, &gazetteer, &fault),
                     STATUS_OK);
    assert_int_equal(places_called(gazetteer, "paris", &place), 2);
    assert_memory_equal(place->country, "FR", 2); /* the larger one first */
    assert_int_equal(place->geonames, 1);
    assert_int_equal(place->lat, 4885341);
    assert_int_equal(places_called(gazetteer, "lutetia", &place), 1);
    assert_int_equal(places_called(gazetteer, "париж", &place), 1);
    assert_int_equal(places_called(gazetteer, "sao tome", &place), 1);
    assert_string_equal(gazetteer_text(gazetteer, place->name), "São Tomé");
    assert_int_equal(places_called(gazetteer, "par", &place), 0);         /* a code */
    assert_int_equal(places_called(gazetteer, "paris creek", &place), 0); /* not of interest */
    assert_int_equal(places_called(gazetteer, "texas", &place), 1);       /* from the codes */
    assert_int_equal(place->kind, PLACE_REGION);
    assert_int_equal(place->lat, 3366094); /* where its only city is */
    gazetteer_close(gazetteer);
}

static void other_files_are_refused(void **state)
{
    struct bench *bench = *state;
    struct fault fault;
    struct gazetteer *gazetteer;
    const char *files[] = {bench->table};
    struct gazetteer_import import = {.files = files, .file_count = 1, .output = bench->output};
    write_file(bench->table, "name,lat,lon\nParis,48.8,2.3\n");
    assert_int_equal(gazetteer_import(&import, &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "not-geonames");
    assert_int_not_equal(access(bench->output, F_OK), 0);
    assert_int_equal(gazetteer_open(bench->table, &gazetteer, &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "not-a-gazetteer");
    assert_int_equal(gazetteer_open(bench->output, &gazetteer, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "cannot-read");
}

/* Any byte changed, any length cut: refused, never read. */
static void damage_is_noticed(void **state)
{
    struct bench *bench = *state;
    struct fault fault;
    struct gazetteer *gazetteer;
    assert_int_equal(import_all(bench, &fault), STATUS_OK);
    FILE *file = fopen(bench->output, "r");
    assert_non_null(file);
    static char bytes[1 << 20];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    for (size_t at = 0; at < len; at += at < 128 ? 1 : 97) {
        if (at >= 12 && at < 16) /* reserved */
            continue;
        bytes[at] ^= 0x20;
        file = fopen(bench->output, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        (void)fclose(file);
        assert_int_equal(gazetteer_open(bench->output, &gazetteer, &fault), STATUS_REJECT);
        bytes[at] ^= 0x20;
    }
    for (size_t cut = 0; cut < len; cut += 61) {
        file = fopen(bench->output, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        (void)fclose(file);
        assert_int_equal(gazetteer_open(bench->output, &gazetteer, &fault), STATUS_REJECT);
    }
}

static void builtin_knows(void **state)
{
    (void)state;
    struct fault fault;
    struct gazetteer *gazetteer;
    const struct gazetteer_place *place = NULL;
    assert_int_equal(gazetteer_builtin(&gazetteer, &fault), STATUS_OK);
    static const char *const names[] = {"tokyo",          "germany",       "east china sea",
                                        "kuril islands",  "asia pacific",  "korean peninsula",
                                        "north carolina", "united states", "sao paulo"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(places_called(gazetteer, names[i], &place) > 0);
    gazetteer_close(gazetteer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(import_is_found, open_bench, close_bench),
        cmocka_unit_test_setup_teardown(other_files_are_refused, open_bench, close_bench),
        cmocka_unit_test_setup_teardown(damage_is_noticed, open_bench, close_bench),
        cmocka_unit_test(builtin_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
