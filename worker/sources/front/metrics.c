/* The rows of the HTTP front. */
#include "worker/sources/front/metrics.h"

#include <stdio.h>
#include <string.h>

#include "worker/sources/front/outcome.h"

static const char *const statuses[] = {"200", "400", "401", "403",   "405", "413",
                                       "415", "422", "503", "other", NULL};
#define OTHER (sizeof statuses / sizeof *statuses - 2)

static const char *status(size_t index)
{
    return statuses[index];
}

size_t front_status_series(unsigned number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", number);
    for (size_t i = 0; i < OTHER; i++)
        if (strcmp(statuses[i], text) == 0)
            return i;
    return OTHER;
}

static const struct metric rows[FRONT_METRICS] = {
    [FRONT_REQUESTS] = {.name = "newsmill_http_requests",
                        .kind = METRIC_COUNTER,
                        .help = "Requests to /articles, by the status of their answer.",
                        .labels = {{"status", status}}},
    [FRONT_ARTICLES] = {.name = "newsmill_http_articles",
                        .kind = METRIC_COUNTER,
                        .help = "Articles of requests, by what their producers were told.",
                        .labels = {{"outcome", outcome_name}}},
    [FRONT_SECONDS] = {.name = "newsmill_http_request_seconds",
                       .kind = METRIC_HISTOGRAM,
                       .unit = METRIC_SECONDS,
                       .help = "From a whole body to its answer: until the journal has its "
                               "articles.",
                       .bounds = metric_wait_bounds},
    [FRONT_WAITING] = {.name = "newsmill_http_waiting_requests",
                       .kind = METRIC_GAUGE,
                       .help = "Requests whose articles are on their way to ingest."},
    [FRONT_HELD] = {.name = "newsmill_http_held_bytes",
                    .kind = METRIC_GAUGE,
                    .unit = METRIC_BYTES,
                    .help = "Bytes of the articles of those requests."},
    [FRONT_CONNECTED] = {.name = "newsmill_http_connected",
                         .kind = METRIC_GAUGE,
                         .help = "1 when there is a connection to ingest, else 0."},
};
const struct metric_table front_metrics = {"HTTP front", rows, FRONT_METRICS};
