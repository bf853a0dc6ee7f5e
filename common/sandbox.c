/* The system calls that workers use, and a filter of them. */
#include "common/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Found with strace over the end-to-end tests, with their neighbours in other releases of the C
 * library and on other machines. A name that this machine does not have is passed over. */
static const char *const everybody[] = {
    /* memory */
    "brk", "mmap", "mmap2", "mprotect", "munmap", "mremap", "madvise", "mincore", "msync", "mlock",
    "mlock2", "munlock", "membarrier", "get_mempolicy",
    /* reading files, and what is open already */
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev",
    "pwritev2", "close", "close_range", "lseek", "_llseek", "stat", "stat64", "lstat", "lstat64",
    "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64", "fstatfs",
    "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents",
    "getdents64", "getcwd", "chdir", "fcntl", "fcntl64", "dup", "dup2", "dup3", "pipe", "pipe2",
    "flock", "fadvise64", "readahead", "umask", "sendfile", "sendfile64", "splice", "fsync",
    "fdatasync",
    /* waiting */
    "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    "eventfd", "eventfd2", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
    /* sockets; socket() itself is below */
    "socketpair", "bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername",
    "getsockopt", "setsockopt", "shutdown", "send", "sendto", "sendmsg", "sendmmsg", "recv",
    "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64",
    /* threads; clone() is below */
    "futex", "futex_time64", "futex_waitv", "set_robust_list", "get_robust_list", "rseq",
    "set_tid_address", "set_thread_area", "arch_prctl", "gettid", "exit", "exit_group",
    "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_setparam",
    "sched_getscheduler", "sched_setscheduler", "sched_get_priority_min", "sched_get_priority_max",
    "getcpu", "prctl", "getpriority", "setpriority",
    /* time */
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "clock_nanosleep_time64",
    "nanosleep", "gettimeofday", "time", "times", "timer_create", "timer_settime",
    "timer_settime64", "timer_gettime", "timer_getoverrun", "timer_delete", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "setitimer", "getitimer", "alarm", "pause",
    /* signals; to whom is below */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigtimedwait_time64",
    "rt_sigpending", "rt_sigsuspend", "sigreturn", "sigaltstack", "signalfd", "signalfd4",
    "restart_syscall",
    /* who and where we are */
    "uname", "sysinfo", "getpid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "getuid32",
    "geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32", "getresuid", "getresgid",
    "getgroups", "getgroups32", "getrusage", "getrlimit", "ugetrlimit", "setrlimit", "prlimit64",
    "capget", "getrandom", "wait4", "waitid"};

static const char *const writers[] = {
    "open",     "openat",    "openat2",         "creat",     "mkdir",          "mkdirat",
    "rename",   "renameat",  "renameat2",       "link",      "linkat",         "unlink",
    "unlinkat", "rmdir",     "truncate",        "ftruncate", "chmod",          "fchmod",
    "fchmodat", "fallocate", "sync_file_range", "utimensat", "copy_file_range"};

static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}; /* getaddrinfo's last */

/* Looking at terminals, sockets and interfaces. */
static const unsigned long ioctls[] = {FIONREAD,     FIONBIO,      FIOCLEX,     TCGETS,
                                       TIOCGWINSZ,   SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFCONF,
                                       SIOCGIFFLAGS, SIOCGIFADDR};

#define NOBODY 65534 /* on every Linux; the name may be missing in a container */

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool allow_names(scmp_filter_ctx filter, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        int failed =
            number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
        if (failed && failed != -EDOM && failed != -EEXIST) /* of other machines; twice */
            return false;
    }
    return true;
}

/* One rule that looks at an argument. */
static bool allow_if(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
    int number = seccomp_syscall_resolve_name(name);
    return number == __NR_SCMP_ERROR ||
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition) == 0;
}

static bool allow_some(scmp_filter_ctx filter)
{
    const scmp_datum_t self = (scmp_datum_t)getpid();
    bool good = true;
    for (size_t i = 0; i < COUNT(families); i++)
        good =
            good && allow_if(filter, "socket", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
    for (size_t i = 0; i < COUNT(ioctls); i++)
        good =
            good && allow_if(filter, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, ioctls[i]));
    good = good &&
           allow_if(filter, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) &&
           allow_if(filter, "kill", SCMP_A0(SCMP_CMP_EQ, self, 0)) &&
           allow_if(filter, "tgkill", SCMP_A0(SCMP_CMP_EQ, self, 0)) &&
           allow_if(filter, "rt_sigqueueinfo", SCMP_A0(SCMP_CMP_EQ, self, 0)) &&
           allow_if(filter, "rt_tgsigqueueinfo", SCMP_A0(SCMP_CMP_EQ, self, 0));
    /* Its flags are where a filter cannot see them; the C library then takes clone(). */
    return good && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
                                    seccomp_syscall_resolve_name("clone3"), 0) == 0;
}

static bool fill(scmp_filter_ctx filter, enum sandbox sandbox)
{
    bool good = allow_names(filter, everybody, COUNT(everybody)) && allow_some(filter);
    if (sandbox == SANDBOX_WRITES)
        return good && allow_names(filter, writers, COUNT(writers));
    return good &&
           allow_if(filter, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT, O_RDONLY)) &&
           allow_if(filter, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT, O_RDONLY));
}

static enum status cannot(struct fault *fault, const char *why)
{
    return fault_set(fault, STATUS_RETRY, "no-sandbox",
                     "system calls are not filtered: %s; no_new_privs holds", why);
}

/* Sanitizers and coverage do at their end what the filter refuses. */
#if defined NEWSMILL_SANITIZED || defined NEWSMILL_COVERAGE
#define INSTRUMENTED true
#else
#define INSTRUMENTED false
#endif

enum status sandbox_enter(enum sandbox sandbox, struct fault *fault)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fault_set(fault, STATUS_FATAL, "no-sandbox", "cannot give up new privileges: %s",
                         strerror(errno));
    if (INSTRUMENTED)
        return cannot(fault, "this build is instrumented");
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return cannot(fault, "no memory");
    (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: read() is not last */
    int failed = fill(filter, sandbox) ? seccomp_load(filter) : -EINVAL;
    seccomp_release(filter);
    return failed ? cannot(fault, strerror(-failed)) : STATUS_OK;
}

/* Changing the user makes the kernel forget both of these. */
static void restore(int death_signal, pid_t parent)
{
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    (void)prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0);
    if (death_signal && getppid() != parent)
        (void)raise(death_signal); /* it died meanwhile */
}

enum status sandbox_become_nobody(struct fault *fault)
{
    int death_signal = 0;
    pid_t parent = getppid();
    if (geteuid() != 0)
        return STATUS_OK;
    (void)prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return fault_set(fault, STATUS_RETRY, "still-root", "cannot stop being root: %s",
                         strerror(errno));
    restore(death_signal, parent);
    return STATUS_OK;
}
