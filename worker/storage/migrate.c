/* newsmill migrate. */
#include "worker/storage/migrate.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "storage/statements.h"
#include "worker/storage/session.h"

#define NAME         "newsmill-migrate"
#define STATEMENT_MS 600000 /* waiting for another one who migrates */

static enum status ask_bool(struct pg *pg, unsigned statement, bool *answer, struct pg_fault *fault)
{
    struct pg_result *result;
    enum status status = pg_execute(pg, &statements[statement], NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    *answer = pg_bool(result, 0, 0);
    pg_result_free(result);
    return STATUS_OK;
}

static enum status lock(struct pg *pg, struct pg_fault *fault)
{
    return pg_execute(pg, &statements[STATEMENT_SCHEMA_LOCK], NULL, 0, NULL, fault);
}

/* The table that counts migrations. */
static enum status found(struct pg *pg, void *user, struct pg_fault *fault)
{
    (void)user;
    bool exists;
    enum status status = lock(pg, fault);
    if (status == STATUS_OK)
        status = ask_bool(pg, STATEMENT_SCHEMA_EXISTS, &exists, fault);
    if (status != STATUS_OK || exists)
        return status;
    status = pg_execute(pg, &statements[STATEMENT_SCHEMA_CREATE], NULL, 0, NULL, fault);
    return status == STATUS_OK
               ? pg_execute(pg, &statements[STATEMENT_SCHEMA_VERSION_CREATE], NULL, 0, NULL, fault)
               : status;
}

static enum status record(struct pg *pg, const struct migration *migration, struct pg_fault *fault)
{
    char number[4];
    for (size_t i = 0; i < 4; i++)
        number[i] = (char)((unsigned)migration->version >> (24 - 8 * i));
    const struct slice values[] = {
        {number, sizeof number}, slice_from(migration->name), slice_from(NEWSMILL_VERSION)};
    return pg_execute(pg, &statements[STATEMENT_SCHEMA_VERSION_ADD], values, 3, NULL, fault);
}

/* Inside a transaction: the next migration, if one is missing; `*applied` is it, or NULL. */
static enum status step(struct pg *pg, void *user, struct pg_fault *fault)
{
    const struct migration **applied = user;
    int version;
    *applied = NULL;
    enum status status = lock(pg, fault);
    if (status == STATUS_OK)
        status = session_version(pg, &version, fault);
    if (status != STATUS_OK)
        return status;
    if (version > MIGRATION_COUNT) {
        (void)snprintf(fault->sqlstate, sizeof fault->sqlstate, "3F000"); /* invalid schema */
        return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                         "the database's schema is version %d, this program knows %d: use the "
                         "newsmill that made it",
                         version, MIGRATION_COUNT);
    }
    if (version == MIGRATION_COUNT)
        return STATUS_OK;
    *applied = &migrations[version];
    status = pg_script(pg, migrations[version].text, fault);
    return status == STATUS_OK ? record(pg, &migrations[version], fault) : status;
}

/* Runs `body` in a transaction. */
static enum status transact(struct pg *pg,
                            enum status (*body)(struct pg *pg, void *user, struct pg_fault *fault),
                            void *user, struct pg_fault *fault)
{
    enum status status = pg_begin(pg, fault);
    if (status == STATUS_OK)
        status = body(pg, user, fault);
    if (status == STATUS_OK)
        status = pg_commit(pg, fault);
    if (status != STATUS_OK)
        pg_rollback(pg);
    return status;
}

static enum status grant(struct pg *pg, void *user, struct pg_fault *fault)
{
    (void)user;
    enum status status = lock(pg, fault);
    return status == STATUS_OK ? pg_script(pg, migration_grants, fault) : status;
}

static enum status apply(struct pg *pg, struct pg_fault *fault)
{
    const struct migration *applied;
    enum status status = transact(pg, found, NULL, fault);
    do {
        if (status == STATUS_OK)
            status = transact(pg, step, &applied, fault);
        if (status == STATUS_OK && applied)
            log_info("migrated", log_int("version", applied->version),
                     log_text("name", applied->name));
    } while (status == STATUS_OK && applied);
    return status == STATUS_OK ? transact(pg, grant, NULL, fault) : status;
}

enum status migrate_apply(const char *db, struct fault *fault)
{
    struct pg *pg;
    struct pg_fault why;
    enum status status = session_connect(db, NAME, STATEMENT_MS, &pg, &why);
    if (status == STATUS_OK)
        status = apply(pg, &why);
    pg_close(&pg);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}

/* ---- the command ---- */

static int failed(const struct fault *fault)
{
    (void)fprintf(stderr, "newsmill migrate: %s\n", fault->message);
    return EXIT_OUTSIDE;
}

static int say_status(const char *db)
{
    struct pg *pg;
    struct pg_fault why;
    struct fault fault;
    int version = 0;
    enum status status = session_connect(db, NAME, STATEMENT_MS, &pg, &why);
    if (status == STATUS_OK)
        status = session_version(pg, &version, &why);
    pg_close(&pg);
    if (status != STATUS_OK) {
        (void)!session_explain(&why, &fault);
        return failed(&fault);
    }
    (void)printf("applied %d\nneeded %d\n", version, MIGRATION_COUNT);
    for (int i = version; i < MIGRATION_COUNT; i++)
        (void)printf("missing %04d %s\n", migrations[i].version, migrations[i].name);
    return version == MIGRATION_COUNT ? EXIT_DONE : EXIT_REFUSED;
}

int migrate_main(const struct options *options)
{
    const char *db = options_text(options, "db");
    struct fault fault;
    if (options_operand_count(options) > 0) {
        if (strcmp(options_operand(options, 0), "status") == 0)
            return say_status(db);
        (void)fprintf(stderr, "newsmill migrate: \"%s\" is not known, only \"status\" is\n",
                      options_operand(options, 0));
        return EXIT_USAGE;
    }
    if (migrate_apply(db, &fault) != STATUS_OK)
        return failed(&fault);
    (void)printf("schema version %d\n", MIGRATION_COUNT);
    return EXIT_DONE;
}
