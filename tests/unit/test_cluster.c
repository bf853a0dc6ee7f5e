/* The private PostgreSQL, for real, in a folder under /tmp; skipped where PostgreSQL is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#include <ftw.h>
#include <poll.h>

#include "worker/storage/cluster.h"
#include "worker/storage/cluster_state.h"
#include "worker/storage/migrate.h"
#include "worker/storage/pg.h"

static char folder[64];

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/nm-cluster-XXXXXX");
    return mkdtemp(folder) && chmod(folder, 0755) == 0 ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void start(struct cluster **cluster)
{
    struct fault fault = {.code = ""};
    enum status status = cluster_start(folder, cluster, &fault);
    if (status != STATUS_OK && strcmp(fault.code, "no-postgresql") == 0)
        skip();
    if (status != STATUS_OK)
        print_error("%s: %s\n", fault.code, fault.message);
    assert_int_equal(status, STATUS_OK);
}

static struct pg *connect_to(const struct cluster *cluster)
{
    struct pg_fault fault;
    struct pg *pg;
    const struct pg_options options = {.uri = cluster_uri(cluster),
                                       .application_name = "test",
                                       .connect_ms = 10000,
                                       .statement_ms = 10000};
    assert_int_equal(pg_open(&options, &pg, &fault), STATUS_OK);
    return pg;
}

static void run(const struct cluster *cluster, const char *text)
{
    struct pg_fault fault;
    struct pg *pg = connect_to(cluster);
    assert_int_equal(pg_begin(pg, &fault), STATUS_OK);
    assert_int_equal(pg_script(pg, text, &fault), STATUS_OK);
    assert_int_equal(pg_commit(pg, &fault), STATUS_OK);
    pg_close(&pg);
}

/* Ends the server, not being its parent's last word on it. */
static void kill_server(const struct cluster *cluster, int signal)
{
    int handle = pidfd_open(cluster->pid, 0);
    struct pollfd gone = {.fd = handle, .events = POLLIN};
    assert_int_equal(kill(cluster->pid, signal), 0);
    assert_int_equal(poll(&gone, 1, 30000), 1);
    (void)close(handle);
}

static void keeps_what_it_has(void **state)
{
    (void)state;
    struct cluster *cluster;
    struct fault fault;
    char uri[192];
    start(&cluster);
    (void)snprintf(uri, sizeof uri, "%s", cluster_uri(cluster));
    assert_int_equal(migrate_apply(uri, &fault), STATUS_OK);
    run(cluster, "CREATE TABLE kept (n int)");
    cluster_stop(&cluster);
    assert_null(cluster);
    start(&cluster);
    assert_string_equal(cluster_uri(cluster), uri);
    run(cluster, "INSERT INTO kept VALUES (1)");
    cluster_stop(&cluster);
}

static void survives_a_killed_server(void **state)
{
    (void)state;
    struct cluster *cluster;
    start(&cluster);
    run(cluster, "INSERT INTO kept VALUES (2)");
    assert_false(cluster_keep(cluster));
    kill_server(cluster, SIGKILL);
    cluster_stop(&cluster); /* reaps it; postmaster.pid and the socket stay */
    start(&cluster);
    run(cluster, "INSERT INTO kept VALUES (3)");
    cluster_stop(&cluster);
}

static void waits_for_the_server_of_a_killed_run(void **state)
{
    (void)state;
    struct cluster *first, *second;
    start(&first);
    start(&second); /* as if the first caller had been killed: its server is told to stop */
    run(second, "INSERT INTO kept VALUES (4)");
    cluster_stop(&second);
    cluster_stop(&first);
}

static void ignores_a_pid_file_of_somebody_else(void **state)
{
    (void)state;
    struct cluster *cluster;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/postgres/data/postmaster.pid", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "%d\n/somewhere/else\n", (int)getpid());
    assert_int_equal(fclose(file), 0);
    start(&cluster);
    run(cluster, "INSERT INTO kept VALUES (5)");
    cluster_stop(&cluster);
}

static void says_which_folder_is_closed(void **state)
{
    (void)state;
    struct cluster *cluster;
    struct fault fault;
    char closed[80], inner[96];
    if (geteuid() != 0)
        skip();
    (void)snprintf(closed, sizeof closed, "%s/closed", folder);
    (void)snprintf(inner, sizeof inner, "%s/inner", closed);
    assert_int_equal(mkdir(closed, 0700), 0);
    assert_int_equal(mkdir(inner, 0755), 0);
    assert_int_equal(cluster_start(inner, &cluster, &fault), STATUS_FATAL);
    assert_null(cluster);
    assert_non_null(strstr(fault.message, closed));
    assert_null(strstr(fault.message, inner));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_it_has),
        cmocka_unit_test(survives_a_killed_server),
        cmocka_unit_test(waits_for_the_server_of_a_killed_run),
        cmocka_unit_test(ignores_a_pid_file_of_somebody_else),
        cmocka_unit_test(says_which_folder_is_closed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
