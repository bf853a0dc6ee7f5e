/* Connecting for a command. */
#include "worker/storage/session.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "storage/statements.h"

#define CONNECT_MS   10000
#define STATEMENT_MS 60000

static void on_notice(void *user, const char *message)
{
    (void)user;
    log_warn(message);
}

enum status session_connect(const char *db, const char *application_name, int64_t statement_ms,
                            struct pg **out, struct pg_fault *fault)
{
    const struct pg_options options = {.uri = db,
                                       .application_name = application_name,
                                       .connect_ms = CONNECT_MS,
                                       .statement_ms = statement_ms,
                                       .notice = on_notice};
    return pg_open(&options, out, fault);
}

enum status session_version(struct pg *pg, int *version, struct pg_fault *fault)
{
    struct pg_result *result;
    *version = 0;
    enum status status =
        pg_execute(pg, &statements[STATEMENT_SCHEMA_EXISTS], NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    bool exists = pg_bool(result, 0, 0);
    pg_result_free(result);
    if (!exists)
        return STATUS_OK;
    status = pg_execute(pg, &statements[STATEMENT_SCHEMA_VERSION_READ], NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    *version = pg_int4(result, 0, 0);
    pg_result_free(result);
    return STATUS_OK;
}

static enum status judge(int version, struct pg_fault *fault)
{
    if (version == MIGRATION_COUNT)
        return STATUS_OK;
    (void)snprintf(fault->sqlstate, sizeof fault->sqlstate, "3F000"); /* invalid schema */
    return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                     "its schema is version %d, this program needs %d: %s", version,
                     MIGRATION_COUNT,
                     version < MIGRATION_COUNT ? "run newsmill migrate" : "run the newer newsmill");
}

enum status session_open(const char *db, const char *application_name, struct pg **out,
                         struct fault *fault)
{
    return session_open_for(db, application_name, STATEMENT_MS, out, fault);
}

enum status session_open_for(const char *db, const char *application_name, int64_t statement_ms,
                             struct pg **out, struct fault *fault)
{
    struct pg_fault why;
    int version;
    enum status status = session_connect(db, application_name, statement_ms, out, &why);
    if (status == STATUS_OK)
        status = session_version(*out, &version, &why);
    if (status == STATUS_OK)
        status = judge(version, &why);
    if (status == STATUS_OK)
        return STATUS_OK;
    pg_close(out);
    return session_explain(&why, fault);
}

/* Which side refuses whom, by what libpq says where there is no SQLSTATE. */
static const char *explain_connecting(const char *said)
{
    static const struct {
        const char *text, *hint;
    } rows[] = {
        {"certificate verify failed",
         " (we refuse its certificate: sslrootcert is not the CA that signed it)"},
        {"does not match host name", " (we refuse its certificate: it is another host's)"},
        {"root certificate file", " (name the CA of the server with sslrootcert)"},
        {"server does not support SSL", " (the server has no TLS, and sslmode asks for it)"},
        {"alert unknown ca", " (the server refuses our certificate: another CA signed sslcert)"},
        {"alert bad certificate", " (the server refuses our certificate, sslcert)"},
        {"valid client certificate", " (the server wants a certificate of ours: sslcert, sslkey)"},
        {"ertificate authentication failed", " (the server refuses our certificate for this user)"},
        {"no encryption", " (the server refuses to talk without TLS: sslmode=verify-full)"},
        {"password authentication failed", " (the server refuses this user or password)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strstr(said, rows[i].text))
            return rows[i].hint;
    return " (is PostgreSQL running there, and is --db right?)";
}

enum status session_explain(const struct pg_fault *from, struct fault *fault)
{
    char hint[96] = "";
    if (strcmp(from->sqlstate, "42501") == 0)
        (void)snprintf(hint, sizeof hint,
                       " (connect as the owner of the database, or GRANT newsmill_writer)");
    else if (strcmp(from->sqlstate, "25006") == 0)
        (void)snprintf(hint, sizeof hint, " (this server is a standby: name the primary)");
    else if (from->sqlstate[0] == '\0')
        (void)snprintf(hint, sizeof hint, "%s", explain_connecting(from->fault.message));
    /* Whatever the database refuses here is not the user's message. */
    enum status status = from->fault.status == STATUS_RETRY ? STATUS_RETRY : STATUS_FATAL;
    return fault_set(fault, status, from->fault.code, "cannot use the database: %.130s%s",
                     from->fault.message, hint);
}
