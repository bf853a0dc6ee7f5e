/* newsmill metrics: the page about /metrics, made from the tables of the workers. */
#include <stdio.h>

#include "worker/analysis/metrics.h"
#include "worker/cli/command.h"
#include "worker/cli/up_metrics.h"
#include "worker/ingest/metrics.h"
#include "worker/sources/front/metrics.h"
#include "worker/storage/metrics.h"

#define PAGE_BYTES ((size_t)1024 * 1024)

static const char head[] =
    "# Metrics\n"
    "\n"
    "Printed by `newsmill metrics` from the tables that define them; `tests/check_metrics` holds "
    "it in step.\n"
    "\n"
    "`/metrics` is OpenMetrics 1.0.0, or Prometheus' text format 0.0.4 for whoever asks for "
    "`text/plain` or takes anything, as\n"
    "`curl -s http://127.0.0.1:8080/metrics | promtool check metrics` does. "
    "Times are in seconds, sizes in bytes.\n"
    "A worker serves its chapter on its own port (`--http`, off unless set); `newsmill up` serves "
    "all of them, added up by role,\n"
    "and its counters outlive a worker that dies. What is not known has no sample.\n"
    "[prometheus/](prometheus/README.md) has a scrape configuration, recording rules and alerts.\n";

int metrics_main(const struct options *options)
{
    static const struct metric_table *const chapters[] = {
        &ingest_metrics, &analyze_metrics, &store_metrics, &front_metrics, &up_metrics};
    struct buffer page;
    (void)options;
    buffer_init(&page, PAGE_BYTES);
    buffer_append_slice(&page, slice_from(head));
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++)
        metrics_document(chapters[i], &page);
    metrics_document_end(&page);
    bool whole = !buffer_failed(&page);
    if (whole)
        (void)fwrite(page.data, 1, page.len, stdout);
    buffer_deinit(&page);
    return whole ? EXIT_DONE : EXIT_OUTSIDE;
}
