/* Escape sequences of ECMA-48, and the private ones for the other screen and the cursor that every
 * terminal since xterm knows. */
#include "worker/cli/screen.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CTRL_C 3

bool screen_possible(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

void screen_begin(struct screen *screen)
{
    screen->raw = tcgetattr(STDIN_FILENO, &screen->before) == 0;
    if (screen->raw) {
        struct termios raw = screen->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    }
    (void)fputs("\033[?1049h\033[?25l", stdout);
}

void screen_end(struct screen *screen)
{
    (void)fputs("\033[?25h\033[?1049l", stdout);
    (void)fflush(stdout);
    if (screen->raw)
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen->before);
    screen->raw = false;
}

void screen_size(int *rows, int *columns)
{
    struct winsize size;
    *rows = 24;
    *columns = 80;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return;
    *rows = size.ws_row;
    *columns = size.ws_col;
}

/* Each line is cleared behind its text and the rest of the screen behind the last: no flicker. */
void screen_draw(const struct buffer *lines)
{
    (void)fputs("\033[H", stdout);
    for (size_t at = 0; at < lines->len;) {
        const char *begin = lines->data + at;
        const char *end = memchr(begin, '\n', lines->len - at);
        size_t len = end ? (size_t)(end - begin) : lines->len - at;
        (void)fwrite(begin, 1, len, stdout);
        (void)fputs(end ? "\033[K\r\n" : "\033[K", stdout);
        at += len + (end != NULL);
    }
    (void)fputs("\033[J", stdout);
    (void)fflush(stdout);
}

int screen_key(int timeout_ms)
{
    struct pollfd entry = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;
    if (poll(&entry, 1, timeout_ms) <= 0)
        return 0;
    if (read(STDIN_FILENO, &key, 1) != 1 || key == CTRL_C)
        return 'q';
    return (unsigned char)key;
}
