/* The table of SQLSTATE classes (PostgreSQL manual, appendix A). */
#include "worker/storage/sqlstate.h"

#include <stddef.h>
#include <string.h>

/* The first row whose prefix fits decides. */
static const struct {
    const char *prefix;
    enum status status;
} classes[] = {
    {"08", STATUS_RETRY},  /* connection */
    {"57", STATUS_RETRY},  /* shutdown, starting up, cancelled, statement time-out */
    {"53", STATUS_RETRY},  /* disk full, out of memory, too many connections */
    {"58", STATUS_RETRY},  /* the server's own input and output */
    {"55", STATUS_RETRY},  /* locked, in use, not in the state needed */
    {"40", STATUS_RETRY},  /* serialization failure, deadlock */
    {"25", STATUS_RETRY},  /* read-only: a standby after a fail-over; or an aborted transaction */
    {"26", STATUS_RETRY},  /* prepared statement gone: another server behind a pooler */
    {"XX", STATUS_RETRY},  /* internal error, damaged data: nothing a row did */
    {"22", STATUS_REJECT}, /* data exception */
    {"23", STATUS_REJECT}, /* integrity constraint */
    {"21", STATUS_REJECT}, /* cardinality */
    {"44", STATUS_REJECT}, /* WITH CHECK OPTION */
    {"54", STATUS_REJECT}, /* a limit of the program, such as an index row too long */
    {"42", STATUS_FATAL},  /* undefined table or column, no privilege */
    {"3D", STATUS_FATAL},  /* no such database */
    {"3F", STATUS_FATAL},  /* no such schema */
    {"28", STATUS_FATAL},  /* authentication */
    {"0A", STATUS_FATAL},  /* not supported by this server */
    {"0B", STATUS_FATAL},  {"0L", STATUS_FATAL}, {"0P", STATUS_FATAL}, /* roles */
    {"F0", STATUS_FATAL}, /* the server's configuration file */
    {"HV", STATUS_FATAL}, /* foreign data wrapper */
    {"P0", STATUS_FATAL}, /* somebody's trigger raised an exception: it would for every row */
};

/* Broken only when two workers give one article a revision at the same time. */
static const char *const races[] = {"ledger_revision"};

enum status sqlstate_status(const char *sqlstate, const char *constraint)
{
    if (!sqlstate || strlen(sqlstate) != 5)
        return STATUS_RETRY;
    if (strcmp(sqlstate, "23505") == 0 && constraint)
        for (size_t i = 0; i < sizeof races / sizeof races[0]; i++)
            if (strcmp(constraint, races[i]) == 0)
                return STATUS_RETRY;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i].prefix, 2) == 0)
            return classes[i].status;
    return STATUS_RETRY;
}

/* What an administrator has to mend is told apart from what passes by the server having answered
 * with FATAL. */
enum status sqlstate_connecting(const char *said)
{
    static const char *const lasting[] = {"password authentication failed",
                                          "Peer authentication failed",
                                          "no pg_hba.conf entry",
                                          "does not exist",
                                          "invalid URI",
                                          "missing \"=\"",
                                          "invalid connection option",
                                          "permission denied for database",
                                          "no password supplied",
                                          "certificate verify failed",
                                          "does not match host name",
                                          "root certificate file",
                                          "server does not support SSL",
                                          "alert unknown ca",
                                          "alert bad certificate",
                                          "valid client certificate",
                                          "ertificate authentication failed"};
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
        if (strstr(said, lasting[i]))
            return STATUS_FATAL;
    return STATUS_RETRY;
}

const char *sqlstate_code(enum status status)
{
    switch (status) {
    case STATUS_REJECT:
        return "database-refused";
    case STATUS_FATAL:
        return "database-schema";
    case STATUS_OK:
    case STATUS_RETRY:
        break;
    }
    return "database-unavailable";
}
