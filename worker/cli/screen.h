/* A terminal that is drawn on again and again: the other screen, keys without Enter. Plain ANSI.
 *
 * One at a time in a process. screen_end() gives the terminal back as it was; a signal that ends
 * the process is seen as a key. */
#ifndef NEWSMILL_WORKER_CLI_SCREEN_H
#define NEWSMILL_WORKER_CLI_SCREEN_H

#include <stdbool.h>
#include <termios.h>

#include "common/buffer.h"

struct screen {
    bool raw; /* the terminal's settings were changed, and are in `before` */
    struct termios before;
};

/* True when stdout is a terminal that can be drawn on. */
bool screen_possible(void);
void screen_begin(struct screen *screen);
void screen_end(struct screen *screen);
/* As it is now; 24 and 80 when the terminal does not say. */
void screen_size(int *rows, int *columns);
/* Replaces what is shown by these lines. */
void screen_draw(const struct buffer *lines);
/* The next key, within `timeout_ms`; 0 when there was none, 'q' also for Ctrl-C and the end of
 * input. */
int screen_key(int timeout_ms);

#endif
