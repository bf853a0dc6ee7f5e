/* What a sandboxed process can still do, and what it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/sandbox.h"

#define SKIPPED 99

static int failures;

/* In the child, where cmocka's own would jump too far. */
static void expect(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "not so: %s (%m)\n", what);
    failures++;
}

static void refused(long result, const char *what)
{
    expect(result == -1 && errno == EPERM, what);
}

static void *nothing(void *user)
{
    return user;
}

static void on_signal(int number)
{
    (void)number;
}

static void what_workers_do_works(void)
{
    pthread_t thread;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    char byte;
    expect(fd >= 0 && read(fd, &byte, 1) == 1, "a file can be read");
    expect(close(fd) == 0, "and closed");
    expect(pthread_create(&thread, NULL, nothing, NULL) == 0, "a thread can be made");
    expect(pthread_join(thread, NULL) == 0, "and ends");
    (void)signal(SIGUSR1, on_signal);
    expect(raise(SIGUSR1) == 0, "it can signal itself");
    fd = socket(AF_INET, SOCK_STREAM, 0);
    expect(fd >= 0, "it can have sockets");
    (void)close(fd);
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(memory != MAP_FAILED && munmap(memory, 4096) == 0, "it can have memory");
}

static void what_intruders_do_does_not(void)
{
    char *const words[] = {NULL};
    refused(execve("/bin/true", words, words), "no program is started");
    refused(fork(), "no process is made");
    refused(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL), "no other process is looked into");
    refused(kill(getppid(), 0), "nor signalled");
    refused(socket(AF_PACKET, SOCK_RAW, 0), "no packets are listened to");
    refused(syscall(SYS_unshare, 0), "no name spaces");
    refused(syscall(SYS_keyctl, 0, 0, 0, 0, 0), "no key rings");
    refused(syscall(SYS_bpf, 0, NULL, 0), "no bpf");
    refused(syscall(SYS_io_uring_setup, 1, NULL), "no io_uring");
    refused(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL), "no mounts");
    refused(syscall(SYS_setuid, 0), "no other user");
    expect(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no new privileges");
}

/* Runs `body` in a child that entered the sandbox. */
static void in_sandbox(enum sandbox sandbox, void (*body)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fault fault;
        if (sandbox_enter(sandbox, &fault) != STATUS_OK)
            _exit(SKIPPED);
        body();
        _exit(failures);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == SKIPPED)
        skip(); /* a sanitizer, or a kernel without seccomp */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void reading(void)
{
    what_workers_do_works();
    what_intruders_do_does_not();
    refused(open("/tmp/newsmill-never", O_WRONLY | O_CREAT, 0600), "no file is made");
    refused(open("/dev/null", O_WRONLY), "none is written to");
    refused(unlink("/tmp/newsmill-never"), "none is removed");
}

static void writing(void)
{
    char path[] = "/tmp/newsmill-sandbox-XXXXXX";
    what_workers_do_works();
    what_intruders_do_does_not();
    int fd = mkstemp(path);
    expect(fd >= 0 && write(fd, "x", 1) == 1 && fdatasync(fd) == 0, "a file can be written");
    expect(close(fd) == 0 && unlink(path) == 0, "and removed");
}

static void who_reads_writes_nothing(void **state)
{
    (void)state;
    in_sandbox(SANDBOX_READS, reading);
}

static void who_writes_starts_nothing(void **state)
{
    (void)state;
    in_sandbox(SANDBOX_WRITES, writing);
}

static void as_nobody(void)
{
    struct fault fault;
    int signal_number = 0;
    (void)prctl(PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0);
    expect(sandbox_become_nobody(&fault) == STATUS_OK, "root can stop being root");
    expect(getuid() == 65534 && geteuid() == 65534 && getgid() == 65534, "it is nobody");
    expect(setuid(0) != 0, "and stays nobody");
    expect(open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0, "root's files are closed");
    expect(open("/proc/self/fd", O_RDONLY | O_CLOEXEC) >= 0, "its own are not");
    expect(prctl(PR_GET_PDEATHSIG, &signal_number, 0, 0, 0) == 0 && signal_number == SIGUSR2,
           "the parent's death is still heard of");
}

static void root_becomes_nobody(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        as_nobody();
        _exit(failures);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_reads_writes_nothing),
        cmocka_unit_test(who_writes_starts_nothing),
        cmocka_unit_test(root_becomes_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
