/* newsmill top: how things stand, drawn again every second until q. */
#include <signal.h>
#include <stdio.h>

#include "common/clock.h"
#include "worker/cli/command.h"
#include "worker/cli/nodes.h"
#include "worker/cli/screen.h"
#include "worker/cli/top_frame.h"

#define ONCE_ROWS    1000
#define ONCE_COLUMNS 200

struct top {
    struct nodes nodes;
    bool open;
    struct fault fault;
};

/* After a failure everything is opened anew: an ingest that was started again may listen elsewhere.
 */
static enum status ask(struct top *top, const struct options *options)
{
    enum status status = STATUS_OK;
    if (!top->open)
        status = nodes_open(&top->nodes, options, &top->fault);
    top->open = true;
    if (status == STATUS_OK)
        status = nodes_ask(&top->nodes, &top->fault);
    return status;
}

static void forget(struct top *top)
{
    if (top->open)
        nodes_close(&top->nodes);
    top->open = false;
}

static void draw(struct top *top, bool answered, struct buffer *frame)
{
    struct top_look look = {.colours = true, .wall_ms = clock_wall_ms()};
    look.trouble = answered ? NULL : top->fault.message;
    screen_size(&look.rows, &look.columns);
    buffer_clear(frame);
    top_frame(&top->nodes.standing, &look, frame);
    screen_draw(frame);
}

static void watch(struct top *top, const struct options *options, struct buffer *frame)
{
    struct screen screen;
    int every_ms = (int)options_int(options, "interval-ms");
    screen_begin(&screen);
    for (int key = 0; key != 'q' && key != 'Q';) {
        bool answered = ask(top, options) == STATUS_OK;
        draw(top, answered, frame);
        if (!answered)
            forget(top);
        int64_t until = clock_steady_ms() + every_ms, left;
        while (key != 'q' && key != 'Q' && (left = until - clock_steady_ms()) > 0)
            key = screen_key((int)left);
    }
    screen_end(&screen);
}

static int once(struct top *top, const struct options *options, struct buffer *frame)
{
    const struct top_look look = {
        .rows = ONCE_ROWS, .columns = ONCE_COLUMNS, .wall_ms = clock_wall_ms()};
    if (ask(top, options) != STATUS_OK)
        return command_failed(&top->fault);
    top_frame(&top->nodes.standing, &look, frame);
    (void)fwrite(frame->data, 1, frame->len, stdout);
    (void)putchar('\n');
    return standing_balances(&top->nodes.standing) ? EXIT_DONE : EXIT_REFUSED;
}

int top_main(const struct options *options)
{
    struct top top = {.open = false};
    struct buffer frame;
    int code = EXIT_DONE;
    buffer_init(&frame, (size_t)1 << 24);
    if (options_flag(options, "once") || !screen_possible())
        code = once(&top, options, &frame);
    else if (ask(&top, options) == STATUS_OK) /* a wrong --data is said on the first screen */
        watch(&top, options, &frame);
    else
        code = command_failed(&top.fault);
    forget(&top);
    buffer_deinit(&frame);
    return code;
}
