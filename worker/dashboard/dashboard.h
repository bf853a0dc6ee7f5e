/* The dashboard: a page, and the questions that it asks of the database. Everything that the page
 * needs travels inside the program; each question is one SQL file of sql/ that makes its own JSON,
 * asked as newsmill_reader without waiting (worker/storage/reader.h).
 *
 * worker/dashboard/README.md lists the questions with their parameters. Belongs to the thread of
 * its loop. */
#ifndef NEWSMILL_DASHBOARD_DASHBOARD_H
#define NEWSMILL_DASHBOARD_DASHBOARD_H

#include <stdbool.h>

#include "common/http.h"
#include "common/loop.h"
#include "common/status.h"

struct dashboard;

/* `db` is a libpq URI, NULL for libpq's environment, and outlives the dashboard. Nothing is
 * connected before somebody asks. */
enum status dashboard_new(struct loop *loop, const char *db, struct dashboard **out,
                          struct fault *fault) MUST_CHECK;
/* Before http_free(): what is owed is answered. NULL is fine. */
void dashboard_free(struct dashboard *dashboard);

/* Answers, or promises to, what is the dashboard's; false when the path is not. */
bool dashboard_answer(struct dashboard *dashboard, const struct http_request *request,
                      struct http_reply *reply);

#endif
