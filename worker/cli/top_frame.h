/* One picture of newsmill top, as lines of text. Pure: the same standing gives the same frame. */
#ifndef NEWSMILL_WORKER_CLI_TOP_FRAME_H
#define NEWSMILL_WORKER_CLI_TOP_FRAME_H

#include "worker/cli/standing.h"

struct top_look {
    int rows, columns;   /* of the terminal; no line is longer, there are no more lines */
    bool colours;        /* ANSI: what is wrong is red, headings are bold */
    int64_t wall_ms;     /* now */
    const char *trouble; /* why there is no answer; NULL when there is one */
};
/* Lines end with "\n", the last with none. */
void top_frame(const struct standing *standing, const struct top_look *look, struct buffer *out);

#endif
