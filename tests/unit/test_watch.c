/* The parts of watch that need no network: robots.txt, addresses, the list of feeds, the state
 * file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/sources/watch/address.h"
#include "worker/sources/watch/feeds_file.h"
#include "worker/sources/watch/memory.h"
#include "worker/sources/watch/robots.h"

static void robots_are_obeyed(void **state)
{
    (void)state;
    static const struct {
        const char *file, *path;
        bool allowed;
    } cases[] = {
        {"", "/", true},
        {"User-agent: *\nDisallow: /\n", "/", false},
        {"User-agent: *\nDisallow:\n", "/", true},
        {"user-agent:*\r\ndisallow:/a\r\n", "/ab", false},
        {"User-agent: *\nDisallow: /a\n", "/b/a", true},
        {"Disallow: /\n", "/", true}, /* in no group */
        /* the groups that name us count, together; else those for everybody */
        {"User-agent: *\nDisallow: /\nUser-agent: newsmill\nDisallow: /b\n", "/a", true},
        {"User-agent: NewsMill/2.0\nDisallow: /a\n", "/a", false},
        {"User-agent: newsmillbot\nDisallow: /\n", "/a", true},
        {"User-agent: x\nUser-agent: newsmill\nDisallow: /a\n", "/a", false},
        {"User-agent: newsmill\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: newsmill\n"
         "Disallow: /c\n",
         "/c", false},
        {"User-agent: newsmill\nSitemap: x\nDisallow: /a\nUser-agent: x\nDisallow: /b\n", "/b",
         true},
        /* the longest pattern wins; between equals, allow */
        {"User-agent: *\nAllow: /p\nDisallow: /\n", "/page", true},
        {"User-agent: *\nAllow: /folder\nDisallow: /folder\n", "/folder/x", true},
        {"User-agent: *\nAllow: /page\nDisallow: /*.htm\n", "/page.htm", false},
        {"User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", true},
        /* wildcards and ends */
        {"User-agent: *\nDisallow: /*.php$\n", "/a.php", false},
        {"User-agent: *\nDisallow: /*.php$\n", "/a.php?x", true},
        {"User-agent: *\nDisallow: /a*b*c\n", "/axxbxxbc", false},
        {"User-agent: *\nDisallow: /a*b*c$\n", "/axxbxxbcd", true},
        {"User-agent: *\nDisallow: *\n", "/a", false},
        {"User-agent: *\nDisallow: /$\n", "/", false},
        {"User-agent: *\nDisallow: /$\n", "/a", true},
        /* escapes in any spelling */
        {"User-agent: *\nDisallow: /%7ea\n", "/~a/x", false},
        {"User-agent: *\nDisallow: /~a\n", "/%7Ea", false},
        {"User-agent: *\nDisallow: /\xc3\xa9\n", "/%c3%A9", false},
        {"User-agent: *\nDisallow: /a%2fb\n", "/a/b", true},
        /* what is not exact */
        {"\xef\xbb\xbfUser-agent: *\nDisallow: /a # why\n", "/a", false},
        {"<html>no robots</html>", "/a", true},
        {"User-agent: *\nDisallow /a\n", "/a", true},
        {"User-agent: *\nDisallow: /", "/robots.txt", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct robots *robots = robots_parse(slice_from(cases[i].file));
        assert_non_null(robots);
        if (robots_allow(robots, slice_from(cases[i].path)) != cases[i].allowed)
            fail_msg("%s: %s", cases[i].file, cases[i].path);
        robots_free(robots);
    }
}

/* A file made to take long takes no time that matters; what is beyond the bounds is ignored. */
static void robots_are_bounded(void **state)
{
    (void)state;
    size_t len = ROBOTS_BYTES * 2;
    char *file = malloc(len + 1);
    assert_non_null(file);
    size_t at = (size_t)snprintf(file, len, "User-agent: *\n");
    while (at + 64 < len)
        at += (size_t)snprintf(file + at, len - at, "Disallow: /*a*a*a*a*a*a*a*a*ab\n");
    char path[ROBOTS_PATH_BYTES * 2];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    struct robots *robots = robots_parse((struct slice){file, at});
    assert_non_null(robots);
    assert_true(robots_allow(robots, (struct slice){path, sizeof path}));
    robots_free(robots);
    free(file);
}

static void delays_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t ms;
    } cases[] = {{"2", 2000}, {"0.5", 500}, {"1.25", 1250}, {"99999999999", ROBOTS_DELAY_MAX_MS},
                 {"x", 0},    {"-1", 0},    {"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[128];
        (void)snprintf(file, sizeof file, "User-agent: *\nCrawl-delay: %s\n", cases[i].value);
        struct robots *robots = robots_parse(slice_from(file));
        assert_int_equal(robots_delay_ms(robots), cases[i].ms);
        robots_free(robots);
    }
}

