/* What an SQLSTATE means for the batch that got it. Pure. */
#ifndef NEWSMILL_STORAGE_SQLSTATE_H
#define NEWSMILL_STORAGE_SQLSTATE_H

#include "common/status.h"

/* RETRY: the server's or the network's fault, or a race with another worker; keep the batch and try
 * again. REJECT: a row's fault; find it and refuse it. FATAL: the schema, a permission or the
 * configuration is not what this program needs; stop consuming, because every row would fail alike.
 * `sqlstate` is NULL or empty when there was no answer; `constraint` may be NULL. What is not known
 * is RETRY: waiting loses nothing. */
enum status sqlstate_status(const char *sqlstate, const char *constraint);

/* The same for a connection that failed, of which libpq tells a text only: RETRY or FATAL. */
enum status sqlstate_connecting(const char *said);

/* The stable code for a fault of that status: "database-unavailable", "database-refused",
 * "database-schema". */
const char *sqlstate_code(enum status status);

#endif
