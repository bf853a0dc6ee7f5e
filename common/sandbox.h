/* What a worker may ask of the kernel: it never gains rights (no_new_privs), and of the system
 * calls only those that it and its libraries use are let through (seccomp).
 *
 * A call beyond them fails with EPERM, is in the kernel's audit log, and ends nothing: a worker
 * that limps is better than none. What is let through is generous with memory, threads, time and
 * sockets; programs are not started, processes not made, others not signalled or looked into, no
 * name space, key ring or kernel facility is touched. Who reads hostile text (SANDBOX_READS) opens
 * no file for writing either. */
#ifndef NEWSMILL_COMMON_SANDBOX_H
#define NEWSMILL_COMMON_SANDBOX_H

#include "common/status.h"

enum sandbox { SANDBOX_READS, SANDBOX_WRITES };

/* For this process, all of its threads, and for good. RETRY when this kernel or this build cannot
 * (sanitizers need what it refuses): no_new_privs holds all the same. */
enum status sandbox_enter(enum sandbox sandbox, struct fault *fault) MUST_CHECK;

/* Root becomes nobody, for good: for a worker that has read the files it needs, and needs no user
 * of its own; before sandbox_enter(). The signal that it gets when its parent dies stays. RETRY
 * where this is not permitted; OK for who is not root. */
enum status sandbox_become_nobody(struct fault *fault) MUST_CHECK;

#endif
