/* What PostgreSQL takes for the same rows with nothing of ours around them.
 *
 *   bench_rows URI BATCH unnest|copy
 *
 * Reads articles and their facts out of newsmill_data, makes tables with the same columns, keys and
 * indexes in a schema `bare`, and writes the rows there, BATCH articles a transaction: by INSERT …
 * SELECT FROM unnest of an array a column, or by COPY, both prepared before the clock starts, both
 * in binary. Array and jsonb columns travel as text in an unnest, which takes no arrays of arrays.
 *
 * Prints `articles N seconds S server S client S`: by the clock, and processor time of the
 * connection's server process and of this one. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"

#define COLUMNS_MAX   64
#define STATEMENT_MAX 16384
#define COPY_CHUNK    (64u << 10)

static const char *const tables[] = {"articles", "names",  "places", "events",
                                     "targets",  "quotes", "dates",  "amounts"};
#define TABLES (sizeof tables / sizeof *tables)

struct rows {
    PGresult *arrays;   /* unnest: one row, an array a column */
    struct buffer copy; /* COPY: the stream */
};

struct bench {
    PGconn *link;
    bool copying;
    size_t batches;
    uint64_t articles;
    struct rows (*rows)[TABLES];
    char insert[TABLES][STATEMENT_MAX], select[TABLES][STATEMENT_MAX];
    int columns[TABLES];
};

static void fail(struct bench *bench, const char *what)
{
    (void)fprintf(stderr, "bench_rows: %s: %s\n", what,
                  bench->link ? PQerrorMessage(bench->link) : "");
    exit(3);
}

static PGresult *ask(struct bench *bench, const char *statement)
{
    PGresult *result = PQexec(bench->link, statement);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(bench, statement);
    return result;
}

static void tell(struct bench *bench, const char *statement)
{
    PQclear(ask(bench, statement));
}

static const char *key_of(size_t table)
{
    return table == 0 ? "key" : "article_key";
}

/* ---- statements ---- */

/* insert: INSERT INTO bare.t (…) SELECT c1::its type, … FROM unnest($1::…[], …) u(c1, …)
 * select: SELECT array_agg(…), … FROM newsmill_data.t WHERE key > $1 AND key <= $2 */
static const char unnest_statements[] =
    "SELECT format('INSERT INTO bare.%s (%s) SELECT %s FROM unnest(%s) u(%s)', t, "
    "  string_agg(c, ', '), string_agg(format('c%s::%s', n, type), ', '), "
    "  string_agg(format('$%s::%s[]', n, sent), ', '), string_agg('c' || n, ', ')), "
    "format('SELECT %s FROM newsmill_data.%s WHERE %s > $1 AND %3$s <= $2', "
    "  string_agg(format('array_agg(%s::%s ORDER BY %s)', c, sent, key), ', '), t, key), count(*) "
    "FROM (SELECT relname AS t, quote_ident(attname) AS c, row_number() OVER (ORDER BY attnum) AS "
    "n, "
    "  format_type(atttypid, atttypmod) AS type, "
    "  CASE WHEN typcategory = 'A' OR typname = 'jsonb' THEN 'text' "
    "    ELSE format_type(atttypid, atttypmod) END AS sent, $2::text AS key "
    "  FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid JOIN pg_class ON pg_class.oid = "
    "attrelid "
    "  WHERE attrelid = ('bare.' || $1)::regclass AND attnum > 0 AND NOT attisdropped "
    "  AND attgenerated = '') columns GROUP BY t, key";

static void make_unnest(struct bench *bench, size_t table)
{
    const char *const values[] = {tables[table], key_of(table)};
    PGresult *made = PQexecParams(bench->link, unnest_statements, 2, NULL, values, NULL, NULL, 0);
    if (PQntuples(made) != 1)
        fail(bench, unnest_statements);
    (void)snprintf(bench->insert[table], STATEMENT_MAX, "%s", PQgetvalue(made, 0, 0));
    (void)snprintf(bench->select[table], STATEMENT_MAX, "%s", PQgetvalue(made, 0, 1));
    bench->columns[table] = atoi(PQgetvalue(made, 0, 2));
    PQclear(made);
}

static void make_tables(struct bench *bench)
{
    char statement[512];
    tell(bench, "DROP SCHEMA IF EXISTS bare CASCADE");
    tell(bench, "CREATE SCHEMA bare");
    for (size_t i = 0; i < TABLES; i++) {
        (void)snprintf(statement, sizeof statement,
                       "CREATE TABLE bare.%s (LIKE newsmill_data.%s INCLUDING ALL)", tables[i],
                       tables[i]);
        tell(bench, statement);
        make_unnest(bench, i);
        if (!bench->copying)
            PQclear(PQprepare(bench->link, tables[i], bench->insert[i], 0, NULL));
    }
}

/* ---- reading ---- */

