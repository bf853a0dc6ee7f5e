/* What pack.c and bundle.c need of the scan in pack_scan.c; everybody else includes pack.h. */
#ifndef NEWSMILL_PROTO_PACK_SCAN_H
#define NEWSMILL_PROTO_PACK_SCAN_H

#include "proto/pack.h"

/* That exactly one object fills `bytes`. REJECT as pack_read(). */
enum status pack_check(struct slice bytes, struct fault *fault) MUST_CHECK;

#endif
