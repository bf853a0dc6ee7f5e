/* newsmill migrate. */
#include "worker/storage/migrate.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "storage/statements.h"
#include "worker/storage/pg.h"

#define CONNECT_MS   10000
#define STATEMENT_MS 600000 /* waiting for another one who migrates */

static void on_notice(void *user, const char *message)
{
    (void)user;
    log_warn(message);
}

static enum status connect_to(const char *db, struct pg **out, struct pg_fault *fault)
{
    const struct pg_options options = {.uri = db,
                                       .application_name = "newsmill-migrate",
                                       .connect_ms = CONNECT_MS,
                                       .statement_ms = STATEMENT_MS,
                                       .notice = on_notice};
    return pg_open(&options, out, fault);
}

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

/* 0 when there is no schema yet. */
static enum status read_version(struct pg *pg, int *version, struct pg_fault *fault)
{
    bool exists;
    *version = 0;
    enum status status = ask_bool(pg, STATEMENT_SCHEMA_EXISTS, &exists, fault);
    if (status != STATUS_OK || !exists)
        return status;
    struct pg_result *result;
    status = pg_execute(pg, &statements[STATEMENT_SCHEMA_VERSION_READ], NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    *version = pg_int4(result, 0, 0);
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
        status = read_version(pg, &version, fault);
    if (status != STATUS_OK)
        return status;
    if (version > MIGRATION_COUNT)
        return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                         "the database's schema is version %d, this program knows %d: use the "
                         "newsmill that made it",
                         version, MIGRATION_COUNT);
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

/* Adds what to do about it, where the server's words do not. */
static enum status explain(const struct pg_fault *from, struct fault *fault)
{
    char hint[96] = "";
    if (strcmp(from->sqlstate, "42501") == 0)
        (void)snprintf(hint, sizeof hint, " (migrate as the owner of the database)");
    else if (strcmp(from->sqlstate, "25006") == 0)
        (void)snprintf(hint, sizeof hint, " (this server is a standby: name the primary)");
    else if (from->sqlstate[0] == '\0')
        (void)snprintf(hint, sizeof hint, " (is PostgreSQL running there, and is --db right?)");
    return fault_set(fault, from->fault.status, from->fault.code,
                     "cannot use the database: %.130s%s", from->fault.message, hint);
}

enum status migrate_apply(const char *db, struct fault *fault)
{
    struct pg *pg;
    struct pg_fault why;
    enum status status = connect_to(db, &pg, &why);
    if (status == STATUS_OK)
        status = apply(pg, &why);
    pg_close(&pg);
    return status == STATUS_OK ? status : explain(&why, fault);
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
    enum status status = connect_to(db, &pg, &why);
    if (status == STATUS_OK)
        status = read_version(pg, &version, &why);
    pg_close(&pg);
    if (status != STATUS_OK) {
        (void)!explain(&why, &fault);
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
