/* Dates as pages write them: ISO 8601, RFC 2822, and the ways of many languages. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_DATE_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

/* An instant, and the offset in minutes of the zone it was written in. A date without a time is
 * midnight UTC; a time without a zone is UTC. */
struct page_date {
    int64_t ms; /* CLOCK_NONE: none */
    int32_t zone;
};

/* How a page writes: what 04/05/2019 is, and which language's names of months. */
struct date_style {
    const char *language; /* primary subtag, "" when unknown */
    bool month_first;
    bool slashes;      /* the language writes its own dates with slashes, if any */
    int64_t latest_ms; /* no date is later than this */
};

/* Not published on the web before; whoever claims so counts from 1970. */
#define DATE_YEAR_MIN 1990
#define DATE_YEAR_MAX 2199

/* Reads a machine-readable value: of an attribute, of JSON-LD. Also seconds and milliseconds since
 * 1970, and 20190531. False unless it begins with a plausible date. */
bool date_value(struct slice value, const struct date_style *style, struct page_date *out);

/* Finds the first complete date in visible text; `*from` and `*to` say where it stands. */
bool date_in_text(struct slice text, const struct date_style *style, struct page_date *out,
                  size_t *from, size_t *to);

/* The date in a URL's path: /2017/05/31/, /2017-05-31-, /20170531/. */
bool date_in_url(struct slice url, const struct date_style *style, struct page_date *out);

#endif
