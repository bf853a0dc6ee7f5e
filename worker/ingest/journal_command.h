/* newsmill journal: looks at a journal, checks it, repairs it. */
#ifndef NEWSMILL_INGEST_JOURNAL_COMMAND_H
#define NEWSMILL_INGEST_JOURNAL_COMMAND_H

#include "common/options.h"

/* The operand says what: stats, verify, repair. Exit code 1 from verify when there is damage. */
int journal_main(const struct options *options);

#endif
