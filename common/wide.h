/* WIDE before a function: compiled once more for machines with registers of 32 bytes; WIDEST also
 * for those of 64 bytes, which pays where products of 64 bits are made. The best that this machine
 * can run is taken when the program starts. For loops over whole numbers, which give the same
 * everywhere. */
#ifndef NEWSMILL_COMMON_WIDE_H
#define NEWSMILL_COMMON_WIDE_H

/* Sanitizers start too late for the choice. */
#if defined __x86_64__ && defined __OPTIMIZE__ && !defined NEWSMILL_SANITIZED
#define WIDE   __attribute__((target_clones("arch=x86-64-v3", "default")))
#define WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#define WIDEST
#endif

#endif