static void private_addresses_are_known(void **state)
{
    (void)state;
    static const char *const closed[] = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "3fff::1",
    };
    static const char *const open[] = {
        "1.1.1.1",         "9.255.255.255", "11.0.0.1",     "100.63.255.255", "100.128.0.1",
        "126.1.1.1",       "128.0.0.1",     "172.15.0.1",   "172.32.0.1",     "192.167.1.1",
        "198.17.0.1",      "198.20.0.1",    "223.1.1.1",    "::ffff:1.1.1.1", "64:ff9b::101:101",
        "2002:101:101::1", "2606:4700::1",  "2a00:1450::1",
    };
    for (int pass = 0; pass < 2; pass++) {
        const char *const *list = pass ? open : closed;
        size_t count = pass ? sizeof open / sizeof *open : sizeof closed / sizeof *closed;
        for (size_t i = 0; i < count; i++) {
            struct sockaddr_in v4 = {.sin_family = AF_INET};
            struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
            bool six = strchr(list[i], ':');
            assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, list[i],
                                       six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr),
                             1);
            const void *address = six ? (const void *)&v6 : (const void *)&v4;
            if (address_is_public(address) != (pass == 1))
                fail_msg("%s", list[i]);
        }
    }
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_false(address_is_public(&local));
}

static int set_up(void **state)
{
    char *folder = strdup("/tmp/newsmill-watch-XXXXXX");
    *state = folder;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf '%.40s'", (char *)*state);
    int code = system(command); // NOLINT(cert-env33-c): a path of our own making
    free(*state);
    return code;
}

static void lists_are_read(void **state)
{
    char path[64];
    struct feed_line *lines;
    struct fault fault;
    size_t count;
    (void)snprintf(path, sizeof path, "%.40s/feeds", (char *)*state);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs("# ours\n\nhttps://a.example/x  every=90s source=A pages=no # quick\r\n"
                "\thttp://b.example:8080 robots=no",
                file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(feeds_file_read(path, &lines, &count, &fault), STATUS_OK);
    assert_int_equal(count, 2);
    assert_string_equal(lines[0].url, "https://a.example/x");
    assert_string_equal(lines[0].source, "A");
    assert_int_equal(lines[0].every_ms, 90000);
    assert_false(lines[0].pages);
    assert_true(lines[0].robots && lines[1].pages && !lines[1].robots && lines[1].every_ms == 0);
    feeds_file_free(lines, count);
    assert_int_equal(feeds_file_read("/nowhere", &lines, &count, &fault), STATUS_REJECT);
    feeds_file_free(lines, count);
}

static struct uuid id(uint8_t number)
{
    return (struct uuid){.bytes = {number}};
}

static void state_survives(void **state)
{
    char path[64];
    struct memory *memory;
    struct memory_feed about = {.next_ms = 7, .failures = 2, .paused = true}, read;
    struct fault fault;
    struct uuid one = id(1), two = id(2), feed = id(9), other = id(8);
    (void)snprintf(path, sizeof path, "%.40s/state", (char *)*state);
    (void)snprintf(about.etag, sizeof about.etag, "\"e\"");
    assert_int_equal(memory_open(path, &memory, &fault), STATUS_OK);
    assert_int_equal(memory_write_feed(memory, &feed, &about), STATUS_OK);
    assert_int_equal(memory_learn(memory, &feed, &one, 5, 1000), STATUS_OK);
    assert_int_equal(memory_commit(memory, &fault), STATUS_OK);
    assert_int_equal(memory_learn(memory, &feed, &two, 5, 1000), STATUS_OK);
    memory_close(memory); /* the last change was not committed */

    assert_int_equal(memory_open(path, &memory, &fault), STATUS_OK);
    assert_int_equal(memory_read_feed(memory, &feed, &read), STATUS_OK);
    assert_string_equal(read.etag, "\"e\"");
    assert_true(read.next_ms == 7 && read.failures == 2 && read.paused);
    assert_true(memory_knows(memory, &feed, &one, 5, 2000));
    assert_false(memory_knows(memory, &feed, &one, 6, 2000)); /* another version */
    assert_false(memory_knows(memory, &other, &one, 5, 2000));
    assert_false(memory_knows(memory, &feed, &two, 5, 2000));
    assert_int_equal(memory_trim(memory, &feed, 2000 + MEMORY_KEPT_MS), STATUS_OK);
    assert_true(memory_knows(memory, &feed, &one, 5, 2000));
    assert_int_equal(memory_trim(memory, &feed, 2001 + MEMORY_KEPT_MS), STATUS_OK);
    assert_false(memory_knows(memory, &feed, &one, 5, 2000));
    struct memory *again;
    assert_int_equal(memory_open(path, &again, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "state-locked");
    memory_close(memory);
}

static void another_file_is_no_state(void **state)
{
    char path[64];
    struct memory *memory;
    struct fault fault;
    (void)snprintf(path, sizeof path, "%.40s/state", (char *)*state);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        (void)fputs("no database at all\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(memory_open(path, &memory, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "state-file");
    assert_int_equal(memory_open("/nowhere/state", &memory, &fault), STATUS_FATAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(robots_are_obeyed),
        cmocka_unit_test(robots_are_bounded),
        cmocka_unit_test(delays_are_read),
        cmocka_unit_test(private_addresses_are_known),
        cmocka_unit_test_setup_teardown(lists_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_file_is_no_state, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