static void read_copy(struct bench *bench, size_t table, const char *const between[2],
                      struct buffer *out)
{
    char statement[1024], *chunk;
    (void)snprintf(
        statement, sizeof statement,
        "COPY (SELECT * FROM newsmill_data.%s WHERE %s > '%s' AND %s <= '%s' ORDER BY %s) "
        "TO STDOUT (FORMAT binary)",
        tables[table], key_of(table), between[0], key_of(table), between[1], key_of(table));
    buffer_init(out, SIZE_MAX);
    PQclear(PQexec(bench->link, statement));
    int len;
    while ((len = PQgetCopyData(bench->link, &chunk, 0)) > 0) {
        buffer_append(out, chunk, (size_t)len);
        PQfreemem(chunk);
    }
    if (len != -1 || buffer_failed(out))
        fail(bench, statement);
    PQclear(PQgetResult(bench->link));
    while (PQgetResult(bench->link))
        ;
}

static void read_batch(struct bench *bench, const char *const between[2], struct rows *rows)
{
    for (size_t i = 0; i < TABLES; i++) {
        if (bench->copying) {
            read_copy(bench, i, between, &rows[i].copy);
            continue;
        }
        rows[i].arrays =
            PQexecParams(bench->link, bench->select[i], 2, NULL, between, NULL, NULL, 1);
        if (PQresultStatus(rows[i].arrays) != PGRES_TUPLES_OK)
            fail(bench, bench->select[i]);
    }
}

static void read_all(struct bench *bench, size_t batch)
{
    PGresult *keys = ask(bench, "SELECT key FROM newsmill_data.articles ORDER BY key");
    size_t count = (size_t)PQntuples(keys);
    const char *from = "00000000-0000-0000-0000-000000000000";
    bench->articles = count;
    bench->rows = calloc(count / batch + 1, sizeof *bench->rows);
    if (count == 0 || !bench->rows)
        fail(bench, "no articles to copy");
    for (size_t last = 0; last < count; bench->batches++) {
        last = last + batch < count ? last + batch : count;
        const char *const between[2] = {from, PQgetvalue(keys, (int)last - 1, 0)};
        read_batch(bench, between, bench->rows[bench->batches]);
        from = between[1];
    }
    PQclear(keys);
}

/* ---- writing, on the clock ---- */

static void write_unnest(struct bench *bench, size_t table, const PGresult *arrays)
{
    const char *values[COLUMNS_MAX];
    int lengths[COLUMNS_MAX], formats[COLUMNS_MAX];
    if (PQgetisnull(arrays, 0, 0))
        return;
    for (int i = 0; i < bench->columns[table]; i++) {
        values[i] = PQgetvalue(arrays, 0, i);
        lengths[i] = PQgetlength(arrays, 0, i);
        formats[i] = 1;
    }
    PGresult *result = PQexecPrepared(bench->link, tables[table], bench->columns[table], values,
                                      lengths, formats, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(bench, bench->insert[table]);
    PQclear(result);
}

static void write_copy(struct bench *bench, size_t table, struct slice stream)
{
    char statement[128];
    (void)snprintf(statement, sizeof statement, "COPY bare.%s FROM STDIN (FORMAT binary)",
                   tables[table]);
    PQclear(PQexec(bench->link, statement));
    for (size_t at = 0; at < stream.len; at += COPY_CHUNK) {
        size_t len = stream.len - at < COPY_CHUNK ? stream.len - at : COPY_CHUNK;
        if (PQputCopyData(bench->link, stream.data + at, (int)len) != 1)
            fail(bench, statement);
    }
    if (PQputCopyEnd(bench->link, NULL) != 1)
        fail(bench, statement);
    PGresult *result = PQgetResult(bench->link);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(bench, statement);
    PQclear(result);
    while (PQgetResult(bench->link))
        ;
}

static void write_all(struct bench *bench)
{
    for (size_t batch = 0; batch < bench->batches; batch++) {
        tell(bench, "BEGIN");
        for (size_t i = 0; i < TABLES; i++) {
            struct rows *rows = &bench->rows[batch][i];
            if (bench->copying)
                write_copy(bench, i, buffer_slice(&rows->copy));
            else
                write_unnest(bench, i, rows->arrays);
        }
        tell(bench, "COMMIT");
    }
}

/* Seconds of processor time of a process on this machine. */
static double worked(int pid)
{
    char path[64];
    unsigned long user = 0, system = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                        &user, &system) != 2)
        return 0;
    (void)fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void free_all(struct bench *bench)
{
    for (size_t batch = 0; batch < bench->batches; batch++)
        for (size_t i = 0; i < TABLES; i++) {
            PQclear(bench->rows[batch][i].arrays);
            buffer_deinit(&bench->rows[batch][i].copy);
        }
    free(bench->rows);
    PQfinish(bench->link);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    size_t batch = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    if (batch == 0)
        fail(&bench, "usage: bench_rows URI BATCH unnest|copy");
    bench.copying = strcmp(argv[3], "copy") == 0;
    bench.link = PQconnectdb(argv[1]);
    if (PQstatus(bench.link) != CONNECTION_OK)
        fail(&bench, "cannot connect");
    make_tables(&bench);
    read_all(&bench, batch);
    int server = PQbackendPID(bench.link);
    double before[2] = {worked(server), worked(getpid())};
    int64_t start = clock_steady_ns();
    write_all(&bench);
    printf("articles %llu seconds %.3f", (unsigned long long)bench.articles,
           (double)(clock_steady_ns() - start) / 1e9);
    printf(" server %.3f client %.3f\n", worked(server) - before[0], worked(getpid()) - before[1]);
    free_all(&bench);
    return 0;
}
